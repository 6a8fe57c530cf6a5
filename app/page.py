"""The part of the main page that is Gradio's: the conversation; what stands around it is in app/front.py."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import FastAPI

from app.render import Renderer
from index.records import MAX_QUESTION

if TYPE_CHECKING:
    import gradio as gr

Ask = Callable[[str], Awaitable[str]]
# Read by Gradio when it is imported: no statistics, no look-ups of outside hosts, no history.
_ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "HF_HUB_OFFLINE": "1",
    "MPLBACKEND": "agg",  # else the first question on the page waits while a library looks for a window to draw in
}
_FONTS = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}  # nothing is fetched
# While a page is made, Gradio keeps its blocks, and pydantic what may be warned of, for the whole process.
_one_at_a_time = threading.Lock()
_SESSIONS = 500  # of Gradio's own state, which we do not use; the default of 10,000 only fills memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page as an application; `functions` are the numbers of the Gradio functions that it calls."""

    app: FastAPI
    functions: Collection[int]


def make_page(ask: Ask, renderer: Renderer, root_path: str = "") -> Page:
    """Import Gradio, which takes seconds, and return the page; `ask` turns a question into the HTML of its answer.

    To be called on a thread without an event loop: where none runs, Gradio makes several and leaves them open.
    Pages of several sites in one process are made one after another.
    """
    os.environ.update(_ENVIRONMENT)

    async def made() -> Page:
        return _mounted(_build(ask, renderer), root_path)

    with _one_at_a_time:
        return asyncio.run(made())


def _build(ask: Ask, renderer: Renderer) -> gr.Blocks:
    import gradio as gr

    say = renderer.wording
    with gr.Blocks(title=say["title"], analytics_enabled=False, fill_width=True) as page:
        answer = gr.Markdown(elem_id="answer", latex_delimiters=[], header_links=False)
        with gr.Row(elem_id="asking"):
            question = gr.Textbox(
                label=say["ask_label"],
                placeholder=say["ask_placeholder"],
                elem_id="question",
                max_length=MAX_QUESTION,
                lines=1,
                max_lines=4,
                scale=1,
            )
            button = gr.Button(say["ask_button"], elem_id="ask", variant="primary", scale=0)
        for trigger in (button.click, question.submit):
            trigger(ask, question, answer, queue=False, show_progress="hidden", api_name=False)
    return page


def _mounted(page: gr.Blocks, root_path: str) -> Page:
    import gradio as gr

    app = gr.mount_gradio_app(
        FastAPI(openapi_url=None, docs_url=None, redoc_url=None),
        page,
        path="/",
        root_path=root_path or None,
        run_history=False,
        footer_links=[],
        show_error=False,
        enable_monitoring=False,
        max_file_size=1,
        theme=gr.themes.Base(**_FONTS),
    )
    page.has_launched = True  # without it this version of Gradio skips its path checks on a mounted page
    page.state_holder.capacity = _SESSIONS
    return Page(app=app, functions=range(len(page.fns)))
