"""No search for garbage where there is none, and it goes on as before."""

from __future__ import annotations

import gc
import subprocess
import sys
from contextlib import suppress

import pytest

from index.collector import without_collector

# Garbage in a cycle, of which only the search would take notice.
GARBAGE = """
from index.collector import spare_at_exit

class Garbage:
    def __del__(self):
        print("found")
garbage = Garbage()
garbage.itself = garbage
del garbage
"""


@pytest.mark.parametrize("was_on", [True, False])
def test_the_search_is_spared_meanwhile_and_goes_on_as_before(was_on: bool) -> None:
    """Whether or not it was on, and whatever happens meanwhile."""
    (gc.enable if was_on else gc.disable)()
    try:
        with suppress(KeyError), without_collector():
            assert not gc.isenabled()
            raise KeyError
        assert gc.isenabled() == was_on
    finally:
        gc.enable()


@pytest.mark.parametrize(("end", "said"), [("", "found\n"), ("spare_at_exit()", "")])
def test_a_process_ends_without_a_last_search(end: str, said: str) -> None:
    """As others do not."""
    ended = subprocess.run([sys.executable, "-c", f"{GARBAGE}{end}"], capture_output=True, text=True, check=True)
    assert ended.stdout == said
