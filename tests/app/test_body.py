"""Reading what a request carries, bounded in size and in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from starlette.types import Message, Receive

from app.body import Gone, TooLarge, TooSlow, read_body


def comes(*pieces: bytes, last: bool = True, gone: bool = False) -> Receive:
    """A client that sends these pieces; after them it has gone, or stays and sends nothing."""
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": not last or number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]
    if gone:
        messages.append({"type": "http.disconnect"})
    left = iter(messages)

    async def receive() -> Message:
        for message in left:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    return receive


def read(receive: Receive, most: int = 10, seconds: float = 5.0) -> bytes:
    return asyncio.run(read_body(receive, most, seconds))


@pytest.mark.parametrize("pieces", [[b""], [b"hat"], [b"h", b"", b"at"], [b"0123456789"], [b"01234", b"56789"]])
def test_a_body_comes_whole_in_however_many_pieces(pieces: Iterable[bytes]) -> None:
    """As long as it is no larger than it may be."""
    assert read(comes(*pieces)) == b"".join(pieces)


@pytest.mark.parametrize("pieces", [[b"01234567890"], [b"0123456789", b"0"], [b"0" * 1_000_000]])
@pytest.mark.parametrize("last", [True, False])
def test_a_body_too_large_is_not_read_on(pieces: Iterable[bytes], last: bool) -> None:
    """One byte too many is enough; whether more would come is not waited for."""
    with pytest.raises(TooLarge):
        read(comes(*pieces, last=last))


@pytest.mark.parametrize("pieces", [[], [b"h"], [b"h", b"a"]])
def test_a_client_that_stops_sending_is_not_waited_for(pieces: Iterable[bytes]) -> None:
    """The time is that of the whole body."""
    with pytest.raises(TooSlow):
        read(comes(*pieces, last=False), seconds=0.05)


def test_a_client_that_sends_a_byte_now_and_then_does_not_gain_time() -> None:
    """Each byte by itself comes soon enough, the body does not."""

    async def receive() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"a", "more_body": True}

    with pytest.raises(TooSlow):
        read(receive, most=1_000_000, seconds=0.1)


@pytest.mark.parametrize("pieces", [[], [b"h"]])
def test_a_client_that_leaves_has_gone(pieces: Iterable[bytes]) -> None:
    """Half a body is none."""
    with pytest.raises(Gone):
        read(comes(*pieces, last=False, gone=True))
