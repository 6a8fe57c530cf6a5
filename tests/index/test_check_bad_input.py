"""Whatever lies in a corpus, each fault is one line with a path, never a stack trace."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.command import main
from index.check import check_folder
from index.check.listing import github_line, problem_json, text_line
from index.folder import corpus_digest, read_folder
from index.records import Problem

CARD = "claims/warm-ears.md"


def complaints(draft: Path) -> list[str]:
    return [text_line(problem) for problem in check_folder(read_folder(draft))]


def written(content: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Return what writes a card anew."""
    return lambda draft: (draft / CARD).write_bytes(content((draft / CARD).read_bytes())) and None


def linked(draft: Path) -> None:
    outside = draft.parent / "outside.md"
    (draft / CARD).rename(outside)
    (draft / CARD).symlink_to(outside)


def piped(draft: Path) -> None:
    (draft / CARD).unlink()
    os.mkfifo(draft / CARD)


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (written(lambda text: text.replace(b"Yes.", b"Oui, r\xe9ellement.")), "16: is not UTF-8: save the file as UTF-8"),
        (written(lambda text: text.decode().encode("utf-16")), "1: is not UTF-8: save the file as UTF-8"),
        (written(lambda text: text.replace(b"\n", b"\r\n")), "1: has Windows line ends: save with Unix line ends (LF)"),
        (written(lambda text: text.replace(b"\n", b"\r")), "1: has Windows line ends: save with Unix line ends (LF)"),
        (written(lambda text: b"\xef\xbb\xbf" + text), "1: begins with a byte-order mark: save as UTF-8 without BOM"),
        (written(lambda text: text + b" " * 50_000_000), "1: is larger than 1000000 bytes: split it"),
        (written(lambda text: b"+++\ntitle = 'x'\n+++\n"), "1: has front matter in TOML: write it in YAML, between two lines '---'"),
        (linked, "1: is a link out of the corpus: put the file itself here"),
        (piped, "1: is not a file: put the file itself here"),
    ],
    ids=["Latin-1", "UTF-16", "Windows", "old Mac", "byte-order mark", "50 MB", "TOML", "link", "pipe"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_once(draft: Path, spoil: Callable[[Path], None], complaint: str) -> None:
    """No rule complains of what it did not see; a pipe is no file of a corpus at all."""
    spoil(draft)
    strays = [f"{CARD}:1: is not a part of a corpus: move or rename it"] if spoil is piped else []
    assert complaints(draft) == [f"{CARD}:{complaint}", *strays]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("verdict: &v supported", "5: has a YAML anchor or alias: write the text out"),
        ("verdict: !!str supported", "5: has a YAML tag, 'tag:yaml.org,2002:str': remove it"),
        ("verdict: !!python/object/apply:os.system [ls]",
         "5: has a YAML tag, 'tag:yaml.org,2002:python/object/apply:os.system': remove it"),
    ],
)  # fmt: skip
def test_yaml_that_is_more_than_text_is_told_with_its_line(draft: Path, line: str, complaint: str) -> None:
    """Anchors and tags do nothing here but hide."""
    written(lambda text: text.replace(b"verdict: supported", line.encode()))(draft)
    assert complaints(draft) == [f"{CARD}:{complaint}"]


def test_a_folder_that_is_a_link_out_of_the_corpus_is_not_followed(draft: Path) -> None:
    """Nor is one that leads back to itself."""
    (draft / "claims").rename(draft.parent / "claims")
    (draft / "claims").symlink_to(draft.parent / "claims")
    assert f"{CARD}:1: is a link out of the corpus: put the file itself here" in complaints(draft)
    (draft / "claims").unlink()
    (draft / "claims").symlink_to("claims")
    assert "corpus.yaml:15: card 'sleep-300' is not in claims/ or topics/" in complaints(draft)


@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"\xff\xfe.md", "\\udcff\\udcfe"), (b"a\nb.md", "a\\nb"), (b"a:b,c%.md", "a:b,c%")],
    ids=["not UTF-8", "two lines", "marks"],
)
def test_a_file_with_an_odd_name_is_told_on_one_line(
    draft: Path, name: bytes, shown: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every form; the corpus still has a version."""
    (Path(os.fsdecode(os.fsencode(draft / "claims") + b"/" + name))).write_bytes((draft / CARD).read_bytes())
    assert len(corpus_digest(draft)) == 64
    monkeypatch.chdir(draft)
    wanted = f"claims/{shown}.md:1: the file's name must be lower-case words joined by hyphens: {shown!r}".replace(
        "\\\\", "\\"
    )
    assert main(["--corpus", str(draft), "check"]) == 1
    assert wanted in capsys.readouterr().out.splitlines()
    assert main(["--corpus", str(draft), "check", "--format", "json"]) == 1
    assert f"claims/{shown}.md" in {problem["path"] for problem in json.loads(capsys.readouterr().out)["problems"]}
    assert main(["--corpus", str(draft), "check", "--format", "github"]) == 1
    lines = capsys.readouterr().out.splitlines()
    escaped = shown.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    assert any(line.startswith(f"::error file=claims/{escaped}.md,line=1::the file's name") for line in lines)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any file")
def test_a_file_that_nobody_may_read_is_told(draft: Path) -> None:
    """With what the machine says."""
    (draft / CARD).chmod(0)
    assert complaints(draft) == [f"{CARD}:1: cannot be read (Permission denied): let everybody read it"]


def test_an_annotation_on_github_stays_one_annotation() -> None:
    """GitHub reads `%`, line ends, and in properties `:` and `,` as its own marks."""
    problem = Problem(path="claims/a,b:c.md", line=3, message="the number 50% is not in the facts: 'a\r\nb'")
    assert github_line(problem) == (
        "::error file=claims/a%2Cb%3Ac.md,line=3::the number 50%25 is not in the facts: 'a%0D%0Ab'"
    )


@given(path=st.text(min_size=1), message=st.text())
def test_a_problem_is_one_line_in_every_form(path: str, message: str) -> None:
    """Whatever a file is called and whatever stands in it."""
    problem = Problem(path=path, line=1, message=message)
    for line in (text_line(problem), github_line(problem), json.dumps(problem_json(problem), ensure_ascii=False)):
        assert len(line.splitlines()) == 1
        line.encode()
    head, _, rest = github_line(problem).removeprefix("::error ").partition("::")
    properties = dict(part.split("=", 1) for part in head.split(","))
    assert properties.keys() == {"file", "line"}
    assert (":" in properties["file"], "%0A" in rest) == (False, "\n" in message)
