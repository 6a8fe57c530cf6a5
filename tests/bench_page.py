"""The page in a real browser beside a stock Gradio chat that returns the same text."""

from __future__ import annotations

import statistics
import time
from typing import Any

from playwright.sync_api import Browser

from app.server import build_app
from app.settings import Settings
from index.answer import Explainer
from index.plain_text import answer_text
from tests.chromium import browser, served

RUNS = 20
QUESTION = "does it really raise ATP 500%?"


def compare(explainer: Explainer) -> list[tuple[str, str, str, str]]:
    """Return rows of (what, ours, stock, ratio): medians of 20 visits each, in turn."""
    ours: list[dict[str, float]] = []
    stock: list[dict[str, float]] = []
    with (
        served(build_app(explainer, Settings())) as our_address,
        served(_stock(explainer)) as stock_address,
        browser() as chromium,
    ):
        for run in range(RUNS + 1):
            pair = (
                _visit(chromium, our_address, "#question textarea", ".answer .card-foot"),
                _visit(chromium, stock_address, "textarea", "[data-testid=bot]"),
            )
            if run:  # the first visit warms both up
                ours.append(pair[0])
                stock.append(pair[1])
    rows = []
    for name, unit in (("time to the question box", "ms"), ("Enter to the answer", "ms"), ("bytes", "kB"), ("requests", "")):
        mine, theirs = (statistics.median(visit[name] for visit in visits) for visits in (ours, stock))
        rows.append((name, f"{mine:.0f} {unit}".strip(), f"{theirs:.0f} {unit}".strip(), f"{mine / theirs:.2f}"))
    return rows


def _stock(explainer: Explainer) -> Any:
    import gradio as gr
    from fastapi import FastAPI

    def reply(message: str, history: list[Any]) -> str:
        return answer_text(explainer.ask(message), explainer.corpus.wording["en"])

    return gr.mount_gradio_app(FastAPI(), gr.ChatInterface(reply), path="/")


def _visit(chromium: Browser, address: str, box: str, answer: str) -> dict[str, float]:
    context = chromium.new_context()
    page = context.new_page()
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    start = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(box).wait_for(state="visible")
    page.fill(box, QUESTION)
    ready = time.perf_counter()
    page.press(box, "Enter")
    page.locator(answer).first.wait_for(state="visible")
    done = time.perf_counter()
    page.wait_for_timeout(300)  # what is still under way counts too; a stock chat keeps a stream open for ever
    found = {
        "time to the question box": (ready - start) * 1000,
        "Enter to the answer": (done - ready) * 1000,
        "bytes": sum(sizes) / 1000,
        "requests": float(len(sizes)),
    }
    context.close()
    return found
