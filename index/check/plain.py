"""Plain, short and neither selling nor scaring."""

from __future__ import annotations

import re
from collections.abc import Iterator

import textstat

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
# Words that no reader should meet unless the glossary explains them.
JARGON = (
    "adverse",
    "aetiology",
    "anabolism",
    "contralateral",
    "dermis",
    "efficacy",
    "epidermis",
    "erythema",
    "heterogeneity",
    "histology",
    "in vitro",
    "in vivo",
    "ipsilateral",
    "keratinocyte",
    "modality",
    "neuromodulation",
    "oedema",
    "pathogenesis",
    "percutaneous",
    "proliferation",
    "subcutaneous",
    "transcutaneous",
)
_BANNED = re.compile(rf"\b({'|'.join(BANNED)})\b", re.IGNORECASE)
_JARGON = re.compile(rf"\b({'|'.join(JARGON)})s?\b", re.IGNORECASE)
_QUOTED = re.compile(r"['‘\"“][^'’\"”]*['’\"”]")  # another's words, quoted, are not our voice


def grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of `text`, in US school years."""
    return float(textstat.flesch_kincaid_grade(text))


def shown_texts(entry: Entry) -> tuple[Text, ...]:
    """Return the sentences of a card that a reader sees, without their closing source ids."""
    texts: list[Text] = []
    for name in ("In short", "When to get help", "The claim", "The number", "Known", "Not known", "Text"):
        section = entry.section(name)
        texts += [*section.paragraphs, *(cited(item)[0] for item in section.items)]
    return tuple(texts)


def passages_are_short(folder: Folder) -> Iterator[Problem]:
    """A passage is one idea in at most 120 words."""
    for source in folder.evidence:
        for section in source.sections:
            words = sum(len(text.split()) for text in section.paragraphs[1:])
            if words > MAX_PASSAGE_WORDS:
                yield source.problem(section.name.line, f"passage has {words} words: at most {MAX_PASSAGE_WORDS}")


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
        text = " ".join(t if t.endswith((".", "?", "!")) else f"{t}." for t in shown_texts(card))
        if text and (found := grade(text)) > MAX_CARD_GRADE:
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
    """A word of the trade is explained in the glossary, or not used."""
    known: set[str] = set()
    for fields in folder.lists["glossary"].mappings("terms"):
        also = fields.get(Text("also", 0))
        known |= {
            str(fields.get(Text("word", 0))).casefold(),
            *(str(a).casefold() for a in also or () if isinstance(a, Text)),
        }
    for entry, text in _ours(folder):
        for match in _JARGON.finditer(text):
            if match[1].casefold() not in known:
                yield entry.problem(text.line, f"explain {match[0]!r} in glossary.yaml or use a plain word")


def _ours(folder: Folder) -> Iterator[tuple[Entry, Text]]:
    for card in (*folder.cards, *folder.safety):
        for text in shown_texts(card):
            yield card, text
    for source in folder.evidence:
        for section in source.sections:
            for text in section.paragraphs[1:]:
                yield source, text
