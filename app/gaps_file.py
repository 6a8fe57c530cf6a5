"""The SQLite file of the counts of gaps: mode 600, rows by the week, and what is deleted is overwritten."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.errors import SettingsError

_MODE = 0o600
_MAGIC = b"SQLite format 3\0"
_APPLICATION = 0x67617073  # "gaps"; stands in the header, so that a file of another application is never opened
_APPLICATION_AT = slice(68, 72)  # source: "Database File Format" of SQLite
_TABLES = (
    "CREATE TABLE cards (card TEXT, week INTEGER, count INTEGER, PRIMARY KEY (card, week)) WITHOUT ROWID",
    "CREATE TABLE words (words TEXT, week INTEGER, count INTEGER, PRIMARY KEY (words, week)) WITHOUT ROWID",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A card's id or a word group, and how often it was counted."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All counts of a file: cards and word groups, each with the highest first."""

    cards: tuple[Count, ...]
    words: tuple[Count, ...]


class GapsFile:
    """Counts of cards and word groups by the week, each week named by the number of its Monday (as date.toordinal).

    Every method but the first raises sqlite3.Error where the file fails.
    """

    def __init__(self, path: Path) -> None:
        """Take the file, or make it; raise SettingsError where it is another's, damaged or out of reach."""
        self._path = path
        with _told(path):
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE))
            made = _is_made(path)
            path.chmod(_MODE)
            with self._open() as database:
                if not made:
                    with _transaction(database):
                        database.execute(f"PRAGMA application_id = {_APPLICATION}")
                        for table in _TABLES:
                            database.execute(table)
                _check(path, database)

    def listed(self, words: Collection[str]) -> frozenset[str]:
        """Return those of the word groups that the file holds."""
        find = "SELECT 1 FROM words WHERE words = ? LIMIT 1"
        with self._open() as database:
            return frozenset(group for group in words if database.execute(find, (group,)).fetchone())

    def add(self, week: int, cards: Collection[str], words: Mapping[str, int]) -> None:
        """Count each card once, and each word group as often as said."""
        more = "VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
        with self._open() as database, _transaction(database):
            database.executemany(f"INSERT INTO cards {more}", [(card, week, 1) for card in cards])
            # In the order of the alphabet: that of a question must not show in where a row lies.
            database.executemany(
                f"INSERT INTO words {more}", [(group, week, count) for group, count in sorted(words.items())]
            )

    def delete(self, last: int) -> None:
        """Delete the weeks up to `last`, and what their rows leave behind."""
        with self._open() as database:
            with _transaction(database):
                gone = database.execute("DELETE FROM cards WHERE week <= ?", (last,)).rowcount
                gone += database.execute("DELETE FROM words WHERE week <= ?", (last,)).rowcount
            if gone:
                database.execute("VACUUM")

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with _connect(self._path, "rw") as database:
            database.execute("PRAGMA secure_delete = ON")
            database.execute("PRAGMA temp_store = MEMORY")  # a vacuum would else copy everything to a folder of others
            database.execute("PRAGMA journal_mode = DELETE")
            yield database


def read_gaps(path: Path) -> Listing:
    """Return the counts of a file, and leave it as it is; raise SettingsError where it is none, or damaged."""
    with _told(path):
        if not path.exists():
            raise SettingsError(f"there is no file {path}: name the one that 'explainer serve' keeps")
        if not _is_made(path):
            return Listing(cards=(), words=())
        with _connect(path, "ro") as database, _transaction(database, "DEFERRED"):
            _check(path, database)
            return Listing(
                cards=_counts(database, "SELECT card, SUM(count) FROM cards GROUP BY 1 ORDER BY 2 DESC, 1"),
                words=_counts(database, "SELECT words, SUM(count) FROM words GROUP BY 1 ORDER BY 2 DESC, 1"),
            )


def listing_json(listing: Listing) -> dict[str, list[dict[str, str | int]]]:
    """Return a listing as plain data: ids of cards and word groups, each with its count."""
    return {
        "cards": [{"id": found.name, "count": found.count} for found in listing.cards],
        "words": [{"words": found.name, "count": found.count} for found in listing.words],
    }


def listing_text(listing: Listing) -> str:
    """Return a listing for a terminal, one count a line."""
    parts = (
        ("Cards nearest to declined questions:", listing.cards),
        ("Words of declined questions, from five different days or five different sites on:", listing.words),
    )
    return "\n".join(
        line
        for head, counts in parts
        for line in (head, *(f"{found.count:>7,}  {found.name}" for found in counts), *(() if counts else ("   none",)))
    )


def _counts(database: sqlite3.Connection, select: str) -> tuple[Count, ...]:
    return tuple(Count(name=name, count=count) for name, count in database.execute(select))


@contextmanager
def _connect(path: Path, mode: Literal["ro", "rw"]) -> Iterator[sqlite3.Connection]:
    """Open a file that is there: SQLite itself would make one that others may read."""
    address = f"{path.resolve().as_uri()}?mode={mode}"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
        yield database


@contextmanager
def _transaction(database: sqlite3.Connection, kind: Literal["DEFERRED", "IMMEDIATE"] = "IMMEDIATE") -> Iterator[None]:
    database.execute(f"BEGIN {kind}")
    with database:
        yield


def _is_made(path: Path) -> bool:
    """Say whether the file is one of ours, or empty; raise SettingsError where it is neither, without opening it in SQLite."""
    if path.is_file():
        with path.open("rb") as stream:
            head = stream.read(_APPLICATION_AT.stop)
        if not head:
            return False
        if head.startswith(_MAGIC) and head[_APPLICATION_AT] == _APPLICATION.to_bytes(4, "big"):
            return True
    raise SettingsError(f"{path} is not a file of counts of gaps, and stays as it is: name another")


def _check(path: Path, database: sqlite3.Connection) -> None:
    """Raise SettingsError unless the file is whole, and of this form."""
    tables = tuple(sql for (sql,) in database.execute("SELECT sql FROM sqlite_master ORDER BY name"))
    if tables != _TABLES or database.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
        raise SettingsError(f"{path} is damaged, or of another version: move it away, and a new one is made")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Tell in one line what is wrong with a file."""
    try:
        yield
    except sqlite3.Error as error:
        raise SettingsError(
            f"{path} cannot be used as counts of gaps ({error}): move it away, or name another"
        ) from error
    except OSError as error:
        raise SettingsError(f"counts of gaps cannot be kept in {path}: {error.strerror}") from error
