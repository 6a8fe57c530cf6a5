"""A built index at a glance, as one page of pictures for those who keep the corpus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from index.answer import Explainer
from index.check.plain import MAX_CARD_GRADE, MAX_IN_SHORT_GRADE
from index.check.references import RETRACTION
from index.encoder import Encoder
from index.evaluate import ask_all, wanted
from index.nearness import Near, Pair, Plane, card_vectors, closest, farthest, nearest
from index.pictures import Line, Spot, bars, dots, ground, matrix
from index.records import OUTCOMES, Card, Corpus
from index.sheet import Html, element, link, scrolled, section, table, words, write_page
from index.store import BuiltIndex
from index.tallies import (
    Evidence,
    Standing,
    certainties,
    depths,
    due,
    evidence,
    flagged,
    grades,
    labels,
    months,
    verdicts,
)

MOST_CROWDED = 12  # pairs of cards
MOST_GAPS = 20  # golden questions
_TREATMENTS = ("on the subject", "on another treatment or kind of it", "on no treatment (body, research, law)")
_NARROW = 4  # columns, which fit a small screen
_KINDS = ("claims", "topics")
_DEPTHS = {"secondary": "second-hand"}  # other tags say it themselves
_SECTIONS = {
    "evidence": "Claims and kinds of evidence",
    "verdicts": "Verdicts and certainty",
    "grades": "Reading grades",
    "sources": "How much of the sources was read",
    "reviews": "Due for review",
    "map": "Cards and golden questions on a map",
}


def write_overview(folder: Path, index: BuiltIndex, encoder: Encoder, today: date) -> Path:
    """Write `index.html` into `folder` and return its path.

    What is due for review is told as of `today`; the same index and day give the same bytes.
    Raises ReportError if it cannot be written, IndexFolderError if the index is another encoder's.
    """
    corpus = index.corpus
    parts = (
        _evidence(corpus),
        _verdicts(corpus),
        _grades(corpus),
        _sources(corpus),
        _reviews(corpus, today),
        _map(index, encoder),
    )
    return write_page(
        folder / "index.html",
        f"The corpus at a glance: {corpus.title}",
        _text(
            f"Corpus version {index.version}, as of {today}: {_kinds(corpus)}, {len(corpus.safety)} safety cards, "
            f"{len(corpus.sources)} sources, {len(corpus.questions)} golden questions."
        ),
        element("ul", *(element("li", link(name, heading)) for name, heading in _SECTIONS.items())),
        *(section(name, _SECTIONS[name], *part) for name, part in zip(_SECTIONS, parts, strict=True)),
    )


def _kinds(corpus: Corpus) -> str:
    found = Counter(card.kind for card in corpus.cards)
    return f"{len(corpus.cards)} cards ({found['claim']} on claims, {found['topic']} on topics)"


def _evidence(corpus: Corpus) -> Iterator[Html]:
    found, order = evidence(corpus), labels(corpus)
    yield _text(
        f"{sum(one.has_study for one in found)} of {len(found)} claims cite a study of the subject itself, of any kind "
        "and with any result. The article is not counted as a source. Kinds of evidence run from what sellers say to "
        "reviews of studies; behind the thick line stand those that are on no rung of that ladder. Evidence on another "
        "treatment, or on another kind of this one, has open marks or brackets: it does not count for the subject."
    )
    lines = [
        Line(
            name=one.card.title,
            aside=one.card.verdict.words,
            cells=tuple((standing.subject, standing.elsewhere, standing.none) for standing in one.standings),
        )
        for one in found
    ]
    yield matrix(
        "evidence",
        "Number of sources that each claim cites, by kind of evidence and by what they are about",
        lines,
        [label.words for label in order],
        _TREATMENTS,
        sum(label.rung is not None for label in order),
    )
    yield _folded(
        "Sources that each claim cites: on the subject; (on another treatment or kind of it); on no treatment",
        ("claim", "verdict", *_TREATMENTS),
        map(_evidence_row, found),
    )


def _evidence_row(found: Evidence) -> tuple[str, ...]:
    elsewhere = _listed(found.standings, lambda standing: standing.elsewhere)
    return (
        found.card.title,
        found.card.verdict.words,
        _listed(found.standings, lambda standing: standing.subject) or "none",
        f"({elsewhere})" if elsewhere else "none",
        _listed(found.standings, lambda standing: standing.none) or "none",
    )


def _listed(standings: Iterable[Standing], of: Callable[[Standing], int]) -> str:
    return ", ".join(f"{standing.label.words} {of(standing)}" for standing in standings if of(standing))


def _verdicts(corpus: Corpus) -> Iterator[Html]:
    for what, tallies in (("verdict", verdicts(corpus)), ("certainty", certainties(corpus))):
        title = f"Cards of each {what}"
        yield bars(what, title, [(t.words, (t.claims, t.topics)) for t in tallies], _KINDS, "cards")
        rows = ((t.words, str(t.claims), str(t.topics), str(t.claims + t.topics)) for t in tallies)
        yield _table(f"{title}, in numbers", (what, *_KINDS, "cards"), rows)


def _grades(corpus: Corpus) -> Iterator[Html]:
    found = grades(corpus)
    over = sum((g.in_short or 0) > MAX_IN_SHORT_GRADE or g.page > MAX_CARD_GRADE for g in found)
    yield _text(
        f"Flesch-Kincaid grade, in US school years, as 'explainer check' measures it: at most {MAX_IN_SHORT_GRADE:g} "
        f"in short and {MAX_CARD_GRADE:g} as a whole. Over a limit: {over} of {len(found)}."
    )
    title = "Reading grade of each card and safety card, the hardest first"
    limits = (("in short", MAX_IN_SHORT_GRADE), ("whole card", MAX_CARD_GRADE))
    yield dots("grades", title, [(g.title, (g.in_short, g.page)) for g in found], limits, "reading grade")
    rows = (
        (f"{g.title} ({g.id})", "none" if g.in_short is None else f"{g.in_short:.1f}", f"{g.page:.1f}") for g in found
    )
    yield _folded(f"{title}, in numbers", ("card", *(what for what, _ in limits)), rows)


def _sources(corpus: Corpus) -> Iterator[Html]:
    found = [(_DEPTHS.get(depth.tag, _plain(depth.tag)), depth.counts) for depth in depths(corpus)]
    states = [_plain(state) for state in RETRACTION]
    title = "Sources by how much was read, and by whether they were checked for retraction"
    yield bars("sources", title, found, states, "sources")
    rows = ((name, *map(str, counts), str(sum(counts))) for name, counts in found)
    yield _table(f"{title}, in numbers", ("read", *states, "sources"), rows)
    notices = flagged(corpus)
    unchecked = sum(source.retraction == "not-checked" for source in corpus.sources)
    if notices:
        rows = ((source.title, source.id, str(source.checked_on)) for source in notices)
        yield _table("Sources about which a notice was published", ("source", "id", "checked on"), rows)
    else:
        yield _text(f"No source is flagged; {unchecked} of {len(corpus.sources)} were not checked.")


def _reviews(corpus: Corpus, today: date) -> Iterator[Html]:
    states = (f"due on {today}", "due later")
    found = [(month.name, (month.due, month.later)) for month in months(corpus, today)]
    title = "Cards by the month in which they are due for review"
    yield bars("reviews", title, found, states, "cards")
    yield _table(f"{title}, in numbers", ("month", *states), ((name, *map(str, counts)) for name, counts in found))
    overdue = due(corpus, today)
    if overdue:
        columns = ("card", "id", "due since", "last reviewed", "what that covered", "reviewer")
        yield _table(f"Due for review on {today}", columns, map(_overdue_row, overdue))
    else:
        yield _text(f"No card is due for review on {today}.")


def _overdue_row(card: Card) -> tuple[str, ...]:
    review = card.review
    return card.title, card.id, str(review.next), str(review.on), review.read, review.reviewer or "none"


def _map(index: BuiltIndex, encoder: Encoder) -> Iterator[Html]:
    cards = index.corpus.cards
    near = nearest(index, ask_all(Explainer(index, encoder), index.corpus.questions), encoder)
    vectors = card_vectors(index)
    plane = Plane(vectors)
    yield _text(
        f"What lies close together reads alike to the search. The two directions hold {sum(plane.shares):.0%} of the "
        "spread between cards, so the map is rough; the tables have the true nearness, the cosine, which is 1 for the "
        "same words. A card lies at the mean of its title and its 'in short'."
    )
    spots = [Spot(name=card.id, x=x, y=y) for card, (x, y) in zip(cards, plane.places(vectors), strict=True)]
    marks = []
    for outcome in OUTCOMES:
        places = plane.places(one.vector for one in near if one.asked.answer.outcome == outcome)
        marks.append((f"golden question: {outcome} ({len(places)})", [Spot(name="", x=x, y=y) for x, y in places]))
    yield ground("map", "Cards by their ids, and golden questions by the outcome they get", spots, marks)
    yield _folded(
        "Each card: its place on the map, and the golden questions nearest to one of its texts, by outcome",
        ("card", "id", "across", "up", *OUTCOMES),
        _card_rows(cards, spots, near),
    )
    yield _table(
        "Crowding: the cards closest to each other",
        ("card", "other card", "cosine"),
        map(_pair_row, closest(index, MOST_CROWDED)),
    )
    yield _table(
        "Gaps: the golden questions in scope that are farthest from any text of any card",
        ("question", "wanted", "nearest card", "cosine", "outcome", "first card"),
        map(_gap_row, farthest(near, MOST_GAPS)),
    )


def _card_rows(cards: Iterable[Card], spots: Iterable[Spot], near: Iterable[Near]) -> Iterator[tuple[str, ...]]:
    common = Counter((one.card, one.asked.answer.outcome) for one in near)
    for card, spot in zip(cards, spots, strict=True):
        counts = (str(common[card.id, outcome]) for outcome in OUTCOMES)
        yield card.title, card.id, f"{spot.x:.3f}", f"{spot.y:.3f}", *counts


def _pair_row(pair: Pair) -> tuple[str, ...]:
    first, second = pair.cards
    return f"{first.title} ({first.id})", f"{second.title} ({second.id})", f"{pair.cosine:.2f}"


def _gap_row(near: Near) -> tuple[str, ...]:
    question, answer = near.asked.question, near.asked.answer
    shown = answer.cards[0].id if answer.cards else "none"
    return question.text, wanted(question), near.card, f"{near.cosine:.2f}", answer.outcome, shown


def _plain(tag: str) -> str:
    return tag.replace("-", " ")


def _text(text: str) -> Html:
    return element("p", words(text))


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    found = table(caption, columns, (list(map(words, row)) for row in rows))
    return found if len(columns) <= _NARROW else scrolled(caption, found)


def _folded(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    return element("details", element("summary", words("The same numbers as a table")), _table(caption, columns, rows))
