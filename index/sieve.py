"""Which of several groups of phrases may stand in a text: a quick look that spares the close one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from index.phrases import GAP, Phrases

_RUN = re.compile(r"\w+")
_LETTERS = 3  # of a beginning that are looked up; more make more lookups, of one for each length


@dataclass(frozen=True, slots=True, kw_only=True)
class _Needs:
    """What a text must have for a phrase of a group to stand in it: whole words, and beginnings of words."""

    group: str
    words: frozenset[str]
    beginnings: tuple[str, ...]

    def are_met(self, words: set[str]) -> bool:
        return self.words <= words and all(
            any(word.startswith(beginning) for word in words) for beginning in self.beginnings
        )


class Sieve:
    """Names for a text every group of which `Phrases` finds a phrase in it, and few others."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._groups = tuple(sorted(groups))
        self._always: set[str] = set()
        self._by_word: dict[str, list[_Needs]] = {}
        self._by_beginning: dict[str, list[_Needs]] = {}
        for group, phrases in groups.items():
            for phrase in phrases:
                self._add(group, phrase.replace(GAP, " ").replace("’", "'").lower())
        self._lengths = sorted({len(beginning) for beginning in self._by_beginning})

    def _add(self, group: str, plain: str) -> None:
        needs = _needs(group, plain)
        if not plain.isascii() or not (needs.words or needs.beginnings):
            self._always.add(group)  # ways of ignoring case differ, or there is nothing to look for
            return
        word = max(sorted(needs.words), key=len, default="")
        beginning = max(needs.beginnings, key=len, default="")
        if len(word) >= len(beginning):  # the longest is the rarest: fewest texts are looked at closely for it
            self._by_word.setdefault(word, []).append(needs)
        else:
            self._by_beginning.setdefault(beginning[:_LETTERS], []).append(needs)

    def may_hold(self, text: str) -> tuple[str, ...]:
        """Return the groups of which a phrase may stand in `text`; of no other does one."""
        return self._may_hold(text, self._asked_by)

    def may_hold_each(self, texts: Iterable[str]) -> Iterator[tuple[str, ...]]:
        """Yield for each text what `may_hold` returns; a word that stands in many is looked up once."""
        asked_by = cache(self._asked_by)
        for text in texts:
            yield self._may_hold(text, asked_by)

    def _may_hold(self, text: str, asked_by: Callable[[str], Sequence[_Needs]]) -> tuple[str, ...]:
        runs = _RUN.findall(text)
        if not (text.isascii() or all(map(str.isascii, runs))):  # signs and quotation marks have no case
            return self._groups
        words = set(map(str.lower, runs))
        found = set(self._always)
        for word in words:
            for needs in asked_by(word):
                if needs.group not in found and needs.are_met(words):
                    found.add(needs.group)
        return tuple(sorted(found))

    def _asked_by(self, word: str) -> list[_Needs]:
        """Return what is looked at closely where `word` stands."""
        found = list(self._by_word.get(word, ()))
        for length in self._lengths:
            found += self._by_beginning.get(word[:length], ())
        return found


def hold_each(groups: Mapping[str, Iterable[str]], texts: Collection[str]) -> list[tuple[str, ...]]:
    """Return for each text every group of which `Phrases` finds a phrase in it, in the order of their names."""
    sieve, phrases = Sieve(groups), {group: Phrases(found) for group, found in groups.items()}
    return [
        tuple(group for group in may if phrases[group].match(text).found)
        for text, may in zip(texts, sieve.may_hold_each(texts), strict=True)
    ]


def _needs(group: str, plain: str) -> _Needs:
    words: set[str] = set()
    beginnings: list[str] = []
    for word in plain.split():
        stem = word.rstrip("*")
        runs = _RUN.findall(stem)
        if word != stem and runs and stem.endswith(runs[-1]):
            beginnings.append(runs.pop())
        words.update(runs)
    return _Needs(group=group, words=frozenset(words), beginnings=tuple(beginnings))
