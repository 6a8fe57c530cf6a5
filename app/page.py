"""The part of the main page that is Gradio's: the conversation; what stands around it is in app/front.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import gradio as gr

from app.render import Renderer
from index.records import MAX_QUESTION

Ask = Callable[[str], Awaitable[str]]
SITE = "/site"
THEME_FONTS = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}  # nothing is fetched


def build_page(ask: Ask, renderer: Renderer) -> gr.Blocks:
    """Return the page; `ask` turns a question into the HTML of its answer."""
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
