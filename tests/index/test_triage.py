"""A safety question gets its safety card first; one that only looks alike does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.answer import Explainer
from index.build import build
from index.errors import IndexFolderError
from index.records import SafetyCard
from index.search import Ranked
from index.texts import Role
from index.triage import LEAD_WEIGHT, Evidence, Threshold, Triage, fires
from tests.index.made import corpus, neighbours, safety
from tests.toy import ToyEncoder

CHOKING = safety("choking", "urgent", ["chok*"])
BURNING = safety("burning", "urgent", ["burn*"])
WOOL = safety("wool", "contraindication", ["allerg*"])
THRESHOLD = Threshold(with_phrase=1.0, alone=3.0)


def ranked(near: Sequence[tuple[float, Role, str]] = (), urgent: float = 0.0, contraindication: float = 0.0) -> Ranked:
    return Ranked(
        question="", vector=np.zeros(4, dtype=np.float32), neighbours=neighbours(*near), cards=(), scores=(), words=0.0,
        known_words=0.0, names_subject=False, names_other=False,
        probes={"urgent": urgent, "contraindication": contraindication},
    )  # fmt: skip


def triage(*cards: SafetyCard) -> Triage:
    return Triage(corpus(safety=cards), {"urgent": THRESHOLD, "contraindication": THRESHOLD})


@pytest.mark.parametrize(
    ("named", "negated", "score", "fired"),
    [
        (True, False, 1.0, True),
        (True, False, 0.99, False),
        (False, False, 3.0, True),
        (False, False, 2.99, False),
        (False, True, 9.0, False),  # a phrase that stands there only negated speaks against
    ],
)
def test_a_card_fires_from_its_threshold(named: bool, negated: bool, score: float, fired: bool) -> None:
    """With a phrase at one score, without at another."""
    found = Evidence(score=score, named=(CHOKING,) if named else (), negated=negated)
    assert fires(found, THRESHOLD) is fired


def test_the_score_is_the_probe_and_twenty_leads() -> None:
    """Three own rows at 0.9 ahead of three others at 0.8 lead by 0.1; a seller's row counts for neither."""
    rows: list[tuple[float, Role, str]] = [
        (0.95, "seller", "a"),
        *[(0.9, "urgent", "choking")] * 3,
        *[(0.8, "way", "a")] * 3,
    ]
    found = triage(CHOKING).evidence("x", ranked(rows, urgent=0.5))
    assert found["urgent"].score == pytest.approx(0.5 + LEAD_WEIGHT * 0.1)


def test_rows_of_the_other_kind_lead_against() -> None:
    """A contraindication nearer by 0.1 makes an emergency less likely by as much."""
    rows: list[tuple[float, Role, str]] = [*[(0.9, "contraindication", "wool")] * 3, *[(0.8, "urgent", "choking")] * 3]
    found = triage(CHOKING, WOOL).evidence("x", ranked(rows))
    assert found["urgent"].score == pytest.approx(LEAD_WEIGHT * -0.1)


def test_cards_named_by_a_phrase_are_shown_and_no_other() -> None:
    """The words that were used choose the card."""
    found = triage(CHOKING, BURNING, WOOL).cards("it is burning", ranked(urgent=2.0))
    assert [card.id for card in found] == ["burning"]


def test_without_a_phrase_the_nearest_card_is_shown() -> None:
    """By meaning alone, one card of the kind."""
    rows: list[tuple[float, Role, str]] = [
        (0.9, "contraindication", "wool"),
        (0.8, "urgent", "burning"),
        (0.7, "urgent", "choking"),
    ]
    found = triage(CHOKING, BURNING, WOOL).cards("help", ranked(rows, urgent=100.0))
    assert [card.id for card in found] == ["burning"]


def test_urgent_cards_come_before_contraindications() -> None:
    """Whichever is surer."""
    found = triage(WOOL, CHOKING).cards("choking, and allergic", ranked(urgent=2.0, contraindication=99.0))
    assert [card.id for card in found] == ["choking", "wool"]


def test_a_negated_phrase_sets_nothing_off() -> None:
    """“No choking” is not choking."""
    assert triage(CHOKING).cards("no choking here", ranked(urgent=99.0)) == ()


def test_a_corpus_without_a_kind_of_safety_card_shows_none_of_it() -> None:
    """There is nothing to show, however sure the probe is."""
    assert triage(CHOKING).cards("x", ranked(contraindication=99.0)) == ()


def test_any_question_can_be_asked_of_a_corpus_without_contraindications(draft: Path, tmp_path: Path) -> None:
    """The whole way from build to answer works without them."""
    (draft / "safety" / "wool-allergy.md").unlink()
    questions = (draft / "questions.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(line for line in questions if "contraindication" not in line)
    (draft / "questions.yaml").write_text(kept, encoding="utf-8")
    explainer = Explainer(build(draft, tmp_path / "built", ToyEncoder()), ToyEncoder())
    assert explainer.ask("allergic to wool").safety == ()
    assert [card.id for card in explainer.ask("help, the strap is choking me").safety] == ["choking"]


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("help, I cannot breathe!", ["choking"]),
        ("help i am choking", ["choking"]),
        ("I can’t breathe", ["choking"]),
        ("i am allergic to wool, can i wear it", ["wool-allergy"]),
        ("no choking at all, just curious", []),
        ("does the hat triple my sleep", []),
        ("how is a felt hat washed", []),
        ("capital of france", []),
    ],
)
def test_the_safety_cards_of_a_question(small: Explainer, question: str, shown: list[str]) -> None:
    """On the small corpus, with the thresholds that its build chose."""
    assert [card.id for card in small.ask(question).safety] == shown


@pytest.mark.parametrize("calibration", [{}, {"triage": {}}, {"triage": {"urgent": {"alone": 1.0}}}, {"triage": None}])
def test_missing_thresholds_are_refused(calibration: dict[str, object]) -> None:
    """No threshold is guessed."""
    with pytest.raises(IndexFolderError, match="the index has no triage thresholds: run 'explainer build'"):
        Triage.from_manifest(corpus(), calibration)
