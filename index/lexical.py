"""Word matching beside the vectors: BM25 over a card's texts, and help with misspelt words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import bm25s
import numpy as np
import numpy.typing as npt
import Stemmer
from bm25s.stopwords import STOPWORDS_EN_PLUS
from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extractOne

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
STOP_WORDS = frozenset(STOPWORDS_EN_PLUS)  # English words, in lower case, that say nothing by themselves
MIN_CORRECTED = 5  # letters; shorter unknown words are as likely names as slips
MIN_TARGET = 4  # letters; "hurtt" may become "hurt"
MIN_LIKENESS = 0.79  # of normalised Damerau-Levenshtein: one slip in five letters, two in ten


class WordMatcher:
    """Scores texts by the words they share with a question (BM25, English stems).

    Source of the formula: bm25s, its default method "lucene".
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._stemmer = Stemmer.Stemmer("english")
        self._count = len(texts)
        self._bm25 = bm25s.BM25()
        self._bm25.index(self._stems(texts), show_progress=False)

    def scores(self, question: str) -> npt.NDArray[np.float32]:
        """Return one score a text, shape (len(texts),), 0 where no word is shared."""
        stems = self._stems([question])[0]
        known = [stem for stem in stems if stem in self._bm25.vocab_dict]
        if not known:
            return np.zeros(self._count, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)

    def _stems(self, texts: Sequence[str]) -> list[list[str]]:
        return bm25s.tokenize(  # type: ignore[no-any-return]
            list(texts), stopwords="en", stemmer=self._stemmer, return_ids=False, show_progress=False
        )


class Speller:
    """Replaces a word that nobody knows by the corpus word that it most resembles.

    A word whose stem the corpus or `words` (a word list) holds is left alone: a corrector that
    is let loose alters one clean question in ten.
    """

    def __init__(self, texts: Iterable[str], words: Iterable[str]) -> None:
        self._stem = Stemmer.Stemmer("english").stemWord
        own = {word for text in texts for word in split_words(text)}
        self._targets = sorted(word for word in own if len(word) >= MIN_TARGET)
        self._known = frozenset(words) | own
        self._stems = frozenset(map(self._stem, self._known))

    def correct(self, question: str) -> str:
        """Return `question` with unknown words of five letters or more mended where one is near."""
        return _WORD.sub(lambda match: self._mend(match[0]), question)

    def _mend(self, word: str) -> str:
        plain = word.casefold()
        if (
            len(plain) < MIN_CORRECTED
            or not plain.isalpha()
            or plain in self._known
            or self._stem(plain) in self._stems
        ):
            return word
        found = extractOne(
            plain,
            self._targets,
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=MIN_LIKENESS,
        )
        return str(found[0]) if found else word


def split_words(text: str) -> list[str]:
    """Return the words of `text` in lower case."""
    return [match.casefold() for match in _WORD.findall(text)]


def plain_words(text: str) -> list[str]:
    """Return the words of `text` that are written in lower case, as no name is."""
    return [word for word in _WORD.findall(text) if word == word.casefold()]


def stems(words: Sequence[str]) -> list[str]:
    """Return the English stem of each word, in lower case."""
    return list(Stemmer.Stemmer("english").stemWords(list(words)))  # one of its own: it serves one thread only
