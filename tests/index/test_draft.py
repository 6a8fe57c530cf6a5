"""An entry begun has every field, each explained, and cannot be published before a person has written it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from index.check import check_folder
from index.check.form import FORMS
from index.citing import read_citation
from index.corpus import load_corpus
from index.draft import FOLDERS, What, draft_entry
from index.entry import read_entry
from index.errors import CorpusError, DraftError
from index.folder import read_folder
from tests.index.test_citing import BIBTEX, CSL, PUBMED, RIS

KINDS: tuple[What, ...] = tuple(FOLDERS)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def front_matter(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").split("\n---\n")[0].split("\n")[1:]


@pytest.mark.parametrize("what", KINDS)
def test_an_entry_begun_has_every_field_and_heading(draft: Path, what: What) -> None:
    """So that nobody has to look elsewhere for what may stand there."""
    file = draft_entry(draft, what, "a-new-one")
    entry = read_entry(file, draft)
    form = FORMS[FOLDERS[what]]
    assert file == draft / FOLDERS[what] / "a-new-one.md"
    assert not entry.problems
    assert set(entry.fields) == set(form.keys)
    for key, inner in form.inner.items():
        assert set(entry.mappings(key)[0]) == set(inner)
    if not form.free_sections:
        assert {str(section.name) for section in entry.sections} == {*form.sections, *form.optional_sections}


@pytest.mark.parametrize("what", KINDS)
def test_every_field_is_explained(draft: Path, what: What) -> None:
    """A note stands above it, or above the group it stands in; every heading is in a note as well."""
    file = draft_entry(draft, what, "a-new-one")
    for block in "\n".join(front_matter(file)).split("\n\n"):
        assert block.startswith("# ")
    notes = [line for line in front_matter(file) if line.startswith("#")]
    for section in read_entry(file, draft).sections:
        if not FORMS[FOLDERS[what]].free_sections:
            assert any(note.startswith(f"# {section.name} ") for note in notes), section.name


@pytest.mark.parametrize("what", KINDS)
def test_check_lists_exactly_what_is_still_to_be_written(draft: Path, what: What) -> None:
    """Each complaint is on the line of an empty field or heading, and there is one for each that must be written."""
    file = draft_entry(draft, what, "a-new-one")
    lines = file.read_text(encoding="utf-8").split("\n")
    problems = check_folder(read_folder(draft))
    form = FORMS[FOLDERS[what]]
    shapes = form.keys | {key: shape for inner in form.inner.values() for key, shape in inner.items()}
    wanted = set()
    for number, line in enumerate(lines, 1):
        key, colon, value = line.strip().removeprefix("- ").partition(":")
        empty = value.split("#")[0].strip() in ("", "[]") and not form.inner.get(key)
        if colon and not shapes.get(key, "optional").startswith("optional") and empty:
            wanted.add(number)
        if line.startswith("## ") and (form.free_sections or line.removeprefix("## ") in form.sections):
            wanted.add(number)
    assert {(problem.path, problem.line) for problem in problems} == {
        (file.relative_to(draft).as_posix(), number) for number in wanted
    }
    with pytest.raises(CorpusError):
        load_corpus(draft)


def test_the_choices_are_those_of_the_corpus(draft: Path) -> None:
    """A label that a corpus has added is offered, with the kinds it is for."""
    labels = draft / "labels.yaml"
    labels.write_text(labels.read_text(encoding="utf-8").replace("tag: animal", "tag: furry"), encoding="utf-8")
    text = draft_entry(draft, "source", "a-new-one").read_text(encoding="utf-8")
    assert "furry (animal)" in text
    assert "why" in draft_entry(draft, "claim", "another-one").read_text(encoding="utf-8")


@pytest.mark.parametrize("record", [PUBMED, RIS, BIBTEX, CSL], ids=["pubmed", "ris", "bibtex", "csl"])
def test_a_record_fills_the_citation_and_nothing_else(draft: Path, record: str) -> None:
    """What a source says is not in its record: facts, limits and passages stay empty, and are asked for."""
    citation = read_citation(record)
    entry = read_entry(draft_entry(draft, "source", "hats-2019", citation), draft)
    assert entry.text("title") == citation.title
    assert entry.text("authors") == citation.authors_line
    assert (entry.text("year"), entry.text("container")) == ("2019", "Journal of hats")
    assert (entry.text("locator"), entry.text("doi")) == ("12(3):101-109", "10.1234/hats.2019.5")
    assert (entry.text("pmid"), entry.text("kind")) == ("12345678", citation.kind)
    assert entry.text("url") == "https://pubmed.ncbi.nlm.nih.gov/12345678/"
    for key in ("label", "read_on", "confidence", "treatment", "body"):
        assert entry.text(key) == ""
    assert entry.texts("facts") == entry.texts("limits") == ()
    complaints = " ".join(str(problem) for problem in check_folder(read_folder(draft)))
    for key in ("facts", "label", "where", "depth", "card"):
        assert f"{key} is missing" in complaints
    assert "title is missing" not in complaints
    assert "url is missing" not in complaints


@pytest.mark.parametrize(
    "title", ['He said: "why not" # not a note', "a: b - [c] {d} \\n 'e' | f > g", "Ωß日本 😀 50%"]
)
def test_any_title_is_read_back_as_it_is(draft: Path, title: str) -> None:
    """Whatever YAML would make of it."""
    citation = dataclasses.replace(read_citation(CSL), title=title)
    entry = read_entry(draft_entry(draft, "source", "hats-2019", citation), draft)
    assert not entry.problems
    assert entry.text("title") == title


def test_an_entry_written_out_is_published(draft: Path) -> None:
    """Nothing but the empty places has to be filled."""
    file = draft_entry(draft, "safety", "wet-hat")
    text = file.read_text(encoding="utf-8")
    for empty, written in (
        ("\nkind:\n", "\nkind: urgent\n"),
        ("\ntitle:\n", '\ntitle: "A wet hat"\n'),
        ("\n## Text\n", "\n## Text\nTake the hat off.\n"),
        ("\n## Ways people say it\n", "\n## Ways people say it\n- the hat is wet\n"),
        ("\n## Unlike\n", "\n## Unlike\n- a hat that is red\n"),
    ):
        assert empty in text
        text = text.replace(empty, written)
    file.write_text(text, encoding="utf-8")
    assert check_folder(read_folder(draft)) == ()


@pytest.mark.parametrize(
    ("what", "id", "complaint"),
    [
        ("claim", "Warm Ears", "lower-case words joined by hyphens"),
        ("claim", "../ears", "lower-case words joined by hyphens"),
        ("claim", "", "lower-case words joined by hyphens"),
        ("claim", "warm-ears", "'warm-ears' is taken by .*claims/warm-ears.md"),
        ("source", "warm-ears", "'warm-ears' is taken by .*claims/warm-ears.md"),
        ("topic", "trial-2010", "'trial-2010' is taken by .*evidence/trial-2010.md"),
        ("safety", "choking", "'choking' is taken by .*safety/choking.md"),
    ],
)
def test_an_id_that_is_bad_or_taken_is_refused(draft: Path, what: What, id: str, complaint: str) -> None:
    """An id names one entry in the whole corpus; nothing is written."""
    before = tree(draft)
    with pytest.raises(DraftError, match=complaint):
        draft_entry(draft, what, id)
    assert tree(draft) == before


def test_no_file_is_ever_written_over(draft: Path) -> None:
    """Not even one that is no entry, or that differs in case alone."""
    (draft / "claims" / "Sleepy.md").write_text("mine", encoding="utf-8")
    (draft / "topics" / "folder.md").mkdir()
    before = tree(draft)
    with pytest.raises(DraftError, match="taken by"):
        draft_entry(draft, "claim", "sleepy")
    with pytest.raises(DraftError, match="taken by"):
        draft_entry(draft, "topic", "folder")
    assert tree(draft) == before


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ('doi: "10.1234/HATS.2019.5"', "doi"),
        ("pmid: 12345678", "pmid"),
        ('url: "https://pubmed.ncbi.nlm.nih.gov/12345678"', "url"),
    ],
)
def test_a_work_that_the_corpus_has_is_refused(draft: Path, field: str, name: str) -> None:
    """Under whichever id: two entries for one work would count it twice."""
    file = draft / "evidence" / "trial-2010.md"
    text = file.read_text(encoding="utf-8")
    old = 'url: "https://journal.example/trial-2010"\n' if name == "url" else ""
    file.write_text(text.replace(old, "", 1).replace("year: 2010\n", f"year: 2010\n{field}\n"), encoding="utf-8")
    before = tree(draft)
    with pytest.raises(DraftError, match=f"the record has the same {name} as evidence/trial-2010.md"):
        draft_entry(draft, "source", "hats-2019", read_citation(PUBMED))
    assert tree(draft) == before


def test_without_a_corpus_there_is_nothing_to_begin_in(tmp_path: Path) -> None:
    """A mistyped folder is not made."""
    with pytest.raises(DraftError, match="there is no corpus in"):
        draft_entry(tmp_path / "corpsu", "claim", "warm-hands")
    assert list(tmp_path.iterdir()) == []
