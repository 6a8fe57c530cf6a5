"""What a reader sees of a corpus, piece by piece; ways to ask and golden questions are not among it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from index.advert import split_sentences
from index.records import Card, Certainty, Corpus, Label, Passage, SafetyCard, Source, Verdict

Sort = Literal["card", "safety", "source", "label", "verdict", "certainty", "wording", "term", "page"]

SORTS: tuple[Sort, ...] = get_args(Sort)
_Tagged = TypeVar("_Tagged", Label, Verdict, Certainty)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One thing that a reader sees: a card, a safety card, a source, a label … or all wording of a language.

    `parts` has the sentences of each part by its name, such as "in short".
    """

    sort: Sort
    id: str
    title: str
    parts: Mapping[str, tuple[str, ...]]


def shown(corpus: Corpus) -> tuple[Shown, ...]:
    """Return all that a reader sees of `corpus`.

    What a card, a passage or a source takes from a closed list stands there as its tag alone, so
    that other words for a label are one change and not hundreds.
    """
    return tuple(_shown(corpus))


def _shown(corpus: Corpus) -> Iterator[Shown]:
    yield from map(_card, corpus.cards)
    yield from map(_safety, corpus.safety)
    sources = (corpus.article, *corpus.sources)
    yield from map(_source, sources)
    passages = (passage for card in corpus.cards for passage in _passages(card))
    yield from map(_label, _once((*(s.label for s in sources), *(p.label for p in passages))))
    for verdict in _once(card.verdict for card in corpus.cards):
        yield _judgement("verdict", verdict)
    for certainty in _once(card.certainty for card in corpus.cards):
        yield _judgement("certainty", certainty)
    for language, texts in corpus.wording.items():
        yield Shown(sort="wording", id=language, title=language, parts={key: (text,) for key, text in texts.items()})
    for term in corpus.glossary:
        parts = {"other spellings": term.also, "means": (term.means,)}
        yield Shown(sort="term", id=term.word, title=term.word, parts=parts)
    examples = {f"examples, {theme.words}": theme.cards for theme in corpus.examples}
    whole = {"title": (corpus.title,), "licence": (corpus.licence,), **examples}
    yield Shown(sort="page", id="page", title=corpus.title, parts=whole)


def _passages(card: Card) -> tuple[Passage, ...]:
    return (*((card.claim,) if card.claim else ()), *card.known, *card.passages)


def _once(found: Iterable[_Tagged]) -> Iterable[_Tagged]:
    return {one.tag: one for one in found}.values()


def _card(card: Card) -> Shown:
    review = card.review
    parts = {
        "kind": (card.kind,),
        "title": (card.title,),
        "verdict": (card.verdict.tag,),
        "certainty": (card.certainty.tag,),
        "in short": _sentences(card.in_short),
        "get help": _sentences(card.get_help),
        "claim": _sentences(card.claim.text) if card.claim else (),
        "known": tuple(f"{fact.text} {_standing(fact)}" for fact in card.known),
        "not known": card.not_known,
        "words here": tuple(term.named for term in card.terms),
        "related": card.related,
        "review": (f"{review.on}, next {review.next}", review.read, *((review.reviewer,) if review.reviewer else ())),
    }
    if card.number:
        for name in card.number.__slots__:
            parts[f"number, {name.replace('_', ' ')}"] = (getattr(card.number, name),)
    for passage in card.passages:
        parts[f"passage {passage.id}"] = (*_sentences(passage.text), _standing(passage))
    return Shown(sort="card", id=card.id, title=card.title, parts=parts)


def _standing(passage: Passage) -> str:
    """Return what a passage rests on and is about, in brackets: its label's tag, its sources' ids."""
    about = (passage.label.tag, passage.treatment, passage.body, passage.bearing)
    return f"[{', '.join(filter(None, about))}: {', '.join(source.id for source in passage.sources)}]"


def _safety(card: SafetyCard) -> Shown:
    parts = {"kind": (card.kind,), "title": (card.title,), "text": _sentences(card.text)}
    return Shown(sort="safety", id=card.id, title=card.title, parts=parts)


def _source(source: Source) -> Shown:
    named = [f"{name} {value}" for name, value in (("doi", source.doi), ("pmid", source.pmid)) if value]
    citation = (source.authors, source.year, source.title, source.container, source.locator, *named)
    parts = {
        "citation": (". ".join(filter(None, citation)),),
        "address": (source.url,),
        "label": (source.label.tag,),
        "read": (source.depth,),
        "read on": (source.read_on.isoformat(),),
        "retraction": (source.retraction,),
        "checked on": (source.checked_on.isoformat(),) if source.checked_on else (),
    }
    return Shown(sort="source", id=source.id, title=source.title, parts=parts)


def _label(label: Label) -> Shown:
    parts = {
        "words": (label.words,),
        "promise": _sentences(label.promise),
        "rung": () if label.rung is None else (str(label.rung),),
        "icon": (label.icon,),
    }
    return Shown(sort="label", id=label.tag, title=label.words, parts=parts)


def _judgement(sort: Literal["verdict", "certainty"], found: Verdict | Certainty) -> Shown:
    parts = {"words": (found.words,), "meaning": _sentences(found.meaning)}
    return Shown(sort=sort, id=found.tag, title=found.words, parts=parts)


def _sentences(text: str) -> tuple[str, ...]:
    return tuple(split_sentences(text))
