"""A visit to a page that embeds us: the widget used from closed to answered, as a reader would."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from app.seen import Keys, Line, Seen
from app.visitor import DESK, PHONE, Visitor, visiting

if TYPE_CHECKING:
    from app.chromium import Chromium
    from app.visitor import Element

BUTTON, FRAME, LABEL = "the button", "the frame", "a label"


def visit(browser: Chromium, url: str, *, site: str = "", seconds: float) -> Seen:
    """Open a page, use the widget on it, and return what was seen.

    `site` says which of several is meant; `seconds` is the most that each step may take. Raises
    PageError for a page that cannot be opened.
    """
    with visiting(browser, url, seconds) as visitor:
        lines = visitor.lines()
        line = next((line for line in lines if site in ("", line.site)), None)
        seen = Seen(url=url, origin=visitor.origin(), line=line, others=tuple({line.site: None for line in lines}))
        if line is None:
            return seen
        before = visitor.caused_by(line)
        launcher = visitor.launcher() if line.form == "script" else None
        if launcher:
            seen = _through_button(visitor, seen, line, launcher)
        elif frame := visitor.frame(line):
            seen = _in_page(visitor, seen, line, frame)
        else:
            visitor.probe(line)
        return dataclasses.replace(
            _answered(visitor, seen, line),
            before=before,
            served=visitor.serve(line),
            policies=visitor.policies(),
            violations=visitor.violations(line),
        )


def _through_button(visitor: Visitor, seen: Seen, line: Line, launcher: Element) -> Seen:
    """Open the widget by its button, close it, and open it again if it is of any use."""
    spots = tuple(visitor.spot(BUTTON, launcher, size, whole=True) for size in (PHONE, DESK))
    colours = visitor.colours(BUTTON, launcher)
    reached = visitor.tab_to(launcher)
    opened = reached and visitor.enter(launcher)
    if not opened:
        visitor.click(launcher)
    frame = visitor.frame(line)
    state = visitor.wait(frame, line) if frame else "silent"
    closed, returned = visitor.escape(launcher)
    if closed and state == "ready":
        visitor.click(launcher)
    keys = Keys(reached=reached, opened=opened, closed=closed, returned=returned)
    return dataclasses.replace(seen, ran=True, spots=spots, colours=colours, keys=keys, frame=state)


def _in_page(visitor: Visitor, seen: Seen, line: Line, frame: Element) -> Seen:
    """Wait for a frame that is part of the page."""
    spots = (visitor.spot(FRAME, frame, PHONE, whole=False), visitor.spot(FRAME, frame, DESK, whole=False))
    state = visitor.wait(frame, line)
    return dataclasses.replace(seen, ran=True, spots=spots, keys=Keys(reached=visitor.tab_to(frame)), frame=state)


def _answered(visitor: Visitor, seen: Seen, line: Line) -> Seen:
    """Ask an example in the frame, where it is ready."""
    frame = visitor.frame(line) if seen.frame == "ready" else None
    inside = frame.content_frame() if frame else None
    if frame is None or inside is None:
        return seen
    if line.form == "script":
        seen = dataclasses.replace(seen, spots=(*seen.spots, visitor.spot(FRAME, frame, DESK, whole=False)))
    if visitor.ask(inside):
        label = inside.query_selector("#answer .label > summary")
        colours = visitor.colours(LABEL, label) if label else ()
        seen = dataclasses.replace(seen, shown=visitor.shown(inside), colours=(*seen.colours, *colours))
    return dataclasses.replace(seen, kept=visitor.kept(inside), elsewhere=visitor.elsewhere(inside))
