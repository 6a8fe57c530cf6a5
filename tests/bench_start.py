"""From a command to its answer in a new process, from a server's start to its first answer and its page, and what a server is sent as."""

from __future__ import annotations

import importlib.metadata
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from app.bundle import FOR_BUILDING, lock, needed, write_bundle
from index.answer import BUILT

HERE = Path(__file__).resolve().parents[1]
EXPLAINER = Path(sys.executable).with_name("explainer")
RUNS = 7
QUESTION = "does it really raise ATP 500%?"
_PATIENCE = 120.0  # seconds
# The peak of a process is read from Linux itself: what resource tells includes the process that it was forked from.
PEAK = "[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0]"
_ASK = f"import sys; from app.command import main; main(['ask', {QUESTION!r}]); print({PEAK}, file=sys.stderr)"


def rows() -> list[tuple[str, str, str]]:
    """Return rows of (what, median, peak memory or size)."""
    asked = [_ask() for _ in range(RUNS + 1)][1:]  # the first fills the caches of files
    ready, page, held = zip(*(_serve() for _ in range(RUNS + 1)), strict=True)
    with tempfile.TemporaryDirectory() as folder:
        size = write_bundle(Path(folder) / "bundle.tar.gz", BUILT)
    return [
        ("`explainer ask`, to the printed answer", _seconds(asked), f"{_peak():,.0f} MB"),
        ("`explainer serve`, to `/ready`", _seconds(ready[1:]), ""),
        ("to the page, asked for at once", _seconds(page[1:]), f"{max(held[1:]):,.0f} MB once it has answered"),
        ("`explainer bundle`", "", f"{size / 1e6:,.0f} MB"),
        ("the packages of its lock file, installed", "", f"{_installed(serving=True):,.0f} MB"),
        ("with those for building, without those for tests", "", f"{_installed(serving=False):,.0f} MB"),
    ]


def _seconds(found: object) -> str:
    values = sorted(found)  # type: ignore[call-overload]
    return f"{statistics.median(values):.2f} s ({values[0]:.2f} to {values[-1]:.2f})"


def _ask() -> float:
    began = time.perf_counter()
    subprocess.run([EXPLAINER, "ask", QUESTION], stdout=subprocess.DEVNULL, check=True, cwd=HERE)
    return time.perf_counter() - began


def _peak() -> float:
    done = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True, cwd=HERE)
    return float(done.stderr.split()[-1]) * 1024 / 1e6


def _serve() -> tuple[float, float, float]:
    """Return the seconds until a server is ready, those until its page comes, and the megabytes that it had held then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    began = time.perf_counter()
    server = subprocess.Popen([EXPLAINER, "serve", "--port", port], stderr=subprocess.DEVNULL, cwd=HERE)
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ready").close()
                break
            except (ConnectionError, urllib.error.URLError):
                if server.poll() is not None or time.perf_counter() - began > _PATIENCE:
                    raise SystemExit("the server to be measured does not start") from None
                time.sleep(0.01)
        ready = time.perf_counter() - began
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as response:  # which is sent when it is whole
            response.read(1)
        page = time.perf_counter() - began
        urllib.request.urlopen(f"http://127.0.0.1:{port}/api/ask?q=does%20it%20hurt").close()
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
        held = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        return ready, page, held * 1024 / 1e6
    finally:
        server.terminate()
        server.wait()


def _installed(*, serving: bool) -> float:
    """Return the megabytes of the files of packages, as they are installed here."""
    names = {line.partition("==")[0] for line in lock().splitlines()}
    if not serving:
        names = names | needed(FOR_BUILDING)
    files = (file for name in names for file in importlib.metadata.files(name) or ())
    return sum(place.stat().st_size for file in files if (place := Path(str(file.locate()))).is_file()) / 1e6
