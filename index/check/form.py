"""The form of every kind of file: which keys and sections it has, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from index.check.identifiers import web_address_complaint
from index.entry import Entry, Fields, Items, Text
from index.folder import Folder
from index.records import Problem

Shape = Literal[
    "text",
    "optional text",
    "texts",
    "optional texts",
    "mappings",
    "optional mappings",
    "date",
    "optional date",
    "id",
    "url",
]

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NUMBER_PARTS = ("of what", "in whom", "against what", "measured how", "said by whom", "not found")
RUNGS = tuple("0123456")  # of the ladder of kinds of study


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What one kind of file holds; `inner` is the form of each mapping in a list of mappings."""

    keys: dict[str, Shape]
    inner: dict[str, dict[str, Shape]] = field(default_factory=dict)
    sections: tuple[str, ...] = ()
    optional_sections: tuple[str, ...] = ()
    free_sections: bool = False


_CARD_KEYS: dict[str, Shape] = {
    "question": "text",
    "names": "texts",
    "verdict": "id",
    "certainty": "id",
    "sources": "texts",
    "related": "texts",
    "reviewed": "date",
    "covered": "id",
    "next_review": "date",
    "reviewer": "optional text",
}
FORMS: dict[str, Form] = {
    "claims": Form(
        keys={**_CARD_KEYS, "section": "id", "figure": "optional text"},
        sections=("In short", "The claim", "Known", "Not known", "Ways people ask"),
        optional_sections=("When to get help", "The number", "Ways sellers say it", "Careful"),
    ),
    "topics": Form(
        keys=_CARD_KEYS,
        sections=("In short", "Known", "Not known", "Ways people ask"),
        optional_sections=("When to get help", "Careful"),
    ),
    "evidence": Form(
        keys={
            "kind": "id",
            "label": "id",
            "title": "text",
            "authors": "optional text",
            "year": "optional text",
            "container": "optional text",
            "locator": "optional text",
            "doi": "optional text",
            "pmid": "optional text",
            "url": "url",
            "read": "mappings",
            "read_on": "date",
            "retraction": "id",
            "checked_on": "optional date",
            "treatment": "id",
            "body": "id",
            "population": "optional text",
            "n": "optional text",
            "intervention": "optional text",
            "comparator": "optional text",
            "funding": "optional text",
            "confidence": "id",
            "facts": "texts",
            "limits": "optional texts",
            "bears_on": "mappings",
        },
        inner={
            "read": {"where": "text", "depth": "id"},
            "bears_on": {"card": "id", "direction": "id", "note": "optional text"},
        },
        free_sections=True,
    ),
    "safety": Form(
        keys={"kind": "id", "title": "text", "sources": "optional texts", "phrases": "optional texts"},
        sections=("Text", "Ways people say it", "Unlike"),
        optional_sections=("Careful",),
    ),
    "corpus": Form(
        keys={
            "title": "text",
            "article": "mappings",
            "licence": "text",
            "languages": "texts",
            "reviews": "mappings",
            "examples": "mappings",
            "personal": "optional texts",
            "subject": "optional texts",
            "other_subjects": "optional texts",
        },
        inner={
            "article": {"title": "text", "publisher": "text", "url": "url", "depth": "id", "read_on": "date"},
            "reviews": {"tag": "id", "words": "text"},
            "examples": {"theme": "text", "cards": "texts"},
        },
    ),
    "labels": Form(
        keys={"labels": "mappings"},
        inner={
            "labels": {
                "tag": "id",
                "words": "text",
                "promise": "text",
                "rung": "optional text",
                "icon": "id",
                "applies_to": "optional texts",
            }
        },
    ),
    "verdicts": Form(
        keys={"verdicts": "mappings", "certainty": "mappings"},
        inner={
            "verdicts": {
                "tag": "id",
                "words": "text",
                "meaning": "text",
                "bearings": "optional texts",
                "labels": "optional texts",
            },
            "certainty": {"tag": "id", "words": "text", "meaning": "text"},
        },
    ),
    "glossary": Form(
        keys={"terms": "mappings", "jargon": "optional texts"},
        inner={"terms": {"word": "text", "also": "optional texts", "means": "text"}},
    ),
    "questions": Form(
        keys={"questions": "mappings", "ads": "optional mappings"},
        inner={
            "ads": {"id": "id", "text": "text", "claims": "mappings"},
            "questions": {
                "id": "id",
                "text": "text",
                "kind": "id",
                "primary": "optional text",
                "also": "optional texts",
                "expects": "id",
            },
        },
    ),
    "outside": Form(keys={"outside": "mappings"}, inner={"outside": {"sort": "id", "texts": "texts"}}),
    "numbers": Form(
        keys={"exempt": "optional mappings"}, inner={"exempt": {"number": "text", "where": "text", "reason": "text"}}
    ),
}


def forms(folder: Folder) -> Iterator[tuple[Entry, Form]]:
    """Yield every entry with its form; `wording` has none, its keys are the languages."""
    for group in ("claims", "topics", "evidence", "safety"):
        for entry in getattr(folder, group):
            yield entry, FORMS[group]
    for name, entry in folder.lists.items():
        if name in FORMS:
            yield entry, FORMS[name]


def _mappings(entry: Entry, form: Form) -> Iterator[tuple[Fields, dict[str, Shape]]]:
    yield entry.fields, form.keys
    for key, shapes in form.inner.items():
        for fields in entry.mappings(key):
            yield fields, shapes


def keys_are_known(folder: Folder) -> Iterator[Problem]:
    """A key that no form names is a slip, such as `verdit`."""
    for entry, form in forms(folder):
        for fields, shapes in _mappings(entry, form):
            for key in fields:
                if key not in shapes:
                    yield entry.problem(key.line, f"unknown key {str(key)!r}: use one of {', '.join(shapes)}")


def required_keys_are_there(folder: Folder) -> Iterator[Problem]:
    """Every key that is not optional is there and not empty."""
    for entry, form in forms(folder):
        for fields, shapes in _mappings(entry, form):
            for key, shape in shapes.items():
                if not shape.startswith("optional") and not fields.at(key):
                    yield entry.problem(fields.line_of(key), f"{key} is missing: write '{key}: …'")


def values_have_their_form(folder: Folder) -> Iterator[Problem]:
    """A date is a date, a list a list, a url a web address."""
    for entry, form in forms(folder):
        for fields, shapes in _mappings(entry, form):
            for key, value in fields.items():
                if key not in shapes:
                    continue
                shape = shapes[str(key)].removeprefix("optional ")
                complaint = _complaint(shape, value) if value or not isinstance(value, Text) else None
                if complaint:
                    yield entry.problem(getattr(value, "line", key.line), f"{key} {complaint}")
    for fields in folder.lists["labels"].mappings("labels"):
        rung = fields.at("rung")
        if isinstance(rung, Text) and rung and rung not in RUNGS:
            yield folder.lists["labels"].problem(rung.line, f"rung must be empty or one of 0 to 6: {str(rung)!r}")
    wording = folder.lists["wording"]
    for language, texts in wording.fields.items():
        if not isinstance(texts, Fields) or not all(isinstance(text, Text) for text in texts.values()):
            yield wording.problem(language.line, f"{language} must be a group of 'key: text'")
            continue
        first = next(iter(wording.fields.values()))
        for key in first if isinstance(first, Fields) else ():
            if key not in texts:
                yield wording.problem(language.line, f"{language} lacks {str(key)!r}, which the first language has")


def _complaint(shape: str, value: object) -> str | None:
    if shape in ("texts", "mappings"):
        wanted = Text if shape == "texts" else Fields
        if not isinstance(value, Items) or not all(isinstance(v, wanted) for v in value):
            return "must be a list" + (" of 'key: value' groups" if shape == "mappings" else "")
        return None
    if not isinstance(value, Text):
        return "must be one line of text"
    if shape == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return f"must be a date as YYYY-MM-DD: {str(value)!r}"
    if shape == "id" and not SLUG.fullmatch(value):
        return f"must be lower-case words joined by hyphens: {str(value)!r}"
    return web_address_complaint(value) if shape == "url" else None


def sections_are_known(folder: Folder) -> Iterator[Problem]:
    """A heading that no form names is a slip; none stands twice."""
    for entry, form in forms(folder):
        seen: set[str] = set()
        for section in entry.sections:
            if section.name in seen:
                yield entry.problem(section.name.line, f"has the heading {str(section.name)!r} twice")
            seen.add(section.name)
            if form.free_sections:
                if not SLUG.fullmatch(section.name):
                    yield entry.problem(
                        section.name.line,
                        f"a passage's heading is its id, as in 'trial-of-2010': {str(section.name)!r}",
                    )
            elif section.name not in (*form.sections, *form.optional_sections):
                wanted = ", ".join((*form.sections, *form.optional_sections))
                yield entry.problem(section.name.line, f"unknown heading {str(section.name)!r}: use one of {wanted}")


def required_sections_are_there(folder: Folder) -> Iterator[Problem]:
    """Every heading of the form is there with something under it."""
    for entry, form in forms(folder):
        for name in form.sections:
            section = entry.section(name)
            if not section.paragraphs and not section.items:
                yield entry.problem(section.name.line, f"needs '## {name}' with something under it")
        if form.free_sections and not 1 <= len(entry.sections) <= 3:
            yield entry.problem(1, f"needs one to three passages, each under '## its-id': {len(entry.sections)}")


def ids_are_slugs(folder: Folder) -> Iterator[Problem]:
    """A file's name is its id: lower-case words joined by hyphens."""
    for entry, _ in forms(folder):
        if not SLUG.fullmatch(entry.id):
            yield entry.problem(1, f"the file's name must be lower-case words joined by hyphens: {entry.id!r}")
