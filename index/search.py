"""A question becomes ranked cards, with the signals by which triage and refusing decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.encoder import Encoder, Vectors
from index.lexical import Speller, WordMatcher
from index.records import Card
from index.store import BuiltIndex, Neighbour
from index.texts import CARD_ROLES, Role

# Chosen on corpus/questions.yaml, checked on questions that no build has seen; BENCHMARKS.md has
# the effect of each.
NEAREST = 400  # rows looked at; what lies further off changes no first card
BEST_ROWS = 3  # a card's cosine is the mean of its best three rows: one lucky row is not enough
WORD_WEIGHT = 0.2  # of BM25, scaled by the best card's score, beside a cosine

MAX_CARDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What a search found: all cards by falling score, and the neighbours it rests on.

    `vector` is the question's, shape (dimensions,). `word_score` is the best card's raw BM25.
    """

    question: str
    vector: Vectors
    neighbours: tuple[Neighbour, ...]
    cards: tuple[Card, ...]
    scores: tuple[float, ...]
    word_score: float

    def cosine(self, roles: Sequence[Role], owner: str | None = None, best: int = 1) -> float:
        """Return the mean of the best cosines among rows of these roles (and of this owner)."""
        found = []
        for neighbour in self.neighbours:
            if neighbour.row.role in roles and owner in (None, neighbour.row.owner):
                found.append(neighbour.cosine)
                if len(found) == best:
                    break
        floor = self.neighbours[-1].cosine if self.neighbours else 0.0
        return (sum(found) + floor * (best - len(found))) / best


class Search:
    """Ranks the cards of an index for a question."""

    def __init__(self, index: BuiltIndex, encoder: Encoder) -> None:
        self._index = index
        self._encoder = encoder
        self._cards = {card.id: card for card in index.corpus.cards}
        texts: dict[str, list[str]] = {card: [] for card in self._cards}
        for row in index.rows:
            if row.role in CARD_ROLES:
                texts[row.owner].append(row.text)
        self._words = WordMatcher([" ".join(found) for found in texts.values()])
        self._speller = Speller([text for found in texts.values() for text in found], index.words)

    def rank(self, question: str) -> Ranked:
        """Rank all cards for `question`; ties go to the id that sorts first."""
        corrected = self._speller.correct(question)
        vector = self._encoder.encode([corrected])[0]
        neighbours = self._index.nearest(vector, NEAREST)
        cosines = self._card_cosines(neighbours)
        words = self._words.scores(corrected)
        best = float(words.max(initial=0.0))
        fused = cosines + WORD_WEIGHT * (words / best if best > 0 else words)
        order = sorted(zip(fused.tolist(), self._cards, strict=True), key=lambda pair: (-pair[0], pair[1]))
        return Ranked(
            question=corrected,
            vector=vector,
            neighbours=tuple(neighbours),
            cards=tuple(self._cards[card] for _, card in order),
            scores=tuple(score for score, _ in order),
            word_score=best,
        )

    def _card_cosines(self, neighbours: Sequence[Neighbour]) -> Vectors:
        """Return each card's mean cosine over its best rows, the furthest neighbour standing in."""
        floor = neighbours[-1].cosine if neighbours else 0.0
        best: dict[str, list[float]] = {card: [] for card in self._cards}
        for neighbour in neighbours:
            if neighbour.row.role in CARD_ROLES and len(best[neighbour.row.owner]) < BEST_ROWS:
                best[neighbour.row.owner].append(neighbour.cosine)
        return np.array(
            [(sum(found) + floor * (BEST_ROWS - len(found))) / BEST_ROWS for found in best.values()], dtype=np.float32
        )
