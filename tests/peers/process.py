"""A peer in a process of its own, timed from its start, with nothing fetched and nothing told to anybody."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.peers.environment import HERE, PYTHON, PeerError, last_line

PATIENCE = 200.0  # seconds that a process may take
ASKING = 20.0  # seconds after which no more is asked
QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One to compare: its script in this folder, and the packages it needs, its own first; ours needs none."""

    name: str
    script: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a peer did: milliseconds of each answer, its first cards, and the megabytes held at most."""

    each: Sequence[float]
    cards: Sequence[Sequence[str]]
    memory: float


def store(peer: Peer, folders: Sequence[Path], model: Path, home: Path) -> None:
    """Have `peer` store the texts that lie in each folder. Raises PeerError."""
    _run(peer, ["store", *map(str, folders)], {"model": str(model)}, home)


def ask(peer: Peer, folder: Path, model: Path, home: Path, questions: Sequence[str]) -> tuple[float, Measured]:
    """Return the seconds from the start of a process to its first answer, and what it did then. Raises PeerError."""
    given = {"model": str(model), "questions": questions, "seconds": ASKING}
    seconds, said = _run(peer, ["ask", str(folder)], given, home)
    return seconds, Measured(**json.loads(said))


def _run(peer: Peer, arguments: Sequence[str], given: object, home: Path) -> tuple[float, str]:
    """Return the seconds to the first line that the script prints, and what it prints after that."""
    command = [str(PYTHON) if peer.needs else sys.executable, "-m", f"tests.peers.{peer.script}", *arguments]
    settings = {**os.environ, **QUIET, "HOME": str(home)}  # what a library keeps at home goes with the run
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        began = time.perf_counter()
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints, text=True, cwd=HERE, env=settings
        ) as process:
            assert process.stdin
            assert process.stdout
            clock = threading.Timer(PATIENCE, process.kill)
            clock.start()
            try:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.write(json.dumps(given))
                    process.stdin.close()
                process.stdout.readline()
                seconds = time.perf_counter() - began
                said = process.stdout.read()
                process.wait()
            finally:
                clock.cancel()
                process.kill()
        if process.returncode == -signal.SIGKILL:
            raise PeerError(f"was ended, by us after {PATIENCE:.0f} s or by the machine for want of memory")
        if process.returncode:
            complaints.seek(0)
            raise PeerError(last_line(complaints.read()))
    return seconds, said
