"""Numbers as pictures that stand in a page, drawn in the page's own colours; the only module that knows matplotlib."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from index.placing import placed
from index.sheet import INK, LINE, PAPER, SOFT, Html, picture

Drawing = Any  # matplotlib's Axes, which is imported late
Row = tuple[str, Sequence[float | None]]  # what stands before it, and a number for each series

# Series are told apart by hatch or by marker, never by colour alone.
_FILLS = ((INK, ""), (PAPER, "/////"), (PAPER, ""), (PAPER, "....."))
_MARKERS = (("o", INK), ("s", PAPER), ("^", PAPER))
_CELLS = (("o", INK, INK, PAPER), ("o", PAPER, INK, INK), ("s", PAPER, SOFT, SOFT))  # marker, fill, edge, number
_SMALL_MARKS = (".", "+", "x", "2")  # of what is many
_DASHES = ((0, (6, 3)), (0, (1, 2)))
_WIDE = 12.1  # inches; as wide as the page
_LONGEST = 80  # characters of a name that stands before a row
_SHORT = 28  # and of one over a column or behind a row
_LOOK = {
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 72,  # as in an SVG: a dot is a point
    "figure.facecolor": "none",
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],  # comes with the library, so that a picture is laid out alike everywhere
    "font.size": 9,
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.8,
    "legend.frameon": False,
    "patch.edgecolor": INK,
    "svg.fonttype": "none",  # letters stay letters: they can be searched for and read out
    "text.color": INK,
    "text.parse_math": False,  # a "$" is a dollar
    "xtick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.color": SOFT,
    "ytick.labelcolor": INK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of a matrix: its name, a word at its other end, and for each column a count of each series."""

    name: str
    aside: str
    cells: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place on a map, with the name that stands beside it."""

    name: str
    x: float
    y: float


def curve(name: str, title: str, points: Sequence[tuple[float, float]], axes: tuple[str, str]) -> Html:
    """Return a line through `points`, each from 0 to 1; `axes` says what runs along and what up."""

    def draw(drawing: Drawing) -> None:
        drawing.plot([x for x, _ in points], [y for _, y in points], color=INK)
        drawing.set(xlabel=axes[0], ylabel=axes[1], xlim=(0, 1.02), ylim=(0, 1.02))
        drawing.grid()

    return _picture(name, title, (7, 4), draw)


def bars(name: str, title: str, rows: Sequence[Row], series: Sequence[str], unit: str) -> Html:
    """Return one bar a row, from the top down, with a piece for each series and the whole count at its end."""

    def draw(drawing: Drawing) -> None:
        from matplotlib.ticker import MaxNLocator

        starts = [0.0] * len(rows)
        for number, (colour, hatch) in zip(range(len(series)), _FILLS, strict=False):
            lengths = [values[number] or 0 for _, values in rows]
            look = {"color": colour, "edgecolor": INK, "hatch": hatch, "linewidth": 0.8}
            drawing.barh(range(len(rows)), lengths, 0.6, left=starts, label=series[number], **look)
            starts = [start + length for start, length in zip(starts, lengths, strict=True)]
        for place, whole in enumerate(starts):
            drawing.annotate(f"{whole:g}", (whole, place), (4, 0), textcoords="offset points", va="center")
        _name_rows(drawing, [label for label, _ in rows])
        drawing.set(xlabel=unit, xlim=(0, 1.08 * max(starts, default=0) or 1))
        drawing.xaxis.set_major_locator(MaxNLocator(integer=True))
        if len(series) > 1:
            _legend(drawing)

    return _picture(name, title, (8, 1.2 + 0.32 * len(rows)), draw)


def dots(name: str, title: str, rows: Sequence[Row], series: Sequence[tuple[str, float]], unit: str) -> Html:
    """Return a mark for each series in each row, and the limit of each as a line; None has no mark."""

    def draw(drawing: Drawing) -> None:
        for place, (_, values) in enumerate(rows):
            found = [value for value in values if value is not None]
            drawing.plot([min(found), max(found)], [place, place], color=LINE, linewidth=1, zorder=1)
        for number, (what, limit) in enumerate(series):
            marker, colour = _MARKERS[number]
            places = [place for place, (_, values) in enumerate(rows) if values[number] is not None]
            along = [rows[place][1][number] for place in places]
            drawing.scatter(along, places, s=26, marker=marker, color=colour, edgecolor=INK, label=what)
            drawing.axvline(
                limit, color=INK, linewidth=1, linestyle=_DASHES[number], label=f"{what}: at most {limit:g}"
            )
        _name_rows(drawing, [label for label, _ in rows])
        drawing.set(xlabel=unit)
        drawing.tick_params(axis="x", top=True, labeltop=True)
        drawing.grid(axis="x")
        _legend(drawing)

    return _picture(name, title, (_WIDE, 1.6 + 0.2 * len(rows)), draw)


def matrix(
    name: str, title: str, rows: Sequence[Line], columns: Sequence[str], series: Sequence[str], divide: int
) -> Html:
    """Return a grid with the counts of each series in its own marks; a line stands before column `divide`."""

    def draw(drawing: Drawing) -> None:
        for number, what in enumerate(series):
            marker, fill, edge, ink = _CELLS[number]
            shift = (number - 1) * 0.31
            found = [
                (column + shift, place, cell[number])
                for place, row in enumerate(rows)
                for column, cell in enumerate(row.cells)
                if cell[number]
            ]
            xs, ys = [x for x, _, _ in found], [y for _, y, _ in found]
            drawing.scatter(xs, ys, s=88, marker=marker, color=fill, edgecolor=edge, linewidth=0.9, label=what)
            for x, y, count in found:
                drawing.text(x, y, count, color=ink, size=7, ha="center", va="center_baseline")
        _name_rows(drawing, [row.name for row in rows], 44)
        drawing.set_xlim(-0.5, len(columns) - 0.5)
        heads = [_cut(column, _SHORT) for column in columns]
        drawing.set_xticks(range(len(columns)), heads, rotation=50, ha="left", rotation_mode="anchor")
        drawing.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False, length=2)
        for place in range(1, len(rows)):
            ends = rows[place].aside != rows[place - 1].aside
            drawing.axhline(place - 0.5, color=SOFT if ends else LINE, linewidth=1.1 if ends else 0.4, zorder=0)
        for column in range(1, len(columns)):
            ends = column == divide
            drawing.axvline(column - 0.5, color=SOFT if ends else LINE, linewidth=1.6 if ends else 0.4, zorder=0)
        drawing.secondary_yaxis("right").set_yticks(range(len(rows)), [_cut(row.aside, _SHORT) for row in rows])
        _legend(drawing)

    return _picture(name, title, (_WIDE, 2.6 + 0.3 * len(rows)), draw)


def ground(name: str, title: str, spots: Sequence[Spot], marks: Sequence[tuple[str, Sequence[Spot]]]) -> Html:
    """Return a map: `spots` with their names, and `marks` of several kinds, whose names are left out."""

    def draw(drawing: Drawing) -> None:
        for shape, (what, found) in zip(_SMALL_MARKS, marks, strict=False):
            xs, ys = [spot.x for spot in found], [spot.y for spot in found]
            drawing.scatter(xs, ys, s=22, marker=shape, color=SOFT, linewidth=0.7, label=what)
        xs, ys = [spot.x for spot in spots], [spot.y for spot in spots]
        drawing.scatter(xs, ys, s=30, marker="D", color=INK, edgecolor=PAPER, label="card", zorder=3)
        drawing.set(xticks=(), yticks=())
        drawing.spines[:].set_visible(True)
        drawing.margins(0.08)
        drawing.set_aspect("equal", adjustable="datalim")
        _legend(drawing)
        _name_spots(drawing, spots)

    return _picture(name, title, (_WIDE, 9), draw)


def _name_rows(drawing: Drawing, names: Sequence[str], width: int = _LONGEST) -> None:
    """Write a name before each row, in lines of `width` characters; the first row is the top one."""
    shown = ["\n".join(wrap(_cut(name, _LONGEST), width)) for name in names]
    drawing.set_yticks(range(len(names)), shown, linespacing=1.1)
    drawing.set_ylim(len(names) - 0.4, -0.6)
    drawing.tick_params(axis="y", length=0)


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


def _legend(drawing: Drawing) -> None:
    drawing.figure.legend(loc="outside lower center", ncols=4)


def _name_spots(drawing: Drawing, spots: Sequence[Spot]) -> None:
    """Write the name of each spot beside it, where it covers least of the other names and spots."""
    drawing.figure.draw_without_rendering()  # from now on it is known where a spot stands, in points
    frame = tuple(drawing.get_window_extent().extents.tolist())
    behind = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.7, "pad": 0.5}
    texts = [
        drawing.annotate(
            spot.name, (spot.x, spot.y), (0, 0), textcoords="offset points", size=8, va="center", bbox=behind, zorder=4
        )
        for spot in spots
    ]
    points = [drawing.transData.transform((spot.x, spot.y)).tolist() for spot in spots]
    sizes = [text.get_window_extent() for text in texts]
    names = [(x, y, size.width, size.height) for (x, y), size in zip(points, sizes, strict=True)]
    for text, side in zip(texts, placed(names, frame), strict=True):
        text.set(position=side, ha="left" if side[0] > 0 else "right" if side[0] < 0 else "center", in_layout=False)


def _picture(name: str, title: str, size: tuple[float, float], draw: Callable[[Drawing], None]) -> Html:
    """Return what `draw` draws, `size` in inches, under its title; the same numbers give the same bytes."""
    with _look(name):
        from matplotlib.figure import Figure

        figure = Figure(figsize=size, layout="constrained")
        draw(figure.subplots())
        buffer = io.StringIO()
        told = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=told)
    return picture(name, title, buffer.getvalue())


@contextmanager
def _look(name: str) -> Iterator[None]:
    from matplotlib import rc_context

    with rc_context({**_LOOK, "svg.hashsalt": name}), warnings.catch_warnings():
        # A letter that this font lacks is measured wrongly, and shown in one of the reader's own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield
