"""Corrections to the content are listed first, dated and whole, so that anybody can look one up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

import pytest

from index.corpus import load_corpus
from tests.conftest import CORPUS
from tests.test_architecture import ROOT

LOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PARTS = ("said", "says now", "why", "source")
KNOWN = {"warm-ears": date(2027, 2, 1), "trial-2010": None}
SOUND = """# Changes

## Content

- 2027-02-01: `warm-ears`, "cold-ears"
  - said: "Ears were warmer by 5 degrees
    with the hat."
  - says now: "Ears were warmer by 3 degrees with the hat."
  - why: a slip of the pen
  - source: `trial-2010`, table 2
- 2026-11-22: first edition.

## Software

- 0.1.0: a page.
"""


def complaints(log: str, known: Mapping[str, date | None]) -> Iterator[str]:
    """Yield what is wrong with a list of changes; `known` are the ids of the corpus, with the last review of a card."""
    if re.findall(r"^## (.*)$", log, re.MULTILINE) != ["Content", "Software"]:
        yield "the sections are 'Content' and then 'Software'"
    content = log.partition("\n## Content\n")[2].partition("\n## ")[0].strip()
    days = []
    for entry in re.split(r"^(?=\S)", content, flags=re.MULTILINE)[1:]:
        head, *parts = re.split(r"\n  - ", entry.strip())
        begins = re.match(r"- (\d{4}-\d{2}-\d{2}): (?=\S)", head)
        if not begins:
            yield f"{head!r} begins with no date"
            continue
        day = date.fromisoformat(begins[1])
        days.append(day)
        for id in re.findall(r"`([^`]*)`", entry):
            reviewed = known.get(id)
            if id not in known:
                yield f"there is no {id!r}"
            elif reviewed and reviewed < day:
                yield f"{id!r} was corrected on {day} and reviewed before"
        if re.match(r"[`\"]", head[begins.end() :]) and tuple(part.partition(": ")[0] for part in parts) != PARTS:
            yield f"{head!r} does not say {', '.join(PARTS)}"
    if days != sorted(days, reverse=True):
        yield "the newest does not come first"


def test_the_list_of_changes_is_sound() -> None:
    """Content first, newest first, and every card and source that is named is there."""
    corpus = load_corpus(CORPUS)
    known: dict[str, date | None] = {card.id: card.review.on for card in corpus.cards}
    known |= {card.id: None for card in corpus.safety}
    known |= {path.stem: None for path in (CORPUS / "evidence").glob("*.md")}
    assert list(complaints(LOG, known)) == []


def test_the_first_edition_is_the_oldest_entry() -> None:
    """Nothing was corrected before it was published."""
    dates = re.findall(r"^- (\d{4}-\d{2}-\d{2}): (.*)$", LOG.partition("\n## Content\n")[2], re.MULTILINE)
    assert dates[-1][0] == "2026-11-22"
    assert dates[-1][1].startswith("first edition")


def test_the_form_that_is_shown_is_the_one_that_is_held() -> None:
    """With a date and ids put in, what the first lines show passes."""
    [form] = re.findall(r"^```\n(.*?)^```$", LOG, re.MULTILINE | re.DOTALL)
    for placeholder, value in (
        ("YYYY-MM-DD", "2027-02-01"),
        ("id-of-the-card", "warm-ears"),
        ("id-of-the-source", "trial-2010"),
    ):
        assert placeholder in form
        form = form.replace(placeholder, value)
    assert list(complaints(f"\n## Content\n\n{form}\n## Software\n", KNOWN)) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("## Content", "## Contents", "the sections are 'Content' and then 'Software'"),
        ("- 2026-11-22: first", "- first", "'- first edition.' begins with no date"),
        ("- 2026-11-22: first", "- 2027-03-01: first", "the newest does not come first"),
        ("`warm-ears`", "`warm-nose`", "there is no 'warm-nose'"),
        ("`trial-2010`", "`trial-2011`", "there is no 'trial-2011'"),
        ("- 2027-02-01", "- 2027-02-02", "'warm-ears' was corrected on 2027-02-02 and reviewed before"),
        ("  - why: a slip of the pen\n", "", "does not say said, says now, why, source"),
    ],
)
def test_a_list_that_is_not_sound_is_found_out(old: str, new: str, complaint: str) -> None:
    """Each fault is told by what is wrong."""
    assert list(complaints(SOUND, KNOWN)) == []
    assert old in SOUND
    assert complaint in " ".join(complaints(SOUND.replace(old, new), KNOWN))
