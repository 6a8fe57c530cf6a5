"""Golden questions become scores: finding, declining, triage, advertisements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.answer import Explainer
from index.measures import ad_scores, auroc, hit, mrr, share
from index.records import Answer, GoldenAd, GoldenQuestion

SORTS = ("near", "health", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A golden question with its answer, and what stands behind it.

    `probability` decided whether it was refused; `first` is the card that would have been first.
    """

    question: GoldenQuestion
    answer: Answer
    probability: float
    first: str

    @property
    def declined(self) -> bool:
        """Say whether no answer was given."""
        return self.answer.outcome != "answered"

    @property
    def rank(self) -> int | None:
        """Return the rank of the first right card, 1 for the first; None if declined or not there."""
        if self.declined:
            return None
        right = {self.question.primary, *self.question.also}
        return next((rank for rank, card in enumerate(self.answer.cards, 1) if card.id in right), None)

    @property
    def right(self) -> bool:
        """Say whether the answer is what the golden question wants, and no alarm was raised for nothing."""
        if self.question.kind == "urgent":
            return self.shown_first == self.question.expects
        if self.shown_first == "urgent":
            return False
        return self.rank == 1 if self.question.kind == "in-scope" else self.declined

    @property
    def shown_first(self) -> str | None:
        """Return the kind of the safety card that is shown first, if there is one."""
        return self.answer.safety[0].kind if self.answer.safety else None


def ask_all(explainer: Explainer, questions: Sequence[GoldenQuestion]) -> tuple[Asked, ...]:
    """Ask every golden question."""
    return tuple(_asked(explainer, question) for question in questions)


def _asked(explainer: Explainer, question: GoldenQuestion) -> Asked:
    answer, probability, first = explainer.judge(question.text)
    return Asked(question=question, answer=answer, probability=probability, first=first)


def wanted(question: GoldenQuestion) -> str:
    """Return what a golden question should get, in short: ids of cards, or the kind of answer."""
    if question.kind == "in-scope":
        return " or ".join([question.primary, *question.also])
    return question.expects


def scores(asked: Sequence[Asked]) -> dict[str, float]:
    """Return every score of a set of asked questions, by its standard name."""
    inside = [a for a in asked if a.question.kind == "in-scope"]
    outside = [a for a in asked if a.question.kind == "out-of-scope"]
    urgent = [a for a in asked if a.question.kind == "urgent"]
    ranks = [a.rank for a in inside]
    found = {
        "hit@1": hit(ranks, 1),
        "hit@3": hit(ranks, 3),
        "MRR@10": mrr(ranks),
        "decline rate": share([a.declined for a in outside]),
    }
    for sort in SORTS:
        of_sort = [a.declined for a in outside if f"-{sort}-" in a.question.id]
        if of_sort:
            found[f"decline rate, {sort}"] = share(of_sort)
    return {
        **found,
        "false-decline rate": share([a.declined for a in inside]),
        "AUROC": auroc([a.probability for a in inside], [a.probability for a in outside]),
        "urgent recall": share([a.shown_first == a.question.expects for a in urgent]),
        "false alarms": share([a.shown_first == "urgent" for a in inside + outside]),
        "false alarms, any safety card": share([a.shown_first is not None for a in inside + outside]),
    }


def ads(explainer: Explainer, golden: Sequence[GoldenAd]) -> dict[str, float]:
    """Return precision, recall and F1 of the claims found in golden advertisements."""
    claims = {card.id for card in explainer.corpus.cards if card.kind == "claim"}
    found = [(ad, {finding.card.id for finding in explainer.check_text(ad.text)}) for ad in golden]
    return {f"ads, {name}": value for name, value in ad_scores(found, claims).items()}
