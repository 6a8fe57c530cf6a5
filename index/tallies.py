"""What a corpus holds, counted: evidence by claim, verdicts, reading grades, sources, reviews that are due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from itertools import groupby

from index.check.form import NUMBER_PARTS
from index.check.plain import grade, grade_together
from index.check.references import DEPTHS, ELSEWHERE, RETRACTION
from index.records import Card, Certainty, Corpus, Label, Source, Verdict

GRADE = ("high", "moderate", "low", "very-low")  # its levels of certainty, the highest first
_MOST_MONTHS = 36  # of a calendar with its empty months; in a longer one they are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How many sources of one label a card cites: on the subject, on another treatment or kind of it, on none."""

    label: Label
    subject: int
    elsewhere: int
    none: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a card cites: a Standing for each label of the corpus, in the order of their rungs."""

    card: Card
    standings: tuple[Standing, ...]

    @property
    def has_study(self) -> bool:
        """Say whether it cites a study of the subject, of whatever rung and with whatever result."""
        return any(standing.subject and standing.label.rung for standing in self.standings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many claims, and how many topics, have a verdict or a certainty."""

    tag: str
    words: str
    claims: int
    topics: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """The reading grades of a card, as `explainer check` measures them; a safety card has no `in short`."""

    id: str
    title: str
    in_short: float | None
    page: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """How many sources were read to a depth, by the state of their check for retraction, in the order of RETRACTION."""

    tag: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """How many cards come due for review in a month, such as "2027-05": on a day that has come, and on a later one."""

    name: str
    due: int
    later: int


def labels(corpus: Corpus) -> tuple[Label, ...]:
    """Return the labels of all sources in the order of their rungs; those that are on none come last."""
    found = {source.label.tag: source.label for source in corpus.sources}
    return tuple(sorted(found.values(), key=lambda label: (label.rung is None, label.rung, label.tag)))


def evidence(corpus: Corpus) -> tuple[Evidence, ...]:
    """Return what each claim cites; claims of one verdict stand together, the commonest verdict first.

    The article itself is no evidence for what it claims, and is left out.
    """
    order = labels(corpus)
    claims = [card for card in corpus.cards if card.kind == "claim"]
    common = Counter(card.verdict.tag for card in claims)
    claims.sort(key=lambda card: (-common[card.verdict.tag], card.verdict.tag, card.title))
    return tuple(Evidence(card=card, standings=tuple(_standings(card, order))) for card in claims)


def _standings(card: Card, order: Sequence[Label]) -> Iterator[Standing]:
    cited = {source.id: source for passage in (*card.known, *card.passages) for source in passage.sources}
    for label in order:
        treatments = Counter(source.treatment for source in cited.values() if source.label.tag == label.tag)
        subject, elsewhere = treatments["subject"], sum(treatments[tag] for tag in ELSEWHERE)
        yield Standing(label=label, subject=subject, elsewhere=elsewhere, none=treatments.total() - subject - elsewhere)


def verdicts(corpus: Corpus) -> tuple[Tally, ...]:
    """Count the cards of each verdict, the commonest among claims first."""
    return tuple(sorted(_tallies(corpus.cards, lambda card: card.verdict), key=_common))


def certainties(corpus: Corpus) -> tuple[Tally, ...]:
    """Count the cards of each certainty, the highest first; what is no level of GRADE comes last."""
    return tuple(sorted(_tallies(corpus.cards, lambda card: card.certainty), key=_level))


def _tallies(cards: Sequence[Card], of: Callable[[Card], Verdict | Certainty]) -> Iterator[Tally]:
    common = Counter((of(card).tag, card.kind) for card in cards)
    for tag, words in {of(card).tag: of(card).words for card in cards}.items():
        yield Tally(tag=tag, words=words, claims=common[tag, "claim"], topics=common[tag, "topic"])


def _common(tally: Tally) -> tuple[int, int, str]:
    return -tally.claims, -tally.topics, tally.tag


def _level(tally: Tally) -> tuple[int, tuple[int, int, str]]:
    return GRADE.index(tally.tag) if tally.tag in GRADE else len(GRADE), _common(tally)


def grades(corpus: Corpus) -> tuple[Graded, ...]:
    """Return the grades of every card and safety card, the hardest page first."""
    cards = (
        Graded(id=card.id, title=card.title, in_short=grade(card.in_short), page=grade_together(shown(card)))
        for card in corpus.cards
    )
    safety = (
        Graded(id=card.id, title=card.title, in_short=None, page=grade_together((card.text,))) for card in corpus.safety
    )
    return tuple(sorted((*cards, *safety), key=lambda graded: (-graded.page, graded.id)))


def shown(card: Card) -> tuple[str, ...]:
    """Return the sentences of a card that count for its grade, in their order."""
    parts = zip(NUMBER_PARTS, astuple(card.number), strict=True) if card.number else ()
    found = (
        card.in_short,
        card.get_help,
        card.claim.text if card.claim else "",
        *(f"{part}: {words}" for part, words in parts),
        *(fact.text for fact in card.known),
        *card.not_known,
    )
    return tuple(text for text in found if text)


def depths(corpus: Corpus) -> tuple[Depth, ...]:
    """Count the sources by how much of them was read, the most first, and by their state of retraction."""
    common = Counter((source.depth, source.retraction) for source in corpus.sources)
    return tuple(Depth(tag=tag, counts=tuple(common[tag, state] for state in RETRACTION)) for tag in DEPTHS)


def flagged(corpus: Corpus) -> tuple[Source, ...]:
    """Return the sources about which a notice was published, by id."""
    return tuple(sorted((s for s in corpus.sources if s.retraction == "flagged"), key=lambda source: source.id))


def due(corpus: Corpus, today: date) -> tuple[Card, ...]:
    """Return the cards that are due for review on `today`, the longest due first."""
    found = (card for card in corpus.cards if card.review.due(today))
    return tuple(sorted(found, key=lambda card: (card.review.next, card.id)))


def months(corpus: Corpus, today: date) -> tuple[Month, ...]:
    """Count the cards by the month in which they come due, from the first such month to the last."""
    cards = sorted(corpus.cards, key=lambda card: card.review.next)
    found = {}
    for number, group in groupby(cards, key=lambda card: card.review.next.year * 12 + card.review.next.month - 1):
        states = [card.review.due(today) for card in group]
        found[number] = (states.count(True), states.count(False))
    every = range(min(found), max(found) + 1) if found else ()
    numbers: Iterable[int] = every if len(every) <= _MOST_MONTHS else found
    return tuple(
        Month(name=f"{number // 12:04}-{number % 12 + 1:02}", due=past, later=later)
        for number, (past, later) in ((number, found.get(number, (0, 0))) for number in numbers)
    )
