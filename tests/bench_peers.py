"""Other libraries on the same corpus, questions and model: start to first answer, each answer, memory, what they find."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.answer import BUILT
from index.encoder import SentenceTransformerEncoder, Vectors
from index.measures import hit
from index.records import GoldenQuestion
from index.search import Search
from index.store import BuiltIndex
from index.texts import CARD_ROLES, Row
from tests.drawn import HERE, INK, LINE, figure, shown
from tests.peers.environment import PeerError, install, versions
from tests.peers.process import ASKING, Measured, Peer, ask, store
from tests.peers.runner import NEAREST, TEXTS, VECTORS

PICTURE = HERE / "docs" / "peers.svg"
STARTS = 3  # processes that are timed to their first answer; the table has the median
TIMED = 500  # questions whose times count
FIRST = (1, 3)  # ranks at which a right card is a hit
SHOWN = ("in-short", "claim", "known", "passage")  # roles of what readers are shown, which is what others index
PASSAGES, ROWS = "passages", "our rows"
COSTS = ("start to first answer, s", "p50 ms", "p99 ms", "memory, MB")

US = Peer(name="this project", script="ours")
PEERS = (
    Peer(name="txtai", script="with_txtai", needs=("txtai",)),
    Peer(name="Haystack, in memory", script="with_haystack", needs=("haystack-ai", "sentence-transformers-haystack")),
    Peer(
        name="LlamaIndex, FAISS",
        script="with_llamaindex",
        needs=("llama-index-core", "llama-index-vector-stores-faiss", "llama-index-embeddings-huggingface"),
    ),
    Peer(name="LangChain, FAISS", script="with_langchain", needs=("langchain-community", "langchain-huggingface")),
    Peer(name="Chroma", script="with_chroma", needs=("chromadb",)),
    Peer(name="Chroma, its default encoder", script="with_chroma_default", needs=("chromadb",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question of a set, with the cards that are right."""

    set: str
    text: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table: who, and either what was measured and how long each start took, or why nothing was."""

    name: str
    starts: Sequence[float] = ()
    measured: Measured | None = None
    failure: str = ""

    def figures(self, questions: Sequence[Asked], sets: Iterable[str], hits_alone: bool = False) -> dict[str, float]:
        """Return each figure by its column, hits among as many of `questions` as were asked."""
        assert self.measured
        found = {}
        if not hits_alone:
            each = self.measured.each[:TIMED]
            costs = (statistics.median(self.starts), statistics.median(each), _p99(each), self.measured.memory)
            found = dict(zip(COSTS, costs, strict=True))
        asked = list(zip(questions, self.measured.cards, strict=False))
        for name in sets:
            ranks = [_rank(question, cards) for question, cards in asked if question.set == name]
            found |= {f"hit@{first}, {name}": hit(ranks, first) for first in FIRST}
        return found


def compare(
    index: BuiltIndex,
    encoder: SentenceTransformerEncoder,
    sets: Mapping[str, Sequence[GoldenQuestion]],
    built: Path = BUILT,
    most: int | None = None,
    picture: Path = PICTURE,
) -> tuple[tuple[str, ...], list[tuple[str, ...]], str]:
    """Return the columns and the rows of a table and what stands below it, and draw `picture`; up to `most` questions are asked.

    `index` is what the folder `built` holds, and `encoder` what made its vectors.
    """
    questions = [
        Asked(set=name, text=golden.text, right=frozenset({golden.primary, *golden.also}))
        for name, several in sets.items()
        for golden in several
        if golden.kind == "in-scope"
    ]
    random.Random(0).shuffle(questions)  # a peer so slow that it is not asked all of them gets some of each set
    questions = questions[:most]
    with tempfile.TemporaryDirectory() as scratch:
        us, *peers = _lines(index, encoder, [question.text for question in questions], built, Path(scratch))
    columns, rows, note = _table(us, _undeclined(index, encoder, questions), peers, questions, tuple(sets))
    if us.measured:
        _draw(us, peers, picture)
        note = f"\n{shown(picture, 'Seconds to start and milliseconds to answer, of each library')}\n{note}"
    return columns, rows, note


def _lines(
    index: BuiltIndex, encoder: SentenceTransformerEncoder, questions: Sequence[str], built: Path, scratch: Path
) -> list[Line]:
    """Have all store the texts, and then all answer, in turn, so that each sees the same machine."""
    home = scratch / "home"
    home.mkdir()
    folders = _write(index, encoder, scratch)
    places = [(US, US.name, built)]
    failures: dict[str, str] = {}
    pinned = versions()
    missing = install([peer.needs for peer in PEERS])
    for peer in PEERS:
        names = [f"{peer.name} ({pinned[peer.needs[0]]}), {recipe}" for recipe in folders]
        places += [(peer, name, folder) for name, folder in zip(names, folders.values(), strict=True)]
        if peer.needs in missing:
            failures |= dict.fromkeys(names, f"could not be installed: {missing[peer.needs]}")
            continue
        try:
            store(peer, list(folders.values()), encoder.folder, home)
        except PeerError as error:
            failures |= dict.fromkeys(names, f"failed: {error}")
    starts: dict[str, list[float]] = {name: [] for _, name, _ in places}
    measured: dict[str, Measured] = {}
    for turn in range(STARTS):
        for peer, name, folder in places:
            if name not in failures:
                try:
                    seconds, done = ask(peer, folder, encoder.folder, home, questions[:1] if turn else questions)
                except PeerError as error:
                    failures[name] = f"failed: {error}"
                else:
                    starts[name].append(seconds)
                    measured.setdefault(name, done)
    return [
        Line(name=name, failure=failures[name])
        if name in failures
        else Line(name=name, starts=starts[name], measured=measured[name])
        for _, name, _ in places
    ]


def _write(index: BuiltIndex, encoder: SentenceTransformerEncoder, scratch: Path) -> dict[str, Path]:
    """Write what the peers store: what readers are shown, each with its card's title, and the rows that we search."""
    titles = {card.id: card.title for card in index.corpus.cards}
    shown = [row for row in index.rows if row.role in SHOWN]
    titled = [f"{titles[row.owner]}\n{row.text}" for row in shown]
    numbers = [number for number, row in enumerate(index.rows) if row.role in CARD_ROLES]
    rows = [index.rows[number] for number in numbers]
    given = {
        PASSAGES: (titled, shown, encoder.encode(titled)),
        ROWS: ([row.text for row in rows], rows, index.vectors[numbers]),
    }
    return {name: _written(scratch / name.replace(" ", "-"), *several) for name, several in given.items()}


def _written(folder: Path, texts: Sequence[str], rows: Sequence[Row], vectors: Vectors) -> Path:
    folder.mkdir()
    cards = [row.owner for row in rows]
    (folder / TEXTS).write_text(json.dumps({"texts": texts, "cards": cards}), encoding="utf-8")
    np.save(folder / VECTORS, vectors)
    return folder


def _undeclined(index: BuiltIndex, encoder: SentenceTransformerEncoder, questions: Sequence[Asked]) -> Line:
    """Return our own ranking with nothing declined, as the others decline nothing."""
    search = Search(index, encoder)
    cards = [[card.id for card in search.rank(question.text).cards] for question in questions]
    return Line(name=f"{US.name}, nothing declined", measured=Measured(each=(), cards=cards, memory=0.0))


def _table(
    us: Line, undeclined: Line, peers: Sequence[Line], questions: Sequence[Asked], sets: Sequence[str]
) -> tuple[tuple[str, ...], list[tuple[str, ...]], str]:
    if not us.measured:
        return ("who", "measured"), [(line.name, line.failure or "measured") for line in (us, *peers)], ""
    ours = us.figures(questions, sets)
    rows = [
        (us.name, *_cells(ours)),
        (undeclined.name, *[""] * len(COSTS), *_cells(undeclined.figures(questions, sets, hits_alone=True))),
    ]
    behind: dict[str, list[str]] = {}
    fewer = []
    for peer in peers:
        if not peer.measured:
            rows.append((peer.name, peer.failure, *[""] * (len(ours) - 1)))
            continue
        theirs, asked = peer.figures(questions, sets), questions[: len(peer.measured.cards)]
        rows.append((peer.name, *_cells(theirs)))
        for column, compared in _not_ahead(us.figures(asked, sets), theirs):
            behind.setdefault(column, []).append(f"{peer.name}, {compared}")
        if len(asked) < len(questions):
            fewer.append(f"{peer.name}: {len(asked)}")
    return ("who", *ours), rows, _note(len(questions), behind, fewer)


def _draw(us: Line, peers: Sequence[Line], file: Path) -> None:
    """Draw what each takes to start and to answer, as bars, ours in full."""
    lines = [line for line in (us, *peers) if line.measured]
    places = range(len(lines))
    with figure(file, 9, 0.9 + 0.3 * len(lines)) as made:
        start, answer = made.subplots(1, 2, sharey=True)
        starts = [statistics.median(line.starts) for line in lines]
        medians = [statistics.median(line.measured.each[:TIMED]) for line in lines if line.measured]
        for drawing, lengths, form, what in (
            (start, starts, "%.1f", "start to first answer, s"),
            (answer, medians, "%.0f", "one answer, median ms"),
        ):
            bars = drawing.barh(places, lengths, color=[INK] + [LINE] * (len(lines) - 1), edgecolor=INK)
            drawing.bar_label(bars, fmt=form, padding=3)
            drawing.set(xlabel=what)
            drawing.margins(x=0.12)
            drawing.spines[["top", "right"]].set_visible(False)
        start.set_yticks(places, [line.name for line in lines])
        start.invert_yaxis()


def _not_ahead(ours: Mapping[str, float], theirs: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Yield each column in which ours is no better than theirs as far as the table shows it, and both figures."""
    for column, mine, other in zip(ours, _cells(ours), _cells(theirs), strict=True):
        better = float(mine) < float(other) if column in COSTS else float(mine) > float(other)
        if not better:
            yield column, f"level at {mine}" if mine == other else f"{other} against {mine}"


def _note(asked: int, behind: Mapping[str, Sequence[str]], fewer: Sequence[str]) -> str:
    paragraphs = [
        f"{asked} questions in scope; questions, model and vectors of the texts are the same for all, and each had its index on disk. "
        "Each runs at its own settings in a process of its own, in turn with the others; at this size txtai and Chroma search "
        f"approximately by theirs. Start: from the start of a process to an answer, median of {STARTS}. Times: up to {TIMED} different "
        f"questions, one at a time. A card stands where the best of its texts does, of the {NEAREST} nearest.",
        f"*{PASSAGES.capitalize()}*: what readers are shown, each text with the title of its card, which is what the documentation of "
        f"each library leads to. *{ROWS.capitalize()}*: every text that our own search has, ways people ask among them, so that only the "
        "ranking differs from ours.",
        "Our weights and our floor were chosen on corpus/questions.yaml, which makes its columns kind to us. The others decline nothing. "
        f"In the row *{US.name}* a question in scope that it declines is a miss.",
    ]
    if behind:
        lines = [f"- {column}: {'; '.join(compared)}" for column, compared in behind.items()]
        paragraphs.append("\n".join([f"Where *{US.name}* is not ahead:", "", *lines]))
    else:
        paragraphs.append(f"*{US.name.capitalize()}* is ahead of every one in every column.")
    if fewer:
        paragraphs.append(
            f"Asked for {ASKING:.0f} s and no longer, and compared on the questions of that time: {'; '.join(fewer)}."
        )
    return "\n" + "\n\n".join(paragraphs) + "\n"


def _cells(figures: Mapping[str, float]) -> list[str]:
    places = dict(zip(COSTS, (2, 1, 1, 0), strict=True))
    return [f"{figure:.{places.get(column, 3)}f}" for column, figure in figures.items()]


def _rank(question: Asked, cards: Sequence[str]) -> int | None:
    return next((rank for rank, card in enumerate(cards, 1) if card in question.right), None)


def _p99(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100)[98] if len(values) > 1 else values[0]
