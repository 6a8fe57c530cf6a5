"""Texts that say nearly the same: passages, and ways people ask on two cards, told by their vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.check.people import plain_question
from index.entry import Entry, Text
from index.folder import Folder
from index.records import Problem

# Measured on the corpus of November 2026 with all-MiniLM-L6-v2. Of 487 passages no two are nearer than 0.90, and 95 of
# 100 passages with a sentence cut or their words swapped stay above 0.92. Of 5,157 ways people ask, the 8 pairs above
# 0.95 ask the same; below, "increase" and "lengthen" or "number" and "length" begin to be taken for one.
NEAR_PASSAGES = 0.92
NEAR_WAYS = 0.95
_BLOCK = 512  # texts compared with all others at a time: 20 MB for ten thousand texts

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A text of the corpus, as it is embedded, with where it stands; `group` is what it may resemble."""

    entry: Entry
    line: int
    text: str
    group: str


def placed_passages(folder: Folder) -> Iterator[Placed]:
    """Yield every passage; each is a group of its own."""
    for source in folder.evidence:
        for section in source.sections:
            text = "\n\n".join(section.paragraphs[1:])
            yield Placed(entry=source, line=section.name.line, text=text, group=f"{source.id}/{section.name}")


def placed_ways(folder: Folder) -> Iterator[Placed]:
    """Yield every way people ask; those of one card are a group, for there many wordings are meant to be near."""
    for card in folder.cards:
        items: tuple[Text, ...] = card.section("Ways people ask").items
        yield from (Placed(entry=card, line=item.line, text=str(item), group=card.id) for item in items)


def near_duplicates(folder: Folder, vectors: Mapping[str, Vector]) -> Iterator[Problem]:
    """Yield the pairs of passages, and of ways people ask on two cards, whose vectors nearly coincide.

    `vectors` holds unit vectors by text; a text without one is not compared.
    """
    for earlier, later, cosine in _pairs(placed_passages(folder), vectors, NEAR_PASSAGES):
        yield _near("passage", earlier, later, cosine)
    for earlier, later, cosine in _pairs(placed_ways(folder), vectors, NEAR_WAYS):
        if plain_question(earlier.text) != plain_question(later.text):  # one that stands twice is told without vectors
            yield _near("way of asking", earlier, later, cosine)


def without_vectors(folder: Folder, vectors: Mapping[str, Vector]) -> int:
    """Return how many texts near_duplicates passes over, for want of a vector."""
    return sum(one.text not in vectors for one in (*placed_passages(folder), *placed_ways(folder)))


def _pairs(
    texts: Iterable[Placed], vectors: Mapping[str, Vector], limit: float
) -> Iterator[tuple[Placed, Placed, float]]:
    """Yield near pairs of two groups; memory grows with the texts, not with their pairs."""
    placed = [one for one in texts if one.text in vectors]
    if not placed:
        return
    matrix = np.array([vectors[one.text] for one in placed], dtype=np.float32)
    for start in range(0, len(placed), _BLOCK):
        cosines = matrix[start : start + _BLOCK] @ matrix[start:].T
        for row, column in zip(*np.nonzero(cosines >= limit), strict=True):
            earlier, later = placed[start + int(row)], placed[start + int(column)]
            if row < column and earlier.group != later.group:
                yield earlier, later, float(cosines[row, column])


def _near(what: str, earlier: Placed, later: Placed, cosine: float) -> Problem:
    return later.entry.problem(
        later.line,
        f"{what} {_short(later.text)} is nearly {_short(earlier.text)} at {earlier.entry.path}:{earlier.line} "
        f"(cosine {cosine:.2f}): keep one, or word them apart",
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:59]}…")
