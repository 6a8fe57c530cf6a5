"""Words shared with a text count by their rarity, and slips are mended without harm."""

from __future__ import annotations

import pytest

from index.lexical import Speller, WordMatcher, split_words

TEXTS = ("the hat warms ears", "the hat muffles noise", "the hat is washed in cold water", "a hat for the night")


def test_the_text_that_shares_the_rare_word_wins() -> None:
    """“hat” stands in every text and tells nothing apart; “noise” does."""
    scores = WordMatcher(TEXTS).scores("which hat against noise")
    assert scores.argmax() == 1
    assert scores[1] > 2 * max(scores[0], scores[2], scores[3])


def test_a_word_counts_in_all_its_inflections() -> None:
    """Washing and washed are one word; no other text shares it."""
    assert [score > 0 for score in WordMatcher(TEXTS).scores("washing").tolist()] == [False, False, True, False]


@pytest.mark.parametrize("question", ["", "zebra", "the of and", "500 %", "¿?", "😀"])
def test_a_question_that_shares_no_word_scores_nothing(question: str) -> None:
    """One 0 a text."""
    assert WordMatcher(TEXTS).scores(question).tolist() == [0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("question", "corrected"),
    [
        ("is microcurent safe", "is microcurrent safe"),  # a letter left out
        ("is mircocurrent safe", "is microcurrent safe"),  # two letters swapped
        ("Is MICROCURENT safe?", "Is microcurrent safe?"),
        ("does colagen help", "does collagen help"),
        ("does it hurtt", "does it hurt"),
        ("is microcurrent safe", "is microcurrent safe"),  # a known word
        ("two microcurrents hurting", "two microcurrents hurting"),  # a known word, inflected
        ("is my pacer ok", "is my pacer ok"),  # known to the encoder, though "paces" is near
        ("hurrt", "hurt"),
        ("hrt", "hrt"),  # short: as likely a name as a slip
        ("zyzzyva", "zyzzyva"),  # near to nothing
        ("mi5cro", "mi5cro"),
    ],
)
def test_only_a_word_that_nobody_knows_is_mended(question: str, corrected: str) -> None:
    """Known, inflected, short and far-off words are left alone."""
    speller = Speller(["microcurrent", "collagen", "hurt", "paces"], ["is", "safe", "does", "help", "pacer"])
    assert speller.correct(question) == corrected


def test_words_are_split_at_digits_and_marks() -> None:
    """An apostrophe within a word belongs to it."""
    assert split_words("Don't raise ATP500 by_itself — l’été!") == ["don't", "raise", "atp", "by", "itself", "l’été"]
