"""Is this an emergency, a contraindication, or about one person? Decided before any answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from index.errors import IndexFolderError
from index.phrases import Match, Phrases
from index.records import Corpus, SafetyCard, Urgency
from index.search import Ranked
from index.sieve import Sieve
from index.store import Neighbours

# How much the lead in cosine of a kind's own rows over all others counts beside the probe's
# log-odds. Chosen on corpus/questions.yaml: at 20 the two kinds of question part without overlap.
LEAD_WEIGHT = 20.0
_BEST = 3  # rows whose mean cosine stands for a kind

URGENCIES: tuple[Urgency, ...] = ("urgent", "contraindication")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The score from which a kind of safety card is shown: with one of its phrases, or alone."""

    with_phrase: float
    alone: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for one kind of safety card: probe and lead in one score, and cards named by a phrase."""

    score: float
    named: tuple[SafetyCard, ...]
    negated: bool


class Triage:
    """Chooses the safety cards of a question."""

    def __init__(self, corpus: Corpus, thresholds: dict[Urgency, Threshold]) -> None:
        self._cards = {kind: tuple(card for card in corpus.safety if card.kind == kind) for kind in URGENCIES}
        self._phrases = {card.id: Phrases(card.phrases) for card in corpus.safety}
        self._sieve = Sieve({card.id: card.phrases for card in corpus.safety})
        self._by_id = {card.id: card for card in corpus.safety}
        self._thresholds = thresholds

    def evidence(self, question: str, ranked: Ranked) -> dict[Urgency, Evidence]:
        """Gather what speaks for a safety card of each kind; `question` is as the reader wrote it."""
        matches = {id: self._phrases[id].match(question) for id in self._sieve.may_hold(question)}
        return {kind: self._evidence(matches, ranked, kind) for kind in URGENCIES}

    def _evidence(self, matches: dict[str, Match], ranked: Ranked, kind: Urgency) -> Evidence:
        found = [(card, matches[card.id]) for card in self._cards[kind] if card.id in matches]
        return Evidence(
            score=ranked.probes.get(kind, 0.0) + LEAD_WEIGHT * _lead(ranked.neighbours, kind),
            named=tuple(card for card, match in found if match.found),
            negated=any(match.negated for _, match in found),
        )

    def cards(self, question: str, ranked: Ranked) -> tuple[SafetyCard, ...]:
        """Return the safety cards to show first, urgent ones before contraindications."""
        found = self.evidence(question, ranked)
        return tuple(card for kind in URGENCIES for card in self._of_kind(found[kind], ranked.neighbours, kind))

    def _of_kind(self, found: Evidence, near: Neighbours, kind: Urgency) -> tuple[SafetyCard, ...]:
        if not self._cards[kind] or not fires(found, self._thresholds[kind]):
            return ()
        return found.named or (self._nearest(near, kind),)

    def _nearest(self, near: Neighbours, kind: Urgency) -> SafetyCard:
        own = near.numbers[near.have(kind)]
        return self._by_id[near.rows[own[0]].owner] if len(own) else self._cards[kind][0]

    @classmethod
    def from_manifest(cls, corpus: Corpus, calibration: dict[str, Any]) -> Triage:
        """Read the thresholds that a build wrote."""
        try:
            thresholds = {
                kind: Threshold(
                    with_phrase=calibration["triage"][kind]["with_phrase"], alone=calibration["triage"][kind]["alone"]
                )
                for kind in URGENCIES
            }
        except (KeyError, TypeError) as error:
            raise IndexFolderError("the index has no triage thresholds: run 'explainer build'") from error
        return cls(corpus, thresholds)


def _lead(near: Neighbours, kind: Urgency) -> float:
    """Return how far a kind's best rows lie ahead of all other rows, as a difference of mean cosines."""
    return near.best(near.have(kind), _BEST) - near.best(~near.have(kind, "seller"), _BEST)


def fires(found: Evidence, threshold: Threshold) -> bool:
    """Say whether the evidence is enough. A phrase that stands there only negated speaks against."""
    if found.named:
        return found.score >= threshold.with_phrase
    return not found.negated and found.score >= threshold.alone
