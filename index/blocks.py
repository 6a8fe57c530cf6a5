"""The headings, paragraphs and list items of a Markdown text, one after another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt

# What stands within a paragraph is shown as it was written: it need not be parsed.
_MARKDOWN = MarkdownIt("commonmark").disable(["inline", "text_join"])
# A line that cannot be anything but a heading, a list item or text: after its mark it begins with a letter, a quotation
# mark, a round bracket, or a number that numbers no list.
_PLAIN_LINE = re.compile(r"(## |- |)((?:[^\W\d_]|[\"'“‘(]|\d+(?:[^\d.)]|[.)]\S))[^\t\0]*)")
_BREAK = re.compile(r"\s*\n\s*")

BlockKind = Literal["heading", "paragraph", "item", "fault"]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph or list item on one line, or what is wrong with one; `line` is where it begins, from 1."""

    kind: BlockKind
    line: int
    text: str


def blocks(text: str) -> list[Block]:
    """Return the blocks of `text`, which is read as CommonMark.

    Nearly every entry is written in plain lines alone, which take a tenth of the time.
    """
    found = _plain_blocks(text)
    return list(_markdown_blocks(text)) if found is None else found


def _plain_blocks(text: str) -> list[Block] | None:
    """Return the blocks of a text of plain lines, the same as Markdown finds; None where a line is not plain."""
    found: list[Block] = []
    kinds: dict[str, BlockKind] = {"## ": "heading", "- ": "item", "": "paragraph"}
    going_on = False  # whether the line before is one of a paragraph
    for number, line in enumerate(text.split("\n"), 1):
        plain = _PLAIN_LINE.fullmatch(line)
        if not plain:
            if line:
                return None
            going_on = False
            continue
        kind, content = kinds[plain[1]], plain[2].rstrip()
        if kind == "heading" and content.endswith("#"):  # which may close it
            return None
        if kind == "paragraph" and going_on:
            found[-1] = Block("paragraph", found[-1].line, f"{found[-1].text} {content}")
        elif kind == "paragraph" and found and found[-1].kind == "item" and found[-1].line == number - 1:
            return None  # it goes on with the item, though it looks like a paragraph
        else:
            found.append(Block(kind, number, content))
        going_on = kind == "paragraph"
    return found


def _markdown_blocks(text: str) -> Iterator[Block]:
    depth = 0
    heading = False
    for token in _MARKDOWN.parse(text):
        line = (token.map[0] if token.map else 0) + 1
        if token.type == "heading_open":
            heading = True
            if token.tag != "h2":
                yield Block("fault", line, "has a heading other than '## ': only those part an entry")
        elif token.type == "heading_close":
            heading = False
        elif token.type in ("bullet_list_open", "bullet_list_close"):
            depth += 1 if token.type.endswith("open") else -1
        elif token.type == "inline":
            kind: BlockKind = "heading" if heading else "item" if depth else "paragraph"
            yield Block(kind, line, token.content if heading else _BREAK.sub(" ", token.content))
        elif token.nesting >= 0 and token.type not in ("paragraph_open", "list_item_open"):
            yield Block("fault", line, "may hold only '## ' headings, paragraphs and '- ' lists")
