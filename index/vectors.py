"""The vectors of an index, searched one by one or, where they are too many, by lists; the only door to FAISS.

Up to `FLAT_UP_TO` vectors every question is compared with each of them. Above, the vectors
are put into lists by k-means and a question is compared with those of the nearest lists, if
that finds what a comparison with each would find.

Their numbers are kept in half precision: reading them from memory is nearly all that a search
does, and of a cosine that moves the fifth decimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

import faiss
import numpy as np
import numpy.typing as npt

from index.encoder import Vectors
from index.errors import IndexFolderError

# Of 384 numbers each. A search through so many takes 8 to 13 ms (p99 9 to 32, by what else runs): BENCHMARKS.md, "Growth of the corpus".
FLAT_UP_TO = 200_000
LEAST_RECALL = 0.98  # of the ten nearest, what lists must find for a sample
_NEAREST = 10  # of which the recall is counted
_SAMPLE = 300  # vectors of its own, moved, for which a new index is asked
# How far: to a cosine of 0.45 from where each was, where one real question in twenty has its nearest row. At the median
# question's 0.7 the sample finds up to 0.015 more than real questions do in a million vectors; so, 0.004 to 0.007 less.
_MOVED = 2.0
_FIRST_PROBES = 16  # lists looked through at first; half as many again until the recall is reached
_TRAINED_ON = 40  # vectors a list: FAISS asks for 39
_ROUNDS = 5  # of k-means; 20 of them on 64 vectors a list took seven times as long and found 0.001 more
_SEED = 1234
_EQUAL = 5e-5  # cosines nearer than this are one: half precision moves them by so much
_SPARE = 8  # places asked for beyond the last, so that a tie there seldom takes a second search
_BLOCK = 65_536  # vectors looked at together, so that no second copy of all is made

_HALF = faiss.ScalarQuantizer.QT_fp16
_NUMBERS = {"numbers": "float16"}

Found = tuple[npt.NDArray[np.int64], Vectors]  # numbers and cosines, the best first


class VectorIndex:
    """Vectors of length 1, which can be asked for those nearest to another.

    The same vectors give the same bytes on the same kind of processor.
    """

    def __init__(self, found: Any, recall: float | None = None) -> None:
        """Take over a FAISS index; `of` and `read` make one."""
        faiss.omp_set_num_threads(1)  # its threads and the encoder's would wait for each other
        self._faiss = found
        self._count = int(found.ntotal)
        self._recall = recall
        self._at_hand: dict[tuple[bytes, int], Found] = {}

    @classmethod
    def of(cls, vectors: Vectors, *, flat_up_to: int = FLAT_UP_TO, least_recall: float = LEAST_RECALL) -> VectorIndex:
        """Index `vectors`, shape (count, dimensions); lists are used above `flat_up_to` where they find enough."""
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        lists = _in_lists(vectors, flat_up_to, least_recall) if len(vectors) > flat_up_to else None
        if lists is not None:
            return lists
        flat = faiss.IndexScalarQuantizer(vectors.shape[1], _HALF, faiss.METRIC_INNER_PRODUCT)
        flat.add(vectors)
        return cls(flat)

    @classmethod
    def read(cls, stream: BinaryIO, told: dict[str, Any]) -> VectorIndex:
        """Read what `write` wrote and of which a manifest says `told`.

        Raises IndexFolderError, naming the file and the cure, if it is of another kind.
        """
        try:
            reader = faiss.PyCallbackIOReader(stream.read)  # type: ignore[attr-defined]
            index = cls(faiss.read_index(reader), told.get("recall_at_10"))
            if index.told == told:
                return index
        except RuntimeError:  # of FAISS: not a file of its own
            pass
        raise IndexFolderError(f"{stream.name} is not of the kind that its manifest says: run 'explainer build'")

    def write(self, sink: Callable[[bytes], object]) -> None:
        """Give `sink` the bytes of the index one block after the other, without a copy of them all."""
        faiss.write_index(self._faiss, faiss.PyCallbackIOWriter(sink))  # type: ignore[attr-defined]

    @property
    def told(self) -> dict[str, Any]:
        """What a manifest says of this index: its kind and, for lists, what they were measured to find."""
        if not hasattr(self._faiss, "sq") or self._faiss.sq.qtype != _HALF:
            return {"kind": "unknown"}
        if isinstance(self._faiss, faiss.IndexIVFScalarQuantizer):
            lists, probes = self._faiss.nlist, self._faiss.nprobe
            return {"kind": "ivf", **_NUMBERS, "lists": lists, "probes": probes, "recall_at_10": self._recall}
        return {"kind": "flat", **_NUMBERS}

    @property
    def _is_flat(self) -> bool:
        return isinstance(self._faiss, faiss.IndexScalarQuantizer)

    def __len__(self) -> int:
        """Return the count of vectors."""
        return self._count

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        return int(self._faiss.d)

    @property
    def vectors(self) -> Vectors:
        """A copy of all vectors in their order, shape (count, dimensions)."""
        return np.asarray(self._faiss.reconstruct_n(0, len(self)), dtype=np.float32)

    def of_numbers(self, numbers: Sequence[int]) -> Vectors:
        """Return a copy of the vectors of these numbers, in their order, shape (len(numbers), dimensions)."""
        wanted = np.asarray(numbers, dtype=np.int64)
        if self._is_flat:
            return np.asarray(self._faiss.reconstruct_batch(wanted), dtype=np.float32)
        return self.vectors[wanted]  # lists know where a number lies only if they hold one more table

    def squared_lengths(self) -> Vectors:
        """Return the squared length of each vector, which is its cosine to itself, shape (count,)."""
        lengths = [_squared_lengths(block) for _, block in self._blocks()]
        return np.concatenate(lengths or [np.empty(0, dtype=np.float32)])

    def _blocks(self) -> Iterator[tuple[int, Vectors]]:
        """Yield all vectors in their order, some at a time, with the number of the first."""
        for start in range(0, len(self), _BLOCK):
            yield start, self._faiss.reconstruct_n(start, min(_BLOCK, len(self) - start))

    def nearest(self, vector: Vectors, count: int) -> Found:
        """Return the numbers of up to `count` vectors and their cosines to `vector`, shape (dimensions,), the best first.

        Ties go to the smaller number. FAISS pads a short result with -1; those are dropped.
        """
        at_hand = self._at_hand.get((vector.tobytes(), count))
        if at_hand is not None:
            return _ordered(*at_hand, count)
        count, asked = min(count, len(self)), count + _SPARE
        while True:  # of vectors that tie for the last place FAISS keeps any: ask on until the tie is whole
            asked = min(asked, len(self))
            cosines, numbers = self._faiss.search(vector.reshape(1, -1), asked)
            if asked == len(self) or _is_whole(cosines[0], numbers[0], count):
                return _ordered(numbers[0], cosines[0], count)
            asked *= 2

    @contextmanager
    def at_hand(self, vectors: Vectors, count: int) -> Iterator[None]:
        """Search for many vectors at once, which takes half of the time; meanwhile `nearest` has what was found."""
        asked = min(count + _SPARE, len(self))
        if len(vectors):
            cosines, numbers = self._search_together(np.ascontiguousarray(vectors, dtype=np.float32), asked)
            self._at_hand = {
                (vector.tobytes(), count): (numbers[n], cosines[n])
                for n, vector in enumerate(vectors)
                if asked == len(self) or _is_whole(cosines[n], numbers[n], count)
            }
        try:
            yield
        finally:
            self._at_hand = {}

    def _search_together(self, vectors: Vectors, count: int) -> tuple[Vectors, npt.NDArray[np.int64]]:
        if not self._is_flat:
            return self._faiss.search(vectors, count)  # type: ignore[no-any-return]
        best = faiss.ResultHeap(len(vectors), count, keep_max=True)
        for start, block in self._blocks():  # as float32, which are multiplied many by many
            cosines, numbers = faiss.knn(vectors, block, min(count, len(block)), metric=faiss.METRIC_INNER_PRODUCT)
            best.add_result(cosines, numbers + start)
        best.finalize()
        return best.D, best.I


def half(vectors: Vectors) -> Vectors:
    """Return float32 vectors of the same shape with the numbers that an index keeps of them: of half precision."""
    return vectors.astype(np.float16).astype(np.float32)


def _in_lists(vectors: Vectors, flat_up_to: int, least_recall: float) -> VectorIndex | None:
    """Return `vectors` in lists, or None where that finds too little or they are no vectors of length 1."""
    count, dimensions = vectors.shape
    if not np.isfinite(_squared_lengths(vectors)).all():
        return None  # k-means takes no NaN; whoever saves the index says which text it is
    lists = round(2 * count**0.5)  # so that choosing lists and looking through them take about the same time
    by_residual = False  # a list keeps the vectors themselves
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimensions), dimensions, lists, _HALF, faiss.METRIC_INNER_PRODUCT, by_residual
    )
    index.cp.spherical = True
    index.cp.seed, index.cp.niter = _SEED, _ROUNDS
    index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, _TRAINED_ON
    faiss.omp_set_num_threads(1)  # more would add in another order each time
    index.train(vectors)
    index.add(vectors)
    asked = sample_of(vectors)
    tenth = faiss.knn(asked, vectors, min(_NEAREST, count), metric=faiss.METRIC_INNER_PRODUCT)[0]
    most = max(1, lists * flat_up_to // count)  # to look through more than a flat index holds is no gain
    probes = _FIRST_PROBES
    while True:
        index.nprobe = min(probes, most)
        found = index.search(asked, tenth.shape[1])[0]
        recall = float((found >= tenth[:, -1:] - _EQUAL).mean())
        if recall >= least_recall:
            return VectorIndex(index, round(recall, 4))
        if probes >= most:
            return None
        probes += probes // 2


def sample_of(vectors: Vectors) -> Vectors:
    """Return what an index in lists is asked to measure its recall: some of its vectors, moved, the same each time."""
    chance = np.random.default_rng(_SEED)
    sample = vectors[chance.choice(len(vectors), min(_SAMPLE, len(vectors)), replace=False)]
    moves = chance.normal(size=sample.shape).astype(np.float32)
    moved = sample + _MOVED * moves / np.linalg.norm(moves, axis=1, keepdims=True)
    return np.ascontiguousarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))


def _squared_lengths(vectors: Vectors) -> Vectors:
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors), dtype=np.float32)


def _is_whole(cosines: Vectors, numbers: npt.NDArray[np.int64], count: int) -> bool:
    """Return whether no vector that ties for the last of `count` places can have been left out."""
    return bool(numbers[-1] < 0 or cosines[-1] < cosines[count - 1])


def _ordered(numbers: npt.NDArray[np.int64], cosines: Vectors, count: int) -> Found:
    order = np.lexsort((numbers, -cosines))
    order = order[numbers[order] >= 0][:count]
    return numbers[order], cosines[order]
