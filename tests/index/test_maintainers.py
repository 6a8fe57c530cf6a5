"""`explainer new` and `explainer export`, as a maintainer types them."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.command import main
from index.check import check_folder
from index.exports import FORMATS
from index.folder import read_folder
from tests.conftest import SMALL
from tests.index.test_citing import BIBTEX, PUBMED

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command: exit status, standard output, standard error."""

    def run(*arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse's own way to end
            status = int(str(stop.code))
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.mark.parametrize(
    ("what", "folder"), [("source", "evidence"), ("claim", "claims"), ("topic", "topics"), ("safety", "safety")]
)
def test_new_prints_the_file_and_what_to_do_next(run: Run, draft: Path, what: str, folder: str) -> None:
    """The path alone on standard output, for an editor to open."""
    status, out, err = run("--corpus", draft, "new", what, "a-new-one")
    assert (status, out) == (0, f"{draft / folder / 'a-new-one.md'}\n")
    assert err.startswith("next: write what stands empty")
    assert "explainer check" in err
    assert Path(out.strip()).is_file()


@pytest.mark.parametrize("record", [PUBMED, BIBTEX])
def test_a_record_comes_from_a_file_or_is_pasted(run: Run, draft: Path, tmp_path: Path, record: str) -> None:
    """Also with a byte-order mark before it, as some programs save it."""
    (tmp_path / "record.txt").write_bytes(b"\xef\xbb\xbf" + record.encode())
    status, _, _ = run("--corpus", draft, "new", "source", "from-file", "--from", tmp_path / "record.txt")
    assert status == 0
    saved = (draft / "evidence" / "from-file.md").read_bytes()
    (draft / "evidence" / "from-file.md").unlink()
    status, _, _ = run("--corpus", draft, "new", "source", "from-file", "--from", "-", stdin=record.encode())
    assert status == 0
    assert (draft / "evidence" / "from-file.md").read_bytes() == saved
    assert b"Hats of felt" in saved


@pytest.mark.parametrize(
    ("arguments", "stdin", "complaint"),
    [
        (("source", "trial-2010"), b"", "taken by"),
        (("claim", "Not A Slug"), b"", "lower-case words"),
        (("source", "a-new-one", "--from", "nowhere.txt"), b"", "cannot read nowhere.txt: No such file"),
        (("source", "a-new-one", "--from", "."), b"", "cannot read .: Is a directory"),
        (("source", "a-new-one", "--from", "-"), b"\xff\xfe", "not UTF-8"),
        (("source", "a-new-one", "--from", "-"), b"no record", "neither PubMed's text"),
        (("source", "a-new-one", "--from", "-"), PUBMED.encode() * 2, "there are 2 records"),
        (("source", "a-new-one", "--from", "-"), b"x" * 1_000_001, "larger than"),
        (("corpus", "."), b"", "is there already"),
    ],
)
def test_what_cannot_be_begun_is_one_line(
    run: Run, draft: Path, arguments: tuple[str, ...], stdin: bytes, complaint: str
) -> None:
    """On standard error, with exit status 1, and no file is made."""
    before = sorted(draft.rglob("*"))
    status, out, err = run("--corpus", draft, "new", *arguments, stdin=stdin)
    assert (status, out) == (1, "")
    assert err.startswith("explainer: ")
    assert err.count("\n") == 1
    assert complaint in err
    assert sorted(draft.rglob("*")) == before


def test_a_record_belongs_to_a_source(run: Run, draft: Path) -> None:
    """A claim has none."""
    status, _, err = run("--corpus", draft, "new", "claim", "a-new-one", "--from", "-")
    assert status == 2
    assert "--from" in err


def test_a_new_corpus_checks_and_can_be_begun_in(run: Run, tmp_path: Path) -> None:
    """The commands that are printed work on it."""
    folder = tmp_path / "kettle"
    status, out, err = run("new", "corpus", folder)
    assert (status, out) == (0, f"{folder}\n")
    assert f"--corpus {folder} serve" in err
    assert run("--corpus", folder, "check")[0] == 0
    assert run("--corpus", folder, "new", "topic", "which-colours")[0] == 0
    assert {problem.path for problem in check_folder(read_folder(folder))} == {"topics/which-colours.md"}


@pytest.mark.parametrize("format", FORMATS)
def test_export_prints_or_writes(run: Run, tmp_path: Path, format: str) -> None:
    """To standard output alone, or to a file, byte for byte the same."""
    address = ("--public-url", "https://hats.example") if format == "claimreview" else ()
    status, out, err = run("--corpus", SMALL, "export", "--format", format, *address)
    assert (status, err) == (0, "")
    assert out.startswith("@") if format == "bibtex" else json.loads(out)
    file = tmp_path / "exported"
    assert run("--corpus", SMALL, "export", "--format", format, *address, "--into", file) == (0, "", f"{file}\n")
    assert file.read_text(encoding="utf-8") == out


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--format", "claimreview"), "--public-url must be a web address"),
        (("--format", "claimreview", "--public-url", "hats.example"), "--public-url must be a web address"),
        (("--format", "csl", "--public-url", "https://hats.example"), "--public-url goes with --format claimreview"),
        (("--format", "csl", "--into", "/nowhere/at/all"), "cannot write /nowhere/at/all"),
    ],
)
def test_an_export_that_makes_no_sense_is_one_line(run: Run, arguments: tuple[str, ...], complaint: str) -> None:
    """ClaimReview needs to know where its pages stand."""
    status, out, err = run("--corpus", SMALL, "export", *arguments)
    assert (status, out) == (1, "")
    assert err.startswith("explainer: ")
    assert err.count("\n") == 1
    assert complaint in err


def test_a_corpus_with_problems_is_not_exported(run: Run, draft: Path) -> None:
    """What cannot be published does not leave by another door."""
    run("--corpus", draft, "new", "claim", "a-new-one")
    status, out, err = run("--corpus", draft, "export", "--format", "json")
    assert (status, out) == (1, "")
    assert "a-new-one.md:" in err
