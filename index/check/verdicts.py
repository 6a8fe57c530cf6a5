"""A verdict is no stronger than what its card rests on."""

from __future__ import annotations

from collections.abc import Iterator

from index.check.references import BODY_ALONE, DIRECTIONS, ELSEWHERE, tags
from index.entry import Entry, Fields, Text
from index.folder import Folder
from index.records import Problem

_SELLERS_RUNG = "0"
_AGAINST = ("no-effect", "contradicts")


def verdict_needs_are_in_their_lists(folder: Folder) -> Iterator[Problem]:
    """What a verdict asks for is a bearing and a label that exist."""
    labels = tags(folder, "labels", "labels")
    entry = folder.lists["verdicts"]
    for fields in entry.mappings("verdicts"):
        for key, allowed in (("bearings", DIRECTIONS), ("labels", labels)):
            for name in _texts(fields, key):
                if name not in allowed:
                    yield entry.problem(name.line, f"{key} must be of {', '.join(allowed)}: {str(name)!r}")


def verdicts_rest_on_sources(folder: Folder) -> Iterator[Problem]:
    """A verdict has a source of the bearings and labels that verdicts.yaml asks for.

    What is about another treatment never counts for this one. What is about the body alone
    counts whatever its label, unless a seller says it: no trial of the treatment could tell.
    """
    needs = {str(fields.text("tag")): fields for fields in folder.lists["verdicts"].mappings("verdicts")}
    rungs, known = _rungs(folder), _placed(folder)
    for card in folder.cards:
        verdict = card.text("verdict")
        wanted = _texts(needs.get(verdict, Fields()), "bearings")
        labels = _texts(needs.get(verdict, Fields()), "labels")
        if not wanted:
            continue
        bearing = [s for s in _cited(known, card) if _bearings(s).get(card.id) in wanted]
        here = [s for s in bearing if s.text("treatment") not in ELSEWHERE]
        strong = [s for s in here if s.text("label") in labels or not labels or _tells_of_the_body(s, rungs)]
        asked = f"verdict {str(verdict)!r} needs a source that bears {' or '.join(map(repr, map(str, wanted)))} on it"
        if not bearing:
            yield card.problem(verdict.line, f"{asked}: cite one or change the verdict")
        elif not here:
            yield card.problem(verdict.line, f"{asked}: {_named(bearing)} on another treatment, which does not count")
        elif not strong:
            yield card.problem(verdict.line, f"{asked} with one of the labels {', '.join(labels)}: {_named(here)} not")


def cards_do_not_rest_on_sellers_alone(folder: Folder) -> Iterator[Problem]:
    """What sellers say is never all that a card has to show."""
    rungs, known = _rungs(folder), _placed(folder)
    for card in folder.cards:
        cited = _cited(known, card)
        if cited and all(rungs.get(source.text("label")) == _SELLERS_RUNG for source in cited):
            yield card.problem(
                card.fields.line_of("sources"), f"rests on what sellers say alone ({_ids(cited)}): add another source"
            )


def counter_evidence_is_cited(folder: Folder) -> Iterator[Problem]:
    """Evidence that speaks against a card and is not about another treatment is not left out of it."""
    cards = {card.id: card for card in folder.cards}
    for source in folder.evidence:
        for name, direction in _bearings(source).items():
            against = direction in _AGAINST and source.text("treatment") not in ELSEWHERE
            if against and name in cards and source.id not in cards[name].texts("sources"):
                card = cards[name]
                line = card.fields.line_of("sources")
                yield card.problem(line, f"leaves out {source.path}, which bears {direction!r} on it: cite it")


def _tells_of_the_body(source: Entry, rungs: dict[str, str]) -> bool:
    return source.text("treatment") == BODY_ALONE and rungs.get(source.text("label")) != _SELLERS_RUNG


def _rungs(folder: Folder) -> dict[str, str]:
    return {fields.text("tag"): fields.text("rung") for fields in folder.lists["labels"].mappings("labels")}


def _placed(folder: Folder) -> dict[str, tuple[int, Entry]]:
    """Return every source by its id, with its place among all, so that no card has to look through them all."""
    return {source.id: (place, source) for place, source in enumerate(folder.evidence)}


def _cited(known: dict[str, tuple[int, Entry]], card: Entry) -> list[Entry]:
    found = {name: known[name] for name in card.texts("sources") if name in known}
    return [source for _, source in sorted(found.values(), key=lambda placed: placed[0])]


def _bearings(source: Entry) -> dict[str, str]:
    return {fields.text("card"): fields.text("direction") for fields in source.mappings("bears_on")}


def _texts(fields: Fields, key: str) -> tuple[Text, ...]:
    value = fields.at(key)
    return tuple(v for v in value if isinstance(v, Text)) if isinstance(value, list) else ()


def _ids(sources: list[Entry]) -> str:
    return ", ".join(source.id for source in sources)


def _named(sources: list[Entry]) -> str:
    return f"{_ids(sources)} {'is' if len(sources) == 1 else 'are'}"
