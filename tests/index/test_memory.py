"""A text is embedded once, and what was embedded is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.build import build
from index.encoder import Vectors
from index.memory import REMEMBERED, Memory
from index.vectors import half
from tests.conftest import SMALL
from tests.toy import ToyEncoder


class CountingEncoder(ToyEncoder):
    """Keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        return super().encode(texts)


class DeafEncoder(ToyEncoder):
    """Can be asked for nothing that needs a model."""

    @property
    def dimensions(self) -> int:  # type: ignore[override]
        raise AssertionError("asked for the length of a vector")

    def encode(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"asked for {texts}")

    def words(self) -> frozenset[str]:
        raise AssertionError("asked for words")


def memory(encoder: ToyEncoder, folder: Path) -> Memory:
    return Memory(encoder, folder, lambda line: None)


def test_equal_texts_are_embedded_once(tmp_path: Path) -> None:
    """Among the rows, and when a row's text is asked for again."""
    encoder = CountingEncoder()
    remembering = memory(encoder, tmp_path)
    rows = remembering.embed(["felt", "wool", "felt"])
    asked = remembering.encode(["wool", "hat", "hat"])
    assert encoder.asked == [["felt", "wool"], ["hat"]]
    plain = ToyEncoder()
    assert np.array_equal(rows, half(plain.encode(["felt", "wool", "felt"])))
    assert np.array_equal(asked, half(plain.encode(["wool", "hat", "hat"])))


def test_after_a_build_nothing_of_it_needs_the_model(tmp_path: Path) -> None:
    """Neither a row's vector, nor a golden question's, nor the words: an edit without a new text loads no model."""
    before = build(SMALL, tmp_path, ToyEncoder())
    after = build(SMALL, tmp_path, DeafEncoder())
    assert np.array_equal(before.vectors, after.vectors)
    assert (before.words, before.calibration) == (after.words, after.calibration)


def test_only_what_the_index_does_not_hold_lies_beside_it(tmp_path: Path) -> None:
    """In the order of the texts, whatever the order they were asked for in."""
    contents = []
    for order in (["hat", "cap"], ["cap", "felt", "hat"]):
        remembering = memory(ToyEncoder(), tmp_path)
        remembering.embed(["felt"])
        remembering.encode(order)
        remembering.save(tmp_path)
        contents.append((tmp_path / REMEMBERED).read_bytes())
    assert contents[0] == contents[1]
    assert b'["cap", "hat"]' in contents[0]


def test_what_is_new_is_counted_once(tmp_path: Path) -> None:
    """By its text."""
    build(SMALL, tmp_path, ToyEncoder())
    assert memory(ToyEncoder(), tmp_path).count_new(["winter ears", "a new text", "a new text"]) == 1
    assert memory(ToyEncoder(), tmp_path / "nowhere").count_new(["winter ears", "a new text"]) == 2
