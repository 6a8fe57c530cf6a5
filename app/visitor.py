"""Somebody at a real browser who opens a page that embeds us, and what may be done and measured there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from app.page_policy import POLICY, directives
from app.seen import Colours, Line, Served, Shown, Spot, State, Violation
from index.errors import PageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ElementHandle, Frame, Request

    Element: TypeAlias = ElementHandle

Size: TypeAlias = tuple[int, int]
DESK: Size = (1280, 720)  # pixels
PHONE: Size = (360, 640)
SMALLEST = 12  # pixels; the smallest text of ours has 14
TABS = 400  # presses; more than the links of a long page
IDLE = 5.0  # seconds; a page that never falls silent is looked at all the same
SOON = 3_000  # milliseconds, for what needs no server
LOOKS = Path(__file__).with_name("visitor.js")
_LOOK = 'window[Symbol.for("explainer-check")]'
_FOCUSED = "(element) => element.getRootNode().activeElement === element"
_CLOSED = "(element) => element.getAttribute('aria-expanded') !== 'true'"
_ROOM = "(element) => element.parentElement.className.split(' ')"
_OURS = "() => document.documentElement.dataset.origins !== undefined"
_ASK = "() => { const one = document.querySelector('button.example'); one?.click(); return one !== null }"
_SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@contextmanager
def visiting(browser: Browser, url: str, seconds: float) -> Iterator[Visitor]:
    """A visitor who has opened a page. Raises PageError if it cannot be opened, or goes away meanwhile.

    `seconds` is the most that each step may take.
    """
    from playwright.sync_api import Error

    # Nothing moves, so that what is measured stays so; no worker of the page answers in our server's place.
    with browser.new_context(reduced_motion="reduce", service_workers="block") as context:
        failed = "cannot be opened"
        try:
            visitor = Visitor(context, seconds)
            visitor.open(url)
            failed = "could not be looked at to the end"
            yield visitor
        except Error as error:
            said = str(error).splitlines()[0].removeprefix("Page.goto: ")
            raise PageError(f"{url} {failed}: {said}") from None


class Visitor:
    """Somebody at a browser with one page, who notices what it asks for."""

    def __init__(self, context: BrowserContext, seconds: float) -> None:
        context.set_default_timeout(seconds * 1_000)
        context.add_init_script(path=LOOKS)
        self._context = context
        self._seconds = seconds
        self._policies: list[str] = []  # of the page's headers
        self._caused: list[tuple[str, set[str]]] = []  # each request of the page, and the scripts that made it
        self._asked: list[tuple[Frame, str]] = []  # each request, and the frame that it is for
        self._page = context.new_page()
        devtools = context.new_cdp_session(self._page)
        devtools.send("Network.enable")
        devtools.on("Network.requestWillBeSent", self._note_cause)
        context.on("request", self._note_frame)

    def _note_cause(self, event: dict[str, Any]) -> None:
        calls = event["initiator"].get("stack", {}).get("callFrames", [])
        self._caused.append((event["request"]["url"], {call["url"] for call in calls}))

    def _note_frame(self, request: Request) -> None:
        if not request.is_navigation_request():  # one that is may come before its frame
            self._asked.append((request.frame, request.url))

    def open(self, url: str) -> None:
        """Go to a page and wait until it has settled."""
        from playwright.sync_api import TimeoutError

        self.resize(DESK)
        response = self._page.goto(url, wait_until="domcontentloaded")
        if response is None or response.status >= 400:
            said = f"it answers with status {response.status}" if response else "nothing answers"
            raise PageError(f"{url} cannot be opened: {said}")
        for header in response.headers_array():
            if header["name"].lower() in (POLICY, f"{POLICY}-report-only"):
                self._policies += header["value"].split(",")
        with suppress(TimeoutError):
            self._page.wait_for_load_state("networkidle", timeout=min(IDLE, self._seconds) * 1_000)

    def origin(self) -> str:
        """Return the origin of the page, wherever it was led to."""
        return str(self._page.evaluate("location.origin"))

    def lines(self) -> tuple[Line, ...]:
        """Return every line of the page that puts us on it."""
        return tuple(Line(**line) for line in self._page.evaluate(f"{_LOOK}.lines()"))

    def serve(self, line: Line) -> Served | None:
        """Return what our server answers, asked directly, for the page that a line shows; None if nothing comes."""
        from playwright.sync_api import Error

        try:
            response = self._context.request.get(line.embed)
            ours = "data-origins=" in response.text()
        except Error:
            return None
        policies = [h["value"] for h in response.headers_array if h["name"].lower() == POLICY]
        listed = [directives(policy).get("frame-ancestors") for policy in ",".join(policies).split(",")]
        return Served(
            status=response.status, ours=ours, ancestors=next((found for found in listed if found is not None), None)
        )

    def policies(self) -> int:
        """Return how many policies the page has, of its headers and its meta elements."""
        return len(self._policies) + len(self._page.evaluate(f"{_LOOK}.metas()"))

    def caused_by(self, line: Line) -> tuple[str, ...]:
        """Return the addresses asked for so far because of a line, but for its own."""
        theirs = self.origin() != line.origin  # whose pages have no other reason to ask our server
        found = (url for url, by in self._caused if line.url in by or (theirs and url.startswith(line.base)))
        return tuple(dict.fromkeys(url for url in found if url != line.url))

    def violations(self, line: Line) -> tuple[Violation, ...]:
        """Return what of a line's a policy of the page was against so far."""
        # A browser may tell of a frame's address only where it is, not which.
        parts = (f"{line.base}widget/", f"{line.base}embed/")
        metas = [meta.strip() for meta in self._page.evaluate(f"{_LOOK}.metas()")]
        return tuple(
            Violation(
                directive=found["directive"],
                policy=found["policy"],
                enforced=found["enforced"],
                in_meta=found["policy"].strip() in metas,
            )
            for found in self._page.evaluate(f"{_LOOK}.violations")
            if found["blocked"].startswith(parts) or found["blocked"] == line.origin or found["source"] == line.url
        )

    def resize(self, size: Size) -> None:
        """Make the window as large as `size`, in pixels."""
        self._page.set_viewport_size({"width": size[0], "height": size[1]})
        self._page.evaluate(_SETTLED)

    def launcher(self) -> Element | None:
        """Return the button that opens the widget."""
        return self._page.query_selector("explainer-widget .open")

    def frame(self, line: Line) -> Element | None:
        """Return the frame that shows a line's page."""
        frames = self._page.query_selector_all("iframe" if line.form == "frame" else "explainer-widget iframe")
        wanted = line.url if line.form == "frame" else line.embed
        return next((frame for frame in frames if frame.evaluate("(element) => element.src") == wanted), None)

    def probe(self, line: Line) -> None:
        """Put the frame of a line on the page and take it away, to hear what the page's policies say of it."""
        self._page.evaluate(f"(url) => {_LOOK}.probe(url)", line.embed)

    def tab_to(self, element: Element) -> bool:
        """Press Tab from the start of the page on, and say whether an element gets the focus."""
        self._page.evaluate("document.activeElement?.blur()")
        until = time.monotonic() + self._seconds
        for _ in range(TABS):
            self._page.keyboard.press("Tab")
            if element.evaluate(_FOCUSED):
                return True
            if time.monotonic() > until:
                break
        return False

    def enter(self, launcher: Element) -> bool:
        """Press Enter and say whether the widget is open."""
        self._page.keyboard.press("Enter")
        return not launcher.evaluate(_CLOSED)

    def click(self, launcher: Element) -> None:
        """Press the button of the widget, whatever is over it."""
        launcher.evaluate("(element) => element.click()")

    def escape(self, launcher: Element) -> tuple[bool, bool]:
        """Press Escape and say whether the widget closed, and whether its button has the focus."""
        self._page.keyboard.press("Escape")
        return self._becomes(_CLOSED, launcher), self._becomes(_FOCUSED, launcher)

    def _becomes(self, what: str, element: Element) -> bool:
        from playwright.sync_api import TimeoutError

        try:
            self._page.wait_for_function(what, arg=element, timeout=SOON)
        except TimeoutError:
            return False
        return True

    def wait(self, frame: Element, line: Line) -> State:
        """Wait until a frame is there, and say what became of it."""
        from playwright.sync_api import Error

        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            self._page.wait_for_timeout(50)
            inside = frame.content_frame()
            if inside is None or inside.url.startswith("chrome-error:"):
                return "refused"
            with suppress(Error):  # it is just being loaded
                if line.form == "frame" and inside.url.startswith(line.base) and inside.evaluate(_OURS):
                    return "ready"
                room = frame.evaluate(_ROOM)  # where the loader says what it heard from the frame
                if line.form != "frame" and "ready" in room:
                    return "ready"
                if line.form != "frame" and "away" in room:
                    return "silent"
        return "silent"

    def spot(self, what: str, element: Element, size: Size, *, whole: bool) -> Spot:
        """Say how an element stands in a window of `size`; `whole` if it must be in sight without scrolling."""
        self.resize(size)
        found = element.evaluate(f"(element, whole) => {_LOOK}.spot(element, whole)", whole)
        return Spot(what=what, window=size[0], **found)

    def colours(self, what: str, element: Element) -> tuple[Colours, ...]:
        """Return the colours of an element, for readers who prefer light pages and for those who prefer dark."""
        found = []
        for scheme in ("dark", "light"):
            self._page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            found.append(
                Colours(what=what, scheme=scheme, **element.evaluate(f"(element) => {_LOOK}.colours(element)"))
            )
        return tuple(found)

    def ask(self, frame: Frame) -> bool:
        """Press the first example in a frame, and say whether a card comes of it."""
        from playwright.sync_api import TimeoutError

        if not frame.evaluate(_ASK):
            return False
        with suppress(TimeoutError):
            frame.wait_for_selector("#answer .answer, #answer .error")
        return frame.query_selector("#answer .card") is not None

    def shown(self, frame: Frame) -> Shown:
        """Return what a reader sees of the answer in a frame."""
        return Shown(**frame.evaluate(f"(smallest) => {_LOOK}.shown(smallest)", SMALLEST))

    def kept(self, frame: Frame) -> tuple[str, ...]:
        """Return the kinds of storage in which our origin keeps something, after a question on a page of its own too.

        There a browser gives all of it, and to a frame perhaps none.
        """
        found = list(frame.evaluate(f"{_LOOK}.kept()"))
        alone = self._context.new_page()
        alone.goto(frame.url)
        self.ask(alone.main_frame)
        found += alone.evaluate(f"{_LOOK}.kept()")
        alone.close()
        return tuple(dict.fromkeys([*found, *("cookies" for _ in self._context.cookies(frame.url))]))

    def elsewhere(self, frame: Frame) -> tuple[str, ...]:
        """Return the hosts that a frame asked for something, other than its own."""
        asked = (urlsplit(url) for by, url in self._asked if by == frame)
        hosts = {parts.netloc for parts in asked if parts.scheme not in ("data", "blob")}
        return tuple(sorted(hosts - {urlsplit(frame.url).netloc}))
