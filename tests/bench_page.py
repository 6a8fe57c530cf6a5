"""The page in a real browser beside a stock Gradio chat that returns the same text."""

from __future__ import annotations

import contextlib
import statistics
import time
from typing import Any
from urllib.request import urlopen

from playwright.sync_api import Browser, Page

from app.settings import Settings
from app.site import build_app
from index.answer import Explainer
from index.plain_text import answer_text
from tests.chromium import browser, served

RUNS = 10
REST = 2_500  # milliseconds, after which both pages have started
QUESTION = "does it really raise ATP 500%?"


def compare(explainer: Explainer) -> list[tuple[str, str, str, str]]:
    """Return rows of (what, ours, stock, ratio): medians of 20 visits each, in turn."""
    explainer.ask(QUESTION)
    ours: list[dict[str, float]] = []
    stock: list[dict[str, float]] = []
    with contextlib.ExitStack() as stack:
        our_address = stack.enter_context(served(build_app(explainer, Settings())))
        urlopen(our_address).close()  # Gradio can make only one page at a time, and ours is made beside
        stock_address = stack.enter_context(served(_stock(explainer)))
        chromium = stack.enter_context(browser())
        for run in range(RUNS + 1):
            pair = (
                _visit(chromium, our_address, ".answer .card-foot"),
                _visit(chromium, stock_address, "[data-testid=bot]"),
            )
            if run:  # the first visit warms both up
                ours.append(pair[0])
                stock.append(pair[1])
    rows = []
    for name, unit in (
        ("time to the question box", "ms"),
        ("Enter to the answer", "ms"),
        ("opening to the answer, asked at once", "ms"),
        ("bytes", "kB"),
        ("requests", ""),
    ):
        mine, theirs = (statistics.median(visit[name] for visit in visits) for visits in (ours, stock))
        rows.append((name, f"{mine:.0f} {unit}".strip(), f"{theirs:.0f} {unit}".strip(), f"{mine / theirs:.2f}"))
    return rows


def _stock(explainer: Explainer) -> Any:
    import gradio as gr
    from fastapi import FastAPI

    def reply(message: str, history: list[Any]) -> str:
        return answer_text(explainer.ask(message), explainer.corpus.wording["en"])

    return gr.mount_gradio_app(FastAPI(), gr.ChatInterface(reply), path="/")


def _visit(chromium: Browser, address: str, answer: str) -> dict[str, float]:
    """Measure one visit by somebody who waits for the page to come to rest, and one by somebody who asks at once."""
    with chromium.new_context() as context:
        page = context.new_page()
        sizes: list[int] = []
        page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        opened = time.perf_counter()
        _open(page, address)
        box = time.perf_counter() - opened
        page.wait_for_timeout(REST)
        page.fill("textarea", QUESTION)
        asked = time.perf_counter()
        page.press("textarea", "Enter")
        page.locator(answer).first.wait_for(state="visible")
        answered = time.perf_counter() - asked
        page.wait_for_timeout(300)  # what is still under way counts too; a stock chat keeps a stream open for ever
    with chromium.new_context() as context:
        page = context.new_page()
        opened = time.perf_counter()
        _open(page, address)
        page.fill("textarea", QUESTION)
        page.press("textarea", "Enter")
        page.locator(answer).first.wait_for(state="visible")
        at_once = time.perf_counter() - opened
    return {
        "time to the question box": box * 1000,
        "Enter to the answer": answered * 1000,
        "opening to the answer, asked at once": at_once * 1000,
        "bytes": sum(sizes) / 1000,
        "requests": float(len(sizes)),
    }


def _open(page: Page, address: str) -> None:
    """Open the page and wait until a question can be typed; what is typed from then on is answered."""
    page.goto(address, wait_until="commit")
    page.locator("textarea").first.wait_for(state="visible")
