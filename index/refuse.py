"""Whether what a search found is an answer, only close, or nothing vetted at all.

No single cosine tells an answer from a near miss, so several signals are weighed by a logistic
model. It is fitted at build time on the golden questions and kept in the manifest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from index.errors import IndexFolderError
from index.records import Outcome
from index.search import Ranked
from index.texts import CARD_ROLES

SIGNALS = ("nearest", "best_card", "outside", "lead", "words", "known_words")


def signals(ranked: Ranked) -> tuple[float, ...]:
    """Return the signals of one search, in the order of SIGNALS.

    nearest: best cosine to a card's row. best_card: the best card's score. outside: mean cosine
    to the three nearest texts that the corpus has nothing on. lead: the best card's score over
    the third's. words: BM25 of the best card, in tens. known_words: share of the question's
    words that the corpus holds.
    """
    third = ranked.scores[2] if len(ranked.scores) > 2 else 0.0
    return (
        ranked.cosine(CARD_ROLES),
        ranked.scores[0],
        ranked.cosine(("outside",), best=3),
        ranked.scores[0] - third,
        ranked.word_score / 10,
        ranked.known_words,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuser:
    """A logistic model of "the corpus answers this"; below `floor` it does not.

    From `floor` down to `closest` titles may be shown; further down there is nothing.
    """

    weights: tuple[float, ...]
    bias: float
    floor: float
    closest: float

    def probability(self, found: Sequence[float]) -> float:
        """Return the model's probability, 0 to 1, that the corpus answers a question with these signals."""
        z = self.bias + sum(w * s for w, s in zip(self.weights, found, strict=True))
        return 1 / (1 + math.exp(-max(min(z, 50.0), -50.0)))

    def outcome(self, ranked: Ranked) -> Outcome:
        """Return what may be shown of `ranked`."""
        if not ranked.cards:
            return "nothing"
        probability = self.probability(signals(ranked))
        if probability >= self.floor:
            return "answered"
        return "closest" if probability >= self.closest else "nothing"

    @classmethod
    def from_manifest(cls, calibration: dict[str, Any]) -> Refuser:
        """Read the model that a build wrote; raise IndexFolderError where it has other signals."""
        model = calibration.get("refusing")
        if not model or tuple(model["signals"]) != SIGNALS:
            raise IndexFolderError("the index was calibrated with other signals: run 'explainer build'")
        return cls(
            weights=tuple(model["weights"]), bias=model["bias"], floor=model["floor"], closest=model["closest"]
        )
