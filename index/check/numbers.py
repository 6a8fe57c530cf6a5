"""The ledger of numbers: each number a reader sees stands in the facts it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from index.check.form import NUMBER_PARTS
from index.check.references import cited, passage_cards
from index.entry import Entry, Fields, Items, Node, Text
from index.folder import Folder
from index.records import Problem

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_WORD = re.compile(rf"\b({'|'.join(_WORDS)})\b", re.IGNORECASE)
_NO_FACT = frozenset({"read", "bears_on", "url", "read_on", "doi", "pmid"})  # keys that state no finding


def numbers_in(text: str) -> set[str]:
    """Return the numbers written in digits, thousands separators dropped: '1,361' is '1361'."""
    return {match.replace(",", "") for match in _NUMBER.findall(text)}


def _facts(entry: Entry) -> set[str]:
    """Return every number, in digits or a word up to twelve, that a source's facts hold."""
    found: set[str] = set()
    for text in _scalars(entry.fields):
        found |= numbers_in(text) | {str(_WORDS.index(word.lower())) for word in _WORD.findall(text)}
    return found


def _scalars(node: Node) -> Iterator[str]:
    if isinstance(node, Text):
        yield node
    elif isinstance(node, Items):
        for item in node:
            yield from _scalars(item)
    elif isinstance(node, Fields):
        for key, value in node.items():
            if key not in _NO_FACT:
                yield from _scalars(value)


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
    """A number in a shown sentence stands in the facts of a source that the sentence cites,
    or is the figure of the claim that it is about."""
    facts = {source.id: _facts(source) for source in folder.evidence}
    exempt = {
        (str(fields.get(Text("where", 0))), number)
        for fields in folder.lists["numbers"].mappings("exempt")
        for number in numbers_in(str(fields.get(Text("number", 0))))
    }
    figures = {card.id: numbers_in(card.text("figure")) for card in folder.cards}
    for source in folder.evidence:
        for section in source.sections:
            claimed = set().union(*(figures.get(str(name), set()) for name in passage_cards(section.paragraphs)))
            yield from _missing(source, section.paragraphs[1:], facts[source.id] | claimed, exempt)
    for card in folder.cards:
        all_facts = figures[card.id].union(*(facts.get(str(name), set()) for name in card.texts("sources")))
        shown: list[Text] = [card.text("question"), *card.section("Not known").items]
        for name in ("In short", "When to get help", "The claim", "The number"):
            shown += [*card.section(name).paragraphs, *card.section(name).items]
        yield from _missing(card, shown, all_facts, exempt)
        for fact in card.section("Known").items:
            sentence, names = cited(fact)
            yield from _missing(
                card, [sentence], figures[card.id].union(*(facts.get(str(n), set()) for n in names)), exempt
            )


def _missing(entry: Entry, texts: Iterable[Text], facts: set[str], exempt: set[tuple[str, str]]) -> Iterator[Problem]:
    for text in texts:
        for number in sorted(numbers_in(text) - facts):
            if (entry.id, number) not in exempt:
                yield entry.problem(
                    text.line,
                    f"the number {number} is not in the facts of a source cited here: {_around(text, number)!r}",
                )


def _around(text: str, number: str) -> str:
    at = max(text.replace(",", "").find(number), 0)
    return text[max(at - 30, 0) : at + len(number) + 30]
