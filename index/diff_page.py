"""A Diff as one page: old and new side by side, with the changed words marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import groupby
from pathlib import Path

from index.diff import KINDS, Diff, Edit, Shift
from index.diff_text import HEADINGS, NOTHING, count, expectation, questions_line, thresholds_line
from index.sheet import Html, element, joined, link, section, table, words, write_page
from index.shown import Sort

_WORD = re.compile(r"\S+\s*")
_QUESTIONS = "questions"  # the name of their section


def write_diff(file: Path, diff: Diff, names: tuple[str, str]) -> Path:
    """Write the page of `diff` to `file` and return its path; `names` are what the two indexes were called.

    Raises ReportError if it cannot be written.
    """
    old, new = (f"{name} (corpus version {version})" for name, version in zip(names, diff.versions, strict=True))
    return write_page(
        file,
        "What changed for readers",
        element("p", words(f"Old: {old}."), Html("<br>"), words(f"New: {new}.")),
        _summary(diff),
        element("p", words(_sentence(thresholds_line(diff)))),
        *_questions(diff),
        *_sorts(diff.edits),
    )


def marked(old: str | None, new: str | None) -> tuple[Html, Html]:
    """Return two sentences with the words that went in <del> and those that came in <ins>."""
    was, now = _WORD.findall(old or ""), _WORD.findall(new or "")
    left: list[Html] = []
    right: list[Html] = []
    for same, i, j, k, m in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if same == "equal":
            left.append(words("".join(was[i:j])))
            right.append(words("".join(now[k:m])))
        else:
            left.append(_run("del", was[i:j]))
            right.append(_run("ins", now[k:m]))
    return joined(left), joined(right)


def _run(tag: str, run: list[str]) -> Html:
    """Return changed words as one element, without the space after them."""
    text = "".join(run)
    return Html(f"{element(tag, words(text.rstrip()))} ") if text else words("")


def _summary(diff: Diff) -> Html:
    if not diff.changed:
        return element("p", element("strong", words(_sentence(NOTHING))))
    found = {link(sort, HEADINGS[sort]): [e.kind for e in edits] for sort, edits in _by_sort(diff.edits)}
    if diff.shifts:
        found = {link(_QUESTIONS, "Golden questions"): ["changed"] * len(diff.shifts), **found}
    rows = ([name, *(words(str(kinds.count(kind))) for kind in KINDS)] for name, kinds in found.items())
    return table("How much changed", ("what", *KINDS), rows)


def _questions(diff: Diff) -> Iterator[Html]:
    if diff.shifts:
        tables = []
        for kind, found in groupby(diff.shifts, key=lambda shift: shift.kind):
            shifts = list(found)
            rows = ([words(shift.question.text), *_sides(shift), words(expectation(shift))] for shift in shifts)
            caption = f"Another {kind}: {count(len(shifts), 'question')}"
            tables.append(table(caption, ("question", "was", "now", "expected"), rows, sides=True))
        yield section(_QUESTIONS, "Golden questions", element("p", words(_sentence(questions_line(diff)))), *tables)


def _sides(shift: Shift) -> tuple[Html, Html]:
    """Return what a question got and gets now, with its first card even where that is the same."""
    pairs = [(change.part, *marked(change.old, change.new)) for change in shift.changes]
    if "first card" not in (part for part, *_ in pairs):
        pairs.insert(0, ("first card", *marked(shift.card, shift.card)))
    return (
        joined(element("div", words(f"{part}: "), old) for part, old, _ in pairs),
        joined(element("div", words(f"{part}: "), new) for part, _, new in pairs),
    )


def _by_sort(edits: Iterable[Edit]) -> Iterator[tuple[Sort, list[Edit]]]:
    for sort, found in groupby(edits, key=lambda edit: edit.sort):
        yield sort, list(found)


def _sorts(edits: Iterable[Edit]) -> Iterator[Html]:
    for sort, found in _by_sort(edits):
        yield section(sort, HEADINGS[sort], *map(_edit, found))


def _edit(edit: Edit) -> Html:
    name = edit.title if edit.title == edit.id else f"{edit.title} ({edit.id})"
    rows = ([words(change.part), *marked(change.old, change.new)] for change in edit.changes)
    return table(
        f"{name}: {edit.kind}",
        ("part", "was", "now"),
        rows,
        sides=True,
        lang=edit.id if edit.sort == "wording" else "",
    )


def _sentence(line: str) -> str:
    return f"{line[0].upper()}{line[1:]}."
