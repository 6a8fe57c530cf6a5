"""A folder becomes a Corpus, or a CorpusError that lists every Problem."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import cast

from index.check import check_folder
from index.check.form import NUMBER_PARTS
from index.check.references import CLAIM_LABEL, DEPTHS, cited, passage_cards
from index.entry import Entry, Fields
from index.errors import CorpusError
from index.folder import Folder, read_folder
from index.glossary import Glossary
from index.questions import golden_ads, golden_questions
from index.records import (
    Card,
    Certainty,
    Corpus,
    Kind,
    Label,
    NumberAnatomy,
    Outside,
    Passage,
    Reading,
    Review,
    SafetyCard,
    Source,
    Term,
    Theme,
    Urgency,
    Verdict,
)

ARTICLE_ID = "article"  # the one source that is no entry of evidence/


def load_corpus(path: Path) -> Corpus:
    """Read and check the corpus at `path`.

    Raises CorpusError with every Problem if there is any.
    """
    folder = read_folder(path)
    problems = check_folder(folder)
    if problems:
        raise CorpusError(problems)
    return resolved(folder)


def resolved(folder: Folder) -> Corpus:
    """Return the Corpus of a folder in which there is no Problem."""
    return _Resolver(folder).corpus()


class _Resolver:
    """Turns checked entries into records, looking every id up once."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        lists = folder.lists
        self.labels = {f.text("tag"): _label(f) for f in lists["labels"].mappings("labels")}
        self.verdicts = {
            f.text("tag"): Verdict(tag=f.text("tag"), words=f.text("words"), meaning=f.text("meaning"))
            for f in lists["verdicts"].mappings("verdicts")
        }
        self.certainty = {
            f.text("tag"): Certainty(tag=f.text("tag"), words=f.text("words"), meaning=f.text("meaning"))
            for f in lists["verdicts"].mappings("certainty")
        }
        self.glossary = Glossary(
            Term(word=f.text("word"), also=f.texts("also"), means=f.text("means"))
            for f in lists["glossary"].mappings("terms")
        )
        self.reviews = {f.text("tag"): f.text("words") for f in lists["corpus"].mappings("reviews")}
        self.article = self._article(lists["corpus"].mappings("article")[0])
        self.sources = {entry.id: self._source(entry) for entry in folder.evidence}
        self.passages = {entry.id: tuple(self._passages(entry)) for entry in folder.evidence}

        self.bearings = {
            (entry.id, fields.text("card")): fields.text("direction")
            for entry in folder.evidence
            for fields in entry.mappings("bears_on")
        }

    def corpus(self) -> Corpus:
        lists = self.folder.lists
        return Corpus(
            title=str(lists["corpus"].text("title")),
            article=self.article,
            licence=str(lists["corpus"].text("licence")),
            cards=tuple(self._card(entry, "claim") for entry in self.folder.claims)
            + tuple(self._card(entry, "topic") for entry in self.folder.topics),
            safety=tuple(map(_safety, self.folder.safety)),
            sources=tuple(self.sources.values()),
            glossary=self.glossary.terms,
            questions=golden_questions(lists["questions"]),
            ads=golden_ads(lists["questions"]),
            outside=tuple(
                Outside(sort=f.text("sort"), texts=f.texts("texts")) for f in lists["outside"].mappings("outside")
            ),
            examples=tuple(
                Theme(words=f.text("theme"), cards=f.texts("cards")) for f in lists["corpus"].mappings("examples")
            ),
            personal=tuple(map(str, lists["corpus"].texts("personal"))),
            subject=tuple(map(str, lists["corpus"].texts("subject"))),
            other_subjects=tuple(map(str, lists["corpus"].texts("other_subjects"))),
            wording={
                str(language): {str(key): str(words) for key, words in cast(Fields, texts).items()}
                for language, texts in lists["wording"].fields.items()
            },
            digest=self.folder.digest,
        )

    def _article(self, fields: Fields) -> Source:
        return Source(
            id=ARTICLE_ID,
            kind="manufacturer",
            title=fields.text("title"),
            authors=fields.text("publisher"),
            year="",
            container=fields.text("publisher"),
            locator="",
            doi="",
            pmid="",
            url=fields.text("url"),
            read=(Reading(where=fields.text("url"), depth=fields.text("depth")),),
            depth=fields.text("depth"),
            read_on=date.fromisoformat(fields.text("read_on")),
            retraction="not-checked",
            label=self.labels[CLAIM_LABEL],
            treatment="subject",
            body="face",
        )

    def _source(self, entry: Entry) -> Source:
        read = tuple(
            Reading(where=fields.text("where"), depth=fields.text("depth")) for fields in entry.mappings("read")
        )
        return Source(
            id=entry.id,
            kind=str(entry.text("kind")),
            title=str(entry.text("title")),
            authors=str(entry.text("authors")),
            year=str(entry.text("year")),
            container=str(entry.text("container")),
            locator=str(entry.text("locator")),
            doi=str(entry.text("doi")),
            pmid=str(entry.text("pmid")),
            url=str(entry.text("url")),
            read=read,
            depth=min((r.depth for r in read), key=DEPTHS.index),
            read_on=date.fromisoformat(entry.text("read_on")),
            retraction=str(entry.text("retraction")),
            label=self.labels[entry.text("label")],
            treatment=str(entry.text("treatment")),
            body=str(entry.text("body")),
            checked_on=date.fromisoformat(entry.text("checked_on")) if entry.text("checked_on") else None,
        )

    def _passages(self, entry: Entry) -> Iterator[tuple[tuple[str, ...], Passage]]:
        source = self.sources[entry.id]
        for section in entry.sections:
            cards = tuple(map(str, passage_cards(section.paragraphs)))
            text = "\n\n".join(section.paragraphs[1:])
            yield cards, _passage(f"{entry.id}/{section.name}", text, (source,))

    def _card(self, entry: Entry, kind: Kind) -> Card:
        sources = tuple(map(str, entry.texts("sources")))
        card = Card(
            id=entry.id,
            kind=kind,
            title=str(entry.text("question")),
            figure=str(entry.text("figure")),
            section=str(entry.text("section")),
            verdict=self.verdicts[entry.text("verdict")],
            certainty=self.certainty[entry.text("certainty")],
            in_short=" ".join(entry.section("In short").paragraphs),
            get_help=" ".join(entry.section("When to get help").paragraphs),
            claim=self._claim(entry) if kind == "claim" else None,
            number=_number(entry),
            known=tuple(self._known(entry)),
            not_known=tuple(map(str, entry.section("Not known").items)),
            passages=tuple(
                dataclasses.replace(passage, bearing=self.bearings.get((source, entry.id), "background"))
                for source in sources
                for cards, passage in self.passages[source]
                if entry.id in cards
            ),
            terms=(),
            related=tuple(map(str, entry.texts("related"))),
            review=Review(
                on=date.fromisoformat(entry.text("reviewed")),
                read=self.reviews[entry.text("covered")],
                reviewer=str(entry.text("reviewer")),
                next=date.fromisoformat(entry.text("next_review")),
            ),
            names=tuple(map(str, entry.texts("names"))),
            ways=tuple(map(str, entry.section("Ways people ask").items)),
            sellers_ways=tuple(map(str, entry.section("Ways sellers say it").items)),
        )
        return dataclasses.replace(card, terms=self.glossary.terms_of(card))

    def _known(self, entry: Entry) -> Iterator[Passage]:
        for number, fact in enumerate(entry.section("Known").items, 1):
            sentence, names = cited(fact)
            sources = tuple(self.sources[name] for name in names)
            yield _passage(f"{entry.id}/known-{number}", str(sentence), sources)

    def _claim(self, entry: Entry) -> Passage:
        return Passage(
            id=f"{entry.id}/claim",
            text=" ".join(entry.section("The claim").paragraphs),
            label=self.labels[CLAIM_LABEL],
            sources=(self.article,),
            treatment="subject",
            body="face",
        )


def _passage(id: str, text: str, sources: tuple[Source, ...]) -> Passage:
    """Make a passage; its label is that of the first source it cites, the best it rests on."""
    best = max(sources, key=lambda s: -1 if s.label.rung is None else s.label.rung)
    return Passage(id=id, text=text, label=best.label, sources=sources, treatment=best.treatment, body=best.body)


def _label(fields: Fields) -> Label:
    rung = fields.text("rung")
    return Label(
        tag=fields.text("tag"),
        words=fields.text("words"),
        promise=fields.text("promise"),
        rung=int(rung) if rung else None,
        icon=fields.text("icon"),
    )


def _number(entry: Entry) -> NumberAnatomy | None:
    parts = [item.partition(":")[2].strip() for item in entry.section("The number").items]
    if not parts:
        return None
    names = ("of_what", "in_whom", "against_what", "measured_how", "said_by_whom", "not_found")
    assert len(names) == len(NUMBER_PARTS)
    return NumberAnatomy(**dict(zip(names, parts, strict=True)))


def _safety(entry: Entry) -> SafetyCard:
    return SafetyCard(
        id=entry.id,
        kind=cast(Urgency, str(entry.text("kind"))),
        title=str(entry.text("title")),
        text=" ".join(entry.section("Text").paragraphs),
        ways=tuple(map(str, entry.section("Ways people say it").items)),
        unlike=tuple(map(str, entry.section("Unlike").items)),
        phrases=tuple(map(str, entry.texts("phrases"))),
    )
