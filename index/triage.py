"""Is this an emergency, a contraindication, or about one person? Decided before any answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from index.errors import IndexFolderError
from index.phrases import Phrases
from index.records import Corpus, SafetyCard, Urgency
from index.search import Ranked

URGENCIES: tuple[Urgency, ...] = ("urgent", "contraindication")


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The probe's score from which a kind of safety card is shown: with one of its phrases, or alone."""

    with_phrase: float
    alone: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks for one kind of safety card: its probe, and the cards one of whose phrases stands there."""

    score: float
    named: tuple[SafetyCard, ...]
    negated: bool


class Triage:
    """Chooses the safety cards of a question."""

    def __init__(self, corpus: Corpus, thresholds: dict[Urgency, Threshold]) -> None:
        self._cards = {
            kind: tuple(card for card in corpus.safety if card.kind == kind) for kind in URGENCIES
        }
        self._phrases = {card.id: Phrases(card.phrases) for card in corpus.safety}
        self._by_id = {card.id: card for card in corpus.safety}
        self._thresholds = thresholds

    def evidence(self, question: str, ranked: Ranked, kind: Urgency) -> Evidence:
        """Gather what speaks for a safety card of `kind`; `question` is as the reader wrote it."""
        matches = {card.id: self._phrases[card.id].match(question) for card in self._cards[kind]}
        return Evidence(
            score=ranked.probes.get(kind, 0.0),
            named=tuple(card for card in self._cards[kind] if matches[card.id].found),
            negated=any(match.negated for match in matches.values()),
        )

    def cards(self, question: str, ranked: Ranked) -> tuple[SafetyCard, ...]:
        """Return the safety cards to show first, urgent ones before contraindications."""
        return tuple(card for kind in URGENCIES for card in self._of_kind(question, ranked, kind))

    def _of_kind(self, question: str, ranked: Ranked, kind: Urgency) -> tuple[SafetyCard, ...]:
        found = self.evidence(question, ranked, kind)
        if not fires(found, self._thresholds[kind]):
            return ()
        return found.named or (self._nearest(ranked, kind),)

    def _nearest(self, ranked: Ranked, kind: Urgency) -> SafetyCard:
        for neighbour in ranked.neighbours:
            if neighbour.row.role == "urgent" and self._by_id[neighbour.row.owner].kind == kind:
                return self._by_id[neighbour.row.owner]
        return self._cards[kind][0]

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
        except KeyError as error:
            raise IndexFolderError("the index has no triage thresholds: run 'explainer build'") from error
        return cls(corpus, thresholds)


def fires(found: Evidence, threshold: Threshold) -> bool:
    """Say whether the evidence is enough. A phrase that stands there only negated speaks against."""
    if found.named:
        return found.score >= threshold.with_phrase
    return not found.negated and found.score >= threshold.alone
