"""The headers that every response carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

from app.routes import Route

_DROPPED = ("set-cookie", "server")
_COMMON = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# What a page shown in a frame needs where the page around it asks for isolation.
_FRAMED = {"cross-origin-resource-policy": "cross-origin", "cross-origin-embedder-policy": "require-corp"}
_OURS = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors {ancestors}"
)
_GRADIO = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'"
)


def headers_for(route: Route | None, nonce: str, ancestors: Sequence[str], reader: str | None) -> dict[str, str]:
    """Return the headers of a response.

    `ancestors` are the origins that may frame it, none where empty; `reader` is the origin of
    another site's page that may read it.
    """
    policy = _GRADIO.format(nonce=nonce) if route and route.gradio else _OURS
    found = {**_COMMON, "content-security-policy": policy.format(ancestors=" ".join(ancestors) or "'none'")}
    if route and route.framed:
        found.update(_FRAMED)
    if route and route.shared:
        found["cross-origin-resource-policy"] = "cross-origin"
        found["vary"] = "Origin"
        if reader:
            found["access-control-allow-origin"] = reader
    return found


class Guarded:
    """Sends a response with our headers, and without those that must not leave."""

    def __init__(self, send: Send, headers: Mapping[str, str], *, preflight: bool = False) -> None:
        self._send = send
        self._headers = headers
        self._preflight = preflight  # the one response that says more of who may read us

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            said = [] if self._preflight else [name for name in headers if name.startswith("access-control-")]
            for name in (*_DROPPED, *said):
                del headers[name]
            headers.update(self._headers)
            message = {**message, "headers": headers.raw}
        await self._send(message)
