"""What takes long to import: made once, on a thread, while everything else goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

import anyio
from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Receive, Scope, Send

from app.logs import NAME, what_failed

T = TypeVar("T")
log = logging.getLogger(NAME)


class NotMade(Exception):
    """Raised when what is asked for could not be made."""


class Later(Generic[T]):
    """Something that is made when it is first asked for; `name` is what a line of the log calls it.

    What could not be made is not tried again: a library that is imported by half does not mend.
    """

    def __init__(self, name: str, make: Callable[[], T]) -> None:
        self.failed = False
        self._name = name
        self._make = make
        self._made: T | None = None
        self._making = anyio.Lock()

    async def get(self) -> T:
        """Return it, once it is made; raise NotMade where it cannot be. Whoever leaves meanwhile waits all the same."""
        if self._made is None:
            async with self._making:
                await self._try()
        if self._made is None:
            raise NotMade(self._name)
        return self._made

    async def _try(self) -> None:
        if self._made is not None or self.failed:
            return
        try:
            self._made = await run_sync(self._make, limiter=anyio.CapacityLimiter(1))  # none of the helpers is taken
        except Exception as error:
            self.failed = True
            why = str(error).partition("\n")[0]
            log.error("%s could not be made: %s", self._name, why, extra=what_failed(error))


class LateApp:
    """An application that is made when it is first asked for."""

    def __init__(self, name: str, make: Callable[[], ASGIApp]) -> None:
        self._app = Later(name, make)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, once there is what answers it."""
        app = await self._app.get()
        await app(scope, receive, send)
