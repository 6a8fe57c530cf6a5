"""The sources of a corpus as works in a list of references."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from index.citing.citation import Citation, placed
from index.citing.names import authors_of
from index.records import Source

_UNKNOWN = "not shown where read"  # how a corpus says that a page names no author or journal
_STUDIES = frozenset((
    "systematic-review", "randomised-trial", "controlled-trial", "uncontrolled-trial", "observational", "case-report",
    "animal", "in-vitro",
))  # fmt: skip  # kinds that journals publish
_TYPES = {"regulator": "report", "guideline": "report", "unpublished": "manuscript"}
_PATENT_OFFICES = ("patents.google.com", "worldwide.espacenet.com", "patentcenter.uspto.gov")
_STANDARD = re.compile(r"(ISO|IEC|EN|ASTM|BS|DIN)[ /-][A-Z/ ]*\d")  # what a standard's title begins with


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A source with its type in CSL's vocabulary; `note` is where in it, and `read_on` the day it was read."""

    id: str
    type: str
    citation: Citation
    note: str
    read_on: date


def works(sources: Iterable[Source]) -> tuple[Work, ...]:
    """Return the works of `sources`, by id."""
    return tuple(_work(source) for source in sorted(sources, key=lambda source: source.id))


def _work(source: Source) -> Work:
    authors, more = authors_of(_known(source.authors))
    place = placed(source.locator)
    volume, issue, pages = place or ("", "", "")
    return Work(
        id=source.id,
        type=_type(source, paged=bool(pages)),
        citation=Citation(
            title=source.title,
            authors=authors,
            more=more,
            year=source.year,
            container=_known(source.container),
            volume=volume,
            issue=issue,
            pages=pages,
            doi=source.doi,
            pmid=source.pmid,
            url=source.url,
        ),
        note="" if place else source.locator,
        read_on=source.read_on,
    )


def _known(text: str) -> str:
    return "" if text.casefold().startswith(_UNKNOWN) else text


def _type(source: Source, *, paged: bool) -> str:
    if urlsplit(source.url).hostname in _PATENT_OFFICES:
        return "patent"
    if _STANDARD.match(source.title):
        return "standard"
    if source.kind == "textbook":
        return "chapter" if _known(source.container) else "book"
    if source.kind in _STUDIES or source.doi or source.pmid or paged:
        return "article-journal"
    return _TYPES.get(source.kind, "webpage")
