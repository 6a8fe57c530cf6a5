"""A Diff for a terminal, and as plain data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from index.contract import Json
from index.diff import KINDS, NONE, Change, Diff, Edit, Shift
from index.evaluate import wanted
from index.shown import Sort

NOTHING = "nothing that a reader sees has changed"
HEADINGS: dict[Sort, str] = {
    "card": "Cards",
    "safety": "Safety cards",
    "source": "Sources",
    "label": "Labels in use",
    "verdict": "Verdicts in use",
    "certainty": "Certainty words in use",
    "wording": "Wording, by language",
    "term": "Glossary",
    "page": "Title, licence and examples",
}
_MARKS = dict(zip(KINDS, "+-~", strict=True))
_WIDTH = 100
_MOST_QUESTIONS = 5  # of a group that are printed; the page and the JSON have all


def diff_json(diff: Diff, names: tuple[str, str]) -> Json:
    """Return `diff` as plain data; `names` are what the two indexes were called.

    changed: whether a reader sees anything else. old, new: {name, version}. asked: how many
    golden questions. questions: those that get something else, each {id, text, kind, group,
    changes: [{part, old, new}], met: {old, new}, retired}; `group` is the gravest of its changes,
    `retired` says that the new corpus no longer has the question.
    edits: each {sort, id, title, kind, changes: [{part, kind, old, new}]}, where `kind` is added,
    removed or changed, and `old` or `new` null where there is none. thresholds: [{part, old, new}].
    The command prints the keys sorted; lists have the order of the text.
    """
    return {
        "changed": diff.changed,
        "old": {"name": names[0], "version": diff.versions[0]},
        "new": {"name": names[1], "version": diff.versions[1]},
        "asked": diff.questions,
        "questions": [
            {
                "id": shift.question.id,
                "text": shift.question.text,
                "kind": shift.question.kind,
                "group": shift.kind,
                "changes": list(map(_change_json, shift.changes)),
                "met": {"old": shift.met[0], "new": shift.met[1]},
                "retired": shift.retired,
            }
            for shift in diff.shifts
        ],
        "edits": [
            {
                "sort": edit.sort,
                "id": edit.id,
                "title": edit.title,
                "kind": edit.kind,
                "changes": [{**_change_json(change), "kind": change.kind} for change in edit.changes],
            }
            for edit in diff.edits
        ],
        "thresholds": list(map(_change_json, diff.thresholds)),
    }


def _change_json(change: Change) -> Json:
    return {"part": change.part, "old": change.old, "new": change.new}


def diff_text(diff: Diff, names: tuple[str, str]) -> str:
    """Return `diff` as plain text; `names` are what the two indexes were called."""
    return "\n".join(_lines(diff, names)).rstrip()


def questions_line(diff: Diff) -> str:
    """Say how many golden questions get something else, and how many of these got what they expect."""
    before, now = (sum(shift.met[side] for shift in diff.shifts) for side in (0, 1))
    return (
        f"golden questions that get something else: {len(diff.shifts)} of {diff.questions}; "
        f"expectations met among these: {before} before, {now} now"
    )


def thresholds_line(diff: Diff) -> str:
    """Say which thresholds changed."""
    found = (f"{change.part} {change.old or NONE} → {change.new or NONE}" for change in diff.thresholds)
    return f"thresholds: {', '.join(found) or 'none changed'}"


def expectation(shift: Shift) -> str:
    """Say what a golden question expects, and whether it got that, before and now."""
    met = {
        (True, True): "met before and now",
        (True, False): "NO LONGER met",
        (False, True): "now met",
        (False, False): "not met before or now",
    }[shift.met]
    return f"{wanted(shift.question)}: {met}{', no longer asked' if shift.retired else ''}"


def count(number: int, thing: str) -> str:
    """Return a number with what it counts."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _lines(diff: Diff, names: tuple[str, str]) -> Iterator[str]:
    yield f"old  {names[0]} (corpus version {diff.versions[0]})"
    yield f"new  {names[1]} (corpus version {diff.versions[1]})"
    yield ""
    if diff.shifts:
        yield from _wrapped(questions_line(diff))
        for (card, changes), shifts in groupby(diff.shifts, key=lambda shift: (shift.card, shift.changes)):
            yield from _group(card, changes, list(shifts))
        yield ""
    for sort, edits in groupby(diff.edits, key=lambda edit: edit.sort):
        yield HEADINGS[sort]
        for edit in edits:
            yield from _edit(edit)
        yield ""
    if not diff.changed:
        yield NOTHING
    yield thresholds_line(diff)


def _group(card: str, changes: Sequence[Change], shifts: Sequence[Shift]) -> Iterator[str]:
    said = "; ".join(f"{change.part} {change.old} → {change.new}" for change in changes)
    yield from _wrapped(f"{said} ({count(len(shifts), 'question')}, first card now {card})", "  ")
    for shift in shifts[:_MOST_QUESTIONS]:
        yield from _wrapped(f'"{shift.question.text}" expects {expectation(shift)}', "    ")
    if len(shifts) > _MOST_QUESTIONS:
        yield f"    … and {len(shifts) - _MOST_QUESTIONS} more"


def _edit(edit: Edit) -> Iterator[str]:
    title = f": {edit.title}" if edit.title != edit.id else ""
    if edit.kind != "changed":
        yield from _wrapped(f"{edit.id}{title} ({count(len(edit.changes), 'text')})", f"  {_MARKS[edit.kind]} ")
        return
    yield from _wrapped(f"{edit.id}{title}", f"  {_MARKS['changed']} ")
    for part, changes in groupby(edit.changes, key=lambda change: change.part):
        yield f"      {part}"
        for change in changes:
            for mark, text in (("-", change.old), ("+", change.new)):
                if text is not None:
                    yield from _wrapped(text, f"        {mark} ")


def _wrapped(text: str, before: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=before,
        subsequent_indent=" " * len(before),
        break_long_words=False,
        break_on_hyphens=False,
    )
