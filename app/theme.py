"""The colours and corners that a site may choose: readable, or refused."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

from index.entry import Entry, Fields, Text
from index.records import Problem

TOKENS = Path(__file__).parent / "static" / "tokens.css"
NEEDED = 4.5  # WCAG 2.1, success criterion 1.4.3, level AA, for text of normal size
GROUNDS = ("paper", "sheet", "well")  # what links and buttons in the accent colour stand on
COLOURS = ("accent", "accent-ink", "accent-dark", "accent-ink-dark")
CORNERS = ("round", "soft", "square")
_ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)  # the first for light, the second for dark
_TOKEN = re.compile(r"--([a-z0-9-]+): ([^;]+);")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

Scheme = Literal["light", "dark"]
_SCHEMES: tuple[tuple[Scheme, str], ...] = (("light", ""), ("dark", "-dark"))  # and how its keys end


@lru_cache(maxsize=1)
def _tokens() -> dict[Scheme, dict[str, str]]:
    """Return the values of tokens.css by scheme and name; dark has those of light that it does not change."""
    light, dark = (dict(_TOKEN.findall(block)) for block in _ROOT.findall(TOKENS.read_text(encoding="utf-8")))
    return {"light": light, "dark": light | dark}


def _token(scheme: Scheme, name: str) -> str:
    return _tokens()[scheme][name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Accent colours as `#rrggbb` and corners; what is not given is as in tokens.css.

    Raises ValueError for anything else, so that no other text can reach a style sheet.
    """

    accent: str = field(default_factory=partial(_token, "light", "accent"))
    accent_ink: str = field(default_factory=partial(_token, "light", "accent-ink"))
    accent_dark: str = field(default_factory=partial(_token, "dark", "accent"))
    accent_ink_dark: str = field(default_factory=partial(_token, "dark", "accent-ink"))
    corners: str = "round"

    def __post_init__(self) -> None:
        for colour in (self.accent, self.accent_ink, self.accent_dark, self.accent_ink_dark):
            if not _COLOUR.fullmatch(colour):
                raise ValueError(f"a colour is written as #rrggbb: {colour!r}")
        if self.corners not in CORNERS:
            raise ValueError(f"corners are one of {', '.join(CORNERS)}: {self.corners!r}")


def theme_css(theme: Theme) -> str:
    """Return the style sheet that puts a theme over tokens.css, light and dark."""
    radius = {"round": _token("light", "radius"), "soft": "0.25rem", "square": "0rem"}[theme.corners]
    # The focus ring takes the accent: what is readable as text is plain enough for a ring.
    return (
        f":root {{ --accent: {theme.accent}; --accent-ink: {theme.accent_ink}; --focus: {theme.accent};"
        f" --radius: {radius}; }}\n"
        "@media (prefers-color-scheme: dark) {\n"
        f"  :root {{ --accent: {theme.accent_dark}; --accent-ink: {theme.accent_ink_dark};"
        f" --focus: {theme.accent_dark}; }}\n"
        "}\n"
    )


def make_theme(fields: Fields) -> Theme:
    """Return the theme that checked fields describe."""
    return Theme(**{str(key).replace("-", "_"): str(value).lower() for key, value in fields.items()})


def theme_problems(fields: Fields, entry: Entry) -> Iterator[Problem]:
    """Yield what is wrong with the theme of a site; contrast is looked at once the colours are colours."""
    sound = True
    for key, value in fields.items():
        complaint = None
        if key not in (*COLOURS, "corners"):
            complaint = f"unknown key {str(key)!r}: use one of {', '.join((*COLOURS, 'corners'))}"
        elif not isinstance(value, Text):
            complaint = f"{key} must be one line of text"
        elif key == "corners" and value not in CORNERS:
            complaint = f"corners must be one of {', '.join(CORNERS)}: {str(value)!r}"
        elif key in COLOURS and not _COLOUR.fullmatch(value):
            complaint = f'{key} must be a colour as "#rrggbb", in quotes: {str(value)!r}'
        if complaint:
            sound = False
            yield entry.problem(key.line, complaint)
    if sound:
        yield from _contrasts(fields, entry)


def _contrasts(fields: Fields, entry: Entry) -> Iterator[Problem]:
    """Yield every pair of colours that stands too close; where one is not given, the default is meant."""
    for scheme, ending in _SCHEMES:
        accent_key, ink_key = f"accent{ending}", f"accent-ink{ending}"
        accent = (fields.text(accent_key) or _token(scheme, "accent")).lower()
        ink = (fields.text(ink_key) or _token(scheme, "accent-ink")).lower()
        pairs = [(accent_key, accent, f"--{ground}", _token(scheme, ground).lower()) for ground in GROUNDS]
        for key, colour, on, ground in (*pairs, (ink_key, ink, accent_key, accent)):
            ratio = contrast(colour, ground)
            if ratio < NEEDED:
                line = fields.line_of(key if Text(key, 0) in fields else accent_key)
                found = math.floor(ratio * 100) / 100  # rounded up, 4.498 would read as enough
                yield entry.problem(
                    line,
                    f"{key} {colour} on {on} {ground} ({scheme}) has a contrast of {found:.2f}, and {NEEDED} is needed "
                    "(WCAG AA): choose colours further apart",
                )


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21, as WCAG 2.1 defines it."""
    from coloraide import Color

    return Color(one).contrast(other, method="wcag21")
