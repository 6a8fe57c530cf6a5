"""An Answer for a terminal: the card, and passages each with its label and source."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from index.records import Answer, Card, Finding, Passage

_WIDTH = 88
Wording = Mapping[str, str]


def answer_text(answer: Answer, wording: Wording) -> str:
    """Return `answer` as plain text; no passage stands without its label."""
    return "\n".join(_answer(answer, wording)).rstrip()


def findings_text(findings: Sequence[Finding], wording: Wording) -> str:
    """Return the findings of an advertisement as plain text."""
    if not findings:
        return wording["ad_nothing"]
    lines: list[str] = []
    for sentence in dict.fromkeys(finding.sentence for finding in findings):
        lines += [*_wrapped(sentence), ""]
        for finding in findings:
            if finding.sentence == sentence:
                card = finding.card
                lines += _wrapped(f"[{card.verdict.words} · {card.certainty.words}] {card.title} ({card.id})", "    ")
        lines.append("")
    return "\n".join(lines).rstrip()


def _answer(answer: Answer, wording: Wording) -> Iterator[str]:
    for safety in answer.safety:
        yield f"!! {safety.title}"
        yield from _wrapped(safety.text, "   ")
        yield ""
    if answer.outcome == "nothing":
        yield from _wrapped(wording["nothing"])
    elif answer.outcome == "closest":
        yield from _wrapped(wording["closest"])
        for card in answer.cards:
            yield f"  - {card.title} ({card.id})"
    else:
        yield from _card(answer.cards[0], wording)
        for note in answer.notes:
            yield ""
            yield from _wrapped(wording[f"note_{note}"])
    yield ""
    yield from _wrapped(wording["promise"])
    yield wording["version_line"].format(version=answer.version)


def _card(card: Card, wording: Wording) -> Iterator[str]:
    yield card.title
    yield ""
    yield from _wrapped(f"{wording['verdict']}: {card.verdict.words}. {card.verdict.meaning}")
    yield from _wrapped(f"{wording['certainty']}: {card.certainty.words}. {card.certainty.meaning}")
    yield ""
    yield from _wrapped(card.in_short)
    if card.get_help:
        yield from ("", *_wrapped(f"{wording['get_help']}: {card.get_help}"))
    if card.number:
        yield from ("", wording["number"])
        for name in card.number.__slots__:
            yield from _wrapped(f"{wording[f'number_{name}']} {getattr(card.number, name)}", "  ")
    yield from ("", wording["known"])
    for passage in card.known:
        yield from _labelled(passage)
    yield from ("", wording["not_known"])
    for text in card.not_known:
        yield from _wrapped(f"- {text}", "  ")
    if card.claim:
        yield from ("", wording["claim"])
        yield from _passage(card.claim, wording)
    yield from ("", wording["passages"])
    for passage in card.passages:
        yield from _passage(passage, wording)
        yield ""
    if card.terms:
        yield wording["words_here"].format(count=len(card.terms))
        for term in card.terms:
            yield from _wrapped(f"{term.named}: {term.means}", "  ")
        yield ""
    yield from _wrapped(f"{card.review.reviewer or wording['not_reviewed']} {card.review.read}")
    yield from _wrapped(wording["dates"].format(on=card.review.on.isoformat(), next=card.review.next.isoformat()))


def _labelled(passage: Passage) -> list[str]:
    names = ", ".join(source.id for source in passage.sources)
    return _wrapped(f"[{passage.label.words}] {passage.text} ({names})", "  ")


def _passage(passage: Passage, wording: Wording) -> Iterator[str]:
    yield from _labelled(passage)
    if passage.treatment in ("another-kind", "another-treatment"):
        yield from _wrapped(wording[f"about_{passage.treatment.replace('-', '_')}"], "      ")
    for source in passage.sources:
        read = wording[f"read_{source.depth.replace('-', '_')}"]
        yield from _wrapped(f"{source.title}. {source.credit(wording['and_others'])}. {read}.", "      ")
        yield from _wrapped(source.url, "      ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
