"""Linear readings of a question's vector, such as "is this in scope", fitted when an index is built."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.encoder import Vectors

_STRENGTH = 5.0  # scikit-learn's C, the inverse of the L2 penalty
_DECIMALS = 6  # kept of each weight, so that noise in the last bits leaves the same bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Weights, one a dimension, and a bias; their score is the log-odds of "yes"."""

    name: str
    weights: tuple[float, ...]
    bias: float


class ProbeScores:
    """Several probes, read in one product."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._names = [probe.name for probe in probes]
        self._weights = np.array([probe.weights for probe in probes], dtype=np.float32)
        self._biases = np.array([probe.bias for probe in probes], dtype=np.float32)

    def of(self, vector: Vectors) -> dict[str, float]:
        """Return the score of each probe, by name, for `vector` of shape (dimensions,)."""
        return dict(zip(self._names, self.matrix(vector[None, :])[0].tolist(), strict=True))

    def matrix(self, vectors: Vectors) -> Vectors:
        """Return the scores for `vectors` of shape (n, dimensions), as (n, probes)."""
        return vectors @ self._weights.T + self._biases


def fit_probe(name: str, vectors: Vectors, labels: Sequence[bool]) -> Probe:
    """Fit a logistic regression of `labels` on `vectors`, both classes weighed alike.

    With labels of one kind alone there is nothing to tell apart: the probe scores 0 always.
    """
    wanted = np.asarray(labels, dtype=bool)
    if wanted.all() or not wanted.any():
        return Probe(name=name, weights=(0.0,) * vectors.shape[1], bias=0.0)
    weights, bias = fit_logistic(vectors, wanted, strength=_STRENGTH)
    return Probe(name=name, weights=weights, bias=bias)


def way_of_fitting() -> dict[str, str]:
    """Return what changes when another fit, or another version of what does it, may give another probe."""
    from importlib.metadata import version  # of no use to a question, and slow to import

    libraries = ("numpy", "scikit-learn", "scipy")
    return {
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        **{library: version(library) for library in libraries},
    }


def load_solver() -> None:
    """Load all that fitting needs, so that what holds for loaded libraries holds for it."""
    fit_logistic(np.eye(2), np.array([True, False]), strength=1.0)


def fit_logistic(
    rows: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_], *, strength: float
) -> tuple[tuple[float, ...], float]:
    """Return the weights and the bias of a logistic regression, both classes weighed alike."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=2000).fit(rows, labels)
    return tuple(round(float(w), _DECIMALS) for w in model.coef_[0]), round(float(model.intercept_[0]), _DECIMALS)
