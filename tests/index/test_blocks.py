"""A text of plain lines is read as Markdown reads it, only sooner."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.blocks import Block, blocks

COMMONMARK = MarkdownIt("commonmark")
LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "", "", "- ", "- ", "## ", "## ", "  ", "-  ", "### ", "> ", "1. ", "* ", "\\", "[a]: "]),
        st.sampled_from(
            ["", "", "Felt", "felt is *wool*. ", "2 ears", "18.6% wool", "12. felt", "12.", "7) ears", "(a) felt", "[b] c",
             "“Soft”", "===", "---", "ears #", "- felt", "`felt`", "<b>felt</b>", "\xa0felt", "felt\x0bears", "1", "é", "a\0b"]
        ),
    ).map("".join),
    max_size=7,
).map("\n".join)  # fmt: skip


def as_markdown_finds_them(text: str) -> list[tuple[str, int, str]]:
    """The texts of all blocks, with nothing spared."""
    found, inside = [], []
    for token in COMMONMARK.parse(text):
        if token.type.endswith("_open"):
            inside.append(token.type.removesuffix("_open"))
        elif token.type.endswith("_close"):
            inside.pop()
        elif token.type == "inline":
            assert token.map
            kind = "heading" if inside[-1] == "heading" else "item" if "bullet_list" in inside else "paragraph"
            content = token.content if kind == "heading" else " ".join(map(str.strip, token.content.split("\n")))
            found.append((kind, token.map[0] + 1, content))
    return found


@given(LINES)
@example("- felt\nears")
@example("felt\n- ears\n\nwool")
@example("## Felt\nears\nwool\n- hat")
@example("- 18.6% wool\n- 2 ears")
def test_every_text_has_the_blocks_that_markdown_finds(text: str) -> None:
    """Whether its lines are plain or not: kind, line and words."""
    assert [(b.kind, b.line, b.text) for b in blocks(text) if b.kind != "fault"] == as_markdown_finds_them(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("### Felt", "has a heading other than '## ': only those part an entry"),
        ("felt\n===", "has a heading other than '## ': only those part an entry"),
        ("1. felt", "may hold only '## ' headings, paragraphs and '- ' lists"),
        ("> felt", "may hold only '## ' headings, paragraphs and '- ' lists"),
    ],
)
def test_what_is_no_part_of_an_entry_is_a_fault(text: str, fault: str) -> None:
    """On its line, before what it holds."""
    assert blocks(f"## A\n\n{text}")[:2] == [Block("heading", 1, "A"), Block("fault", 3, fault)]
