"""A claim's card as ClaimReview, the form that search engines read (schema.org/ClaimReview)."""

from __future__ import annotations

import json

from markupsafe import Markup

from index.records import Card, Corpus


def claim_review(card: Card, corpus: Corpus, url: str) -> Markup | None:
    """Return the JSON-LD of a claim whose page is at `url`, safe inside a script element; None for a topic."""
    if card.claim is None:
        return None
    article = corpus.article
    review = {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": url,
        "datePublished": card.review.on.isoformat(),
        "inLanguage": "en",
        "claimReviewed": card.claim.text,
        "itemReviewed": {
            "@type": "Claim",
            "appearance": {"@type": "CreativeWork", "url": article.url, "name": article.title},
            "author": {"@type": "Organization", "name": article.container},
        },
        "author": {"@type": "Organization", "name": corpus.title},
        "reviewRating": {"@type": "Rating", "alternateName": f"{card.verdict.words}. {card.certainty.words}."},
        "reviewBody": card.in_short,
    }
    text = json.dumps(review, ensure_ascii=False, sort_keys=True)
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Markup(safe)  # noqa: S704  # nothing is left in it that could end a script element
