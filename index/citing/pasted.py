"""A pasted record, in whichever of the common forms it is."""

from __future__ import annotations

import re
from collections.abc import Callable

from index.citing.bibtex import read_bibtex
from index.citing.citation import Citation
from index.citing.csl import read_csl
from index.citing.tagged import read_medline, read_ris
from index.errors import DraftError

_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], tuple[Citation, ...]]], ...] = (
    (re.compile(r"\A\s*[\[{]"), read_csl),
    (re.compile(r"(?m)^PMID- "), read_medline),
    (re.compile(r"(?m)^TY  - "), read_ris),
    (re.compile(r"(?m)^\s*@\s*[A-Za-z]+\s*[{(]"), read_bibtex),
)


def read_citation(text: str) -> Citation:
    """Read the one record that `text` holds: CSL-JSON, PubMed's text, RIS or BibTeX.

    Raises DraftError, in one line, where it is none of them, holds several or none, or has no title.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    read = next((read for begins, read in _FORMS if begins.search(lines)), None)
    if read is None:
        raise DraftError("the record is neither PubMed's text nor RIS, BibTeX or CSL-JSON: save it as one of them")
    found = read(lines)
    if len(found) != 1:
        raise DraftError(f"there are {len(found)} records in it: give exactly one")
    if not found[0].title:
        raise DraftError("the record has no title: give a whole record, as the database exports it")
    return found[0]
