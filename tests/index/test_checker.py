"""A check goes by what has changed, and finds exactly what a check from nothing finds."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.command import main
from index.build import build
from index.check import RULES, check_folder
from index.checker import REMEMBERED_ENTRIES, Checker
from index.corpus import load_corpus
from index.disk import read_sealed, write_sealed
from index.draft import STARTER
from index.folder import read_folder
from index.manifest import MANIFEST
from index.records import Problem
from tests.conftest import SMALL
from tests.index.editing import Editor
from tests.toy import ToyEncoder

ROOT = Path(__file__).parents[2]
EDITS = 50
CARD, TRIAL = "claims/warm-ears.md", "evidence/trial-2010.md"
FEW_WAYS = "- do ears stay warm\n"  # without it, the card has too few

APART = ("claims/sleep-300.md", "related: [warm-ears, washing]", "related: [warm-ears]")

Edit = tuple[str, str, str]  # a file, what stands there, and what is to; a file whose text is "" is removed


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A folder that holds an index, as far as a check looks."""
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / MANIFEST).touch()
    return tmp_path / "built"


def change(corpus: Path, *edits: Edit) -> None:
    for name, old, new in edits:
        text = (corpus / name).read_text(encoding="utf-8") if old else ""
        assert text.count(old) == 1 or not old
        (corpus / name).write_text(text.replace(old, new) if old else new, encoding="utf-8")


def check(corpus: Path, built: Path) -> tuple[Problem, ...]:
    """Check a corpus, and remember it, as the command does."""
    checker = Checker(built)
    problems = checker.check(corpus).problems
    checker.remember(built)
    return problems


def from_nothing(corpus: Path) -> tuple[Problem, ...]:
    return check_folder(read_folder(corpus))


def rewrite(built: Path, edit: Callable[[dict[str, Any]], None]) -> None:
    """Change what is remembered, and seal it as a check does."""
    told = msgspec.msgpack.decode(read_sealed(built / REMEMBERED_ENTRIES))
    edit(told)
    write_sealed(built / REMEMBERED_ENTRIES, msgspec.msgpack.encode(told))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("path", [SMALL, STARTER / "corpus"], ids=["small", "starter"])
def test_after_any_edits_a_check_finds_what_one_from_nothing_finds(
    path: Path, seed: int, tmp_path: Path, built: Path
) -> None:
    """The same Problems, and where there is none, the same Corpus; whatever was remembered before."""
    corpus = Path(shutil.copytree(path, tmp_path / "corpus"))
    assert check(corpus, built) == ()
    editor = Editor(corpus, seed)
    sound = 0
    for _ in range(EDITS):
        editor.edit()
        problems = check(corpus, built)
        assert problems == from_nothing(corpus)
        if problems:
            editor.undo()
        else:
            editor.keep()
            assert Checker(built).load(corpus) == load_corpus(corpus)
            sound += 1
    assert 0 < sound < EDITS  # else half of this would be tested on nothing


@pytest.mark.parametrize(
    ("before", "edit", "found"),
    [
        ((), ("evidence/care-2015.md", '\nurl: "https://journal.example/care-2015"', '\nurl: "https://journal.example/mice-2001"'),
         "evidence/mice-2001.md"),
        ((), ("claims/sleep-300.md", "- hat for insomnia", "- winter ears"), CARD),
        ((), (CARD, "- winter ears", "- will ears be warmer under it"), "questions.yaml"),
        ((), ("questions.yaml", "will ears be warmer under it", "winter ears"), "questions.yaml"),
        ((), ("questions.yaml", "primary: washing", "primary: drying"), "questions.yaml"),
        ((), (TRIAL, "warmer by 3 degrees.\"", "warmer by 4 degrees.\""), CARD),
        ((("safety/choking.md", "kind: urgent", "kind: urgent\nsources: [care-2015]"),
          ("safety/choking.md", "Take the hat off.", "Take the hat off. Wash it 7 times."),
          ("evidence/care-2015.md", '"Wash felt in', '"Wash felt 7 times in')),
         ("evidence/care-2015.md", "7 times", "8 times"), "safety/choking.md"),
        ((), (TRIAL, '"In 40 people ears', '"In 40 people 2 ears'), "numbers.yaml"),
        ((), (CARD, ", all 2 of them,", ""), "numbers.yaml"),
        ((), ("safety/choking.md", "", ""), "numbers.yaml"),
        ((), (TRIAL, "read_on: 2026-01-05", "read_on: 2026-02-05"), CARD),
        ((), (TRIAL, "kind: randomised-trial\nlabel: randomised-trial", "kind: manufacturer\nlabel: sellers-claim"), CARD),
        ((), ("evidence/mice-2001.md", "bears_on:\n", "bears_on:\n  - card: warm-ears\n    direction: contradicts\n"), CARD),
        ((("evidence/mice-2001.md", "with felt. They", "with felt. A seller says 300%. They"),),
         ("claims/sleep-300.md", 'figure: "300%"', 'figure: "400%"'), "evidence/mice-2001.md"),
        ((), ("evidence/care-2015.md", "For: washing", "For: warm-ears"), "topics/washing.md"),
        ((), ("topics/washing.md", "sources: [care-2015]", "sources: [mice-2001]"), "evidence/care-2015.md"),
        ((), ("topics/washing.md", "", ""), "claims/sleep-300.md"),
        ((), ("claims/sleep-300.md", "", ""), "corpus.yaml"),
        ((), (CARD, "", ""), "questions.yaml"),
        ((), ("topics/care-2015.md", "", "---\n---\n"), "evidence/care-2015.md"),
        ((), (CARD, "with the hat. [trial-2010]", "with the hat, and 12 mice slept. [trial-2010, mice-2001]"), CARD),
        ((APART,), ("topics/washing.md", "cold water. [care-2015]", "cold water on 12 mice. [care-2015, mice-2001]"),
         "topics/washing.md"),
        ((APART,), ("evidence/care-2015.md", "For: washing", "For: washing, sleep-300"), "evidence/care-2015.md"),
        ((), ("verdicts.yaml", "tag: supported", "tag: backed"), CARD),
        ((), ("numbers.yaml", 'number: "2"', 'number: "5"'), CARD),
        ((), ("wording.yaml", "\nen:\n", "\nxx: x\nen:\n"), "wording.yaml"),
        ((), ("outside.yaml", "sort: near", "sort: afar"), "outside.yaml"),
    ],
)  # fmt: skip
def test_an_edit_of_one_file_is_told_in_another(
    before: tuple[Edit, ...], edit: Edit, found: str, draft: Path, built: Path
) -> None:
    """Whatever ties the two: an id, a fact, a figure, a bearing, a way of asking, an exemption, an address."""
    change(draft, *before)
    assert check(draft, built) == ()
    change(draft, edit)
    if edit[1:] == ("", ""):
        (draft / edit[0]).unlink()
    problems = check(draft, built)
    assert found in {problem.path for problem in problems}
    assert problems == from_nothing(draft)


def test_what_has_not_changed_is_not_judged_again(draft: Path, built: Path) -> None:
    """What is remembered counts, as a faulty card in the place of a sound one shows; by its bytes alone."""
    check(draft, built)
    remembered = msgspec.msgpack.decode(read_sealed(built / REMEMBERED_ENTRIES))["entries"][CARD]
    assert remembered[0] == Checker(built).check(draft).digests[CARD]
    change(draft, (CARD, FEW_WAYS, ""))
    digest = Checker(built).check(draft).digests[CARD]
    assert [problem.path for problem in from_nothing(draft)] == [CARD]
    rewrite(built, lambda told: told["entries"][CARD].__setitem__(0, digest))
    assert check(draft, built) == ()


def test_a_file_of_the_same_size_and_age_is_not_taken_for_the_same(draft: Path, built: Path) -> None:
    """Its bytes are read, whatever the file system says of it."""
    check(draft, built)
    state = (draft / CARD).stat()
    change(draft, (CARD, "verdict: supported", "verdict: supportet"))
    os.utime(draft / CARD, ns=(state.st_atime_ns, state.st_mtime_ns))
    after = (draft / CARD).stat()
    assert (after.st_size, after.st_mtime_ns) == (state.st_size, state.st_mtime_ns)
    assert check(draft, built) == from_nothing(draft) != ()


def test_after_a_fault_the_last_sound_corpus_is_remembered(draft: Path, built: Path) -> None:
    """A Problem is told until it is mended, however often one looks, and what it was in is not read as sound."""
    check(draft, built)
    before = (built / REMEMBERED_ENTRIES).read_bytes()
    change(draft, (CARD, FEW_WAYS, ""))
    for _ in range(2):
        assert [problem.path for problem in check(draft, built)] == [CARD]
    assert (built / REMEMBERED_ENTRIES).read_bytes() == before


def other_version(told: dict[str, Any]) -> None:
    told["way"]["PyYAML"] = "5.1"


def no_entries(told: dict[str, Any]) -> None:
    told["entries"] = 3


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:200]), "{file} was altered or cut short"),
        (lambda file: file.write_bytes(b"x" + file.read_bytes()[1:]), "{file} was altered or cut short"),
        (lambda file: file.write_bytes(b""), "{file} was altered or cut short"),
        (lambda file: file.unlink(), "{file} is missing"),
        (lambda file: rewrite(file.parent, other_version), "the entries in {file} were checked in another way"),
        (lambda file: rewrite(file.parent, no_entries), "{file} cannot be read"),
        (lambda file: write_sealed(file, b"\xc1"), "{file} cannot be read"),
    ],
    ids=["cut short", "altered", "empty", "missing", "another version", "another form", "no form"],
)
def test_what_is_remembered_and_not_sound_is_forgotten(
    harm: Callable[[Path], None], why: str, draft: Path, built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A build says so in one line, a check nothing; either judges all again, and remembers it."""
    check(draft, built)
    whole = (built / REMEMBERED_ENTRIES).read_bytes()
    harm(built / REMEMBERED_ENTRIES)
    told: list[str] = []
    Checker(built, told.append)
    assert told == [f"{why.format(file=built / REMEMBERED_ENTRIES)}: checking again what it held"]
    assert main(["--corpus", str(draft), "--index", str(built), "check"]) == 0
    assert capsys.readouterr() == ("", "3 cards and 4 sources: no problems\n")
    assert (built / REMEMBERED_ENTRIES).read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_left_as_it_is(draft: Path, built: Path) -> None:
    """The check tells what it finds all the same."""
    (built / REMEMBERED_ENTRIES).mkdir()
    assert check(draft, built) == ()
    change(draft, (CARD, FEW_WAYS, ""))
    assert check(draft, built) == from_nothing(draft) != ()
    assert sorted(file.name for file in built.iterdir()) == [MANIFEST, REMEMBERED_ENTRIES]


def test_without_an_index_nothing_is_written(draft: Path, tmp_path: Path) -> None:
    """A check needs no index, and makes no folder for one."""
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "nowhere"):
        assert check(draft, folder) == ()
    assert list((tmp_path / "empty").iterdir()) == []
    assert not (tmp_path / "nowhere").exists()


def test_another_rule_judges_everything_again(draft: Path, built: Path, tmp_path: Path) -> None:
    """What was sound by the rules of then may not be by those of now."""
    code = Path(
        shutil.copytree(ROOT / "index", tmp_path / "code" / "index", ignore=shutil.ignore_patterns("built", "*.pyc"))
    )
    program = (
        "import sys; from pathlib import Path; from index.checker import Checker; c = Checker(Path(sys.argv[1])); "
        "print(*c.check(Path(sys.argv[2])).problems); c.remember(Path(sys.argv[1]))"
    )

    def found(env: Mapping[str, str]) -> str:
        return subprocess.run(
            [sys.executable, "-B", "-c", program, str(built), str(draft)],
            env={**os.environ, **env}, cwd=tmp_path, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    assert found({"PYTHONPATH": str(code.parent)}) == "\n"
    people = code / "check" / "people.py"
    people.write_text(people.read_text(encoding="utf-8").replace("MIN_WAYS = 8", "MIN_WAYS = 9"), encoding="utf-8")
    assert found({"PYTHONPATH": str(code.parent)}).count("ways people ask: at least 9") == 3


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_rule_knows_what_day_it_is(rule: Callable[..., object]) -> None:
    """What was found sound stays so: a review falls due on the card, and is no Problem."""
    file = Path(sys.modules[rule.__module__].__file__ or "")
    tree = ast.parse(file.read_text(encoding="utf-8"))
    asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert asked.isdisjoint({"today", "now", "utcnow", "time", "monotonic"})


def test_a_link_within_the_corpus_is_looked_at_each_time(draft: Path, built: Path) -> None:
    """It is sound, but the bytes that it leads to may change behind it: nothing is remembered."""
    (draft / CARD).rename(draft / ".ears")
    (draft / CARD).symlink_to(draft / ".ears")
    assert check(draft, built) == from_nothing(draft) == ()
    assert not (built / REMEMBERED_ENTRIES).exists()
    (draft / CARD).unlink()
    assert check(draft, built) == from_nothing(draft) != ()


def test_a_link_in_the_place_of_a_file_is_told(draft: Path, built: Path) -> None:
    """Though it leads to the same bytes."""
    check(draft, built)
    (draft / CARD).rename(draft.parent / "outside.md")
    (draft / CARD).symlink_to(draft.parent / "outside.md")
    assert check(draft, built) == from_nothing(draft) != ()


def test_checks_at_once_leave_what_one_of_them_found(draft: Path, built: Path) -> None:
    """Whichever came last; the other's is gone, and neither is harmed."""
    found = []
    for corpus in (SMALL, draft):
        change(draft, *[(CARD, "- winter ears", "- ears in winter")] if corpus == SMALL else [])
        check(corpus, built)
        found.append((built / REMEMBERED_ENTRIES).read_bytes())
    problems: list[tuple[Problem, ...]] = []
    threads = [
        threading.Thread(target=lambda corpus: problems.append(check(corpus, built)), args=(corpus,))
        for corpus in (SMALL, draft) * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == [()] * len(threads)
    assert (built / REMEMBERED_ENTRIES).read_bytes() in found
    assert sorted(file.name for file in built.iterdir()) == [MANIFEST, REMEMBERED_ENTRIES]


def test_a_check_after_a_build_and_a_build_after_a_check_take_over_from_each_other(draft: Path, tmp_path: Path) -> None:
    """Both remember the same of the same corpus, byte for byte."""
    built = tmp_path / "index"
    build(draft, built, ToyEncoder())
    change(draft, (CARD, "- winter ears", "- ears in winter"))
    assert check(draft, built) == ()
    checked = (built / REMEMBERED_ENTRIES).read_bytes()
    told: list[str] = []
    build(draft, built, ToyEncoder(), told.append)
    assert (built / REMEMBERED_ENTRIES).read_bytes() == checked
    assert not [line for line in told if REMEMBERED_ENTRIES in line]
