"""Phrases that editors write find what people type, and know a "no" before it."""

from __future__ import annotations

import pytest

from index.phrases import Match, Phrases

FOUND, NOT_FOUND, NEGATED = (
    Match(found=True, negated=False),
    Match(found=False, negated=False),
    Match(found=False, negated=True),
)


@pytest.mark.parametrize(
    ("phrase", "text", "match"),
    [
        # whole words alone
        ("pain", "is there pain?", FOUND),
        ("pain", "is it painless", NOT_FOUND),
        ("pain", "champain", NOT_FOUND),
        ("chest pain", "chest-pain, chest  pain", FOUND),
        ("chest pain", "pain in the chest", NOT_FOUND),
        # any case
        ("Pacemaker", "my PACEMAKER", FOUND),
        # a star stands for any ending
        ("epilep*", "I am epileptic", FOUND),
        ("epilep*", "epilep", FOUND),
        ("epilep*", "my epi lepsy", NOT_FOUND),
        # a gap stands for up to five words
        ("box … collarbone", "a box under my collarbone", FOUND),
        ("box … collarbone", "box collarbone", FOUND),
        ("box … collarbone", "a box one two three four five collarbone", FOUND),
        ("box … collarbone", "a box one two three four five six collarbone", NOT_FOUND),
        ("allerg* … wool", "allergies, they say, to wool", FOUND),
        # any apostrophe
        ("can't breathe", "I can’t breathe", FOUND),
        ("can’t breathe", "I can't breathe", FOUND),
        ("can't breathe", "I can`t breathe", FOUND),
        ("can't breathe", "I cant breathe", NOT_FOUND),
        # a "no" within three words before it
        ("chest pain", "no chest pain at all", NEGATED),
        ("chest pain", "I don’t have any chest pain", NEGATED),
        ("chest pain", "without much of any chest pain", NEGATED),
        ("chest pain", "never have I ever had chest pain", FOUND),
        ("chest pain", "not now: but yesterday evening chest pain", FOUND),
        ("chest pain", "chest pain, no fever", FOUND),
        # one place that stands there plainly is enough
        ("chest pain", "no chest pain before, now chest pain", FOUND),
        # signs in a phrase are signs
        ("c++", "does c++ help", FOUND),
        ("a.b", "axb", NOT_FOUND),
    ],
)
def test_a_phrase_in_a_text(phrase: str, text: str, match: Match) -> None:
    """The table is the fact."""
    assert Phrases([phrase]).match(text) == match


def test_no_phrases_find_nothing() -> None:
    """An empty list matches no text, not every text."""
    assert Phrases([]).match("anything") == NOT_FOUND


def test_a_text_is_negated_only_where_every_phrase_in_it_is() -> None:
    """“No pain, but dizzy” is about being dizzy."""
    phrases = Phrases(["pain", "dizz*"])
    assert phrases.match("no pain and not dizzy") == NEGATED
    assert phrases.match("no pain whatsoever these days, I am dizzy") == FOUND
