"""What a build works out of the words of a corpus, so that a question finds it ready; the only module that knows bm25s."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from index.lexical import Lexicon, WordMatrix, split_words, stemmed, tokens_each
from index.texts import Row


def make_lexicon(cards: Iterable[str], rows: Sequence[Row], words: Iterable[str]) -> Lexicon:
    """Return the lexicon of `rows`, each of which stands for one of `cards`; `words` are spelt right too."""
    texts = [row.text for row in rows]
    of_rows = tokens_each(texts, _unmatched())
    of_cards: dict[str, list[str]] = {card: [] for card in cards}
    for row, found in zip(rows, of_rows, strict=True):
        of_cards[row.owner] += found
    vocabulary = sorted(set(split_words("\n".join(texts))))
    return Lexicon(
        rows=_matrix(of_rows),
        cards=_matrix(list(of_cards.values())),
        vocabulary=tuple(vocabulary),
        stems=tuple(sorted(set(stemmed({*vocabulary, *words})))),
        unmatched=tuple(sorted(_unmatched())),
    )


@cache
def stop_words() -> frozenset[str]:
    """Return English words, in lower case, that say nothing by themselves."""
    from bm25s.stopwords import STOPWORDS_EN_PLUS

    return frozenset(STOPWORDS_EN_PLUS)


@cache
def _unmatched() -> frozenset[str]:
    """Return the fewer words that bm25s leaves out."""
    from bm25s.stopwords import STOPWORDS_EN

    return frozenset(STOPWORDS_EN)


def _matrix(texts: list[list[str]]) -> WordMatrix:
    from bm25s import BM25

    matcher = BM25()
    if not any(texts):
        return WordMatrix(count=len(texts), stems=(), starts=bytes(8), texts=b"", weights=b"")
    matcher.index(texts, show_progress=False)
    made = matcher.scores
    # Its own order of stems changes from one process to the next. The empty word is one that it adds.
    stems = sorted(stem for stem in matcher.vocab_dict if stem)
    columns = [slice(*made["indptr"][matcher.vocab_dict[stem] :][:2]) for stem in stems]
    return WordMatrix(
        count=len(texts),
        stems=tuple(stems),
        starts=np.cumsum([0, *(column.stop - column.start for column in columns)], dtype="<i8").tobytes(),
        texts=np.concatenate([made["indices"][column] for column in columns]).astype("<i4").tobytes(),
        weights=np.concatenate([made["data"][column] for column in columns]).astype("<f4").tobytes(),
    )
