"""The server as it is run: it stops when all are answered, says when it is ready, and writes down no word of anybody's."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.routes import PREDICT
from app.settings import Settings
from index.answer import Explainer
from index.encoder import Vectors
from tests.app.child import FAILING, PATIENCE, SLOWLY, Child, child
from tests.app.conftest import SITES, site_of
from tests.app.raw import Line, request
from tests.chromium import served
from tests.toy import ToyEncoder

WORDS = ("xylophone", "marmalade", "quokka")  # of no file of ours
QUESTION = f"will ears be warm with a {' '.join(WORDS)}"
READER, CLAIMED = "127.0.0.77", "203.0.113.9"  # where the reader is, and where it says it is
ADVERT = f"Sleep up to three times as long with the quiet hat. {QUESTION}."
AT_WORK = 8
FIELDS = {"request", "method", "route", "status", "outcome", "ms"}
TOOL_CALL = {
    "jsonrpc": "2.0",
    "id": WORDS[0],
    "method": "tools/call",
    "params": {"name": "look_up_claim", "arguments": {"question": QUESTION}},
}
# Method, path, what is sent, the route that is written down, and the status.
DOORS: tuple[tuple[str, str, dict[str, Any], str, int], ...] = (
    ("GET", "/", {"params": {"q": QUESTION}}, "/", 200),
    ("POST", PREDICT, {"json": {"data": [QUESTION], "fn_index": 0, "session_hash": WORDS[1]}}, PREDICT, 200),
    ("POST", "/ask", {"data": {"question": QUESTION}}, "/ask", 200),
    ("GET", "/api/ask", {"params": {"q": QUESTION}}, "/api/ask", 200),
    ("POST", "/embed/warm-ears", {"data": {"question": QUESTION}}, "/embed/{id}", 200),
    ("POST", "/check", {"data": {"text": ADVERT}}, "/check", 200),
    ("POST", "/api/check", {"json": {"text": ADVERT}}, "/api/check", 200),
    ("POST", "/mcp", {"json": TOOL_CALL, "headers": {"accept": "application/json, text/event-stream"}}, "/mcp", 200),
    ("POST", "/api/feedback", {"json": {"card": "warm-ears", "kind": "helpful"}}, "/api/feedback", 200),
    # and what goes wrong
    ("GET", "/api/ask", {"params": {"q": f"{FAILING} {QUESTION}"}}, "/api/ask", 500),
    ("POST", PREDICT, {"json": {"data": [f"{FAILING} {QUESTION}"], "fn_index": 0}}, PREDICT, 200),
    ("GET", f"/c/{FAILING}-{WORDS[2]}", {}, "/c/{id}", 500),
    ("GET", "/api/ask", {"params": {"q": QUESTION * 100}}, "/api/ask", 413),
    ("POST", "/api/feedback", {"json": {"card": WORDS[0], "kind": WORDS[1]}}, "/api/feedback", 400),
    ("POST", "/mcp", {"content": QUESTION}, "/mcp", 400),
    ("POST", PREDICT, {"content": QUESTION}, PREDICT, 400),
    ("POST", "/api/check", {"json": {WORDS[0]: QUESTION}}, "/api/check", 422),
    ("GET", f"/{WORDS[0]}", {"params": {WORDS[1]: WORDS[2]}}, "other", 404),
    ("GET", "/c", {"headers": {"host": f"{WORDS[0]}.example"}}, "/c", 400),
    ("POST", "/ask", {"data": {"question": QUESTION}, "headers": {"sec-fetch-site": "cross-site"}}, "/ask", 403),
    (WORDS[0].upper(), "/", {}, "other", 404),
)


@pytest.fixture(scope="module", params=["json", "text"])
def server(
    request: pytest.FixtureRequest, small_index: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Child]:
    """A server with everything that may be switched on, which writes all that it ever writes."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = {"sites": str(SITES), "feedback": str(folder / "feedback.db"), "metrics": True, "seconds": PATIENCE}
    with child(small_index, folder / "errors", request.param, **settings) as found:
        yield found


def fields(line: str) -> dict[str, Any]:
    """Return the fields of a line of either form."""
    return json.loads(line) if line.startswith("{") else dict(re.findall(r"(\w+)=(\S+)", line))


def lines(server: Child, before: int, requests: int) -> list[str]:
    """Return the lines written since, when those of so many requests are there: each comes after the last byte."""
    end = time.monotonic() + PATIENCE
    while sum("route" in line for line in server.lines[before:]) < requests and time.monotonic() < end:
        time.sleep(0.02)
    return server.lines[before:]


def counts(server: Child) -> dict[str, dict[tuple[str, ...], float]]:
    """Return what a monitor reads: for each name, counts by the values of their labels."""
    with Line(server.address) as line:
        line.send(request("GET /metrics HTTP/1.1"))
        reply = line.reply()
    assert reply is not None
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(reply.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def silent(said: str) -> bool:
    """Say whether a text holds no word of the question, and not the reader's address."""
    return not [word for word in (*WORDS, READER, CLAIMED) if word in said.lower()]


def test_a_session_through_every_door_leaves_one_line_a_request_and_no_word_of_it(
    small: Explainer, server: Child
) -> None:
    """With the request's id, the pattern of its route, its status and its time; the counts hold no word either."""
    before = len(server.lines)
    transport = httpx.HTTPTransport(local_address=READER)
    headers = {"x-forwarded-for": CLAIMED, "referer": f"https://{WORDS[0]}.example", "user-agent": WORDS[1]}
    expected = []
    with httpx.Client(base_url=server.address, transport=transport, headers=headers, timeout=PATIENCE) as client:
        for method, path, sent, route, status in DOORS:
            response = client.request(method, path, **sent)
            assert (method, path, response.status_code) == (method, path, status)
            if status == 500:
                assert response.json() == {"error": small.corpus.wording["en"]["error_failed"]}
            known = method if method in ("GET", "POST") else "other"
            expected.append((response.headers["x-request-id"], known, route, str(status)))
    written = lines(server, before, len(DOORS))
    assert silent("\n".join(server.lines))
    found = [fields(line) for line in written]
    of_requests = [line for line in found if "route" in line]
    # A line is written when all is over, which may be after the next request has begun.
    assert sorted((f["request"], f["method"], f["route"], str(f["status"])) for f in of_requests) == sorted(expected)
    assert all(line.keys() >= FIELDS and float(line["ms"]) > 0 for line in of_requests)
    assert [line["error"] for line in found if "route" not in line] == ["RuntimeError"] * 2
    assert all("Traceback" not in line for line in written)


def test_what_is_no_request_at_all_leaves_no_word_either(server: Child) -> None:
    """Nor does one that asks for another protocol."""
    before = len(server.lines)
    with Line(server.address, source=READER) as line:
        line.send(f"{QUESTION}\r\n\r\n".encode())
        assert line.reply() is not None
    with Line(server.address, source=READER) as line:
        line.send(request(f"GET /health?{WORDS[0]} HTTP/1.1", "Connection: Upgrade", f"Upgrade: {WORDS[1]}"))
        assert line.reply() is not None
    assert len(server.lines) > before
    assert silent("\n".join(server.lines))


def test_the_counts_are_of_routes_and_outcomes_and_hold_no_word(server: Child) -> None:
    """Whatever came in is counted once by its route, and each answer by how it came out."""
    before = counts(server)
    transport = httpx.HTTPTransport(local_address=READER)
    with httpx.Client(base_url=server.address, transport=transport, timeout=PATIENCE) as client:
        for method, path, sent, _, _ in DOORS:
            client.request(method, path, **sent)
        client.get("/api/ask", params={"q": f"the hat is choking me, cannot breathe, {WORDS[0]}"})
        said = client.get("/metrics").text
    after = counts(server)

    def more(name: str) -> dict[tuple[str, ...], float]:
        found = {labels: value - before.get(name, {}).get(labels, 0) for labels, value in after[name].items()}
        return {labels: value for labels, value in found.items() if value}

    assert silent(said)
    requests = more("explainer_requests_total")
    assert requests[("/api/ask", "2xx")] == 2
    assert requests[("/api/ask", "4xx")] == requests[("/api/ask", "5xx")] == requests[("/c/{id}", "5xx")] == 1
    assert requests[("/mcp", "2xx")] == requests[("/mcp", "4xx")] == requests[("/ask", "4xx")] == 1
    assert requests[("other", "4xx")] == 2
    answers = more("explainer_answers_total")
    assert answers[("answered", "none")] == 5
    assert answers[("refused", "none")] == 3
    assert sum(value for (_, safety), value in answers.items() if safety == "urgent") == 1


def test_a_server_that_is_told_to_stop_answers_those_it_works_for_and_ends_well(server: Child) -> None:
    """All eight get their answer, and whoever watches over it sees that nothing went wrong."""
    questions = [f"{SLOWLY} {number} warm ears" for number in range(AT_WORK)]
    server.hold.touch()
    with httpx.Client(base_url=server.address, timeout=PATIENCE) as client, ThreadPoolExecutor(AT_WORK) as readers:
        asked = [readers.submit(client.get, "/api/ask", params={"q": question}) for question in questions]
        while counts(server)["explainer_requests_in_flight"][()] < AT_WORK + 1:  # and the one that looks
            time.sleep(0.05)
        before = len(server.lines)
        server.process.send_signal(signal.SIGTERM)
        while server.takes_more():
            time.sleep(0.05)
        assert not any(question.done() for question in asked)
        server.hold.unlink()
        answers = [question.result() for question in asked]
    assert [(answer.status_code, answer.json()["question"]) for answer in answers] == [(200, q) for q in questions]
    assert server.process.wait(PATIENCE) == 0
    last = [fields(line) for line in server.lines[before:] if "/api/ask" in line]
    assert [str(line["status"]) for line in last] == ["200"] * AT_WORK
    assert not [line for line in server.lines[before:] if "ERROR" in line or "WARNING" in line]


class Waking(ToyEncoder):
    """An encoder that cannot be used before it is awake: it is being loaded, or it is broken."""

    def __init__(self, *, broken: bool) -> None:
        self.broken = broken
        self.awake = threading.Event()

    def encode(self, texts: Sequence[str]) -> Vectors:
        if self.broken and not self.awake.is_set():
            raise RuntimeError("no model")
        self.awake.wait(PATIENCE)
        return super().encode(texts)


@pytest.mark.parametrize("broken", [False, True], ids=["loading", "broken"])
def test_a_server_is_ready_as_soon_as_a_question_would_be_answered(small_index: Path, broken: bool) -> None:
    """Not while the model is being loaded, nor where asking fails; that it is there it says all the time."""
    encoder = Waking(broken=broken)
    settings = Settings(seconds=0.5)
    with served(site_of(Explainer.load(small_index, encoder), settings)) as address:
        for ready in (False, True):
            if ready:
                encoder.awake.set()
            assert httpx.get(f"{address}/health", timeout=PATIENCE).json()["status"] == "ok"
            response = httpx.get(f"{address}/ready", timeout=PATIENCE)
            assert (response.status_code, response.json()) == (200 if ready else 503, {"ready": ready})
