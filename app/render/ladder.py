"""How far from your face: where a card's evidence stands on seven steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from index.records import Card, Passage

STEPS = ("seller", "dish", "animal", "elsewhere", "faces", "fair_test", "reviewed")
# Directions in which a source bears on a card and is evidence for it; background is not.
_EVIDENCE = frozenset({"supports", "partly-supports", "no-effect", "contradicts", "origin-of-figure", "answers"})
_ANOTHER = ("another-kind", "another-treatment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: its name, how many sources stand on it, and whether it is as far as the evidence goes."""

    name: str
    count: int
    furthest: bool


def ladder(card: Card) -> tuple[Step, ...]:
    """Return the seven steps for a card, from what a seller says to many fair tests reviewed.

    Evidence on another current or treatment stands on the step "elsewhere" if it was on people,
    and nowhere otherwise; it never moves the furthest step.
    """
    standing: dict[str, set[str]] = {name: set() for name in STEPS}
    ours: set[str] = set()
    if card.claim:
        standing["seller"].update(source.id for source in card.claim.sources)
    for passage in _evidence(card.passages):
        step = _step(passage)
        if step:
            standing[step].update(source.id for source in passage.sources)
            if passage.treatment not in _ANOTHER:
                ours.add(step)
    reached = [name for name in STEPS if name in ours or (name == "seller" and standing[name])]
    return tuple(
        Step(name=name, count=len(standing[name]), furthest=bool(reached) and name == reached[-1]) for name in STEPS
    )


def _evidence(passages: Iterable[Passage]) -> Iterable[Passage]:
    return (p for p in passages if p.label.rung is not None and (p.bearing in _EVIDENCE or p.label.rung == 0))


def _step(passage: Passage) -> str | None:
    rung, subject = passage.label.rung, passage.treatment == "subject"
    if rung is None:
        return None
    if rung == 0:
        return None if passage.treatment in _ANOTHER else "seller"
    if rung <= 2:
        return ("dish", "animal")[rung - 1] if subject else None
    if not subject or passage.body != "face":
        return "elsewhere" if passage.treatment != "none" else None
    return ("faces", "faces", "fair_test", "reviewed")[rung - 3]
