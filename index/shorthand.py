"""An entry in plain lists, mappings, texts and numbers, as it can be kept in a file; and back."""

from __future__ import annotations

from typing import Any, TypeAlias

from index.entry import Entry, Fields, Items, Node, Section, Text, unread_entry

# Each node as the line it begins on, then what it holds: a text, a list of nodes, or a mapping of such, by key.
Short: TypeAlias = list[Any]


def shortened(entry: Entry) -> Short:
    """Return the fields and sections of an entry that has no Problem in its file."""
    sections = [
        [*_short(section.name), _texts(section.paragraphs), _texts(section.items)] for section in entry.sections
    ]
    return [_short(entry.fields), sections]


def restored(path: str, short: Short) -> Entry:
    """Return the entry at `path` of which `shortened` made this."""
    fields, sections = short
    entry = unread_entry(path)
    entry.fields = _node(fields)  # type: ignore[assignment]  # what an entry holds are Fields
    entry.sections = tuple(
        Section(
            name=Text(name, line),
            paragraphs=tuple(Text(text, at) for at, text in paragraphs),
            items=tuple(Text(text, at) for at, text in items),
        )
        for line, name, paragraphs, items in sections
    )
    return entry


def _texts(texts: tuple[Text, ...]) -> list[Short]:
    return [_short(text) for text in texts]


def _short(node: Node) -> Short:
    if isinstance(node, Text):
        return [node.line, str(node)]
    if isinstance(node, Items):
        return [node.line, [_short(item) for item in node]]
    return [node.line, {str(key): [key.line, _short(value)] for key, value in node.items()}]


def _node(short: Short) -> Node:
    line, held = short
    if isinstance(held, str):
        return Text(held, line)
    if isinstance(held, list):
        items = Items(map(_node, held))
        items.line = line
        return items
    fields = Fields()
    for key, (at, value) in held.items():
        fields[Text(key, at)] = _node(value)
    fields.line = line
    return fields
