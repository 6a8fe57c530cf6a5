"""A pasted advertisement: each sentence that makes a claim gets the card of that claim, others get none."""

from __future__ import annotations

import pytest

from index.advert import AdvertReader, Limits, split_clauses, split_sentences
from index.answer import Explainer
from index.errors import QuestionError
from index.records import MAX_TEXT
from tests.index.made import TableEncoder, card, corpus, index, row

LIMITS = Limits(least=0.7, behind=0.1)


def found(explainer: Explainer, text: str) -> list[tuple[str, str]]:
    return [(finding.sentence, finding.card.id) for finding in explainer.check_text(text)]


def read(sentence: str, vector: tuple[float, ...], limits: Limits = LIMITS) -> list[str]:
    """The claims of one sentence with this vector, where sellers say sleep along x and ears along y."""
    rows = [row("Sleep well.", "seller", "sleep"), row("Warm ears.", "seller", "ears"), row("Soft?", "title", "ears")]
    made = index(rows, [(1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 0, 1)], corpus([card("sleep"), card("ears")]))
    return [claim for _, claim in AdvertReader(made, TableEncoder({sentence: vector}), limits).read(sentence)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Sleep well. Wake fresh!", ["Sleep well.", "Wake fresh!"]),
        ("It costs 3.5 euros. Really?", ["It costs 3.5 euros.", "Really?"]),
        ("Dr. Hat says so.", ["Dr. Hat says so."]),
        ("Sleep well\nWake fresh\r\n\r\n  Order today  ", ["Sleep well", "Wake fresh", "Order today"]),
        ("", []),
        (" \n\t\n ", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    """A full stop in a number or a title ends none; a line break always ends one."""
    assert list(split_sentences(text)) == sentences


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        ("Sleep longer, wake up fresh and feel calm.", ["Sleep longer", "wake up fresh", "feel calm."]),
        ("Warm ears: proven over years (by us) – at home", ["Warm ears", "proven over years", "by us", "at home"]),
        ("Long sleep while you rest, plus warm ears", ["Long sleep", "you rest", "warm ears"]),
        ("Sandy whiles in butland", []),  # "and", "while" and "but" within words part nothing
        ("Warm, soft and light", []),  # single words are no clauses
        ("Sleep up to three times as long.", []),
    ],
)
def test_a_sentence_is_read_whole_and_by_its_clauses(sentence: str, clauses: list[str]) -> None:
    """The whole comes first, then each clause of two words or more."""
    assert split_clauses(sentence) == [sentence, *clauses]


@pytest.mark.parametrize(
    ("vector", "claims"),
    [
        ((1.0, 0.0, 0.0, 0.0), ["sleep"]),
        ((0.0, 0.0, 0.0, 1.0), []),  # the title of a card is not how sellers put it
        ((0.6, 0.6, 0.529, 0.0), []),  # near to neither
        ((0.72, 0.69, 0.0, 0.07), ["sleep"]),  # the second lies below the least
        ((0.7072, 0.707, 0.0, 0.0), ["sleep", "ears"]),  # the surest first
    ],
)
def test_a_sentence_makes_the_claims_it_is_near_enough_to(vector: tuple[float, ...], claims: list[str]) -> None:
    """By cosine to how sellers put them, worked out by hand."""
    assert read("New words.", vector) == claims


def test_a_claim_too_far_behind_the_best_is_not_made() -> None:
    """0.6 is enough by itself, but not behind 0.8 by more than 0.1."""
    vector = (0.8, 0.6, 0.0, 0.0)
    assert read("New words.", vector, Limits(least=0.5, behind=0.1)) == ["sleep"]
    assert read("New words.", vector, Limits(least=0.5, behind=0.25)) == ["sleep", "ears"]


def test_each_claim_stands_beside_its_own_sentence(small: Explainer) -> None:
    """In the order of the text, sentences as they were written."""
    assert found(small, "Our hat triples your sleep.\nNever have cold ears again! Order today.") == [
        ("Our hat triples your sleep.", "sleep-300"),
        ("Never have cold ears again!", "warm-ears"),
    ]


def test_a_sentence_with_two_claims_stands_there_twice(small: Explainer) -> None:
    """Each clause brings its own card."""
    sentence = "Keeps your ears warm all winter and sleep up to 300% longer."
    assert sorted(found(small, sentence)) == [(sentence, "sleep-300"), (sentence, "warm-ears")]


@pytest.mark.parametrize(
    "text", ["Order today.", "Free delivery on Fridays. We open at nine.", "", "\0\u202e", "...", "¡Pídelo hoy!", "😀"]
)
def test_a_text_that_claims_nothing_gets_nothing(small: Explainer, text: str) -> None:
    """Sentences that make no claim we know stay out."""
    assert found(small, text) == []


def test_a_finding_holds_no_invisible_character(small: Explainer) -> None:
    """A sentence is shown without what would turn or hide it."""
    assert found(small, "Our hat \u202etriples\u200b your\x00 sleep.") == [("Our hat triples your sleep.", "sleep-300")]


def test_a_text_may_have_20_000_characters(small: Explainer) -> None:
    """At the limit the claim at the end is found; one character more is refused."""
    claim = "Our hat triples your sleep."
    assert found(small, claim.rjust(MAX_TEXT)) == [(claim, "sleep-300")]
    with pytest.raises(QuestionError) as caught:
        small.check_text("x" * (MAX_TEXT + 1))
    assert str(caught.value) == "A text may have up to 20,000 characters; this one has 20,001."
