"""How many threads linear algebra may take; the only module that knows threadpoolctl."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_one_thread() -> Iterator[None]:
    """Compute on one thread: the last bits depend on how many there are. It holds for the libraries that are loaded by then."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1):
        yield


def keep_to_one_thread() -> None:
    """Let no product of small matrices take a second thread from now on.

    It would gain nothing, and wait for the next product in a loop that takes up the processor: a
    server on two cores answers a fifth fewer questions.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
