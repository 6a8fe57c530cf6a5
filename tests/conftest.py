"""What the tests share: a small corpus built with a toy encoder, and the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.answer import BUILT, Explainer
from index.build import build, is_stale
from index.encoder import SentenceTransformerEncoder
from tests.toy import ToyEncoder

HERE = Path(__file__).parent
SMALL = HERE / "corpora" / "small"
BROKEN = HERE / "corpora" / "broken"
CORPUS = HERE.parent / "corpus"
DEV = HERE.parents[1] / "shared" / "eval" / "dev.yaml"


@pytest.fixture(scope="session")
def small_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index built from the small corpus with the toy encoder."""
    folder = tmp_path_factory.mktemp("small")
    build(SMALL, folder, ToyEncoder())
    return folder


@pytest.fixture(scope="session")
def small(small_index: Path) -> Explainer:
    """An Explainer over the small corpus."""
    return Explainer.load(small_index, ToyEncoder())


@pytest.fixture(scope="session")
def real() -> Explainer:
    """An Explainer over the real corpus with the real model, built first where it is stale."""
    if is_stale(CORPUS, BUILT):
        build(CORPUS, BUILT, SentenceTransformerEncoder())
    return Explainer.load()
