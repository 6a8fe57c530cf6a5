"""The search for garbage in cycles, which is spared where much is made that is none."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collector() -> Iterator[None]:
    """Spare the search meanwhile: it goes through all that is loaded each time a corpus or a model has filled a heap."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def spare_at_exit() -> None:
    """Let the process end without a last search, for which whoever asked one question would wait."""
    atexit.register(gc.freeze)
