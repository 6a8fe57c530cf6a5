"""The files of a corpus, read but not yet judged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.entry import Entry, read_entry
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


def read_folder(path: Path) -> Folder:
    """Read the corpus at `path`. What cannot be read is listed in `problems`, never raised."""
    path = Path(path)
    problems: list[Problem] = []
    if not path.is_dir():
        problems.append(
            Problem(path=str(path), line=1, message="there is no such folder: name the corpus with --corpus")
        )
    groups = {name: tuple(_read_group(path, name, problems)) for name in ENTRY_FOLDERS}
    lists = {}
    for name in LISTS:
        file = path / f"{name}.yaml"
        if file.is_file():
            lists[name] = read_entry(file, path)
        else:
            lists[name] = Entry(id=name, path=f"{name}.yaml")
            problems.append(Problem(path=f"{name}.yaml", line=1, message="is missing: every corpus has this file"))
    problems.extend(_strays(path))
    folder = Folder(path=path, **groups, lists=lists, problems=(), digest=corpus_digest(path))
    for entry in folder.entries():
        problems.extend(entry.problems)
    return Folder(path=path, **groups, lists=lists, problems=tuple(problems), digest=folder.digest)


def corpus_digest(path: Path) -> str:
    """Return the SHA-256 over the names and bytes of a corpus's files, as 64 hex digits."""
    digest = hashlib.sha256()
    for file in sorted(_content_files(Path(path))):
        digest.update(file.relative_to(path).as_posix().encode("utf-8", "surrogateescape") + b"\0")
        digest.update(_file_digest(file))
    return digest.hexdigest()


def _file_digest(file: Path) -> bytes:
    """Return the SHA-256 of a file's bytes; of none where it cannot be read, which is a Problem of its own."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()
    except OSError:
        return hashlib.sha256().digest()


def _content_files(path: Path) -> Iterator[Path]:
    for name in LISTS:
        file = path / f"{name}.yaml"
        if file.is_file():
            yield file
    for name in ENTRY_FOLDERS:
        yield from (f for f in (path / name).glob("*.md") if f.is_file())


def _read_group(path: Path, name: str, problems: list[Problem]) -> Iterator[Entry]:
    seen: dict[str, str] = {}
    for file in sorted((path / name).glob("*.md")):
        relative = file.relative_to(path).as_posix()
        other = seen.setdefault(file.stem.casefold(), relative)
        if other != relative:
            problems.append(Problem(path=relative, line=1, message=f"differs only in case from {other}: rename one"))
            continue
        yield read_entry(file, path)


def _strays(path: Path) -> Iterator[Problem]:
    known = set(_content_files(path)) | {path / name for name in ENTRY_FOLDERS}
    places = [path, *(path / name for name in ENTRY_FOLDERS)]
    for place in places:
        for file in sorted(place.iterdir()) if place.is_dir() else ():
            if file not in known and file.name not in _BESIDE and not file.name.startswith("."):
                relative = file.relative_to(path).as_posix()
                yield Problem(path=relative, line=1, message="is not a part of a corpus: move or rename it")
