"""A build learns its thresholds from golden questions, and declines nothing it has not learnt to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.answer import Explainer
from index.build import build
from index.calibrate import MISS_COSTS, _fold, _threshold, calibrate, choose_limits, fit_probes, read_golden
from index.measures import share
from index.memory import Memory
from index.probe import ProbeScores
from index.records import Corpus
from index.refuse import SIGNALS, signals
from index.search import QUESTION_PROBES, Search
from index.store import BuiltIndex
from index.texts import Row
from index.triage import Triage
from tests.conftest import SMALL
from tests.index.made import card, corpus, row, safety
from tests.toy import ToyEncoder

MADE = corpus([card("a")], [safety("choking", "urgent", ["chok*"])])
ROWS = (
    row("felt", "title"),
    row("wool", "way"),
    row("scarf", "outside", "near"),
    row("glove", "outside", "other"),
    row("help", "urgent", "choking"),
    row("not at all", "unlike", "choking"),
)
VECTORS = [(1, 0, 0, 0), (0.8, 0.6, 0, 0), (0, 0, 1, 0), (0, 0, 0.6, 0.8), (0, 1, 0, 0), (0, 0.8, 0.6, 0)]


def probe_scores(
    name: str, rows: Sequence[Row], vectors: Sequence[Sequence[float]], made: Corpus = MADE
) -> dict[str, float]:
    """The score that the probe of that name gives to each row, by the row's text."""
    array = np.array(vectors, dtype=np.float32)
    scores = ProbeScores([probe for probe in fit_probes(made, rows, array) if probe.name == name])
    return {row.text: scores.of(vector)[name] for row, vector in zip(rows, array, strict=True)}


def edited_questions(draft: Path, keep: str) -> None:
    """Leave of the golden questions those whose line holds `keep`."""
    lines = (draft / "questions.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if "{id: gold-" not in line or keep in line]
    (draft / "questions.yaml").write_text("".join(kept).partition("ads:")[0], encoding="utf-8")


@pytest.mark.parametrize(
    ("others", "wanted", "threshold"),
    [
        ([0.0], [3.0], 1.0),  # a third of the way up the gap, since a miss is dear
        ([], [3.0], -17.0),  # such evidence never misled: it is enough whatever the score
        ([1.0, 2.0], [], 3.0),  # none wanted: above all others
        ([], [], 1.0),
        ([2.0], [1.0], -0.3333),  # one false alarm rather than a miss
        ([2.0] * (MISS_COSTS + 1), [1.0, 9.0], 4.3333),  # so many false alarms outweigh one miss
        ([5.0], [5.0], 3.6667),  # a tie fires
    ],
)
def test_the_threshold_costs_least(others: list[float], wanted: list[float], threshold: float) -> None:
    """A miss weighs as much as forty false alarms; worked out by hand."""
    assert _threshold(others=others, wanted=wanted) == threshold


def test_folds_share_out_each_kind_of_question() -> None:
    """Every fold has some of both, so that no model is fitted on one kind alone."""
    wanted = np.array([True, True, True, False, False, True])
    assert _fold(wanted, 2).tolist() == [0, 1, 0, 0, 1, 1]


def test_the_scope_probe_parts_what_is_asked_from_what_is_outside() -> None:
    """Above 0 for ways of asking, below for texts that the corpus has nothing on."""
    scores = probe_scores("in_scope", ROWS, VECTORS)
    assert min(scores["felt"], scores["wool"]) > 0 > max(scores["scarf"], scores["glove"])


def test_an_advertisement_s_idle_talk_teaches_nothing_about_questions() -> None:
    """“Order today.” is no question that anyone asks."""
    with_it = probe_scores("in_scope", (*ROWS, row("Order today.", "outside", "advertising")), [*VECTORS, (1, 0, 0, 0)])
    without = probe_scores("in_scope", ROWS, VECTORS)
    assert {text: with_it[text] for text in without} == without


def test_the_urgent_probe_parts_an_emergency_from_its_look_alike() -> None:
    """And from everything else."""
    scores = probe_scores("urgent", ROWS, VECTORS)
    assert scores.pop("help") > 0 > max(scores.values())


def test_a_probe_with_nothing_to_tell_apart_says_nothing() -> None:
    """There is no contraindication in this corpus."""
    assert set(probe_scores("contraindication", ROWS, VECTORS).values()) == {0.0}


def test_a_card_s_text_that_holds_an_urgent_phrase_teaches_nothing() -> None:
    """With such a text, even where an emergency's own vector lies, the probe is as without it."""
    with_it = probe_scores("urgent", (*ROWS, row("choking", "way")), [*VECTORS, (0, 1, 0, 0)])
    without = probe_scores("urgent", ROWS, VECTORS)
    assert {text: with_it[text] for text in without} == without


def test_the_probes_are_one_for_each_thing_to_know() -> None:
    """Scope, the two urgencies, and one for each claim in the order of the corpus."""
    made = corpus([card("b"), card("a")])
    names = [probe.name for probe in fit_probes(made, ROWS[:4], np.array(VECTORS[:4], dtype=np.float32))]
    assert names == [*QUESTION_PROBES, "claim:b", "claim:a"]


def test_a_calibration_tells_what_it_rests_on(small_index: Path, small: Explainer, tmp_path: Path) -> None:
    """The manifest keeps how many questions, in how many folds, and what was declined in them."""
    found = calibrate(list(read_golden(BuiltIndex.load(small_index), Memory(ToyEncoder(), tmp_path, print))))
    assert found == {key: value for key, value in small.calibration.items() if key != "advert"}
    assert found["questions"] == 8
    assert found["refusing"]["folds"] == 3
    assert found["refusing"]["held_out"].keys() == {"decline_rate", "false_decline_rate"}
    assert found["refusing"]["closest"] <= found["refusing"]["floor"]


def test_a_threshold_rests_on_what_a_search_finds(draft: Path, tmp_path: Path) -> None:
    """Though all are looked up at once and phrases are sieved: spelling, signals, scores and cards named are the same."""
    file = draft / "questions.yaml"
    more = "".join(
        f'  - {{id: gold-in-1{n:02}, text: "{text} on day {n}", kind: in-scope, primary: warm-ears, also: [], '
        "expects: answer}\n"
        for n, text in enumerate(["is it wamrer", "am I chokng", "no choking", "do scarves help", "washign it"] * 5)
    )
    file.write_text(file.read_text(encoding="utf-8").replace("ads:\n", f"{more}ads:\n"), encoding="utf-8")
    built = build(draft, tmp_path / "built", ToyEncoder())
    search, triage = Search(built, ToyEncoder()), Triage(built.corpus, {})
    readings = list(read_golden(built, ToyEncoder()))
    assert len(readings) == 8 + 25
    for reading in readings:
        ranked = search.rank(reading.question.text)
        assert reading.signals == pytest.approx(signals(ranked), abs=1e-5)
        for kind, wanted in triage.evidence(reading.question.text, ranked).items():
            found = reading.evidence[kind]
            assert (found.named, found.negated) == (wanted.named, wanted.negated)
            assert found.score == pytest.approx(wanted.score, abs=1e-4)


def test_the_golden_questions_get_what_they_expect(small: Explainer) -> None:
    """In scope answered, out of scope declined, urgent with the right kind of card first."""
    for question in small.corpus.questions:
        answer = small.ask(question.text)
        if question.expects in ("answer", "decline"):
            assert (answer.outcome == "answered") is (question.expects == "answer"), question.text
            assert answer.safety == (), question.text
        else:
            assert answer.safety[0].kind == question.expects, question.text


def test_with_too_few_golden_questions_nothing_is_declined(draft: Path, tmp_path: Path) -> None:
    """Where there is nothing to learn a refusal from, there is none."""
    edited_questions(draft, keep="gold-in-")
    built = build(draft, tmp_path / "built", ToyEncoder())
    assert built.calibration["refusing"] == {
        "weights": dict.fromkeys(SIGNALS, 0.0), "bias": 0.0, "floor": 0.0, "closest": 0.0, "folds": 0
    }  # fmt: skip
    explainer = Explainer(built, ToyEncoder())
    outcomes = [explainer.ask(question).outcome == "answered" for question in ("capital of france", "warm ears")]
    assert share(outcomes) == 1.0


def test_without_golden_advertisements_the_limits_are_the_strictest(draft: Path, tmp_path: Path) -> None:
    """What was not measured is not trusted."""
    edited_questions(draft, keep="gold-")
    strict = choose_limits(build(draft, tmp_path / "built", ToyEncoder()), ToyEncoder())
    measured = build(SMALL, tmp_path / "other", ToyEncoder()).calibration["advert"]
    assert strict["behind"] == 0.0
    assert strict["least"] >= measured["least"]
