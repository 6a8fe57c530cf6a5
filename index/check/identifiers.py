"""What a source is known by elsewhere, DOI, PMID, registry number, address: well formed, and never twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from index.entry import Entry, Text
from index.folder import Folder
from index.records import Problem

_DOI = re.compile(r"10\.\d{4,9}/\S*[^\s.,;]", re.ASCII)
_PMID = re.compile(r"[1-9]\d{0,7}", re.ASCII)
# Numbers of registers that name themselves, each with its form: ClinicalTrials.gov, and the FDA's 510(k) and De Novo.
_REGISTERS = {"NCT": ("an NCT number", 8), "K": ("a 510(k) number", 6), "DEN": ("a De Novo number", 6)}
_REGISTERED = re.compile(r"\b(NCT(?=[ -]?\d)|K(?=\d)|DEN(?=\d))[ -]?(\d{4,})\b", re.ASCII)
_OWN = ("title", "locator", "url")  # the fields in which a registry number is the source's own


def web_address_complaint(address: str) -> str | None:
    """Return what is wrong with a web address, or None."""
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and "." in (parts.hostname or "") and parts.port != 0
    except ValueError:  # a broken IPv6 address or port
        sound = False
    if not sound or parts.username is not None or re.search(r"\s", address):
        return f"must be a web address beginning with https://: {address!r}"
    return None


def identifiers_are_well_formed(folder: Folder) -> Iterator[Problem]:
    """A DOI, a PMID, an NCT or 510(k) number and an address look as their registers write them."""
    for source in folder.evidence:
        doi, pmid = source.text("doi"), source.text("pmid")
        if doi and not _DOI.fullmatch(doi):
            yield source.problem(doi.line, f"doi must look like 10.1234/abc: {str(doi)!r}")
        if pmid and not _PMID.fullmatch(pmid):
            yield source.problem(pmid.line, f"pmid must be digits alone, at most eight: {str(pmid)!r}")
        for reading in source.mappings("read"):
            where = reading.at("where")
            if isinstance(where, Text) and where.startswith("http"):
                complaint = web_address_complaint(where.split()[0])
                if complaint:
                    yield source.problem(where.line, f"where {complaint}")
    for entry in folder.entries():
        for text in entry.every_text():
            for register, digits in _REGISTERED.findall(text):
                name, count = _REGISTERS[register]
                if len(digits) != count or register + digits not in text:
                    yield entry.problem(text.line, f"{name} is {register} and {count} digits: {register + digits!r}")


def identifiers_agree(folder: Folder) -> Iterator[Problem]:
    """An address at doi.org or PubMed names the DOI or PMID of its own entry."""
    for source in folder.evidence:
        url, doi, pmid = source.text("url"), source.text("doi"), source.text("pmid")
        host, path = _address(url)
        if doi and host in ("doi.org", "dx.doi.org") and path.strip("/") != doi.casefold():
            yield source.problem(url.line, f"url names another DOI than doi {str(doi)!r}: {str(url)!r}")
        if pmid and host == "pubmed.ncbi.nlm.nih.gov" and path.strip("/") != pmid:
            yield source.problem(url.line, f"url names another PMID than pmid {str(pmid)!r}: {str(url)!r}")


def sources_stand_once(folder: Folder) -> Iterator[Problem]:
    """No two entries of evidence/ are one source under two ids."""
    seen: dict[tuple[str, str], Entry] = {}
    for source in folder.evidence:
        for name, key, line in own_identifiers(source):
            other = seen.setdefault((name, key), source)
            if other is not source:
                yield source.problem(line, f"has the same {name} as {other.path}: keep one entry")


def own_identifiers(source: Entry) -> Iterator[tuple[str, str, int]]:
    """Yield the name, the value and the line of each thing by which a source is known elsewhere."""
    for name in ("doi", "pmid"):
        if source.text(name):
            yield name, source.text(name).casefold(), source.text(name).line
    if source.text("url") and web_address_complaint(source.text("url")) is None:
        yield "url", "/".join(_address(source.text("url"))), source.text("url").line
    if source.text("title"):
        words = " ".join(re.findall(r"\w+", source.text("title").casefold()))
        yield "title and year", f"{words} {source.text('year')}", source.text("title").line
    for name in _OWN:
        for register, digits in set(_REGISTERED.findall(source.text(name))):
            yield f"number {register}{digits}", "", source.text(name).line


def _address(url: str) -> tuple[str, str]:
    """Return host and path with query of an address, without what makes no other page of it."""
    try:
        parts = urlsplit(url.casefold())
    except ValueError:
        return "", url
    query = f"?{parts.query}" if parts.query else ""
    return parts.netloc.removeprefix("www."), unquote(parts.path).rstrip("/") + query
