"""The page, the terminal, the JSON and the card page say the same sentences."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from starlette.testclient import TestClient

from app.render import Renderer
from index.answer import Explainer
from index.contract import answer_json
from index.plain_text import answer_text
from index.records import Answer, Card, GoldenQuestion
from tests.app.conftest import site_of

pytestmark = pytest.mark.model
NEW_TAB = re.compile(r' target="_blank"| rel="[^"]*"')  # links out of a frame open one


def plain(text: str) -> str:
    """Return text without tags, entities and line breaks."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def sentences(card: Card) -> list[str]:
    """Return every text of a card that a reader is shown, labels included."""
    shown = [card.title, card.verdict.words, card.certainty.words, card.in_short, *card.not_known]
    for passage in (*card.known, *card.passages, *((card.claim,) if card.claim else ())):
        shown += [passage.text, passage.label.words]
    return [" ".join(text.split()) for text in shown]


def in_json(found: object) -> set[str]:
    """Return every string of a JSON value."""
    if isinstance(found, str):
        return {" ".join(found.split())}
    if isinstance(found, dict):
        found = list(found.values())
    return set().union(*map(in_json, found)) if isinstance(found, list) else set()


def test_every_golden_question_gets_the_same_sentences_on_every_surface(real: Explainer) -> None:
    """No surface leaves a sentence or a label out, or words one differently."""
    renderer = Renderer(real.corpus)
    today = date.today()
    answers: list[tuple[GoldenQuestion, Answer]] = [(q, real.ask(q.text)) for q in real.corpus.questions]
    answered = [answer for _, answer in answers if answer.outcome == "answered"]
    assert len(answered) > 200
    for answer in answered:
        wanted = sentences(answer.cards[0])
        page = plain(renderer.answer(answer, today))
        terminal = " ".join(answer_text(answer, real.corpus.wording["en"]).split())
        data = in_json(answer_json(answer))
        alone = plain(renderer.card_page(answer.cards[0], today, version=answer.version))
        for sentence in wanted:
            assert sentence in page, (answer.question, sentence)
            assert sentence in terminal, (answer.question, sentence)
            assert sentence in data, (answer.question, sentence)
            assert sentence in alone, (answer.question, sentence)


def test_every_golden_question_gets_the_same_in_a_frame_as_on_the_main_page(real: Explainer) -> None:
    """The same cards, passages, labels, sources and links, in the same order, through the whole site."""
    renderer = Renderer(real.corpus)
    client = TestClient(site_of(real))
    for question in real.corpus.questions:
        if not any(character.isalnum() for character in question.text):
            continue  # both say that it is empty
        main = renderer.answer(real.ask(question.text), date.today())
        response = client.post("/embed/warm-ears", data={"question": question.text})
        assert f'<div id="answer">{NEW_TAB.sub("", main)}</div>' in NEW_TAB.sub("", response.text), question.text
