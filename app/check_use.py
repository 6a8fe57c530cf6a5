"""What a reader meets who uses us on another site's page: in sight, by the keyboard, labelled, and nothing kept."""

from __future__ import annotations

import math
from collections.abc import Iterator

from app.check import Check, few, skipped
from app.seen import Seen, Spot
from app.theme import NEEDED, contrast
from app.visit import BUTTON

TARGET = 24  # pixels, WCAG 2.2, success criterion 2.5.8
LOWEST = 120  # pixels, as in the loader: less of a frame shows no answer
LEAST_SCALE = 12 / 14  # of a frame that its page shrinks: our smallest text has 14 pixels


def in_sight(seen: Seen) -> Check:
    """Say whether a reader sees the button, and the frame once it is open."""
    name = "in-sight"
    if not seen.spots:
        return skipped(name, seen.why_not or "the loader did not run")
    faults = list(dict.fromkeys(fault for spot in seen.spots for fault in _out_of_sight(spot)))
    if not faults:
        found = ", ".join(f"{spot.what} at {spot.window} pixels" for spot in seen.spots)
        return Check(name=name, state="ok", found=f"seen: {found}")
    return Check(name=name, state="fail", found=few(faults, "; "), do="change the style or the place of what does it")


def _out_of_sight(spot: Spot) -> Iterator[str]:
    """Yield what keeps a reader from seeing or pressing an element."""
    at = f"at {spot.window} pixels"
    if not spot.visible:
        yield f"{spot.what} is hidden by the page {at}"
        return
    if spot.opacity < 1:
        yield f"the page makes {spot.what} see-through, opacity {spot.opacity:.2f}"
    if not spot.inside:
        yield f"{spot.what} is partly out of the window {at}"
    if spot.over:
        yield f"{spot.what} is under {spot.over[:40]!r} {at}"
    if spot.what == BUTTON and min(spot.width, spot.height) < TARGET:
        yield f"{spot.what} is smaller than {TARGET} pixels {at}"
    if spot.what != BUTTON and spot.height < LOWEST:
        yield f"{spot.what} is lower than {LOWEST} pixels {at}"
    if spot.scale < LEAST_SCALE:
        yield f"the page shrinks {spot.what} to {spot.scale:.2f} of its size"


def by_keyboard(seen: Seen) -> Check:
    """Say whether the widget can be used without a mouse."""
    name, keys = "keyboard", seen.keys
    if keys is None:
        return skipped(name, seen.why_not or "the loader did not run")
    by_button = seen.line is not None and seen.line.form == "script"
    what = BUTTON if by_button else "the frame"
    did = {f"Tab reaches {what}": keys.reached}
    if by_button:
        did |= {"Enter opens": keys.opened, "Escape closes": keys.closed, "the focus returns": keys.returned}
    failed = [words for words, done in did.items() if not done]
    if not failed:
        return Check(name=name, state="ok", found=", ".join(did))
    do = "see whether a script of the page takes these keys or keeps the focus"
    return Check(name=name, state="fail", found=f"this does not work: {', '.join(failed)}", do=do)


def answer(seen: Seen) -> tuple[Check, Check, Check]:
    """Return what is to be said of an answer's labels, of the declared interest and of the promise."""
    names = ("labels", "interest", "promise")
    shown, why = seen.shown, seen.why_not
    if why:
        labels, interest, promise = (skipped(name, why) for name in names)
        return labels, interest, promise
    if shown is None or not shown.passages:
        do = "ask in the widget yourself; it may be that too many ask just now"
        labels = Check(name=names[0], state="fail", found="an example of ours brought no passages", do=do)
        return labels, skipped(names[1], "no passages came"), skipped(names[2], "no passages came")
    do = "see that the frame is wide enough, and that no proxy changes our pages"
    bare = f"{shown.bare} of {shown.passages} passages have no label in sight"
    return (
        Check(name=names[0], state="fail", found=bare, do=do)
        if shown.bare
        else Check(name=names[0], state="ok", found=f"in sight on all of {shown.passages} passages"),
        Check(name=names[1], state="ok", found="what the site sells is in sight")
        if shown.interest
        else Check(name=names[1], state="fail", found="what the site sells is not in sight", do=do),
        Check(name=names[2], state="ok", found="that nothing is made up is in sight")
        if shown.promise
        else Check(name=names[2], state="fail", found="that nothing is made up is not in sight", do=do),
    )


def colours_apart(seen: Seen) -> Check:
    """Say whether the text of the button and of a label can be read on what it stands on."""
    name = "contrast"
    if not seen.colours:
        return skipped(name, seen.why_not or "no answer came")
    found = [(contrast(colours.ink, colours.ground), colours) for colours in seen.colours]
    told = ", ".join(f"{c.what} {math.floor(ratio * 10) / 10} ({c.scheme})" for ratio, c in found)
    if all(ratio >= NEEDED for ratio, _ in found):
        return Check(name=name, state="ok", found=told)
    do = f"choose a theme for the site with {NEEDED} at least; 'explainer check-sites' computes it"
    return Check(name=name, state="fail", found=told, do=do)


def storage(seen: Seen) -> Check:
    """Say whether our origin keeps anything in the browser."""
    name = "storage"
    if seen.kept is None:
        return skipped(name, seen.why_not)
    if not seen.kept:
        return Check(name=name, state="ok", found="nothing of ours is kept after a question")
    do = "see whether a proxy before our server adds it; we keep nothing"
    return Check(name=name, state="fail", found=f"our origin keeps {few(seen.kept)}", do=do)


def other_hosts(seen: Seen) -> Check:
    """Say whether our frame asks anybody but our server."""
    name = "other-hosts"
    if seen.elsewhere is None:
        return skipped(name, seen.why_not)
    if not seen.elsewhere:
        return Check(name=name, state="ok", found="the frame asks our server alone")
    do = "see whether a proxy before our server adds them; ours asks nobody else"
    return Check(name=name, state="fail", found=f"the frame asks {few(seen.elsewhere)}", do=do)
