"""Requests that no well-behaved client sends, as bytes, with the status that each gets."""

from __future__ import annotations

import json
from typing import Any

from app.routes import PREDICT
from tests.app.raw import request

MARK = "<script>xylophone</script>"  # what must not come back as part of a page
JSON, FORM = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded"
TAKES = "Accept: application/json, text/event-stream"
GET = "GET /health HTTP/1.1"
PAGE, CHECK, MCP = (f"POST {path} HTTP/1.1" for path in (PREDICT, "/api/check", "/mcp"))
TEXT_BODY = b'{"text":"hat"}'
CHUNKED = b'e\r\n{"text":"hat"}\r\n0\r\n\r\n'
SMUGGLED = b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
Cases = dict[str, tuple[int, bytes]]


def predict(**changed: Any) -> bytes:
    call = {"data": ["warm ears"], "event_data": None, "fn_index": 0, "trigger_id": 5, "session_hash": "a", **changed}
    return request(PAGE, JSON, body=json.dumps(call).encode())


def tool(**changed: Any) -> bytes:
    params = {"name": "look_up_claim", "arguments": {"question": "warm ears"}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params, **changed}
    return request(MCP, JSON, TAKES, body=json.dumps(call).encode())


def check(body: bytes, *headers: str) -> bytes:
    return request(CHECK, *(headers or (JSON,)), body=body)


def form(path: str, body: bytes) -> bytes:
    return request(f"POST {path} HTTP/1.1", FORM, "Accept: text/html", body=body)


WRONG_TYPES: Cases = {
    "an object for the event": (400, predict(event_id={"a": MARK})),
    "a text for a truth": (400, predict(simple_format=MARK)),
    "an object for a text": (400, predict(data=[{"path": MARK}])),
    "a number that is none": (400, request(PAGE, JSON, body=b'{"data":["hat"],"fn_index":0,"trigger_id":NaN}')),
    "a key twice": (400, request(PAGE, JSON, body=b'{"data":["hat"],"fn_index":0,"data":[{"path":"/etc/passwd"}]}')),
    "a call that says it is text": (
        400,
        request(PAGE, "Content-Type: text/plain", body=b'{"data":["a"],"fn_index":0}'),
    ),
    "a call that does not say what it is": (400, request(PAGE, body=b'{"data":["a"],"fn_index":0}')),
    "a trigger past all numbers": (200, predict(trigger_id=10**30)),
    "a list": (422, check(b"[1]")),
    "NaN": (422, check(b'{"text":NaN}')),
    "a key of their own": (422, check(json.dumps({"text": "hat", MARK: MARK}).encode())),
    "a text for JSON": (422, check(TEXT_BODY, "Content-Type: text/plain")),
    "a number of 100,000 digits": (400, check(b'{"text":' + b"1" * 100_000 + b"}")),
    "100,000 lists": (400, check(b"[" * 100_000)),
    "lists for the tool": (400, request(MCP, JSON, TAKES, body=b"[" * 30_000)),
    "a list of calls": (400, request(MCP, JSON, TAKES, body=b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]')),
    "a list for parameters": (400, tool(params=[MARK])),
    "an object for a question": (200, tool(params={"name": "look_up_claim", "arguments": {"question": {"a": MARK}}})),
    "a tool of their own": (200, tool(params={"name": MARK, "arguments": {MARK: MARK}})),
    "a method of their own": (200, tool(method=MARK)),
    "a file for a card": (200, tool(method="resources/read", params={"uri": "file:///etc/passwd"})),
    "a form for a judgement": (422, form("/api/feedback", b"card=warm-ears&kind=helpful")),
    "a form without fields": (400, form("/embed/warm-ears", b"")),
    "a form of 3,000 fields": (400, form("/embed/warm-ears", b"a=1&" * 3_000 + b"b=1")),
    "a file for a question": (
        400,
        request("POST /ask HTTP/1.1", "Content-Type: multipart/form-data; boundary=x", body=b"--x\r\n\r\nhi\r\n--x--"),
    ),
}
ENCODINGS: Cases = {
    "half a character in a call": (200, predict(data=["\ud800 warm ears\0" + MARK], session_hash="\ud800")),
    "half a character in a text": (200, check(b'{"text":"sleep three times as long \\ud800"}')),
    "half a character in an id": (400, tool(id="\ud800")),
    "half a character in an address": (200, request("GET /api/ask?q=%ed%a0%80+ears HTTP/1.1")),
    "half a character in a judgement": (
        400,
        request("POST /api/feedback HTTP/1.1", JSON, body=b'{"card":"warm-ears","kind":"\\ud800"}'),
    ),
    "bytes that are no text": (400, check(b'{"text":"\xff"}')),
    "bytes for the tool": (400, request(MCP, JSON, TAKES, body=b"\xff\xfe")),
    "a compressed body": (400, check(b"\x1f\x8b\x08", JSON, "Content-Encoding: gzip")),
    "bytes in a form": (400, form("/embed/warm-ears", b"question=\xff")),
    "a broken escape in a form": (400, form("/embed/warm-ears", b"question=%ff%fe")),
    "broken escapes in a query": (200, request("GET /api/ask?q=%ff%00%zz HTTP/1.1")),
    "escapes of line ends in a query": (200, request("GET /api/ask?q=%0d%0aSet-Cookie:%20a=1 HTTP/1.1")),
    "bytes in a header": (200, request(GET, b"X-A: \xff\xfe")),
    "bytes in an origin": (200, request("GET /api/cards HTTP/1.1", b"Origin: https://clinic.ex\xe4mple")),
}
PATHS: Cases = {
    path: (404, request(f"GET {path} HTTP/1.1"))
    for path in (
        "/c/%zz",
        "/c/%ff%fe",
        "/%",
        "/c/%00",
        "/c/%0d%0aSet-Cookie:a=1",
        "/site/../../app/server.py",
        "/site/icons/../../server.py",
        "/site/..\\..\\server.py",
        "/site/%2e%2e/%2e%2e/pyproject.toml",
        "/assets/..%2f..%2froutes.py",
        "//etc/passwd",
        "/gradio_api/file=/etc/passwd",
        "http://elsewhere.example/c",
        "/c/" + "a" * 60_000,
        "/c/" + "a-" * 5_000 + "!",
    )
}
MARKS: Cases = {
    "in a question": (200, request("GET /api/ask?q=warm+ears+%3Cscript%3Exylophone%3C/script%3E HTTP/1.1")),
    "in a question of the page": (200, predict(data=[f"warm ears {MARK}"])),
    "in a question of a form": (200, form("/ask", b"question=warm ears " + MARK.encode())),
    "in a question in a frame": (200, form("/embed/warm-ears", b"question=warm ears " + MARK.encode())),
    "in an advertisement": (200, form("/check", b"text=sleep up to three times as long " + MARK.encode())),
    "in the id of a call": (200, tool(id=MARK)),
    "in a name forwarded": (200, request("GET / HTTP/1.1", f"X-Forwarded-Proto: {MARK}", f"X-Forwarded-Host: {MARK}")),
    "in an address forwarded": (200, request("GET / HTTP/1.1", f"X-Forwarded-For: {MARK}", f"Forwarded: for={MARK}")),
    "in an origin": (200, request("GET /api/cards HTTP/1.1", f"Origin: {MARK}")),
    "in a language": (200, request("GET / HTTP/1.1", f"Accept-Language: {MARK}", f"Referer: {MARK}")),
    "in a range": (400, request("GET /site/page.css HTTP/1.1", f"Range: bytes={MARK}")),
    "in what is expected": (200, check(TEXT_BODY, JSON, f"Expect: {MARK}")),
}
HEADERS: Cases = {
    "a return within a value": (400, request(GET, "X-A: a\rSet-Cookie: a=1")),
    "a NUL within a value": (400, request(GET, "X-A: a\0b")),
    "a NUL within a path": (400, request("GET /c/\0 HTTP/1.1")),
    "a byte within a path": (400, b"GET /c/\xff HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    "a space within a name": (400, request(GET, "X A: 1")),
    "two hosts": (400, request(GET, "Host: elsewhere.example")),
    "no host": (400, request(GET, host=None)),
    "no host, in the old protocol": (400, request("GET /health HTTP/1.0", host=None)),
    "the old protocol": (200, request("GET /health HTTP/1.0", "Connection: keep-alive")),
    "the oldest protocol": (400, b"GET /health\r\n\r\n"),
    "a protocol to come": (404, request("PRI * HTTP/2.0")),
    "an encrypted greeting": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "no request at all": (400, bytes(range(256)) * 10),
    "a method without end": (404, request("A" * 5_000 + " / HTTP/1.1")),
    "another protocol": (200, request(GET, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13")),
    "100 kB in one header": (200, request(GET, "X-A: " + "a" * 50_000, "X-B: " + "b" * 50_000)),
    "1,000 headers": (200, request(GET, *(f"X-{number}: {'a' * 100}" for number in range(500)))),
    "a cookie of 50 kB": (200, request("GET / HTTP/1.1", "Cookie: " + "a=b; " * 10_000)),
    "a host on an impossible port": (200, request("GET / HTTP/1.1", host="127.0.0.1:99999")),
}
LENGTHS: Cases = {
    "two lengths": (400, check(TEXT_BODY, JSON, "Content-Length: 5")),
    "a length below nothing": (400, request(CHECK, JSON, "Content-Length: -1")),
    "a length with a sign": (400, request(CHECK, JSON, "Content-Length: +14") + TEXT_BODY),
    "a length past all numbers": (400, request(CHECK, JSON, f"Content-Length: {'9' * 400}")),
    "pieces and a length": (400, request(CHECK, JSON, "Transfer-Encoding: chunked", "Content-Length: 4") + SMUGGLED),
    "a length and pieces": (400, request(CHECK, JSON, "Content-Length: 4", "Transfer-Encoding: chunked") + SMUGGLED),
    "the same at no route": (
        400,
        request("GET /nowhere HTTP/1.1", "Content-Length: 4", "Transfer-Encoding: chunked") + SMUGGLED,
    ),
    "two encodings": (400, request(CHECK, "Transfer-Encoding: chunked", "Transfer-Encoding: identity") + SMUGGLED),
    "an encoding unheard of": (400, request(CHECK, "Transfer-Encoding: xchunked") + SMUGGLED),
    "an encoding behind a tab": (400, request(CHECK, "Transfer-Encoding:\x0bchunked") + SMUGGLED),
    "pieces in the old protocol": (
        200,
        request(CHECK.replace("1.1", "1.0"), JSON, "Transfer-Encoding: chunked") + CHUNKED,
    ),
    "pieces": (200, request(CHECK, JSON, "Transfer-Encoding: chunked") + CHUNKED),
}
