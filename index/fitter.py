"""Fits the probes of an index, and takes over from the last build those that would come out the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from index.disk import read_sealed, write_sealed
from index.encoder import Vectors
from index.errors import IndexFolderError
from index.manifest import MANIFEST
from index.probe import Probe, fit_probe, way_of_fitting

REMEMBERED_PROBES = "remembered.probes"  # beside an index: each probe under the digest of what it was fitted to

Fit = Callable[[str, Vectors, Sequence[bool]], Probe]


class Fitter:
    """Fits each probe to its vectors and labels once, here or in the build before.

    A fit has no chance in it: the same vectors and labels, fitted in the same way, give the same
    probe.
    """

    def __init__(self, folder: Path, report: Callable[[str], None]) -> None:
        """Take over the probes beside the index in `folder`; tell `report` if they are there and not sound."""
        self._old: dict[str, list[float]] = {}  # weights, then the bias
        self._fitted: dict[str, list[float]] = {}
        if (folder / MANIFEST).exists():
            try:
                self._old = _read(folder / REMEMBERED_PROBES)
            except IndexFolderError as error:
                report(f"{error}: fitting again what it held")

    def fit(self, name: str, vectors: Vectors, labels: Sequence[bool]) -> Probe:
        """Return what `fit_probe` does, for `vectors` of shape (len(labels), dimensions)."""
        key = _digest(vectors, labels)
        known = self._old.get(key)
        if known is None:
            probe = fit_probe(name, vectors, labels)
        else:
            probe = Probe(name=name, weights=tuple(known[:-1]), bias=known[-1])
        self._fitted[key] = [*probe.weights, probe.bias]
        return probe

    def save(self, folder: Path) -> None:
        """Write to `folder` the probes that were asked for; raise IndexFolderError if it cannot be written."""
        body = json.dumps({"way": way_of_fitting(), "probes": self._fitted}, sort_keys=True).encode()
        write_sealed(folder / REMEMBERED_PROBES, body)


def _digest(vectors: Vectors, labels: Sequence[bool]) -> str:
    digest = hashlib.sha256(repr((vectors.shape, vectors.dtype.str)).encode())
    digest.update(np.asarray(labels, dtype=bool).tobytes())
    digest.update(np.ascontiguousarray(vectors).data)
    return digest.hexdigest()


def _read(file: Path) -> dict[str, list[float]]:
    told = json.loads(read_sealed(file))
    if told["way"] != way_of_fitting():
        raise IndexFolderError(f"the probes in {file} were fitted in another way")
    probes: dict[str, list[float]] = told["probes"]
    return probes
