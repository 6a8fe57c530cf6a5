"""A corpus is read whole, and its digest names its content."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.folder import corpus_digest, read_folder
from tests.conftest import SMALL


def test_every_file_of_a_corpus_is_read_in_a_fixed_order() -> None:
    """Lists, then claims, topics, evidence and safety cards by name."""
    assert [entry.path for entry in read_folder(SMALL).entries()] == [
        "corpus.yaml",
        "labels.yaml",
        "verdicts.yaml",
        "wording.yaml",
        "glossary.yaml",
        "questions.yaml",
        "outside.yaml",
        "numbers.yaml",
        "claims/sleep-300.md",
        "claims/warm-ears.md",
        "topics/washing.md",
        "evidence/care-2015.md",
        "evidence/mice-2001.md",
        "evidence/seller-2020.md",
        "evidence/trial-2010.md",
        "safety/choking.md",
        "safety/wool-allergy.md",
    ]


def test_files_for_editors_are_no_content(draft: Path) -> None:
    """A README or a hidden file is no problem and changes no version."""
    before = corpus_digest(draft)
    (draft / "README.md").write_text("How to write.", encoding="utf-8")
    (draft / "claims" / ".swap").write_text("", encoding="utf-8")
    assert read_folder(draft).problems == ()
    assert corpus_digest(draft) == before


@pytest.mark.parametrize("name", ["draft.md", "claims/old", "claims/warm-ears.md.bak", "evidence/table.csv"])
def test_a_stray_file_is_a_problem(draft: Path, name: str) -> None:
    """What would be left out in silence is told."""
    (draft / name).write_text("", encoding="utf-8")
    assert [str(problem) for problem in read_folder(draft).problems] == [
        f"{name}:1: is not a part of a corpus: move or rename it"
    ]


def test_a_missing_list_is_a_problem(draft: Path) -> None:
    """Every corpus has all of them."""
    (draft / "glossary.yaml").unlink()
    assert [str(problem) for problem in read_folder(draft).problems] == [
        "glossary.yaml:1: is missing: every corpus has this file"
    ]
