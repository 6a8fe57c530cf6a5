"""A probe whose examples are those of the last build is not fitted again, and is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.build import build
from index.fitter import REMEMBERED_PROBES, Fitter
from index.manifest import MANIFEST
from index.probe import Probe, fit_probe
from tests.conftest import SMALL
from tests.toy import ToyEncoder

VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 1], [-0.6, 0.8]], dtype=np.float32)
LABELS = [True, True, False, False]
GROUPS = {"ears": ["warm ear*"], "hats": ["felt hat"]}
TEXTS = ["warm ears in a felt hat", "a hat", "warm ears", "warm ears"]
HELD = [("ears", "hats"), (), ("ears",), ("ears",)]
OTHER = Probe(name="warm", weights=(9.0, 9.0), bias=9.0)


def fitter(folder: Path) -> Fitter:
    return Fitter(folder, lambda line: None)


def remember(folder: Path) -> None:
    """Fit a probe beside an index, and keep it."""
    (folder / MANIFEST).touch()
    fitting = fitter(folder)
    fitting.fit("warm", VECTORS, LABELS)
    assert fitting.hold_each(GROUPS, TEXTS) == HELD
    fitting.save(folder)


def rewrite(folder: Path, change: Callable[[dict[str, dict[str, object]]], None]) -> None:
    """Change what is kept, and seal it as a build does."""
    file = folder / REMEMBERED_PROBES
    told = json.loads(file.read_bytes().partition(b"\n")[2])
    change(told)
    body = json.dumps(told).encode()
    file.write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def set_to_other(told: dict[str, dict[str, object]]) -> None:
    told["probes"] = {key: [*OTHER.weights, OTHER.bias] for key in told["probes"]}


def test_what_was_fitted_before_is_the_same_to_the_last_bit(tmp_path: Path) -> None:
    """Under whatever name it is asked for."""
    remember(tmp_path)
    assert fitter(tmp_path).fit("cold", VECTORS, LABELS) == fit_probe("cold", VECTORS, LABELS)


def test_the_same_examples_are_not_fitted_again(tmp_path: Path) -> None:
    """What is kept counts, as another probe in its place shows."""
    remember(tmp_path)
    rewrite(tmp_path, set_to_other)
    assert fitter(tmp_path).fit("warm", VECTORS, LABELS) == OTHER


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        (VECTORS, [True, False, False, False]),
        (VECTORS[::-1], LABELS),
        (VECTORS * np.float32(1 + 2**-22), LABELS),
        (VECTORS.astype(np.float64), LABELS),
    ],
)
def test_other_examples_are_fitted_anew(tmp_path: Path, vectors: np.ndarray, labels: list[bool]) -> None:
    """Another label, another order, another bit, another precision."""
    remember(tmp_path)
    rewrite(tmp_path, set_to_other)
    assert fitter(tmp_path).fit("warm", vectors, labels) == fit_probe("warm", vectors, labels)


def test_a_text_is_not_looked_through_again(tmp_path: Path) -> None:
    """What is kept counts, as another finding in its place shows; a new text and other phrases are looked for."""
    remember(tmp_path)
    rewrite(tmp_path, lambda told: told.update(held={key: ["hats"] for key in told["held"]}))
    assert fitter(tmp_path).hold_each(GROUPS, [*TEXTS, "warm ear", "a felt hat"]) == [
        *[("hats",)] * len(TEXTS),
        ("ears",),
        ("hats",),
    ]
    more = GROUPS | {"cold": ["cold"]}
    assert fitter(tmp_path).hold_each(more, TEXTS) == HELD


def test_probes_that_were_fitted_in_another_way_are_forgotten(tmp_path: Path) -> None:
    """By another version of a library or of our own code; one line says so."""
    remember(tmp_path)
    rewrite(tmp_path, set_to_other)
    rewrite(tmp_path, lambda told: told["way"].update({"scikit-learn": "0.1"}))
    told: list[str] = []
    found = Fitter(tmp_path, told.append).fit("warm", VECTORS, LABELS)
    assert found == fit_probe("warm", VECTORS, LABELS)
    assert told == [
        f"the probes in {tmp_path / REMEMBERED_PROBES} were fitted in another way: fitting again what it held"
    ]


def test_without_an_index_nothing_is_missed(tmp_path: Path) -> None:
    """The first build says nothing of probes; beside an index that has none, one line says so."""
    told: list[str] = []
    Fitter(tmp_path, told.append)
    assert told == []
    (tmp_path / MANIFEST).touch()
    Fitter(tmp_path, told.append)
    assert told == [f"{tmp_path / REMEMBERED_PROBES} is missing: fitting again what it held"]


def test_a_build_keeps_the_probes_of_the_corpus_as_it_is(draft: Path, tmp_path: Path) -> None:
    """Those of an earlier text are gone: the file is that of a build from nothing."""
    ways = draft / "claims" / "warm-ears.md"
    whole = ways.read_text(encoding="utf-8")
    ways.write_text(whole.replace("- winter ears", "- ears in winter"), encoding="utf-8")
    build(draft, tmp_path / "built", ToyEncoder())
    ways.write_text(whole, encoding="utf-8")
    build(draft, tmp_path / "built", ToyEncoder())
    build(SMALL, tmp_path / "fresh", ToyEncoder())
    built, fresh = (tmp_path / name / REMEMBERED_PROBES for name in ("built", "fresh"))
    assert built.read_bytes() == fresh.read_bytes()
