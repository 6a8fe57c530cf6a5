"""`make bench`: measure everything in one run and write BENCHMARKS.md; nothing here is a test."""

from __future__ import annotations

import dataclasses
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from index.answer import BUILT, Explainer
from index.build import build, is_stale
from index.encoder import Encoder, SentenceTransformerEncoder
from index.evaluate import ads, ask_all, scores
from index.measures import hit, mrr
from index.questions import read_questions
from index.records import GoldenQuestion
from index.search import Search, Weights
from index.store import BuiltIndex
from index.texts import CARD_ROLES
from tests import bench_growth
from tests.bench_start import PEAK

HERE = Path(__file__).resolve().parents[1]
CORPUS = HERE / "corpus"
DEV = HERE.parent / "shared" / "eval" / "dev.yaml"
ASKED = 500  # different questions
SPELLING = "without help with spelling"
_BUILD_ALONE = (
    "import sys, time; from pathlib import Path; from index.build import build; "
    "from index.encoder import SentenceTransformerEncoder; start = time.monotonic(); "
    f"build(Path({str(CORPUS)!r}), Path(sys.argv[1]), SentenceTransformerEncoder()); "
    f"print(time.monotonic() - start, float({PEAK}) * 1024 / 1e6)"
)


def main() -> None:
    """Measure, and write BENCHMARKS.md, section by section as they come."""
    encoder = SentenceTransformerEncoder()
    if is_stale(CORPUS, BUILT):
        build(CORPUS, BUILT, encoder)
    index = BuiltIndex.load(BUILT)
    explainer = Explainer.load()
    sets = {"corpus/questions.yaml": (index.corpus.questions, index.corpus.ads)}
    if DEV.is_file():
        sets["a held-out set, no question of which is in the corpus"] = read_questions(DEV)
    questions = {name: asked for name, (asked, _) in sets.items()}
    texts = [question.text for question in index.corpus.questions if any(map(str.isalnum, question.text))]
    sections: list[Callable[[], str]] = [
        _machine,
        _start_section,
        lambda: _asking_section(explainer, encoder, texts[:ASKED]),
        lambda: _serving_section(texts),
        lambda: _page_section(explainer),
        lambda: _embedding_section(explainer),
        lambda: _peers_section(index, encoder, questions),
        lambda: _scores_section(explainer, sets),
        _build_section,
        _keeping_section,
        lambda: bench_growth.section(encoder, index),
        lambda: _ablation_section(index, encoder, questions),
    ]
    written = _HEAD
    for section in sections:
        written += section() + "\n"
        (HERE / "BENCHMARKS.md").write_text(written.rstrip() + "\n", encoding="utf-8")
    print(written)


_HEAD = """# Benchmarks

Written by `make bench`, all of it measured in one run. The machines that run it are shared and noisy: trust medians and ratios
more than single figures.

"""


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    processor = next(
        (line.partition(": ")[2] for line in told.splitlines() if line.startswith("model name")), "unknown"
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Machine: {platform.system()} {platform.machine()}, {cores} cores ({processor}), {memory:.0f} GiB of memory, "
        f"Python {platform.python_version()}.\n"
    )


def _build_section() -> str:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", _BUILD_ALONE, folder], capture_output=True, text=True, check=True, cwd=HERE
        )
        seconds, megabytes = map(float, done.stdout.split())
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 1e6
    rows = [
        ("`explainer build` of the whole corpus", f"{seconds:.0f} s, {megabytes:,.0f} MB at its peak"),
        ("the index on disk", f"{size:.0f} MB"),
    ]
    return _table("Building", ("what", "measured"), rows)


def _start_section() -> str:
    from tests.bench_start import RUNS, rows

    note = f"\nMedians of {RUNS} new processes each, and in brackets the fastest and the slowest.\n"
    return _table("Starting", ("what", "time", "memory or size"), rows()) + note


def _asking_section(explainer: Explainer, original: Encoder, questions: Sequence[str]) -> str:
    for question in questions[:5]:
        explainer.ask(question)
        original.encode([question])
    asked, alone, torch = [], [], []
    for question in questions:  # in turn, so that all see the same machine
        torch.append(_milliseconds(original.encode, [question]))
        alone.append(_milliseconds(explainer.encoder.encode, [question]))
        asked.append(_milliseconds(explainer.ask, question))

    def row(name: str, found: Sequence[float]) -> tuple[str, ...]:
        ratio = statistics.median(a / e for a, e in zip(found, alone, strict=True))
        return (
            name,
            f"{statistics.median(found):.1f}",
            f"{_p99(found):.1f}",
            f"{ratio:.2f}",
            f"{_p99(found) / _p99(alone):.2f}",
        )

    rows = [
        row("the encoder that serves, alone", alone),
        row("`Explainer.ask`", asked),
        row("the encoder in PyTorch, alone", torch),
    ]
    note = f"\n{len(questions)} different questions in one process, one after another.\n"
    return _table("Asking", ("what", "p50 ms", "p99 ms", "ratio, median pair by pair", "ratio of p99"), rows) + note


def _scores_section(explainer: Explainer, sets: dict[str, tuple]) -> str:  # type: ignore[type-arg]
    found = {}
    for name, (questions, golden_ads) in sets.items():
        found[name] = {**scores(ask_all(explainer, questions)), **ads(explainer, golden_ads)}
    names = list(next(iter(found.values())))
    rows = [(score, *(f"{found[name].get(score, float('nan')):.3f}" for name in found)) for score in names]
    chosen = explainer.calibration["refusing"]
    note = (
        f"\nThe floor ({chosen['floor']}) was chosen on corpus/questions.yaml in {chosen['folds']} folds, with a decline rate of "
        f"{chosen['held_out']['decline_rate']:.3f} at a false-decline rate of {chosen['held_out']['false_decline_rate']:.3f} "
        "on questions outside each fold. The first column is therefore kinder than the second.\n"
    )
    return _table("Finding, declining, safety", ("score", *found), rows) + note


def _page_section(explainer: Explainer) -> str:
    from tests.bench_page import RUNS, compare
    from tests.chromium import CHROMIUM, MISSING

    if CHROMIUM is None:
        return f"## The page in a browser\n\nNot measured. {MISSING}.\n"
    note = f"\nMedians of {RUNS} visits each, in turn, in Chromium on loopback. Stock: `gr.ChatInterface` with the same text.\n"
    return _table("The page in a browser", ("what", "this page", "stock chat", "ratio"), compare(explainer)) + note


def _serving_section(questions: Sequence[str]) -> str:
    from tests.bench_serve import measure

    rows, memory = measure(questions)
    note = (
        f"\n{len(questions)} different questions for each row, over HTTP; server, client and encoder are processes of their "
        f"own. The encoder alone works on one core, the server with two threads on two; of the questions that wait those of one "
        f"length are encoded in one call, and the last rows say what that gains the encoder. {memory} Tried and left: questions of "
        "unlike length in one call, which makes the last bits of a vector, and with them perhaps an answer, depend on who else asks; "
        "three threads, uvloop and httptools, which gained nothing that could be told from noise; and a second process, whose gain is "
        "in the row of the two servers.\n"
    )
    return _table("Serving", ("what", "questions a second", "p50 ms", "p99 ms", "beside the encoder"), rows) + note


def _embedding_section(explainer: Explainer) -> str:
    from tests.bench_embed import RUNS, SLOW, compare
    from tests.chromium import CHROMIUM, MISSING

    if CHROMIUM is None:
        return f"## On a clinic's page\n\nNot measured. {MISSING}.\n"
    note = (
        f"\nMedians of {RUNS} visits each, in turn, in Chromium on loopback, a button opening the one and the other. The frame shows "
        f"the whole page. {SLOW.capitalize()}: 150 ms, 1.6 Mbit/s, a quarter of the processor.\n"
    )
    return _table("On a clinic's page", ("what", "our widget", "frame of the page", "ratio"), compare(explainer)) + note


def _keeping_section() -> str:
    from tests.bench_maintain import measure

    columns, rows, note = measure()
    return _table("Keeping the corpus", columns, rows) + f"\n{note}\n"


def _ablation_section(index: BuiltIndex, encoder: Encoder, sets: dict[str, Sequence[GoldenQuestion]]) -> str:
    full = Weights()
    without = {
        "everything": full,
        "without ways people ask": _only(full, exclude="way"),
        "without other names": _only(full, exclude="name"),
        "without passages and facts": _only(_only(full, exclude="passage"), exclude="known"),
        "without word matching": _replace(full, row_words=0.0, card_words=0.0),
        "without word matching by card": _replace(full, card_words=0.0),
        "without word matching by row": _replace(full, row_words=0.0),
        SPELLING: _replace(full, correct_spelling=False),
        "best row alone instead of the two best": _replace(full, best_rows=1),
    }
    rows = []
    for name, weights in without.items():
        search = Search(index, encoder, weights)
        cells = []
        for questions in sets.values():
            ranks = list(_ranks(search, questions))
            cells.append(f"{hit(ranks, 1):.3f} / {hit(ranks, 3):.3f} / {mrr(ranks):.3f}")
        rows.append((name, *cells))
    misspelt = [dataclasses.replace(q, text=_misspelt(q.text)) for q in index.corpus.questions]
    for name in ("everything", SPELLING):
        ranks = list(_ranks(Search(index, encoder, without[name]), misspelt))
        cells = [f"{hit(ranks, 1):.3f} / {hit(ranks, 3):.3f} / {mrr(ranks):.3f}", *[""] * (len(sets) - 1)]
        rows.append((f"{name}, with two slips of the finger a question", *cells))
    note = "\nEvery question in scope, none declined: hit@1 / hit@3 / MRR@10.\n"
    return _table("What each part of the search is worth", ("search", *sets), rows) + note


def _peers_section(
    index: BuiltIndex, encoder: SentenceTransformerEncoder, sets: dict[str, Sequence[GoldenQuestion]]
) -> str:
    from tests.bench_peers import compare

    columns, rows, note = compare(index, encoder, sets)
    return _table("Beside other libraries", columns, rows) + note


def _misspelt(text: str) -> str:
    """Return `text` with a letter dropped, swapped or doubled in two of its longer words, the same each time."""
    chance = random.Random(text)
    words = text.split()
    longer = [number for number, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    for number in chance.sample(longer, min(2, len(longer))):
        word = words[number]
        at = chance.randrange(1, len(word) - 1)
        slips = (
            word[:at] + word[at + 1 :],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at - 1 :],
        )
        words[number] = chance.choice(slips)
    return " ".join(words)


def _ranks(search: Search, questions: Iterable[GoldenQuestion]) -> Iterable[int | None]:
    for question in questions:
        if question.kind == "in-scope":
            right = {question.primary, *question.also}
            cards = search.rank(question.text).cards
            yield next((rank for rank, card in enumerate(cards, 1) if card.id in right), None)


def _only(weights: Weights, *, exclude: str) -> Weights:
    return _replace(weights, roles=tuple(role for role in weights.roles if role != exclude))


def _replace(weights: Weights, **changes: object) -> Weights:
    assert set(weights.roles) <= set(CARD_ROLES)
    return dataclasses.replace(weights, **changes)  # type: ignore[arg-type]


def _milliseconds(work: Callable[..., object], given: object) -> float:
    start = time.perf_counter()
    work(given)
    return (time.perf_counter() - start) * 1000


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def _table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"## {heading}", "", "| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
