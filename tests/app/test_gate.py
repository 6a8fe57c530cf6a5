"""What the outside world may reach, and with which headers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from app.edition import Editions
from app.gate import Gate, Rules
from app.later import Later
from app.limits import Limits
from app.page import Page
from app.routes import PREDICT
from app.settings import Settings
from app.sites import Sites
from index.answer import Explainer
from tests.app.conftest import SETTINGS
from tests.app.tree import parse

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
OURS = (
    "/c",
    "/c/warm-ears",
    "/api/ask?q=hat",
    "/api/cards",
    "/health",
    "/openapi.json",
    "/site/page.css",
    "/favicon.ico",
)
GATE_404 = {"error": "There is no page of that name here."}
NOT_READ = {"error": "This request could not be read. Please go back and ask again."}
FUNCTIONS = (0, 1)  # the button, and the Enter key
LONGEST = 2_001  # one more than a question may have, so that the answer can say so in words


def routes(found: Sequence[BaseRoute], prefix: str = "") -> Iterator[str]:
    """Every path of an application and of what is mounted in it, with its parameters in braces."""
    for context in iter_route_contexts(found):
        route = context.original_route
        if isinstance(route, Mount):
            inner = list(route.routes)
            yield from routes(inner, prefix + route.path) if inner else iter([f"{prefix}{route.path}/{{path}}"])
        else:
            yield prefix + str(context.path)


def made(gate: Gate) -> Page:
    """The page behind a gate."""
    return anyio.run(gate._page.get)


def filled(template: str) -> str:
    """Return a path with something plausible in place of its parameters."""
    for part, plausible in ((r"\{id\}", "warm-ears"), (r"\{name\}", "v1"), (r"\{[^}]*\}", "index.js")):
        template = re.sub(part, plausible, template)
    return template


def call(**changed: Any) -> dict[str, Any]:
    """Return the call that the page makes, with something changed."""
    return {"data": ["warm ears"], "event_data": None, "fn_index": 0, "trigger_id": 5, "session_hash": "abc", **changed}


def policy(response: Any) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in response.headers["content-security-policy"].split(";"))


class Echo:
    """An application that says which headers it was given, and tries to set some of its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = [name.decode() for name, _ in scope["headers"]]
        response = JSONResponse(seen, headers={"access-control-allow-origin": "*", "server": "echo"})
        response.set_cookie("one", "1")
        response.set_cookie("two", "2")
        await response(scope, receive, send)


@pytest.fixture
def echo(small: Explainer) -> TestClient:
    app = FastAPI()
    app.mount("/", Echo())
    rules = Rules(max_text=10, hosts=("testserver",))
    return TestClient(
        Gate(
            Echo(),
            rules,
            page=Later("the page", lambda: Page(app=app, functions=FUNCTIONS)),
            editions=Editions(small, SETTINGS),
            sites=Sites(None, ("en",)),
            limits=Limits("60/minute", "60/minute"),
        )
    )


def test_what_is_not_on_the_list_is_404_whatever_the_method(site: ASGIApp, client: TestClient) -> None:
    """Of all routes of ours and Gradio's, these and no others answer."""
    gate = site._app.app  # type: ignore[attr-defined]
    templates = sorted({*routes(gate._site.routes), *routes(made(gate).app.routes)})
    assert {"/config", "/gradio_api/info", PREDICT.replace("predict", "{api_name}")} <= set(
        templates
    )  # Gradio's are there
    answering = {
        (method, template)
        for template in templates
        for method in METHODS
        for response in [client.request(method, filled(template))]
        if response.status_code != 404 or (method != "HEAD" and response.json() != GATE_404)
    }
    getting = {
        "/",
        "/api/ask",
        "/api/cards",
        "/api/cards/{id}",
        "/ask",
        "/c",
        "/c/{id}",
        "/check",
        "/embed/{id}",
        "/embed/{id}/theme.css",
        "/favicon.ico",
        "/health",
        "/openapi.json",
        "/ready",
        "/theme.css",
        "/widget/{name}.js",
    }
    files = {"/assets/{path:path}", "/site/{path}"}  # "index.js" is none, which a HEAD cannot tell from the gate's 404
    assert answering == (
        {(method, path) for method in ("GET", "HEAD") for path in getting}
        | {("GET", path) for path in files}
        | {("POST", path) for path in ("/api/check", "/ask", "/check", "/embed/{id}", "/mcp")}
        | {(method, "/mcp") for method in ("GET", "HEAD", "DELETE")}  # to say that they are not offered
    )


def test_the_one_function_route_takes_posts_only(client: TestClient) -> None:
    """A question from the page is answered, and the route is nothing else."""
    assert [m for m in METHODS if client.request(m, PREDICT, json=call()).status_code != 404] == ["POST"]
    assert "Supported" in client.post(PREDICT, json=call()).json()["data"][0]


@pytest.mark.parametrize(
    "path",
    [
        "/site/../gate.py",
        "/site/%2e%2e/gate.py",
        "/site/..%2fgate.py",
        "/site%2fpage.css",
        "/site//page.css",
        "/site/icons/../page.css",
        "/site/page.css/",
        "/site/page%2ecss",
        "/site/page.css%00.js",
        "/site/page.css%0a",
        "/c/../health",
        "/c/warm-ears%2f",
        "/c/warm-ears/",
        "/c/Warm-Ears",
        "/api%2fcards",
        "/api/cards/..%2f..%2fhealth",
        "//health",
        "/health%20",
        "/gradio_api/run/predict/",
        "/gradio_api/run%2fpredict",
        "/assets/..%2f..%2froutes.js",
        "/static/js/..%2fjs/iframeResizer.contentWindow.min.js",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_in_another_spelling_is_404(site: ASGIApp, method: str, path: str) -> None:
    """Steps upwards, encoded slashes, doubled and trailing ones lead nowhere."""
    response = TestClient(RawPath(site, path)).request(method, "/")
    assert (response.status_code, response.json()) == (404, GATE_404)


class RawPath:
    """Asks for a path exactly as written, which a client would first tidy."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        from urllib.parse import unquote

        if scope["type"] == "http":
            scope = {**scope, "raw_path": self._path.encode(), "path": unquote(self._path)}
        await self._app(scope, receive, send)


@pytest.mark.parametrize("path", ["/", "/health", "/gradio_api/queue/data", "/c"])
def test_a_web_socket_is_closed(client: TestClient, path: str) -> None:
    """Nothing here speaks through one."""
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect(path):
        pass
    assert closed.value.code == 1008


@pytest.mark.parametrize(
    "host", ["elsewhere.example", "testserver.elsewhere.example", "elsewhere.example:80", "", "testserver:x"]
)
def test_another_host_is_refused(client: TestClient, host: str) -> None:
    """A name that is not ours gets no page."""
    response = client.get("/", headers={"host": host})
    assert (response.status_code, response.json()) == (400, NOT_READ)


@pytest.mark.parametrize("host", ["testserver", "testserver:8000", "TestServer"])
def test_our_host_is_answered_on_any_port(client: TestClient, host: str) -> None:
    """The port is the proxy's affair, and names have no case."""
    assert client.get("/health", headers={"host": host}).status_code == 200


def test_the_usual_hosts_are_this_machine() -> None:
    """Unless told otherwise, the site answers to this machine's own names only."""
    assert Settings().hosts == ("localhost", "127.0.0.1", "[::1]")


def test_forwarding_headers_change_nothing(client: TestClient) -> None:
    """What a stranger says of hosts and schemes is not believed."""
    forged = {
        "x-forwarded-host": "elsewhere.example",
        "x-forwarded-proto": "https",
        "x-forwarded-port": "444",
        "x-forwarded-prefix": "/elsewhere",
        "x-forwarded-for": "10.0.0.1",
        "forwarded": "host=elsewhere.example;proto=https",
        "x-gradio-server": "https://elsewhere.example",
        "x-original-url": "/config",
        "x-rewrite-url": "/config",
    }
    for path in ("/", *OURS):
        plain, other = client.get(path), client.get(path, headers=forged)
        assert re.sub(r'nonce="[^"]*"', "", other.text) == re.sub(r'nonce="[^"]*"', "", plain.text)
        assert other.status_code == 200
        assert "elsewhere.example" not in other.text


def test_cookies_go_neither_in_nor_out(echo: TestClient) -> None:
    """No cookie reaches the application, and none leaves it."""
    response = echo.get(
        "/health", headers={"cookie": "one=1", "x-forwarded-host": "a.example", "accept-language": "en"}
    )
    assert not {"cookie", "x-forwarded-host"} & set(response.json())
    assert "accept-language" in response.json()
    assert not {"set-cookie", "server"} & set(response.headers)


def test_no_response_lets_another_site_read_it(echo: TestClient, client: TestClient) -> None:
    """Permission to read across origins is given to no site that is not listed, nor to one that is paused."""
    for origin in (
        "https://elsewhere.example",
        "https://asleep.example",
        "null",
        "https://clinic.example.evil.example",
    ):
        headers = {"origin": origin}
        for response in (echo.get("/health", headers=headers), *(client.get(p, headers=headers) for p in ("/", *OURS))):
            assert [name for name in response.headers if name.startswith("access-control-")] == []
        asked = client.options("/api/check", headers={**headers, "access-control-request-method": "POST"})
        assert asked.status_code == 404


def test_a_listed_site_may_read_the_api_without_credentials(client: TestClient) -> None:
    """Its pages may ask, after a preflight too, and read nothing else."""
    headers = {"origin": "https://clinic.example", "sec-fetch-site": "cross-site"}
    shared = ("/api/ask?q=ears", "/api/cards", "/api/cards/warm-ears", "/openapi.json", "/widget/v1.js")
    for path in shared:
        response = client.get(path, headers=headers)
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, headers["origin"])
        assert "Origin" in response.headers["vary"]
        assert "access-control-allow-credentials" not in response.headers
    asked = client.options("/api/check", headers={**headers, "access-control-request-method": "POST"})
    assert (asked.status_code, asked.headers["access-control-allow-methods"]) == (204, "POST")
    assert asked.headers["access-control-allow-headers"] == "content-type"
    assert client.post("/api/check", json={"text": "warm ears"}, headers=headers).status_code == 200
    for path in ("/", "/c/warm-ears", "/health", "/embed/warm-ears"):
        assert "access-control-allow-origin" not in client.get(path, headers=headers).headers
    assert client.post("/check", data={"text": "warm ears"}, headers=headers).status_code == 403


def test_only_the_listed_origins_may_frame_a_sites_page(client: TestClient) -> None:
    """A paused site's page says so within its frame; everything else may be framed by nobody."""
    assert policy(client.get("/embed/warm-ears"))["frame-ancestors"] == "https://clinic.example"
    assert (
        policy(client.post("/embed/warm-ears", data={"question": "x"}))["frame-ancestors"] == "https://clinic.example"
    )
    assert policy(client.get("/embed/asleep"))["frame-ancestors"] == "https://asleep.example"
    for path in ("/embed/nobody", "/embed/warm-ears/theme.css", *OURS, "/"):
        assert policy(client.get(path))["frame-ancestors"] == "'none'"


@pytest.mark.parametrize(("path", "most"), [(PREDICT, 32_768), ("/api/check", 131_072), ("/check", 131_072)])
def test_a_body_too_large_is_413(client: TestClient, path: str, most: int) -> None:
    """It is refused whether or not it says how long it is."""
    small_enough, too_large = b" " * most, b" " * (most + 1)
    assert client.post(path, content=small_enough).status_code in (400, 422)
    for body in (too_large, iter([too_large[:most], too_large[most:]])):
        response = client.post(path, content=body, headers={"content-type": "application/json"})
        assert response.status_code == 413
        assert response.json()["error"].startswith("That is too long.")


@pytest.mark.parametrize("number", FUNCTIONS)
@pytest.mark.parametrize(
    "sent",
    [{}, {"path": "a.txt"}, {"text": "hat"}, [], ["hat"], [["hat"]], [{"path": "a.txt"}], 0, 1, 1.5, True, False],
    ids=json.dumps,
)
def test_an_object_sent_where_text_belongs_is_refused(client: TestClient, number: int, sent: object) -> None:
    """An object, a list, a number or a list of lists is no question."""
    response = client.post(PREDICT, json=call(fn_index=number, data=[sent]))
    assert (response.status_code, response.json()) == (400, NOT_READ)


@pytest.mark.parametrize("data", [None, "hat", {}, {"0": "hat"}, [], ["a", "b"], [None, None], 1], ids=json.dumps)
def test_anything_but_one_text_is_refused(client: TestClient, data: object) -> None:
    """A question is a list of one text."""
    assert client.post(PREDICT, json=call(data=data)).status_code == 400


def test_the_page_has_no_other_functions(site: ASGIApp) -> None:
    """The functions that may be called are the two ways of asking."""
    page = made(site._app.app)  # type: ignore[attr-defined]
    [blocks] = [route.app.blocks for route in page.app.routes if hasattr(getattr(route, "app", None), "blocks")]
    assert tuple(blocks.fns) == tuple(page.functions) == FUNCTIONS


@pytest.mark.parametrize("number", [-1, 2, 99, None, "0", 0.0, True, False, [0]], ids=json.dumps)
def test_another_function_number_is_refused(client: TestClient, number: object) -> None:
    """Only a number of the page's own functions, and only as a number."""
    assert client.post(PREDICT, json=call(fn_index=number)).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"batched": False},
        {"request": {}},
        {"api_name": "/answer"},
        {"event_data": {}},
        {"event_data": {"index": 0}},
        {"event_data": "a"},
        {"session_hash": "a" * 41},
        {"session_hash": {"a": 1}},
        {"session_hash": 1},
        {"trigger_id": "5"},
        {"trigger_id": True},
    ],
    ids=lambda changed: json.dumps(changed)[:40],
)
def test_what_our_page_never_sends_is_refused(client: TestClient, changed: dict[str, Any]) -> None:
    """An unknown key, event data, or a value of another kind is no call of our page."""
    assert client.post(PREDICT, json=call(**changed)).status_code == 400


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"hat"', b"null", b"\xff\xfe", b"[" * 16_000, b"1" * 16_000],
    ids=lambda body: repr(body[:6]),
)
def test_a_body_that_is_no_object_is_refused(client: TestClient, body: bytes) -> None:
    """Broken, deep or endless JSON gets one plain line."""
    response = client.post(PREDICT, content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()) == (400, NOT_READ)


def test_a_question_one_too_long_is_told_so_and_a_longer_one_refused(client: TestClient) -> None:
    """A reader whose text is cut at the limit of the box learns the limit in words."""
    told = client.post(PREDICT, json=call(data=["a" * LONGEST]))
    assert "That is too long. A question may have up to 2,000 characters." in told.json()["data"][0]
    assert client.post(PREDICT, json=call(data=["a" * (LONGEST + 1)])).status_code == 400


@pytest.mark.parametrize("text", ["", None, "?!", "\u202e"])
def test_an_empty_question_from_the_page_gets_a_plain_sentence(client: TestClient, text: str | None) -> None:
    """The page says what to do."""
    data = client.post(PREDICT, json=call(data=[text])).json()["data"]
    assert "Please type a question first, in words." in data[0]


@pytest.mark.parametrize("site_of_asker", ["cross-site", "same-site", "CROSS-SITE", "anything"])
@pytest.mark.parametrize("path", [PREDICT, "/api/check", "/check"])
def test_a_post_from_another_site_is_refused(client: TestClient, path: str, site_of_asker: str) -> None:
    """A browser says where a request comes from; only our own pages may send."""
    response = client.post(path, json=call(), headers={"sec-fetch-site": site_of_asker})
    assert (response.status_code, response.json()) == (403, NOT_READ)


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}])
def test_a_post_from_our_own_page_is_answered(client: TestClient, headers: dict[str, str]) -> None:
    """So is one from a program, which says nothing."""
    assert client.post(PREDICT, json=call(), headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/theme.css", *OURS, "/nowhere"])
def test_every_response_carries_the_headers(client: TestClient, path: str) -> None:
    """Nothing is guessed, framed, told on or asked for; nothing inline or evaluated runs."""
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize("path", [*OURS, "/nowhere"])
def test_our_own_pages_take_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    """Their policy allows files of ours and nothing else."""
    found = policy(client.get(path))
    assert found["default-src"] == found["base-uri"] == found["frame-ancestors"] == "'none'"
    assert set(found.values()) == {"'none'", "'self'"}


def test_the_main_page_runs_only_scripts_with_the_nonce_of_this_response(client: TestClient) -> None:
    """The nonce stands on every script and style of the page, and the next response has another."""
    nonces = []
    for response in (client.get("/"), client.get("/")):
        found = policy(response)
        nonce = re.fullmatch(r"'self' 'nonce-([A-Za-z0-9_-]{22})'", found["script-src"])
        assert nonce
        assert found["style-src"] == found["script-src"]
        inline = re.findall(r"<(?:script|style)\b[^>]*>", response.text)
        assert inline
        assert all(f'nonce="{nonce[1]}"' in tag for tag in inline)
        nonces.append(nonce[1])
    assert nonces[0] != nonces[1]


def test_the_main_page_names_no_other_host_and_no_inline_style(client: TestClient) -> None:
    """No style attribute, no preview of somebody else's page, no foreign file; its language is set; it is not kept."""
    response = client.get("/")
    assert not re.search(r"<[a-z][^<>]*\sstyle=", response.text)
    assert not re.search(r'<meta[^>]*"(?:og|twitter):', response.text)
    addresses = re.findall(r'<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="([^"]*)"', response.text)
    assert [a for a in addresses if re.match(r"[a-z]+:|//", a) and not a.startswith("http://testserver/")] == []
    assert re.search(r'<html\b[^>]*lang="en"', response.text)
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/c", "/site/page.css", "/widget/v1.js", "/embed/warm-ears", "/openapi.json"])
def test_what_is_long_comes_compressed_to_whoever_takes_that(client: TestClient, path: str) -> None:
    """And plain to whoever does not; the text is the same."""
    packed, plain = (client.get(path, headers={"accept-encoding": encoding}) for encoding in ("gzip", "identity"))
    assert (packed.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert re.sub(r"nonce[^;> ]*", "", packed.text) == re.sub(r"nonce[^;> ]*", "", plain.text)
    assert int(packed.headers["content-length"]) < len(plain.content) / 2 if path != "/" else True


@pytest.mark.parametrize("path", ["/", "/theme.css", *OURS])
def test_a_head_is_answered_like_a_get_without_its_body(client: TestClient, path: str) -> None:
    """A link checker is told the same as a reader."""
    plain = {"accept-encoding": "identity"}  # packed, the same page is longer or shorter by its nonce
    head, get = client.head(path, headers=plain), client.get(path, headers=plain)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers.get("content-length") == get.headers.get("content-length")


def test_a_head_of_nothing_is_404(client: TestClient) -> None:
    """A HEAD opens no other door."""
    assert [client.head(path).status_code for path in ("/config", PREDICT, "/api/check", "/c/nope")] == [404] * 4


def test_the_light_pages_are_whole_html(client: TestClient) -> None:
    """Every element is closed."""
    assert parse(client.get("/c").text.removeprefix("<!doctype html>")).find("main")
