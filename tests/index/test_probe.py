"""A probe reads from a vector what its examples taught it."""

from __future__ import annotations

import numpy as np
import pytest

from index.probe import Probe, ProbeScores, fit_probe

VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 1], [-0.6, 0.8]], dtype=np.float32)


def test_a_score_is_weights_times_vector_plus_bias() -> None:
    """Worked out by hand: 2·0.6 - 1·0.8 + 0.5 and -0.25."""
    scores = ProbeScores(
        [Probe(name="a", weights=(2.0, -1.0), bias=0.5), Probe(name="b", weights=(0.0, 0.0), bias=-0.25)]
    )
    assert scores.of(np.array([0.6, 0.8], dtype=np.float32)) == pytest.approx({"a": 0.9, "b": -0.25})


def test_a_probe_parts_its_examples() -> None:
    """Above 0 for yes, below for no."""
    scores = ProbeScores([fit_probe("a", VECTORS, [True, True, False, False])])
    assert [scores.of(vector)["a"] > 0 for vector in VECTORS] == [True, True, False, False]


def test_a_rare_kind_weighs_as_much_as_a_common_one() -> None:
    """One yes among many like no is still a yes."""
    many = np.vstack([VECTORS[:1], np.repeat(VECTORS[2:3], 50, axis=0)])
    scores = ProbeScores([fit_probe("a", many, [True, *[False] * 50])])
    assert scores.of(VECTORS[0])["a"] > 0 > scores.of(VECTORS[2])["a"]


@pytest.mark.parametrize("label", [True, False])
def test_with_one_kind_alone_a_probe_says_nothing(label: bool) -> None:
    """0 is neither yes nor no."""
    assert fit_probe("a", VECTORS, [label] * 4) == Probe(name="a", weights=(0.0, 0.0), bias=0.0)
