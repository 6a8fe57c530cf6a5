"""The MCP endpoint, as a program on the other side of it sees it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from mcp import ClientSession, MCPError
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from pydantic import ValidationError
from starlette.routing import Route

from app.api import api_routes
from app.edition import Editions
from app.looked_up import LookedUp, looked_up, must_show
from app.render import Renderer
from app.render.links import ServedLinks
from app.settings import Settings
from app.tools import TOOL, mcp_app
from index.answer import Explainer
from index.contract import answer_json
from index.records import Answer, Card
from tests.app.test_api import ADVERT, SECRET, SLEEP, Instead, fail
from tests.chromium import served

QUESTIONS = [SLEEP, "capital of spain", "the hat is choking me, cannot breathe", "<b>warm ears</b> 50% & more?"]
HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}
INTERNALS = ("Traceback", "pydantic", "RuntimeError", "/app/", "input_value")


def site_of(explainer: Any, settings: Settings = Settings()) -> FastAPI:  # noqa: B008  # frozen
    """The API and the MCP endpoint side by side."""
    editions = Editions(explainer, settings)
    site = FastAPI(docs_url=None, redoc_url=None)
    site.include_router(api_routes(editions))
    site.router.routes.append(Route("/mcp", mcp_app(editions, settings.hosts)))
    return site


class Program:
    """Another program, connected with the public client."""

    def __init__(self, portal: BlockingPortal, session: ClientSession) -> None:
        self._portal = portal
        self.session = session

    def do(self, work: Callable[..., Any], *given: Any) -> Any:
        """Do something of the session and wait for it."""
        return self._portal.call(work, *given)

    def ask(self, question: Any) -> Any:
        return self.do(self.session.call_tool, TOOL, {"question": question})


@contextlib.contextmanager
def connected(address: str) -> Iterator[Program]:
    """A program that has shaken hands with the server at `address`."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(streamable_http_client(f"{address}/mcp")) as (read, write),
        portal.wrap_async_context_manager(ClientSession(read, write)) as session,
    ):
        portal.call(session.initialize)
        yield Program(portal, session)


@pytest.fixture(scope="module")
def address(small: Explainer) -> Iterator[str]:
    """The address of a server over the small corpus."""
    with served(site_of(small)) as address:
        yield address


@pytest.fixture(scope="module")
def program(address: str) -> Iterator[Program]:
    """A connected program."""
    with connected(address) as program:
        yield program


@pytest.fixture
def http(address: str) -> Iterator[httpx.Client]:
    """A client that speaks HTTP and knows nothing of MCP."""
    with httpx.Client(base_url=address, headers=HEADERS) as client:
        yield client


def message(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def call(question: Any) -> dict[str, Any]:
    return message("tools/call", name=TOOL, arguments={"question": question})


def words(result: Any) -> str:
    """The text of a result, without line breaks."""
    return " ".join(block.text for block in result.content if block.type == "text").replace("\n", " ")


def flat(text: str) -> str:
    return " ".join(text.split())


def passages(card: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [*card["known"], *card["passages"], card["claim"]]
    return found


def without_additions(found: dict[str, Any]) -> dict[str, Any]:
    """What the tool gives, less what it adds to the one JSON form."""
    bare: dict[str, Any] = json.loads(json.dumps(found))
    del bare["must_show"]
    for card in bare["cards"]:
        del card["link"]
        for passage in passages(card) if "claim" in card else ():
            del passage["about"]
    return bare


def changed(card: Card, **fields: Any) -> Card:
    """A card whose passages have something changed."""
    return dataclasses.replace(card, passages=tuple(dataclasses.replace(p, **fields) for p in card.passages))


def test_there_is_one_tool_and_no_more(program: Program) -> None:
    """It says how long a question may be and what comes back; there are no prompts, and nothing is logged for others."""
    [tool] = program.do(program.session.list_tools).tools
    assert tool.name == TOOL
    assert (
        tool.input_schema["properties"]["question"].items()
        >= {
            "type": "string",
            "minLength": 1,
            "maxLength": 2_000,
        }.items()
    )
    assert (tool.input_schema["required"], tool.input_schema["additionalProperties"]) == (["question"], False)
    assert {"safety", "cards", "must_show"} <= set(tool.output_schema["required"])
    assert "label" in tool.output_schema["$defs"]["PassageForm"]["required"]
    assert (tool.annotations.read_only_hint, tool.annotations.open_world_hint) == (True, False)
    capabilities = program.session.server_capabilities
    assert capabilities.model_dump(exclude_none=True).keys() == {"tools", "resources"}
    with pytest.raises(MCPError, match="Method not found"):
        program.do(program.session.list_prompts)


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_tool_gives_the_answer_of_the_api(program: Program, http: httpx.Client, question: str) -> None:
    """One JSON form for all; the tool adds links, what a passage is about, and what must be shown."""
    result = program.ask(question)
    assert not result.is_error
    assert without_additions(result.structured_content) == http.get("/api/ask", params={"q": question}).json()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_newest_protocol_gets_the_same(program: Program, address: str, question: str) -> None:
    """A client that shakes no hands is answered alike."""

    async def ask() -> Any:
        async with Client(f"{address}/mcp") as client:
            return await client.call_tool(TOOL, {"question": question})

    result, before = program.do(ask), program.ask(question)
    assert (result.structured_content, words(result)) == (before.structured_content, words(before))


def test_every_passage_carries_its_label(program: Program) -> None:
    """In words and with its promise, beside its text."""
    result = program.ask(SLEEP)
    first = result.structured_content["cards"][0]
    assert len(passages(first)) == 5
    for passage in passages(first):
        assert passage["label"]["words"]
        assert passage["label"]["promise"]
        assert f"[{passage['label']['words']}] {flat(passage['text'])}" in flat(words(result))


def test_a_passage_without_a_label_is_no_answer(small: Explainer, renderer: Renderer) -> None:
    """The form refuses it, and quotes none of it."""
    found = looked_up(small.ask(SLEEP), renderer)
    del found["cards"][0]["passages"][0]["label"]
    with pytest.raises(ValidationError, match="label") as refused:
        LookedUp.model_validate(found)
    assert "felt" not in str(refused.value)


def test_only_the_first_card_carries_passages(program: Program) -> None:
    """The others say what was found, and no more."""
    cards = program.ask(SLEEP).structured_content["cards"]
    assert [bool(card["passages"]) for card in cards] == [True, False, False]
    assert all(card["verdict"]["words"] and card["certainty"]["words"] for card in cards)


def test_cards_that_come_close_are_titles_alone(small: Explainer, renderer: Renderer) -> None:
    """No verdict and no passage poses as an answer, and a sentence says so first."""
    close = dataclasses.replace(small.ask(SLEEP), outcome="closest")
    with served(site_of(Instead(small, lambda _: close))) as address, connected(address) as program:
        result = program.ask("hat")
    cards = result.structured_content["cards"]
    assert [card["id"] for card in cards] == [card.id for card in close.cards]
    assert [card.keys() for card in cards] == [{"id", "title", "kind", "link"}] * 3
    assert result.structured_content["must_show"][0] == renderer.say("closest")
    assert flat(words(result)).startswith(renderer.say("closest"))
    assert close.cards[0].in_short not in words(result)


def test_safety_comes_first(program: Program, small: Explainer) -> None:
    """In the text and in the structure."""
    result = program.ask("the hat is choking me, cannot breathe")
    [card] = result.structured_content["safety"]
    assert (card["id"], card["kind"]) == ("choking", "urgent")
    assert words(result).startswith(f"!! {card['title']}")
    assert flat(card["text"]) in flat(words(result))
    keys = list(result.structured_content)
    assert keys.index("safety") < keys.index("cards")


@pytest.mark.parametrize("question", [*QUESTIONS, "does my hat help me sleep, I have asthma"])
def test_the_text_carries_what_must_be_shown(program: Program, question: str) -> None:
    """A client that reads no structure still gets every sentence, and how sure anyone can be."""
    result = program.ask(question)
    found = result.structured_content
    for sentence in found["must_show"]:
        assert sentence in flat(words(result))
    if found["outcome"] == "answered":
        first = found["cards"][0]
        assert first["verdict"]["words"] in words(result)
        assert first["certainty"]["words"] in words(result)


def test_what_must_be_shown_depends_on_the_answer(small: Explainer, renderer: Renderer) -> None:
    """That nothing was found, that nobody reviewed it, that it is not about the asker."""
    say = renderer.say
    always = [say("promise"), say("not_advice")]
    answered = small.ask(SLEEP)

    def with_(**fields: Any) -> Answer:
        return dataclasses.replace(answered, **fields)

    reviewed = tuple(
        dataclasses.replace(card, review=dataclasses.replace(card.review, reviewer="Dr A. Body"))
        for card in answered.cards
    )
    assert must_show(answered, renderer) == [say("not_reviewed"), *always]
    assert must_show(with_(cards=reviewed), renderer) == always
    assert must_show(with_(notes=("personal",), cards=reviewed), renderer) == [say("note_personal"), *always]
    assert must_show(with_(outcome="closest"), renderer) == [say("closest"), *always]
    assert must_show(with_(outcome="nothing", cards=()), renderer) == [say("nothing"), *always]


@pytest.mark.parametrize(
    ("treatment", "body", "key"),
    [
        ("another-kind", "face", "about_another_kind"),
        ("another-treatment", "other", "about_another_treatment"),
        ("subject", "other-skin", "body_other_skin"),
        ("subject", "other", "body_other"),
        ("subject", "face", ""),
        ("none", "other", ""),
    ],
)
def test_a_passage_about_something_else_says_so(
    small: Explainer, renderer: Renderer, treatment: str, body: str, key: str
) -> None:
    """In the sentences of the page, beside the passage itself."""
    answered = small.ask(SLEEP)
    first = changed(answered.cards[0], treatment=treatment, body=body)
    found = looked_up(dataclasses.replace(answered, cards=(first,)), renderer)
    wanted = renderer.say(key) if key else ""
    assert [passage["about"] for passage in found["cards"][0]["passages"]] == [wanted, wanted]


def test_each_card_says_where_it_stands(small: Explainer) -> None:
    """With the site's own address, where that is known."""
    renderer = Renderer(small.corpus, links=ServedLinks(public="https://claims.example"))
    found = looked_up(small.ask(SLEEP), renderer)
    assert found["cards"][0]["link"] == "https://claims.example/c/sleep-300"


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({"question": ""}, "error_empty"),
        ({"question": " ?! "}, "error_empty"),
        ({"question": "a" * 2_001}, "error_long"),
        ({"question": SECRET * 12_000}, "error_long"),
        ({"question": 5}, "error_request"),
        ({"question": None}, "error_request"),
        ({"question": [SECRET]}, "error_request"),
        ({"question": {"text": SECRET}}, "error_request"),
        ({}, "error_request"),
        ({"q": SECRET}, "error_request"),
        ({"question": "hat", "passages": SECRET}, "error_request"),
    ],
)
def test_a_question_of_another_form_is_an_error_in_plain_words(
    program: Program, renderer: Renderer, arguments: dict[str, Any], key: str
) -> None:
    """One sentence of the wording, and nothing else."""
    result = program.do(program.session.call_tool, TOOL, arguments)
    assert (result.is_error, result.structured_content) == (True, None)
    assert words(result) == renderer.say(key, limit="2,000")


def test_a_question_may_have_2000_characters(program: Program) -> None:
    """As everywhere else."""
    assert not program.ask("a" * 2_000).is_error


@pytest.mark.parametrize(
    ("work", "key"), [(fail, "error_failed"), (lambda _: time.sleep(0.5), "error_busy")], ids=["failing", "busy"]
)
def test_a_question_that_gets_no_answer_is_an_error_in_plain_words(
    small: Explainer, renderer: Renderer, work: Callable[[str], Any], key: str
) -> None:
    """Nothing of the server's insides comes back."""
    site = site_of(Instead(small, work), Settings(seconds=0.05))
    with served(site) as address, connected(address) as program:
        result = program.ask(SECRET)
    assert (result.is_error, words(result)) == (True, renderer.say(key))


def test_an_unknown_tool_is_an_error_that_names_the_one_there_is(program: Program) -> None:
    """Without what was asked for, and without internals."""
    with pytest.raises(MCPError) as refused:
        program.do(program.session.call_tool, SECRET, {"question": SECRET})
    assert refused.value.message == f"there is one tool here: {TOOL}"


def test_every_card_is_a_resource(program: Program, small: Explainer) -> None:
    """Listed by title, and read as text with its labels and all that must be shown."""
    listed = program.do(program.session.list_resources).resources
    assert {one.uri: one.title for one in listed} == {f"card://{card.id}": card.title for card in small.corpus.cards}
    [template] = program.do(program.session.list_resource_templates).resource_templates
    assert template.uri_template == "card://{id}"
    for card in small.corpus.cards:
        [read] = program.do(program.session.read_resource, f"card://{card.id}").contents
        text = flat(read.text)
        assert read.mime_type == "text/plain"
        assert text.startswith(card.title)
        assert card.certainty.words in text
        for passage in (*card.known, *card.passages):
            assert f"[{passage.label.words}] {passage.text}" in text
        for key in ("not_reviewed", "promise", "not_advice"):
            assert small.corpus.wording["en"][key] in text


@pytest.mark.parametrize("uri", ["card://nope", "card://", "card://../corpus.yaml", "file:///etc/passwd", "sleep-300"])
def test_an_unknown_resource_is_an_error_in_plain_words(program: Program, renderer: Renderer, uri: str) -> None:
    """There are cards, and nothing else can be read."""
    with pytest.raises(MCPError) as refused:
        program.do(program.session.read_resource, uri)
    assert refused.value.message == renderer.say("error_no_card")


def test_a_call_needs_no_session(http: httpx.Client, small: Explainer) -> None:
    """Any worker can answer any call: the first request is a whole one, answered as JSON where it was sent."""
    response = http.post("/mcp", json=call(SLEEP))
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert "mcp-session-id" not in response.headers
    assert without_additions(response.json()["result"]["structuredContent"]) == answer_json(small.ask(SLEEP))


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
def test_there_is_nothing_but_post(http: httpx.Client, method: str) -> None:
    """No stream to open and no session to end."""
    response = http.request(method, "/mcp")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example:80", "localhost.elsewhere.example"])
def test_another_host_is_refused(http: httpx.Client, host: str) -> None:
    """A name that was pointed at this server by somebody else gets no answer."""
    response = http.post("/mcp", json=call(SLEEP), headers={"host": host})
    assert (response.status_code, response.text) == (421, "Invalid Host header")


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "http://localhost:3000", "null"])
@pytest.mark.parametrize("hosts", [Settings().hosts, ("*",)], ids=["these hosts", "any host"])
def test_a_page_of_another_site_is_refused(small: Explainer, hosts: tuple[str, ...], origin: str) -> None:
    """A browser says where a request comes from; a program does not."""
    with served(site_of(small, Settings(hosts=hosts))) as address, httpx.Client(headers=HEADERS) as http:
        assert http.post(f"{address}/mcp", json=call(SLEEP)).status_code == 200
        assert http.post(f"{address}/mcp", json=call(SLEEP), headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "[" * 5_000,
        f'["{SECRET}"]',
        f'{{"text": "{SECRET}"}}',
        f'{{"jsonrpc": "2.0", "id": 1, "params": "{SECRET}"}}',
        json.dumps(message("tools/call", name=TOOL, arguments=SECRET)),
        json.dumps(message(SECRET)),
    ],
)
def test_a_body_of_another_form_is_an_error_without_internals(http: httpx.Client, body: str) -> None:
    """Nothing of the server comes back, and no text of the body but the method's own name."""
    response = http.post("/mcp", content=body)
    error = response.json()["error"]
    assert error["code"] in (-32600, -32601, -32602)
    assert not any(one in response.text for one in INTERNALS)
    assert SECRET not in error["message"]


def test_no_question_is_logged(
    http: httpx.Client, small: Explainer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever is asked, whatever goes wrong, and however much is logged."""
    for name in ("", *logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    bodies: list[Any] = [
        call(f"{SECRET} {ADVERT}"),
        call(f"{SECRET}" * 1_000),
        call([SECRET]),
        message("tools/call", name=TOOL, arguments=SECRET),
        message("tools/call", name="other", arguments={"question": SECRET}),
        {**call("hat"), "params": SECRET},
        {"text": SECRET},
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": {}, "message": SECRET}},
    ]
    for body in bodies:
        http.post("/mcp", json=body)
    with served(site_of(Instead(small, fail))) as failing:
        http.post(f"{failing}/mcp", json=call(SECRET))
    client = ("httpx", "httpcore")  # the test's own
    records = [record for record in caplog.records if not record.name.startswith(client)]
    assert {"explainer", "mcp.server.streamable_http_manager"} <= {record.name for record in records}
    assert SECRET not in "".join(
        [*(f"{vars(record)} {record.getMessage()}" for record in records), *capfd.readouterr()]
    )
