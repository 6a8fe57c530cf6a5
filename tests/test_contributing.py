"""CONTRIBUTING.md shows entries as they are, and the house as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from index.check import check_folder
from index.corpus import load_corpus
from index.draft import What
from index.folder import read_folder
from tests.annotated import EXAMPLES, annotated
from tests.conftest import CORPUS, SMALL
from tests.test_architecture import ORDER, ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAGES = {"CONTRIBUTING.md": GUIDE, "corpus/README.md": (CORPUS / "README.md").read_text(encoding="utf-8")}
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)*/|(?:[\w.-]+/)*[\w-]+\.(?:py|md|yaml|toml|txt|js|css))`")
PATHS = [(page, path) for page, text in PAGES.items() for path in sorted(set(PATH.findall(text)))]


def named(marker: str) -> list[str]:
    """Return the modules in the first column of a table between two marks, in order."""
    found = re.search(rf"<!-- {marker} -->\n(.*?)<!-- /{marker} -->", GUIDE, re.DOTALL)
    assert found
    return [
        name for row in re.findall(r"^\| (`.*?) \|", found[1], re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    ]


@pytest.mark.parametrize("what", EXAMPLES)
def test_an_annotated_entry_is_the_file_it_shows(what: What, tmp_path: Path) -> None:
    """In its place it passes the check and makes the same corpus: notes and empty fields change nothing."""
    corpus = Path(shutil.copytree(SMALL, tmp_path / "corpus"))
    (corpus / EXAMPLES[what]).write_text(annotated(what), encoding="utf-8")
    assert check_folder(read_folder(corpus)) == ()
    assert load_corpus(corpus).cards == load_corpus(SMALL).cards
    assert load_corpus(corpus).safety == load_corpus(SMALL).safety


def test_annotated_entries_stand_in_one_place() -> None:
    """The page of rules points to them and has no second copy."""
    assert "```" not in PAGES["corpus/README.md"]
    assert "../CONTRIBUTING.md#what-an-entry-looks-like" in PAGES["corpus/README.md"]


def test_the_layers_are_those_that_are_tested() -> None:
    """Every module of the work, in the order in which one may import another."""
    assert named("layers") == list(ORDER)


def test_every_module_of_the_page_has_a_place() -> None:
    """A new one is named beside those that it belongs to."""
    found = {path.stem for path in (ROOT / "app").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(named("app")) == sorted(found - {"__init__", "__main__"})


@pytest.mark.parametrize(("page", "path"), PATHS)
def test_every_place_that_is_named_is_there(page: str, path: str) -> None:
    """Below the whole, or in the corpus where its own page speaks."""
    assert (ROOT / path).exists() or (page == "corpus/README.md" and (CORPUS / path).exists())


@pytest.mark.parametrize(
    ("variable", "file"), re.findall(r"^ *\$ ([A-Z_]+)=\S+ .* -m pytest (\S+)$", GUIDE, re.MULTILINE)
)
def test_a_variable_that_writes_anew_is_read_there(variable: str, file: str) -> None:
    """By the test that fails without it."""
    assert f'os.environ.get("{variable}")' in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|\$ )make (\w+)", GUIDE))))
def test_every_make_target_exists(target: str) -> None:
    """`make X` does something."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_fast_tests_leave_out_what_needs_model_or_browser(pytestconfig: pytest.Config) -> None:
    """Both marks are known by these names."""
    [marks] = re.findall(r'-m "(.*?)"', GUIDE)
    known = {line.partition(":")[0] for line in pytestconfig.getini("markers")}
    assert marks == "not model and not browser"
    assert set(marks.split(" and ")) <= {f"not {mark}" for mark in known}


def test_a_pull_request_is_asked_for_both_kinds_of_change() -> None:
    """The list has lines to tick for the corpus and for the code; the template is made from it."""
    template = (ROOT / ".github" / "pull_request_template.md").read_text(encoding="utf-8")
    assert re.findall(r"^For a change to the (\w+):$", template, re.MULTILINE) == ["corpus", "code"]
    assert re.findall(r"^- \[ \] .*$", template, re.MULTILINE) == re.findall(r"^- \[ \] .*$", GUIDE, re.MULTILINE)
