"""The real corpus with the real model reaches the goals of the project."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from os import SEEK_END
from pathlib import Path

import pytest

from index import encoder
from index.answer import Explainer
from index.check.people import plain_question
from index.encoder import DEFAULT_WEIGHTS, SentenceTransformerEncoder
from index.errors import EncoderError
from index.evaluate import ads, ask_all, scores
from index.questions import read_questions
from index.records import GoldenAd, GoldenQuestion
from tests.conftest import DEV

pytestmark = pytest.mark.model

needs_dev = pytest.mark.skipif(
    not DEV.is_file(), reason=f"needs the questions of {DEV.name}, which are not in this repository"
)
AT_LEAST = {
    "hit@1": 0.90,
    "hit@3": 0.97,
    "MRR@10": 0.93,
    "decline rate": 0.97,
    "decline rate, near": 0.92,
    "urgent recall": 1.0,
    "ads, F1": 0.80,
}
AT_MOST = {"false-decline rate": 0.03, "false alarms": 0.01}


def below_the_goals(
    explainer: Explainer, questions: tuple[GoldenQuestion, ...], adverts: tuple[GoldenAd, ...]
) -> dict[str, float]:
    """Return every score that misses its goal."""
    found = {**scores(ask_all(explainer, questions)), **ads(explainer, adverts)}
    return {
        **{name: found[name] for name, least in AT_LEAST.items() if found[name] < least},
        **{name: found[name] for name, most in AT_MOST.items() if found[name] > most},
    }


def texts(explainer: Explainer) -> Iterator[str]:
    """Every text of the corpus by which a question is found, refused or tested."""
    corpus = explainer.corpus
    for card in corpus.cards:
        yield from (*card.ways, *card.names)
    for outside in corpus.outside:
        yield from outside.texts
    for safety in corpus.safety:
        yield from (*safety.ways, *safety.unlike)
    for question in corpus.questions:
        yield question.text


def test_the_golden_questions_of_the_corpus_reach_the_goals(real: Explainer) -> None:
    """They are found, declined and triaged as well as was promised."""
    assert below_the_goals(real, real.corpus.questions, real.corpus.ads) == {}


@needs_dev
def test_questions_that_the_corpus_has_not_seen_reach_the_goals(real: Explainer) -> None:
    """So are questions that real people asked elsewhere."""
    assert below_the_goals(real, *read_questions(DEV)) == {}


@needs_dev
def test_the_corpus_has_not_seen_the_questions_of_dev(real: Explainer) -> None:
    """None of them was copied into what finds, refuses or calibrates."""
    seen = {plain_question(text) for text in texts(real)}
    questions, _ = read_questions(DEV)
    assert questions
    assert [question.text for question in questions if plain_question(question.text) in seen - {""}] == []


def test_the_weights_are_those_that_were_vetted() -> None:
    """Their SHA-256 is the one written down."""
    assert SentenceTransformerEncoder().weights == DEFAULT_WEIGHTS


def test_another_models_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One changed byte is enough, and the message names the cure."""
    package = tmp_path / "another_model"
    shutil.copytree(SentenceTransformerEncoder().folder, package / "model")
    (package / "__init__.py").touch()
    weights = package / "model" / "model.safetensors"
    weights.chmod(0o644)
    with weights.open("r+b") as stream:
        stream.seek(-1, SEEK_END)
        [last] = stream.read(1)
        stream.seek(-1, SEEK_END)
        stream.write(bytes([last ^ 1]))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(encoder, "_DEFAULT_PACKAGE", "another_model")
    with pytest.raises(EncoderError, match=r"is not the model that was vetted .*: reinstall the package"):
        SentenceTransformerEncoder()


def test_a_question_is_nearest_to_itself() -> None:
    """The model gives unit vectors: a text with itself makes 1, and a paraphrase stands nearer than another subject."""
    vectors = SentenceTransformerEncoder().encode(
        [
            "does it really raise ATP 500%?",
            "does it really raise ATP 500%?",
            "is the 500 percent ATP claim true",
            "it rains in Lisbon",
        ]
    )
    same, paraphrase, other = vectors[1:] @ vectors[0]
    assert same == pytest.approx(1.0, abs=1e-5)
    assert paraphrase > 0.7 > 0.3 > other
