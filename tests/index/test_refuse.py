"""An off-topic question gets no passage: below the floor nothing is answered."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from index.answer import Explainer
from index.errors import IndexFolderError
from index.refuse import SIGNALS, Refuser, signals
from index.search import Ranked
from tests.index.made import card, neighbours

PROBES_ALONE = tuple(1.0 if name == "in_scope" else 0.0 for name in SIGNALS)
RANKED = Ranked(
    question="one two three four five",
    vector=np.zeros(4, dtype=np.float32),
    neighbours=neighbours((0.9, "title", "a"), (0.8, "way", "a"), (0.6, "outside", "near"), (0.5, "seller", "a")),
    cards=(card("a"),),
    scores=(1.1,),
    words=20.0,
    known_words=0.4,
    names_subject=False,
    names_other=True,
    probes={"in_scope": 0.0},
)


def refuser(*, bias: float = 0.0, floor: float = 0.7, closest: float = 0.3) -> Refuser:
    return Refuser(weights=PROBES_ALONE, bias=bias, floor=floor, closest=closest)


def with_odds(odds: float) -> Ranked:
    return dataclasses.replace(RANKED, probes={"in_scope": odds})


def test_signals_are_what_their_names_say() -> None:
    """Worked out by hand from four neighbours."""
    votes = [0.9**4, 0.8**4, -(0.6**4)]
    weight = 0.9**4 + 0.8**4 + 0.6**4 + 0.5**4
    assert dict(zip(SIGNALS, signals(RANKED), strict=True)) == pytest.approx(
        {
            "nearest": (0.9 + 0.8 + 0.5) / 3,  # the furthest neighbour stands in for the third
            "best_card": 1.1,
            "outside": (0.6 + 0.5 + 0.5) / 3,
            "crowd": sum(votes) / weight,
            "in_scope": 0.0,
            "words": 2.0,
            "known_words": 0.4,
            "length": 0.25,
            "names_subject": 0.0,
            "names_other": 1.0,
            "names_other_alone": 1.0,
        }
    )


def test_another_subject_beside_our_own_is_not_named_alone() -> None:
    """“Hat or scarf?” is about the hat as well."""
    both = dict(zip(SIGNALS, signals(dataclasses.replace(RANKED, names_subject=True)), strict=True))
    assert (both["names_subject"], both["names_other"], both["names_other_alone"]) == (1.0, 1.0, 0.0)


def test_probability_is_the_logistic_function_of_the_weighed_signals() -> None:
    """Odds of 0 are one half, odds of ln 3 three quarters, and extreme odds do not overflow."""
    model = refuser(bias=math.log(3))
    zeros = [0.0] * len(SIGNALS)
    assert refuser().probability(zeros) == 0.5
    assert model.probability(zeros) == pytest.approx(0.75)
    assert model.probability(signals(with_odds(-math.log(3)))) == pytest.approx(0.5)
    assert refuser(bias=1e6).probability(zeros) == pytest.approx(1.0)
    assert refuser(bias=-1e6).probability(zeros) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("probability", "outcome"),
    [(0.71, "answered"), (0.69, "closest"), (0.31, "closest"), (0.29, "nothing"), (0.01, "nothing")],
)
def test_floor_and_closest_part_the_outcomes(probability: float, outcome: str) -> None:
    """From the floor up an answer, from `closest` up titles, below nothing."""
    assert refuser().outcome(with_odds(math.log(probability / (1 - probability)))) == outcome


def test_the_bounds_belong_to_the_band_above() -> None:
    """Exactly the floor is an answer, exactly `closest` is titles."""
    assert refuser(floor=0.5).outcome(RANKED) == "answered"
    assert refuser(closest=0.5).outcome(RANKED) == "closest"


def test_without_cards_there_is_nothing() -> None:
    """However sure the model is."""
    assert refuser(bias=50.0).outcome(dataclasses.replace(RANKED, cards=(), scores=())) == "nothing"


@pytest.mark.parametrize("question", ["capital of spain", "what is a normal blood pressure", "which scarf", "12345"])
def test_an_off_topic_question_gets_no_card(small: Explainer, question: str) -> None:
    """What the corpus has nothing on is declined."""
    answer = small.ask(question)
    assert (answer.outcome, answer.cards) == ("nothing", ())


def test_a_model_with_other_signals_is_refused(small_index: Path, small: Explainer) -> None:
    """Weights are matched to signals by name, never by place."""
    sound = small.calibration["refusing"]
    assert Refuser.from_manifest({"refusing": sound}).weights == tuple(sound["weights"][name] for name in SIGNALS)
    shuffled = {**sound, "weights": dict(reversed(sound["weights"].items()))}
    assert Refuser.from_manifest({"refusing": shuffled}) == Refuser.from_manifest({"refusing": sound})
    for wrong in (
        {},
        {"weights": {}},
        {**sound, "weights": {**sound["weights"], "new": 1.0}},
        {**sound, "weights": None},
    ):
        with pytest.raises(IndexFolderError, match="was calibrated with other signals: run 'explainer build'"):
            Refuser.from_manifest({"refusing": wrong})
