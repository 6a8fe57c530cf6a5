"""What a reader sees: labels, sources, order, and nothing but the corpus's own sentences."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeVar

import pytest

import app.render
from app.render import Renderer
from index.answer import Explainer
from index.records import Answer, Card, Passage
from tests.app.tree import Element, parse

TODAY = date(2026, 2, 1)
TEMPLATES = sorted((Path(app.render.__file__).parent / "templates").glob("*.html"))
SLEEP = "Does a quiet hat raise sleep by 300%?"
HOSTILE = [
    "<script>alert(1)</script>",
    "</q></p></section><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "[here](javascript:alert(1)) and ![there](https://elsewhere.example/a.png)",
    "javascript:alert(1)",
    "{{ 7 * 7 }} {% raw %}",
    "&lt;b&gt; &amp;",
    "\u202etxet desrever",
]
# Keys and names of choices, which are no text and which the check holds to closed lists.
KEYS = frozenset(
    {"id", "tag", "icon", "kind", "depth", "retraction", "treatment", "body", "bearing", "related", "figure"}
)
T = TypeVar("T")


def said_everywhere(thing: T, text: str) -> T:
    """Return a record with `text` for every text in it."""
    if isinstance(thing, str):
        return text  # type: ignore[return-value]
    if isinstance(thing, tuple):
        return tuple(said_everywhere(part, text) for part in thing)  # type: ignore[return-value]
    if dataclasses.is_dataclass(thing):
        parts = {f.name: getattr(thing, f.name) for f in dataclasses.fields(thing) if f.name not in KEYS}
        return dataclasses.replace(thing, **{name: said_everywhere(part, text) for name, part in parts.items()})
    return thing


def markup(tree: Element) -> list[tuple[str, dict[str, str | None]]]:
    """Return every element with its attributes, but for a description, which is text, and where a source's link leads."""
    return [
        (e.tag, {} if of_source(e) or e.attributes.get("name") == "description" else e.attributes) for e in tree.all()
    ]


def of_source(element: Element) -> bool:
    return element.tag == "a" and element.parent is not None and "source" in element.parent.classes


def asked(small: Explainer, renderer: Renderer, question: str) -> Element:
    return parse(renderer.answer(small.ask(question), TODAY))


def passages(card: Card) -> Iterable[Passage]:
    return (*card.known, *((card.claim,) if card.claim else ()), *card.passages)


@pytest.mark.parametrize("id", ["sleep-300", "warm-ears", "washing"])
def test_every_passage_shows_its_label_in_words_and_links_its_sources(
    small: Explainer, renderer: Renderer, id: str
) -> None:
    """A passage, its label and its sources stand together in one item."""
    card = small.card(id)
    assert card
    items = asked(small, renderer, card.title).find(cls="passage")
    shown = [
        (
            item.find(cls="passage-text")[0].text,
            item.find("summary")[0].text.strip(),
            item.find(cls="label-promise")[0].text,
            [p.find("a")[0].attributes["href"] for p in item.find(cls="source")],
        )
        for item in items
    ]
    assert shown == [(p.text, p.label.words, p.label.promise, [s.url for s in p.sources]) for p in passages(card)]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_question_is_shown_as_text(small: Explainer, renderer: Renderer, text: str) -> None:
    """Whatever a question holds, the page has the same elements as for a plain one."""
    answer = small.ask(SLEEP)
    plain = parse(renderer.answer(answer, TODAY))
    tree = parse(renderer.answer(dataclasses.replace(answer, question=text), TODAY))
    assert tree.find("q")[0].text == text
    assert markup(tree) == markup(plain)


def test_a_question_loses_its_direction_marks(small: Explainer, renderer: Renderer) -> None:
    """A right-to-left override in a question does not reach the page."""
    assert asked(small, renderer, "does it \u202etriple\u2066 sleep").find("q")[0].text == "does it triple sleep"


@pytest.mark.parametrize("text", HOSTILE)
def test_the_texts_of_a_card_are_shown_as_text(small: Explainer, renderer: Renderer, text: str) -> None:
    """Whatever the corpus says, the page has the same elements as for plain words, and shows it."""
    card = small.card("sleep-300")
    assert card
    plain, tree = (
        parse(renderer.card_page(said_everywhere(card, said), TODAY, version="1").removeprefix("<!doctype html>"))
        for said in ("https://plain.example", text)
    )
    assert [e for e in tree.find("a") if of_source(e)] == []
    assert [e for e in markup(tree) if e[0] != "a"] == [e for e in markup(plain) if e[0] != "a"]
    for cls in ("card-title", "passage-text", "label-promise"):
        assert {e.text for e in tree.find(cls=cls)} == {text}


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//elsewhere.example"]
)
def test_a_source_links_to_web_addresses_only(small: Explainer, renderer: Renderer, address: str) -> None:
    """Any other address is shown beside the title as text."""
    card = small.card("washing")
    assert card
    source = dataclasses.replace(card.passages[0].sources[0], url=address)
    passage = dataclasses.replace(card.passages[0], sources=(source,))
    tree = parse(renderer.card(dataclasses.replace(card, known=(), passages=(passage,)), TODAY, version="1"))
    [line] = tree.find(cls="source")
    assert line.find("a") == []
    assert source.title in line.text
    assert address in line.text


@pytest.mark.parametrize("end", ["\n", "\n\n", "\r", "\r\n\r\n", "\u2028", "\x0b"])
def test_the_html_of_an_answer_is_one_line(small: Explainer, renderer: Renderer, end: str) -> None:
    """Without a line break Markdown leaves the HTML alone."""
    answer = small.ask(SLEEP)
    card = said_everywhere(answer.cards[0], f"one{end}# two{end}[three](https://plain.example)")
    html = renderer.answer(dataclasses.replace(answer, cards=(card,)), TODAY)
    assert html.splitlines() == [html]
    assert html.startswith("<section ")


def test_the_closest_cards_are_titles_only(small: Explainer, renderer: Renderer) -> None:
    """A card that is near is linked by its title; nothing of it poses as an answer."""
    answer = dataclasses.replace(small.ask(SLEEP), outcome="closest")
    tree = parse(renderer.answer(answer, TODAY))
    [closest] = tree.find(cls="closest")
    assert [(a.text, a.attributes["href"]) for a in closest.find("a")] == [
        (c.title, f"/c/{c.id}") for c in answer.cards
    ]
    for card in answer.cards:
        for text in (card.in_short, card.verdict.words, *(p.text for p in passages(card))):
            assert text not in tree.text


def test_a_safety_card_comes_before_the_answer(small: Explainer, renderer: Renderer) -> None:
    """Whoever cannot breathe reads what to do first, with numbers that a phone can call."""
    urgent = small.ask("the hat is choking me, cannot breathe")
    answer: Answer = dataclasses.replace(urgent, outcome="answered", cards=small.ask(SLEEP).cards)
    tree = parse(renderer.answer(answer, TODAY))
    order = [cls for e in tree.all() for cls in ("safety", "card") if cls in e.classes]
    assert order == ["safety", "card"]
    [safety] = tree.find(cls="safety-urgent")
    assert safety.find("p")[0].text == urgent.safety[0].text
    assert [(a.text, a.attributes["href"]) for a in safety.find("a")] == [
        (n, f"tel:{n}") for n in ("112", "911", "999")
    ]


def test_a_sellers_claim_stands_only_in_its_box_and_after_the_verdict(small: Explainer, renderer: Renderer) -> None:
    """The box says in its heading that this is the claim."""
    card = small.card("sleep-300")
    assert card
    assert card.claim
    tree = asked(small, renderer, SLEEP)
    [claim] = [
        e for e in tree.all() if card.claim.text in e.text and not any(card.claim.text in i.text for i in e.all())
    ]
    assert claim.within("claim")
    assert tree.text.count(card.claim.text) == 1
    [box] = tree.find(cls="claim")
    assert box.find("h3")[0].text == renderer.wording["claim"]
    elements = list(tree.all())
    assert elements.index(box) > elements.index(tree.find(cls="verdict")[0])


@pytest.mark.parametrize(("day", "due"), [(date(2026, 7, 4), False), (date(2026, 7, 5), True)])
def test_a_card_says_by_itself_that_its_review_is_due(
    small: Explainer, renderer: Renderer, day: date, due: bool
) -> None:
    """The day of the next review needs no rebuild."""
    tree = parse(renderer.answer(small.ask(SLEEP), day))
    assert [e.text for e in tree.find(cls="due")] == [renderer.wording["due"]] * due


def test_a_card_without_a_reviewer_says_so(small: Explainer, renderer: Renderer) -> None:
    """Nobody is led to think that a clinician has read it."""
    [foot] = asked(small, renderer, SLEEP).find(cls="card-foot")
    assert renderer.wording["not_reviewed"] in foot.text


class _Literals(HTMLParser):
    """Collects the texts that a template itself holds, those in attributes that are read out included."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            v or "" for k, v in attrs if k in ("alt", "title", "placeholder", "label") or k.startswith("aria-")
        ]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_sentence_stands_in_a_template(template: Path) -> None:
    """Every word of a page comes from the corpus."""
    html = re.sub(r"(?<=<)\{\{.*?\}\}|(?<=</)\{\{.*?\}\}", "h2", template.read_text())  # a tag chosen by the page
    html = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", "", html, flags=re.DOTALL)
    literals = _Literals()
    literals.feed(html)
    literals.close()
    assert [text for text in literals.found if re.search(r"\w", text)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_the_page_is_one_of_the_wording(template: Path) -> None:
    """A key such as `copy` is also something a mapping can do, which would be shown instead of the word."""
    keys = set(re.findall(r"\bw\.(\w+)", template.read_text()))
    assert {key for key in keys if hasattr({}, key)} == set()
