"""The pages in a frame: what they show, to whom they speak, and what they make of any question."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from app.render import Renderer
from app.render.languages import Renderers
from app.sites import Sites
from app.theme import theme_css
from index.answer import Explainer
from index.records import MAX_QUESTION
from tests.app.clinic import our_app, sites_of
from tests.app.test_render import HOSTILE
from tests.app.tree import Element, parse

ORIGIN = "https://clinic.example"
SLEEP = "Does a quiet hat raise sleep by 300%?"
URGENT = "the hat is choking me, cannot breathe"
FORM = {"content-type": "application/x-www-form-urlencoded"}
# A site's file takes no name with a character that nobody sees.
NAMES = [text for text in HOSTILE if "\u202e" not in text]


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    """Sites of one clinic."""
    return sites_of(tmp_path / "sites.yaml", ORIGIN)


@pytest.fixture
def client(small: Explainer, sites: Sites) -> TestClient:
    """A client of the pages; a failure is a response, as it is to a reader."""
    return TestClient(our_app(small, sites), raise_server_exceptions=False)


def tree(html: str) -> Element:
    return parse(html.removeprefix("<!doctype html>"))


def page(client: TestClient, site: str = "polar", question: str | None = None) -> Element:
    path = f"/embed/{site}"
    response = client.get(path) if question is None else client.post(path, data={"question": question})
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    return tree(response.text)


def shown(answer: Element) -> list[tuple[str, object]]:
    """Return what stands in an answer in its order: texts, pictures, and where links lead, but not into which tab."""
    found: list[tuple[str, object]] = []
    for element in answer.all():
        kept = {k: v for k, v in element.attributes.items() if k not in ("target", "rel")}
        own = [part for part in element.holds if isinstance(part, str)]
        found.append((element.tag, (sorted(kept.items()), own)))
    return found


def test_every_golden_question_gets_the_same_answer_as_on_the_main_page(
    small: Explainer, renderer: Renderer, client: TestClient
) -> None:
    """The same cards, passages, labels, sources and links, in the same order; what answers it is not a second template."""
    questions = [question.text for question in small.corpus.questions]
    assert {small.ask(question).outcome for question in questions} >= {"answered", "nothing"}
    for question in questions:
        (framed,) = page(client, question=question).find(cls="answer")
        (main,) = parse(renderer.answer(small.ask(question), date.today())).find(cls="answer")
        assert shown(framed) == shown(main), question


@pytest.mark.parametrize("question", [None, SLEEP, URGENT, "capital of spain", ""])
def test_who_shows_it_and_what_they_sell_is_on_every_page(
    small: Explainer, client: TestClient, question: str | None
) -> None:
    """With the promise, that it is no advice, that nothing is kept, and the way to the full page."""
    say = small.corpus.wording["en"]
    found = page(client, question=question)
    assert [p.text for p in found.find(cls="interest")] == ["Polar Spa sells microcurrent treatments."]
    foot = found.find("footer", "site-foot")[0].text
    for sentence in (say["embed_on"].format(name="Polar Spa"), *(say[k] for k in ("embed_independent", "promise"))):
        assert sentence in foot
    assert say["not_advice"] in foot
    assert say["private"] in foot
    assert [(a.text, a.attributes["href"]) for a in found.find("footer")[-1].find("a")] == [
        (say["embed_open_page"], "/")
    ]


def test_it_works_without_script(small: Explainer, client: TestClient) -> None:
    """A form that posts to the page itself, examples that are buttons of a form, and the answer above the box."""
    found = page(client, question=SLEEP)
    asking, examples = found.find("form")
    for form in (asking, examples):
        assert form.attributes["method"] == "post"
        assert "action" not in form.attributes
    assert [t.attributes["name"] for t in asking.find("textarea")] == ["question"]
    assert [label.attributes["for"] for label in asking.find("label")] == [asking.find("textarea")[0].attributes["id"]]
    buttons = [(b.attributes["type"], b.attributes["name"], b.attributes["value"]) for b in examples.find("button")]
    assert buttons == [("submit", "question", card.title) for card in small.corpus.cards if card.id == "sleep-300"]
    order = [e for e in found.all() if e.tag == "form" or "answer" in e.classes]
    assert [e.tag for e in order] == ["section", "form", "form"]
    assert order[0].find("q")[0].text == SLEEP


@pytest.mark.parametrize("site", ["polar", "plum", "shut", "nobody"])
def test_nothing_runs_inline_and_every_file_is_there(client: TestClient, site: str) -> None:
    """No script or style stands in the page; what it links to is served."""
    found = page(client, site)
    assert found.find("style") == []
    assert [s.text for s in found.find("script")] == ["", ""]
    assert [k for e in found.all() for k in e.attributes if k == "style" or k.startswith("on")] == []
    files = [str(e.attributes["src"]) for e in found.find("script")]
    files += [str(e.attributes["href"]).replace("plum/", "/embed/plum/") for e in found.find("link")]
    assert {file: client.get(file).status_code for file in files} == dict.fromkeys(files, 200)
    assert len(files) == (6 if site == "plum" else 5)


@pytest.mark.parametrize("question", [None, SLEEP, URGENT, "are scarves any good", "capital of spain"])
def test_every_link_leaves_the_frame(client: TestClient, question: str | None) -> None:
    """A card needs more room than a frame has, and a telephone number more than its policy allows."""
    links = page(client, question=question).find("a")
    assert links
    assert {(a.attributes["target"], a.attributes["rel"]) for a in links} == {("_blank", "noopener noreferrer")}


def test_links_of_the_main_page_stay_as_they_were(renderer: Renderer, small: Explainer) -> None:
    """Only in a frame do they open a tab."""
    assert "target=" not in "".join(renderer.answer(small.ask(question), date.today()) for question in (SLEEP, URGENT))


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_site_is_shown_as_text(small: Explainer, tmp_path: Path, name: str) -> None:
    """Whatever it is, the page has the elements of a page."""
    file = tmp_path / "hostile.yaml"
    sites = {
        id: {"name": text, "origins": [ORIGIN], "interest": "none"}
        for id, text in {"plain": "A", "hostile": name}.items()
    }
    file.write_text(json.dumps(sites), encoding="utf-8")
    client = TestClient(our_app(small, Sites(file, ("en",))))
    found, plain = page(client, "hostile"), page(client, "plain")
    assert [(e.tag, e.attributes) for e in found.all()] == [(e.tag, e.attributes) for e in plain.all()]
    say = small.corpus.wording["en"]["interest_none"]
    assert [p.text for p in found.find(cls="interest")] == [say.format(name=name)]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_question_is_shown_as_text(small: Explainer, client: TestClient, text: str) -> None:
    """Once, in the answer; it is not written into the box, nor anywhere else."""
    found = page(client, question=text)
    asked = small.ask(text).question
    assert [q.text for q in found.find("q")] == [" ".join(asked.split())]
    assert [t.text for t in found.find("textarea")] == [""]
    assert found.find("script", "")[2:] == []


@pytest.mark.parametrize(("site", "status", "key"), [("nobody", 404, "embed_unknown"), ("shut", 503, "embed_paused")])
def test_a_site_that_is_not_open_is_told_so(
    small: Explainer, client: TestClient, site: str, status: int, key: str
) -> None:
    """To a reader and to one who asks alike; there is no box."""
    for response in (client.get(f"/embed/{site}"), client.post(f"/embed/{site}", data={"question": SLEEP})):
        assert response.status_code == status
        found = tree(response.text)
        assert [p.text for p in found.find(cls="notice")] == [small.corpus.wording["en"][key]]
        assert found.find("form") == found.find(cls="answer") == []


@pytest.mark.parametrize("site", ["polar", "plum", "shut", "elsewhere", "nobody"])
def test_the_page_knows_which_origins_may_speak_with_it(client: TestClient, sites: Sites, site: str) -> None:
    """Those that the site lists, and none for a site that nobody set up."""
    found = page(client, site).find("html")[0].attributes["data-origins"]
    known = sites.get(site)
    assert (found or "").split() == list(known.origins if known else ())


@pytest.mark.parametrize(
    ("question", "status", "key"),
    [("", 400, "error_empty"), ("?!", 400, "error_empty"), ("a" * 2_001, 413, "error_long")],
)
def test_a_question_that_is_refused_gets_a_sentence(
    small: Explainer, client: TestClient, question: str, status: int, key: str
) -> None:
    """In the status and in words, with the box below it."""
    response = client.post("/embed/polar", data={"question": question})
    found = tree(response.text)
    assert response.status_code == status
    say = small.corpus.wording["en"][key].format(limit=f"{MAX_QUESTION:,}")
    assert [p.text for p in found.find(cls="error")] == [say]
    assert len(found.find("textarea")) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"question",
        b"other=hat",
        b"question=hat&other=1",
        b"&".join(b"question=%d" % n for n in range(2_000)),
        b"question=%FF%FE",
        b"question=\xff\xfe hat",
        b"question=%ED%A0%80",
        b'{"question": "hat"}',
        b'--x\r\nContent-Disposition: form-data; name="question"\r\n\r\nhat\r\n--x--\r\n',
        b"\x00" * 100,
    ],
)
def test_a_body_that_no_form_of_ours_sends_gets_a_sentence(small: Explainer, client: TestClient, body: bytes) -> None:
    """It says to ask again; nothing fails."""
    response = client.post("/embed/polar", content=body, headers=FORM)
    assert response.status_code == 400
    found = tree(response.text)
    assert [p.text for p in found.find(cls="error")] == [small.corpus.wording["en"]["error_request"]]


@pytest.mark.parametrize("question", ["ears ☃ 😀", "ears\r\nand\x00hats", "a+b c&d=e%20f;g", "ears\ue000"])
def test_a_question_in_any_characters_arrives_whole(small: Explainer, client: TestClient, question: str) -> None:
    """What was typed is what was asked."""
    response = client.post("/embed/polar", content=urlencode({"question": question}), headers=FORM)
    assert [q.text for q in tree(response.text).find("q")] == [" ".join(small.ask(question).question.split())]


def test_a_theme_is_a_style_sheet_of_its_own(client: TestClient, sites: Sites) -> None:
    """Where a site has one; it comes after the tokens that it changes."""
    site = sites.get("plum")
    assert site
    assert site.theme
    response = client.get("/embed/plum/theme.css")
    assert response.text == theme_css(site.theme)
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    links = [link.attributes["href"] for link in page(client, "plum").find("link")]
    assert links[-1] == "plum/theme.css"
    assert {site: client.get(f"/embed/{site}/theme.css").status_code for site in ("polar", "nobody")} == {
        "polar": 404,
        "nobody": 404,
    }


def test_the_words_are_in_the_language_of_the_site(small: Explainer, client: TestClient) -> None:
    """The cards stay in the language that they are written in, and the page says so."""
    found = page(client, "plum", SLEEP)
    say = small.corpus.wording["es"]
    assert found.find("html")[0].attributes["lang"] == "es"
    assert found.find("label")[0].text == say["ask_label"]
    assert found.find(cls="interest")[0].text == say["interest_sells_both"].format(name="Plum & Daughters")
    assert found.find("article", "card")[0].attributes["lang"] == "en"
    assert say["in_english"] in found.find("article", "card")[0].text


def test_there_is_one_renderer_for_each_language_of_the_wording(small: Explainer) -> None:
    """A language without wording makes no more of them."""
    renderers = Renderers(small.corpus, "es")
    assert renderers.get("en") is renderers.get("en")
    assert renderers.get("en").language == "en"
    assert {renderers.get(tag) for tag in ("xx", "", "../en", "es")} == {renderers.get("es")}


def test_a_failure_is_a_sentence_and_says_nothing_of_itself(small: Explainer, sites: Sites) -> None:
    """Neither the question nor the insides of the server."""

    class Failing:
        def __init__(self) -> None:
            self.corpus, self.version, self.card = small.corpus, small.version, small.card

        def ask(self, question: str) -> Any:
            raise RuntimeError(f"cannot work on {question!r}")

    response = TestClient(our_app(cast(Explainer, Failing()), sites)).post(
        "/embed/polar", data={"question": "xylophone"}
    )
    assert response.status_code == 500
    assert [p.text for p in tree(response.text).find(cls="error")] == [small.corpus.wording["en"]["error_failed"]]
    assert not re.search("xylophone|cannot work|Traceback", response.text)
