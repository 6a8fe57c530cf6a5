"""The public contract over HTTP."""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.gate import PREDICT
from index.answer import Explainer
from index.contract import answer_json, card_json, findings_json
from tests.app.conftest import SETTINGS, site_of

SLEEP = "Does a quiet hat raise sleep by 300%?"
ADVERT = "Sleep up to three times as long with the quiet hat. Order today."
SECRET = "xylophone"


class Instead:
    """The small corpus with other work in place of asking and checking."""

    def __init__(self, explainer: Explainer, work: Callable[[str], Any]) -> None:
        self.corpus = explainer.corpus
        self.version = explainer.version
        self.card = explainer.card
        self.read = explainer.read
        self.tokens = explainer.tokens
        self.answers = lambda together: [work(asked.shown) for asked in together]
        self.check_text = work


def client_of(explainer: Any, **changed: Any) -> TestClient:
    return TestClient(site_of(explainer, dataclasses.replace(SETTINGS, **changed)), raise_server_exceptions=False)


def fail(text: str) -> Any:
    raise RuntimeError(f"cannot work on {text!r}")


@pytest.mark.parametrize(
    "question",
    [
        SLEEP,
        "capital of spain",
        "the hat is choking me, cannot breathe",
        "<b>warm ears</b> 50% & more?",
        "ears ☃ \u202e",
    ],
)
def test_an_answer_over_http_is_the_contract(small: Explainer, client: TestClient, question: str) -> None:
    """The route adds nothing and leaves nothing out."""
    response = client.get("/api/ask", params={"q": question})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == answer_json(small.ask(question))


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?q=%3F!", "?question=hat"])
def test_an_empty_question_is_400_with_a_plain_sentence(client: TestClient, query: str) -> None:
    """It says what to do."""
    response = client.get(f"/api/ask{query}")
    assert (response.status_code, response.json()) == (400, {"error": "Please type a question first, in words."})


def test_a_question_may_have_2000_characters(client: TestClient) -> None:
    """One more is 413, with the limit in words."""
    assert client.get("/api/ask", params={"q": "a" * 2_000}).status_code == 200
    response = client.get("/api/ask", params={"q": "a" * 2_001})
    assert response.status_code == 413
    assert response.json() == {"error": "That is too long. A question may have up to 2,000 characters."}


def test_a_pasted_text_is_checked(small: Explainer, client: TestClient) -> None:
    """Each sentence that makes a claim comes back with the claim's card."""
    response = client.post("/api/check", json={"text": ADVERT})
    assert response.json() == findings_json(small.check_text(ADVERT))
    [finding] = response.json()["findings"]
    assert (finding["sentence"], finding["card"]) == (
        "Sleep up to three times as long with the quiet hat.",
        "sleep-300",
    )


def test_a_pasted_text_may_have_20000_characters(client: TestClient) -> None:
    """One more is 413, and none at all is 400, in words."""
    assert client.post("/api/check", json={"text": "☃ hat " * 3_333}).status_code == 200
    long, empty = (
        client.post("/api/check", json={"text": "a" * 20_001}),
        client.post("/api/check", json={"text": " \n"}),
    )
    assert (long.status_code, long.json()["error"]) == (
        413,
        "That is too long. A text may have up to 20,000 characters.",
    )
    assert (empty.status_code, empty.json()["error"]) == (400, "Please type a question first, in words.")


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", '"hat"', "null", "{}", '{"text": 1}', '{"text": ["xylophone"]}', '{"text": "a", "b": "xylophone"}'],
)
def test_a_body_of_another_form_is_422_without_internals(client: TestClient, body: str) -> None:
    """One line says what a body must be; nothing of the body or of the server comes back."""
    response = client.post("/api/check", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()) == (422, {"error": 'the body must be {"text": "…"}'})


def test_the_list_of_cards_holds_them_all(small: Explainer, client: TestClient) -> None:
    """Each with its verdict and certainty, none with its passages."""
    found = client.get("/api/cards").json()
    assert found == {"version": small.version, "cards": [card_json(c, passages=False) for c in small.corpus.cards]}
    assert [card["id"] for card in found["cards"]] == ["sleep-300", "warm-ears", "washing"]


def test_a_card_comes_with_all_its_passages(small: Explainer, client: TestClient) -> None:
    """Every passage carries its label in words and its sources' addresses."""
    found = client.get("/api/cards/sleep-300").json()
    card = small.card("sleep-300")
    assert card
    assert found == {"version": small.version, **card_json(card, passages=True)}
    for passage in (*found["passages"], *found["known"], found["claim"]):
        assert passage["label"]["words"]
        assert [source["url"] for source in passage["sources"]]


def test_an_unknown_card_is_404_with_a_plain_sentence(small: Explainer, client: TestClient) -> None:
    """It says where to look."""
    response = client.get("/api/cards/nope")
    assert (response.status_code, response.json()) == (404, {"error": small.corpus.wording["en"]["error_no_card"]})


def test_health_says_the_corpus_version(small: Explainer, client: TestClient) -> None:
    """A monitor sees which corpus is served."""
    assert client.get("/health").json() == {"status": "ok", "version": small.version, "cards": 3}


def test_openapi_lists_the_routes_of_the_contract(client: TestClient) -> None:
    """All of them and nothing else, each with a summary."""
    described = client.get("/openapi.json").json()["paths"]
    assert {(path, method) for path, methods in described.items() for method in methods} == {
        ("/api/ask", "get"),
        ("/api/cards", "get"),
        ("/api/cards/{id}", "get"),
        ("/api/check", "post"),
        ("/health", "get"),
        ("/ready", "get"),
    }
    assert all(operation["summary"] for methods in described.values() for operation in methods.values())


def test_a_failure_is_500_with_one_plain_sentence_and_silent_about_the_question(
    small: Explainer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the response nor the log holds a traceback or a word of the question."""
    caplog.set_level(logging.DEBUG)
    client = client_of(Instead(small, fail))
    sentence = small.corpus.wording["en"]["error_failed"]
    asked, checked = client.get("/api/ask", params={"q": SECRET}), client.post("/api/check", json={"text": SECRET})
    page = client.post(PREDICT, json={"data": [SECRET], "fn_index": 0})
    assert [(r.status_code, r.json()) for r in (asked, checked)] == [(500, {"error": sentence})] * 2
    assert sentence in page.json()["data"][0]
    ours = [r for r in caplog.records if r.name == "explainer" and r.getMessage() != "request"]
    assert [r.getMessage() for r in ours] == ["a question could not be answered"] * 3
    assert all(r.exc_info is None for r in ours)
    server_side = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]  # the test's own client
    written = "".join([*(f"{r.getMessage()}{r.exc_text}" for r in server_side), *capfd.readouterr()])
    assert SECRET not in written
    assert "Traceback" not in written


def test_an_answered_question_is_not_logged(
    client: TestClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nothing that is asked or pasted is written anywhere."""
    caplog.set_level(logging.DEBUG)
    client.get("/api/ask", params={"q": f"{SECRET} hat"})
    client.post("/api/check", json={"text": f"{SECRET} hat"})
    client.post(PREDICT, json={"data": [f"{SECRET} hat"], "fn_index": 0})
    server_side = [r.getMessage() for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert SECRET not in "".join([*server_side, *capfd.readouterr()])


def test_an_answer_that_takes_too_long_is_503(small: Explainer) -> None:
    """Whoever asks is told to try again, and does not wait for ever."""
    response = client_of(Instead(small, lambda _: time.sleep(0.5)), seconds=0.05).get("/api/ask", params={"q": "hat"})
    assert (response.status_code, response.json()) == (503, {"error": small.corpus.wording["en"]["error_busy"]})
