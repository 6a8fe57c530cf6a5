"""What readers ask that the corpus has nothing on: counts from which no question can be read back.

Of a question that was declined two things are counted: the cards nearest to it, and its word
groups (see word_groups). The file holds a card's count from the first on, and a word group's only
once that group has come up on five different days or on five different sites. Both stand there by
the week, without day, site or order, and are deleted when they are older than is allowed.

Below five, a group stands in no file in any form: only in the memory of the running process, as
a hash under a key that the process makes at its start and tells nobody, with the days and sites
that have seen it. Weighed against hashes in the file:
- With the key in the file, or in a second file with mode 600, counts would outlive a restart. But
  whoever comes by one file (a backup, a stolen disk, a court's order) comes by both, and tries out
  all words in a blink and all pairs in minutes: the words of a question, and from its pairs their
  order. No test could hold that a question cannot be read back.
- With the key in memory, hashes in the file could not be read, nor be counted on after a restart.
  They would only tell how many groups a question had, and which came together.
So what the file holds does not depend on what a question below five says: the tests compare
files, byte for byte, that differ in their questions alone. The price: a restart forgets what is
below five. A group that is in the file already goes on being counted.

What remains: whoever has the file sees in which week which cards were near to what was asked, and
the groups of five days or sites. Days are counted, not people: one person who asks the same on
five days has its words and pairs listed, from which they could be put in order again. Whoever has
many copies of the file sees what changed from one to the next; who has it and may ask as well can
try whether a group that they guess came up before. Whoever reads the memory of the process can
find its key and then try out words. Deleted rows are overwritten in the file, but not in copies of
it, nor on the disk below it. A name that is also a plain word, written small, counts as that word.
"""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
from collections.abc import Collection, Sequence
from datetime import date
from hashlib import blake2b
from pathlib import Path

from app.gaps_file import GapsFile, Listing, read_gaps
from app.logs import NAME, what_failed
from app.word_groups import WordGroups
from index.errors import SettingsError
from index.phrases import Phrases
from index.records import Answer, Corpus

FIVE = 5  # days, or sites, that must have seen a word group before it is written down
MOST_NEAREST = 3  # cards counted for a question
DAYS = range(7, 3_651)  # for which counts can be kept; a row is a week
_MOST_UNLISTED = 50_000  # groups below five, some 40 MB; past it, the one that was seen longest ago makes room
log = logging.getLogger(NAME)


class Countable:
    """Says which questions may be counted at all."""

    def __init__(self, corpus: Corpus) -> None:
        urgent = (phrase for card in corpus.safety for phrase in card.phrases)
        self._never = Phrases((*corpus.personal, *urgent))

    def allows(self, answer: Answer) -> bool:
        """Say yes to a question that was declined, has no safety card, and is neither personal nor near to urgent.

        The phrases of both are looked for here: an answer that declines bears no note that its
        question is personal, and an emergency that was missed has no card. A phrase that is
        negated is one too.
        """
        if answer.outcome == "answered" or answer.safety:
            return False
        match = self._never.match(answer.question)
        return not (match.found or match.negated)


class Gaps:
    """Counts in a file, for `days` from the beginning of their week; safe to call from several threads.

    `known` are the words that may be counted (see known_words). A word group's count begins with
    five, one for each of the days or sites. What is older than allowed is deleted at the start and
    with the first call of each day.
    """

    def __init__(self, file: Path, *, days: int, known: Collection[str], today: date) -> None:
        """Take the file, or make it; raise SettingsError where it is another's, damaged or out of reach."""
        if days not in DAYS:
            raise SettingsError(f"counts of gaps can be kept for {DAYS[0]} to {DAYS[-1]:,} days: {days}")
        self._path = file
        self._file = GapsFile(file)
        self._days = days
        self._groups = WordGroups(known)
        self._key = secrets.token_bytes(32)
        # Of groups below five, by their hash: the days (as numbers) and sites that saw one, each with the last day.
        self._unlisted: dict[bytes, dict[int | str, int]] = {}
        self._cleared = date.min
        self._lock = threading.Lock()
        self.forget(today)

    def note(self, question: str, nearest: Sequence[str], site: str, today: date) -> None:
        """Count a question that Countable allows: the ids of its nearest cards, best first, and where it was asked.

        Whoever calls lets no other question come here, and names only sites that there are, with ""
        for our own page. Where the file fails, a line is logged, without a word of the question: a
        reader's answer does not depend on a count.
        """
        groups = self._groups.of(question)
        cards = tuple(dict.fromkeys(nearest))[:MOST_NEAREST]
        self.forget(today)
        with self._lock:
            try:
                self._count(groups, cards, site, today.toordinal())
            except sqlite3.Error as error:
                log.error("a declined question could not be counted", extra=what_failed(error))

    def forget(self, today: date) -> None:
        """Delete what is older than allowed, unless that was done on this day."""
        with self._lock:
            if today <= self._cleared:
                return
            last = today.toordinal() - self._days
            kept = (
                (group, {mark: day for mark, day in seen.items() if day > last})
                for group, seen in self._unlisted.items()
            )
            self._unlisted = {group: seen for group, seen in kept if seen}
            try:
                self._file.delete(last)
                self._cleared = today
            except sqlite3.Error as error:
                log.error("old counts of gaps could not be deleted", extra=what_failed(error))

    def listed(self) -> Listing:
        """Return all counts of the file."""
        return read_gaps(self._path)

    def _count(self, groups: frozenset[str], cards: tuple[str, ...], site: str, today: int) -> None:
        listed = self._file.listed(groups)
        ripe = {group for group in groups - listed if self._is_ripe(group, site, today)}
        monday = today - date.fromordinal(today).weekday()
        self._file.add(monday, cards, dict.fromkeys(listed, 1) | dict.fromkeys(ripe, FIVE))
        for group in ripe:
            self._unlisted.pop(self._hash(group), None)

    def _is_ripe(self, group: str, site: str, today: int) -> bool:
        """Mark a group as seen, and say whether five days or five sites now have."""
        hashed = self._hash(group)
        seen = self._unlisted.pop(hashed, {})
        seen[today] = seen[site] = today
        self._unlisted[hashed] = seen  # at the end, as seen last
        if len(self._unlisted) > _MOST_UNLISTED:
            del self._unlisted[next(iter(self._unlisted))]
        days = sum(isinstance(mark, int) for mark in seen)
        return max(days, len(seen) - days) >= FIVE

    def _hash(self, group: str) -> bytes:
        return blake2b(group.encode(), key=self._key, digest_size=16).digest()
