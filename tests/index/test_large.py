"""The corpora on which the maintainers' commands are measured are corpora like any other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.answer import Explainer
from index.build import build
from index.calibrate import MOST_OTHERS, fit_probes
from index.check import check_folder
from index.encoder import Vectors
from index.folder import Folder, read_folder
from index.probe import Probe
from tests.index.made import card, corpus, row
from tests.large import COPIES, generate
from tests.toy import ToyEncoder

ENTRIES = 150  # three things, and six sources more


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("large") / "corpus", ENTRIES)


@pytest.fixture(scope="module")
def folder(large: Path) -> Folder:
    return read_folder(large)


def contents(corpus: Path) -> dict[str, bytes]:
    return {file.relative_to(corpus).as_posix(): file.read_bytes() for file in corpus.rglob("*.*")}


def test_it_has_as_many_entries_as_asked_for_and_no_problems(folder: Folder) -> None:
    """Cards and sources together, one to three as in the real corpus, and every rule of the check is kept."""
    assert len(folder.cards) + len(folder.evidence) == ENTRIES
    assert round(len(folder.evidence) / len(folder.cards), 1) == 3.2
    assert check_folder(folder) == ()


def test_every_entry_differs(folder: Folder) -> None:
    """No two are the same but for their ids: each thing and each copy of a source has words of its own."""
    texts = [re.sub(r"\d+", "", " ".join(entry.every_text())) for entry in (*folder.cards, *folder.evidence)]
    assert len(set(texts)) == ENTRIES


def test_the_same_seed_gives_the_same_bytes(large: Path, tmp_path: Path) -> None:
    """And another seed gives other words."""
    assert contents(generate(tmp_path / "same", ENTRIES)) == contents(large)
    assert contents(generate(tmp_path / "other", ENTRIES, seed=1)) != contents(large)


def test_it_can_be_built_and_asked(large: Path, folder: Folder, tmp_path: Path) -> None:
    """A question in the words of one thing gets the card on that thing; an emergency gets its card."""
    build(large, tmp_path, ToyEncoder())
    explainer = Explainer.load(tmp_path, ToyEncoder())
    for entry in folder.cards:
        assert explainer.ask(str(entry.text("question"))).cards[0].id == entry.id
    assert explainer.ask("the kettle is on fire").safety[0].id == "smoke-or-fire"


def test_a_number_of_entries_that_makes_no_thing_is_refused(tmp_path: Path) -> None:
    """Fewer than one thing has, or more than can be told apart by their words."""
    for entries in (COPIES, 1_000_000):
        with pytest.raises(ValueError, match="48 to 33600 entries"):
            generate(tmp_path / "none", entries)
    assert not (tmp_path / "none").exists()


def test_what_a_claim_costs_does_not_grow_with_the_claims() -> None:
    """Its probe is fitted to its own texts and to so many others, those nearest to it among them."""
    claims = [f"claim-{number}" for number in range(2 * MOST_OTHERS)]
    angles = np.linspace(0, np.pi, len(claims))
    vectors = np.array([np.cos(angles), np.sin(angles)], dtype=np.float32).T
    fitted: dict[str, tuple[Vectors, Sequence[bool]]] = {}

    def fit(name: str, vectors: Vectors, labels: Sequence[bool]) -> Probe:
        fitted[name] = vectors, labels
        return Probe(name=name, weights=(0.0, 0.0), bias=0.0)

    fit_probes(corpus([card(id) for id in claims]), [row(id, "seller", id) for id in claims], vectors, fit)
    used, labels = fitted["claim:claim-40"]
    assert used[list(labels).index(True)].tolist() == vectors[40].tolist()
    assert sum(labels) == 1
    assert MOST_OTHERS / 2 < len(labels) <= MOST_OTHERS + 1
    for near in (*range(40), *range(41, 200)):
        assert (used == vectors[near]).all(axis=1).any()
