"""Which sites may show us in a frame, and what they say of themselves, from one YAML file."""

from __future__ import annotations

import dataclasses
import logging
import re
import threading
import time
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.logs import NAME
from app.theme import Theme, make_theme, theme_problems
from index.check.form import SLUG
from index.disk import state_of
from index.entry import Entry, Fields, Items, Text, read_entry
from index.errors import SitesError
from index.records import Problem

__all__ = ["Site", "Sites", "Theme", "read_sites"]

KEYS = ("name", "origins", "language", "position", "interest", "paused", "theme")
REQUIRED = ("name", "origins", "interest")  # a reader is told what a site sells: it cannot be left out
POSITIONS = ("right", "left")
INTERESTS = ("sells-treatments", "sells-devices", "sells-both", "none")
MAX_NAME = 80  # characters; it stands in one line of a narrow frame
LANGUAGE = "en"
SECONDS = 1.0  # between two looks at the file
_JOINERS = "\u200c\u200d"  # join letters of some scripts; other format characters can turn a name round
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORIGIN = re.compile(rf"(https?)://((?:{_LABEL}\.)*{_LABEL})(?::([1-9][0-9]{{0,4}}))?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as the last part of a host: browsers read an IP address
_LOCAL = ("localhost", "127.0.0.1")
_PORTS = {"https": 443, "http": 80}
_SLIPS = (  # the first that is found is told
    (re.compile(r"^(?!https?://)"), "must begin with https://"),
    (re.compile(r"\*"), "may have no wildcard: list each origin"),
    (re.compile(r"@"), "may name no user or password"),
    (re.compile(r"[\s;,'\"\\]"), "may have no space, quote, comma, semicolon or backslash: one origin an item"),
    (re.compile(r"^https?://[^/?#]*[/?#]"), "ends with its host or port: remove the path, and the last '/' too"),
    (re.compile(r"[A-Z]"), "must be in lower case"),
    (re.compile(r"[^\x00-\x7f]"), "must have its host in punycode, as xn--…"),
)
log = logging.getLogger(NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site that may show us: where it is, what it sells, how the frame looks."""

    id: str
    name: str
    origins: tuple[str, ...]
    interest: str
    language: str = LANGUAGE
    position: str = "right"
    paused: bool = False
    theme: Theme | None = None

    @property
    def interest_key(self) -> str:
        """The key of the wording's sentence on what the site sells, as interest_none."""
        return f"interest_{self.interest.replace('-', '_')}"


class Sites:
    """The sites of a running server; a change of the file is in force within `every` seconds."""

    def __init__(self, file: Path | None, languages: Collection[str], *, every: float = SECONDS) -> None:
        """Read `file`; None is no site at all. Raises SitesError if it has Problems."""
        self._file = file
        self._languages = tuple(languages)
        self._every = every
        self._looking = threading.Lock()
        self._looked = time.monotonic()
        self._mark = state_of(file) if file else None
        self._sites = self._read(file) if file else {}

    def get(self, id: str) -> Site | None:
        """Return the site of that id, paused or not."""
        return self._now().get(id)

    def origins(self) -> frozenset[str]:
        """Return every origin that a site lists which is not paused."""
        return frozenset(origin for site in self._now().values() if not site.paused for origin in site.origins)

    def _read(self, file: Path) -> dict[str, Site]:
        return {site.id: site for site in read_sites(file, self._languages)}

    def _now(self) -> dict[str, Site]:
        """Return the sites by id, read again where the file has changed and is sound."""
        if self._file and time.monotonic() - self._looked >= self._every and self._looking.acquire(blocking=False):
            try:  # one thread looks; the others go on with what there is
                self._looked = time.monotonic()
                mark = state_of(self._file)
                if mark != self._mark:
                    self._mark = mark  # taken before reading: a change meanwhile is seen at the next look
                    self._sites = self._read(self._file)
            except SitesError as error:
                log.warning("the sites stay as they were: %s", error)
            finally:
                self._looking.release()
        return self._sites


def read_sites(file: Path, languages: Collection[str]) -> tuple[Site, ...]:
    """Read and check a file of sites; `languages` are those that a site may choose.

    Raises SitesError with every Problem if there is any.
    """
    entry = _entry(file)
    problems = [*entry.problems, *_problems(entry, tuple(languages))]
    if problems:
        raise SitesError(
            dataclasses.replace(problem, path=str(file)) for problem in sorted(problems, key=lambda p: p.line)
        )
    return tuple(_site(str(id), fields) for id, fields in entry.fields.items() if isinstance(fields, Fields))


def _entry(file: Path) -> Entry:
    """Read the file as fields; a link is followed, since whoever starts the server chose it."""
    entry = Entry(id=file.stem, path=str(file))
    try:
        if not file.exists():
            entry.problems.append(entry.problem(1, "there is no such file"))
        elif file.resolve().suffix != ".yaml":
            entry.problems.append(entry.problem(1, "must have a name that ends in .yaml"))
        else:
            return read_entry(file.resolve(), file.resolve().parent)
    except OSError as error:
        entry.problems.append(entry.problem(1, f"cannot be read: {error.strerror}"))
    return entry


def _site(id: str, fields: Fields) -> Site:
    theme = fields.at("theme")
    return Site(
        id=id,
        name=fields.text("name").strip(),
        origins=fields.texts("origins"),
        interest=fields.text("interest"),
        language=fields.text("language") or LANGUAGE,
        position=fields.text("position") or "right",
        paused=fields.text("paused") == "true",
        theme=make_theme(theme) if isinstance(theme, Fields) else None,
    )


def _problems(entry: Entry, languages: tuple[str, ...]) -> Iterator[Problem]:
    for id, fields in entry.fields.items():
        if not SLUG.fullmatch(id):
            yield entry.problem(id.line, f"a site's id must be lower-case words joined by hyphens: {str(id)!r}")
        if not isinstance(fields, Fields):
            yield entry.problem(id.line, f"the site {str(id)!r} must be a group of 'key: value'")
            continue
        for key in fields:
            if key not in KEYS:
                yield entry.problem(key.line, f"unknown key {str(key)!r}: use one of {', '.join(KEYS)}")
        for required in REQUIRED:
            if Text(required, 0) not in fields:
                yield entry.problem(id.line, f"{required} is missing: write '{required}: …'")
        yield from _choices(id, fields, entry, languages)
        yield from _name(fields, entry)
        yield from _origins(fields, entry)
        theme = fields.at("theme")
        if isinstance(theme, Fields):
            yield from theme_problems(theme, entry)
        elif theme is not None:
            yield entry.problem(fields.line_of("theme"), "theme must be a group of 'key: value'")


def _choices(id: Text, fields: Fields, entry: Entry, languages: tuple[str, ...]) -> Iterator[Problem]:
    lists = {"language": languages, "position": POSITIONS, "interest": INTERESTS, "paused": ("true", "false")}
    for key, allowed in lists.items():
        value = fields.at(key)
        if value is None and key == "language" and LANGUAGE not in languages:
            yield entry.problem(id.line, f"language is missing: use one of {', '.join(languages)}")
        elif value is not None and not isinstance(value, Text):
            yield entry.problem(fields.line_of(key), f"{key} must be one line of text")
        elif value is not None and value not in allowed:
            yield entry.problem(fields.line_of(key), f"{key} must be one of {', '.join(allowed)}: {str(value)!r}")


def _name(fields: Fields, entry: Entry) -> Iterator[Problem]:
    name = fields.at("name")
    if name is None:
        return
    line = fields.line_of("name")
    if not isinstance(name, Text):
        yield entry.problem(line, "name must be one line of text")
    elif not any(character.isalnum() for character in name):
        yield entry.problem(line, "name is empty: write what the site is called")
    elif len(name) > MAX_NAME:
        yield entry.problem(line, f"name may have up to {MAX_NAME} characters; this one has {len(name)}")
    elif all(problem.line != name.line for problem in entry.problems):  # as it stands it was told; escaped it was not
        for character in name:
            if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and (
                character not in _JOINERS
            ):
                yield entry.problem(line, f"name has an invisible character, {character!r}: remove it")
                break


def _origins(fields: Fields, entry: Entry) -> Iterator[Problem]:
    origins = fields.at("origins")
    if origins is None:
        return
    if not isinstance(origins, Items) or not all(isinstance(origin, Text) for origin in origins):
        yield entry.problem(fields.line_of("origins"), 'origins must be a list, as ["https://clinic.example"]')
        return
    seen: set[str] = set()
    for origin in origins:
        assert isinstance(origin, Text)
        if complaint := _complaint(origin):
            yield entry.problem(origin.line, f"an origin {complaint}: {str(origin)!r}")
        elif origin in seen:
            yield entry.problem(origin.line, f"has the origin {str(origin)!r} twice")
        seen.add(origin)


def _complaint(origin: str) -> str | None:
    """Return what keeps a text from being an origin that can stand in a Content-Security-Policy."""
    found = _ORIGIN.fullmatch(origin)
    if not found:
        slip = next((words for slip, words in _SLIPS if slip.search(origin)), None)
        return slip or "must be https:// and a host, then perhaps : and a port"
    scheme, host, port = found.groups()
    if scheme == "http" and host not in _LOCAL:
        return "must begin with https:// (http:// only for localhost and 127.0.0.1)"
    if host not in _LOCAL and _NUMBER.fullmatch(host.rpartition(".")[2]):
        return "must name its host: browsers let no IP address frame a page"
    if port and int(port) == _PORTS[scheme]:
        return f"must leave out the port {port}, which {scheme} has anyway"
    if port and int(port) > 65_535:
        return "must have a port from 1 to 65535"
    return None
