"""A git revision gets an index of its own, and what is no revision is refused in one line."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.diff import compare
from index.encoder import Vectors
from index.errors import IndexFolderError
from index.revision import open_index
from index.store import BuiltIndex
from tests.toy import ToyEncoder

AUTHOR = ("-c", "user.name=Body", "-c", "user.email=body@hats.example", "-c", "commit.gpgsign=false")


class CountingEncoder(ToyEncoder):
    """Keeps what it was asked to embed."""

    def __init__(self) -> None:
        self.texts: set[str] = set()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts.update(texts)
        return super().encode(texts)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *AUTHOR, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def history(draft: Path) -> Path:
    """A corpus in a git repository: the small one, then another sentence, then a rule broken in files not committed."""
    card = draft / "claims" / "sleep-300.md"
    git(draft.parent, "init", "--initial-branch=main")
    for words in ("No test on people was found.", "No fair test on people was found."):
        card.write_text(card.read_text(encoding="utf-8").replace("No test on people was found.", words), "utf-8")
        git(draft.parent, "add", ".")
        git(draft.parent, "commit", "--allow-empty", "-m", words)
    card.unlink()
    return draft


def opened(name: str, corpus: Path, built: Path, encoder: ToyEncoder | None = None) -> BuiltIndex:
    return open_index(name, corpus=corpus, built=built, encoder_named=lambda name: encoder or ToyEncoder())


def test_a_revision_is_its_corpus_as_it_was_committed(history: Path, small_index: Path) -> None:
    """By branch, commit or HEAD~1, whatever the files say now; the built index stays as it is."""
    before = sorted((file.name, file.read_bytes()) for file in small_index.iterdir())
    diff = compare(
        opened("HEAD~1", history, small_index), opened("main", history, small_index), lambda name: ToyEncoder()
    )
    (edit,) = diff.edits
    assert [(change.old, change.new) for change in edit.changes] == [
        ("No test on people was found.", "No fair test on people was found.")
    ]
    assert opened("HEAD~1", history, small_index).version == BuiltIndex.load(small_index).version
    assert sorted((file.name, file.read_bytes()) for file in small_index.iterdir()) == before


def test_vectors_of_texts_that_did_not_change_are_taken_over(history: Path, small_index: Path) -> None:
    """From the built index, if there is one; without it every text is embedded."""
    reusing, alone = CountingEncoder(), CountingEncoder()
    opened("main", history, small_index, reusing)
    rows = {row.text for row in opened("main", history, history / "none", alone).rows}
    known = {row.text for row in BuiltIndex.load(small_index).rows}
    assert reusing.texts & rows == rows - known
    assert len(rows - known) == 1
    assert alone.texts >= rows


def test_a_folder_goes_before_a_revision(history: Path, small_index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where both have the name."""
    monkeypatch.chdir(small_index.parent)
    git(history.parent, "tag", small_index.name)
    assert opened(small_index.name, history, small_index).version == BuiltIndex.load(small_index).version


@pytest.mark.parametrize(
    "name", ["none", "HEAD~9", "main..HEAD", "main:draft", "--output=stolen", "-v", "a b; touch c"]
)
def test_what_is_neither_folder_nor_revision_is_refused(history: Path, small_index: Path, name: str) -> None:
    """In one line that names it; an option for git is none."""
    with pytest.raises(IndexFolderError, match="is neither a folder with a built index nor a git revision") as refused:
        opened(name, history, small_index)
    assert repr(name) in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not list(history.parent.glob("*stolen*"))


def test_a_folder_without_an_index_is_no_revision(history: Path, small_index: Path) -> None:
    """The cure is named."""
    with pytest.raises(IndexFolderError, match=r"there is no index in .*: run 'explainer build'"):
        opened(str(history), history, small_index)


def test_a_revision_without_the_corpus_is_refused(history: Path, small_index: Path) -> None:
    """As it was before there was one."""
    git(history.parent, "checkout", "--orphan", "older")
    git(history.parent, "rm", "--cached", "-r", "-q", ".")
    git(history.parent, "commit", "--allow-empty", "-m", "nothing yet")
    with pytest.raises(IndexFolderError, match=r"there was no draft in [0-9a-f]{12}: name a later revision"):
        opened("older", history, small_index)


def test_a_corpus_that_breaks_a_rule_of_now_is_refused(history: Path, small_index: Path) -> None:
    """In one line with the first Problem: rules change, and old corpora do not."""
    git(history.parent, "commit", "-a", "-m", "a card less")
    with pytest.raises(IndexFolderError, match=r"the corpus of main breaks \d+ rules .* the first: ") as refused:
        opened("main", history, small_index)
    assert "\n" not in str(refused.value)


def test_without_a_repository_no_name_is_a_revision(
    draft: Path, small_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is one where there is no folder at all."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(draft.parent.parent))
    for corpus in (draft, draft / "none" / "deeper"):
        with pytest.raises(IndexFolderError):
            opened("HEAD", corpus, small_index)
