"""Somebody at a browser: opens pages, asks, and notices what goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request

from tests.chromium import CHROMIUM, MISSING

BROWSER_MARKS = [pytest.mark.browser, pytest.mark.model, pytest.mark.skipif(CHROMIUM is None, reason=MISSING)]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WAIT = 60_000  # milliseconds
WATCH = "addEventListener('securitypolicyviolation', e => (window.violations ??= []).push(e.violatedDirective))"
# Adds up the layout shifts that the reader did not cause.
SHIFTS = (
    "new PerformanceObserver(list => list.getEntries().forEach(e => { if (!e.hadRecentInput) "
    "window.shifted = (window.shifted ?? 0) + e.value })).observe({type: 'layout-shift', buffered: true})"
)


@dataclass
class Reader:
    """Somebody at a browser: opens pages, asks, and notices what goes wrong."""

    context: BrowserContext
    address: str
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(WATCH)
        self.context.on("request", self._note)
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT)
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, request: Request) -> None:
        self.requests.append(request.url)

    def open(self, path: str = "/") -> Reader:
        self.page.goto(self.address + path)
        if urlsplit(path).path == "/":
            self.page.wait_for_selector("#question textarea")
            self.page.wait_for_selector("button.example")
        return self

    def ask(self, question: str) -> None:
        """Type a question, press Enter, and wait for its answer."""
        self.page.fill("#question textarea", question)
        self.page.press("#question textarea", "Enter")
        self.answered(question)

    def answered(self, question: str) -> None:
        self.page.locator("#answer q", has_text=question).wait_for()

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text().strip()

    def open_everything(self) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")

    def barriers(self) -> str:
        """Return what axe finds against WCAG 2.2 AA, empty if nothing."""
        found = Axe().run(
            self.page, options={"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
        )
        return found.generate_report() if found.violations_count else ""

    def violations(self) -> list[str]:
        return self.page.evaluate("window.violations ?? []")

    def scrolls_sideways(self) -> bool:
        return self.page.evaluate("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth")
