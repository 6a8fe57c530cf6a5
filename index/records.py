"""The nouns of the product, frozen; this module imports nothing of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["claim", "topic"]
Outcome = Literal["answered", "closest", "nothing"]
Urgency = Literal["urgent", "contraindication"]

MAX_QUESTION = 2_000  # characters
MAX_TEXT = 20_000  # characters of a pasted advertisement
MANY_AUTHORS = 3  # more are cut to the first one

OUTCOMES: tuple[Outcome, ...] = ("answered", "closest", "nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong in a corpus: where it stands and what to do about it."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What kind of source stands behind a passage, in words, and what that promises.

    `rung` is the place on the ladder of kinds of study, 0 (what a seller says) to 6 (many
    studies reviewed), or None where the label is not on the ladder.
    """

    tag: str
    words: str
    promise: str
    rung: int | None
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found about a claim: a tag, the words shown, and what they mean."""

    tag: str
    words: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Certainty:
    """How sure anyone can be, in GRADE's words, and what they mean."""

    tag: str
    words: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One place where a source was read, and how much of it."""

    where: str
    depth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A study, review, rule or page that was read.

    `retraction` says whether that was looked up, `checked_on` the day it was, or None.
    """

    id: str
    kind: str
    title: str
    authors: str
    year: str
    container: str
    locator: str
    doi: str
    pmid: str
    url: str
    read: tuple[Reading, ...]
    depth: str
    read_on: date
    retraction: str
    label: Label
    treatment: str
    body: str
    checked_on: date | None = None

    def credit(self, others: str) -> str:
        """Return who, where and when; `others` stands for all authors after the first of many."""
        names = self.authors.split(", ")
        by = f"{names[0]} {others}" if len(names) > MANY_AUTHORS else self.authors
        return ", ".join(dict.fromkeys(part for part in (by, self.container, self.year) if part))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One idea a reader can be shown, with the label of what it rests on.

    `treatment` and `body` say what the idea is about: subject (what the corpus is about), another-kind of it,
    another-treatment or none; face, other-skin, other or none. `bearing` says how its source
    bears on the card it stands in: supports, background …; empty outside a card's evidence.
    """

    id: str
    text: str
    label: Label
    sources: tuple[Source, ...]
    treatment: str
    body: str
    bearing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberAnatomy:
    """A figure taken apart; an unknown part says so in words."""

    of_what: str
    in_whom: str
    against_what: str
    measured_how: str
    said_by_whom: str
    not_found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """When a card was last read through, what that covered, by whom, and when it is due again."""

    on: date
    read: str
    reviewer: str
    next: date

    def due(self, today: date) -> bool:
        """Say whether the card is due for review on `today`."""
        return today >= self.next


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedTerm:
    """A term of the glossary that stands in a card.

    `here` is the other name by which it first stands there, such as mA for milliamp, and empty
    where that is the word itself, its plural or the like.
    """

    word: str
    here: str
    means: str

    @property
    def named(self) -> str:
        """The word, with the other name beside it by which a reader meets it here."""
        return f"{self.word} ({self.here})" if self.here else self.word


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A claim or a topic with all that belongs to it.

    `get_help` says when to see somebody, empty where nothing calls
    for it; `claim` restates what the article says and is None for a topic; `number` is None where the
    claim has no figure; `terms` are the words of the glossary that stand in what is shown, in the order in
    which they first do; `ways` and `names` and `sellers_ways` help to find the card and are never shown.
    """

    id: str
    kind: Kind
    title: str
    figure: str
    section: str
    verdict: Verdict
    certainty: Certainty
    in_short: str
    get_help: str
    claim: Passage | None
    number: NumberAnatomy | None
    known: tuple[Passage, ...]
    not_known: tuple[str, ...]
    passages: tuple[Passage, ...]
    terms: tuple[UsedTerm, ...]
    related: tuple[str, ...]
    review: Review
    names: tuple[str, ...]
    ways: tuple[str, ...]
    sellers_ways: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyCard:
    """A card that goes before any answer.

    `ways` are how people put it, `unlike` are sentences that look alike and are none of it,
    `phrases` are words that set it off wherever they stand.
    """

    id: str
    kind: Urgency
    title: str
    text: str
    ways: tuple[str, ...]
    unlike: tuple[str, ...]
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word that a reader may not know, in one plain sentence."""

    word: str
    also: tuple[str, ...]
    means: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenQuestion:
    """A question with the card that should answer it; the form of the evaluation set."""

    id: str
    text: str
    kind: str
    primary: str
    also: tuple[str, ...]
    expects: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenClaim:
    """A claim that a golden advertisement makes, the sentence that makes it, and ids as good."""

    id: str
    sentence: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldenAd:
    """An advertisement with every claim it makes."""

    id: str
    text: str
    claims: tuple[GoldenClaim, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A heading with the cards whose questions are offered under it."""

    words: str
    cards: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Examples of one sort of text that the corpus has nothing on; never shown."""

    sort: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Everything a reader can be shown, resolved: no ids are left to look up but `related`.

    `personal`, `subject` and `other_subjects` are phrases: what makes a question one about the
    person who asks, what names the corpus's subject, and what names another.
    """

    title: str
    article: Source
    licence: str
    cards: tuple[Card, ...]
    safety: tuple[SafetyCard, ...]
    sources: tuple[Source, ...]
    glossary: tuple[Term, ...]
    questions: tuple[GoldenQuestion, ...]
    ads: tuple[GoldenAd, ...]
    outside: tuple[Outside, ...]
    examples: tuple[Theme, ...]
    personal: tuple[str, ...]
    subject: tuple[str, ...]
    other_subjects: tuple[str, ...]
    wording: dict[str, dict[str, str]]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a question gets: safety cards first, then cards, best first.

    With the outcome `closest` the cards are near, not an answer, and only their titles may be
    shown; with `nothing` there are none. `notes` are keys of sentences in the corpus's wording.
    """

    question: str
    outcome: Outcome
    safety: tuple[SafetyCard, ...]
    cards: tuple[Card, ...]
    notes: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence of a pasted advertisement, and the card of a claim it makes."""

    sentence: str
    card: Card
