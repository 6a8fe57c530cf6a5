"""What the outside world may reach, and with which headers; the outermost layer, small and complete.

Everything that is not on the list is 404 before Gradio sees it.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.front import FrontPage

PREDICT = "/gradio_api/run/predict"
_SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_FILE = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:js|css|woff2|svg|png)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One thing that may be reached: method, whole path, and how large a body it may carry."""

    method: str
    path: re.Pattern[str]
    max_body: int = 0
    own: bool = True  # ours, which needs no script or style of Gradio's


ROUTES = (
    Route(method="GET", path=re.compile(r"/"), own=False),
    Route(method="GET", path=re.compile(rf"/assets/{_FILE}"), own=False),
    Route(method="GET", path=re.compile(r"/theme\.css"), own=False),
    Route(method="GET", path=re.compile(r"/static/js/iframeResizer\.contentWindow\.min\.js"), own=False),
    Route(method="POST", path=re.compile(re.escape(PREDICT)), max_body=16_384, own=False),
    Route(method="GET", path=re.compile(rf"/site/(?:icons/)?{_FILE}")),
    Route(method="GET", path=re.compile(r"/c")),
    Route(method="GET", path=re.compile(rf"/c/{_SLUG}")),
    Route(method="GET", path=re.compile(r"/api/ask")),
    Route(method="GET", path=re.compile(r"/api/cards")),
    Route(method="GET", path=re.compile(rf"/api/cards/{_SLUG}")),
    Route(method="GET", path=re.compile(r"/ask")),
    Route(method="POST", path=re.compile(r"/ask"), max_body=16_384),
    Route(method="GET", path=re.compile(r"/check")),
    Route(method="POST", path=re.compile(r"/check"), max_body=131_072),
    Route(method="POST", path=re.compile(r"/api/check"), max_body=131_072),
    Route(method="POST", path=re.compile(r"/api/feedback"), max_body=256),
    Route(method="GET", path=re.compile(r"/openapi\.json")),
    Route(method="GET", path=re.compile(r"/health")),
    Route(method="GET", path=re.compile(r"/favicon\.ico")),
)
_PREDICT_KEYS = frozenset({"data", "fn_index", "trigger_id", "session_hash", "event_data", "event_id", "simple_format"})
# Never passed inward: they would let a stranger choose what the server believes of itself.
_DROPPED_IN = frozenset({b"x-forwarded-host", b"x-forwarded-proto", b"x-gradio-server", b"cookie"})
_DROPPED_OUT = ("set-cookie", "server")
_COMMON_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_OWN_POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'"
)


class Gate:
    """Lets through what the product offers and nothing else.

    `functions` are the numbers of the Gradio functions a page may call, `max_text` the longest
    text that one may be given, `hosts` the Host headers that are answered, `front` what stands
    around Gradio's page.
    """

    def __init__(
        self, app: ASGIApp, *, functions: Collection[int], max_text: int, hosts: Collection[str], front: FrontPage
    ) -> None:
        self._app = app
        self._functions = frozenset(functions)
        self._max_text = max_text
        self._hosts = frozenset(hosts)
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal, route = self._refusal(scope)
        nonce = secrets.token_urlsafe(16)
        guarded = _Guarded(send, own=route is None or route.own, nonce=nonce)
        if refusal is not None or route is None:
            await (refusal or _plain(404))(scope, receive, guarded)
            return
        # A HEAD is a GET whose body the server leaves out.
        scope = {
            **scope,
            "method": route.method,
            "headers": [(k, v) for k, v in scope["headers"] if k not in _DROPPED_IN],
        }
        if route.max_body:
            body = await _body(scope, receive, route.max_body)
            if body is None:
                await _plain(413)(scope, receive, guarded)
                return
            if route.path.fullmatch(PREDICT) and not self._may_predict(body):
                await _plain(400)(scope, receive, guarded)
                return
            receive = _replay(body)
        if scope["path"] == "/":
            await self._front_page(scope, receive, guarded, nonce)
        else:
            await self._app(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> tuple[Response | None, Route | None]:
        headers = Headers(scope=scope)
        if "*" not in self._hosts and _host(headers.get("host", "")) not in self._hosts:
            return _plain(400), None
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        route = next((r for r in ROUTES if r.method == method and r.path.fullmatch(scope["path"])), None)
        if route is None or b"%" in scope.get("raw_path", b""):  # no path of ours needs escaping
            return _plain(404), None
        foreign = headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
        if route.method == "POST" and foreign:
            return _plain(403), None
        return None, route

    def _may_predict(self, body: bytes) -> bool:
        """Say whether a call of a Gradio function is one that our page makes: flat texts, known keys."""
        try:
            call: Any = json.loads(body)
        except (ValueError, RecursionError):
            return False
        if not isinstance(call, dict) or not call.keys() <= _PREDICT_KEYS:
            return False
        data = call.get("data")
        return (
            type(call.get("fn_index")) is int
            and call["fn_index"] in self._functions
            and call.get("event_data") is None
            and isinstance(data, list)
            and len(data) == 1
            and all(text is None or (isinstance(text, str) and len(text) <= self._max_text) for text in data)
            and (
                call.get("session_hash") is None
                or (isinstance(call["session_hash"], str) and len(call["session_hash"]) <= 40)
            )
            and (call.get("trigger_id") is None or type(call["trigger_id"]) is int)
        )

    async def _front_page(self, scope: Scope, receive: Receive, send: Send, nonce: str) -> None:
        """Serve Gradio's page within ours."""
        captured = _Captured()
        await self._app({**scope, "query_string": b""}, receive, captured)
        html = self._front.around(captured.body.decode("utf-8"), nonce)
        response = Response(html, status_code=captured.status, media_type="text/html")
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)


class _Guarded:
    """Sends a response with our headers, and without the ones that must not leave."""

    def __init__(self, send: Send, *, own: bool, nonce: str) -> None:
        self._send = send
        self._policy = _OWN_POLICY if own else _PAGE_POLICY.format(nonce=nonce)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            for name in [*_DROPPED_OUT, *(n for n in headers if n.startswith("access-control-"))]:
                del headers[name]
            headers.update({**_COMMON_HEADERS, "content-security-policy": self._policy})
            message = {**message, "headers": headers.raw}
        await self._send(message)


class _Captured:
    """Takes a response whole instead of sending it."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


def _plain(status: int) -> JSONResponse:
    words = {400: "bad request", 403: "forbidden", 404: "not found", 413: "too large"}
    return JSONResponse({"error": words[status]}, status_code=status)


def _host(header: str) -> str:
    """Return the host of a Host header without its port."""
    return re.sub(r":\d+$", "", header).lower()


async def _body(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """Read a body of at most `most` bytes; None where it is longer."""
    body = b""
    async for chunk in Request(scope, receive).stream():
        body += chunk
        if len(body) > most:
            return None
    return body


def _replay(body: bytes) -> Receive:
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            return {"type": "http.disconnect"}
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
