"""The glossary: which of its terms stand in what a reader sees of a card, each found where it first stands."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple

from index.records import Card, Term, UsedTerm

_TOKEN = re.compile(r"\w+|[^\w\s]")
_APOSTROPHE = re.compile("[’‘`´]")
_BEFORE_A_SENTENCE = frozenset(".?!:;\"“”'(")
_ENDING = 2  # last letters of a word that another form of it may change: frequency, frequencies
_STEM = 3  # letters that two forms of one word share at least; DNA is no form of deoxyribonucleic acid

Tokens = tuple[str, ...]


class Glossary:
    """The terms of a corpus, ready to be looked for in its cards.

    A term stands where its word or one of its other forms does, as whole words; of two forms the
    longer one counts, so that "direct current" is not also "current".
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self.terms = tuple(terms)
        self._forms: defaultdict[str, list[tuple[Tokens, str, Term]]] = defaultdict(list)
        for term in self.terms:
            for form in (term.word, *term.also):
                tokens = _tokens(form)
                if tokens:
                    self._forms[tokens[0].casefold()].append((tokens, form, term))
        for forms in self._forms.values():
            forms.sort(key=lambda found: -len(found[0]))

    def terms_of(self, card: Card) -> tuple[UsedTerm, ...]:
        """Return the terms that stand in what a reader sees of `card`, in the order in which they first stand."""
        first: dict[str, UsedTerm] = {}
        for text in _read(card):
            for form, term in self._standing(_tokens(text)):
                if term.word not in first:
                    first[term.word] = UsedTerm(word=term.word, here=_other_name(form, term), means=term.means)
        return tuple(first.values())

    def _standing(self, text: Tokens) -> Iterator[tuple[str, Term]]:
        free = 0  # from here on no form stands yet
        for at, word in enumerate(map(str.casefold, text)):
            if at < free or word not in self._forms:
                continue
            for tokens, form, term in self._forms[word]:
                if _stands(tokens, text, at):
                    yield form, term
                    free = at + len(tokens)
                    break


def _read(card: Card) -> Iterator[str]:
    """Yield the texts of a card in the order in which every surface shows them."""
    yield from (card.title, card.in_short, card.get_help)
    if card.number:
        yield from astuple(card.number)
    yield from (fact.text for fact in card.known)
    yield from card.not_known
    if card.claim:
        yield card.claim.text
    yield from (passage.text for passage in card.passages)


def _tokens(text: str) -> Tokens:
    """Return the words and marks of a text; the two signs for micro, and all apostrophes, are one."""
    return tuple(_TOKEN.findall(unicodedata.normalize("NFKC", _APOSTROPHE.sub("'", text))))


def _stands(tokens: Tokens, text: Tokens, at: int) -> bool:
    """Say whether a form stands in a text at that place.

    A name or an acronym stands as it is written. Any other word stands in small letters, or with
    a capital where a sentence begins: elsewhere a capital makes it part of a name.
    """
    begins = at == 0 or text[at - 1] in _BEFORE_A_SENTENCE
    found = text[at : at + len(tokens)]
    return found == tokens or (begins and found == (_capital(tokens[0]), *tokens[1:]))


def _capital(word: str) -> str:
    return word.capitalize() if word.islower() else word


def _other_name(form: str, term: Term) -> str:
    """Return the form where a reader would not know the term's word by it, and nothing for a plural or the like."""
    word, other = ("".join(filter(str.isalnum, text)).casefold() for text in (term.word, form))
    return "" if other.startswith(word[: max(_STEM, len(word) - _ENDING)]) else form
