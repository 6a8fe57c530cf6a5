"""Plain, short and neither selling nor scaring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from index.check.references import cited
from index.entry import Entry, Text
from index.folder import Folder
from index.records import Problem

MAX_PASSAGE_WORDS = 120
MAX_IN_SHORT_GRADE = 8.0  # Flesch-Kincaid grade; US school years
MAX_CARD_GRADE = 9.0

# Words that our own voice does not use, with the reason that a writer is given.
BANNED = {
    "proven": "nothing here is proof: say what was found, in whom",
    "miracle": "it sells",
    "magic": "it mocks or sells",
    "amazing": "it sells",
    "revolutionary": "it sells",
    "breakthrough": "it sells",
    "guaranteed": "it sells",
    "scam": "it accuses: say what was and was not found",
    "hoax": "it accuses: say what was and was not found",
    "bogus": "it mocks: say what was and was not found",
    "debunked": "not found is not disproved",
    "myth": "it mocks: say what was and was not found",
    "pseudoscience": "it mocks: say what was and was not found",
    "nonsense": "it mocks",
    "dangerous": "it scares: say what harm was reported, in whom",
    "toxic": "it scares: name the harm that was reported",
}
_BANNED = re.compile(rf"\b({'|'.join(BANNED)})\b", re.IGNORECASE)
# What stands before or after a hard word that is explained on the spot: "sham (a device …)", "DNA, the molecule …",
# "in vitro means …", "an unwanted movement (synkinesis)", "the making of sugar, gluconeogenesis, …", "called erythema".
_EXPLAINED_AFTER = re.compile(
    r"[\"'”’]?(\s*\(|\s*:|, (the|an?|which|that is|or|meaning)\b|,? (is|are|was|means?|meant)\b)"
)
_EXPLAINED_BEFORE = re.compile(r"(\([^()]*|\b(called|named|known as) [\"'“‘]?)$")
_QUOTED = re.compile(r"['‘\"“][^'’\"”]*['’\"”]")  # another's words, quoted, are not our voice


def grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of `text`, in US school years."""
    import textstat

    return float(textstat.flesch_kincaid_grade(text))


def grade_together(texts: Iterable[str]) -> float:
    """Return the grade of `texts` read in one go, each of them a sentence or more."""
    return grade(" ".join(text if text.endswith((".", "?", "!")) else f"{text}." for text in texts))


def shown_texts(entry: Entry) -> tuple[Text, ...]:
    """Return the sentences of a card that a reader sees, without their closing source ids."""
    texts: list[Text] = []
    for name in ("In short", "When to get help", "The claim", "The number", "Known", "Not known", "Text"):
        section = entry.section(name)
        texts += [*section.paragraphs, *(cited(item)[0] for item in section.items)]
    return tuple(texts)


def passages_are_short(folder: Folder) -> Iterator[Problem]:
    """A passage, a known fact, a claim and the text of a safety card are one idea each, in at most 120 words."""
    for source in folder.evidence:
        for section in source.sections:
            yield from _too_long(source, section.name.line, "passage", section.paragraphs[1:])
    for card in (*folder.cards, *folder.safety):
        for name in ("The claim", "Text"):
            section = card.section(name)
            yield from _too_long(card, section.name.line, f"'## {name}'", section.paragraphs)
        for fact in card.section("Known").items:
            yield from _too_long(card, fact.line, "known fact", (cited(fact)[0],))


def _too_long(entry: Entry, line: int, what: str, texts: Iterable[str]) -> Iterator[Problem]:
    words = sum(len(text.split()) for text in texts)
    if words > MAX_PASSAGE_WORDS:
        yield entry.problem(line, f"{what} has {words} words: at most {MAX_PASSAGE_WORDS}")


def in_short_is_plain(folder: Folder) -> Iterator[Problem]:
    """Every `in short` reads at grade 8 or below."""
    for card in folder.cards:
        section = card.section("In short")
        text = " ".join(section.paragraphs)
        if text and (found := grade(text)) > MAX_IN_SHORT_GRADE:
            yield card.problem(
                section.name.line,
                f"in short reads at grade {found:.1f}: at most {MAX_IN_SHORT_GRADE:.0f}, use shorter words",
            )


def cards_are_plain(folder: Folder) -> Iterator[Problem]:
    """A card as a whole reads at grade 9 or below."""
    for card in (*folder.cards, *folder.safety):
        texts = shown_texts(card)
        if texts and (found := grade_together(texts)) > MAX_CARD_GRADE:
            yield card.problem(
                1, f"reads at grade {found:.1f} as a whole: at most {MAX_CARD_GRADE:.0f}, use shorter words"
            )


def words_neither_sell_nor_scare(folder: Folder) -> Iterator[Problem]:
    """Words that sell, mock or scare do not stand in our own voice."""
    for entry, text in _ours(folder):
        for match in _BANNED.finditer(_QUOTED.sub("", text)):
            word = match[0].lower()
            yield entry.problem(text.line, f"do not write {word!r} ({BANNED[word]})")


def jargon_is_in_the_glossary(folder: Folder) -> Iterator[Problem]:
    """A word of the trade, which glossary.yaml lists under `jargon`, is one of its terms, or is not used."""
    glossary = folder.lists["glossary"]
    known = {
        form.casefold()
        for fields in glossary.mappings("terms")
        for form in (fields.text("word"), *fields.texts("also"))
    }
    for entry, found in _jargon(folder):
        for text, match in found:
            if match[1].casefold() not in known:
                yield entry.problem(text.line, f"explain {match[0]!r} in glossary.yaml or use a plain word")


def jargon_is_explained_where_it_stands(folder: Folder) -> Iterator[Problem]:
    """A word of the trade is explained beside its first use in each card, passage and safety card.

    The glossary is no help to a reader who does not look there, and a passage may be read alone.
    """
    for entry, found in _jargon(folder):
        seen: set[str] = set()
        for text, match in found:
            first = match[1].casefold() not in seen
            seen.add(match[1].casefold())
            before, after = text[: match.start()], text[match.end() :]
            enclosed = before.endswith(", ") and after.startswith((",", "."))
            if first and not enclosed and not _EXPLAINED_AFTER.match(after) and not _EXPLAINED_BEFORE.search(before):
                yield entry.problem(
                    text.line, f"explain {match[0]!r} in brackets where it first stands, or use a plain word"
                )


def _jargon(folder: Folder) -> Iterator[tuple[Entry, list[tuple[Text, re.Match[str]]]]]:
    """Yield what a reader reads in one go, with the words of the trade that stand in it."""
    words = [word for word in folder.lists["glossary"].texts("jargon") if word]
    if not words:
        return
    any_word = "|".join(map(re.escape, words))
    pattern = re.compile(rf"\b({any_word})s?\b", re.IGNORECASE)
    quick = re.compile(rf"\b(?:{any_word.lower()})s?\b")  # in ASCII it finds the same texts, five times as fast
    for entry, texts in _read_together(folder):
        held = (text for text in texts if not text.isascii() or quick.search(text.lower()))
        yield entry, [(text, match) for text in held for match in pattern.finditer(text)]


def _read_together(folder: Folder) -> Iterator[tuple[Entry, tuple[Text, ...]]]:
    """Yield what a reader reads in one go: a card, a safety card, a passage."""
    for card in (*folder.cards, *folder.safety):
        yield card, shown_texts(card)
    for source in folder.evidence:
        for section in source.sections:
            yield source, section.paragraphs[1:]


def _ours(folder: Folder) -> Iterator[tuple[Entry, Text]]:
    yield from ((entry, text) for entry, texts in _read_together(folder) for text in texts)
