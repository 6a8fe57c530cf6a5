"""A pasted advertisement: its sentences, and the claims that each one makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import sentencex

from index.encoder import Encoder, Vectors
from index.errors import IndexFolderError
from index.probe import ProbeScores
from index.store import BuiltIndex

# A long sentence makes several claims: each clause is read by itself beside the whole.
_CLAUSE = re.compile(
    r"(?<!\d)[,:]|[,:](?!\d)|[;–—()]|\s-\s|\b(?:and|while|plus|but|which|so|as well as|along with)\b", re.IGNORECASE
)
CLAIM_PROBE = "claim:"  # before a claim's id, the name of its probe
PROBE_WEIGHT = 0.04  # of a probe's log-odds beside a cosine; chosen on the golden advertisements
_MIN_CLAUSE_WORDS = 2
_LANGUAGE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a clause makes a claim.

    `least`: the score it needs. `behind`: how far it may lie behind the clause's best claim.
    """

    least: float
    behind: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredSentence:
    """One sentence with its clauses' scores for each claim, shape (clauses, claims)."""

    sentence: str
    scores: Vectors


class AdvertReader:
    """Finds the claims in a text, by how sellers say them; the claims' probes stand in the index in their order."""

    def __init__(self, index: BuiltIndex, encoder: Encoder, limits: Limits | None = None) -> None:
        self._encoder = encoder
        self.limits = limits or _limits(index.calibration)
        claims = [card.id for card in index.corpus.cards if card.kind == "claim"]
        numbers = {claim: number for number, claim in enumerate(claims)}
        sellers = [n for n, row in enumerate(index.rows) if row.role in ("seller", "claim")]
        self._claims = claims
        self._seller_vectors = index.vectors_of(sellers)
        self._seller_claims = np.array([numbers[index.rows[n].owner] for n in sellers], dtype=np.intp)
        self._probes = ProbeScores([probe for probe in index.probes if probe.name.startswith(CLAIM_PROBE)])

    def read(self, text: str) -> list[tuple[str, str]]:
        """Return (sentence, claim id) for each claim of each sentence, in the text's order."""
        return self.findings(self.score(text), self.limits)

    def score(self, text: str) -> list[ScoredSentence]:
        """Score each clause of each sentence of `text` for each claim; the limits come after."""
        sentences = [(sentence, split_clauses(sentence)) for sentence in split_sentences(text)]
        flat = [clause for _, clauses in sentences for clause in clauses]
        if not flat or not self._claims:
            return []
        scores = self._scores(self._encoder.encode(flat))
        read, start = [], 0
        for sentence, clauses in sentences:
            read.append(ScoredSentence(sentence=sentence, scores=scores[start : start + len(clauses)]))
            start += len(clauses)
        return read

    def findings(self, read: Iterable[ScoredSentence], limits: Limits) -> list[tuple[str, str]]:
        """Return (sentence, claim id) for what lies within `limits`, a sentence's surest claim first."""
        return [(found.sentence, self._claims[claim]) for found in read for claim in _made(found.scores, limits)]

    def _scores(self, vectors: Vectors) -> Vectors:
        """Return cosine to how sellers put a claim, plus the claim's probe; shape (clauses, claims)."""
        cosines = vectors @ self._seller_vectors.T
        best = np.full((len(self._claims), len(vectors)), -1.0, dtype=np.float32)
        np.maximum.at(best, self._seller_claims, cosines.T)
        return best.T + PROBE_WEIGHT * self._probes.matrix(vectors)


def _made(scores: Vectors, limits: Limits) -> list[int]:
    made = (scores >= limits.least) & (scores >= scores.max(axis=1, keepdims=True) - limits.behind)
    return sorted(map(int, np.flatnonzero(made.any(axis=0))), key=lambda claim: (-float(scores[:, claim].max()), claim))


def split_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text; a line break always ends one."""
    for line in text.splitlines():
        for sentence in sentencex.segment(_LANGUAGE, line):
            if sentence.strip():
                yield sentence.strip()


def split_clauses(sentence: str) -> list[str]:
    """Return the sentence itself, then its clauses where it has more than one."""
    clauses = [clause.strip() for clause in _CLAUSE.split(sentence)]
    long_enough = [clause for clause in clauses if len(clause.split()) >= _MIN_CLAUSE_WORDS and clause != sentence]
    return [sentence, *long_enough]


def _limits(calibration: dict[str, Any]) -> Limits:
    try:
        return Limits(**calibration["advert"])
    except (KeyError, TypeError) as error:
        raise IndexFolderError("the index has no limits for advertisements: run 'explainer build'") from error
