"""A corpus in the forms that other programs read; the same corpus gives the same bytes."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args

from index.claim_review import CONTEXT, claim_review
from index.records import Corpus

Format = Literal["csl", "bibtex", "claimreview", "json", "schema"]
FORMATS: tuple[Format, ...] = get_args(Format)


def exported(corpus: Corpus, format: Format, public_url: str = "") -> str:
    """Return `corpus` in a format, as text.

    csl and bibtex are its sources as a list of references, claimreview its claims as JSON-LD whose
    pages stand below `public_url`, json all of it, and schema the JSON Schema of that.
    """
    match format:
        case "csl":
            return _csl(corpus)
        case "bibtex":
            return _bibtex(corpus)
        case "claimreview":
            return _claim_reviews(corpus, public_url)
        case "json":
            return _whole(corpus)
        case "schema":
            return schema()


def schema() -> str:
    """Return the JSON Schema (draft 2020-12) of a whole corpus as JSON; it is the same for every corpus."""
    from index.store import corpus_schema

    return _text(corpus_schema())


def _csl(corpus: Corpus) -> str:
    from index.citing import works
    from index.citing.csl import csl_item

    return _text([csl_item(work) for work in works(corpus.sources)])


def _bibtex(corpus: Corpus) -> str:
    from index.citing import works
    from index.citing.bibtex import bibtex

    return bibtex(works(corpus.sources))


def _claim_reviews(corpus: Corpus, public_url: str) -> str:
    base = public_url.rstrip("/")
    found = (claim_review(card, corpus, f"{base}/c/{card.id}") for card in corpus.cards)
    return _text({"@context": CONTEXT, "@graph": [review for review in found if review]})


def _whole(corpus: Corpus) -> str:
    from index.store import corpus_json

    return _text(corpus_json(corpus))


def _text(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"
