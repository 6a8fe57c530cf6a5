"""Word matching beside the vectors: BM25 over a card's texts, and help with misspelt words."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import Stemmer

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKEN = re.compile(r"\b\w\w+\b")  # what bm25s takes for a word of a text in lower case
MIN_CORRECTED = 5  # letters; shorter unknown words are as likely names as slips
MIN_TARGET = 4  # letters; "hurtt" may become "hurt"
MIN_LIKENESS = 0.79  # of normalised Damerau-Levenshtein: one slip in five letters, two in ten


@dataclass(frozen=True, slots=True, kw_only=True)
class WordMatrix:
    """How much each stem says for each text (BM25), by stem.

    What stem number n says stands from place `starts[n]` up to `starts[n + 1]`: the numbers of
    the texts in `texts`, ascending, and its weight for each in `weights`. They are arrays of
    int64, int32 and float32, little-endian. Source of the formula: bm25s, its default method
    "lucene".
    """

    count: int  # of texts
    stems: tuple[str, ...]
    starts: bytes
    texts: bytes
    weights: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The words of a corpus: of its rows, of all of a card's rows as one text, and of all of them.

    `stems` are of every word that needs no help with its spelling, `unmatched` the words that say nothing.
    """

    rows: WordMatrix
    cards: WordMatrix
    vocabulary: tuple[str, ...]
    stems: tuple[str, ...]
    unmatched: tuple[str, ...]


class WordMatcher:
    """Scores texts by the words they share with a question."""

    def __init__(self, matrix: WordMatrix, places: npt.NDArray[np.int32] | None = None) -> None:
        """Score the texts of `matrix` in their order, or text number n in place `places[n]`."""
        self._count = matrix.count
        self._places = {stem: place for place, stem in enumerate(matrix.stems)}
        self._starts = np.frombuffer(matrix.starts, dtype="<i8").tolist()
        texts = np.frombuffer(matrix.texts, dtype="<i4")
        self._texts = texts if places is None else places[texts]
        self._weights = np.frombuffer(matrix.weights, dtype="<f4")

    def scores(self, stems: Iterable[str]) -> npt.NDArray[np.float32]:
        """Return one score a text for the `stems` of a question, shape (texts,), 0 where none is shared."""
        found = np.zeros(self._count, dtype=np.float32)
        for stem in stems:
            place = self._places.get(stem)
            if place is not None:
                of_stem = slice(self._starts[place], self._starts[place + 1])
                found[self._texts[of_stem]] += self._weights[of_stem]
        return found


class Speller:
    """Replaces a word that nobody knows by the corpus word that it most resembles.

    A word whose stem the corpus or `words` (a word list) holds is left alone: a corrector that
    is let loose alters one clean question in ten.
    """

    def __init__(self, vocabulary: Iterable[str], words: Iterable[str], stems: Iterable[str] = ()) -> None:
        """Mend to words of `vocabulary`; `stems` are of these and of `words`, where they are at hand."""
        own = frozenset(vocabulary)
        self._targets = sorted(word for word in own if len(word) >= MIN_TARGET)
        self._targets_by_length: dict[int, list[str]] = {}
        self._known = frozenset(words) | own
        self._stems = frozenset(stems) or frozenset(stemmed(self._known))

    def correct(self, question: str) -> str:
        """Return `question` with unknown words of five letters or more mended where one is near."""
        return _WORD.sub(lambda match: self._mend(match[0]), question)

    def _mend(self, word: str) -> str:
        plain = word.casefold()
        if (
            len(plain) < MIN_CORRECTED
            or not plain.isalpha()
            or plain in self._known
            or stemmed([plain])[0] in self._stems
        ):
            return word
        from rapidfuzz.distance import DamerauLevenshtein, Levenshtein  # for a slip alone: most questions have none
        from rapidfuzz.process import extract_iter, extractOne

        # Letters that change places are one slip, which takes long to count, or two edits.
        most = 2 * int((1 - MIN_LIKENESS) * (len(plain) / MIN_LIKENESS + 1))
        near = extract_iter(plain, self._near_in_length(len(plain)), scorer=Levenshtein.distance, score_cutoff=most)
        found = extractOne(
            plain,
            [word for word, *_ in near],
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=MIN_LIKENESS,
        )
        return str(found[0]) if found else word

    def _near_in_length(self, length: int) -> list[str]:
        """Return the targets that are not so much longer or shorter that this alone makes them unlike."""
        found = self._targets_by_length.get(length)
        if found is None:
            most = length / MIN_LIKENESS + 1
            found = [word for word in self._targets if length * MIN_LIKENESS - 1 <= len(word) <= most]
            self._targets_by_length[length] = found
        return found


def split_words(text: str) -> list[str]:
    """Return the words of `text` in lower case."""
    return [match.casefold() for match in _WORD.findall(text)]


def plain_words(text: str) -> list[str]:
    """Return the words of `text` that are written in lower case, as no name is."""
    return [word for word in _WORD.findall(text) if word == word.casefold()]


class _Stemmer(threading.local):
    """A stemmer of each thread's own: one serves one thread only, and takes longer to make than a text to stem."""

    def __init__(self) -> None:
        self.stems: Callable[[list[str]], list[str]] = Stemmer.Stemmer("english").stemWords


_STEMMER = _Stemmer()


def stemmed(words: Iterable[str]) -> list[str]:
    """Return the English stem of each word, in lower case."""
    return list(_STEMMER.stems(list(words)))


def tokens(text: str, unmatched: Collection[str]) -> list[str]:
    """Return the stems of a text's words but for `unmatched`, as bm25s's own tokenizer does in twenty times as long."""
    return stemmed(word for word in _TOKEN.findall(text.lower()) if word not in unmatched)


def tokens_each(texts: Iterable[str], unmatched: Collection[str]) -> list[list[str]]:
    """Return the `tokens` of each text; a word that stands in many is stemmed once."""
    found = [_TOKEN.findall(text.lower()) for text in texts]
    words = set(chain.from_iterable(found)).difference(unmatched)
    stems = dict(zip(words, stemmed(words), strict=True))
    return [[stems[word] for word in words if word in stems] for words in found]
