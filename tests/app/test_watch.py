"""What is written of a request, and what happens to one that fails."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.metrics import Metrics
from app.watch import Watch, name_route

SECRET = "xylophone"
FAILED = "Something went wrong."
ROUTE = "/c/{id}"
BODY = {"type": "http.response.body", "body": b"hat", "more_body": False}
START = {"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", b"theirs")]}


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    name_route(scope, ROUTE)
    await PlainTextResponse("hat")(scope, receive, send)


async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError(f"cannot work on {SECRET}")


async def fails_halfway(scope: Scope, receive: Receive, send: Send) -> None:
    await send(START)
    await send({**BODY, "more_body": True})
    raise RuntimeError(f"cannot work on {SECRET}")


class Log(logging.Handler):
    """Keeps every line and its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record)

    @property
    def line(self) -> logging.LogRecord:
        [line] = self.lines
        return line

    @property
    def text(self) -> str:
        """All that could be written of any line."""
        return "".join(f"{vars(line)} {line.getMessage()}" for line in self.lines)


@pytest.fixture
def log() -> Iterator[Log]:
    """What is written while a test runs."""
    found, logger = Log(), logging.getLogger("explainer")
    before = logger.level
    logger.addHandler(found)
    logger.setLevel(logging.DEBUG)
    yield found
    logger.removeHandler(found)
    logger.setLevel(before)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("version", [ROUTE])


def watched(app: ASGIApp, metrics: Metrics | None = None) -> Watch:
    return Watch(app, log=logging.getLogger("explainer"), metrics=metrics, failed=FAILED)


def client_of(app: ASGIApp, metrics: Metrics | None = None) -> TestClient:
    return TestClient(watched(app, metrics))


def scope_of(path: str = f"/c/{SECRET}") -> Scope:
    return {"type": "http", "method": "GET", "path": path, "query_string": SECRET.encode(), "headers": []}


def counted(metrics: Metrics) -> dict[tuple[str, str], float]:
    """How many requests were counted, by route and class of status."""
    families = text_string_to_metric_families(metrics.render()[0].decode())
    samples = [s for family in families for s in family.samples]
    assert [s.value for s in samples if s.name == "explainer_requests_in_flight"] == [0]
    return {(s.labels["route"], s.labels["status"]): s.value for s in samples if s.name == "explainer_requests_total"}


def test_a_request_is_one_line_and_one_count(log: Log, metrics: Metrics) -> None:
    """With its method, the pattern of its route, its status and how long it took."""
    client_of(answers, metrics).get("/c/hats")
    line = log.line
    assert (line.levelname, line.getMessage()) == ("INFO", "request")
    assert (line.method, line.route, line.status, line.outcome) == ("GET", ROUTE, 200, "done")
    assert line.ms > 0
    assert counted(metrics) == {(ROUTE, "2xx"): 1}


def test_a_log_line_never_carries_the_path_the_query_the_headers_the_body_or_the_address(log: Log) -> None:
    """Whatever a stranger puts anywhere in a request."""
    client = TestClient(
        watched(Starlette()), client=(SECRET, 1), headers={"user-agent": SECRET, SECRET: "a", "x-request-id": SECRET}
    )
    client.request(SECRET.upper(), f"/{SECRET}?{SECRET}={SECRET}", content=SECRET, cookies={SECRET: SECRET})
    line = log.line
    assert (line.method, line.route, line.status) == ("other", "other", 404)
    assert SECRET not in log.text.lower()


def test_each_response_carries_an_id_of_its_own_that_stands_in_its_line(log: Log) -> None:
    """A reader can name it to a maintainer; nobody outside chooses it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(START)
        await send(BODY)

    client = client_of(app)
    found = [client.get("/", headers={"x-request-id": "mine"}).headers.get_list("x-request-id") for _ in range(2)]
    assert found == [[line.request] for line in log.lines]
    assert found[0] != found[1]
    assert all(re.fullmatch(r"[0-9a-f]{16}", id) for [id] in found)


def test_the_time_is_that_of_the_last_byte(log: Log) -> None:
    """What is done after it keeps nobody waiting; what is done before it does."""
    at: dict[str, float] = {}

    async def after() -> None:
        at["after"] = time.perf_counter()
        await asyncio.sleep(0.05)

    async def pieces() -> Any:
        at["first"] = time.perf_counter()
        yield b"a"
        await asyncio.sleep(0.05)
        at["last"] = time.perf_counter()
        yield b"b"

    began = time.perf_counter()
    client_of(StreamingResponse(pieces(), background=BackgroundTask(after))).get("/")
    rounding = 0.1
    assert log.line.ms >= (at["last"] - at["first"]) * 1_000 - rounding
    assert log.line.ms <= (at["after"] - began) * 1_000 + rounding


def test_an_exception_whose_message_quotes_the_question_leaves_one_line_without_it(log: Log, metrics: Metrics) -> None:
    """Its class stands there; the reader gets one plain sentence."""
    response = client_of(fails, metrics).get("/")
    assert (response.status_code, response.json()) == (500, {"error": FAILED})
    line = log.line
    assert (line.levelname, line.status, line.outcome, line.error) == ("ERROR", 500, "failed", "RuntimeError")
    assert response.headers["x-request-id"] == line.request
    assert line.exc_info is None
    assert SECRET not in log.text
    assert counted(metrics) == {("other", "5xx"): 1}


def test_the_line_says_where_in_our_code_it_failed(log: Log) -> None:
    """By file and line of the innermost frame that is ours."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        Metrics(SECRET, 1)  # type: ignore[arg-type]

    client_of(app).get("/")
    assert re.fullmatch(r"app/metrics\.py:\d+", log.line.place)


def test_of_several_failures_at_once_the_first_is_named(log: Log) -> None:
    """A group of exceptions says nothing by its own name."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails(scope, receive, send))

    client_of(app).get("/")
    assert log.line.error == "RuntimeError"
    assert SECRET not in log.text


def test_a_response_that_fails_halfway_is_not_begun_again(log: Log, metrics: Metrics) -> None:
    """Its beginning has been sent; the line says that it failed, and it is counted as a failure."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(watched(fails_halfway, metrics)(scope_of(), never, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert (log.line.levelname, log.line.status, log.line.outcome) == ("ERROR", 200, "failed")
    assert SECRET not in log.text
    assert counted(metrics) == {("other", "5xx"): 1}


def test_no_response_at_all_is_a_failure(log: Log) -> None:
    """Somebody waits for one."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    assert client_of(app).get("/").status_code == 500
    assert (log.line.outcome, log.line.error) == ("failed", "NoResponse")


async def never() -> Message:
    """What a client sends that sends nothing and stays."""
    await asyncio.Event().wait()
    raise AssertionError


async def leaves() -> Message:
    """What a client sends that leaves."""
    return {"type": "http.disconnect"}


async def kept(message: Message) -> None:
    """A connection that takes everything."""


async def closed(message: Message) -> None:
    """A connection that takes nothing, as a server says it."""
    raise OSError(SECRET)


async def reads(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse(await Request(scope, receive).json())(scope, receive, send)


async def stops(scope: Scope, receive: Receive, send: Send) -> None:
    if (await receive())["type"] == "http.disconnect":
        return
    raise AssertionError


async def streams(scope: Scope, receive: Receive, send: Send) -> None:
    async def pieces() -> Any:
        while True:
            yield b"a"
            await asyncio.sleep(0)

    await StreamingResponse(pieces())(scope, receive, send)


@pytest.mark.parametrize(
    ("app", "receive", "send"),
    [(reads, leaves, kept), (stops, leaves, kept), (streams, leaves, kept), (answers, never, closed)],
)
def test_whoever_leaves_early_is_gone_and_no_error(
    log: Log, metrics: Metrics, app: ASGIApp, receive: Receive, send: Send
) -> None:
    """Whether while sending, waiting or reading; nothing of ours has failed."""
    asyncio.run(watched(app, metrics)(scope_of(), receive, send))
    assert (log.line.levelname, log.line.outcome) == ("INFO", "gone")
    assert [status for _, status in counted(metrics)] == ["gone"]


def test_a_cancelled_request_is_gone_and_stays_cancelled(log: Log, metrics: Metrics) -> None:
    """A server that stops is obeyed."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        name_route(scope, ROUTE)
        await never()

    async def stopped() -> bool:
        task = asyncio.create_task(watched(app, metrics)(scope_of(), never, kept))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(stopped())
    assert (log.line.levelname, log.line.outcome, log.line.route) == ("INFO", "gone", ROUTE)
    assert counted(metrics) == {(ROUTE, "gone"): 1}


def test_a_client_that_leaves_after_the_last_byte_was_served(log: Log) -> None:
    """It has what it came for."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await answers(scope, receive, send)
        assert (await receive())["type"] == "http.disconnect"

    asyncio.run(watched(app)(scope_of(), leaves, kept))
    assert log.line.outcome == "done"


def test_a_layer_that_copies_the_scope_still_names_the_route(log: Log) -> None:
    """A gate hands on a changed copy, and the name reaches the line all the same."""

    async def copies(scope: Scope, receive: Receive, send: Send) -> None:
        await answers({**scope, "path": "/"}, receive, send)

    client_of(copies).get("/c/hats")
    assert log.line.route == ROUTE


def test_a_route_may_be_named_where_nobody_watches() -> None:
    """A gate alone needs no watch."""
    assert TestClient(answers).get("/").text == "hat"


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_what_is_no_request_is_passed_on(log: Log, kind: str) -> None:
    """It has neither a status nor a last byte."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    asyncio.run(watched(app)({"type": kind}, never, kept))
    assert seen == [kind]
    assert log.lines == []
