"""Which of many texts may hold one of many phrases: a quick look that spares the close one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from index.phrases import GAP

_RUN = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Needs:
    """What a text must have for a phrase to stand in it: whole words, and beginnings of words."""

    words: frozenset[str]
    beginnings: tuple[str, ...]

    def are_met(self, words: set[str]) -> bool:
        return self.words <= words and all(
            any(word.startswith(beginning) for word in words) for beginning in self.beginnings
        )


class Sieve:
    """Lets pass every text in which `Phrases` finds one of its phrases, and few others."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_word: dict[str, list[_Needs]] = {}
        self._by_beginning: dict[str, list[_Needs]] = {}
        self._any = False
        for phrase in phrases:
            plain = phrase.replace(GAP, " ").replace("’", "'").lower()
            needs = _needs(plain)
            if not plain.isascii() or not (needs.words or needs.beginnings):
                self._any = True  # ways of ignoring case differ, or there is nothing to look for
            elif needs.words:
                self._by_word.setdefault(max(sorted(needs.words), key=len), []).append(needs)
            else:
                self._by_beginning.setdefault(max(needs.beginnings, key=len), []).append(needs)
        self._lengths = sorted({len(beginning) for beginning in self._by_beginning})

    def passes(self, text: str) -> bool:
        """Say whether a phrase may stand in `text`; where it says no, none does."""
        if self._any or not text.isascii():
            return True
        words = set(_RUN.findall(text.lower()))
        return any(needs.are_met(words) for word in words for needs in self._of(word))

    def _of(self, word: str) -> Iterable[_Needs]:
        yield from self._by_word.get(word, ())
        for length in self._lengths:
            yield from self._by_beginning.get(word[:length], ())


def _needs(plain: str) -> _Needs:
    words: set[str] = set()
    beginnings: list[str] = []
    for word in plain.split():
        stem = word.rstrip("*")
        runs = _RUN.findall(stem)
        if word != stem and runs and stem.endswith(runs[-1]):
            beginnings.append(runs.pop())
        words.update(runs)
    return _Needs(words=frozenset(words), beginnings=tuple(beginnings))
