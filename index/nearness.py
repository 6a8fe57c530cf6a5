"""How near cards and golden questions lie to each other: which cards crowd, and what has no card near it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from index.encoder import Encoder, Vectors
from index.evaluate import Asked
from index.lexical import Speller
from index.records import Card, GoldenQuestion
from index.store import BuiltIndex
from index.texts import CARD_ROLES

_NAMING = ("title", "in-short")  # the roles whose texts say what a card is about
_DECIMALS = 3  # of a place on the map: the last bits depend on the machine
_BLOCK = 256  # cards compared with all others at a time: 20 MB for twenty thousand cards


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two cards, and the cosine between their vectors."""

    cards: tuple[Card, Card]
    cosine: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A golden question as it was answered, the card with the text nearest to it, and the cosine to that text."""

    asked: Asked
    vector: Vectors
    card: str
    cosine: float


class Plane:
    """The plane in which the given vectors, shape (n, dimensions), are spread most: their first principal components.

    `shares` says how much of the spread each of its two directions holds, from 0 to 1.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._centre = vectors.mean(axis=0)
        _, lengths, directions = np.linalg.svd(vectors - self._centre, full_matrices=False)
        self._directions = np.zeros((2, vectors.shape[1]), dtype=np.float32)  # two, even of a single vector
        for place, direction in enumerate(directions[:2]):
            strongest = direction[np.argmax(np.abs(direction))]  # either sign would do: take one
            self._directions[place] = direction * (-1 if strongest < 0 else 1)
        spread = np.zeros(2)
        spread[: len(lengths[:2])] = lengths[:2] ** 2 / max(float((lengths**2).sum()), 1e-12)
        self.shares = (float(spread[0]), float(spread[1]))

    def places(self, vectors: Iterable[Vectors]) -> list[tuple[float, float]]:
        """Return where vectors, each of shape (dimensions,), lie on it."""
        places = (np.round(self._directions @ (vector - self._centre), _DECIMALS).tolist() for vector in vectors)
        return [(x, y) for x, y in places]


def card_vectors(index: BuiltIndex) -> Vectors:
    """Return a unit vector for each card, shape (cards, dimensions): the mean of its title and its `in short`."""
    vectors = index.vectors
    rows: dict[str, list[int]] = {card.id: [] for card in index.corpus.cards}
    for number, row in enumerate(index.rows):
        if row.role in _NAMING:
            rows[row.owner].append(number)
    means = np.array([vectors[numbers].mean(axis=0) for numbers in rows.values()])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def closest(index: BuiltIndex, most: int) -> tuple[Pair, ...]:
    """Return the pairs of cards that are most alike, at most so many, the closest first."""
    vectors, cards = card_vectors(index), index.corpus.cards
    found: list[Pair] = []
    for start in range(0, len(cards), _BLOCK):
        cosines = np.round(vectors[start : start + _BLOCK] @ vectors[start:].T, _DECIMALS)
        later = np.logical_not(np.tri(*cosines.shape))  # each pair once, and no card with itself
        alike = cosines[later]
        least = float(np.partition(alike, -most)[-most]) if len(alike) > most else -np.inf
        for row, column in zip(*np.nonzero(np.logical_and(later, cosines >= least)), strict=True):
            pair = (cards[start + int(row)], cards[start + int(column)])
            found.append(Pair(cards=pair, cosine=float(cosines[row, column])))
        found = sorted(found, key=lambda pair: (-pair.cosine, pair.cards[0].id, pair.cards[1].id))[:most]
    return tuple(found)


def nearest(index: BuiltIndex, asked: Sequence[Asked], encoder: Encoder) -> tuple[Near, ...]:
    """Return for each golden question the nearest of all texts that stand for a card, as a search looks at them."""
    if not asked:
        return ()
    numbers = [number for number, row in enumerate(index.rows) if row.role in CARD_ROLES]
    texts = index.vectors_of(numbers)
    vectors = encoder.encode(_spelt(index, [a.question for a in asked]))
    cosines = np.round(vectors @ texts.T, _DECIMALS)
    best = cosines.argmax(axis=1)
    return tuple(
        Near(
            asked=a, vector=vector, card=index.rows[numbers[place]].owner, cosine=float(cosines[number, place])
        )
        for number, (a, vector, place) in enumerate(zip(asked, vectors, best.tolist(), strict=True))
    )  # fmt: skip


def farthest(near: Sequence[Near], most: int) -> tuple[Near, ...]:
    """Return the questions in scope that lie farthest from any card, at most so many, the farthest first.

    The others should lie far away, and are left out.
    """
    inside = [one for one in near if one.asked.question.kind == "in-scope"]
    return tuple(sorted(inside, key=lambda one: (one.cosine, one.asked.question.id))[:most])


def _spelt(index: BuiltIndex, questions: Sequence[GoldenQuestion]) -> list[str]:
    """Return the questions with their spelling mended, as they are searched for."""
    speller = Speller(index.lexicon.vocabulary, index.words, index.lexicon.stems)
    return [speller.correct(question.text) for question in questions]
