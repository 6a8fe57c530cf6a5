"""Everything that names something else names what exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.entry import Entry, Text
from index.folder import Folder
from index.records import Problem

KINDS = (
    "systematic-review",
    "randomised-trial",
    "controlled-trial",
    "uncontrolled-trial",
    "observational",
    "case-report",
    "animal",
    "in-vitro",
    "narrative-review",
    "regulator",
    "guideline",
    "manufacturer",
    "unpublished",
    "textbook",
)
DEPTHS = ("full-text", "abstract", "registry-record", "secondary")  # best first
TREATMENTS = ("subject", "another-kind", "another-treatment", "none")
ELSEWHERE = ("another-kind", "another-treatment")  # evidence that never counts for the treatment in question
BODY_ALONE = "none"  # about the body or about research, not about a treatment
BODIES = ("face", "other-skin", "other", "none")
RETRACTION = ("clear", "flagged", "not-checked")
CLAIM_LABEL = "sellers-claim"  # stands on what the article itself claims
CONFIDENCE = ("high", "medium", "low")
DIRECTIONS = (
    "supports",
    "partly-supports",
    "no-effect",
    "contradicts",
    "origin-of-figure",
    "background",
    "answers",
)
URGENCIES = ("urgent", "contraindication")
QUESTION_KINDS = ("in-scope", "out-of-scope", "urgent")
EXPECTATIONS = ("answer", "decline", "urgent", "contraindication")
SORTS = ("near", "health", "other", "advertising")
_CITED = re.compile(r"\s*\[([^\[\]]+)\]$")


def tags(folder: Folder, list_name: str, key: str) -> tuple[str, ...]:
    """Return the tags of a closed list of the corpus, in its order."""
    return tuple(str(fields.get(Text("tag", 0), "")) for fields in folder.lists[list_name].mappings(key))


def passage_cards(section_paragraphs: tuple[Text, ...]) -> tuple[Text, ...]:
    """Return the card ids of a passage's `For:` line, each with the line it stands on."""
    if not section_paragraphs or not section_paragraphs[0].startswith("For:"):
        return ()
    first = section_paragraphs[0]
    return tuple(Text(name.strip(), first.line) for name in first.removeprefix("For:").split(",") if name.strip())


def cited(fact: Text) -> tuple[Text, tuple[Text, ...]]:
    """Split a known fact into its sentence and the source ids in its closing brackets."""
    match = _CITED.search(fact)
    if not match:
        return fact, ()
    ids = tuple(Text(name.strip(), fact.line) for name in match[1].split(","))
    return Text(fact[: match.start()], fact.line), ids


def ids_stand_once(folder: Folder) -> Iterator[Problem]:
    """An id names one entry in the whole corpus, and one question in its list."""
    seen: dict[str, str] = {}
    for entry in (*folder.cards, *folder.evidence, *folder.safety):
        other = seen.setdefault(entry.id, entry.path)
        if other != entry.path:
            yield entry.problem(1, f"the id {entry.id!r} is taken by {other}: rename this file")
    for name, key, field in (
        ("labels", "labels", "tag"),
        ("verdicts", "verdicts", "tag"),
        ("verdicts", "certainty", "tag"),
        ("glossary", "terms", "word"),
        ("questions", "questions", "id"),
    ):
        entry = folder.lists[name]
        here: set[str] = set()
        for fields in entry.mappings(key):
            value = fields.get(Text(field, 0), Text("", fields.line))
            if isinstance(value, Text) and value.casefold() in here:
                yield entry.problem(value.line, f"{field} {str(value)!r} stands twice")
            here.add(str(value).casefold())


def _one_of(entry: Entry, value: object, name: str, allowed: tuple[str, ...]) -> Iterator[Problem]:
    if isinstance(value, Text) and value and value not in allowed:
        yield entry.problem(value.line, f"{name} must be one of {', '.join(allowed)}: {str(value)!r}")


def tags_are_in_their_lists(folder: Folder) -> Iterator[Problem]:
    """Verdicts, certainty words, labels and kinds come from closed lists."""
    verdicts = tags(folder, "verdicts", "verdicts")
    certainty = tags(folder, "verdicts", "certainty")
    labels = tags(folder, "labels", "labels")
    reviews = tags(folder, "corpus", "reviews")
    if CLAIM_LABEL not in labels:
        yield folder.lists["labels"].problem(1, f"needs the label {CLAIM_LABEL!r}, for what the article claims")
    for fields in folder.lists["corpus"].mappings("article"):
        yield from _one_of(folder.lists["corpus"], fields.at("depth"), "depth", DEPTHS)
    for card in folder.cards:
        yield from _one_of(card, card.text("verdict"), "verdict", verdicts)
        yield from _one_of(card, card.text("certainty"), "certainty", certainty)
        yield from _one_of(card, card.text("covered"), "covered", reviews)
    for source in folder.evidence:
        for key, allowed in (
            ("kind", KINDS),
            ("label", labels),
            ("treatment", TREATMENTS),
            ("body", BODIES),
            ("retraction", RETRACTION),
            ("confidence", CONFIDENCE),
        ):
            yield from _one_of(source, source.text(key), key, allowed)
        for fields in source.mappings("read"):
            yield from _one_of(source, fields.at("depth"), "depth", DEPTHS)
        for fields in source.mappings("bears_on"):
            yield from _one_of(source, fields.at("direction"), "direction", DIRECTIONS)
    for safety in folder.safety:
        yield from _one_of(safety, safety.text("kind"), "kind", URGENCIES)
    for fields in folder.lists["questions"].mappings("questions"):
        yield from _one_of(folder.lists["questions"], fields.at("kind"), "kind", QUESTION_KINDS)
        yield from _one_of(folder.lists["questions"], fields.at("expects"), "expects", EXPECTATIONS)
    for fields in folder.lists["outside"].mappings("outside"):
        yield from _one_of(folder.lists["outside"], fields.at("sort"), "sort", SORTS)


def labels_fit_their_sources(folder: Folder) -> Iterator[Problem]:
    """A label may stand only on the kinds of source that it was made for."""
    kinds_of: dict[str, tuple[str, ...]] = {}
    for fields in folder.lists["labels"].mappings("labels"):
        allowed = fields.at("applies_to")
        kinds_of[str(fields.at("tag"))] = tuple(map(str, allowed)) if isinstance(allowed, list) else ()
    for source in folder.evidence:
        label, kind = source.text("label"), source.text("kind")
        if label in kinds_of and kind not in kinds_of[label]:
            yield source.problem(label.line, f"label {str(label)!r} is not for a source of kind {str(kind)!r}")


def cards_cite_known_sources(folder: Folder) -> Iterator[Problem]:
    """Every source that a card or safety card cites is an entry of corpus/evidence."""
    known = {source.id for source in folder.evidence}
    for entry in (*folder.cards, *folder.safety):
        for name in entry.texts("sources"):
            if name not in known:
                yield entry.problem(name.line, f"source {str(name)!r} is not in evidence/: add it or mend the id")


def cited_sources_have_a_passage(folder: Folder) -> Iterator[Problem]:
    """A source that a card cites has a passage `For:` that card, so that a reader can see it."""
    served = {
        (source.id, str(card))
        for source in folder.evidence
        for section in source.sections
        for card in passage_cards(section.paragraphs)
    }
    known = {source.id for source in folder.evidence}
    for card in folder.cards:
        for name in card.texts("sources"):
            if name in known and (str(name), card.id) not in served:
                yield card.problem(name.line, f"evidence/{name}.md has no passage 'For: {card.id}'")


def passages_name_known_cards(folder: Folder) -> Iterator[Problem]:
    """A passage says, in its first line, which cards it belongs to."""
    known = {card.id: card for card in folder.cards}
    for source in folder.evidence:
        for section in source.sections:
            names = passage_cards(section.paragraphs)
            if not names or len(section.paragraphs) < 2 or section.items:
                yield source.problem(section.name.line, "a passage is a line 'For: card, card', then one paragraph")
            for name in names:
                if name not in known:
                    yield source.problem(name.line, f"card {str(name)!r} is not in claims/ or topics/")
                elif known[name].fields and source.id not in known[name].texts("sources"):
                    yield source.problem(name.line, f"{known[name].path} does not cite this source: add it there")
        for fields in source.mappings("bears_on"):
            card_name = fields.at("card")
            if isinstance(card_name, Text) and card_name and card_name not in known:
                yield source.problem(card_name.line, f"card {str(card_name)!r} is not in claims/ or topics/")


def known_facts_cite_their_card_s_sources(folder: Folder) -> Iterator[Problem]:
    """Every known fact ends with the sources it rests on, each of them a source of its card."""
    for card in folder.cards:
        for fact in card.section("Known").items:
            _, names = cited(fact)
            if not names:
                yield card.problem(fact.line, "a known fact ends with its sources, as in '… [cheng-1982-rat-skin]'")
            for name in names:
                if name not in card.texts("sources"):
                    yield card.problem(fact.line, f"{str(name)!r} is not among this card's sources")


def related_cards_exist(folder: Folder) -> Iterator[Problem]:
    """A related card is another card of the corpus."""
    known = {card.id for card in folder.cards}
    for card in folder.cards:
        for name in card.texts("related"):
            if name not in known or name == card.id:
                yield card.problem(name.line, f"related card {str(name)!r} is not another card of this corpus")


def examples_are_known_cards(folder: Folder) -> Iterator[Problem]:
    """What is offered as an example is a card."""
    known = {card.id for card in folder.cards}
    for theme in folder.lists["corpus"].mappings("examples"):
        offered = theme.at("cards")
        for shown in offered if isinstance(offered, list) else ():
            if isinstance(shown, Text) and shown not in known:
                yield folder.lists["corpus"].problem(shown.line, f"card {str(shown)!r} is not in claims/ or topics/")


def golden_questions_name_known_cards(folder: Folder) -> Iterator[Problem]:
    """A golden question's answers are cards; only one in scope has any need of them."""
    known = {card.id for card in folder.cards}
    entry = folder.lists["questions"]
    for fields in entry.mappings("questions"):
        also = fields.at("also")
        names = [fields.at("primary"), *(also if isinstance(also, list) else ())]
        for name in names:
            if isinstance(name, Text) and name and name not in known:
                yield entry.problem(name.line, f"card {str(name)!r} is not in claims/ or topics/")
        if fields.at("kind") == "in-scope" and not names[0]:
            yield entry.problem(fields.line, "a question in scope needs a primary card")
