"""Every request watched from outside: one line and one count each, with no word that somebody wrote and no address."""

from __future__ import annotations

import contextlib
import logging
import secrets
import time
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.logs import what_failed

if TYPE_CHECKING:
    from app.metrics import Metrics

OTHER = "other"
_KEY = "explainer"  # of the scope
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def name_route(scope: Scope, route: str) -> None:
    """Note which route a request takes, by a pattern such as `/c/{id}`: its path is anybody's words."""
    scope.setdefault(_KEY, {})["route"] = route


class Watch:
    """Writes one line for each request, counts it, and answers what failed; the outermost of all.

    `failed` is what a reader is told of a failure. The line holds the request's own random id,
    which the response carries too, its method, route, status and milliseconds until the last
    byte; of a failure the class and place of the exception. Whoever leaves early is no failure.
    """

    def __init__(self, app: ASGIApp, *, log: logging.Logger, metrics: Metrics | None, failed: str) -> None:
        self._app = app
        self._log = log
        self._metrics = metrics
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and watch it; what is no request is passed on alone."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        scope = {**scope, _KEY: {"route": OTHER}}
        failure: dict[str, str] = {}
        if self._metrics:
            self._metrics.begin()
        try:
            try:
                await self._app(scope, exchange.receive, exchange.send)
                if not exchange.over:
                    failure = {"error": "NoResponse", "place": "elsewhere"}
            except Exception as error:
                if not exchange.gone:
                    failure = what_failed(error)
            if failure and exchange.status is None:
                with contextlib.suppress(OSError):
                    await JSONResponse({"error": self._failed}, 500)(scope, exchange.receive, exchange.send)
        except BaseException:  # cancelled
            exchange.gone = True
            raise
        finally:
            self._note(scope, exchange, failure)

    def _note(self, scope: Scope, exchange: _Exchange, failure: dict[str, str]) -> None:
        gone = exchange.gone and not failure
        route = scope[_KEY]["route"]
        seconds = exchange.seconds()
        if self._metrics:
            self._metrics.end(route, 500 if failure else None if gone else exchange.status, seconds)
        self._log.log(
            logging.ERROR if failure else logging.INFO,
            "request",
            extra={
                "request": exchange.id,
                "method": scope["method"] if scope["method"] in _METHODS else OTHER,
                "route": route,
                "status": exchange.status,
                "outcome": "failed" if failure else "gone" if gone else "done",
                "ms": round(seconds * 1_000, 1),
                **failure,
            },
        )


class _Exchange:
    """One request and its response, as far as they have come."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self.id = secrets.token_hex(8)
        self.status: int | None = None
        self.gone = False
        self._receive = receive
        self._send = send
        self._began = time.perf_counter()
        self._ended: float | None = None

    @property
    def over(self) -> bool:
        """Whether the last byte is sent, or nobody is left to take it."""
        return self.gone or self._ended is not None

    def seconds(self) -> float:
        """Return how long it took until the last byte, or has taken so far."""
        return (self._ended or time.perf_counter()) - self._began

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect" and self._ended is None:
            self.gone = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            headers["x-request-id"] = self.id
            message = {**message, "headers": headers.raw}
            self.status = message["status"]
        try:
            await self._send(message)
        except OSError:  # how a server says that the connection is closed
            self.gone = True
            raise
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._ended = time.perf_counter()
