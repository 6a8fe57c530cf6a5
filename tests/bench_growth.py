"""What more passages cost: a generated corpus of a thousand to a million vectors, each measured in a process of its own."""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.answer import BUILT
from index.disk import write_whole
from index.encoder import Encoder, Vectors
from index.manifest import open_data, read_manifest
from index.search import Weights
from index.store import BuiltIndex
from index.vectors import FLAT_UP_TO, VectorIndex
from tests.drawn import HERE, INK, LINE, SOFT, figure, shown

PICTURE = HERE / "docs" / "growth.svg"
COUNTS = (1_000, 10_000, 100_000, 200_000, 400_000, 1_000_000)
COLUMNS = (
    "vectors", "kind", "build s", "peak MB", "of which the vectors", "on disk MB", "10 nearest: p50 / p99 ms",
    "{} nearest: p50 / p99 ms", "flat p50 ms", "recall@10 planted / real", "hit@1",
)  # fmt: skip
PLANTED = 300  # questions, each a row moved
ASKED = 300  # of the real questions
ASKED_FILE = "asked.npy"
LIMIT = 20  # ms; what one question may take
_AT_ONCE = 8_192  # vectors generated together
_SEED = 7
_MIX = (4, 2, 1)  # of a Dirichlet distribution: how much of each of three rows is in a new one
_NOISE = 0.3  # beside a mix's length; so that the nearest and the tenth lie as far off as those of the real rows
_MOVED = 1.0  # a planted question lies at a cosine of 0.7 to its row, as the median real question does
_WARM = 5  # questions asked before any is timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What was measured of one count of vectors; times in seconds where not said, sizes in MB."""

    count: int
    told: dict[str, object]
    build: float
    peak: float
    given: float
    disk: float
    ten: tuple[float, float]  # p50 and p99 in milliseconds, as are the next two
    asked: tuple[float, float]
    flat: tuple[float, float]
    recall_planted: float
    recall_real: float
    hit: float


def measure(encoder: Encoder, questions: Sequence[str], counts: Sequence[int] = COUNTS) -> list[Growth]:
    """Measure each count of vectors in a process of its own; real questions are embedded here."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / ASKED_FILE, encoder.encode(questions[:ASKED]))
        for count in counts:
            done = subprocess.run(
                [sys.executable, "-m", __name__, str(count), folder],
                capture_output=True, text=True, check=True, cwd=HERE,
            )  # fmt: skip
            found.append(Growth(**json.loads(done.stdout)))
    draw(found, PICTURE)
    return found


def rows_of(found: Sequence[Growth]) -> list[tuple[str, ...]]:
    """Return the cells of a table with the heads `COLUMNS`."""
    return [
        (
            f"{one.count:,}", _kind(one.told), f"{one.build:.1f}", f"{one.peak:,.0f}", f"{one.given:,.0f}",
            f"{one.disk:,.0f}", _pair(one.ten), _pair(one.asked), f"{one.flat[0]:.1f}",
            f"{one.recall_planted:.3f} / {one.recall_real:.3f}", f"{one.hit:.3f}",
        )
        for one in found
    ]  # fmt: skip


def section(encoder: Encoder, index: BuiltIndex) -> str:
    """Return the section of BENCHMARKS.md."""
    found = measure(encoder, [question.text for question in index.corpus.questions])
    texts = [row.text for row in index.rows][:: max(1, len(index.rows) // 512)]
    start = time.perf_counter()
    encoder.encode(texts)
    each = (time.perf_counter() - start) / len(texts)
    heads = [head.format(Weights().nearest) for head in COLUMNS]
    lines = ["## Growth of the corpus", "", f"| {' | '.join(heads)} |", "|" + " --- |" * len(heads)]
    lines += [f"| {' | '.join(row)} |" for row in rows_of(found)]
    largest = found[-1].count
    lines += [
        "",
        shown(PICTURE, "Milliseconds of one search by count of vectors"),
        "",
        f"The vectors are generated, not embedded: each is a mix of three of the {len(index.rows):,} rows of the real index, and "
        "noise, so that the nearest and the tenth lie as far from it as those of real rows. To embed so many texts comes on "
        f"top: at {1000 * each:.1f} ms a text, as measured here, {largest:,} take {largest * each / 3600:.1f} hours, once, as "
        "a build embeds only what is new. Each count has a process of its own. Build: from vectors in memory to an index on "
        "disk, recall measured. Peak: of that process, which holds the vectors that were given and the index made of them.",
        "",
        f"Up to {FLAT_UP_TO:,} vectors a question is compared with each; above, with those in the nearest lists of "
        "k-means, if recall@10 on a sample of the index's own vectors shows that it may, and flat if not. Recall@10 is counted "
        f"against flat: of {PLANTED} planted questions, each a row moved to a cosine of 0.7, and of up to {ASKED} real ones. Hit@1: the "
        f"planted question's own row comes first. The search asks for {Weights().nearest} rows; one core.",
    ]
    return "\n".join(lines) + "\n"


def draw(found: Sequence[Growth], file: Path) -> None:
    """Draw milliseconds of one search by count of vectors, both on scales of powers of ten."""
    counts = [one.count for one in found]
    with figure(file, 8, 4.2) as made:
        drawing = made.subplots()
        drawing.loglog(counts, [one.asked[1] for one in found], "o-", color=INK, label="as built, p99")
        drawing.loglog(counts, [one.asked[0] for one in found], "s--", color=INK, label="as built, p50")
        drawing.loglog(counts, [one.flat[0] for one in found], "^:", color=SOFT, label="flat, p50")
        drawing.axhline(LIMIT, color=SOFT, linewidth=1)
        drawing.annotate(f"{LIMIT} ms", (counts[1], LIMIT), (0, 4), textcoords="offset points", ha="center")
        drawing.axvline(FLAT_UP_TO, color=SOFT, linewidth=1)
        drawing.annotate(
            "flat up to here", (FLAT_UP_TO, drawing.get_ylim()[0]), (-4, 6), textcoords="offset points", ha="right"
        )
        drawing.set(xlabel="vectors", ylabel=f"ms to find the {Weights().nearest} nearest")
        drawing.xaxis.set_major_formatter("{x:,.0f}")
        drawing.yaxis.set_major_formatter("{x:g}")
        drawing.grid(color=LINE, linewidth=0.5)
        drawing.legend(frameon=False, loc="upper left", bbox_to_anchor=(0, 0.86))  # below the line of 20 ms


def main(count: int, folder: Path) -> None:
    """Measure `count` vectors; print a Growth as JSON."""
    real = np.load(folder / ASKED_FILE)
    manifest = read_manifest(BUILT)
    with open_data(BUILT, manifest, "vectors") as stream:
        vectors = generate(VectorIndex.read(stream, manifest["nearest"]).vectors, count)
    file = folder / f"{count}.faiss"
    start = time.perf_counter()
    made = VectorIndex.of(vectors)
    write_whole(file, made.write)
    build = time.perf_counter() - start
    peak = _peak()
    told, disk = made.told, file.stat().st_size
    del made  # what is asked is what a server would read
    with file.open("rb") as stream:
        found = VectorIndex.read(stream, told)
    file.unlink()
    numbers, planted = plant(vectors)
    flat = VectorIndex.of(vectors, flat_up_to=count)
    print(
        json.dumps(
            {
                "count": count,
                "told": told,
                "build": build,
                "peak": peak,
                "given": vectors.nbytes / 1e6,
                "disk": disk / 1e6,
                "ten": _times(found, real, 10),
                "asked": _times(found, real, Weights().nearest),
                "flat": _times(flat, real[:100], Weights().nearest),
                "recall_planted": _recall(found, flat, planted),
                "recall_real": _recall(found, flat, real),
                "hit": statistics.mean(
                    int(found.nearest(asked, 1)[0][0]) == number for number, asked in zip(numbers, planted, strict=True)
                ),
            }
        )
    )


def generate(rows: Vectors, count: int) -> Vectors:
    """Return `count` vectors of length 1, each a mix of three of `rows` and noise; the same ones each time."""
    chance = np.random.default_rng(_SEED)
    made = np.empty((count, rows.shape[1]), dtype=np.float32)
    for start in range(0, count, _AT_ONCE):
        block = made[start : start + _AT_ONCE]
        shares = chance.dirichlet(_MIX, len(block)).astype(np.float32)
        block[:] = 0
        for share in shares.T:
            block += share[:, None] * rows[chance.integers(len(rows), size=len(block))]
        block += _NOISE * np.linalg.norm(block, axis=1, keepdims=True) * _directions(chance, block.shape)
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return made


def plant(vectors: Vectors) -> tuple[list[int], Vectors]:
    """Return the numbers of some vectors, and a question near each: the vector, moved."""
    chance = np.random.default_rng(_SEED + 1)
    numbers = chance.choice(len(vectors), PLANTED, replace=False)
    moved = vectors[numbers] + _MOVED * _directions(chance, (PLANTED, vectors.shape[1]))
    return numbers.tolist(), moved / np.linalg.norm(moved, axis=1, keepdims=True)


def _directions(chance: np.random.Generator, shape: tuple[int, ...]) -> Vectors:
    drawn = chance.standard_normal(shape, dtype=np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def _recall(found: VectorIndex, flat: VectorIndex, questions: Vectors) -> float:
    """Return the share of the ten nearest that are found."""
    with flat.at_hand(questions, 10):
        kept = [len({*found.nearest(one, 10)[0].tolist()} & {*flat.nearest(one, 10)[0].tolist()}) for one in questions]
    return statistics.mean(kept) / 10


def _times(index: VectorIndex, questions: Vectors, count: int) -> tuple[float, float]:
    """Return p50 and p99 of one search in milliseconds."""
    for question in questions[:_WARM]:
        index.nearest(question, count)
    taken = []
    for question in questions:
        start = time.perf_counter()
        index.nearest(question, count)
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken), statistics.quantiles(taken, n=100)[98]


def _peak() -> float:
    """Return the most memory of this process in MB; what `getrusage` tells begins with that of its parent."""
    (kilobytes,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(kilobytes) * 1024 / 1e6


def _kind(told: dict[str, object]) -> str:
    return f"{told['probes']} of {told['lists']:,} lists" if told["kind"] == "ivf" else str(told["kind"])


def _pair(milliseconds: tuple[float, float]) -> str:
    return f"{milliseconds[0]:.1f} / {milliseconds[1]:.1f}"


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
