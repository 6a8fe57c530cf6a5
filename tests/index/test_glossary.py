"""A word that a reader may not know is found where it first stands in a card, and nothing else is taken for it."""

from __future__ import annotations

import dataclasses

import pytest

from index.glossary import Glossary
from index.records import Card, NumberAnatomy, Term, UsedTerm
from tests.index.made import card, passage


def term(word: str, *also: str) -> Term:
    return Term(word=word, also=also, means=f"What {word} is.")


GLOSSARY = Glossary(
    (
        term("current", "currents"),
        term("direct current", "DC"),
        term("trial", "trials"),
        term("randomised trial"),
        term("association"),
        term("EMS", "electrical muscle stimulation"),
        term("TENS", "TENS machine"),
        term("milliamp", "milliamps", "mA"),
        term("microamp", "µA"),
        term("moles of ATP"),
        term("ATP", "adenosine triphosphate"),
        term("Bell's palsy"),
        term("p-value", "p value", "p-values"),
        term("510(k)"),
        term("frequency", "frequencies"),
        term("lymph drainage", "lymph massage"),
        term("Botox"),
    )
)


def saying(text: str) -> Card:
    """A card whose short answer is `text`."""
    return dataclasses.replace(card("ears"), in_short=text)


def words(text: str) -> list[str]:
    return [used.word for used in GLOSSARY.terms_of(saying(text))]


def test_terms_come_in_the_order_in_which_they_first_stand() -> None:
    """Through the whole card, from its title to its passages, each once and with its meaning."""
    number = NumberAnatomy(
        of_what="Of ATP.", in_whom="Of ATP.", against_what="", measured_how="", said_by_whom="", not_found="A trial."
    )
    full = dataclasses.replace(
        saying("No EMS. No current."),
        title="Is it TENS?",
        get_help="Botox and EMS.",
        number=number,
        known=(dataclasses.replace(passage("known"), text="A p-value."),),
        not_known=("Which frequency.",),
        claim=dataclasses.replace(passage("claim"), text="In milliamps."),
        passages=(dataclasses.replace(passage("read"), text="TENS in an association, by direct current."),),
    )
    used = GLOSSARY.terms_of(full)
    assert [one.word for one in used] == [
        "TENS", "EMS", "current", "Botox", "ATP", "trial", "p-value", "frequency", "milliamp", "association",
        "direct current",
    ]  # fmt: skip
    assert used[0] == UsedTerm(word="TENS", here="", means="What TENS is.")


def test_what_only_helps_to_find_a_card_explains_nothing() -> None:
    """Ways to ask, other names and sellers' sentences are never shown, so their words are not either."""
    unseen = dataclasses.replace(
        saying("Yes."), names=("EMS",), ways=("does TENS help",), sellers_ways=("More ATP!",), figure="5 mA"
    )
    assert GLOSSARY.terms_of(unseen) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Tens of people, dozens more.",
        "In tens of studies, ma said.",
        "An MA in washington dc.",
        "He hems and ems.",
        "An atp tennis match.",
        "The botox story.",
    ],
)
def test_an_ordinary_word_is_no_acronym_and_no_name(text: str) -> None:
    """What is written with a capital in the glossary stands as it is written."""
    assert words(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Trials differ.", ["trial"]),
        ("It is small. Current flows.", ["current"]),
        ("They call it: \"Frequency\".", ["frequency"]),
        ("(Trials differ.)", ["trial"]),
        ("The American Statistical Association met.", []),
        ("He wrote for Current Biology.", []),
        ("LYMPH MASSAGE", []),
    ],
)  # fmt: skip
def test_a_capital_is_a_name_unless_a_sentence_begins(text: str, found: list[str]) -> None:
    """A society is no association between two things."""
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("An industrial, currently pretrial frequencyless thing.", []),
        ("Uncontrolled by any electrical muscle.", []),
        ("A direct, steady current.", ["current"]),
        ("Half a milliamp/hour, in two-trial form.", ["milliamp", "trial"]),
        ("A 510(k), a p-value.", ["510(k)", "p-value"]),
        ("A p\u00a0value and\n\nfrequencies", ["p-value", "frequency"]),
    ],
)
def test_a_term_is_found_as_whole_words(text: str, found: list[str]) -> None:
    """Wherever a line breaks, and not inside another word."""
    assert words(text) == found


def test_the_longest_term_counts_alone() -> None:
    """A word inside a longer term is not counted by itself; where it stands by itself, it is."""
    assert words("A direct current of 5 moles of ATP in a randomised trial.") == [
        "direct current",
        "moles of ATP",
        "randomised trial",
    ]
    assert words("A direct current, then a current.") == ["direct current", "current"]


@pytest.mark.parametrize("text", ["5 \u00b5A and Bell's palsy", "5 \u03bcA and Bell\u2019s palsy"])
def test_two_signs_for_one_letter_are_one(text: str) -> None:
    """Micro is written with two signs, an apostrophe with several."""
    assert words(text) == ["microamp", "Bell's palsy"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Up to 5 mA.", "milliamp (mA)"),
        ("By adenosine triphosphate.", "ATP (adenosine triphosphate)"),
        ("By lymph massage.", "lymph drainage (lymph massage)"),
        ("Milliamps, later mA.", "milliamp"),
        ("Two frequencies.", "frequency"),
        ("A p value.", "p-value"),
        ("A TENS machine.", "TENS"),
    ],
)
def test_another_name_stands_beside_the_word(text: str, named: str) -> None:
    """A reader who met "mA" finds it under "milliamp"; a plural needs no such help."""
    [used] = GLOSSARY.terms_of(saying(text))
    assert used.named == named


def test_no_glossary_explains_nothing() -> None:
    """A corpus may have no terms, and a term no word that could stand anywhere."""
    assert Glossary(()).terms_of(saying("A trial.")) == ()
    assert Glossary((term(""),)).terms_of(saying("A trial.")) == ()
