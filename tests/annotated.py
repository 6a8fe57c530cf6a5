"""An entry of the small corpus with the notes of `explainer new` beside it, for CONTRIBUTING.md."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from index.draft import What, draft_entry
from tests.conftest import SMALL

ROOT = Path(__file__).parents[1]
EXAMPLES: dict[What, str] = {
    "claim": "claims/sleep-300.md",
    "source": "evidence/mice-2001.md",
    "safety": "safety/choking.md",
}
_FIELD = re.compile(r"(?: *- )? *(\w+):(?=\s|$)")  # a field's name, which an item of a list may begin with
_NOTE = re.compile(r"\s+(#.*)$")
_END = "\n---\n"  # of the front matter


def annotated(what: What) -> str:
    """Return the example of this kind, its fields filled in where `explainer new` leaves room and explains them.

    What the file leaves out stands empty; what stands below the fields is the file's, byte for byte.
    """
    front, end, body = (SMALL / EXAMPLES[what]).read_text(encoding="utf-8").partition(_END)
    values = _fields(front)
    lines: list[str] = []
    for line in _begun(what).partition(_END)[0].split("\n"):
        name = _FIELD.match(line)
        if not name or name[1] not in values:
            lines.append(line)
            continue
        first, *rest = values.pop(name[1])
        note = _NOTE.search(line)
        lines += [f"{first}  {note[1]}" if note else first, *rest]
    assert not values, f"explainer new {what} has no room for {', '.join(values)}"
    return "\n".join(lines) + end + body


def example(what: What) -> str:
    """Return the annotated example, and where it stands, in Markdown."""
    return f"`{(SMALL / EXAMPLES[what]).relative_to(ROOT).as_posix()}`:\n\n```\n{annotated(what)}```"


def _begun(what: What) -> str:
    """Return what `explainer new` begins in the small corpus, with the choices of its lists."""
    with tempfile.TemporaryDirectory() as aside:
        corpus = Path(shutil.copytree(SMALL, Path(aside) / "corpus"))
        return draft_entry(corpus, what, "a-new-one").read_text(encoding="utf-8")


def _fields(front: str) -> dict[str, list[str]]:
    """Return the lines of front matter by the field they belong to, each field on its own, also those in a group."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in front.split("\n")[1:]:
        if name := _FIELD.match(line):
            assert name[1] not in found, f"the example has {name[1]} twice: choose one with a single group"
            lines = found[name[1]] = []
        lines.append(line)
    return found
