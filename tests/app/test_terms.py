"""A term of the glossary is explained on each card where it stands, the same on every surface."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.export import export_site
from app.looked_up import looked_up
from app.render import Renderer
from index.answer import Explainer
from index.contract import card_json
from index.corpus import load_corpus
from index.plain_text import answer_text
from index.records import Answer, Card, Corpus, Term
from tests.app.tree import Element, parse
from tests.conftest import CORPUS

TODAY = date(2026, 2, 1)
BEFORE_A_SENTENCE = frozenset(".?!:;\"“'(\n")
WASH = "How is a felt hat washed?"
FELT = ("felt", "A cloth made by pressing wool.")


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """The real corpus, without an index."""
    return load_corpus(CORPUS)


def listed(page: Element) -> list[tuple[str, str]]:
    """The terms that a page explains, with their meanings."""
    [details] = page.find("details", "terms")
    return [(e.find("dt")[0].text, e.find("dd")[0].text) for e in details.find("dl")[0].find("div")]


def read(page: Element) -> str:
    """What a reader reads of a card on its page, in the order of the page, a line for each text."""
    lines = [
        " ".join(e.text.split())
        for e in page.find(cls="card")[0].all()
        if "card-title" in e.classes
        or "passage-text" in e.classes
        or (e.tag == "p" and (e.within("in-short") or e.within("get-help")))
        or (e.tag == "td" and e.within("anatomy"))
        or (e.tag == "li" and e.within("not-known"))
    ]
    return "\n".join(lines).replace("’", "'")


def standing(text: str, glossary: tuple[Term, ...]) -> list[str]:
    """Which terms stand in `text`, by first use: the long way, each form looked for by itself."""
    text, small_letters = f"\n{text}", text.casefold()
    spans = [
        (found.start(), found.end(), term.word)
        for term in glossary
        for form in (term.word, *term.also)
        if form.casefold() in small_letters
        for found in re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", text, re.IGNORECASE)
        if found[0] == form
        or (found[0] == form[0].upper() + form[1:] and text[: found.start()][-2:].rstrip(" ")[-1:] in BEFORE_A_SENTENCE)
    ]
    whole = [a for a in spans if not any(b[0] <= a[0] and a[1] <= b[1] and b[1] - b[0] > a[1] - a[0] for b in spans)]
    return list(dict.fromkeys(word for _, _, word in sorted(whole)))


def letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def pages(corpus: Corpus) -> Iterator[tuple[Card, Element]]:
    renderer = Renderer(corpus)
    for card in corpus.cards:
        yield card, parse(renderer.card(card, TODAY, version="1"))


def test_every_term_that_a_reader_meets_on_a_card_is_explained_there_in_order(corpus: Corpus) -> None:
    """Of the whole corpus: none is left out, none is listed that does not stand there, each with its meaning."""
    means = {term.word: term.means for term in corpus.glossary}
    for card, page in pages(corpus):
        words = standing(read(page), corpus.glossary)
        assert [term.word for term in card.terms] == words, card.id
        assert listed(page) == [(term.named, means[term.word]) for term in card.terms], card.id


def test_the_word_listed_is_one_that_a_reader_has_met(corpus: Corpus) -> None:
    """Where a card says "mA", the list does too."""
    for card, page in pages(corpus):
        text = letters(read(page))
        for term in card.terms:
            met = letters(term.here) or letters(term.word)[: max(3, len(letters(term.word)) - 2)]
            assert met in text, (card.id, term.word)


def test_the_list_is_closed_says_how_long_it_is_and_stands_before_the_passages(corpus: Corpus) -> None:
    """After the short answer and any call for help; nothing is pushed out of sight unasked."""
    for card, page in pages(corpus):
        [details] = page.find("details", "terms")
        [summary] = details.find("summary")
        assert "open" not in details.attributes
        assert summary.text == corpus.wording["en"]["words_here"].format(count=len(card.terms))
        order = [
            e for e in page.all() for cls in ("in-short", "get-help", "terms", "ladder", "more") if cls in e.classes
        ]
        assert order[2 if card.get_help else 1] is details


def test_a_card_without_terms_has_no_list(small: Explainer, renderer: Renderer) -> None:
    """An empty one would promise something."""
    card = small.card("warm-ears")
    assert card
    assert card.terms == ()
    answer = Answer(question="", outcome="answered", safety=(), cards=(card,), notes=(), version="1")
    assert parse(renderer.card(card, TODAY, version="1")).find(cls="terms") == []
    assert renderer.wording["words_here"].format(count=0) not in answer_text(answer, renderer.wording)
    assert card_json(card, passages=True)["terms"] == []


def test_every_door_gives_the_same_list(
    small: Explainer, renderer: Renderer, client: TestClient, tmp_path: Path
) -> None:
    """The page, the pages without a script, the frame, the files, the terminal, the JSON and the tool."""
    answer = small.ask(WASH)
    [card] = [card for card in small.corpus.cards if card.title == WASH]
    export_site(small, tmp_path)
    html = {
        "page": renderer.answer(answer, TODAY),
        "card": client.get("/c/washing").text,
        "ask": client.post("/ask", data={"question": WASH}).text,
        "frame": client.post("/embed/warm-ears", data={"question": WASH}).text,
        "files": (tmp_path / "washing.html").read_text(encoding="utf-8"),
    }
    for name, found in html.items():
        assert listed(parse(found.removeprefix("<!doctype html>"))) == [FELT], name
    data = [
        client.get("/api/cards/washing").json(),
        client.get("/api/ask", params={"q": WASH}).json()["cards"][0],
        looked_up(answer, renderer)["cards"][0],
    ]
    for found in data:
        assert found["terms"] == [{"word": "felt", "here": "", "means": FELT[1]}]
    lines = answer_text(answer, renderer.wording).splitlines()
    place = lines.index(renderer.wording["words_here"].format(count=1))
    assert lines[place + 1 : place + 3] == [f"  {FELT[0]}: {FELT[1]}", ""]
    assert json.loads(json.dumps(card_json(card, passages=True)))["terms"] == data[0]["terms"]


def test_a_list_in_another_language_is_headed_in_it(small: Explainer) -> None:
    """The words and their meanings stay as they stand in the card."""
    card = small.card("washing")
    assert card
    page = parse(Renderer(small.corpus, "es").card(card, TODAY, version="1"))
    [summary] = page.find("details", "terms")[0].find("summary")
    assert summary.text == small.corpus.wording["es"]["words_here"].format(count=1)
    assert listed(page) == [FELT]
