"""How far from your face: what counts as evidence, and where it stands."""

from __future__ import annotations

import dataclasses

import pytest

from app.render.ladder import STEPS, ladder
from index.answer import Explainer
from index.records import Card, Passage


@pytest.fixture
def model(small: Explainer) -> Card:
    """A card with no claim and no passages, to be filled by hand."""
    card = small.card("washing")
    assert card
    return dataclasses.replace(card, claim=None)


def passage(
    model: Card,
    rung: int | None,
    *,
    treatment: str = "subject",
    body: str = "face",
    bearing: str = "supports",
    source: str = "one",
) -> Passage:
    """Return a passage of one source on that rung."""
    given = model.passages[0]
    return dataclasses.replace(
        given,
        label=dataclasses.replace(given.label, rung=rung),
        sources=(dataclasses.replace(given.sources[0], id=source),),
        treatment=treatment,
        body=body,
        bearing=bearing,
    )


def counts(model: Card, *passages: Passage) -> dict[str, int]:
    """Return the steps on which something stands."""
    return {step.name: step.count for step in ladder(dataclasses.replace(model, passages=passages)) if step.count}


def furthest(model: Card, *passages: Passage) -> list[str]:
    return [step.name for step in ladder(dataclasses.replace(model, passages=passages)) if step.furthest]


@pytest.mark.parametrize(
    ("rung", "step"), list(enumerate(["seller", "dish", "animal", "faces", "faces", "fair_test", "reviewed"]))
)
def test_a_kind_of_study_on_microcurrent_and_faces_has_its_step(model: Card, rung: int, step: str) -> None:
    """The label's rung says where a source stands."""
    assert counts(model, passage(model, rung)) == {step: 1}
    assert furthest(model, passage(model, rung)) == [step]


@pytest.mark.parametrize("treatment", ["another-kind", "another-treatment"])
@pytest.mark.parametrize("rung", range(7))
def test_evidence_on_another_kind_is_never_counted_for_the_subject(model: Card, rung: int, treatment: str) -> None:
    """On people it stands on a step of its own, which is never the furthest; otherwise nowhere."""
    other = passage(model, rung, treatment=treatment)
    assert counts(model, other) == ({"elsewhere": 1} if rung >= 3 else {})
    assert furthest(model, other) == []
    assert furthest(model, other, passage(model, 1, source="two")) == ["dish"]


@pytest.mark.parametrize("body", ["other-skin", "other", "none"])
def test_microcurrent_elsewhere_on_the_body_is_no_evidence_on_faces(model: Card, body: str) -> None:
    """A fair test on a leg stands on the step for another body part."""
    assert counts(model, passage(model, 5, body=body)) == {"elsewhere": 1}


def test_the_furthest_step_is_one_and_the_highest(model: Card) -> None:
    """The evidence on microcurrent stops at one place."""
    dish, trial = passage(model, 1, source="one"), passage(model, 5, source="two")
    assert furthest(model, trial, dish) == ["fair_test"]
    assert furthest(model) == []


@pytest.mark.parametrize("rung", range(1, 7))
def test_background_does_not_count(model: Card, rung: int) -> None:
    """A source that explains without bearing on the card is no evidence for it."""
    assert counts(model, passage(model, rung, bearing="background")) == {}


def test_a_study_without_effect_counts(model: Card) -> None:
    """The ladder says how far it was tested, not how it came out."""
    assert counts(model, passage(model, 5, bearing="no-effect")) == {"fair_test": 1}


def test_a_source_is_counted_once_on_a_step(model: Card) -> None:
    """Two passages of one source are one source."""
    assert counts(model, passage(model, 1), passage(model, 1), passage(model, 1, source="two")) == {"dish": 2}


def test_a_label_off_the_ladder_has_no_step(model: Card) -> None:
    """A rule or a guide is not a kind of study."""
    assert counts(model, passage(model, None)) == {}


def test_the_article_itself_is_a_seller(small: Explainer) -> None:
    """A card with a claim has at least the one who claims it on the lowest step."""
    card = small.card("warm-ears")
    assert card
    assert {step.name: step.count for step in ladder(card) if step.count} == {"seller": 1, "fair_test": 1}
    assert tuple(step.name for step in ladder(card)) == STEPS
