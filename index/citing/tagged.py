"""Records of lines with a tag each, RIS and PubMed's (MEDLINE); the only module that knows rispy."""

from __future__ import annotations

import re
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
from index.citing.names import Author, authors_of, person

Fields = dict[str, Any]

_RIS_TAGS = (
    "TY", "ER", "TI", "T1", "CT", "AU", "A1", "PY", "Y1", "DA", "JF", "T2", "JO", "BT", "JA", "J2", "PB", "VL", "IS",
    "SP", "EP", "DO", "UR", "L2", "AN", "DB",
)  # fmt: skip
_RIS_LISTS = ("AU", "A1", "UR")
_MEDLINE_TAGS = (
    "PMID", "ER", "TI", "BTI", "AU", "FAU", "CN", "DP", "JT", "TA", "PB", "VI", "IP", "PG", "LID", "AID", "PT",
)  # fmt: skip
_MEDLINE_LISTS = ("AU", "FAU", "CN", "LID", "AID", "PT")
_WRAPPED = re.compile(r"\n {6}")  # how a record of PubMed goes on in its next line
# What PubMed's indexers say a paper is, strongest first, as kinds of source. Its "Review" may be of either kind.
_KINDS = {
    "Meta-Analysis": "systematic-review",
    "Systematic Review": "systematic-review",
    "Practice Guideline": "guideline",
    "Guideline": "guideline",
    "Randomized Controlled Trial": "randomised-trial",
    "Controlled Clinical Trial": "controlled-trial",
    "Observational Study": "observational",
    "Case Reports": "case-report",
}


def read_ris(text: str) -> tuple[Citation, ...]:
    """Read RIS, the form of EndNote and of most journals' sites."""
    import rispy

    closed = re.search(r"(?m)^ER  -\s*\Z", text)
    whole = text if closed else f"{text}\nER  - "  # a record copied by hand may lack its last line
    records = rispy.loads(
        whole,
        mapping={tag: tag for tag in _RIS_TAGS},
        list_tags=list(_RIS_LISTS),
        delimiter_tags_mapping={},
        skip_unknown_tags=True,
    )
    return tuple(map(_ris_citation, records))


def _ris_citation(record: Fields) -> Citation:
    names = [clean(name) for name in (*record.get("AU", ()), *record.get("A1", ()))]
    first, last = _first(record, "SP"), _first(record, "EP")
    number = _first(record, "AN")
    in_pubmed = _first(record, "DB").casefold() in ("pubmed", "medline") or number.casefold().startswith("pmid")
    return Citation(
        title=clean_title(_first(record, "TI", "T1", "CT")),
        authors=tuple(_inverted(name) for name in names if name),
        year=year_of(_first(record, "PY", "Y1", "DA")),
        container=clean(_first(record, "JF", "T2", "JO", "BT", "JA", "J2", "PB")),
        volume=clean(_first(record, "VL")),
        issue=clean(_first(record, "IS")),
        pages=clean_pages(f"{first}-{last}" if last and "-" not in first else first),
        doi=clean_doi(_first(record, "DO")),
        pmid="".join(re.findall(r"\d+", number)[:1]) if in_pubmed else "",
        url=next((clean_address(url) for url in record.get("UR", ()) if clean_address(url)), ""),
    )


def _inverted(name: str) -> Author:
    """Read "Family, Given, Suffix"; a name without a comma is that of a group."""
    family, _, rest = name.partition(",")
    given, _, suffix = rest.partition(",")
    return person(family.strip(), given.strip(), suffix.strip()) if given.strip() else Author(literal=family.strip())


def read_medline(text: str) -> tuple[Citation, ...]:
    """Read the text that PubMed shows under "PubMed" and saves as .nbib or .txt."""
    import rispy

    class MedlineParser(rispy.RisParser):  # type: ignore[misc]  # rispy is not typed
        START_TAG = "PMID"

        def parse_line(self, line: str) -> tuple[str | None, str]:
            tagged = re.match(r"([A-Z]{2,4}) *- ?(.*)", line)
            return (tagged[1], tagged[2].strip()) if tagged else (None, line.strip())

    records = [part for part in re.split(r"(?m)^(?=PMID-)", _WRAPPED.sub(" ", text)) if part.startswith("PMID-")]
    found = MedlineParser(
        mapping={tag: tag for tag in _MEDLINE_TAGS},
        list_tags=list(_MEDLINE_LISTS),
        delimiter_tags_mapping={},
        skip_unknown_tags=True,
    ).parse("".join(f"{record.rstrip()}\nER  - \n" for record in records))
    return tuple(map(_medline_citation, found))


def _medline_citation(record: Fields) -> Citation:
    people = [author for name in record.get("AU", ()) for author in authors_of(clean(name))[0]]
    groups = [Author(literal=clean(name).rstrip(".")) for name in record.get("CN", ())]
    identifiers = [*record.get("LID", ()), *record.get("AID", ())]
    types = set(record.get("PT", ()))
    return Citation(
        kind=next((kind for said, kind in _KINDS.items() if said in types), ""),
        title=clean_title(_first(record, "TI", "BTI")),
        authors=(*people, *groups),
        year=year_of(_first(record, "DP")),
        container=clean(_first(record, "JT", "TA", *(["BTI"] if record.get("TI") else []), "PB")),
        volume=clean(_first(record, "VI")),
        issue=clean(_first(record, "IP")),
        pages=clean_pages(_first(record, "PG")),
        doi=next((clean_doi(text.removesuffix("[doi]")) for text in identifiers if text.endswith("[doi]")), ""),
        pmid=clean(_first(record, "PMID")),
    )


def _first(record: Fields, *tags: str) -> str:
    """Return the value of the first of `tags` that the record has, as one line."""
    return next((str(record[tag]) for tag in tags if record.get(tag)), "")
