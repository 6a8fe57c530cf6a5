"""The files of a corpus, read but not yet judged."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from index.entry import MAX_BYTES, Entry, parse_entry, read_entry
from index.records import Problem

CARD_FOLDERS = ("claims", "topics")
ENTRY_FOLDERS = (*CARD_FOLDERS, "evidence", "safety")
LISTS = ("corpus", "labels", "verdicts", "wording", "glossary", "questions", "outside", "numbers")
_BESIDE = frozenset({"README.md"})  # files for editors, no content


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Every entry and list of a corpus; `digest` is a SHA-256 over their names and bytes."""

    path: Path
    claims: tuple[Entry, ...]
    topics: tuple[Entry, ...]
    evidence: tuple[Entry, ...]
    safety: tuple[Entry, ...]
    lists: dict[str, Entry]
    problems: tuple[Problem, ...]
    digest: str

    @property
    def cards(self) -> tuple[Entry, ...]:
        """Claims, then topics."""
        return self.claims + self.topics

    def entries(self) -> Iterator[Entry]:
        """Yield every entry and list, in a fixed order."""
        yield from self.lists.values()
        yield from self.cards
        yield from self.evidence
        yield from self.safety


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The paths of a corpus's files below its folder `path`, in a fixed order, none of them opened.

    `plain` are those that are files themselves, no links; `problems` is what is wrong with the names.
    """

    path: Path
    lists: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    plain: frozenset[str]
    problems: tuple[Problem, ...]

    def paths(self) -> Iterator[str]:
        """Yield every path, lists first."""
        yield from self.lists
        for paths in self.groups.values():
            yield from paths

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a plain file that can be read and is not too large, else None."""
        if path not in self.plain:
            return None
        try:
            with open(f"{self.path}{os.sep}{path}", "rb", buffering=0) as stream:
                raw = stream.read(MAX_BYTES + 1)
        except OSError:
            return None
        return raw if len(raw) <= MAX_BYTES else None

    def entry(self, path: str) -> Entry:
        """Read one of the files."""
        raw = self.content(path)
        return read_entry(self.path / path, self.path) if raw is None else parse_entry(path, raw)


class _Found(NamedTuple):
    name: str
    is_file: bool
    is_link: bool


def read_folder(path: Path) -> Folder:
    """Read the corpus at `path`. What cannot be read is listed in `problems`, never raised."""
    listing = list_folder(path)
    entries = {file: listing.entry(file) for file in listing.paths()}
    return folder_of(listing, entries, corpus_digest(path))


def folder_of(listing: Listing, entries: Mapping[str, Entry], digest: str) -> Folder:
    """Return the Folder of those files of a corpus whose entries, by path, are given."""
    groups = {name: tuple(entries[path] for path in paths if path in entries) for name, paths in listing.groups.items()}
    lists = {name: entries.get(f"{name}.yaml") or Entry(id=name, path=f"{name}.yaml") for name in LISTS}
    problems = (*listing.problems, *(problem for entry in entries.values() for problem in entry.problems))
    return Folder(path=listing.path, **groups, lists=lists, problems=problems, digest=digest)


def list_folder(path: Path) -> Listing:
    """List the corpus at `path`. What is wrong with its names is listed in `problems`, never raised."""
    path = Path(path)
    problems: list[Problem] = []
    if not path.is_dir():
        problems.append(
            Problem(path=str(path), line=1, message="there is no such folder: name the corpus with --corpus")
        )
    top = _scanned(path)
    plain = {found.name for found in top if found.is_file and not found.is_link}
    links = {found.name for found in top if found.is_link}
    groups = {}
    for name in ENTRY_FOLDERS:
        inside = _scanned(path / name)
        groups[name] = tuple(_each_once(name, inside, problems))
        problems.extend(_strays(f"{name}/", inside, {f.name for f in inside if f.is_file and _is_entry(f)}))
        if name not in links:
            plain.update(f"{name}/{found.name}" for found in inside if found.is_file and not found.is_link)
    files = {found.name for found in top if found.is_file}
    lists = tuple(f"{name}.yaml" for name in LISTS if f"{name}.yaml" in files)
    for name in LISTS:
        if f"{name}.yaml" not in files:
            problems.append(Problem(path=f"{name}.yaml", line=1, message="is missing: every corpus has this file"))
    problems.extend(_strays("", top, {*lists, *ENTRY_FOLDERS}))
    return Listing(path=path, lists=lists, groups=groups, plain=frozenset(plain), problems=tuple(problems))


def corpus_digest(path: Path) -> str:
    """Return the SHA-256 over the names and bytes of a corpus's files, as 64 hex digits."""
    path = Path(path)
    files = {f.name for f in _scanned(path) if f.is_file} & {f"{name}.yaml" for name in LISTS}
    for name in ENTRY_FOLDERS:
        files.update(f"{name}/{f.name}" for f in _scanned(path / name) if f.is_file and _is_entry(f))
    return digest_of({file: _file_digest(path / file) for file in files})


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over paths and the digests of their files."""
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.split("/")):
        digest.update(file.encode("utf-8", "surrogateescape") + b"\0")
        digest.update(files[file])
    return digest.hexdigest()


def _file_digest(file: Path) -> bytes:
    """Return the SHA-256 of a file's bytes; of none where it cannot be read, which is a Problem of its own."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError:
        return hashlib.sha256().digest()


def _scanned(folder: Path) -> list[_Found]:
    """Return what is in a folder, by name; nothing where there is none."""
    try:
        with os.scandir(folder) as inside:
            return sorted(_Found(found.name, _leads_to_file(found), found.is_symlink()) for found in inside)
    except OSError:
        return []


def _leads_to_file(found: os.DirEntry[str]) -> bool:
    try:
        return found.is_file()
    except OSError:  # such as a link to itself
        return False


def _is_entry(found: _Found) -> bool:
    return found.name.endswith(".md")


def _each_once(group: str, inside: list[_Found], problems: list[Problem]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for found in filter(_is_entry, inside):
        path = f"{group}/{found.name}"
        other = seen.setdefault(found.name.casefold(), path)
        if other != path:
            problems.append(Problem(path=path, line=1, message=f"differs only in case from {other}: rename one"))
        else:
            yield path


def _strays(place: str, inside: list[_Found], known: set[str]) -> Iterator[Problem]:
    for found in inside:
        if found.name not in known and found.name not in _BESIDE and not found.name.startswith("."):
            yield Problem(path=f"{place}{found.name}", line=1, message="is not a part of a corpus: move or rename it")
