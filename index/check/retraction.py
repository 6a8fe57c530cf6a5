"""What a registry says of each source: whether it is the work that we mean, and whether it was retracted."""

from __future__ import annotations

import html
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from index.check.kept import Record
from index.check.listing import printable
from index.check.registry import Registry
from index.entry import Entry
from index.errors import RegistryError
from index.folder import Folder
from index.records import Problem

State = Literal["clear", "flagged", "not checked"]

# Of what is published about a work, these cast doubt on it; a correction or a new version does not.
_DOUBT = re.compile("retract|withdraw|removal|concern", re.IGNORECASE)
_DOUBTED_TITLE = re.compile(r"\W*(retracted|withdrawn|expression of concern)\b", re.IGNORECASE)
MIN_LIKENESS = 0.85  # of two titles, by difflib's ratio; a title that holds the other is as good
_MIN_HELD = 20  # characters; a shorter title may stand in another by chance
_LINE = re.compile(rb"(?m)^(retraction:[ ]*)([\"']?)[a-z-]+\2([ ]*(?:#.*)?)$")
_DAY_LINE = re.compile(rb"(?m)^(checked_on:[ ]*)([\"']?)[0-9-]+\2([ ]*(?:#.*)?)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A source with what a registry said of it; `on` is the day it was asked, `why` says more in words."""

    source: Entry
    state: State
    on: date | None
    why: str
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        when = f" on {self.on}" if self.on else ""
        return printable(f"{self.source.path}: {self.state}{when}{': ' if self.why else ''}{self.why}")

    def json(self) -> dict[str, str]:
        """Return it in its JSON form; `on` is empty where the registry was not asked."""
        on = str(self.on) if self.on else ""
        return {"source": printable(self.source.id), "state": self.state, "on": on, "why": printable(self.why)}


def references(folder: Folder, registry: Registry) -> Iterator[Reference]:
    """Look up every source, in order, and yield each as soon as it is known.

    Raises RegistryError where the registry cannot be reached; what was yielded before stands.
    """
    for source in folder.evidence:
        doi = source.text("doi")
        if doi:
            yield _judged(source, registry.record(str(doi)))
        else:
            yield Reference(source=source, state="not checked", on=None, why="has no DOI", problems=())


def _judged(source: Entry, record: Record | None) -> Reference:
    doi = source.text("doi")
    if record is None:
        why = f"the registry gave no usable answer on {doi}"
        return Reference(source=source, state="not checked", on=None, why=why, problems=())
    if not record.exists:
        why = f"no registry knows the DOI {doi}"
        problem = source.problem(doi.line, f"{why}: mend it or take it out")
        return Reference(source=source, state="not checked", on=record.asked_on, why=why, problems=(problem,))
    if record.titles and not any(same_title(source.text("title"), title) for title in record.titles):
        why = f"the DOI {doi} belongs to {record.titles[0]!r}"
        problem = source.problem(doi.line, f"{why}, not to {str(source.text('title'))!r}: mend one")
        return Reference(source=source, state="not checked", on=record.asked_on, why=why, problems=(problem,))
    if record.notices is None:
        why = f"the registry of {doi} tells nothing of retractions"
        return Reference(source=source, state="not checked", on=record.asked_on, why=why, problems=())
    doubts = [
        f"{notice.sort.replace('_', ' ')} {notice.doi}" for notice in record.notices if _DOUBT.search(notice.sort)
    ]
    doubts += [f"titled {title!r}" for title in record.titles if _DOUBTED_TITLE.match(title)]
    state: State = "flagged" if doubts else "clear"
    return Reference(
        source=source,
        state=state,
        on=record.asked_on,
        why=", ".join(doubts),
        problems=tuple(_disagreements(source, state, ", ".join(doubts))),
    )


def _disagreements(source: Entry, state: State, why: str) -> Iterator[Problem]:
    written = source.text("retraction")
    if state == "flagged" and written != "flagged":
        yield source.problem(written.line, f"retraction is {str(written)!r}, but there is a notice ({why}): read it")
    if state == "clear" and written == "flagged":
        yield source.problem(written.line, "retraction is 'flagged', but the registry holds no notice: look again")


def same_title(one: str, other: str) -> bool:
    """Whether two titles are of one work: case, marks, markup and a subtitle make no difference."""
    shorter, longer = sorted((_plain_title(one), _plain_title(other)), key=len)
    held = len(shorter) >= _MIN_HELD and shorter in longer
    return held or SequenceMatcher(None, shorter, longer, autojunk=False).ratio() >= MIN_LIKENESS


def _plain_title(title: str) -> str:
    text = re.sub(r"<[^<>]*>", "", html.unescape(_DOUBTED_TITLE.sub("", title)))
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def write_states(root: Path, found: Iterable[Reference]) -> Iterator[Path]:
    """Write `retraction` and `checked_on` into the entries whose state is known; yield each file that changed.

    A source that is flagged by hand is not cleared. Nothing but those two lines changes, byte for
    byte. Raises RegistryError where a file cannot be written.
    """
    for reference in found:
        settled = reference.state != "not checked" and reference.on
        cleared_by_hand = reference.state == "clear" and reference.source.text("retraction") == "flagged"
        if settled and not cleared_by_hand and _write_state(root / reference.source.path, reference):
            yield root / reference.source.path


def _write_state(file: Path, reference: Reference) -> bool:
    try:
        old = file.read_bytes()
        new = _with_state(old, reference.state, str(reference.on))
        if new is None:
            raise RegistryError(f"{file}: found no line 'retraction: …' to write to: write it by hand")
        if new != old:
            _replace(file, new)
    except OSError as error:
        raise RegistryError(f"cannot write {file}: {error.strerror}; the others before it are written") from error
    return new != old


def _with_state(content: bytes, state: str, day: str) -> bytes | None:
    """Return an entry's bytes with both lines in its front matter, or None where there is no line to change."""
    end = content.find(b"\n---", 3) + 1
    fields, body = content[:end], content[end:]
    if not _LINE.search(fields):
        return None
    fields = _LINE.sub(rb"\g<1>" + state.encode() + rb"\g<3>", fields, count=1)
    if _DAY_LINE.search(fields):
        return _DAY_LINE.sub(rb"\g<1>" + day.encode() + rb"\g<3>", fields, count=1) + body
    return _LINE.sub(lambda match: match[0] + b"\nchecked_on: " + day.encode(), fields, count=1) + body


def _replace(file: Path, content: bytes) -> None:
    """Write aside, then rename: `file` is old or new, never half of one, and keeps its mode."""
    mode = file.stat().st_mode & 0o7777
    handle, aside = tempfile.mkstemp(dir=file.parent, prefix=".aside-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        os.chmod(aside, mode)
        os.replace(aside, file)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise
