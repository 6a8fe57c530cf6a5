"""Is this an emergency, a contraindication, or about one person? Decided before any answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from index.errors import IndexFolderError
from index.phrases import Phrases
from index.records import Corpus, SafetyCard, Urgency
from index.search import Ranked
from index.sieve import Sieve

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

    def evidence(self, question: str, ranked: Ranked, kind: Urgency) -> Evidence:
        """Gather what speaks for a safety card of `kind`; `question` is as the reader wrote it."""
        may = self._sieve.may_hold(question)
        matches = {card.id: self._phrases[card.id].match(question) for card in self._cards[kind] if card.id in may}
        return Evidence(
            score=ranked.probes.get(kind, 0.0) + LEAD_WEIGHT * self._lead(ranked, kind),
            named=tuple(card for card in self._cards[kind] if card.id in matches and matches[card.id].found),
            negated=any(match.negated for match in matches.values()),
        )

    def _lead(self, ranked: Ranked, kind: Urgency) -> float:
        """Return how far a kind's best rows lie ahead of all other rows, as a difference of mean cosines."""
        own: list[float] = []
        others: list[float] = []
        for neighbour in ranked.neighbours:
            row = neighbour.row
            mine = row.role == "urgent" and self._by_id[row.owner].kind == kind
            side = own if mine else others
            if row.role != "seller" and len(side) < _BEST:
                side.append(neighbour.cosine)
                if len(own) == len(others) == _BEST:
                    break
        floor = ranked.neighbours[-1].cosine if ranked.neighbours else 0.0
        return sum(own + [floor] * (_BEST - len(own))) / _BEST - sum(others + [floor] * (_BEST - len(others))) / _BEST

    def cards(self, question: str, ranked: Ranked) -> tuple[SafetyCard, ...]:
        """Return the safety cards to show first, urgent ones before contraindications."""
        return tuple(card for kind in URGENCIES for card in self._of_kind(question, ranked, kind))

    def _of_kind(self, question: str, ranked: Ranked, kind: Urgency) -> tuple[SafetyCard, ...]:
        found = self.evidence(question, ranked, kind)
        if not self._cards[kind] or not fires(found, self._thresholds[kind]):
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
        except (KeyError, TypeError) as error:
            raise IndexFolderError("the index has no triage thresholds: run 'explainer build'") from error
        return cls(corpus, thresholds)


def fires(found: Evidence, threshold: Threshold) -> bool:
    """Say whether the evidence is enough. A phrase that stands there only negated speaks against."""
    if found.named:
        return found.score >= threshold.with_phrase
    return not found.negated and found.score >= threshold.alone
