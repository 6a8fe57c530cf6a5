"""Phrases that editors write, matched in a question: `epilep*`, `box … collarbone`, and negations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

GAP = "…"  # stands for up to MAX_GAP words
MAX_GAP = 5
# A phrase is negated by one of these within three words before it, as in "no chest pain at all".
_NEGATION = re.compile(
    r"\b(?:no|not|never|without|nor|isn['’]?t|wasn['’]?t|don['’]?t\s+have|doesn['’]?t\s+have|haven['’]?t|hasn['’]?t|didn['’]?t)"
    r"(?:\W+\w+){0,3}?\W*$",
    re.IGNORECASE,
)
_APOSTROPHE = re.compile("[’‘`´]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Whether any phrase stands in a text, and whether every place where one stands is negated."""

    found: bool
    negated: bool


class Phrases:
    """A set of phrases, ready to be looked for.

    `*` at the end of a word stands for any ending; `…` between words for up to five words.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = tuple(sorted(phrases, key=len, reverse=True))

    @cached_property
    def _pattern(
        self,
    ) -> re.Pattern[str] | None:  # of hundreds of phrases it takes longer to make than a question to answer
        if not self._phrases:
            return None
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(_pattern, self._phrases))})(?!\w)", re.IGNORECASE)

    def match(self, text: str) -> Match:
        """Look for the phrases in `text`."""
        if self._pattern is None:
            return Match(found=False, negated=False)
        plain = _APOSTROPHE.sub("'", text)
        places = [found.start() for found in self._pattern.finditer(plain)]
        negated = [bool(_NEGATION.search(plain[:start])) for start in places]
        return Match(found=bool(places) and not all(negated), negated=bool(places) and all(negated))


def _pattern(phrase: str) -> str:
    parts = []
    for part in _APOSTROPHE.sub("'", phrase).split(GAP):
        words = [re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in part.split()]
        parts.append(r"\W+".join(words))
    return rf"(?:\W+\w+){{0,{MAX_GAP}}}?\W+".join(part for part in parts if part)
