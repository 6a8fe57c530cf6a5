"""A deterministic encoder of a few lines: texts that share letters in threes lie near each other."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from index.encoder import Vectors

DIMENSIONS = 256


class ToyEncoder:
    """Counts three-letter pieces into 256 places; needs no model and no network."""

    name = "toy"
    weights = "0" * 64
    dimensions = DIMENSIONS

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors of shape (len(texts), 256)."""
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            padded = f"  {text.casefold()} "
            for start in range(len(padded) - 2):
                vector[zlib.crc32(padded[start : start + 3].encode()) % DIMENSIONS] += 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def words(self) -> frozenset[str]:
        """Return no words: the corpus's own are all that is known."""
        return frozenset()
