"""What a registry answered, kept in a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from index.errors import RegistryError

MAX_AGE = timedelta(days=7)  # of a kept answer: long enough to go on after a break, short enough to be a look-up


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice about a work: what sort, in Crossref's word, and the DOI under which it stands."""

    sort: str
    doi: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was found on one DOI on one day.

    `exists` is false where no agency knows the DOI. `notices` is None where the agency that does
    tells nothing of retractions.
    """

    doi: str
    registry: str
    asked_on: date
    exists: bool
    titles: tuple[str, ...]
    notices: tuple[Notice, ...] | None


class Kept:
    """The answers in a file, one JSON object a line, so that a run that broke off goes on."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._records = {(record.registry, record.doi): record for record in _read(file)}

    def get(self, registry: str, doi: str, today: date) -> Record | None:
        """Return the kept answer, unless it is older than MAX_AGE."""
        record = self._records.get((registry, doi))
        return record if record and today - record.asked_on <= MAX_AGE else None

    def add(self, record: Record) -> None:
        """Append an answer in one write; raise RegistryError where the file cannot be written."""
        line = json.dumps({**asdict(record), "asked_on": record.asked_on.isoformat()}, sort_keys=True)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                size = os.fstat(handle).st_size
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"  # by a run that was cut off
                os.write(handle, b"\n" * torn + line.encode() + b"\n")
            finally:
                os.close(handle)
        except OSError as error:
            raise RegistryError(
                f"cannot keep answers in {self.file}: {error.strerror}; give another --cache"
            ) from error
        self._records[record.registry, record.doi] = record


def _read(file: Path) -> Iterator[Record]:
    """Yield the records of a file; a line that is torn or of another form is as good as not there."""
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise RegistryError(f"cannot read {file}: {error.strerror}; give another --cache") from error
    for line in lines:
        try:
            found = json.loads(line)
            notices = found["notices"]
            yield Record(
                doi=found["doi"],
                registry=found["registry"],
                asked_on=date.fromisoformat(found["asked_on"]),
                exists=found["exists"],
                titles=tuple(found["titles"]),
                notices=None if notices is None else tuple(Notice(**notice) for notice in notices),
            )
        except (ValueError, KeyError, TypeError):
            continue
