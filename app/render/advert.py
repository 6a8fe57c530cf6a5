"""A pasted text in pieces: which piece makes which claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.records import Card, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of the text with the cards of the claims it makes, none where it makes none."""

    text: str
    cards: tuple[Card, ...]


def mark(text: str, findings: Sequence[Finding]) -> tuple[Span, ...]:
    """Part `text` into spans; put together again they are the text, letter for letter."""
    sentences: dict[str, list[Card]] = {}
    for finding in findings:
        sentences.setdefault(finding.sentence, []).append(finding.card)
    spans: list[Span] = []
    at = 0
    for sentence, cards in sentences.items():
        start = text.find(sentence, at)
        if start < 0:
            continue
        if start > at:
            spans.append(Span(text=text[at:start], cards=()))
        spans.append(Span(text=sentence, cards=tuple(cards)))
        at = start + len(sentence)
    if at < len(text):
        spans.append(Span(text=text[at:], cards=()))
    return tuple(spans)
