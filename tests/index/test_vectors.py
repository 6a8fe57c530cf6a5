"""Vectors are compared one by one while they are few, and by lists where that finds what it should."""

from __future__ import annotations

import io
from pathlib import Path

import faiss
import numpy as np
import pytest

from index.encoder import Vectors
from index.errors import IndexFolderError
from index.vectors import FLAT_UP_TO, LEAST_RECALL, Found, VectorIndex, half, sample_of

FLAT = {"kind": "flat", "numbers": "float16"}


def drawn(count: int, dimensions: int = 16, seed: int = 7) -> Vectors:
    """Unit vectors in crowds of twenty, as texts on the same thing are, with the numbers that an index keeps."""
    chance = np.random.default_rng(seed)
    crowds = chance.normal(size=(-(-count // 20), dimensions)).repeat(20, axis=0)[:count]
    made = (crowds + 0.3 * chance.normal(size=crowds.shape)).astype(np.float32)
    return half(made / np.linalg.norm(made, axis=1, keepdims=True))


def written(index: VectorIndex) -> bytes:
    file = io.BytesIO()
    index.write(file.write)
    return file.getvalue()


def saved(index: VectorIndex, folder: Path) -> Path:
    file = folder / "vectors.faiss"
    file.write_bytes(written(index))
    return file


def brute_force(vectors: Vectors, question: Vectors, count: int) -> list[int]:
    return np.argsort(-(vectors @ question), kind="stable")[:count].tolist()  # type: ignore[no-any-return]


def numbers(found: Found) -> list[int]:
    return found[0].tolist()  # type: ignore[no-any-return]


def test_few_vectors_are_compared_one_by_one() -> None:
    """Up to the limit, which the index says nothing more of."""
    assert VectorIndex.of(drawn(400), flat_up_to=400).told == FLAT
    assert VectorIndex.of(drawn(400)).told == FLAT
    assert FLAT_UP_TO == 200_000


def test_more_vectors_are_put_into_lists_that_find_what_they_must() -> None:
    """Twice the root of their count, of which no more is looked through than a flat index holds."""
    told = VectorIndex.of(drawn(2_000), flat_up_to=1_000).told
    assert (told["kind"], told["lists"]) == ("ivf", 89)
    assert told["probes"] <= 44
    assert told["recall_at_10"] >= LEAST_RECALL == 0.98


def test_the_recall_told_is_what_a_count_by_brute_force_gives() -> None:
    """Of the ten nearest to each vector of the sample."""
    vectors = drawn(2_000)
    index = VectorIndex.of(vectors, flat_up_to=1_000, least_recall=0.5)
    found = [
        len({*numbers(index.nearest(question, 10))} & {*brute_force(vectors, question, 10)})
        for question in sample_of(vectors)
    ]
    assert 0.5 < index.told["recall_at_10"] < 1
    assert index.told["recall_at_10"] == pytest.approx(sum(found) / 10 / len(found), abs=1e-4)


def test_lists_that_find_too_little_give_way_to_a_flat_index() -> None:
    """However many vectors there are: a slow answer is better than a wrong one."""
    vectors = drawn(2_000)
    index = VectorIndex.of(vectors, flat_up_to=40, least_recall=1.0)
    assert index.told == FLAT
    assert numbers(index.nearest(sample_of(vectors)[0], 10)) == brute_force(vectors, sample_of(vectors)[0], 10)


@pytest.mark.parametrize("flat_up_to", [1_000, 2_000], ids=["lists", "flat"])
def test_the_same_vectors_give_the_same_bytes(flat_up_to: int) -> None:
    """Chance has a seed, and nothing depends on how long anything takes."""
    once, again = (written(VectorIndex.of(drawn(2_000), flat_up_to=flat_up_to)) for _ in range(2))
    assert once == again


@pytest.mark.parametrize("flat_up_to", [1_000, 2_000], ids=["lists", "flat"])
def test_what_is_written_is_what_is_read(tmp_path: Path, flat_up_to: int) -> None:
    """Every bit of every vector in its place, and what is told of them."""
    vectors = drawn(2_000)
    index = VectorIndex.of(vectors, flat_up_to=flat_up_to)
    with saved(index, tmp_path).open("rb") as stream:
        read = VectorIndex.read(stream, index.told)
    assert (len(read), read.dimensions, read.told) == (2_000, 16, index.told)
    assert np.array_equal(read.vectors, vectors)
    assert np.array_equal(read.of_numbers([7, 1_999, 0]), vectors[[7, 1_999, 0]])
    assert read.of_numbers([]).shape == (0, 16)
    assert read.squared_lengths() == pytest.approx(np.ones(2_000), abs=1e-3)
    for question in sample_of(vectors)[:20]:
        for ours, theirs in zip(read.nearest(question, 30), index.nearest(question, 30), strict=True):
            assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(
    "told",
    [FLAT, {}, {"kind": "hnsw"}, {"probes": 1}, {"lists": 88}],
    ids=["flat", "nothing", "hnsw", "probes", "lists"],
)
def test_an_index_of_another_kind_than_it_is_said_to_be_is_refused(tmp_path: Path, told: dict[str, object]) -> None:
    """What was measured is told of what is used."""
    index = VectorIndex.of(drawn(2_000), flat_up_to=1_000)
    said = told if told == {} or "kind" in told else {**index.told, **told}
    file = saved(index, tmp_path)
    with file.open("rb") as stream, pytest.raises(IndexFolderError) as caught:
        VectorIndex.read(stream, said)
    assert str(caught.value) == f"{file} is not of the kind that its manifest says: run 'explainer build'"


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """Cut short, not of FAISS at all, or of a kind that is never built."""
    whole = written(VectorIndex.of(drawn(60)))
    other = faiss.IndexFlatL2(16)
    for content in (whole[:-1], b"vectors of another make", b"", faiss.serialize_index(other).tobytes()):
        file = tmp_path / "vectors.faiss"
        file.write_bytes(content)
        with file.open("rb") as stream, pytest.raises(IndexFolderError, match="is not of the kind"):
            VectorIndex.read(stream, FLAT)


def test_lists_that_hold_fewer_than_are_asked_for_give_each_once() -> None:
    """No number -1, and in the order of their cosines."""
    vectors = drawn(2_000)
    index = VectorIndex.of(vectors, flat_up_to=400, least_recall=0.5)
    found = index.nearest(vectors[0], 2_000)
    assert 10 < len(numbers(found)) < 2_000
    assert len({*numbers(found)}) == len(numbers(found))
    assert min(numbers(found)) >= 0
    cosines = found[1].tolist()
    assert cosines == sorted(cosines, reverse=True)
    assert cosines == pytest.approx((vectors[found[0]] @ vectors[0]).tolist(), abs=1e-6)


def test_equal_vectors_in_lists_come_by_their_numbers() -> None:
    """Also where they do not all have a place."""
    vectors = drawn(2_000)
    vectors[[1_999, 3, 700, 701, 40]] = vectors[3]
    index = VectorIndex.of(vectors, flat_up_to=1_000)
    assert index.told["kind"] == "ivf"
    for count in (1, 2, 4, 5):
        assert numbers(index.nearest(vectors[3], count)) == [3, 40, 700, 701, 1_999][:count]


def test_many_vectors_find_in_lists_what_each_finds_by_itself() -> None:
    """Short results included; afterwards nothing is kept."""
    vectors = drawn(2_000)
    index = VectorIndex.of(vectors, flat_up_to=400, least_recall=0.5)
    asked = sample_of(vectors)[:40]
    for count in (1, 10, 1_500):
        alone = [index.nearest(question, count) for question in asked]
        with index.at_hand(asked, count):
            together = [index.nearest(question, count) for question in asked]
        assert [numbers(found) for found in together] == [numbers(found) for found in alone]


def test_a_vector_that_is_none_is_left_for_the_index_to_name() -> None:
    """It is found by its length, whatever the kind would have been."""
    vectors = drawn(200)
    vectors[17] = np.nan
    index = VectorIndex.of(vectors, flat_up_to=100)
    assert index.told == FLAT
    assert np.flatnonzero(~np.isfinite(index.squared_lengths())).tolist() == [17]
