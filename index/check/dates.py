"""The dates of a corpus stand in their order; none is compared with today, so that a check stays what it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from index.entry import Text
from index.folder import Folder
from index.records import Problem

MAX_DAYS_TO_REVIEW = 366  # a card that nobody need look at for longer is not reviewed


def next_reviews_are_near(folder: Folder) -> Iterator[Problem]:
    """A card's next review comes after its last, or on the same day where it is due at once, and within a year."""
    for card in folder.cards:
        last, following = _date(card.text("reviewed")), _date(card.text("next_review"))
        if not last or not following:
            continue
        line = card.text("next_review").line
        if following < last:
            yield card.problem(line, f"next_review {following} is before reviewed {last}: give a later day")
        elif (following - last).days > MAX_DAYS_TO_REVIEW:
            yield card.problem(
                line, f"next_review {following} is over a year after reviewed {last}: give an earlier day"
            )


def cards_are_reviewed_after_their_sources_were_read(folder: Folder) -> Iterator[Problem]:
    """A review covers the facts as they were last read."""
    read = {source.id: _date(source.text("read_on")) for source in folder.evidence}
    for card in folder.cards:
        reviewed = _date(card.text("reviewed"))
        for name in card.texts("sources"):
            day = read.get(name)
            if reviewed and day and day > reviewed:
                yield card.problem(
                    card.text("reviewed").line,
                    f"reviewed {reviewed} is before {name} was read ({day}): review it again",
                )


def retraction_checks_are_dated(folder: Folder) -> Iterator[Problem]:
    """A source that was looked up for retraction says when; one that was not has no such day."""
    for source in folder.evidence:
        looked_up, day = source.text("retraction"), source.text("checked_on")
        if looked_up in ("clear", "flagged") and not day:
            yield source.problem(looked_up.line, f"retraction {str(looked_up)!r} needs a line 'checked_on: YYYY-MM-DD'")
        if looked_up == "not-checked" and day:
            yield source.problem(day.line, "checked_on stands there, but retraction says 'not-checked': mend one")


def _date(text: Text) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:  # told by the rules of form
        return None
