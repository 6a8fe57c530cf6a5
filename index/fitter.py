"""Fits the probes of an index, and takes over from the last build what would come out the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index import phrases, sieve
from index.disk import read_sealed, write_sealed
from index.encoder import Vectors
from index.errors import IndexFolderError
from index.manifest import MANIFEST
from index.probe import Probe, fit_probe, way_of_fitting
from index.sieve import hold_each

# Beside an index: each probe under the digest of what it was fitted to, each text that was looked at under its own.
REMEMBERED_PROBES = "remembered.probes"
_DIGITS = 32  # of the digest of a text; there are many

Fit = Callable[[str, Vectors, Sequence[bool]], Probe]
HoldEach = Callable[[Mapping[str, Sequence[str]], Collection[str]], list[tuple[str, ...]]]


class Fitter:
    """Fits each probe to its vectors and labels, and looks for phrases in each text, once: here or in the build before.

    There is no chance in either: the same vectors and labels, fitted in the same way, give the
    same probe, and the same text holds the same phrases.
    """

    def __init__(self, folder: Path, report: Callable[[str], None]) -> None:
        """Take over what lies beside the index in `folder`; tell `report` if it is there and not sound."""
        self._old: dict[str, list[float]] = {}  # weights, then the bias
        self._fitted: dict[str, list[float]] = {}
        self._old_held: dict[str, list[str]] = {}  # groups of which a phrase stands in a text
        self._held: dict[str, list[str]] = {}
        if (folder / MANIFEST).exists():
            try:
                told = _read(folder / REMEMBERED_PROBES)
            except IndexFolderError as error:
                report(f"{error}: fitting again what it held")
            else:
                self._old, self._old_held = told["probes"], told["held"]

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

    def hold_each(self, groups: Mapping[str, Sequence[str]], texts: Iterable[str]) -> list[tuple[str, ...]]:
        """Return what `sieve.hold_each` does; to be asked once in a build."""
        looked_for = hashlib.sha256(json.dumps({group: [*groups[group]] for group in groups}).encode())
        keys: list[str] = []
        new: dict[str, str] = {}
        for text in texts:
            digest = looked_for.copy()
            digest.update(text.encode())
            keys.append(digest.hexdigest()[:_DIGITS])
            if keys[-1] not in self._old_held:
                new[keys[-1]] = text
        found = dict(zip(new, hold_each(groups, new.values()), strict=True))
        self._held = {key: [*found[key]] if key in found else self._old_held[key] for key in keys}
        return [tuple(self._held[key]) for key in keys]

    def save(self, folder: Path) -> None:
        """Write to `folder` what was asked for; raise IndexFolderError if it cannot be written."""
        body = json.dumps({"way": _way(), "probes": self._fitted, "held": self._held}, sort_keys=True).encode()
        write_sealed(folder / REMEMBERED_PROBES, body)


def _digest(vectors: Vectors, labels: Sequence[bool]) -> str:
    digest = hashlib.sha256(repr((vectors.shape, vectors.dtype.str)).encode())
    digest.update(np.asarray(labels, dtype=bool).tobytes())
    digest.update(np.ascontiguousarray(vectors).data)
    return digest.hexdigest()


def _way() -> dict[str, str]:
    """Return what changes when the same examples or the same text may give something else."""
    sources = (phrases.__file__, sieve.__file__)
    return way_of_fitting() | {Path(file).stem: hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in sources}


def _read(file: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(read_sealed(file))
    if told["way"] != _way():
        raise IndexFolderError(f"the probes in {file} were fitted in another way")
    return told
