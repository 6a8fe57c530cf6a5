"""What no well-behaved client sends is refused in plain words, and the next question is answered all the same."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.answer import Explainer
from tests.app.conftest import SETTINGS, site_of
from tests.app.hostile import CHECK, ENCODINGS, GET, HEADERS, JSON, LENGTHS, MARK, MARKS, PATHS, WRONG_TYPES, form
from tests.app.raw import Line, Reply, request
from tests.chromium import served

ROOT = Path(__file__).parents[2]
TOO_LONG = {"error": "That is too long. A text may have up to 20,000 characters."}
HONEST = request("GET /api/ask?q=will+ears+be+warm HTTP/1.1")
INSIDES = ("Traceback", 'File "', str(ROOT), "site-packages", "python3", "pydantic", "starlette", "root:")


@pytest.fixture(scope="module")
def address(small: Explainer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site with everything that may be switched on."""
    counts = tmp_path_factory.mktemp("counts") / "feedback.db"
    settings = dataclasses.replace(SETTINGS, hosts=("127.0.0.1",), feedback=counts, metrics=True)
    with served(site_of(small, settings)) as found:
        yield found


def plain(reply: Reply | None) -> Reply:
    """Return a reply that tells nothing of our insides and hands nothing back that a browser would run."""
    assert reply is not None
    said = reply.text
    assert [word for word in INSIDES if word in said] == []
    if MARK in said:  # a program gets its question and its id again, as JSON
        assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert MARK not in str(reply.headers)
    assert not {"set-cookie", "access-control-allow-origin"} & reply.headers.keys()
    return reply


def answered(address: str) -> None:
    """Ask an honest question on a connection of its own."""
    with Line(address) as line:
        line.send(HONEST)
        assert json.loads(plain(line.reply()).body)["cards"][0]["id"] == "warm-ears"


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        pytest.param(*case, id=f"{group}: {name[:40]}")
        for group, cases in {
            "types": WRONG_TYPES,
            "encodings": ENCODINGS,
            "paths": PATHS,
            "marks": MARKS,
            "headers": HEADERS,
            "lengths": LENGTHS,
        }.items()
        for name, case in cases.items()
    ],
)
def test_whatever_is_sent_gets_a_plain_reply_and_the_next_question_its_answer(
    address: str, status: int, sent: bytes
) -> None:
    """The connection goes on to the next question, or is closed after the reply."""
    with Line(address) as line:
        line.send(sent)
        reply = plain(line.reply())
        assert reply.status == status
        if reply.headers.get("connection") == "close":
            assert line.reply() is None
        else:
            line.send(HONEST)
            assert plain(line.reply()).status == 200
    answered(address)


@pytest.mark.parametrize("path", ["/ask", "/check"])
def test_a_form_of_many_fields_is_refused(address: str, path: str) -> None:
    """No page of ours sends one."""
    with Line(address) as line:
        line.send(form(path, b"a=1&" * 3_000 + b"b=1"))
        assert plain(line.reply()).status == 400


@pytest.mark.parametrize("most", [131_073, 999_999_999_999])
def test_a_body_that_is_said_to_be_too_large_is_refused_before_it_comes(address: str, most: int) -> None:
    """None of it is waited for, and nobody is told to send it."""
    with Line(address) as line:
        line.send(request(CHECK, JSON, f"Content-Length: {most}", "Expect: 100-continue"))
        reply = plain(line.reply())
    assert (reply.status, json.loads(reply.body)) == (413, TOO_LONG)
    answered(address)


def test_a_body_that_comes_in_pieces_without_end_is_refused(address: str) -> None:
    """It is as large as it may be before the end is in sight."""
    with Line(address) as line:
        line.send(request(CHECK, JSON, "Transfer-Encoding: chunked"))
        piece = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"
        line.send(piece * 5)
        reply = plain(line.reply())
        assert (reply.status, json.loads(reply.body)) == (413, TOO_LONG)
        line.send(piece * 100 + b"0\r\n\r\n" + HONEST)
        assert plain(line.reply()).status == 200
    answered(address)


@pytest.mark.parametrize("head", [f"{GET}\r\nX-A: ", "GET /c/"], ids=["header", "path"])
def test_a_head_without_end_is_not_read_to_its_end(address: str, head: str) -> None:
    """The connection is closed, with a word or without one."""
    with Line(address) as line:
        while line.send(head.encode() + b"a" * 1_000_000):
            head = ""
        reply = line.reply()
    assert reply is None or plain(reply).status == 400
    answered(address)


def test_a_connection_that_breaks_off_anywhere_hurts_nobody_else(address: str) -> None:
    """Within the head, within the body, and before the reply is read."""
    whole = request(CHECK, JSON, body=b'{"text":"sleep up to three times as long"}')
    for end in (1, 30, whole.index(b"{") + 5, len(whole)):
        with Line(address) as line:
            line.send(whole[:end])
        answered(address)
