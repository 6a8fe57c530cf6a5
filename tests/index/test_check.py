"""The check finds every fault of a corpus, names it exactly, and lets nothing faulty be built."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.build import build
from index.check import RULES, check_folder
from index.check.people import plain_question
from index.corpus import load_corpus
from index.errors import CorpusError
from index.folder import Folder, read_folder
from index.records import Problem
from index.store import BuiltIndex
from tests.conftest import BROKEN, CORPUS, SMALL
from tests.toy import ToyEncoder

EXPECTED = BROKEN.with_name("broken_expected.txt")


def complaints(path: Path) -> list[str]:
    return [str(problem) for problem in check_folder(read_folder(path))]


def test_the_broken_corpus_gets_exactly_the_expected_complaints() -> None:
    """Every fault is told once, with path, line and what to do, in order of path and line."""
    assert complaints(BROKEN) == EXPECTED.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_has_a_fault_in_the_broken_corpus(rule: Callable[[Folder], Iterator[Problem]]) -> None:
    """No rule stands there untested."""
    expected = set(EXPECTED.read_text(encoding="utf-8").splitlines())
    assert expected & {str(problem) for problem in rule(read_folder(BROKEN))}


@pytest.mark.parametrize("path", [SMALL, CORPUS], ids=["small", "real"])
def test_a_sound_corpus_has_no_problem(path: Path) -> None:
    """The corpus that readers are shown keeps every rule."""
    assert complaints(path) == []


def test_a_broken_corpus_raises_all_its_problems() -> None:
    """Loading reports all, then refuses."""
    with pytest.raises(CorpusError) as caught:
        load_corpus(BROKEN)
    assert [str(problem) for problem in caught.value.problems] == EXPECTED.read_text(encoding="utf-8").splitlines()


def test_a_broken_corpus_builds_nothing_and_leaves_the_old_index(tmp_path: Path) -> None:
    """Readers keep the last sound index, byte for byte."""
    build(SMALL, tmp_path / "built", ToyEncoder())
    before = {file.name: file.read_bytes() for file in (tmp_path / "built").iterdir()}
    with pytest.raises(CorpusError):
        build(BROKEN, tmp_path / "built", ToyEncoder())
    assert {file.name: file.read_bytes() for file in (tmp_path / "built").iterdir()} == before
    assert BuiltIndex.load(tmp_path / "built").corpus.title == "The quiet hat: what is claimed, what was found"


def test_a_broken_corpus_makes_no_folder(tmp_path: Path) -> None:
    """Where there was no index, none appears."""
    with pytest.raises(CorpusError):
        build(BROKEN, tmp_path / "built", ToyEncoder())
    assert not (tmp_path / "built").exists()


def test_a_missing_folder_is_a_problem(tmp_path: Path) -> None:
    """A mistyped --corpus is told as such."""
    missing = tmp_path / "nowhere"
    assert f"{missing}:1: there is no such folder: name the corpus with --corpus" in complaints(missing)


def test_names_that_differ_only_in_case_are_a_problem(draft: Path) -> None:
    """Such files are one on another machine."""
    text = (draft / "claims" / "warm-ears.md").read_text(encoding="utf-8")
    (draft / "claims" / "Warm-ears.md").write_text(text, encoding="utf-8")
    assert "claims/warm-ears.md:1: differs only in case from claims/Warm-ears.md: rename one" in complaints(draft)


def test_the_label_of_the_article_s_claims_must_exist(draft: Path) -> None:
    """What the article claims is never shown without its label."""
    for file in (draft / "labels.yaml", draft / "evidence" / "seller-2020.md"):
        file.write_text(file.read_text(encoding="utf-8").replace("sellers-claim", "shop-claim"), encoding="utf-8")
    assert complaints(draft) == ["labels.yaml:1: needs the label 'sellers-claim', for what the article claims"]


def test_two_ways_of_asking_are_one_whatever_their_case_and_marks() -> None:
    """Punctuation does not make a golden question new."""
    assert plain_question("Is it soft, really?!") == plain_question("is it  soft — really")
    assert plain_question("is it soft") != plain_question("is it softer")
