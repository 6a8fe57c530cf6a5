"""CSL-JSON, the form of Zotero, Mendeley, Pandoc and doi.org (docs.citationstyles.org, schema csl-data.json)."""

from __future__ import annotations

import json
from typing import Any

from index.citing.citation import (
    Citation,
    clean,
    clean_address,
    clean_doi,
    clean_pages,
    clean_title,
    year_of,
)
from index.citing.names import MORE, Author, person
from index.citing.works import Work
from index.errors import DraftError

Item = dict[str, Any]

_OTHERS = frozenset({"et al", "others"})  # names that stand for the authors left out
_PUBLISHED = frozenset({"book", "report", "standard"})  # types whose container is a publisher


def csl_item(work: Work) -> Item:
    """Return a work as an item of CSL-JSON; what is not known is left out."""
    cited = work.citation
    authors = [_name(author) for author in cited.authors] + ([{"literal": MORE}] if cited.more else [])
    item: Item = {
        "id": work.id,
        "type": work.type,
        "title": cited.title,
        "author": authors,
        "issued": _issued(cited.year),
        "publisher" if work.type in _PUBLISHED else "container-title": cited.container,
        "volume": cited.volume,
        "issue": cited.issue,
        "page": cited.pages,
        "DOI": cited.doi,
        "PMID": cited.pmid,
        "URL": cited.url,
        "accessed": {"date-parts": [[work.read_on.year, work.read_on.month, work.read_on.day]]},
        "note": work.note,
    }
    return {key: value for key, value in item.items() if value}


def _issued(year: str) -> Item:
    if not year:
        return {}
    return {"date-parts": [[int(year)]]} if year.isdigit() else {"literal": year}


def _name(author: Author) -> Item:
    if author.literal:
        return {"literal": author.literal}
    name = {"family": author.family, "given": author.given}
    return {**name, "suffix": author.suffix} if author.suffix else name


def read_csl(text: str) -> tuple[Citation, ...]:
    """Read CSL-JSON: one item, or a list of them. Raises DraftError where it is no JSON or no item."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise DraftError(f"the record is not valid JSON in line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise DraftError("the record is nested too deeply: give CSL-JSON, one item") from error
    items = found if isinstance(found, list) else [found]
    if not all(isinstance(item, dict) for item in items):
        raise DraftError("the record is JSON but not CSL-JSON: give an item with a title")
    return tuple(map(_citation, items))


def _citation(item: Item) -> Citation:
    names = [_author(name) for name in _list(item.get("author")) if isinstance(name, dict)]
    authors = tuple(name for name in names if str(name).strip(".").casefold() not in _OTHERS and str(name))
    issued = item.get("issued")
    subtitle = clean_title(_text(item.get("subtitle")))
    title = clean_title(_text(item.get("title")))
    return Citation(
        title=f"{title}: {subtitle}" if subtitle and subtitle not in title else title,
        authors=authors,
        more=len(authors) < len(names),
        year=_year(issued) if isinstance(issued, dict) else year_of(_text(issued)),
        container=clean(_text(item.get("container-title")) or _text(item.get("publisher"))),
        volume=clean(_text(item.get("volume"))),
        issue=clean(_text(item.get("issue"))),
        pages=clean_pages(_text(item.get("page"))),
        doi=clean_doi(_text(item.get("DOI"))),
        pmid=clean(_text(item.get("PMID"))),
        url=clean_address(_text(item.get("URL"))),
    )


def _author(name: Item) -> Author:
    parts = ("dropping-particle", "non-dropping-particle", "family")
    family = " ".join(part for part in (clean(_text(name.get(key))) for key in parts) if part)
    if family:
        return person(family, clean(_text(name.get("given"))), clean(_text(name.get("suffix"))))
    return Author(literal=clean(_text(name.get("literal")) or _text(name.get("name")) or _text(name.get("given"))))


def _year(issued: Item) -> str:
    for parts in _list(issued.get("date-parts")):
        if _list(parts):
            return year_of(_text(parts))
    return year_of(" ".join(_text(issued.get(key)) for key in ("raw", "literal", "edtf")))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """Return a text or number as text, of a list its first; anything else is nothing."""
    if isinstance(value, list):
        return _text(value[0]) if value else ""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
