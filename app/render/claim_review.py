"""A claim's card as ClaimReview, safe to stand in a page."""

from __future__ import annotations

import json

from markupsafe import Markup

from index.claim_review import CONTEXT
from index.claim_review import claim_review as review_of
from index.records import Card, Corpus


def claim_review(card: Card, corpus: Corpus, url: str) -> Markup | None:
    """Return the JSON-LD of a claim whose page is at `url`, safe inside a script element; None for a topic."""
    review = review_of(card, corpus, url)
    if review is None:
        return None
    text = json.dumps({"@context": CONTEXT, **review}, ensure_ascii=False, sort_keys=True)
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(safe)  # noqa: S704  # nothing is left in it that could end a script element
