"""Golden questions become scores that can be worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.answer import Explainer
from index.evaluate import Asked, ads, ask_all, scores
from index.records import Answer, GoldenQuestion, Outcome, SafetyCard
from tests.index.made import card, safety

URGENT, CAREFUL = safety("choking", "urgent"), safety("wool", "contraindication")


def asked(
    id: str,
    kind: str,
    outcome: Outcome = "nothing",
    cards: Sequence[str] = (),
    shown: Sequence[SafetyCard] = (),
    probability: float = 0.0,
    expects: str = "answer",
) -> Asked:
    """A question whose right cards are `a` and `b`, with what it got."""
    return Asked(
        question=GoldenQuestion(id=id, text="", kind=kind, primary="a", also=("b",), expects=expects),
        answer=Answer(
            question="", outcome=outcome, safety=tuple(shown), cards=tuple(map(card, cards)), notes=(), version=""
        ),
        probability=probability,
        first="a",
    )


def test_every_score_is_what_its_name_says() -> None:
    """Four questions in scope, three out of scope, two urgent."""
    found = scores(
        [
            asked("q-in-1", "in-scope", "answered", ["a", "c"], probability=0.9),
            asked("q-in-2", "in-scope", "answered", ["c", "b"], probability=0.8),  # `also` is as good
            asked("q-in-3", "in-scope", "closest", ["a"], probability=0.4),  # declined, though a title is shown
            asked("q-in-4", "in-scope", "answered", ["c", "d"], [CAREFUL], probability=0.7),
            asked("q-near-1", "out-of-scope", "answered", ["a"], [URGENT], probability=0.6),
            asked("q-near-2", "out-of-scope", "closest", ["a"], probability=0.4),
            asked("q-other-1", "out-of-scope", probability=0.1),
            asked("q-urg-1", "urgent", shown=[URGENT, CAREFUL], expects="urgent"),
            asked("q-urg-2", "urgent", shown=[URGENT, CAREFUL], expects="contraindication"),
        ]
    )
    assert found == pytest.approx(
        {
            "hit@1": 1 / 4,
            "hit@3": 2 / 4,
            "MRR@10": (1 + 1 / 2) / 4,
            "decline rate": 2 / 3,
            "decline rate, near": 1 / 2,
            "decline rate, other": 1.0,
            "false-decline rate": 1 / 4,
            "AUROC": (3 + 3 + 1.5 + 3) / 12,  # pairs in order, the tie at 0.4 half
            "urgent recall": 1 / 2,  # the kind that is shown first counts
            "false alarms": 1 / 7,
            "false alarms, any safety card": 2 / 7,
        }
    )


def test_an_emergency_shown_for_nothing_is_no_right_answer() -> None:
    """Even with the right card first."""
    assert asked("q", "in-scope", "answered", ["a"]).right
    assert asked("q", "in-scope", "answered", ["a"], [CAREFUL]).right
    assert not asked("q", "in-scope", "answered", ["a"], [URGENT]).right
    assert not asked("q", "in-scope", "answered", ["c", "a"]).right
    assert asked("q", "out-of-scope", "closest", ["a"]).right
    assert asked("q", "urgent", shown=[URGENT], expects="urgent").right


def test_the_small_corpus_answers_its_own_questions(small: Explainer) -> None:
    """First card right, outsiders declined, emergencies recognised, the advertisement's claim found."""
    found = scores(ask_all(small, small.corpus.questions))
    assert (found["hit@1"], found["decline rate"], found["urgent recall"], found["false alarms"]) == (
        1.0,
        1.0,
        1.0,
        0.0,
    )
    assert ads(small, small.corpus.ads) == {"ads, precision": 1.0, "ads, recall": 1.0, "ads, F1": 1.0}
