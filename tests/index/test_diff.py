"""What changed for readers between two indexes is said in full, and nothing besides."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.command import main
from index.build import build
from index.diff import GIVEN, Change, Diff, compare
from index.diff_page import marked, write_diff
from index.diff_text import HEADINGS, NOTHING, diff_json, diff_text
from index.encoder import Vectors
from index.memory import Memory
from index.shown import SORTS
from index.store import BuiltIndex
from tests.toy import ToyEncoder

NAMES = ("old", "new")
WASHING = "topics/washing.md"
CARE = "evidence/care-2015.md"
HOT = '<img src=x onerror="alert(x)"> & </table>'
Edited = Callable[..., Diff]


class CountingEncoder(ToyEncoder):
    """Keeps what it was asked to embed."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return super().encode(texts)


@pytest.fixture
def edited(small_index: Path, draft: Path, tmp_path: Path) -> Edited:
    """Compare the small corpus with a draft in which each (file, old words, new words) was replaced.

    No old words: the file is written anew; no new words either: it is taken away.
    """

    def edited(*edits: tuple[str, str, str]) -> Diff:
        for name, old, new in edits:
            file = draft / name
            if old:
                text = file.read_text(encoding="utf-8")
                assert old in text, name
                new = text.replace(old, new)
            if new:
                file.write_text(new, encoding="utf-8")
            else:
                file.unlink()
        into = shutil.copytree(small_index, tmp_path / "new")
        build(draft, into, ToyEncoder())
        return compare(BuiltIndex.load(small_index), BuiltIndex.load(into), lambda name: ToyEncoder())

    return edited


def changes(diff: Diff) -> dict[tuple[str, str, str], list[tuple[str, str | None, str | None]]]:
    """What changed, by what it belongs to and how."""
    return {(e.sort, e.id, e.kind): [(c.part, c.old, c.new) for c in e.changes] for e in diff.edits}


def shifts(diff: Diff) -> dict[str, tuple[dict[str, tuple[str | None, str | None]], tuple[bool, bool]]]:
    """What golden questions get, before and now, and whether that was and is expected."""
    return {s.question.id: ({c.part: (c.old, c.new) for c in s.changes}, s.met) for s in diff.shifts}


def test_equal_indexes_have_no_difference(edited: Edited) -> None:
    """And it is said so."""
    diff = edited()
    assert (diff.changed, diff.shifts, diff.edits, diff.thresholds) == (False, (), (), ())
    assert diff.questions == 8
    assert diff_text(diff, NAMES).splitlines()[-2:] == [NOTHING, "thresholds: none changed"]


def test_a_rewritten_sentence_stands_beside_the_old_one(edited: Edited) -> None:
    """One that is put before it is added; the sentence that stayed is not mentioned."""
    one, two = "No test on people was found.", "Nothing says how long. No fair test on people was found."
    diff = edited(("claims/sleep-300.md", one, two))
    assert changes(diff) == {
        ("card", "sleep-300", "changed"): [
            ("in short", one, "No fair test on people was found."),
            ("in short", None, "Nothing says how long."),
        ]
    }
    assert shifts(diff) == {}
    assert diff.changed


def test_facts_are_told_apart_by_what_they_say(edited: Edited) -> None:
    """A fact that was put before another leaves the other alone; so does one that went."""
    diff = edited(
        ("claims/sleep-300.md", "## Known\n", "## Known\n- No hat was put on anybody. [mice-2001]\n"),
        ("claims/sleep-300.md", "- A seller prints the figure and names no study. [seller-2020]\n", ""),
    )
    assert changes(diff)[("card", "sleep-300", "changed")] == [
        ("known", None, "No hat was put on anybody. [animal, subject, other: mice-2001]"),
        ("known", "A seller prints the figure and names no study. [sellers-claim, subject, none: seller-2020]", None),
    ]  # fmt: skip


def test_another_verdict_is_told_at_the_card_and_at_its_questions(edited: Edited) -> None:
    """And that the words of the old one are no longer seen anywhere."""
    diff = edited(("claims/warm-ears.md", "verdict: supported", "verdict: not-shown-in-people"))
    assert changes(diff) == {
        ("card", "warm-ears", "changed"): [("verdict", "supported", "not-shown-in-people")],
        ("verdict", "supported", "removed"): [
            ("words", "Supported", None),
            ("meaning", "What we read backs this up.", None),
        ],
    }
    assert shifts(diff) == {"gold-in-002": ({"verdict": ("supported", "not-shown-in-people")}, (True, True))}


def test_another_certainty_and_other_labels_are_told_at_the_questions(edited: Edited) -> None:
    """The labels of all passages of the first card, as a set."""
    bears = "  - card: sleep-300\n    direction: background\n"
    diff = edited(
        ("claims/sleep-300.md", "certainty: no-direct-evidence", "certainty: low"),
        ("evidence/seller-2020.md", "For: sleep-300\n", "For: sleep-300, warm-ears\n"),
        ("evidence/seller-2020.md", bears, bears + bears.replace("sleep-300", "warm-ears")),
        ("claims/warm-ears.md", "sources: [trial-2010]", "sources: [trial-2010, seller-2020]"),
    )
    assert shifts(diff) == {
        "gold-in-001": ({"certainty": ("no-direct-evidence", "low")}, (True, True)),
        "gold-in-002": ({"labels": ("randomised-trial", "randomised-trial, sellers-claim")}, (True, True)),
    }
    assert [shift.kind for shift in diff.shifts] == ["certainty", "labels"]


def test_ways_are_not_seen_but_what_they_lead_to_is(edited: Edited) -> None:
    """A golden question that gets another card is listed, though no sentence changed."""
    ways = "\n- three hundred per cent more sleep, rea\n- hundred per cent more sleep, really\n"
    diff = edited(("claims/warm-ears.md", "\n- is it warm\n- will my ears freeze\n", ways))
    assert changes(diff) == {}
    assert shifts(diff) == {
        "gold-in-001": (
            {
                "first card": ("sleep-300", "warm-ears"),
                "verdict": ("not-shown-in-people", "supported"),
                "certainty": ("no-direct-evidence", "low"),
                "labels": ("animal, sellers-claim", "randomised-trial"),
            },
            (True, False),
        )
    }
    text = diff_text(diff, NAMES)
    assert "first card sleep-300 → warm-ears; verdict not-shown-in-people → supported" in text
    assert '"three hundred per cent more sleep, really" expects sleep-300: NO LONGER met' in text


def test_a_card_that_went_is_named_with_all_that_went_with_it(edited: Edited) -> None:
    """A golden question that went with it is asked of both all the same."""
    golden = 'gold-in-003, text: "washing a felt hat", kind: in-scope, primary: washing, also: [], expects: answer}'
    diff = edited(
        (WASHING, "", ""),
        (CARE, "", ""),
        ("claims/sleep-300.md", "related: [warm-ears, washing]", "related: [warm-ears]"),
        ("questions.yaml", f"  - {{id: {golden}\n", ""),
    )
    found = changes(diff)
    assert found.keys() == {
        ("card", "sleep-300", "changed"),
        ("card", "washing", "removed"),
        ("source", "care-2015", "removed"),
        ("label", "guideline", "removed"),
        ("verdict", "not-a-claim", "removed"),
    }
    assert found["card", "sleep-300", "changed"] == [("related", "washing", None)]
    assert ("in short", "Use cold water, says the one guide that we read.", None) in found["card", "washing", "removed"]
    (shift,) = diff.shifts
    assert (shift.question.id, shift.retired, shift.met) == ("gold-in-003", True, (True, False))
    assert diff.questions == 8


def test_a_new_card_is_named_with_all_that_came_with_it(edited: Edited, draft: Path) -> None:
    """And nothing else, where no golden question leads to it."""
    card = (draft / WASHING).read_text(encoding="utf-8").replace("washed", "dyed").replace("cleaning", "colour")
    ways = "".join(f"- {way} dye\n" for way in ("red", "blue", "green", "pink", "brown", "black", "yellow", "violet"))
    bears = "  - card: washing\n    direction: answers\n"
    diff = edited(
        ("topics/dyeing.md", "", f"{card.partition('- how to wash it')[0]}{ways}"),
        (CARE, "For: washing", "For: washing, dyeing"),
        (CARE, bears, bears + bears.replace("washing", "dyeing")),
    )
    found = changes(diff)
    assert found.keys() == {("card", "dyeing", "added")}
    assert ("title", None, "How is a felt hat dyed?") in found["card", "dyeing", "added"]
    assert not any("pink" in str(change) for change in found["card", "dyeing", "added"])
    assert shifts(diff) == {}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            ("wording.yaml", 'asked: "Usted preguntó"', 'asked: "Ha preguntado"'),
            {("wording", "es", "changed"): [("asked", "Usted preguntó", "Ha preguntado")]},
        ),
        (
            ("labels.yaml", 'words: "Studied in animals"', 'words: "Seen in animals"'),
            {("label", "animal", "changed"): [("words", "Studied in animals", "Seen in animals")]},
        ),
        (
            ("verdicts.yaml", "New research could well change this.", "This may change."),
            {("certainty", "low", "changed"): [("meaning", "New research could well change this.", "This may change.")]},
        ),
        (
            ("safety/choking.md", "Take the hat off.", "Take the hat off at once."),
            {("safety", "choking", "changed"): [("text", "Take the hat off.", "Take the hat off at once.")]},
        ),
        (
            ("glossary.yaml", "A cloth made", "A thick cloth made"),
            {
                ("term", "felt", "changed"): [
                    ("means", "A cloth made by pressing wool.", "A thick cloth made by pressing wool.")
                ]
            },
        ),
        (
            ("evidence/mice-2001.md", "retraction: not-checked", "retraction: flagged\nchecked_on: 2026-01-06"),
            {
                ("source", "mice-2001", "changed"): [
                    ("retraction", "not-checked", "flagged"),
                    ("checked on", None, "2026-01-06"),
                ]
            },
        ),
        (
            ("evidence/mice-2001.md", "depth: abstract", "depth: full-text"),
            {("source", "mice-2001", "changed"): [("read", "abstract", "full-text")]},
        ),
        (
            ("evidence/mice-2001.md", "Journal of Hats", "Annals of Hats"),
            {
                ("source", "mice-2001", "changed"): [
                    (
                        "citation",
                        "A. Body. 2001. Felt covers and mouse sleep. Journal of Hats",
                        "A. Body. 2001. Felt covers and mouse sleep. Annals of Hats",
                    )
                ]
            },
        ),
    ],
)  # fmt: skip
def test_each_thing_that_a_reader_sees_is_told_once(
    edited: Edited, edit: tuple[str, str, str], expected: dict[object, object]
) -> None:
    """However many cards it stands on, and with no question whose answer is the same."""
    diff = edited(edit)
    assert changes(diff) == expected
    assert shifts(diff) == {}


def test_another_safety_card_is_the_gravest_change(small_index: Path) -> None:
    """It comes first, and an alarm for nothing is not what the question expects."""
    old, new = BuiltIndex.load(small_index), BuiltIndex.load(small_index)
    new.calibration["triage"]["urgent"]["alone"] = -100.0
    new.calibration["refusing"].update(floor=1.1, closest=0.0)
    diff = compare(old, new, lambda name: ToyEncoder())
    (got, met) = shifts(diff)["gold-in-003"]
    assert got == {"safety card": ("none", "choking"), "outcome": ("answered", "closest")}
    assert met == (True, False)
    kinds = [shift.kind for shift in diff.shifts]
    assert kinds == sorted(kinds, key=GIVEN.index)
    assert kinds[0] == "safety card"


def test_a_threshold_alone_is_no_change_that_a_reader_sees(small_index: Path) -> None:
    """It is told in one line."""
    old, new = BuiltIndex.load(small_index), BuiltIndex.load(small_index)
    new.calibration["refusing"]["floor"] = old.calibration["refusing"]["floor"] - 0.0001
    diff = compare(old, new, lambda name: ToyEncoder())
    assert not diff.changed
    floors = [str(index.calibration["refusing"]["floor"]) for index in (old, new)]
    assert diff.thresholds == (Change(part="refusing.floor", old=floors[0], new=floors[1]),)
    assert diff_text(diff, NAMES).splitlines()[-1] == f"thresholds: refusing.floor {floors[0]} → {floors[1]}"


def test_an_outcome_that_changes_is_told_with_the_card_that_is_left(small_index: Path) -> None:
    """From an answer to titles alone, and to nothing at all."""
    old, titles, nothing = (BuiltIndex.load(small_index) for _ in range(3))
    titles.calibration["refusing"].update(floor=1.1, closest=0.0)
    nothing.calibration["refusing"].update(floor=1.1, closest=1.1)
    found = shifts(compare(old, titles, lambda name: ToyEncoder()))
    assert found["gold-in-001"] == ({"outcome": ("answered", "closest")}, (True, False))
    found = shifts(compare(old, nothing, lambda name: ToyEncoder()))
    assert found["gold-in-001"] == (
        {"outcome": ("answered", "nothing"), "first card": ("sleep-300", "none")},
        (True, False),
    )


def test_a_long_group_of_questions_is_cut_in_the_text_alone(small_index: Path) -> None:
    """The text says how many more; the JSON has all."""
    old, new = (BuiltIndex.load(small_index) for _ in range(2))
    old.calibration["refusing"].update(floor=0.0, closest=0.0)
    new.calibration["refusing"].update(floor=1.1, closest=0.0)
    diff = compare(old, new, lambda name: ToyEncoder())
    assert len(diff.shifts) == 8
    assert "golden questions that get something else: 8 of 8" in diff_text(diff, NAMES)
    assert len(diff_json(diff, NAMES)["questions"]) == 8


def test_each_question_is_searched_for_once_in_each_index(small_index: Path) -> None:
    """And embedded once in all, by an encoder that remembers."""
    encoder = CountingEncoder()
    questions = sorted(question.text for question in BuiltIndex.load(small_index).corpus.questions)
    compare(BuiltIndex.load(small_index), BuiltIndex.load(small_index), lambda name: encoder)
    assert sorted(encoder.texts) == sorted(questions * 2)
    encoder.texts.clear()
    memory = Memory(encoder, small_index / "none", print)
    compare(BuiltIndex.load(small_index), BuiltIndex.load(small_index), lambda name: memory)
    assert sorted(encoder.texts) == questions


def test_text_and_json_tell_the_same(edited: Edited) -> None:
    """Every id, part and sentence of the one stands in the other."""
    diff = edited(
        ("claims/warm-ears.md", "verdict: supported", "verdict: not-shown-in-people"),
        ("claims/sleep-300.md", "No test on people was found.", "No fair test was found."),
        ("wording.yaml", 'asked: "You asked"', 'asked: "You have asked"'),
    )
    found = json.loads(json.dumps(diff_json(diff, NAMES)))
    assert found["changed"] is True
    assert found["old"] == {"name": "old", "version": diff.versions[0]}
    assert found["edits"][0] == {
        "sort": "card",
        "id": "sleep-300",
        "title": "Does a quiet hat raise sleep by 300%?",
        "kind": "changed",
        "changes": [
            {
                "part": "in short",
                "kind": "changed",
                "old": "No test on people was found.",
                "new": "No fair test was found.",
            }
        ],
    }
    text = " ".join(diff_text(diff, NAMES).split())
    for question in found["questions"]:
        assert question["text"] in text
        for change in question["changes"]:
            assert f"{change['part']} {change['old']} → {change['new']}" in text
    for edit in found["edits"]:
        assert edit["id"] in text
        for change in edit["changes"] if edit["kind"] == "changed" else ():
            assert f"{change['part']} - {change['old']} + {change['new']}" in text


def test_the_page_marks_the_words_that_changed(edited: Edited, tmp_path: Path) -> None:
    """Old and new side by side, in a table with a caption and headed rows, in the language of the words."""
    diff = edited(
        ("claims/sleep-300.md", "No test on people was found.", "No fair test on people was found."),
        ("wording.yaml", 'asked: "Usted preguntó"', 'asked: "Usted ha preguntado"'),
    )
    page = write_diff(tmp_path / "deep" / "page.html", diff, NAMES).read_text(encoding="utf-8")
    assert "<caption>Does a quiet hat raise sleep by 300%? (sleep-300): changed</caption>" in page
    assert (
        '<tr><th scope="row">in short</th><td>No test on people was found.</td>'
        "<td>No <ins>fair</ins> test on people was found.</td></tr>" in page
    )
    assert '<td lang="es">Usted <del>preguntó</del> </td><td lang="es">Usted <ins>ha preguntado</ins> </td>' in page
    assert page.count("<table") == page.count("<caption>") == 3
    assert "<script" not in page


def test_no_markup_of_a_corpus_gets_into_the_page(edited: Edited, tmp_path: Path) -> None:
    """Neither from a sentence, nor a title, a question or the name of an index."""
    quoted = HOT.replace('"', "'")
    diff = edited(
        ("claims/sleep-300.md", "No test on people was found.", f"No test {HOT} was found."),
        ("claims/warm-ears.md", 'question: "Does a quiet hat', f'question: "{quoted} Does a quiet hat'),
        ("claims/warm-ears.md", "verdict: supported", "verdict: not-shown-in-people"),
        ("questions.yaml", "will ears be warmer under it", f"will ears be warmer under it {quoted}"),
        ("glossary.yaml", '{word: "felt", also: ["felts"]', f'{{word: "{quoted}", also: ["felts"]'),
        ("wording.yaml", '  asked: "You asked"', f'  asked: "You {quoted} asked"'),
    )
    page = write_diff(tmp_path / "page.html", diff, (HOT, quoted)).read_text(encoding="utf-8")
    assert "<img" not in page
    assert page.count("&lt;img") > 6
    assert set(re.findall(r"</?(\w+)", page)) <= {
        "a", "body", "br", "caption", "del", "div", "h1", "h2", "head", "html", "ins", "main", "meta", "p", "section",
        "style", "table", "tbody", "td", "th", "thead", "title", "tr",
    }  # fmt: skip


@given(old=st.text(), new=st.text())
def test_marks_change_no_word(old: str, new: str) -> None:
    """Without the marks, each side says what it said."""
    for side, text, tag in zip(marked(old, new), (old, new), ("del", "ins"), strict=True):
        plain = html.unescape(re.sub(rf"</?{tag}>", "", side))
        assert plain.split() == text.split()


@pytest.fixture
def command(
    small_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run `explainer diff` with the toy encoder: exit status, standard output, standard error."""
    for module in ("index.served", "index.encoder"):
        monkeypatch.setattr(f"{module}.SentenceTransformerEncoder", lambda name: ToyEncoder())

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        try:
            status = main(["--index", str(small_index), "diff", *arguments])
        except SystemExit as stop:  # argparse's own way to end
            status = int(str(stop.code))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_the_command_ends_as_git_diff_does(
    command: Callable[..., tuple[int, str, str]], edited: Edited, small_index: Path, tmp_path: Path
) -> None:
    """With status 0, or with --exit-code 1 where something changed and 2 where it cannot be said."""
    edited(("wording.yaml", 'asked: "You asked"', 'asked: "You have asked"'))
    old, new, none = str(small_index), str(tmp_path / "new"), str(tmp_path / "none")
    assert command(old, new)[0] == 0
    assert command(old, new, "--exit-code")[0] == 1
    assert command(old, old, "--exit-code")[0] == 0
    status, out, err = command(old, none, "--exit-code")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert command(old, none)[0] == 1


def test_the_command_prints_text_or_json_and_writes_a_page(
    command: Callable[..., tuple[int, str, str]], edited: Edited, small_index: Path, tmp_path: Path
) -> None:
    """All three of the same comparison."""
    diff = edited(("wording.yaml", 'asked: "You asked"', 'asked: "You have asked"'))
    names = (str(small_index), str(tmp_path / "new"))
    page = tmp_path / "page.html"
    assert command(*names, "--html", str(page)) == (0, diff_text(diff, names) + "\n", f"{page}\n")
    status, out, _ = command(*names, "--format", "json")
    assert (status, json.loads(out)) == (0, diff_json(diff, names))
    assert out == json.dumps(json.loads(out), ensure_ascii=False, sort_keys=True) + "\n"
    assert "You <ins>have</ins> asked" in page.read_text(encoding="utf-8")


def test_a_page_that_cannot_be_written_is_one_line(
    command: Callable[..., tuple[int, str, str]], small_index: Path, tmp_path: Path
) -> None:
    """With the name of the file, and nothing on standard output."""
    (tmp_path / "file").touch()
    page = tmp_path / "file" / "page.html"
    status, out, err = command(str(small_index), str(small_index), "--html", str(page))
    assert (status, out) == (1, "")
    assert err.startswith(f"explainer: cannot write {page}: ")
    assert err.count("\n") == 1


def test_each_sort_of_thing_has_a_heading() -> None:
    """In the text and on the page."""
    assert HEADINGS.keys() == set(SORTS)


def test_a_change_knows_how_it_came_about() -> None:
    """A sentence without an old one was added, one without a new one removed."""
    kinds = [Change(part="p", old=old, new=new).kind for old, new in ((None, "a"), ("a", None), ("a", "b"))]
    assert kinds == ["added", "removed", "changed"]
