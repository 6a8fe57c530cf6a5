"""A corpus is given to other programs in forms that they know, and comes back the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from app.render.claim_review import claim_review
from index.citing import read_citation, works
from index.citing.bibtex import read_bibtex
from index.citing.csl import read_csl
from index.corpus import load_corpus
from index.draft import draft_corpus
from index.exports import FORMATS, Format, exported, schema
from index.records import Corpus
from tests.conftest import CORPUS, SMALL

SITE = "https://hats.example/claims/"
# What CSL says an item is (csl-data.json of citationstyles.org), of the fields that we write.
TEXT = {"type": "string", "minLength": 1}
DATE = {
    "type": "object",
    "properties": {
        "date-parts": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}, "maxItems": 3}},
        "literal": TEXT,
    },
    "additionalProperties": False,
    "minProperties": 1,
}
NAME = {
    "type": "object",
    "properties": {"family": TEXT, "given": TEXT, "suffix": TEXT, "literal": TEXT},
    "additionalProperties": False,
    "minProperties": 1,
}
CSL_ITEM = {
    "type": "object",
    "properties": {
        "id": TEXT,
        "type": {
            "enum": [
                "article-journal", "book", "chapter", "manuscript", "patent", "report", "standard", "webpage",
            ],
        },
        "author": {"type": "array", "items": NAME, "minItems": 1},
        "issued": DATE,
        "accessed": DATE,
        **dict.fromkeys(
            ("title", "container-title", "publisher", "volume", "issue", "page", "DOI", "PMID", "URL", "note"), TEXT
        ),
    },
    "required": ["id", "type", "title", "URL", "accessed"],
    "additionalProperties": False,
}  # fmt: skip


@pytest.fixture(scope="module", params=["real", "starter", "small"])
def corpus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Each corpus that we have, without any model."""
    folders = {
        "real": lambda: CORPUS,
        "small": lambda: SMALL,
        "starter": lambda: draft_corpus(tmp_path_factory.mktemp("new") / "kettle"),
    }
    return load_corpus(folders[request.param]())


def test_csl_items_are_of_the_form_of_csl(corpus: Corpus) -> None:
    """One for each source, in the order of their ids."""
    items = json.loads(exported(corpus, "csl"))
    Draft202012Validator({"type": "array", "items": CSL_ITEM}).validate(items)
    assert [item["id"] for item in items] == sorted(source.id for source in corpus.sources)


def test_every_citation_comes_back(corpus: Corpus) -> None:
    """From CSL-JSON and from BibTeX alike, and as `new source --from` reads it."""
    citations = tuple(work.citation for work in works(corpus.sources))
    assert read_csl(exported(corpus, "csl")) == citations
    assert read_bibtex(exported(corpus, "bibtex")) == citations
    first = json.loads(exported(corpus, "csl"))[0]
    assert read_citation(json.dumps(first)) == citations[0]


def test_bibtex_names_each_source_by_its_id(corpus: Corpus) -> None:
    """So that a text may cite it by the id that the corpus has for it."""
    keys = [line.split("{")[1].rstrip(",") for line in exported(corpus, "bibtex").splitlines() if line.startswith("@")]
    assert keys == sorted(source.id for source in corpus.sources)


def test_claim_reviews_are_those_of_the_pages(corpus: Corpus) -> None:
    """One for each claim and none for a topic, under the address of the site; the same as in the page itself."""
    graph = json.loads(exported(corpus, "claimreview", SITE))
    claims = [card for card in corpus.cards if card.kind == "claim"]
    assert graph["@context"] == "https://schema.org"
    assert [review["url"] for review in graph["@graph"]] == [f"https://hats.example/claims/c/{c.id}" for c in claims]
    for card, review in zip(claims, graph["@graph"], strict=True):
        shown = claim_review(card, corpus, review["url"])
        assert shown is not None
        assert json.loads(str(shown)) == {"@context": "https://schema.org", **review}
        assert review["reviewBody"] == card.in_short
        assert card.verdict.words in review["reviewRating"]["alternateName"]


def test_the_whole_corpus_is_of_the_form_of_its_schema(corpus: Corpus) -> None:
    """The schema is one of draft 2020-12, and the corpus keeps to it."""
    form = json.loads(schema())
    Draft202012Validator.check_schema(form)
    assert form["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    whole = json.loads(exported(corpus, "json"))
    Draft202012Validator(form, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(whole)
    assert [card["id"] for card in whole["cards"]] == [card.id for card in corpus.cards]
    assert whole["digest"] == corpus.digest


@pytest.mark.parametrize("spoil", ["a label that is gone", "a date that is none", "a number for a text"])
def test_the_schema_refuses_what_is_no_corpus(spoil: str) -> None:
    """A passage without its label is no passage."""
    whole: dict[str, Any] = json.loads(exported(load_corpus(SMALL), "json"))
    passage = whole["cards"][0]["passages"][0]
    if spoil == "a label that is gone":
        del passage["label"]
    elif spoil == "a date that is none":
        whole["sources"][0]["read_on"] = "some day"
    else:
        passage["text"] = 3
    form = Draft202012Validator(json.loads(schema()), format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert not form.is_valid(whole)


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_corpus_gives_the_same_bytes(format: Format) -> None:
    """Whichever order a folder lists its files in."""
    one, other = (exported(load_corpus(SMALL), format, SITE) for _ in range(2))
    assert one == other
    assert one.endswith("\n")


def test_a_card_s_words_stand_in_the_whole_byte_for_byte(corpus: Corpus) -> None:
    """No sign of any alphabet is written as a number."""
    text = exported(corpus, "json")
    for card in corpus.cards:
        assert json.dumps(card.in_short, ensure_ascii=False) in text
    assert "\\u" not in text
