"""Words shared with a text count by their rarity, and slips are mended without harm."""

from __future__ import annotations

from collections.abc import Sequence

import bm25s
import numpy as np
import numpy.typing as npt
import pytest
import Stemmer
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein

from index.lexical import MIN_LIKENESS, Speller, WordMatcher, split_words, tokens, tokens_each
from index.lexicon import make_lexicon
from tests.index.made import row

TEXTS = ("the hat warms ears", "the hat muffles noise", "the hat is washed in cold water", "a hat for the night")


def scores(question: str) -> npt.NDArray[np.float32]:
    lexicon = make_lexicon(["a"], [row(text) for text in TEXTS], [])
    return WordMatcher(lexicon.rows).scores(tokens(question, lexicon.unmatched))


def test_the_text_that_shares_the_rare_word_wins() -> None:
    """“hat” stands in every text and tells nothing apart; “noise” does."""
    found = scores("which hat against noise")
    assert found.argmax() == 1
    assert found[1] > 2 * max(found[0], found[2], found[3])


def test_a_word_counts_in_all_its_inflections() -> None:
    """Washing and washed are one word; no other text shares it."""
    assert [score > 0 for score in scores("washing").tolist()] == [False, False, True, False]


@pytest.mark.parametrize("question", ["", "zebra", "the of and", "500 %", "¿?", "😀"])
def test_a_question_that_shares_no_word_scores_nothing(question: str) -> None:
    """One 0 a text."""
    assert scores(question).tolist() == [0.0, 0.0, 0.0, 0.0]


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


@given(st.text("abc", min_size=5, max_size=12), st.sets(st.text("abc", min_size=4, max_size=12), min_size=1))
def test_the_nearest_word_is_found_among_all(word: str, vocabulary: set[str]) -> None:
    """As by counting the slips to each of them; of equally near ones the first of the alphabet."""
    likeness = {known: DamerauLevenshtein.normalized_similarity(word, known) for known in sorted(vocabulary)}
    nearest = max(likeness, key=lambda known: likeness[known])
    mended = nearest if likeness[nearest] >= MIN_LIKENESS else word
    assert Speller(vocabulary, (), ["no stem of these"]).correct(word) == mended


def test_words_are_split_at_digits_and_marks() -> None:
    """An apostrophe within a word belongs to it."""
    assert split_words("Don't raise ATP500 by_itself — l’été!") == ["don't", "raise", "atp", "by", "itself", "l’été"]


def test_scores_are_those_of_bm25s_itself() -> None:
    """To the last bit, by its own tokenizer and its own sum."""
    own = bm25s.BM25()
    stemmer = Stemmer.Stemmer("english")

    def tokenized(texts: Sequence[str]) -> list[list[str]]:
        return bm25s.tokenize(list(texts), stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False)

    own.index(tokenized(TEXTS), show_progress=False)
    for question in ("which hat against noise", "ears in the cold, cold night", "Is the HAT washed?", "hat hat"):
        expected = own.get_scores(tokenized([question])[0])
        assert scores(question).tolist() == expected.tolist()


def test_texts_together_have_the_words_that_each_has_by_itself() -> None:
    """In its order, as often as they stand there, without those that say nothing."""
    texts = [*TEXTS, "The hats, hats and the HAT", "", "of the"]
    assert tokens_each(texts, {"the", "of"}) == [tokens(text, {"the", "of"}) for text in texts]
