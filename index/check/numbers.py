"""The ledger of numbers: each number a reader sees stands in the facts it rests on."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator
from fractions import Fraction

from index.check.form import NUMBER_PARTS
from index.check.numerals import Numeral, NumeralKind, numerals
from index.check.references import cited, passage_cards
from index.entry import Entry, Fields, Items, Text, scalars
from index.folder import Folder
from index.records import Problem

_NO_FACT = frozenset((
    "kind", "label", "url", "doi", "pmid", "read", "read_on", "retraction", "checked_on", "treatment", "body",
    "confidence", "bears_on",
))  # fmt: skip  # keys that state no finding
_LISTS = {  # the lists whose sentences a reader sees: they cite nothing, so a number there needs an exemption
    "corpus": (("reviews", "words"), ("examples", "theme")),
    "labels": (("labels", "words"), ("labels", "promise")),
    "verdicts": (("verdicts", "words"), ("verdicts", "meaning"), ("certainty", "words"), ("certainty", "meaning")),
    "glossary": (("terms", "means"),),
}

Worth = tuple[Fraction, NumeralKind]
Sentence = tuple[Entry, Text, frozenset[Worth]]  # a shown text of an entry, with all that its sources hold


def figures_have_an_anatomy(folder: Folder) -> Iterator[Problem]:
    """A claim with a figure takes it apart in six parts, in order; one without does not."""
    for claim in folder.claims:
        section = claim.section("The number")
        if not claim.text("figure"):
            if section.items or section.paragraphs:
                yield claim.problem(
                    section.name.line, "has '## The number' but no figure: add one or remove the section"
                )
            continue
        parts = tuple(item.partition(":")[0].strip() for item in section.items)
        if parts != NUMBER_PARTS or not all(item.partition(":")[2].strip() for item in section.items):
            wanted = ", ".join(f"'{part}: …'" for part in NUMBER_PARTS)
            yield claim.problem(section.name.line, f"needs '## The number' with the items {wanted}, in this order")


def numbers_stand_in_the_facts(folder: Folder) -> Iterator[Problem]:
    """A number in digits in a shown sentence stands in the facts of a source that the sentence cites,
    or is the figure of the claim that it is about.

    Numbers are compared by value: "1,000" is "1000" is "a thousand". A percentage is held by a
    percentage, a multiple ("doubled") by a multiple. Both ends of a range are looked for; what lies
    between them is not held by them.
    """
    yield from _complaints(folder, (found for found in _unheld(_on_cards(folder)) if _in_digits(found[2])))


def number_words_stand_in_the_facts(folder: Folder) -> Iterator[Problem]:
    """So does a number in words, such as "twelve", "a third", "half", "doubled".

    A bare "one" counts where it measures ("one month") or stands to another number ("one in
    ten"); elsewhere it points, as in "no one" and "one seller". Nor do "once" and "the two" count,
    which is as good as "both". A part is held by its percentage as well: "half" by "50%".
    """
    yield from _complaints(folder, (found for found in _unheld(_on_cards(folder)) if not _in_digits(found[2])))


def numbers_beside_the_cards_are_held(folder: Folder) -> Iterator[Problem]:
    """A number in a safety card stands in the facts of its sources, one in a list that cites nothing is exempt."""
    yield from _complaints(folder, _unheld(_beside_cards(folder)))


def exemptions_are_needed(folder: Folder) -> Iterator[Problem]:
    """An exemption is for a number that a sentence of its entry shows and no source cited there holds."""
    unheld = {(entry.id, numeral.value) for entry, _, numeral in _unheld((*_on_cards(folder), *_beside_cards(folder)))}
    unread = {entry.id for entry in folder.entries() if not entry.fields}
    entry = folder.lists["numbers"]
    for fields in entry.mappings("exempt"):
        if fields.text("where") in unread:
            continue
        for numeral in numerals(fields.text("number")):
            if (fields.text("where"), numeral.value) not in unheld:
                yield entry.problem(
                    fields.line_of("number"),
                    f"no exemption for {numeral.words} is needed in {fields.text('where')!r}: remove it",
                )


def exempting(numbers: Entry, ids: Collection[str]) -> Entry:
    """Return the list of exemptions with those alone that are for one of these entries."""
    exemptions = Items(fields for fields in numbers.mappings("exempt") if fields.text("where") in ids)
    return dataclasses.replace(numbers, fields=Fields({Text("exempt", 1): exemptions}))


def _on_cards(folder: Folder) -> Iterator[Sentence]:
    facts = {source.id: _worths(scalars(source.fields, _NO_FACT)) for source in folder.evidence}
    figures = {card.id: _worths([card.text("figure")]) for card in folder.cards}
    for source in folder.evidence:
        for section in source.sections:
            claimed = _joined(figures.get(str(name)) for name in passage_cards(section.paragraphs))
            yield from ((source, text, facts[source.id] | claimed) for text in section.paragraphs[1:])
    for card in folder.cards:
        held = figures[card.id] | _joined(facts.get(str(name)) for name in card.texts("sources"))
        yield card, card.text("question"), held
        for name in ("In short", "When to get help", "The claim", "The number", "Not known"):
            section = card.section(name)
            yield from ((card, text, held) for text in (*section.paragraphs, *section.items))
        for fact in card.section("Known").items:
            sentence, names = cited(fact)
            yield card, sentence, figures[card.id] | _joined(facts.get(str(name)) for name in names)


def _beside_cards(folder: Folder) -> Iterator[Sentence]:
    facts = {source.id: _worths(scalars(source.fields, _NO_FACT)) for source in folder.evidence}
    for card in folder.safety:
        held = _joined(facts.get(str(name)) for name in card.texts("sources"))
        yield from ((card, text, held) for text in (card.text("title"), *card.section("Text").paragraphs))
    for name, places in _LISTS.items():
        for key, field in places:
            for fields in folder.lists[name].mappings(key):
                text = fields.at(field)
                if isinstance(text, Text):
                    yield folder.lists[name], text, frozenset()


def _worths(texts: Iterable[str]) -> frozenset[Worth]:
    """Return what every number in the texts holds, a bare "one" too: facts are read with goodwill."""
    return frozenset(worth for text in texts for numeral in numerals(text) for worth in _like(numeral))


def _like(numeral: Numeral) -> tuple[Worth, ...]:
    """Return the number, and as what else it may stand: "two times" is "two" and is "twice"."""
    kinds: tuple[NumeralKind, ...] = ("count", "multiple") if numeral.kind == "times" else (numeral.kind,)
    return tuple((numeral.value, kind) for kind in kinds)


def _joined(held: Iterable[frozenset[Worth] | None]) -> frozenset[Worth]:
    return frozenset[Worth]().union(*(worths or () for worths in held))


def _unheld(sentences: Iterable[Sentence]) -> Iterator[tuple[Entry, Text, Numeral]]:
    for entry, text, held in sentences:
        for numeral in numerals(text):
            share = not _in_digits(numeral) and numeral.value < 1 and numeral.kind == "count"
            wanted = (*_like(numeral), *([(numeral.value * 100, "percentage")] if share else ()))
            if not numeral.points and held.isdisjoint(wanted):
                yield entry, text, numeral


def _complaints(folder: Folder, unheld: Iterable[tuple[Entry, Text, Numeral]]) -> Iterator[Problem]:
    exempt = {
        (fields.text("where"), numeral.value)
        for fields in folder.lists["numbers"].mappings("exempt")
        for numeral in numerals(fields.text("number"))
    }
    for entry, text, numeral in unheld:
        if (entry.id, numeral.value) not in exempt:
            number = f"{numeral.words}{'%' if numeral.kind == 'percentage' else ''}"
            yield entry.problem(
                text.line, f"the number {number} is not in the facts of a source cited here: {_around(text, numeral)!r}"
            )


def _in_digits(numeral: Numeral) -> bool:
    return not numeral.words[0].isalpha()


def _around(text: str, numeral: Numeral) -> str:
    return text[max(numeral.start - 30, 0) : numeral.start + len(numeral.words) + 30]
