"""A sound folder becomes a Corpus in which every id is looked up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.corpus import load_corpus
from index.records import Card, Corpus
from tests.conftest import SMALL


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus(SMALL)


def card(corpus: Corpus, id: str) -> Card:
    return next(card for card in corpus.cards if card.id == id)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_claims_come_before_topics_each_by_id(corpus: Corpus) -> None:
    """The order is fixed, and the kind comes from the folder."""
    assert [(card.id, card.kind) for card in corpus.cards] == [
        ("sleep-300", "claim"),
        ("warm-ears", "claim"),
        ("washing", "topic"),
    ]


def test_a_passage_holds_its_label_and_its_source(corpus: Corpus) -> None:
    """Nothing is left to look up: the label's promise and the source's depth stand in the passage."""
    passage = card(corpus, "sleep-300").passages[0]
    assert passage.id == "mice-2001/mice"
    assert passage.text.startswith("In 2001 a test covered 12 mice with felt.")
    assert (passage.label.words, passage.label.promise, passage.label.rung) == (
        "Studied in animals",
        "It was tested in animals.",
        2,
    )
    assert [(source.title, source.depth, source.read_on) for source in passage.sources] == [
        ("Felt covers and mouse sleep", "abstract", date(2026, 1, 5))
    ]
    assert (passage.treatment, passage.body) == ("subject", "other")


def test_what_the_article_claims_is_labelled_as_a_seller_s(corpus: Corpus) -> None:
    """The claim itself is never shown bare; a topic has none."""
    claim = card(corpus, "sleep-300").claim
    assert claim is not None
    assert (claim.label.tag, claim.sources[0].title) == ("sellers-claim", "Why everyone wears a quiet hat")
    assert card(corpus, "washing").claim is None


def test_a_known_fact_drops_its_brackets_and_keeps_its_source(corpus: Corpus) -> None:
    """A reader sees the sentence; the source stands beside it."""
    (fact,) = card(corpus, "warm-ears").known
    assert fact.text == "In a trial of 40 people, ears were warmer by 3 degrees with the hat."
    assert [source.id for source in fact.sources] == ["trial-2010"]


@pytest.mark.parametrize("cited", ["mice-2001, seller-2020", "seller-2020, mice-2001"])
def test_a_fact_with_several_sources_has_the_best_label(draft: Path, cited: str) -> None:
    """The label is that of the highest rung it rests on, whatever the order they are cited in."""
    edit(draft / "claims" / "sleep-300.md", "study. [seller-2020]", f"study. [{cited}]")
    fact = card(load_corpus(draft), "sleep-300").known[1]
    assert fact.label.tag == "animal"
    assert [source.id for source in fact.sources] == cited.split(", ")


def test_a_figure_is_taken_apart(corpus: Corpus) -> None:
    """Each part of the number's anatomy stands under its own name; no figure, no anatomy."""
    number = card(corpus, "sleep-300").number
    assert number is not None
    assert (number.of_what, number.not_found) == ("The hours of sleep.", "Any test on people.")
    assert card(corpus, "warm-ears").number is None


def test_a_passage_tells_how_its_source_bears_on_the_card(corpus: Corpus) -> None:
    """The bearing comes from the source's own entry."""
    assert [passage.bearing for passage in card(corpus, "sleep-300").passages] == ["partly-supports", "background"]
    assert [passage.bearing for passage in card(corpus, "warm-ears").passages] == ["supports"]
    assert [passage.bearing for passage in card(corpus, "warm-ears").known] == [""]


def test_a_source_read_in_several_places_has_its_best_depth(draft: Path) -> None:
    """Full text somewhere is full text."""
    edit(
        draft / "evidence" / "mice-2001.md",
        "    depth: abstract\n",
        '    depth: abstract\n  - where: "a library"\n    depth: full-text\n',
    )
    source = next(source for source in load_corpus(draft).sources if source.id == "mice-2001")
    assert source.depth == "full-text"
    assert [reading.depth for reading in source.read] == ["abstract", "full-text"]


def test_a_review_falls_due_by_itself(corpus: Corpus) -> None:
    """On its date a card is due, with no rebuild; the day before it is not."""
    review = card(corpus, "warm-ears").review
    assert (review.on, review.read) == (date(2026, 1, 5), "The facts were read at their sources.")
    assert not review.due(date(2026, 7, 4))
    assert review.due(date(2026, 7, 5))


def test_safety_cards_and_lists_arrive_whole(corpus: Corpus) -> None:
    """Phrases, what only looks alike, and the words of other subjects reach the search."""
    choking = corpus.safety[0]
    assert (choking.id, choking.kind, choking.phrases) == (
        "choking",
        "urgent",
        ("cannot breathe", "can't breathe", "chok*"),
    )
    assert choking.unlike == ("the price made me choke", "no choking at all, just curious")
    assert corpus.other_subjects == ("scarf*", "glove*", "shoe*")
    assert [outside.sort for outside in corpus.outside] == ["near", "health", "other", "advertising"]


def test_golden_advertisements_keep_their_alternatives(draft: Path) -> None:
    """An `or` stands beside the claim it may be taken for."""
    edit(draft / "questions.yaml", "or: []", "or: [warm-ears]")
    (ad,) = load_corpus(draft).ads
    assert [(claim.id, claim.alternatives) for claim in ad.claims] == [("sleep-300", ("warm-ears",))]


def test_the_digest_changes_with_any_byte_and_with_a_name(corpus: Corpus, draft: Path) -> None:
    """The corpus version names the text that was shown."""
    assert load_corpus(draft).digest == corpus.digest
    edit(draft / "glossary.yaml", "pressing wool", "pressing wools")
    changed = load_corpus(draft).digest
    (draft / "safety" / "choking.md").rename(draft / "safety" / "breath.md")
    for file in ("numbers.yaml", "questions.yaml"):
        edit(draft / file, "choking", "breath")
    assert len({corpus.digest, changed, load_corpus(draft).digest}) == 3
