"""An environment of their own for the peers, made where it is missing or the pins have changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
ENVIRONMENT = HERE / ".venv-peers"
PYTHON = ENVIRONMENT / "bin" / "python"
PINS = Path(__file__).with_name("requirements.txt")
READY = ENVIRONMENT / "ready"
# What each peer stands on, whatever it names itself.
BENEATH = ("faiss-cpu", "huggingface_hub", "numpy", "onnx", "sentence-transformers", "torch", "transformers")


class PeerError(Exception):
    """A peer could not be installed, or did not do what it was asked to; says so in one line."""


def versions() -> dict[str, str]:
    """Return the version of each package that is pinned."""
    lines = (line.split("#")[0].strip() for line in PINS.read_text(encoding="utf-8").splitlines())
    return dict(line.split("==") for line in lines if line)


def install(peers: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """Install the packages of all peers, or of each alone where together they fail; return why some could not be."""
    if READY.is_file() and READY.read_text(encoding="utf-8") == PINS.read_text(encoding="utf-8"):
        return {}
    try:
        if not PYTHON.is_file():
            _run(sys.executable, "-m", "venv", str(ENVIRONMENT))
        _pip("-r", str(PINS))
    except PeerError:
        failed = {}
        for needs in peers:
            try:
                _pip("-c", str(PINS), *needs, *BENEATH)
            except PeerError as error:
                failed[needs] = str(error)
        return failed
    READY.write_text(PINS.read_text(encoding="utf-8"), encoding="utf-8")
    return {}


def last_line(text: str) -> str:
    """Return the last line of what a process complained of, fit for a cell of a table."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = (
        [line for line in lines if line.startswith("ERROR: ") and "ResolutionImpossible" not in line]
        or lines
        or ["it said nothing"]
    )
    return said[-1].replace(f"{HERE}/", "").replace("|", "/")[:200]


def _pip(*arguments: str) -> None:
    _run(str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise PeerError(last_line(str(error))) from error
    if done.returncode:
        raise PeerError(last_line(done.stderr))
