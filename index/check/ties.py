"""What ties entries together: what each is known by, and what it names. On no other entry do its Problems hang."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from index.check.identifiers import own_identifiers
from index.check.people import plain_question
from index.check.references import cited, passage_cards
from index.entry import Entry, Text


class Ties(NamedTuple):
    """The keys of an entry, each once, in order: a checksum of 32 bits stands for each.

    Where two checksums coincide by chance, entries are taken to be tied that are not: then too
    many are looked at, never too few.
    """

    own: tuple[int, ...]  # its id, the ways people ask, what a source is known by elsewhere
    named: tuple[int, ...]  # ids that it names


class Tied:
    """Several entries, ready to be asked which others are tied to one of them."""

    def __init__(self, ties: Iterable[Ties]) -> None:
        self._own: set[int] = set()
        self._named: set[int] = set()
        for each in ties:
            self._own.update(each.own)
            self._named.update(each.named)

    def to(self, other: Ties) -> bool:
        """Say whether `other` is one of them, names one, is named by one, or is known by what one is known by."""
        return not (
            self._own.isdisjoint(other.own) and self._own.isdisjoint(other.named) and self._named.isdisjoint(other.own)
        )


def ties(entry: Entry) -> Ties:
    """Return the keys of an entry, or of the list of golden questions, which are ways people ask."""
    return Ties(_keys(_own(entry)), _keys(("id", name) for name in _named(entry)))


def _own(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "id", entry.id
    for way in entry.section("Ways people ask").items:
        yield "way", plain_question(way)
    for name, key, _ in own_identifiers(entry):
        yield name, key
    for question in entry.mappings("questions"):
        yield "way", plain_question(question.text("text"))


def _named(entry: Entry) -> Iterator[Text | str]:
    yield from entry.texts("sources")
    yield from entry.texts("related")
    for fields in entry.mappings("bears_on"):
        yield fields.text("card")
    for section in entry.sections:
        yield from passage_cards(section.paragraphs)
    for fact in entry.section("Known").items:
        yield from cited(fact)[1]


def _keys(texts: Iterable[tuple[str, str]]) -> tuple[int, ...]:
    return tuple(sorted({zlib.crc32(f"{kind} {text}".encode()) for kind, text in texts}))
