"""Requests as bytes, for what no well-behaved client sends, and what comes back."""

from __future__ import annotations

import select
import socket
from dataclasses import dataclass
from types import TracebackType
from urllib.parse import urlsplit

SECONDS = 30.0  # that a reply may take; none takes a tenth of it on a machine at rest


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back; names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


class Line:
    """One connection, on which anything may be sent."""

    def __init__(self, address: str, *, source: str = "127.0.0.1") -> None:
        parts = urlsplit(address)
        self._socket = socket.create_connection((parts.hostname, parts.port), SECONDS, (source, 0))
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._socket.close()

    def send(self, data: bytes) -> bool:
        """Send bytes; say whether anybody was there to take them."""
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def waits(self, seconds: float) -> bool:
        """Say whether something has come within these seconds."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def reply(self, *, head: bool = False) -> Reply | None:
        """Return the next reply, of which a HEAD gets the head, or None where the connection is closed without one."""
        try:
            first = self._file.readline()
            if not first:
                return None
            headers = {}
            while line := self._file.readline().decode("latin-1").rstrip("\r\n"):
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            status = int(first.split()[1])
            if status == 100:
                return self.reply(head=head)
            length = "0" if head else headers.get("content-length")
            return Reply(status=status, headers=headers, body=self._file.read(int(length) if length else -1))
        except ConnectionResetError:
            return None


def request(line: str, *headers: str | bytes, body: bytes | None = None, host: str | None = "127.0.0.1") -> bytes:
    """Return a request as it is sent; a body brings its length, and a host is named unless there is to be none."""
    lines = [line.encode("latin-1")]
    lines += [b"Host: " + host.encode("latin-1")] if host is not None else []
    lines += [header if isinstance(header, bytes) else header.encode("latin-1") for header in headers]
    lines += [b"Content-Length: %d" % len(body)] if body is not None else []
    return b"\r\n".join([*lines, b"", body or b""])
