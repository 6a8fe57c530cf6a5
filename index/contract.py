"""The one JSON form of an Answer, for the command, the routes and every other surface."""

from __future__ import annotations

from typing import Any

from index.records import Answer, Card, Certainty, Finding, Passage, Source, Verdict

Json = dict[str, Any]


def answer_json(answer: Answer) -> Json:
    """Return `answer` as plain data. With the outcome `closest`, cards are id, title and kind alone."""
    brief = answer.outcome == "closest"
    return {
        "question": answer.question,
        "outcome": answer.outcome,
        "version": answer.version,
        "safety": [{"id": s.id, "kind": s.kind, "title": s.title, "text": s.text} for s in answer.safety],
        "notes": list(answer.notes),
        "cards": [
            card_title_json(card) if brief else card_json(card, passages=first)
            for first, card in ((rank == 0, card) for rank, card in enumerate(answer.cards))
        ],
    }


def card_title_json(card: Card) -> Json:
    """Return what names a card: id, title and kind."""
    return {"id": card.id, "title": card.title, "kind": card.kind}


def card_json(card: Card, *, passages: bool) -> Json:
    """Return a card; its passages, facts and anatomy only where `passages` is true."""
    brief: Json = {
        **card_title_json(card),
        "verdict": _judgement_json(card.verdict),
        "certainty": _judgement_json(card.certainty),
        "in_short": card.in_short,
        "get_help": card.get_help,
        "reviewed": {
            "on": card.review.on.isoformat(),
            "read": card.review.read,
            "reviewer": card.review.reviewer,
            "next": card.review.next.isoformat(),
        },
    }
    if not passages:
        return {**brief, "passages": []}
    return {
        **brief,
        "claim": passage_json(card.claim) if card.claim else None,
        "number": {name: getattr(card.number, name) for name in card.number.__slots__} if card.number else None,
        "known": [passage_json(passage) for passage in card.known],
        "not_known": list(card.not_known),
        "terms": [{"word": term.word, "here": term.here, "means": term.means} for term in card.terms],
        "related": list(card.related),
        "passages": [passage_json(passage) for passage in card.passages],
    }


def passage_json(passage: Passage) -> Json:
    """Return a passage with its label and sources; no passage goes without."""
    label = passage.label
    return {
        "id": passage.id,
        "text": passage.text,
        "label": {"tag": label.tag, "words": label.words, "promise": label.promise, "rung": label.rung},
        "treatment": passage.treatment,
        "body": passage.body,
        "sources": [_source_json(source) for source in passage.sources],
    }


def findings_json(findings: tuple[Finding, ...]) -> Json:
    """Return the findings of a pasted text: each sentence with the card of a claim it makes."""
    return {
        "findings": [
            {
                "sentence": finding.sentence,
                "card": finding.card.id,
                "title": finding.card.title,
                "verdict": _judgement_json(finding.card.verdict),
            }
            for finding in findings
        ]
    }


def _judgement_json(judgement: Verdict | Certainty) -> Json:
    return {"tag": judgement.tag, "words": judgement.words, "meaning": judgement.meaning}


def _source_json(source: Source) -> Json:
    return {
        "id": source.id,
        "title": source.title,
        "authors": source.authors,
        "year": source.year,
        "url": source.url,
        "read": source.depth,
        "read_on": source.read_on.isoformat(),
        "retraction": source.retraction,
        "checked_on": source.checked_on.isoformat() if source.checked_on else "",
    }
