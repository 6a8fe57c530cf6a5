"""Many at once, one without end, and those who never finish: everybody else is answered."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from app.routes import PREDICT
from app.settings import Settings
from index.answer import Explainer
from tests.app.child import Child, child, many_files
from tests.app.conftest import MANY, SETTINGS, SITES, site_of
from tests.app.hostile import CHECK, JSON, form, predict, tool
from tests.app.raw import SECONDS, Line, Reply, request
from tests.chromium import served

SESSIONS = 2_500
ONE_IN = 25  # sessions only opens the page
SHORT = "capital of spain"  # of which nothing is known
REQUESTS, SETTLED = 10_000, 2_000
ALLOWED = 200
GROWTH = 25.0  # megabytes
HONEST = {"q": "will ears be warm"}
PIECES = "Transfer-Encoding: chunked"


@pytest.fixture(scope="module")
def crowded(small_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """A server whose limits nobody meets."""
    many_files()
    errors = tmp_path_factory.mktemp("crowded") / "errors"
    with child(small_index, errors, per_address=MANY, per_site=MANY) as found:
        yield found


def answered(address: str) -> None:
    """Ask an honest question, and wait for its answer as long as an answer may take."""
    response = httpx.get(f"{address}/api/ask", params=HONEST, timeout=Settings().seconds)
    assert (response.status_code, response.json()["cards"][0]["id"]) == (200, "warm-ears")


async def sent(address: str, data: bytes) -> bytes:
    """Return all that comes back on a connection of its own."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(data)
    found = await reader.read()
    writer.close()
    return found


async def storm(address: str) -> tuple[list[bytes], Counter[int]]:
    """Open every session at once, and ask honestly until the last is answered; return replies and honest statuses."""
    closes = b"Connection: close\r\n\r\n"
    sessions = []
    for number in range(SESSIONS):
        data = predict(data=[SHORT], session_hash=f"session-{number}") if number % ONE_IN else request("GET / HTTP/1.1")
        sessions.append(asyncio.create_task(sent(address, data.replace(b"\r\n\r\n", b"\r\n" + closes, 1))))
    honest = Counter[int]()
    async with httpx.AsyncClient(base_url=address, timeout=2 * SECONDS) as client:
        while not all(session.done() for session in sessions):
            honest[(await client.get("/api/ask", params=HONEST)).status_code] += 1
            await asyncio.sleep(0.5)
    return await asyncio.gather(*sessions), honest


def test_sessions_that_open_all_at_once_leave_the_next_question_answered(crowded: Child) -> None:
    """Each of them is answered or told that many ask, and so is whoever asks meanwhile."""
    replies, honest = asyncio.run(storm(crowded.address))
    answered(crowded.address)
    assert Counter(reply.split(b"\r\n")[0] for reply in replies) == {b"HTTP/1.1 200 OK": SESSIONS}
    assert honest.keys() <= {200, 503}
    assert not [line for line in crowded.lines if json.loads(line)["level"] == "ERROR"]


def test_connections_on_which_nothing_comes_leave_the_server_answering(crowded: Child) -> None:
    """Nor those on which a request has begun."""
    with contextlib.ExitStack() as open_lines:
        for number in range(200):
            line = open_lines.enter_context(Line(crowded.address))
            if number % 2:
                line.send(b"GET /api/ask?q=")
        answered(crowded.address)


def mixed(number: int) -> bytes:
    """Return one of the requests that cost an answer, each from somewhere else if one were to believe it."""
    ways = (
        request("GET /api/ask?q=warm+ears HTTP/1.1"),
        predict(session_hash=f"session-{number}"),
        form("/embed/warm-ears", b"question=warm+ears"),
        request(CHECK, JSON, body=b'{"text":"sleep up to three times as long"}'),
        tool(id=number),
        form("/ask", b"question=warm+ears"),
    )
    claimed = f"{number >> 16}.{number >> 8 & 255}.{number & 255}.1"
    forged = f"\r\nX-Forwarded-For: {claimed}\r\nX-Real-IP: {claimed}\r\nForwarded: for={claimed}\r\n\r\n"
    return ways[number % len(ways)].replace(b"\r\n\r\n", forged.encode(), 1)


def asked(address: str, numbers: range) -> list[tuple[int, Reply]]:
    """Send these requests on one connection."""
    found = []
    with Line(address) as line:
        for number in numbers:
            assert line.send(mixed(number))
            reply = line.reply()
            assert reply is not None
            found.append((number, reply))
    return found


def flood(address: str, first: int, last: int) -> list[tuple[int, Reply]]:
    at_once = 8
    with ThreadPoolExecutor(at_once) as threads:
        parts = threads.map(lambda start: asked(address, range(first + start, last, at_once)), range(at_once))
        return [reply for part in parts for reply in part]


def test_a_flood_from_one_address_is_told_when_to_come_again_and_takes_no_memory(
    small: Explainer, small_index: Path, tmp_path: Path
) -> None:
    """As many as are allowed are answered, whatever addresses they claim; somebody else is answered after them."""
    sentence = small.corpus.wording["en"]["error_limit"]
    settings = {"per_address": f"{ALLOWED}/hour", "sites": str(SITES), "metrics": True}
    with child(small_index, tmp_path / "errors", **settings) as server:
        replies = flood(server.address, 0, SETTLED)
        before = server.memory()
        replies += flood(server.address, SETTLED, REQUESTS)
        grown = server.memory() - before
        with Line(server.address, source="127.0.0.2") as somebody_else:
            somebody_else.send(mixed(0))
            reply = somebody_else.reply()
            assert reply is not None
            assert reply.status == 200
    refused = [(number, reply) for number, reply in replies if "retry-after" in reply.headers]
    assert len(replies) - len(refused) == ALLOWED
    assert Counter(reply.status for _, reply in replies if "retry-after" not in reply.headers) == {200: ALLOWED}
    for number, reply in refused:
        seconds = reply.headers["retry-after"]
        assert seconds.isdecimal()
        assert 1 <= int(seconds) <= 3_600
        assert sentence.format(seconds=seconds) in reply.text
        # Gradio shows no reply but a 200, so on the page the sentence comes as an answer.
        assert reply.status == (200 if PREDICT.encode() in mixed(number) else 429)
    assert grown < GROWTH


@pytest.mark.parametrize("length", ["Content-Length: 1000", PIECES])
def test_a_body_that_trickles_is_cut_off_in_words(small: Explainer, length: str) -> None:
    """It may take as long as an answer; then the connection is closed. Meanwhile others are answered."""
    settings = dataclasses.replace(SETTINGS, hosts=("127.0.0.1",), seconds=0.5)
    with served(site_of(small, settings)) as address, Line(address) as line:
        line.send(request(CHECK, JSON, length))
        answered(address)
        while not line.waits(0.05):
            line.send(b"1\r\na\r\n" if length == PIECES else b"a")
        reply = line.reply()
        assert reply is not None
        assert (reply.status, reply.headers["connection"]) == (408, "close")
        assert json.loads(reply.body) == {"error": small.corpus.wording["en"]["error_busy"]}
        assert line.reply() is None
        answered(address)
