"""The scores as a page: what was missed, how accuracy pays for coverage, which cards are taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from index.evaluate import Asked, wanted
from index.pictures import bars, curve
from index.sheet import Html, element, section, table, words, write_page

_MOST_CONFUSED = 15


def write_report(folder: Path, asked: Sequence[Asked], scores: Mapping[str, float]) -> Path:
    """Write `index.html` into `folder` and return its path; raise ReportError if it cannot be written."""
    return write_page(
        folder / "index.html",
        "Evaluation",
        section("scores", "Scores", _table("Every score", ("score", "value"), _values(scores))),
        section(
            "coverage",
            "Coverage and accuracy as the floor moves",
            element(
                "p",
                words(
                    "Coverage: share of questions in scope that are answered. Accuracy: share of the answered ones, "
                    "in scope or not, whose first card is right."
                ),
            ),
            _curve(asked),
        ),
        section("confusions", "Cards taken for others", _confusions(asked)),
        section(
            "misses",
            "Misses",
            _table(
                "Questions that did not get what they want",
                ("question", "wanted", "got", "probability"),
                _misses(asked),
            ),
        ),
    )


def coverage_curve(asked: Sequence[Asked]) -> list[tuple[float, float]]:
    """Return (coverage, accuracy) for every floor at which one of the two changes, highest floor first."""
    inside = sum(a.question.kind == "in-scope" for a in asked)
    scored = sorted((a for a in asked if a.question.kind != "urgent"), key=lambda a: -a.probability)
    points, answered_inside, right = [], 0, 0
    for number, a in enumerate(scored, 1):
        answered_inside += a.question.kind == "in-scope"
        right += a.question.kind == "in-scope" and a.first in {a.question.primary, *a.question.also}
        if inside and (number == len(scored) or scored[number].probability < a.probability):
            points.append((answered_inside / inside, right / number))
    return points


def confusions(asked: Sequence[Asked]) -> Counter[tuple[str, str]]:
    """Count (card wanted, card shown first) over the answered questions in scope that went wrong."""
    return Counter(
        (a.question.primary, a.answer.cards[0].id)
        for a in asked
        if a.question.kind == "in-scope" and not a.declined and a.rank != 1
    )


def _misses(asked: Sequence[Asked]) -> Iterable[tuple[str, str, str, str]]:
    for a in asked:
        got = str(a.answer.outcome)
        if a.answer.safety:
            got = f"{a.answer.safety[0].kind}: {a.answer.safety[0].id}"
        elif not a.declined:
            got = a.answer.cards[0].id
        if not a.right:
            yield a.question.text, wanted(a.question), got, f"{a.probability:.2f}"


def _values(scores: Mapping[str, float]) -> Iterable[tuple[str, str]]:
    return ((name, f"{value:.3f}") for name, value in scores.items())


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Html:
    return table(caption, columns, (list(map(words, row)) for row in rows))


def _curve(asked: Sequence[Asked]) -> Html:
    title = "Accuracy against coverage as the refusing floor moves"
    return curve("coverage", title, coverage_curve(asked), ("coverage", "accuracy"))


def _confusions(asked: Sequence[Asked]) -> Html:
    most = confusions(asked).most_common(_MOST_CONFUSED)
    if not most:
        return element("p", words("None."))
    rows = [(f"{wanted} → {got}", (count,)) for (wanted, got), count in most]
    title = "How often a card was shown first in place of the one wanted"
    return bars("confusions", title, rows, ("questions",), "questions")
