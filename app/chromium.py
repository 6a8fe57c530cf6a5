"""Debian's Chromium, driven by Playwright, which only the look at other sites' pages needs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias

from index.errors import PageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    Chromium: TypeAlias = Browser

_ARGUMENTS = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A browser without a window, closed at the end. Raises PageError, with the cure, where there is none."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise PageError("Playwright is missing: run .venv/bin/pip install '.[embed-check]'") from None
    program = shutil.which("chromium")
    if program is None:
        raise PageError("Chromium is missing: install Debian's package 'chromium'")
    with sync_playwright() as playwright:
        try:
            # For root, Chromium does not start in its own sandbox.
            found = playwright.chromium.launch(
                executable_path=program, args=_ARGUMENTS, chromium_sandbox=os.geteuid() != 0
            )
        except Error as error:
            raise PageError(
                f"Chromium does not start, and '{program} --headless' says why: {str(error).splitlines()[0]}"
            ) from None
        try:
            yield found
        finally:
            found.close()
