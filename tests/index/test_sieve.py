"""A sieve lets pass every text that holds a phrase."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.phrases import Phrases
from index.sieve import Sieve, hold_each

WORDS = st.sampled_from(["ear", "Ears", "can't", "can’t", "t-shirt", "hot", "hotter", "k", "…", "!", "ſki"])
PHRASES = st.lists(
    st.lists(WORDS | st.sampled_from(["ear*", "h*", "t-sh*", "skI*"]), min_size=1, max_size=3).map(" ".join),
    min_size=1,
    max_size=3,
)


@given(PHRASES, st.lists(WORDS, max_size=6).map(" ".join))
def test_no_text_that_holds_a_phrase_is_held_back(phrases: list[str], text: str) -> None:
    """Not one that holds it negated either, whatever the case, the apostrophe or the punctuation."""
    match, sieve = Phrases(phrases).match(text), Sieve({"all": phrases})
    assert sieve.may_hold(text) or not (match.found or match.negated)
    assert list(sieve.may_hold_each([text, "", text])) == [
        sieve.may_hold(text),
        sieve.may_hold(""),
        sieve.may_hold(text),
    ]


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), PHRASES), st.lists(st.lists(WORDS, max_size=6).map(" ".join)))
def test_each_text_holds_the_groups_of_the_phrases_found_in_it(groups: dict[str, list[str]], texts: list[str]) -> None:
    """As looking for each by itself finds."""
    by_itself = [tuple(group for group in sorted(groups) if Phrases(groups[group]).match(text).found) for text in texts]
    assert hold_each(groups, texts) == by_itself


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("box … collarbone", "a box under my skin"),
        ("chok*", "the hat is warm"),
        ("can't breathe", "can it breathe"),
        ("in", "inside"),
    ],
)
def test_a_text_without_a_word_of_the_phrase_is_held_back(phrase: str, text: str) -> None:
    """Else nothing would be spared."""
    assert Sieve({"all": [phrase]}).may_hold(text) == ()


def test_only_the_groups_that_a_text_may_hold_are_named() -> None:
    """In the order of their names."""
    sieve = Sieve({"hats": ["felt hat", "hat*"], "ears": ["warm ear"], "choking": ["chok*"]})
    assert sieve.may_hold("a warm hat on one ear") == ("ears", "hats")


def test_what_cannot_be_judged_quickly_passes() -> None:
    """A text or a phrase in other than plain letters, or without any."""
    assert Sieve({"ear": ["ear"]}).may_hold("ﬂ") == ("ear",)
    assert Sieve({"é": ["é"], "!": ["!"], "hat": ["hat"]}).may_hold("ear") == ("!", "é")
    assert Sieve({"none": []}).may_hold("ear") == ()
