"""An encoder that embeds each text once, and remembers the vectors of the last build."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from index.disk import read_sealed, write_sealed
from index.encoder import Encoder, Vectors
from index.errors import IndexFolderError
from index.manifest import MANIFEST
from index.store import EMBEDDED, read_embedded
from index.vectors import half

_TOGETHER = 1024  # texts embedded in one call; of so many, most have others of their length
_KEPT = "<f2"  # numbers of half precision, as an index keeps them
REMEMBERED = "remembered.vectors"  # beside an index: of texts that a build embeds and an index has no use for


class Memory:
    """An Encoder in front of another, which is asked for no vector twice.

    The encoder gives a text the same bits whatever it is embedded together with, so what was
    taken over from the last build is what would be embedded now. All vectors are of half
    precision, as those that an index keeps.
    """

    def __init__(self, encoder: Encoder, folder: Path, report: Callable[[str], None]) -> None:
        """Take over the vectors of the index in `folder`; tell `report` of what is there and is not sound."""
        self.name = encoder.name
        self.weights = encoder.weights
        self._encoder = encoder
        self._words: frozenset[str] | None = None
        self._old: dict[str, int] = {}  # place of a text in `_old_vectors`
        self._old_vectors = self._row_vectors = np.empty((0, 0), dtype=np.float32)
        self._rows: dict[str, int] = {}  # place of a text in `_row_vectors`
        self._beside: dict[str, Vectors] = {}  # of all other texts that were asked for
        if (folder / MANIFEST).exists():
            self._recall(folder, report)

    def _recall(self, folder: Path, report: Callable[[str], None]) -> None:
        for read in (self._read_rows, self._read_beside):
            try:
                texts, found = read(folder)
            except IndexFolderError as error:
                report(f"{str(error).partition(': run')[0]}: embedding again what it held")
            else:
                self._old.update((text, place) for place, text in enumerate(texts, len(self._old_vectors)))
                self._old_vectors = np.concatenate([self._old_vectors, found]) if len(self._old_vectors) else found

    def _read_rows(self, folder: Path) -> tuple[list[str], Vectors]:
        texts, vectors, words = read_embedded(folder, self._encoder)
        self._words = frozenset(words)
        return texts, vectors

    def _read_beside(self, folder: Path) -> tuple[list[str], Vectors]:
        file = folder / REMEMBERED
        head, _, content = read_sealed(file).partition(b"\n")
        told = json.loads(head)
        texts = told.pop("texts")
        if told != self._kind:
            raise IndexFolderError(f"the vectors in {file} were made in another way")
        return texts, np.frombuffer(content, dtype=_KEPT).astype(np.float32).reshape(-1, told["dimensions"])

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        return self._old_vectors.shape[1] or self._encoder.dimensions

    @property
    def _kind(self) -> dict[str, object]:
        return {"weights": self.weights, "embedded": EMBEDDED, "dimensions": self.dimensions, "numbers": _KEPT}

    def words(self) -> frozenset[str]:
        """Return the whole words of the encoder's vocabulary."""
        return self._encoder.words() if self._words is None else self._words

    def count_new(self, texts: Sequence[str]) -> int:
        """Return how many of `texts`, equal ones counted once, are not remembered."""
        return len(set(texts) - self._old.keys())

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of all rows of an index, with a bar where a terminal watches."""
        from tqdm import tqdm

        for number, text in enumerate(texts):
            self._rows.setdefault(text, number)
        new = [text for text in self._rows if text not in self._old]
        found = np.empty((len(texts), self.dimensions), dtype=np.float32)
        together = getattr(self._encoder, "together", _TOGETHER)
        with tqdm(total=len(new), unit="text", disable=not sys.stderr.isatty(), leave=False) as bar:
            for batch in (new[start : start + together] for start in range(0, len(new), together)):
                found[[self._rows[text] for text in batch]] = half(self._encoder.encode(batch))
                bar.update(len(batch))
        known = [(number, self._old[text]) for number, text in enumerate(texts) if text in self._old]
        if known:
            numbers, places = np.array(known).T
            found[numbers] = self._old_vectors[places]
        for number, text in enumerate(texts):
            if text not in self._old:
                found[number] = found[self._rows[text]]
        self._row_vectors = found
        return found

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 vectors of shape (len(texts), dimensions), each of length 1."""
        return np.array([self._vector(text) for text in texts], dtype=np.float32).reshape(len(texts), -1)

    def _vector(self, text: str) -> Vectors:
        row = self._rows.get(text)
        if row is not None:
            return np.asarray(self._row_vectors[row])
        if text not in self._beside:
            old = self._old.get(text)
            self._beside[text] = half(self._encoder.encode([text])[0]) if old is None else self._old_vectors[old]
        return self._beside[text]

    def embedded(self, *, anew: bool) -> Iterator[tuple[str, Vectors]]:
        """Yield each text that was asked for, with its vector; with `anew` only those that the last build had not."""
        for text, number in self._rows.items():
            if not (anew and text in self._old):
                yield text, self._row_vectors[number]
        for text, vector in self._beside.items():
            if not (anew and text in self._old):
                yield text, vector

    def save(self, folder: Path) -> None:
        """Write to `folder` the vectors that were asked for and that the index does not hold.

        Raises IndexFolderError if the folder cannot be written.
        """
        texts = sorted(self._beside)
        body = json.dumps({**self._kind, "texts": texts}).encode() + b"\n" + self.encode(texts).astype(_KEPT).tobytes()
        write_sealed(folder / REMEMBERED, body)
