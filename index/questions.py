"""A file of golden questions and advertisements, in the form of corpus/questions.yaml."""

from __future__ import annotations

from pathlib import Path

from index.entry import Entry, Fields, Items, read_entry
from index.errors import QuestionFileError
from index.records import GoldenAd, GoldenClaim, GoldenQuestion


def read_questions(file: Path) -> tuple[tuple[GoldenQuestion, ...], tuple[GoldenAd, ...]]:
    """Read the questions and the advertisements of `file`.

    Raises QuestionFileError, with path and line, if it cannot be read.
    """
    if not file.is_file():
        raise QuestionFileError(f"{file}: there is no such file")
    entry = read_entry(file, file.parent)
    if entry.problems:
        problem = entry.problems[0]
        raise QuestionFileError(f"{file}:{problem.line}: {problem.message}")
    return golden_questions(entry), golden_ads(entry)


def golden_questions(entry: Entry) -> tuple[GoldenQuestion, ...]:
    """Return the golden questions of a read file."""
    return tuple(
        GoldenQuestion(
            id=fields.text("id"),
            text=fields.text("text"),
            kind=fields.text("kind"),
            primary=_none(fields.text("primary")),
            also=fields.texts("also"),
            expects=fields.text("expects"),
        )
        for fields in entry.mappings("questions")
    )


def golden_ads(entry: Entry) -> tuple[GoldenAd, ...]:
    """Return the golden advertisements of a read file."""
    return tuple(
        GoldenAd(
            id=fields.text("id"),
            text=fields.text("text"),
            claims=tuple(
                GoldenClaim(id=c.text("id"), sentence=c.text("sentence"), alternatives=c.texts("or"))
                for c in _mappings(fields, "claims")
            ),
        )
        for fields in entry.mappings("ads")
    )


def _mappings(fields: Fields, key: str) -> tuple[Fields, ...]:
    value = fields.at(key)
    return tuple(v for v in value if isinstance(v, Fields)) if isinstance(value, Items) else ()


def _none(text: str) -> str:
    return "" if text in ("null", "~") else text
