"""Reading what a request carries, bounded in size and in time."""

from __future__ import annotations

import anyio
from starlette.types import Receive


class BodyError(Exception):
    """The base of what keeps a body from being read."""


class TooLarge(BodyError):
    """Raised when a body is larger than it may be; the rest of it is not read."""


class TooSlow(BodyError):
    """Raised when a body has not come whole in its time."""


class Gone(BodyError):
    """Raised when whoever sent the request left before its body was whole."""


async def read_body(receive: Receive, most: int, seconds: float) -> bytes:
    """Return a body of at most `most` bytes that is whole within `seconds`; raise TooLarge, TooSlow or Gone."""
    body = bytearray()
    try:
        with anyio.fail_after(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                body += message.get("body", b"")
                if len(body) > most:
                    raise TooLarge
                if not message.get("more_body", False):
                    return bytes(body)
    except TimeoutError:
        raise TooSlow from None
