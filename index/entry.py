"""One file of the corpus as fields and sections with line numbers: strict YAML, no opinions."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from index.blocks import blocks
from index.records import Problem

MAX_BYTES = 1_000_000  # no entry comes near; a larger file is a mistake, not an entry
_FENCE = "---"
_TOML_FENCE = "+++"
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))  # Unicode categories
_JOINERS = frozenset("\u200c\u200d")  # join letters and emoji: the only format characters that may stand


class Text(str):
    """A scalar of a file: text that knows its line."""

    __slots__ = ("line",)  # a corpus holds hundreds of thousands
    line: int

    def __new__(cls, text: str, line: int) -> Text:
        self = super().__new__(cls, text)
        self.line = line
        return self


class Items(list["Node"]):
    """A list of a file, with the line it begins on."""

    line: int = 1


class Fields(dict[Text, "Node"]):
    """A mapping of a file, with the line it begins on; keys know their own lines."""

    line: int = 1

    def at(self, key: str) -> Node | None:
        """Return what stands at `key`, if anything."""
        return self.get(key)  # type: ignore[call-overload,no-any-return]  # a Text is the same key as its plain text

    def line_of(self, key: str) -> int:
        """Return the line of `key`, or of the mapping where the key is missing."""
        return next((k.line for k in self if k == key), self.line)

    def text(self, key: str) -> str:
        """Return the scalar at `key` as plain text; empty where there is none."""
        value = self.at(key)
        return str(value) if isinstance(value, Text) else ""

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the scalars of the list at `key` as plain texts; empty where there is none."""
        value = self.at(key)
        return tuple(map(str, value)) if isinstance(value, Items) else ()


Node = Text | Items | Fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A `## heading` of the body with its paragraphs and list items, in order."""

    name: Text
    paragraphs: tuple[Text, ...]
    items: tuple[Text, ...]


@dataclass(slots=True, kw_only=True)
class Entry:
    """One file, read; `problems` is what kept a part of it from being read."""

    id: str
    path: str
    fields: Fields = field(default_factory=Fields)
    sections: tuple[Section, ...] = ()
    problems: list[Problem] = field(default_factory=list)

    def problem(self, line: int, message: str) -> Problem:
        """Make a Problem in this file."""
        return Problem(path=self.path, line=line, message=message)

    def text(self, key: str) -> Text:
        """Return the scalar at `key`; an empty Text on the key's line where there is none."""
        value = self.fields.at(key)
        return value if isinstance(value, Text) else Text("", self.fields.line_of(key))

    def texts(self, key: str) -> tuple[Text, ...]:
        """Return the scalars of the list at `key`; empty where there is none."""
        value = self.fields.at(key)
        return tuple(v for v in value if isinstance(v, Text)) if isinstance(value, Items) else ()

    def mappings(self, key: str) -> tuple[Fields, ...]:
        """Return the mappings of the list at `key`; empty where there is none."""
        value = self.fields.at(key)
        return tuple(v for v in value if isinstance(v, Fields)) if isinstance(value, Items) else ()

    def every_text(self) -> Iterator[Text]:
        """Yield every scalar, paragraph and list item, in order."""
        yield from scalars(self.fields)
        for section in self.sections:
            yield from section.paragraphs
            yield from section.items

    def section(self, name: str) -> Section:
        """Return the section of that name; an empty one on line 1 where there is none."""
        for section in self.sections:
            if section.name == name:
                return section
        return Section(name=Text(name, 1), paragraphs=(), items=())


def scalars(node: Node, without: frozenset[str] = frozenset()) -> Iterator[Text]:
    """Yield every scalar below `node`, leaving out the keys of `without`."""
    if isinstance(node, Text):
        yield node
    elif isinstance(node, Items):
        for item in node:
            yield from scalars(item, without)
    else:
        for key, value in node.items():
            if key not in without:
                yield from scalars(value, without)


def read_entry(file: Path, root: Path) -> Entry:
    """Read one `.md` (front matter and sections) or `.yaml` (fields alone) file below `root`."""
    entry = unread_entry(file.relative_to(root).as_posix())
    raw = _read_bytes(file, root, entry)
    return entry if raw is None else parse_entry(entry.path, raw)


def unread_entry(path: str) -> Entry:
    """Return the entry at `path` with its id alone: the file's name, without what says its kind."""
    name = path.rpartition("/")[2]
    return Entry(id=name.rpartition(".")[0] or name, path=path)


def parse_entry(path: str, raw: bytes) -> Entry:
    """Return the entry whose file, at `path` below the corpus, has these bytes."""
    entry = unread_entry(path)
    text = _decode(raw, entry)
    if text is None:
        return entry
    if path.endswith(".yaml"):
        _read_fields(text, 0, entry)
        return entry
    lines = text.split("\n")
    if lines[0].rstrip() == _TOML_FENCE:
        entry.problems.append(entry.problem(1, "has front matter in TOML: write it in YAML, between two lines '---'"))
        return entry
    if lines[0] != _FENCE:
        entry.problems.append(entry.problem(1, "must begin with a line '---' (front matter in YAML)"))
        return entry
    try:
        end = lines.index(_FENCE, 1)
    except ValueError:
        entry.problems.append(entry.problem(1, "front matter is not closed: add a line '---' after the last field"))
        return entry
    _read_fields("\n".join(lines[1:end]), 1, entry)
    entry.sections = tuple(_read_sections("\n".join(lines[end + 1 :]), end + 1, entry))
    return entry


def _read_bytes(file: Path, root: Path, entry: Entry) -> bytes | None:
    if not file.is_file():
        entry.problems.append(entry.problem(1, "is not a file: put the file itself here"))
        return None
    if not file.resolve().is_relative_to(root.resolve()):
        entry.problems.append(entry.problem(1, "is a link out of the corpus: put the file itself here"))
        return None
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)  # no more, however large the file says it is
    except OSError as error:
        entry.problems.append(entry.problem(1, f"cannot be read ({error.strerror}): let everybody read it"))
        return None


def _decode(raw: bytes, entry: Entry) -> str | None:
    if len(raw) > MAX_BYTES:
        entry.problems.append(entry.problem(1, f"is larger than {MAX_BYTES} bytes: split it"))
        return None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        entry.problems.append(entry.problem(line, "is not UTF-8: save the file as UTF-8"))
        return None
    if text.startswith("\ufeff"):
        entry.problems.append(entry.problem(1, "begins with a byte-order mark: save as UTF-8 without BOM"))
        return None
    if "\r" in text:
        line = text[: text.index("\r")].count("\n") + 1
        entry.problems.append(entry.problem(line, "has Windows line ends: save with Unix line ends (LF)"))
        return None
    for number, line_text in enumerate(text.split("\n"), 1):
        for character in "" if line_text.isprintable() else line_text:  # nearly every line is, and holds none
            if unicodedata.category(character) in _INVISIBLE and character not in _JOINERS:
                entry.problems.append(entry.problem(number, f"has an invisible character, {character!r}: remove it"))
                break
    return text


def _read_fields(text: str, offset: int, entry: Entry) -> None:
    try:
        entry.fields = _build(text, offset, entry)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "a character is not allowed"
        entry.problems.append(entry.problem((mark.line if mark else 0) + 1 + offset, f"is not valid YAML: {what}"))
    except RecursionError:
        entry.problems.append(entry.problem(1 + offset, "is nested too deeply: write plain fields"))


def _build(text: str, offset: int, entry: Entry) -> Fields:
    """Turn YAML events into nodes; every scalar stays text, so nothing is guessed."""
    events = yaml.parse(text, Loader=yaml.CSafeLoader)

    def line(event: yaml.Event) -> int:
        assert event.start_mark is not None  # the C loader marks every event
        return event.start_mark.line + 1 + offset

    def refuse(event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            entry.problems.append(entry.problem(line(event), "has a YAML anchor or alias: write the text out"))
        elif tag := getattr(event, "tag", None):
            entry.problems.append(entry.problem(line(event), f"has a YAML tag, {tag!r}: remove it"))

    def node(event: yaml.Event) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor or event.tag:
                refuse(event)
            return Text(event.value, line(event))
        refuse(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items = Items()
            items.line = line(event)
            while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                items.append(node(inner))
            return items
        if isinstance(event, yaml.MappingStartEvent):
            fields = Fields()
            fields.line = line(event)
            while not isinstance(inner := next(events), yaml.MappingEndEvent):
                key = node(inner)
                value = node(next(events))
                if not isinstance(key, Text):
                    entry.problems.append(entry.problem(line(inner), "has a key that is not plain text"))
                elif key in fields:
                    entry.problems.append(entry.problem(key.line, f"has the key {str(key)!r} twice"))
                else:
                    fields[key] = value
            return fields
        return Text("", line(event))

    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            fields = node(event)
            for rest in events:  # read to the end: what follows the fields would be lost in silence
                if isinstance(rest, yaml.DocumentStartEvent):
                    entry.problems.append(entry.problem(line(rest), "holds a second YAML document: keep one"))
                    break
            return fields  # type: ignore[return-value]
        if isinstance(event, (yaml.ScalarEvent, yaml.SequenceStartEvent)):
            break
    entry.problems.append(entry.problem(1 + offset, "must hold fields, one 'key: value' a line"))
    empty = Fields()
    empty.line = 1 + offset
    return empty


def _read_sections(text: str, offset: int, entry: Entry) -> Iterator[Section]:
    name: Text | None = None
    paragraphs: list[Text] = []
    items: list[Text] = []
    for block in blocks(text):
        line = block.line + offset
        if block.kind == "fault":
            entry.problems.append(entry.problem(line, block.text))
        elif block.kind == "heading":
            if name is not None:
                yield Section(name=name, paragraphs=tuple(paragraphs), items=tuple(items))
            name, paragraphs, items = Text(block.text, line), [], []
        else:
            if name is None:
                entry.problems.append(entry.problem(line, "has text before the first '## ' heading"))
            (items if block.kind == "item" else paragraphs).append(Text(block.text, line))
    if name is not None:
        yield Section(name=name, paragraphs=tuple(paragraphs), items=tuple(items))
