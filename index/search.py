"""A question becomes ranked cards, with the signals by which triage and refusing decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.encoder import Encoder, Vectors
from index.lexical import Speller, WordMatcher, split_words, tokens
from index.lexicon import make_lexicon
from index.phrases import Phrases
from index.probe import ProbeScores
from index.records import Card
from index.store import BuiltIndex, Neighbours
from index.texts import CARD_ROLES, Role

MAX_CARDS = 10  # of an answer
QUESTION_PROBES = ("in_scope", "urgent", "contraindication")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What counts how much in a ranking; an ablation changes one of them.

    The values were chosen on corpus/questions.yaml; BENCHMARKS.md has the effect of each.
    """

    nearest: int = 200  # rows looked at; with twice as many, no golden question is answered otherwise
    best_rows: int = 2  # a card's cosine is the mean of so many of its rows: one lucky row is not enough
    row_words: float = 0.1  # BM25 of a card's best row, scaled by the best card's, beside a cosine
    card_words: float = 0.1  # BM25 of all of a card's texts as one, scaled likewise
    correct_spelling: bool = True
    roles: tuple[Role, ...] = CARD_ROLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """What a search found: the best MAX_CARDS cards by falling score, and what that rests on.

    `question` is spelt as it was searched; `vector` is its own, shape (dimensions,). `words` is
    the best BM25 of any row, `known_words` the share of the question's words in the corpus;
    `names_subject` and `names_other` say whether it names the corpus's subject, or another.
    """

    question: str
    vector: Vectors
    neighbours: Neighbours
    cards: tuple[Card, ...]
    scores: tuple[float, ...]
    words: float
    known_words: float
    names_subject: bool
    names_other: bool
    probes: dict[str, float]


class Search:
    """Ranks the cards of an index for a question."""

    def __init__(self, index: BuiltIndex, encoder: Encoder, weights: Weights | None = None) -> None:
        self._index = index
        self._encoder = encoder
        self._weights = weights or Weights()
        self._cards = index.corpus.cards
        numbers = {card.id: number for number, card in enumerate(self._cards)}
        places = {id: place for place, id in enumerate(sorted(numbers))}
        self._by_id = np.array([places[id] for id in numbers], dtype=np.intp)  # among equal scores
        rows = [row for row in index.rows if row.role in self._weights.roles]
        usual = self._weights.roles == CARD_ROLES
        lexicon = index.lexicon if usual else make_lexicon(numbers, rows, index.words)
        self._card_of = np.array(
            [numbers[row.owner] if row.role in self._weights.roles else -1 for row in index.rows], dtype=np.intp
        )
        self._unmatched = frozenset(lexicon.unmatched)
        of_rows = self._card_of[self._card_of >= 0]
        card_by_card = np.argsort(of_rows, kind="stable")
        self._row_matcher = WordMatcher(lexicon.rows, np.argsort(card_by_card).astype(np.int32))
        # The cards that have a row, and where the first of each stands.
        self._of_rows, self._first_rows = np.unique(of_rows[card_by_card], return_index=True)
        self._card_matcher = WordMatcher(lexicon.cards)
        self._vocabulary = frozenset(lexicon.vocabulary)
        self._speller = Speller(lexicon.vocabulary, index.words, lexicon.stems)
        self._subject = Phrases(index.corpus.subject)
        self._others = Phrases(index.corpus.other_subjects)
        self._probes = ProbeScores([probe for probe in index.probes if probe.name in QUESTION_PROBES])

    def rank(self, question: str) -> Ranked:
        """Rank the cards for `question`; ties go to the id that sorts first."""
        spelt = self.spelt(question)
        return self.rank_vector(spelt, self._encoder.encode([spelt])[0])

    def spelt(self, question: str) -> str:
        """Return `question` as it is searched for."""
        return self._speller.correct(question) if self._weights.correct_spelling else question

    def rank_vector(self, question: str, vector: Vectors) -> Ranked:
        """Rank the cards for a question whose vector is at hand."""
        neighbours = self._index.nearest(vector, self._weights.nearest)
        stems = tokens(question, self._unmatched)
        best_row = np.zeros(len(self._cards), dtype=np.float32)
        best_row[self._of_rows] = np.maximum.reduceat(self._row_matcher.scores(stems), self._first_rows)
        scores = (
            self._card_cosines(neighbours)
            + self._weights.row_words * _scaled(best_row)
            + self._weights.card_words * _scaled(self._card_matcher.scores(stems))
        )
        order = self._first(scores)
        words = split_words(question)
        return Ranked(
            question=question,
            vector=vector,
            neighbours=neighbours,
            cards=tuple(map(self._cards.__getitem__, order.tolist())),
            scores=tuple(scores[order].tolist()),
            words=float(best_row.max(initial=0.0)),
            known_words=sum(word in self._vocabulary for word in words) / len(words) if words else 0.0,
            names_subject=self._subject.match(question).found,
            names_other=self._others.match(question).found,
            probes=self._probes.of(vector),
        )

    def _card_cosines(self, neighbours: Neighbours) -> Vectors:
        """Return each card's mean cosine over its best rows, the furthest neighbour standing in."""
        total, missing = [0.0] * len(self._cards), [self._weights.best_rows] * len(self._cards)
        cards = self._card_of[neighbours.numbers].tolist()
        for card, cosine in zip(cards, neighbours.cosines.tolist(), strict=True):
            if card >= 0 and missing[card]:
                total[card] += cosine
                missing[card] -= 1
        sums = np.array(total) + neighbours.furthest * np.array(missing)
        return np.asarray(sums / self._weights.best_rows, dtype=np.float32)

    def _first(self, scores: Vectors) -> npt.NDArray[np.intp]:
        """Return the numbers of the MAX_CARDS best cards, the best first; ties go to the id that sorts first."""
        count = min(MAX_CARDS, len(scores))
        last = np.partition(scores, -count)[-count] if count else 0.0
        among = np.flatnonzero(scores >= last)
        return among[np.lexsort((self._by_id[among], -scores[among]))][:count]


def _scaled(scores: Vectors) -> Vectors:
    """Return `scores` over their best, so that the best card has 1."""
    best = float(scores.max(initial=0.0))
    return scores / best if best > 0 else scores
