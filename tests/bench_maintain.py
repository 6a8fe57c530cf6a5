"""What those who keep a corpus wait for: check, build, rebuild and diff, on the whole corpus and on generated ones."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.answer import BUILT
from index.checker import REMEMBERED_ENTRIES
from index.encoder import Encoder, Vectors
from index.store import read_manifest
from tests.large import generate
from tests.toy import DIMENSIONS, ToyEncoder

HERE = Path(__file__).resolve().parents[1]
CORPUS = HERE / "corpus"
FEW, MANY = 2_000, 20_000  # entries of the generated corpora
REBUILDS = 5
SAMPLE = 1_024  # texts embedded with the model, to tell what all of them would take
_EDIT = "We looked again. "
WORKS = {
    "check": "`explainer check`, from nothing",
    "build": "`explainer build`, from nothing",
    "again": "`explainer build`, nothing changed",
    "check edited": "`explainer check`, one card edited",
    "build edited": "`explainer build`, one card edited",
    "diff": "`explainer diff` of the two indexes",
    "rebuild": "the build alone, one card edited, in a process that has the model",
}
_NOT_TWICE = frozenset({"build"})  # of the real corpus this is measured under "Building"
_WITH_MODEL = frozenset({"rebuild"})  # the generated ones have none


class Untied(ToyEncoder):
    """The toy encoder with each place weighed otherwise: as with a model, no two texts are equally near to a third."""

    name = "toy, untied"

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of shape (len(texts), 256)."""
        vectors = super().encode(texts) * np.random.default_rng(1).uniform(0.9, 1.1, DIMENSIONS).astype(np.float32)
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one command took: seconds, and megabytes at its peak."""

    seconds: float
    megabytes: float

    def __str__(self) -> str:
        return f"{self.seconds:.{1 if self.seconds < 10 else 0}f} s, {self.megabytes:,.0f} MB"

    def beside(self, other: Cost) -> str:
        """Return how many times as much of each this is."""
        return f"{self.seconds / other.seconds:.1f} × the time, {self.megabytes / other.megabytes:.1f} × the memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A corpus in a scratch folder: its entries, its texts, and what each command took there."""

    entries: int
    texts: int
    costs: dict[str, Cost]

    def column(self, name: str) -> str:
        """Return the heading of its column."""
        return f"{name}: {self.entries:,} entries, {self.texts:,} texts"


def measure() -> tuple[tuple[str, ...], list[tuple[str, ...]], str]:
    """Return columns, a row for each command, and a note. The index in index/built is to be current."""
    with tempfile.TemporaryDirectory(prefix="explainer-") as aside:
        scratch = Path(aside)
        real, few = _real(scratch / "real"), _generated(scratch / "few", FEW)
        many = _generated(scratch / "many", MANY)
        each = _child("embed", scratch / "many").seconds / SAMPLE
    columns = ("command", real.column("this corpus"), few.column("generated"), many.column("generated"), "grows by")
    rows = []
    for work, name in WORKS.items():
        of_real = 'see "Building"' if work in _NOT_TWICE else str(real.costs[work])
        if work in _WITH_MODEL:
            rows.append((name, of_real, "", "", ""))
            continue
        small, large = few.costs[work], many.costs[work]
        rows.append((name, of_real, str(small), str(large), large.beside(small)))
    more = many.entries / few.entries
    note = (
        f"Each command is a process of its own, and its time that of all it does, the loading of libraries and, in this "
        f"corpus, of the model included; the last row is the median of {REBUILDS} edits in one process. The generated corpora (tests/large.py) have {more:.0f} times the entries and "
        f"{many.texts / few.texts:.1f} times the texts, and as many golden questions, advertisements and safety cards: "
        f"what these cost grows with the cards that each is compared with. They are embedded with a toy. With the model "
        f"a build from nothing would take {few.texts * each:,.0f} and {many.texts * each:,.0f} seconds more: as many texts as "
        f"the column says, at {each * 1000:.1f} ms each, measured on {SAMPLE:,} of them. One card edited: a sentence "
        f"more in its 'In short'. The check, embedding and fitting go by what changed; the golden questions are asked again, "
        f"of all cards, and the index is written anew."
    )
    return columns, rows, note


def _real(folder: Path) -> Kept:
    shutil.copytree(CORPUS, folder / "corpus")
    shutil.copytree(BUILT, folder / "built")
    return _kept(folder, [work for work in WORKS if work not in _NOT_TWICE])


def _generated(folder: Path, entries: int) -> Kept:
    generate(folder / "corpus", entries)
    return _kept(folder, [work for work in WORKS if work not in _WITH_MODEL])


def _kept(folder: Path, works: Sequence[str]) -> Kept:
    costs = {}
    for work in works:
        if work == "check":
            (folder / "built" / REMEMBERED_ENTRIES).unlink(missing_ok=True)
        elif work == "check edited":
            shutil.copytree(folder / "built", folder / "before")
            _edit(folder / "corpus")
        costs[work] = _child(work, folder)
    return Kept(
        entries=sum(len(list((folder / "corpus" / name).glob("*.md"))) for name in ("claims", "topics", "evidence")),
        texts=read_manifest(folder / "built")["counts"]["rows"],
        costs=costs,
    )


def _edit(corpus: Path) -> None:
    """Add a sentence to the first claim's 'In short'."""
    file = min((corpus / "claims").glob("*.md"))
    text, edits = re.subn(r"(?m)^(## In short\n+)", rf"\g<1>{_EDIT}", file.read_text(encoding="utf-8"))
    assert edits == 1
    file.write_text(text, encoding="utf-8")


def _child(work: str, folder: Path) -> Cost:
    """Do a work of this module in a process of its own and return what it took."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench_maintain", work, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=HERE,
    )
    return Cost(**json.loads(done.stdout))


def _check(folder: Path) -> None:
    from index.cli import make_parser, run

    if run(make_parser()[0], ["--corpus", str(folder / "corpus"), "--index", str(folder / "built"), "check"]):
        raise SystemExit("the corpus to be measured has problems")


def _build(folder: Path) -> None:
    from index.build import build

    build(folder / "corpus", folder / "built", _encoder(folder))


def _rebuild(folder: Path) -> float:
    """Return the seconds of a build after an edit, the median of several in a process that has built before."""
    from index.build import build

    encoder = _encoder(folder)
    build(folder / "corpus", folder / "built", encoder)
    taken = []
    for _ in range(REBUILDS):
        _edit(folder / "corpus")
        start = time.monotonic()
        build(folder / "corpus", folder / "built", encoder)
        taken.append(time.monotonic() - start)
    return statistics.median(taken)


def _diff(folder: Path) -> None:
    from index.diff import compare
    from index.diff_text import diff_text
    from index.memory import Memory
    from index.store import BuiltIndex

    encoder = Memory(_encoder(folder), folder / "built", lambda line: None)
    before, now = BuiltIndex.load(folder / "before"), BuiltIndex.load(folder / "built")
    if _EDIT.strip() not in diff_text(compare(before, now, lambda name: encoder), ("before", "now")):
        raise SystemExit("the diff to be measured does not tell of the edit")


def _embed(folder: Path) -> float:
    """Return the seconds in which the model, loaded, embeds SAMPLE texts of an index."""
    from index.encoder import SentenceTransformerEncoder
    from index.store import BuiltIndex

    texts = [row.text for row in BuiltIndex.load(folder / "built").rows]
    encoder = SentenceTransformerEncoder()
    encoder.encode(texts[:1])
    start = time.monotonic()
    encoder.encode([texts[place] for place in np.linspace(0, len(texts) - 1, SAMPLE).astype(int)])
    return time.monotonic() - start


def _encoder(folder: Path) -> Encoder:
    from index.encoder import SentenceTransformerEncoder

    return SentenceTransformerEncoder() if folder.name == "real" else Untied()


def _peak() -> float:
    """Return the megabytes that this process held at its peak.

    What getrusage tells begins with what the process that started this one held.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) / 1_000 for line in status.splitlines() if line.startswith("VmHWM:"))


def main(work: str, folder: str) -> None:
    """Do one of the works that are measured, and say what it took."""
    start = time.monotonic()
    do: dict[str, Callable[[Path], float | None]]
    do = {"check": _check, "build": _build, "again": _build, "diff": _diff, "rebuild": _rebuild, "embed": _embed}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        alone = do[work.split()[0]](Path(folder))
    print(json.dumps({"seconds": alone or time.monotonic() - start, "megabytes": _peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
