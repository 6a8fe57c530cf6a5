"""Pictures of what was measured, for BENCHMARKS.md: SVG that is the same for the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parents[1]
INK, SOFT, LINE = "#1a1a1a", "#767676", "#dddddd"


@contextmanager
def figure(file: Path, width: float, height: float) -> Iterator[Any]:
    """A figure of matplotlib, so many inches wide and high, that is written to `file` in the end."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": file.stem, "font.family": "sans-serif"}):
        made = Figure(figsize=(width, height), layout="constrained", facecolor="white")
        yield made
        made.savefig(file, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))


def shown(file: Path, words: str) -> str:
    """Return the Markdown that shows a picture; `words` stand for it where it cannot be seen."""
    return f"![{words}]({file.relative_to(HERE).as_posix()})"
