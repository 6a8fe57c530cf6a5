"""The numbers of a sentence by their value, whether they stand in digits or in English words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

_BELOW_TWENTY = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORTH = dict(zip((*_BELOW_TWENTY, *_TENS), (*range(20), *range(20, 100, 10)), strict=True))
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9}
_PARTS = {
    "half": Fraction(1, 2), "third": Fraction(1, 3), "quarter": Fraction(1, 4), "fourth": Fraction(1, 4),
    "fifth": Fraction(1, 5), "sixth": Fraction(1, 6), "eighth": Fraction(1, 8), "tenth": Fraction(1, 10),
    "hundredth": Fraction(1, 100), "thousandth": Fraction(1, 1000),
}  # fmt: skip
_MANY_PARTS = {"halves": Fraction(1, 2), **{f"{part}s": worth for part, worth in _PARTS.items()}}
_PLACES = frozenset(("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"))
_TIMES = {
    "once": Fraction(1),
    **dict.fromkeys(("twice", "doubled", "doubles", "doubling"), Fraction(2)),
    **dict.fromkeys(("thrice", "tripled", "triples", "tripling", "trebled"), Fraction(3)),
    **dict.fromkeys(("quadrupled", "quadruples"), Fraction(4)),
    **dict.fromkeys(("halved", "halving"), Fraction(1, 2)),
}
# Beside "a third" and "double" these show a share or a multiple: not a place in a row, not a double chin.
_AFTER_SHARE = frozenset((
    "of", "less", "more", "fewer", "lower", "higher", "longer", "shorter", "as", "the", "that", "those", "its",
    "their", "what",
))  # fmt: skip
_BEFORE_SHARE = frozenset(("by", "to", "than", "about", "nearly", "almost", "over", "under", "roughly", "only"))
# Before these a bare "one" measures; elsewhere it points at somebody or something.
_MEASURES = frozenset((
    "second", "minute", "hour", "day", "night", "week", "month", "year", "decade", "century", "percent",
    "percentage", "gram", "kilogram", "metre", "meter", "centimetre", "centimeter", "millimetre", "millimeter",
    "inch", "litre", "liter", "volt", "millivolt", "microvolt", "milliamp", "microamp", "hertz", "dollar", "pound",
    "euro",
))  # fmt: skip
_BEGINNINGS = frozenset((*_WORTH, *_TIMES, "half", "a", "an", "double", "triple"))
_VULGAR = "¼½¾⅓⅔⅕⅛"
_TOKEN = re.compile(  # digits are bounded: Python refuses to read thousands of them as one number
    r"(?P<digits>\d{1,3}(?:[,\u00a0\u202f]\d{3})+(?!\d)(?:\.\d{1,99})?|\d{1,99}(?:\.\d{1,99})?|(?<![\w.])\.\d{1,99})"
    rf"|(?P<vulgar>[{_VULGAR}])"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)"
    r"|(?P<mark>[^\w\s\-‐‑‒–—−])"  # a hyphen or a dash joins, any other mark parts
)
NumeralKind = Literal["count", "percentage", "multiple", "times"]
_Hit = tuple[Fraction, int]  # a value, and the place of the word after it


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeral:
    """A number in a text: `words` as they stand there from character `start` on, `value` what they are worth.

    A percentage has the value before its sign. A multiple is one by itself ("doubled"), "times" is
    a count before that word. `points` is true of words that count nothing where they are shown: a
    bare "one" ("no one", "one seller"), "once", and "the two", which is as good as "both".
    """

    words: str
    start: int
    value: Fraction
    kind: NumeralKind
    points: bool


@lru_cache(maxsize=2**17)  # more than 20,000 entries have sentences: several rules read the same ones
def numerals(text: str) -> tuple[Numeral, ...]:
    """Return the numbers of `text` in their order.

    Digits always count: "1,000" is 1000, "½" a half, a range is its two ends; a sign is not read.
    Of words these count: cardinals up to billions, dozens, parts ("half", "two thirds", "a
    quarter of") and multiples ("twice", "doubled", "sixfold"). These do not: places in a row
    ("the second week", "a third says"), "both", "no", and vague crowds ("hundreds of").
    """
    tokens = list(_TOKEN.finditer(text))
    words = [*(token[0].lower() for token in tokens), "", "", ""]  # blank ends save every look-ahead a check
    hits: list[tuple[int, _Hit]] = []
    multiples: set[int] = set()
    at = 0
    while at < len(tokens):
        if not _may_begin(words[at]):
            at += 1
            continue
        multiple = _multiple(words, at)
        hit = multiple or _share(words, at) or _mixed(words, at)
        if multiple:
            multiples.add(at)
        if hit:
            hits.append((at, hit))
        at = hit[1] if hit else at + 1
    starts = {start for start, _ in hits}
    percents = _percents(words, hits)

    def kind(start: int, end: int) -> NumeralKind:
        if words[start] == "once":
            return "times"
        if start in multiples:
            return "multiple"
        if start in percents:
            return "percentage"
        return "times" if words[end] in ("times", "x", "×") else "count"

    return tuple(
        Numeral(
            words=text[tokens[start].start() : tokens[end - 1].end()],
            start=tokens[start].start(),
            value=value,
            kind=kind(start, end),
            points=_points(words, start, end, starts),
        )
        for start, (value, end) in hits
    )


def _may_begin(word: str) -> bool:
    """Whether a number may begin with this word: most do not, and need no closer look."""
    return word in _BEGINNINGS or word.lstrip(".")[:1].isnumeric() or word.endswith("fold")


def _below_hundred(words: Sequence[str], at: int) -> _Hit | None:
    """Read digits, or words such as "twelve" and "twenty-one"."""
    word = words[at]
    if word in _WORTH:
        if _WORTH[word] >= 20 and words[at + 1] in _PLACES:  # "twenty-first" is a place in a row
            return None
        unit = _WORTH.get(words[at + 1], 0) if _WORTH[word] >= 20 else 0
        return (Fraction(_WORTH[word] + unit), at + 2) if 1 <= unit <= 9 else (Fraction(_WORTH[word]), at + 1)
    if word[:1].isdecimal() or (word[:1] == "." and word[1:2].isdecimal()):
        return Fraction(re.sub(r"[,\u00a0\u202f]", "", word)), at + 1
    if word in ("a", "an") and (words[at + 1] in _SCALES or words[at + 1] in ("hundred", "dozen")):
        return Fraction(1), at + 1
    return None


def _below_thousand(words: Sequence[str], at: int) -> _Hit | None:
    hit = _below_hundred(words, at)
    if not hit or words[hit[1]] not in ("hundred", "dozen"):
        return hit
    value, end = hit[0] * (100 if words[hit[1]] == "hundred" else 12), hit[1] + 1
    rest = _below_hundred(words, end + (words[end] == "and"))
    if words[end - 1] == "hundred" and rest and rest[0] < 100 and words[rest[1]] != "hundred":
        return value + rest[0], rest[1]
    return value, end


def _cardinal(words: Sequence[str], at: int) -> _Hit | None:
    """Read a whole cardinal, such as "one hundred and twenty", "two million" and "1.2 million"."""
    total, end, limit = Fraction(0), at, 10**12
    while group := _below_thousand(words, end + (end > at and words[end] == "and")):
        scale = _SCALES.get(words[group[1]], 1)
        if scale >= limit or (end > at and group[0] >= limit):  # "two thousand and three thousand" are two
            break
        total, end, limit = total + group[0] * scale, group[1] + (scale > 1), scale
        if scale == 1:
            break
    return (total, end) if end > at else None


def _mixed(words: Sequence[str], at: int) -> _Hit | None:
    """Read a cardinal and what parts it has: "two thirds", "2½", "one and a half"."""
    if words[at] and words[at] in _VULGAR:
        return _vulgar(words[at]), at + 1
    hit = _cardinal(words, at)
    if not hit:
        return None
    value, end = hit
    if words[end] and words[end] in _VULGAR:
        return value + _vulgar(words[end]), end + 1
    part = _PARTS.get(words[end]) if value == 1 else _MANY_PARTS.get(words[end])
    if part:
        return value * part, end + 1
    if words[end] == "and" and words[end + 1] in ("a", "an") and words[end + 2] in _PARTS:
        return value + _PARTS[words[end + 2]], end + 3
    return hit


def _vulgar(sign: str) -> Fraction:
    return Fraction(unicodedata.numeric(sign)).limit_denominator(10)


def _share(words: Sequence[str], at: int) -> _Hit | None:
    """Read a part without a count: "half", "half a dozen", "a quarter", "a third of"."""
    if words[at] == "half":
        return (Fraction(6), at + 3) if words[at + 1 : at + 3] == ["a", "dozen"] else (Fraction(1, 2), at + 1)
    if words[at] in ("a", "an") and words[at + 1] in _PARTS:
        measured = at > 0 and words[at - 1] in _BEFORE_SHARE and not words[at + 2].isalpha()
        if measured or words[at + 2] in _AFTER_SHARE:
            return _PARTS[words[at + 1]], at + 2
    return None


def _multiple(words: Sequence[str], at: int) -> _Hit | None:
    """Read "twice", "doubled", "sixfold", "5-fold"; "double" only where it multiplies."""
    word = words[at]
    if word in _TIMES:
        return _TIMES[word], at + 1
    if word in ("double", "triple") and (words[at + 1] in _AFTER_SHARE or not words[at + 1].isalpha()):
        return Fraction(2 if word == "double" else 3), at + 1
    worth = _WORTH.get(word.removesuffix("fold")) if word.endswith("fold") else None
    if worth:
        return Fraction(worth), at + 1
    count = _cardinal(words, at)
    return (count[0], count[1] + 1) if count and words[count[1]] == "fold" else None


def _percents(words: Sequence[str], hits: Sequence[tuple[int, _Hit]]) -> set[int]:
    """Return where the percentages start; in "2 to 5%" both ends are one."""
    found: set[int] = set()
    following = -1  # where the percentage after this number starts
    for start, (_, end) in reversed(hits):
        joined = end == following or (end + 1 == following and words[end] in ("to", "or", "and"))
        joined = joined and words[start][0].isdecimal() == words[following][0].isdecimal()
        if words[end] in ("%", "percent") or words[end : end + 2] == ["per", "cent"] or joined:
            found.add(start)
            following = start
    return found


def _points(words: Sequence[str], start: int, end: int, starts: set[int]) -> bool:
    """Whether a number points: "one" counts where it measures or stands to another number, as in "one in ten"."""
    after = words[end]
    if words[start:end] == ["once"]:
        return True
    if words[start:end] == ["two"]:
        return start > 0 and words[start - 1] in ("the", "these", "those")
    to_another = (after in ("in", "of", "to", "or") and end + 1 in starts) or words[end : end + 2] == ["out", "of"]
    measures = after.removesuffix("s") in _MEASURES or after in ("%", "per")
    return words[start:end] == ["one"] and not to_another and not measures
