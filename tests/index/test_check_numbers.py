"""Each number a reader sees stands in the facts it rests on, whether in digits or in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.check.numbers import (
    exemptions_are_needed,
    number_words_stand_in_the_facts,
    numbers_beside_the_cards_are_held,
    numbers_stand_in_the_facts,
)
from index.check.numerals import numerals
from index.folder import Folder, read_folder
from index.records import Problem

Rule = Callable[[Folder], Iterator[Problem]]
RULES: tuple[Rule, ...] = (
    numbers_stand_in_the_facts,
    number_words_stand_in_the_facts,
    numbers_beside_the_cards_are_held,
    exemptions_are_needed,
)


def complaints(draft: Path, *rules: Rule) -> list[str]:
    folder = read_folder(draft)
    return [str(problem) for rule in rules for problem in rule(folder)]


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,361 of 40.5", ["1361", "40.5"]),
        ("1\u00a0000 and 1\u202f000", ["1000", "1000"]),
        ("10,5 and 1.50", ["10", "5", "1.5"]),
        ("1.2 million, 30 thousand", ["1200000", "30000"]),
        ("twelve, twenty-one, twenty two", ["12", "21", "22"]),
        ("a hundred and one; one hundred and twenty thousand", ["101", "120000"]),
        ("between one hundred and two hundred", ["100", "200"]),
        ("two thousand three hundred and five", ["2305"]),
        ("two thousand and three thousand", ["2000", "3000"]),
        ("a dozen, two dozen, half a dozen", ["12", "24", "6"]),
        ("half of it, two thirds, three-quarters, a third of them", ["1/2", "2/3", "3/4", "1/3"]),
        ("it fell by a third. One and a half, 2½, ½", ["1/3", "3/2", "5/2", "1/2"]),
        ("twice, doubled, sixfold, five-fold, 5-fold, halved", ["2", "2", "6", "5", "5", "1/2"]),
        ("double the dose, about double.", ["2", "2"]),
        ("3-5 or 3 to 5, between three and five", ["3", "5", "3", "5", "3", "5"]),
        ("one to three, one in ten, one month, one out of 12", ["1", "3", "1", "10", "1", "1", "12"]),
    ],
)
def test_numbers_are_read_by_value(text: str, values: list[str]) -> None:
    """Digits, words, ranges, parts and multiples."""
    assert [numeral.value for numeral in numerals(text) if not numeral.points] == list(map(Fraction, values))


@pytest.mark.parametrize(
    "text",
    [
        "no number",
        "No one knows, one seller says so, and one of them doubts it",
        "the two treatments, these two",
        "at first, in the second week, on the twenty-first day",
        "a third says otherwise; a fourth, from Leeds, agrees",
        "hundreds of people, dozens of pages",
        "a double chin, double vision, double-blind",
        "both, once, no, none, several, a pair",
    ],
)
def test_words_that_count_nothing_are_no_numbers(text: str) -> None:
    """What points, what stands in a row and what is vague needs no fact."""
    assert [numeral.words for numeral in numerals(text) if not numeral.points] == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("35% of 40", ["percentage", "count"]),
        ("2 to 5%, 2-5 per cent, 2 or 5 percent", ["percentage"] * 6),
        ("five percent of 20", ["percentage", "count"]),
        ("28% on three and 35% on four", ["percentage", "count", "percentage", "count"]),
        ("twice in 5 days, 3 times as much, sixfold", ["multiple", "count", "times", "multiple"]),
    ],
)
def test_a_number_is_a_count_a_percentage_or_a_multiple(text: str, kinds: list[str]) -> None:
    """A sign after the second end of a range is for the first too, but not for a count in words beside it."""
    assert [numeral.kind for numeral in numerals(text)] == kinds


@given(st.integers(min_value=0, max_value=10**9))
def test_a_thousands_separator_makes_no_difference(number: int) -> None:
    """1,000 is 1000."""
    assert numerals(f"{number:,} people")[0].value == numerals(f"{number} people")[0].value == number


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Whatever an editor pastes, each number is found where it stands."""
    for numeral in numerals(text):
        assert text[numeral.start :].startswith(numeral.words)


def test_a_number_as_long_as_a_page_is_no_failure() -> None:
    """Python itself refuses to read so many digits as one number."""
    assert numerals("9" * 10_000)


def test_the_small_corpus_keeps_its_ledger(draft: Path) -> None:
    """Every number there is held by a fact, a figure or an exemption that is needed."""
    assert complaints(draft, *RULES) == []


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("Ears were warmer in 7 people.", "7"),
        ("Ears were warmer in seven people.", "seven"),
        ("Ears were warmer in half of the people.", "half"),
        ("Ears were warmer by 3%.", "3%"),
        ("Ears were warmer by 3 to 5 degrees.", "5"),
        ("Ears were warmer by nine degrees.", "nine"),
        ("Ears were warmer for one week.", "one"),
        ("Warmth tripled.", "tripled"),
    ],
)
def test_a_number_that_no_cited_fact_holds_is_a_problem(draft: Path, sentence: str, number: str) -> None:
    """In a known fact, with the number as it stands there."""
    replace(
        draft / "claims" / "warm-ears.md",
        "- In a trial of 40 people",
        f"- {sentence} [trial-2010]\n- In a trial of 40 people",
    )
    (complaint,) = complaints(draft, *RULES)
    assert complaint.startswith(
        f"claims/warm-ears.md:22: the number {number} is not in the facts of a source cited here"
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "Ears were warmer in forty people.",
        "Ears were warmer by three degrees.",
        "Warmth lasted in half of them.",
        "Warmth lasted in 50% of them.",
        "Of 1200 hats, a quarter were lost.",
        "Of 1.2 thousand hats, 0.25 were lost.",
        "Warmth doubled, to two times what it was.",
    ],
)
def test_a_number_is_held_by_a_fact_of_the_same_value(draft: Path, sentence: str) -> None:
    """Words and digits hold each other, and a share in words is held by its percentage."""
    replace(
        draft / "evidence" / "trial-2010.md",
        "facts:\n",
        'facts:\n  - "In 50% it lasted."\n  - "Of 1,200 hats a quarter of them, or 0.25, were lost. It was twice as warm."\n',
    )
    replace(
        draft / "claims" / "warm-ears.md",
        "- In a trial of 40 people",
        f"- {sentence} [trial-2010]\n- In a trial of 40 people",
    )
    assert complaints(draft, *RULES) == []


def test_a_fact_of_another_source_holds_no_number(draft: Path) -> None:
    """The sentence has to cite the source whose number it shows."""
    replace(draft / "claims" / "sleep-300.md", "- In a test of 12 mice", "- In a trial of 40 mice")
    assert complaints(draft, *RULES) == [
        "claims/sleep-300.md:31: the number 40 is not in the facts of a source cited here: 'In a trial of 40 mice, those with a felt cover'"
    ]


def test_an_exempt_number_is_exempt_in_its_entry_alone(draft: Path) -> None:
    """An exemption with a reason for one card lets no other card off."""
    replace(draft / "topics" / "washing.md", "- Whether soap harms it.", "- Whether 2 soaps harm it.")
    assert complaints(draft, *RULES) == [
        "topics/washing.md:21: the number 2 is not in the facts of a source cited here: 'Whether 2 soaps harm it.'"
    ]


def test_an_exemption_that_nothing_needs_is_a_problem(draft: Path) -> None:
    """It would let a later slip through."""
    replace(draft / "claims" / "warm-ears.md", "both ears, all 2 of them, stay warm", "both ears stay warm")
    assert [line.partition(": ")[2] for line in complaints(draft, *RULES)] == [
        "no exemption for 2 is needed in 'warm-ears': remove it"
    ]


def test_a_number_in_a_safety_card_or_a_list_needs_its_reason(draft: Path) -> None:
    """Labels, verdicts and the glossary cite nothing, and this safety card does not either."""
    replace(draft / "labels.yaml", "It was tested in animals.", "It was tested in 4 animals.")
    replace(draft / "safety" / "choking.md", "Take the hat off.", "Take the hat off within 5 seconds.")
    assert [line.partition(" is not ")[0] for line in complaints(draft, *RULES)] == [
        "safety/choking.md:8: the number 5",
        "labels.yaml:10: the number 4",
    ]
    replace(
        draft / "numbers.yaml",
        "exempt:\n",
        "exempt:\n"
        '  - where: choking\n    number: "5"\n    reason: "Our own count."\n'
        '  - where: labels\n    number: "4"\n    reason: "Our own count."\n',
    )
    assert complaints(draft, *RULES) == []
