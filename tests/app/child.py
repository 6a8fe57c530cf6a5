"""The site over the small corpus in a process of its own, served as `explainer serve` does it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.logs import set_up_logging
from app.server import serve
from app.settings import Settings
from index.answer import Asked, Explainer
from index.records import Answer, Card
from tests.app.raw import Line, request
from tests.toy import ToyEncoder

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds; on a machine at rest nothing that is waited for takes a tenth of it
SLOWLY, FAILING = "slowly", "failing"  # words of a question that keep its answer waiting, and that keep it from coming
_FILES = 8_192  # sockets are files, of which a process may often have open no more than 1,024


class Moody(Explainer):
    """An Explainer that some questions keep busy for as long as the file `hold` is there, and some break."""

    hold: Path

    def answers(self, together: Sequence[Asked]) -> list[Answer]:
        """Answer, in the mood of the questions."""
        for asked in together:
            if FAILING in asked.shown:
                raise RuntimeError(f"cannot answer {asked.shown!r}")
            while SLOWLY in asked.shown and self.hold.exists():
                time.sleep(0.02)
        return super().answers(together)

    def card(self, id: str) -> Card | None:
        """Return a card, in the mood of its id."""
        if FAILING in id:
            raise RuntimeError(f"cannot find {id!r}")
        return super().card(id)


def moody(folder: Path, hold: Path) -> Moody:
    """Return a Moody over an index, in this process or in another."""
    Moody.hold = hold
    return Moody.load(folder, ToyEncoder())


@dataclass
class Child:
    """A server in a process of its own, and what it wrote on standard error."""

    process: subprocess.Popen[bytes]
    address: str
    errors: Path
    hold: Path

    @property
    def lines(self) -> list[str]:
        """Every line it has written."""
        return self.errors.read_text(encoding="utf-8").splitlines()

    def takes_more(self) -> bool:
        """Say whether it takes a new connection."""
        with contextlib.suppress(ConnectionError), Line(self.address):
            return True
        return False

    def opens_page(self) -> bool:
        """Say whether it sends its page, for which Gradio may have to be imported, once that is written down."""
        with contextlib.suppress(ConnectionError), Line(self.address) as line:
            line.send(request("GET / HTTP/1.1"))
            if not line.reply():
                return False
            while not any("route" in line for line in self.lines):
                time.sleep(0.02)
            return True
        return False

    def memory(self) -> float:
        """Return the megabytes that it holds in memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(kilobytes) / 1_000


@contextlib.contextmanager
def child(
    index: Path, errors: Path, form: str = "json", packages: Path | None = None, **settings: Any
) -> Iterator[Child]:
    """A child that serves the index in a folder with these settings and answers, ended in the end.

    What it imports it finds in the folder `packages` first; without one, its page is there too.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    hold = errors.with_name("hold")
    given = {"port": port, **settings}
    told = json.dumps({"index": str(index), "hold": str(hold), "form": form, "settings": given})
    path = os.pathsep.join(filter(None, (packages and str(packages), os.environ.get("PYTHONPATH"))))
    with errors.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.app.child", told],
            cwd=ROOT,
            stderr=stream,
            env={**os.environ, "PYTHONPATH": path},
        )
        found = Child(process, f"http://127.0.0.1:{port}", errors, hold)
        try:
            end = time.monotonic() + PATIENCE
            is_up = found.opens_page if packages is None else found.takes_more
            while not is_up():
                assert process.poll() is None, errors.read_text()
                assert time.monotonic() < end, errors.read_text()
                time.sleep(0.1)
            yield found
        finally:
            process.kill()
            process.wait()


def many_files() -> None:
    """Let this process have open as many files as a crowd of sockets needs."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def main(told: str) -> None:
    """Serve until stopped."""
    many_files()
    wanted = json.loads(told)
    set_up_logging(wanted["form"], "debug")
    given = wanted["settings"]
    paths = {name: Path(given[name]) for name in ("sites", "feedback") if name in given}
    Moody.hold = Path(wanted["hold"])
    index = Path(wanted["index"])
    load = functools.partial(moody, hold=Moody.hold)
    serve(load(index), Settings(**{**given, **paths}), index, load)


if __name__ == "__main__":
    main(sys.argv[1])
