"""What names one published work, whatever form it was read in."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from index.citing.names import Author, authors_line

_MARKUP = re.compile(r"</?(?:i|b|em|strong|sub|sup|sc|span|jats:[a-z]+)\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d+|#x[0-9a-f]+);", re.IGNORECASE)
_DOI_BEFORE = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:?)\s*", re.IGNORECASE)
_LOCATOR = re.compile(r"(?P<volume>\d+)?(?:\((?P<issue>[^()]+)\))?(?::(?P<pages>[^\s:;]+))?")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # Unicode categories that no entry may hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A work's title, authors and where it stands; `more` says that there are further authors.

    `kind` is a kind of source where the record itself says which; an empty text is what is not known.
    """

    kind: str = ""
    title: str = ""
    authors: tuple[Author, ...] = ()
    more: bool = False
    year: str = ""
    container: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""
    pmid: str = ""
    url: str = ""

    @property
    def authors_line(self) -> str:
        """The authors as a corpus writes them, as in "Cheng N, Van Hoof H, et al."."""
        return authors_line(self.authors, self.more)

    @property
    def locator(self) -> str:
        """Volume, issue and pages as a corpus writes them, as in "136(1):100-105"."""
        issue = f"({self.issue})" if self.issue else ""
        return f"{self.volume}{issue}{':' if (self.volume or issue) and self.pages else ''}{self.pages}"

    @property
    def address(self) -> str:
        """Where a reader can check it: the record's own address, or one made of its PMID or DOI."""
        if self.url:
            return self.url
        if self.pmid:
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return f"https://doi.org/{quote(self.doi, safe='/:;()._-')}" if self.doi else ""


def clean(text: str) -> str:
    """Return a field as plain text on one line: without markup, entities and characters that nobody sees."""
    plain = _ENTITY.sub(lambda found: html.unescape(found[0]), _MARKUP.sub("", text))
    spaced = " ".join(plain.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in _UNSEEN).strip()


def clean_title(text: str) -> str:
    """Return a title without the full stop that closes it in some records, and the brackets of a translated one."""
    title = clean(text)
    title = title[:-1] if title.endswith(".") and not title.endswith("..") else title
    return title[1:-1].rstrip(".") if title.startswith("[") and title.endswith("]") else title


def clean_doi(text: str) -> str:
    """Return a DOI alone, from an address or with the word before it."""
    return _DOI_BEFORE.sub("", clean(text))


def clean_pages(text: str) -> str:
    """Return pages with one hyphen, the last one written out: "729-737" of "729--37"."""
    pages = re.sub(r"\s*[-‐‑‒–—]+\s*", "-", clean(text))
    first, _, last = pages.partition("-")
    if first.isdigit() and last.isdigit() and len(last) < len(first):
        return f"{first}-{first[: -len(last)]}{last}"
    return pages


def clean_address(text: str) -> str:
    """Return a web address, or nothing where it is none."""
    address = clean(text)
    return address if re.fullmatch(r"https?://\S+", address) else ""


def year_of(text: str) -> str:
    """Return the first year in a date."""
    found = re.search(r"\b(1[5-9]|20)\d\d", text)
    return found[0] if found else ""


def placed(locator: str) -> tuple[str, str, str] | None:
    """Return volume, issue and pages of a locator such as "136(1):100-105", or None where it is of another form."""
    found = _LOCATOR.fullmatch(locator)
    if not found or not (found["volume"] or found["issue"]):
        return None
    return found["volume"] or "", found["issue"] or "", found["pages"] or ""
