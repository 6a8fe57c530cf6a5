"""A valid corpus of any size: the starter again and again, each time on another made-up thing and in other words."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import Stemmer
import yaml

from index.check.numerals import numerals
from index.check.plain import BANNED
from index.check.references import cited, passage_cards
from index.draft import STARTER
from index.entry import Entry, Fields, Items, Node, Text
from index.folder import Folder, read_folder
from index.lexicon import stop_words

SEED = 2_026
COPIES = 2  # sources in place of one: 36 to the starter's 12 cards, as in the real corpus
# So many things have golden questions and advertisements (37 and 2 each), and so many have safety cards (2 each),
# however many things there are: about as many as the real corpus has. What a build learns from them takes its time for
# each of them, and would else be taken for the cost of the entries.
TESTED, GUARDED = 18, 9

_THINGS = 700  # at most: with more, two of them would have the same words
_SHORTEST = 4  # letters of a word that is put otherwise
_WORD = re.compile(r"[^\W\d_]+")
_BEGINNINGS = (*"bdfghjklmnprstvwz", "br", "dr", "fl", "gl", "kl", "pl", "sk", "sl", "sn", "st", "tr")
_ENDS = (*"bdgklmnpt", "ft", "lt", "mp", "nd", "nt", "rd", "rk", "sk", "st")
_SUFFIXES = frozenset(("s", "es", "ed", "ing"))
# Words that say what a number beside them is, that what follows explains a hard word, or that all is made up.
_KEPT = frozenset(("percent", "times", "called", "named", "means", "made", "example"))
_SAID = frozenset((
    "question", "names", "title", "population", "n", "intervention", "comparator", "facts", "limits", "note", "text",
    "texts", "sentence", "phrases",
))  # fmt: skip  # keys whose texts are put in other words
_NAMING = frozenset(("id", "related", "card", "primary", "also", "or"))  # keys whose texts are ids
_ADDRESSES = frozenset(("url", "where"))
_ANATOMY = "The number"  # whose items have heads that stay


def generate(folder: Path, entries: int, seed: int = SEED) -> Path:
    """Write a corpus of so many claims, topics and sources to the new folder `folder`, and return it.

    The same number and seed give the same bytes. Raises ValueError for fewer entries than one
    made-up thing has, 48, and for more than 700 things have.
    """
    starter = read_folder(STARTER / "corpus")
    each = len(starter.cards) + COPIES * len(starter.evidence)
    things, more = divmod(entries, each)
    if not 1 <= things <= _THINGS:
        raise ValueError(f"a generated corpus has {each} to {each * _THINGS} entries: {entries}")
    shutil.copytree(STARTER / "corpus", folder)
    vocabulary = _Vocabulary(starter, seed)
    lists: dict[str, list[Any]] = {"questions": [], "ads": [], "outside": []}
    for number in range(things):
        rest = more // things + (number < more % things)  # of what makes no whole thing: as further sources
        thing = _Thing(starter, vocabulary, number, rest)
        thing.write(folder)
        if number < TESTED:
            for name, found in lists.items():
                found += thing.listed("outside" if name == "outside" else "questions", name)
    outside = {"outside": lists.pop("outside")}
    (folder / "questions.yaml").write_text(_yaml(lists), encoding="utf-8")
    (folder / "outside.yaml").write_text(_yaml(outside), encoding="utf-8")
    return folder


class _Vocabulary:
    """Made-up words: for each word of the starter another one in each voice, of as few syllables."""

    def __init__(self, starter: Folder, seed: int) -> None:
        self._chance = Random(seed)
        syllables = (begin + vowel + end for begin in _BEGINNINGS for vowel in "aeiou" for end in _ENDS)
        short = [word for word in syllables if word not in stop_words() | BANNED.keys() and not numerals(word)]
        self._chance.shuffle(short)
        self._made = {True: short, False: [one + other for one, other in zip(short, reversed(short), strict=True)]}
        hard = " ".join(starter.lists["glossary"].texts("jargon"))
        self._kept = stop_words() | _KEPT | frozenset(hard.split())
        self._stem = Stemmer.Stemmer("english").stemWord
        self._places: dict[str, int] = {}

    def word(self, plain: str, voice: int) -> str:
        """Return what a voice says for a word in lower case; voice 0 says the word itself."""
        if voice == 0 or len(plain) < _SHORTEST or plain in self._kept or numerals(plain):
            return plain
        stem = self._stem(plain)
        suffix = plain.removeprefix(stem)
        made = self._made[len(re.findall(r"[aeiouy]+", stem)) < 2]
        place = self._places.setdefault(stem, self._chance.randrange(len(made)))
        return made[(place + voice) % len(made)] + (suffix if suffix in _SUFFIXES else "")


class _Thing:
    """The entries on one made-up thing; number 0 is the starter's own kettle.

    Each of its sources stands there several times, each time in a voice of its own.
    """

    def __init__(self, starter: Folder, vocabulary: _Vocabulary, number: int, rest: int) -> None:
        self._starter = starter
        self._vocabulary = vocabulary
        self._number = number
        ids = [source.id for source in starter.evidence]
        self._copies = {id: COPIES + rest // len(ids) + (n < rest % len(ids)) for n, id in enumerate(ids)}
        self._words: dict[tuple[str, int], str] = {}

    def write(self, folder: Path) -> None:
        """Write its cards, sources and safety cards."""
        for name in ("claims", "topics", "evidence", *(["safety"] if self._number < GUARDED else [])):
            for entry in getattr(self._starter, name):
                for copy in range(self._copies.get(entry.id, 1)):
                    parts = ("---", _yaml(self._plain(entry.fields, "", copy)) + "---", *self._sections(entry, copy))
                    file = folder / name / f"{self._id(entry.id, copy)}.md"
                    file.write_text("\n".join(parts), encoding="utf-8")

    def listed(self, name: str, key: str) -> list[Any]:
        """Return what one of the starter's lists has at `key`, in this thing's words."""
        return [self._plain(fields, key, 0) for fields in self._starter.lists[name].mappings(key)]

    def _plain(self, node: Node, key: str, copy: int) -> Any:
        if isinstance(node, Fields):
            return {str(name): self._plain(value, str(name), copy) for name, value in node.items()}
        if isinstance(node, Items):
            return self._cited(node) if key == "sources" else [self._plain(item, key, copy) for item in node]
        if key in _NAMING:
            return self._id(node)
        if key in _ADDRESSES:
            return f"{node}/{self._voice(copy)}"
        return self._said(node, copy) if key in _SAID else str(node)

    def _sections(self, entry: Entry, copy: int) -> Iterator[str]:
        for section in entry.sections:
            cards = passage_cards(section.paragraphs)
            yield f"\n## {section.name}" + (f"\nFor: {', '.join(map(self._id, cards))}" if cards else "")
            yield from (f"\n{self._said(text, copy)}" for text in section.paragraphs[1 if cards else 0 :])
            for item in section.items:
                head, colon, tail = item.partition(": ") if section.name == _ANATOMY else ("", "", item)
                yield f"- {head}{colon}{self._item(Text(tail, item.line), copy)}"
        yield ""

    def _item(self, item: Text, copy: int) -> str:
        text, sources = cited(item)
        return self._said(text, copy) + (f" [{', '.join(self._cited(sources))}]" if sources else "")

    def _cited(self, sources: Iterable[Node]) -> list[str]:
        """Return the ids of all copies of these sources."""
        return [self._id(str(source), copy) for source in sources for copy in range(self._copies[str(source)])]

    def _id(self, id: str, copy: int = 0) -> str:
        voice = self._voice(copy)
        return f"{id}-{voice}" if id and voice else str(id)

    def _voice(self, copy: int) -> int:
        return self._number + copy * _THINGS

    def _said(self, text: str, copy: int) -> str:
        """Return a text in the words of one voice; one without a word to change names the thing."""
        voice = self._voice(copy)
        said = _WORD.sub(lambda match: self._word(match[0], voice), text)
        return f"{said}, {self._word('Larkspur', voice)}" if voice and said == text else said

    def _word(self, word: str, voice: int) -> str:
        found = self._words.get((word, voice))
        if found is None:
            found = self._vocabulary.word(word.lower(), voice)
            found = self._words[word, voice] = found.capitalize() if word[0].isupper() else found
        return found


def _yaml(fields: object) -> str:
    return yaml.dump(fields, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120)
