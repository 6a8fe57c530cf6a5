"""Whatever a reader can see of a corpus is compared; what only helps to find it is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from index.records import Corpus, NumberAnatomy, Term, Theme, UsedTerm
from index.shown import shown
from tests.index.made import card, corpus, passage, safety, source

# How a card is found and tested, how a source is classed, and what is the same for every claim.
UNSEEN = {
    "ads", "article.body", "article.kind", "article.read", "article.treatment", "cards.figure", "cards.names",
    "cards.known.id", "cards.section", "cards.sellers_ways", "cards.ways", "cards.claim.bearing", "cards.claim.body",
    "cards.claim.id", "cards.claim.sources", "cards.claim.sources.id", "cards.claim.treatment", "digest", "other_subjects", "outside",
    "personal", "questions", "safety.phrases", "safety.unlike", "safety.ways", "sources.body", "sources.kind",
    "sources.read", "sources.treatment", "subject",
}  # fmt: skip
NUMBER = NumberAnatomy(of_what="a", in_whom="b", against_what="c", measured_how="d", said_by_whom="e", not_found="f")


def full() -> Corpus:
    """A corpus with something of everything."""
    one = dataclasses.replace(
        card("ears", [passage("p")]), claim=passage("claim"), number=NUMBER, known=(passage("known"),),
        not_known=("Whether.",), terms=(UsedTerm(word="felt", here="wool", means="A cloth."),), related=("sleep",),
    )  # fmt: skip
    empty = corpus([one], [safety("wool", "urgent")])
    return dataclasses.replace(
        empty,
        article=dataclasses.replace(empty.article, checked_on=date(2026, 1, 6)),
        sources=(dataclasses.replace(source(), checked_on=date(2026, 1, 6)),),
        glossary=(Term(word="felt", also=("felts",), means="A cloth."),),
        examples=(Theme(words="Ears", cards=("ears",)),),
        wording={"en": {"title": "Hats"}},
    )


def others(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The same value with one thing changed, and where; only the article's label is changed in all its fields.

    A label stands at many sources and passages, one and the same at each, and so does a source; what a term means is
    compared once, in the glossary.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        if path.startswith(("cards.", "sources.")):
            names = {"Label": ["tag"], "Source": ["id"], "UsedTerm": ["word", "here"]}.get(type(value).__name__, names)
        for name in names:
            for where, other in others(getattr(value, name), f"{path}.{name}".strip(".")):
                yield where, dataclasses.replace(value, **{name: other})
    elif isinstance(value, tuple):
        yield path, value[1:] if value else ("more",)
        for where, other in others(value[0], path) if value else ():
            yield where, (other, *value[1:])
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from ((where, {**value, key: other}) for where, other in others(inside, f"{path}.{key}"))
    elif value is None or isinstance(value, str):
        yield path, f"{value or ''}x"
    else:
        yield path, value + (timedelta(days=1) if isinstance(value, date) else 1)


def test_whatever_a_reader_can_see_is_compared() -> None:
    """Every field of every record is either among what is shown, or on the list of what never is."""
    whole = full()
    unseen = {where for where, other in others(whole) if shown(other) == shown(whole)}
    assert unseen == UNSEEN


def test_a_text_is_shown_sentence_by_sentence() -> None:
    """A passage with what it stands on, in the last line."""
    (found, *_) = shown(corpus([card("ears", [dataclasses.replace(passage("p"), text="One. Two.\n\nThree.")])]))
    assert (found.sort, found.id) == ("card", "ears")
    assert found.parts["passage p"] == ("One.", "Two.", "Three.", "[randomised-trial, none, none: trial-2010]")
