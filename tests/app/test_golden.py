"""One card of each verdict, as a reader gets it, against a file; UPDATE_GOLDEN=1 writes the files anew."""

from __future__ import annotations

import os
import re
from datetime import date
from pathlib import Path

import pytest

from app.render import Renderer
from index.corpus import load_corpus
from index.records import Corpus
from tests.conftest import CORPUS

GOLDEN = Path(__file__).parent / "golden"
DAY = date(2026, 12, 1)
TAGS = (
    "supported",
    "partly-supported",
    "not-shown-in-people",
    "no-evidence-found",
    "contradicted",
    "figure-of-speech",
    "true-but-beside-the-point",
    "not-a-claim",
)


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """The real corpus, without an index."""
    return load_corpus(CORPUS)


@pytest.mark.parametrize("tag", TAGS)
def test_a_card_of_each_verdict_is_shown_as_it_was(corpus: Corpus, tag: str) -> None:
    """A change to what readers see of a card shows up as a change to a file in review."""
    card = next(card for card in corpus.cards if card.verdict.tag == tag)
    html = Renderer(corpus).card(card, DAY, version="0" * 12)
    lines = (
        re.sub(r"(?<=>)(?=<(?:article|section|li|tr|p|h\d|details|dl|figure|footer|table|ul|ol))", "\n", html) + "\n"
    )
    file = GOLDEN / f"{tag}.html"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(lines, encoding="utf-8")
    assert lines == file.read_text(encoding="utf-8")


def test_every_verdict_of_the_corpus_has_a_golden_card(corpus: Corpus) -> None:
    """No verdict is left out."""
    assert {card.verdict.tag for card in corpus.cards} == set(TAGS)
