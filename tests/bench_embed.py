"""Our widget on a clinic's page beside a frame that shows the whole Gradio page of ours."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Frame, Page
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.settings import Settings
from app.site import build_app
from index.answer import Explainer
from tests.chromium import browser, served

RUNS = 7
REST = 3_000  # milliseconds, after which both have started
PATIENCE = 60_000  # milliseconds
NO_LIMIT = "1000000/minute"
QUESTION, LATER = "does it really raise ATP 500%?", "is it safe with a pacemaker?"
UNITS = {
    "bytes on the clinic's page": "kB",
    "requests on the clinic's page": "",
    "bytes when opened": "kB",
    "requests when opened": "",
    "opening to the question box": "ms",
    "opening to the first answer, asked at once": "ms",
    "Enter to a later answer": "ms",
}
SLOW = "slowed down"
# A slow phone on a slow line: 150 ms, 1.6 Mbit/s, and a quarter of this processor.
_LINE = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 200_000}
_SLOWER = {"rate": 4}
# What is measured of the widget is closed to the page around it: it is opened before anything runs.
_OPEN_SHADOWS = (
    "const attach = Element.prototype.attachShadow;"
    "Element.prototype.attachShadow = function (how) { return attach.call(this, { ...how, mode: 'open' }) }"
)
_CLINIC = (
    "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Clinic</title></head><body>{}</body></html>"
)
_WIDGET = "<script src='{}/widget/v1.js' data-site='clinic' async></script>"
_FRAME = (
    "<button class='open'>Ask</button><script>document.querySelector('button').onclick = () => document.body.append("
    "Object.assign(document.createElement('iframe'), {{ src: '{}/', width: 430, height: 700 }}))</script>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to stand on a clinic's page: what opens it, where its box is, and where an answer to a question stands."""

    path: str
    opener: str
    inside: str
    box: str
    answer: str


WIDGET = Way(path="/widget", opener="explainer-widget .open", inside="/embed/", box="#question", answer="#answer q")
FRAME = Way(path="/frame", opener="button.open", inside="/", box="textarea", answer="#answer q")


def compare(explainer: Explainer, runs: int = RUNS) -> list[tuple[str, ...]]:
    """Return rows of (what, widget, frame, ratio): medians of so many visits each, in turn."""
    explainer.ask(QUESTION)
    rows: list[tuple[str, ...]] = []
    with _clinic(explainer) as (clinic, ours), browser() as chromium:
        for slow in (False, True):
            visits: dict[Way, list[Mapping[str, float]]] = {WIDGET: [], FRAME: []}
            for run in range(runs + 1):
                for way, seen in visits.items():
                    visit = _visit(chromium, clinic, ours, way, slow=slow)
                    if run:  # the first visit warms both up
                        seen.append(visit)
            rows += _rows(visits[WIDGET], visits[FRAME], slow=slow)
    return rows


def _rows(
    widget: Sequence[Mapping[str, float]], frame: Sequence[Mapping[str, float]], *, slow: bool
) -> list[tuple[str, ...]]:
    rows = []
    for name, unit in UNITS.items():
        if slow and unit != "ms":
            continue  # a slow line carries the same
        mine, theirs = (statistics.median(visit[name] for visit in visits) for visits in (widget, frame))
        cells = (f"{value:.0f} {unit}".strip() for value in (mine, theirs))
        rows.append((f"{name}, {SLOW}" if slow else name, *cells, f"{mine / theirs:.2f}" if theirs else ""))
    return rows


@contextmanager
def _clinic(explainer: Explainer) -> Iterator[tuple[str, str]]:
    """The addresses of a clinic's site and of ours; both are one site to the browser, so that one process is slowed."""
    pages: dict[str, str] = {}

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(_CLINIC.format(pages.get(request.url.path, "")))

    clinic = Starlette()
    clinic.add_route("/{name}", page)
    with served(clinic) as origin, tempfile.TemporaryDirectory() as folder:
        sites = Path(folder) / "sites.yaml"
        sites.write_text(f'clinic:\n  name: "Clinic"\n  origins: ["{origin}"]\n  interest: none\n', encoding="utf-8")
        settings = Settings(sites=sites, per_address=NO_LIMIT, per_site=NO_LIMIT)
        with served(_Framed(build_app(explainer, settings), origin)) as ours:
            pages.update({WIDGET.path: _WIDGET.format(ours), FRAME.path: _FRAME.format(ours)})
            yield origin, ours


class _Framed:
    """Lets a clinic frame the whole page as well, which it may not do otherwise."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                policy = headers.get("content-security-policy", "")
                headers["content-security-policy"] = policy.replace(
                    "frame-ancestors 'none'", f"frame-ancestors {self._origin}"
                )
                message = {**message, "headers": headers.raw}
            await send(message)

        await self._app(scope, receive, framed)


def _visit(chromium: Browser, clinic: str, ours: str, way: Way, *, slow: bool) -> dict[str, float]:
    """Measure one visit of somebody who opens it, asks as soon as there is a box, and later once more."""
    with chromium.new_context() as context:
        context.add_init_script(_OPEN_SHADOWS)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        if slow:
            _slow_down(context, page)
        sizes: list[int] = []

        def note(request: Any) -> None:
            if request.url.startswith(ours):
                sizes.append(request.sizes()["responseBodySize"])

        page.on("requestfinished", note)
        page.goto(clinic + way.path)
        opener = page.locator(way.opener)
        opener.wait_for()
        page.wait_for_timeout(REST)
        found = {"bytes on the clinic's page": sum(sizes) / 1_000, "requests on the clinic's page": float(len(sizes))}
        began = time.perf_counter()
        opener.click()
        frame = _frame(page, ours + way.inside)
        frame.locator(way.box).first.wait_for(state="visible")
        found["opening to the question box"] = _since(began)
        _ask(frame, way, QUESTION)
        found["opening to the first answer, asked at once"] = _since(began)
        page.wait_for_timeout(REST)
        found["bytes when opened"] = sum(sizes) / 1_000
        found["requests when opened"] = float(len(sizes))
        page.remove_listener("requestfinished", note)  # while a page closes none can be sized
        began = time.perf_counter()
        _ask(frame, way, LATER)
        found["Enter to a later answer"] = _since(began)
        return found


def _ask(frame: Frame, way: Way, question: str) -> None:
    frame.locator(way.box).first.fill(question)
    frame.locator(way.box).first.press("Enter")
    frame.locator(way.answer, has_text=question).wait_for(state="visible")


def _frame(page: Page, address: str) -> Frame:
    """Return the frame that shows an address, as soon as it is there."""
    while True:
        for frame in page.frames[1:]:
            if frame.url.startswith(address):
                return frame
        page.wait_for_timeout(5)


def _slow_down(context: BrowserContext, page: Page) -> None:
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _LINE)
    session.send("Emulation.setCPUThrottlingRate", _SLOWER)


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1_000
