"""How people ask: the texts by which a card is found, and the questions that test it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.entry import Text
from index.folder import Folder
from index.records import Problem

MIN_WAYS = 8
_NOT_WORD = re.compile(r"\W+")


def plain_question(text: str) -> str:
    """Return a question with case, punctuation and spacing taken out, to tell whether two are one."""
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def cards_have_enough_ways_people_ask(folder: Folder) -> Iterator[Problem]:
    """Ways people ask are the strongest lever on finding a card: at least eight each."""
    for card in folder.cards:
        section = card.section("Ways people ask")
        if 0 < len(section.items) < MIN_WAYS:
            yield card.problem(section.name.line, f"has {len(section.items)} ways people ask: at least {MIN_WAYS}")


def ways_people_ask_stand_once(folder: Folder) -> Iterator[Problem]:
    """One way of asking leads to one card."""
    seen: dict[str, str] = {}
    for card in folder.cards:
        for way in card.section("Ways people ask").items:
            other = seen.setdefault(plain_question(way), f"{card.path}:{way.line}")
            if other != f"{card.path}:{way.line}":
                yield card.problem(way.line, f"{str(way)!r} stands already at {other}: remove one")


def golden_questions_are_not_in_the_corpus(folder: Folder) -> Iterator[Problem]:
    """A golden question that the corpus repeats would test nothing."""
    asked = {
        plain_question(way): f"{card.path}:{way.line}"
        for card in folder.cards
        for way in card.section("Ways people ask").items
    }
    entry = folder.lists["questions"]
    for fields in entry.mappings("questions"):
        text = fields.at("text")
        if isinstance(text, Text) and plain_question(text) in asked:
            yield entry.problem(text.line, f"repeats {asked[plain_question(text)]}: word one of them differently")
