"""Every text that stands for something in the corpus, each of which gets a vector of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from index.records import Corpus

Role = Literal[
    "title", "name", "way", "in-short", "claim", "known", "passage",  # stand for a card
    "seller",  # stands for a claim in an advertisement
    "outside",  # stands for what the corpus has nothing on
    "urgent", "contraindication", "unlike",  # stand for a safety card of that kind, and for what only looks like one
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)
CARD_ROLES: tuple[Role, ...] = ("title", "name", "way", "in-short", "claim", "known", "passage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One text with what it stands for; `passage` is its id where the text is a passage."""

    text: str
    role: Role
    owner: str
    passage: str = ""


def rows_of(corpus: Corpus) -> tuple[Row, ...]:
    """Return the rows of `corpus`, in a fixed order."""
    return tuple(_rows(corpus))


def _rows(corpus: Corpus) -> Iterator[Row]:
    for card in corpus.cards:
        yield Row(text=card.title, role="title", owner=card.id)
        yield from (Row(text=name, role="name", owner=card.id) for name in card.names)
        yield from (Row(text=way, role="way", owner=card.id) for way in card.ways)
        yield Row(text=card.in_short, role="in-short", owner=card.id)
        if card.claim:
            yield Row(text=card.claim.text, role="claim", owner=card.id, passage=card.claim.id)
        yield from (Row(text=p.text, role="known", owner=card.id, passage=p.id) for p in card.known)
        yield from (Row(text=p.text, role="passage", owner=card.id, passage=p.id) for p in card.passages)
        yield from (Row(text=way, role="seller", owner=card.id) for way in card.sellers_ways)
    for safety in corpus.safety:
        yield Row(text=safety.title, role=safety.kind, owner=safety.id)
        yield from (Row(text=way, role=safety.kind, owner=safety.id) for way in safety.ways)
        yield from (Row(text=text, role="unlike", owner=safety.id) for text in safety.unlike)
    for sort in corpus.outside:
        yield from (Row(text=text, role="outside", owner=sort.sort) for text in sort.texts)
