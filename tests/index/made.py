"""Records made by hand, for tests whose numbers are worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from index.advert import CLAIM_PROBE
from index.encoder import Vectors
from index.probe import Probe
from index.records import Card, Certainty, Corpus, Label, Passage, Review, SafetyCard, Source, Urgency, Verdict
from index.search import QUESTION_PROBES
from index.store import BuiltIndex, Neighbours
from index.texts import ROLES, Role, Row

HALF = 5e-4  # how far a cosine may lie off, with vectors of half precision
SELLER = Label(tag="sellers-claim", words="What sellers say", promise="A seller says this.", rung=0, icon="megaphone")
TRIAL = Label(tag="randomised-trial", words="Randomised trial", promise="Chance decided.", rung=5, icon="dice")


def source(id: str = "trial-2010", label: Label = TRIAL) -> Source:
    return Source(
        id=id, kind="randomised-trial", title="Ears", authors="A. Body", year="2010", container="Hats", locator="",
        doi="", pmid="", url="https://journal.example", read=(), depth="full-text", read_on=date(2026, 1, 5),
        retraction="clear", label=label, treatment="subject", body="face",
    )  # fmt: skip


def passage(id: str, label: Label = TRIAL) -> Passage:
    return Passage(
        id=id, text=f"The text of {id}.", label=label, sources=(source(label=label),), treatment="none", body="none"
    )


def card(id: str, passages: Sequence[Passage] = ()) -> Card:
    return Card(
        id=id, kind="claim", title=f"Is it {id}?", figure="", section="why",
        verdict=Verdict(tag="supported", words="Supported", meaning="It is."),
        certainty=Certainty(tag="low", words="Low", meaning="It may change."),
        in_short="Yes.", get_help="", claim=None, number=None, known=(), not_known=(), passages=tuple(passages), terms=(),
        related=(),
        review=Review(on=date(2026, 1, 5), read="All.", reviewer="", next=date(2026, 7, 5)),
        names=(), ways=(), sellers_ways=(),
    )  # fmt: skip


def safety(id: str, kind: Urgency, phrases: Sequence[str] = ()) -> SafetyCard:
    return SafetyCard(id=id, kind=kind, title=id, text="Stop.", ways=(), unlike=(), phrases=tuple(phrases))


def corpus(cards: Sequence[Card] = (), safety: Sequence[SafetyCard] = ()) -> Corpus:
    return Corpus(
        title="Made", article=source("article", SELLER), licence="CC BY 4.0", cards=tuple(cards), safety=tuple(safety),
        sources=(), glossary=(), questions=(), ads=(), outside=(), examples=(), personal=(), subject=(),
        other_subjects=(), wording={"en": {}}, digest="d" * 64,
    )  # fmt: skip


def row(text: str, role: Role = "title", owner: str = "a") -> Row:
    return Row(text=text, role=role, owner=owner)


def neighbours(*near: tuple[float, Role, str]) -> Neighbours:
    return Neighbours(
        rows=[row("text", role, owner) for _, role, owner in near],
        numbers=np.arange(len(near)),
        roles=np.array([ROLES.index(role) for _, role, _ in near], dtype=np.int8),
        cosines=np.array([cosine for cosine, _, _ in near], dtype=np.float64),
    )


def index(rows: Sequence[Row], vectors: Sequence[Sequence[float]], made_from: Corpus | None = None) -> BuiltIndex:
    made_from = made_from or corpus([card("a")])
    probes = [*QUESTION_PROBES, *(f"{CLAIM_PROBE}{card.id}" for card in made_from.cards)]
    return BuiltIndex(
        corpus=made_from, rows=rows, vectors=np.array(vectors, dtype=np.float32), words=(),
        probes=[Probe(name=name, weights=(0.0,) * 4, bias=0.0) for name in probes],
        encoder_name="table", encoder_weights="1" * 64,
    )  # fmt: skip


class TableEncoder:
    """Looks each text up in a table of hand-made vectors."""

    name = "table"
    weights = "1" * 64
    dimensions = 4

    def __init__(self, table: Mapping[str, Sequence[float]]) -> None:
        self._table = table

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._table[text] for text in texts], dtype=np.float32).reshape(len(texts), 4)

    def words(self) -> frozenset[str]:
        return frozenset()
