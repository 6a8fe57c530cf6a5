"""The light pages: every card as a page that needs no script."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

from index.answer import Explainer
from tests.app.tree import Element, parse

IDS = ["sleep-300", "warm-ears", "washing"]


def page(client: TestClient, path: str) -> Element:
    response = client.get(path)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return parse(response.text.removeprefix("<!doctype html>"))


def test_the_list_shows_every_card_with_its_verdict_in_words(small: Explainer, client: TestClient) -> None:
    """Claims first, then topics, each with how sure anyone can be."""
    items = page(client, "/c").find(cls="card-list")
    shown = [
        (a.attributes["href"], a.text, *(li.find(cls=c)[0].text.strip() for c in ("verdict", "certainty")))
        for ul in items
        for li in ul.find("li")
        for a in li.find("a")
    ]
    assert shown == [(f"/c/{c.id}", c.title, c.verdict.words, c.certainty.words) for c in small.corpus.cards]


@pytest.mark.parametrize("id", IDS)
def test_a_card_is_a_page(small: Explainer, client: TestClient, id: str) -> None:
    """Its title is the heading, its verdict is in words, and all of it is open to reading."""
    card = small.card(id)
    assert card
    tree = page(client, f"/c/{id}")
    assert [h.text for h in tree.find("h1")] == [card.title] == [t.text for t in tree.find("title")]
    assert card.verdict.words in tree.find(cls="verdict")[0].text
    assert [p.text for p in tree.find(cls="in-short")[0].find("p")] == [card.in_short]
    assert "open" in tree.find("details", "more")[0].attributes
    assert [p.text for p in tree.find(cls="evidence")[0].find(cls="passage-text")] == [p.text for p in card.passages]


@pytest.mark.parametrize("path", ["/c", "/check", "/ask", *(f"/c/{id}" for id in IDS), "/c/nope"])
def test_a_light_page_works_without_script(client: TestClient, path: str) -> None:
    """All it says stands in its HTML; it runs nothing inline, and a script may only be a file of ours that adds to it."""
    tree = page(client, path)
    assert tree.find("style") == tree.find("iframe") == []
    for script in tree.find("script"):
        if script.attributes.get("type") == "application/ld+json":
            assert json.loads(script.text)["@context"] == "https://schema.org"
        else:
            assert (str(script.attributes["src"]).startswith("/site/"), script.text) == (True, "")
    assert [h.text.strip() for h in tree.find("main")[0].find("h1")] != [""]
    assert [k for e in tree.all() for k in e.attributes if k == "style" or k.startswith("on")] == []
    files = {
        e.attributes[k] for e in tree.all() for k in ("src", "href") if k in e.attributes and e.tag in ("img", "link")
    }
    assert "/site/page.css" in files
    assert {file: client.get(str(file)).status_code for file in files} == dict.fromkeys(files, 200)


@pytest.mark.parametrize("path", ["/c", "/check", "/ask", *(f"/c/{id}" for id in IDS)])
def test_no_link_of_ours_is_dead(client: TestClient, path: str) -> None:
    """Every link within the site leads to a page."""
    links = {str(a.attributes["href"]) for a in page(client, path).find("a")}
    inside = {link for link in links if link.startswith("/")}
    assert {link: client.get(link).status_code for link in inside} == dict.fromkeys(inside, 200)
    assert {link for link in links - inside if not link.startswith("https://")} == set()


def test_an_unknown_card_is_404_and_a_page(small: Explainer, client: TestClient) -> None:
    """It says where to look, with the way there."""
    assert client.get("/c/nope").status_code == 404
    tree = page(client, "/c/nope")
    assert tree.find("main")[0].text == small.corpus.wording["en"]["error_no_card"]
    assert "/c" in [a.attributes["href"] for a in tree.find("a")]


@pytest.mark.parametrize(
    "text", ["</textarea><script>alert(1)</script> Sleep up to 300% longer.", "<b>Sleep</b> up to 300% longer."]
)
def test_a_pasted_advertisement_is_shown_as_text_with_the_verdict_beside_its_claim(
    small: Explainer, client: TestClient, text: str
) -> None:
    """The page has the elements of a page, whatever was pasted, and says what was found."""
    response = client.post("/check", data={"text": text})
    tree = parse(response.text.removeprefix("<!doctype html>"))
    assert tree.find("textarea")[0].text.strip() == text
    assert tree.find("b") == []
    assert [s.text for s in tree.find("script")] == [""]
    assert [m.text in text for m in tree.find("mark")] == [True]
    assert small.corpus.cards[0].verdict.words in tree.find(cls="span-verdicts")[0].text


@pytest.mark.parametrize(("text", "status", "key"), [("", 400, "error_empty"), ("a" * 20_001, 413, "error_text_long")])
def test_a_pasted_text_that_cannot_be_checked_is_told_why(
    small: Explainer, client: TestClient, text: str, status: int, key: str
) -> None:
    """The page says what to do, in the status and in words."""
    response = client.post("/check", data={"text": text})
    tree = parse(response.text.removeprefix("<!doctype html>"))
    assert response.status_code == status
    assert [e.text for e in tree.find(cls="error")] == [small.corpus.wording["en"][key].format(limit="20,000")]


def test_a_question_is_answered_without_a_script(small: Explainer, client: TestClient) -> None:
    """The form of the page sends it, and the answer stands on the page that comes back."""
    response = client.post("/ask", data={"question": "does it warm the ears"})
    tree = parse(response.text.removeprefix("<!doctype html>"))
    assert [h.text for h in tree.find("h2", "card-title")] == [small.ask("does it warm the ears").cards[0].title]
    assert [(f.attributes["method"], f.attributes["action"]) for f in tree.find("form")] == [("post", "/ask")]


@pytest.mark.parametrize(("question", "key", "status"), [("", "error_empty", 400), ("a" * 2001, "error_long", 413)])
def test_a_question_that_cannot_be_answered_gets_a_plain_sentence(
    small: Explainer, client: TestClient, question: str, key: str, status: int
) -> None:
    """It says what is wrong, and the form stands below it."""
    response = client.post("/ask", data={"question": question})
    tree = parse(response.text.removeprefix("<!doctype html>"))
    assert response.status_code == status
    assert [p.text for p in tree.find("p", "error")] == [small.corpus.wording["en"][key].format(limit="2,000")]
    assert len(tree.find("textarea")) == 1
