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

SIGNALS = (
    "nearest",
    "best_card",
    "outside",
    "crowd",
    "in_scope",
    "words",
    "known_words",
    "length",
    "names_subject",
    "names_other",
    "names_other_alone",
)
_CROWD = 15  # neighbours that vote in `crowd`


def signals(ranked: Ranked) -> tuple[float, ...]:
    """Return the signals of one search, in the order of SIGNALS.

    nearest: mean of the three best cosines to a card's rows. best_card: the best card's score.
    outside: mean of the three best cosines to texts that the corpus has nothing on. crowd: cards
    against outside texts among the 15 nearest, by the fourth power of the cosine, -1 to 1.
    in_scope: the probe's log-odds. words: best BM25, in tens. known_words: share of the
    question's words that the corpus holds. length: words of the question, in twenties. The last
    three are 0 or 1: whether a phrase names the corpus's subject, another, or another alone.
    """
    near = ranked.neighbours
    cards, outside = near.have(*CARD_ROLES), near.have("outside")
    votes = [
        (cosine**4, int(card) - int(other))
        for cosine, card, other in zip(near.cosines[:_CROWD].tolist(), cards, outside, strict=False)
    ]
    weight = sum(w for w, _ in votes)
    return (
        near.best(cards, 3),
        ranked.scores[0],
        near.best(outside, 3),
        sum(w * vote for w, vote in votes) / weight if weight > 0 else 0.0,
        ranked.probes.get("in_scope", 0.0),
        ranked.words / 10,
        ranked.known_words,
        min(len(ranked.question.split()), 60) / 20,
        float(ranked.names_subject),
        float(ranked.names_other),
        float(ranked.names_other and not ranked.names_subject),
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
        odds = self.bias + sum(weight * signal for weight, signal in zip(self.weights, found, strict=True))
        return 1 / (1 + math.exp(-max(min(odds, 50.0), -50.0)))

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
        try:
            model = calibration["refusing"]
            if model["weights"].keys() != set(SIGNALS):
                raise KeyError("weights")
            return cls(
                weights=tuple(model["weights"][name] for name in SIGNALS),
                bias=model["bias"],
                floor=model["floor"],
                closest=model["closest"],
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise IndexFolderError("the index was calibrated with other signals: run 'explainer build'") from error
