"""An Answer in the form that the tool gives it: the one JSON form, with what must be shown beside it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from app.render import Renderer
from index.contract import Json, answer_json
from index.plain_text import answer_text
from index.records import Answer, Kind, Outcome, Urgency

_OTHER_TREATMENTS = ("another-kind", "another-treatment")
_OTHER_BODY = ("other-skin", "other")


class Form(BaseModel):
    """A closed set of keys and types; an error about them quotes no value."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class LabelForm(Form):
    """What kind of source stands behind a passage."""

    tag: str
    words: str
    promise: str
    rung: int | None


class SourceForm(Form):
    """What was read, and how much of it."""

    id: str
    title: str
    authors: str
    year: str
    url: str
    read: str
    read_on: str
    retraction: str
    checked_on: str


class PassageForm(Form):
    """One idea with its label; `about` says so where it is about another treatment or part of the body."""

    id: str
    text: str
    label: LabelForm
    treatment: str
    body: str
    about: str
    sources: list[SourceForm]


class JudgementForm(Form):
    """A verdict or a certainty."""

    tag: str
    words: str
    meaning: str


class ReviewForm(Form):
    """When a card was last read through, and by whom."""

    on: str
    read: str
    reviewer: str
    next: str


class NumberForm(Form):
    """A figure taken apart."""

    of_what: str
    in_whom: str
    against_what: str
    measured_how: str
    said_by_whom: str
    not_found: str


class TermForm(Form):
    """A word that a reader may not know; `here` is the other name by which it stands in the card, if it does."""

    word: str
    here: str
    means: str


class SafetyForm(Form):
    """A card that goes before any other."""

    id: str
    kind: Urgency
    title: str
    text: str


class TitleForm(Form):
    """A card that only comes close."""

    id: str
    title: str
    kind: Kind
    link: str


class BriefForm(TitleForm):
    """A card after the first; it has no passages."""

    verdict: JudgementForm
    certainty: JudgementForm
    in_short: str
    get_help: str
    reviewed: ReviewForm
    passages: list[PassageForm]


class CardForm(BriefForm):
    """The card that answers."""

    claim: PassageForm | None
    number: NumberForm | None
    known: list[PassageForm]
    not_known: list[str]
    terms: list[TermForm]
    related: list[str]


class LookedUp(Form):
    """An answer with the sentences that must be shown with it."""

    question: str
    outcome: Outcome
    version: str
    safety: list[SafetyForm]
    notes: list[str]
    cards: list[CardForm | BriefForm | TitleForm]
    must_show: list[str] = Field(description="show each of these, word for word")


def looked_up(answer: Answer, renderer: Renderer) -> Json:
    """Return the JSON of an answer, with the link of each card, what its passages are about, and what must be shown."""
    found = answer_json(answer)
    for card in found["cards"]:
        card["link"] = renderer.links.absolute(card["id"])
        for passage in _passages(card):
            passage["about"] = _about(passage, renderer)
    found["must_show"] = must_show(answer, renderer)
    LookedUp.model_validate(found)
    return found


def looked_up_text(answer: Answer, renderer: Renderer) -> str:
    """Return an answer as plain text, with all that must be shown."""
    text = answer_text(answer, renderer.wording)
    said = " ".join(text.split())
    return "\n".join([text, *(sentence for sentence in must_show(answer, renderer) if sentence not in said)])


def must_show(answer: Answer, renderer: Renderer) -> list[str]:
    """Return the sentences without which an answer would seem to say more than it does."""
    keys = [f"note_{note}" for note in answer.notes]
    if answer.outcome != "answered":
        keys.append(answer.outcome)
    elif not all(card.review.reviewer for card in answer.cards):
        keys.append("not_reviewed")
    return [renderer.say(key) for key in (*keys, "promise", "not_advice")]


def _passages(card: Json) -> Iterator[Json]:
    yield from card.get("known", ())
    yield from card.get("passages", ())
    if card.get("claim"):
        yield card["claim"]


def _about(passage: Json, renderer: Renderer) -> str:
    treatment, body = passage["treatment"], passage["body"]
    if treatment in _OTHER_TREATMENTS:
        return renderer.say(f"about_{treatment.replace('-', '_')}")
    if treatment != "none" and body in _OTHER_BODY:
        return renderer.say(f"body_{body.replace('-', '_')}")
    return ""
