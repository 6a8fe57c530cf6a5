"""A claim's card as ClaimReview, the form that search engines read (schema.org/ClaimReview)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from markupsafe import Markup

from index.records import Card

if TYPE_CHECKING:
    from app.render.html import Renderer


def claim_review(card: Card, renderer: Renderer) -> Markup | None:
    """Return the JSON-LD of a claim, safe inside a script element; None for a topic."""
    if card.claim is None:
        return None
    article = renderer.corpus.article
    review = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": renderer.links.absolute(card.id),
        "datePublished": card.review.on.isoformat(),
        "inLanguage": "en",
        "claimReviewed": card.claim.text,
        "itemReviewed": {
            "@type": "Claim",
            "appearance": {"@type": "CreativeWork", "url": article.url, "name": article.title},
            "author": {"@type": "Organization", "name": article.container},
        },
        "author": {"@type": "Organization", "name": renderer.corpus.title},
        "reviewRating": {"@type": "Rating", "alternateName": f"{card.verdict.words}. {card.certainty.words}."},
        "reviewBody": card.in_short,
    }
    text = json.dumps(review, ensure_ascii=False, sort_keys=True)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
