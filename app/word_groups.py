"""The words of a question that may be counted, and the pairs of them that stand side by side."""

from __future__ import annotations

import re
from collections.abc import Collection

from index.lexical import plain_words, split_words, stemmed
from index.lexicon import stop_words
from index.records import Corpus
from index.texts import rows_of

MIN_LETTERS = 3  # shorter ones are initials, or say nothing
MOST_WORDS = 40  # of a question; what is longer tells a story, and a story is somebody's own
_EDGES = "\"'“”‘’«»()[]…,.;:?!¿¡"
_WORDS_ALONE = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def known_words(corpus: Corpus) -> frozenset[str]:
    """Return the words that the corpus writes in lower case, those of its examples of other subjects among them.

    An encoder's own vocabulary would not do: it holds most names of people and of towns, and few
    names of ailments and treatments.
    """
    return frozenset(word for row in rows_of(corpus) for word in plain_words(row.text))


class WordGroups:
    """Finds the groups of a question: single words, and pairs of neighbours, by their English stems.

    Only words of `known` are ever part of one, letters alone and at least three. A word of the
    question counts if it is written in lower case, since a name is not, and stands free, since
    what stands in an address, a link or a number is part of it.
    """

    def __init__(self, known: Collection[str]) -> None:
        words = sorted((word for word in known if _may_count(word)), key=lambda word: (len(word), word))
        shortest: dict[str, str] = {}
        self._shown = {word: shortest.setdefault(stem, word) for word, stem in zip(words, stemmed(words), strict=True)}

    def of(self, question: str) -> frozenset[str]:
        """Return the groups of `question`; each word as the shortest known one of its stem, a pair parted by a space.

        Stop words between two neighbours are passed over; anything else that does not count parts them.
        """
        tokens = question.split()
        found: set[str] = set()
        if len(tokens) > MOST_WORDS:
            return frozenset()
        before = ""
        for token in tokens:
            bare = token.strip(_EDGES)
            if bare.casefold() not in stop_words():
                for word in _free_words(bare):
                    shown = self._shown.get(word, "")
                    if shown:
                        found.add(shown)
                        if before not in ("", shown):
                            found.add(f"{before} {shown}")
                    before = shown
            if not token.endswith(bare):
                before = ""  # a sentence, or a part of one, ends here
        return frozenset(found)


def _may_count(word: str) -> bool:
    return len(word) >= MIN_LETTERS and word.isalpha() and word == word.casefold() and word not in stop_words()


def _free_words(bare: str) -> list[str]:
    """Return the words of what stands between two spaces, or one empty word where it is no plain text."""
    return split_words(bare) if _WORDS_ALONE.fullmatch(bare) and bare == bare.lower() else [""]
