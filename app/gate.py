"""What the outside world may reach, and with which headers; the outermost layer, small and complete.

Everything that is not on the list is 404 before Gradio sees it.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.body import Gone, TooLarge, TooSlow, read_body
from app.edition import Editions
from app.front import NO_HOST, FrontPage
from app.later import Later, NotMade
from app.limits import Limits
from app.page import Page
from app.policy import Guarded, headers_for
from app.refusals import Refusals
from app.routes import PREDICT, TEXT, Route, find, shared_methods
from app.sites import Site, Sites
from app.watch import name_route

_PREDICT_KEYS = frozenset({"data", "fn_index", "trigger_id", "session_hash", "event_data"})
# Never passed inward: they would let a stranger choose what the server believes of itself.
_DROPPED_IN = frozenset(
    {b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix", b"x-gradio-server", b"cookie"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the gate goes by.

    `max_text` is the longest text that a Gradio function may be given, `hosts` the Host headers
    that are answered, `root` the path below which a proxy shows us, `seconds` what a body may take.
    """

    max_text: int
    hosts: Collection[str]
    root: str = ""
    seconds: float = 10.0


class Gate:
    """Lets through what the product offers and nothing else: to the page what is Gradio's, to the site the rest."""

    def __init__(
        self, site: ASGIApp, rules: Rules, *, page: Later[Page], editions: Editions, sites: Sites, limits: Limits
    ) -> None:
        self._site = site
        self._rules = rules
        self._page = page
        self._editions = editions
        self._sites = sites
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] == "lifespan":
            await self._site(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        edition = self._editions.now
        refusals = edition.refusals
        path = self._below_root(scope["path"])
        found = find(scope["method"], path)
        # No path of ours needs escaping, so one that is escaped is somebody's trick.
        route, parts = found if found and b"%" not in scope.get("raw_path", b"") else (None, {})
        site = self._sites.get(parts["id"]) if route and route.framed else None
        origin = headers.get("origin")
        reader = origin if origin in self._sites.origins() else None
        nonce = secrets.token_urlsafe(16) if route and route.gradio else ""
        ancestors = site.origins if site else ()
        guarded = Guarded(send, headers_for(route, nonce, ancestors, reader))
        if route:
            name_route(scope, route.path)

        if "transfer-encoding" in headers and "content-length" in headers:
            # A proxy may go by the one and we by the other, and what is left of the body pass for a request.
            response: Response | None = _last(refusals.of(400, scope))
        elif "*" not in self._rules.hosts and _host(headers.get("host", "")) not in self._rules.hosts:
            response = refusals.of(400, scope)
        elif scope["method"] == "OPTIONS" and reader and shared_methods(path):
            response = _preflight(path)
            asked = headers_for(Route(path="", shared=True), nonce, (), reader)
            guarded = Guarded(send, asked, preflight=True)
        elif route is None and path == self._rules.root and scope["method"] in ("GET", "HEAD"):
            response = _one_slash_more(path, scope)
        elif route is None:
            response = refusals.of(404, scope)
        elif "POST" in route.methods and _foreign(headers) and not (route.shared and reader):
            response = refusals.of(403, scope)
        else:
            response = await self._over_limit(scope, route, site, refusals)
        if response is not None or route is None:
            await (response or refusals.of(404, scope))(scope, receive, guarded)
            return

        scope = {
            **scope,
            "path": path,
            "raw_path": path.encode(),
            "method": "GET" if scope["method"] == "HEAD" else scope["method"],
            "headers": [(k, v) for k, v in scope["headers"] if k not in _DROPPED_IN],
        }
        app = self._site
        functions: Collection[int] = ()
        if route.gradio:
            try:
                page = await self._page.get()
            except NotMade:
                await refusals.of(500, scope, as_answer=route.path == PREDICT)(scope, receive, guarded)
                return
            app, functions = page.app, page.functions
        if route.max_body:
            try:
                if _declared(headers) > route.max_body:
                    raise TooLarge
                body = await read_body(receive, route.max_body, self._rules.seconds)
            except TooLarge:
                await refusals.of(413, scope, pasted=route.max_body == TEXT)(scope, receive, guarded)
                return
            except TooSlow:
                await _last(refusals.of(408, scope))(scope, receive, guarded)
                return
            except Gone:
                return
            if route.path == PREDICT and not (_is_json(headers) and self._may_predict(body, functions)):
                await refusals.of(400, scope)(scope, receive, guarded)
                return
            receive = _replay(body, receive)
        if route.path == "/":
            await _front_page(app, scope, receive, guarded, edition.front, nonce)
        else:
            await app(scope, receive, guarded)

    def _below_root(self, path: str) -> str:
        """Return the path as we know it, whether or not the proxy left its own part at the front.

        The root itself stays: it may be a page of ours, as /ask is, with the proxy's part taken off.
        """
        root = self._rules.root
        return path.removeprefix(root) if root and path.startswith(f"{root}/") else path

    async def _over_limit(self, scope: Scope, route: Route, site: Site | None, refusals: Refusals) -> Response | None:
        if not route.work:
            return None
        address = scope["client"][0] if scope.get("client") else ""
        seconds = await self._limits.wait(address, site.id if site else None)
        if not seconds:
            return None
        return refusals.of(429, scope, seconds=seconds, as_answer=route.path == PREDICT)

    def _may_predict(self, body: bytes, functions: Collection[int]) -> bool:
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
            and call["fn_index"] in functions
            and call.get("event_data") is None
            and isinstance(data, list)
            and len(data) == 1
            and all(text is None or (isinstance(text, str) and len(text) <= self._rules.max_text) for text in data)
            and (
                call.get("session_hash") is None
                or (isinstance(call["session_hash"], str) and len(call["session_hash"]) <= 40)
            )
            and (call.get("trigger_id") is None or type(call["trigger_id"]) is int)
        )


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


async def _front_page(app: ASGIApp, scope: Scope, receive: Receive, send: Send, front: FrontPage, nonce: str) -> None:
    """Serve Gradio's page within ours."""
    captured = _Captured()
    headers = [*((name, value) for name, value in scope["headers"] if name != b"host"), (b"host", NO_HOST.encode())]
    await app({**scope, "scheme": "http", "query_string": b"", "headers": headers}, receive, captured)
    html = front.around(captured.body.decode("utf-8"), nonce)
    response = Response(html, status_code=captured.status, media_type="text/html")
    response.headers["cache-control"] = "no-store"
    await response(scope, receive, send)


def _one_slash_more(path: str, scope: Scope) -> Response:
    """Lead to the first page, below which its own addresses are, with what was asked."""
    query = scope["query_string"].decode("latin-1")
    return RedirectResponse(f"{path}/?{query}" if query else f"{path}/", 308)


def _preflight(path: str) -> Response:
    """Answer a browser that asks whether a page of a site we know may ask us; never with credentials."""
    allowed: Mapping[str, str] = {
        "access-control-allow-methods": ", ".join(shared_methods(path)),
        "access-control-allow-headers": "content-type",
        "access-control-max-age": "600",
    }
    return Response(status_code=204, headers=allowed)


def _foreign(headers: Headers) -> bool:
    """Say whether a browser tells that another site's page sends this."""
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _is_json(headers: Headers) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _declared(headers: Headers) -> int:
    """Return how many bytes a body is said to have, 0 where nothing is said that can be read."""
    length = headers.get("content-length", "")
    return int(length) if re.fullmatch("[0-9]{1,20}", length) else 0


def _last(response: Response) -> Response:
    """Return the response as the last of its connection, which is then closed."""
    response.headers["connection"] = "close"
    return response


def _host(header: str) -> str:
    """Return the host of a Host header without its port."""
    return re.sub(r":\d+$", "", header).lower()


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body once more, and then what the connection says."""
    unread = [body]

    async def replay() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return replay
