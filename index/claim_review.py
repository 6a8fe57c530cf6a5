"""A claim's card as ClaimReview, the form that search engines read (schema.org/ClaimReview)."""

from __future__ import annotations

from typing import Any

from index.records import Card, Corpus

CONTEXT = "https://schema.org"


def claim_review(card: Card, corpus: Corpus, url: str) -> dict[str, Any] | None:
    """Return the JSON-LD of a claim whose page is at `url`, without its context; None for a topic."""
    if card.claim is None:
        return None
    article = corpus.article
    return {
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
