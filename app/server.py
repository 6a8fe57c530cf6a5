"""Everything put together: an Explainer and settings become an ASGI application that is served."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from app.api import api_routes, wrong_body
from app.asking import Asking, Refused
from app.feedback import FeedbackCounts
from app.front import FrontPage
from app.gate import Gate
from app.light import light_routes
from app.render import Renderer
from app.render.links import ServedLinks
from app.settings import Settings
from index.answer import Explainer
from index.records import MAX_QUESTION

STATIC = Path(__file__).parent / "static"
# Read by Gradio when it is imported: no statistics, no look-ups of outside hosts, no history.
_GRADIO_ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "HF_HUB_OFFLINE": "1",
}
_SESSIONS = 500  # of Gradio's own state, which we do not use; the default of 10,000 only fills memory


def build_app(explainer: Explainer, settings: Settings) -> ASGIApp:
    """Return the whole site: the page, the light pages and the routes, behind the gate."""
    os.environ.update(_GRADIO_ENVIRONMENT)
    import gradio as gr

    from app.page import SITE, THEME_FONTS, build_page

    asking = Asking(explainer, settings)
    feedback = FeedbackCounts(settings.feedback, {c.id for c in explainer.corpus.cards}) if settings.feedback else None
    links = ServedLinks(public=settings.public_url)
    renderer = Renderer(explainer.corpus, settings.language, links, feedback=feedback is not None)

    async def answer_html(question: str) -> str:
        try:
            return renderer.answer(await asking.ask(question or ""), date.today())
        except Refused as refused:
            return renderer.error(refused.key, **refused.filled)

    site = FastAPI(
        title=renderer.say("title"),
        version=explainer.version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    site.add_exception_handler(RequestValidationError, wrong_body)
    site.include_router(api_routes(asking, renderer, feedback))
    site.include_router(light_routes(asking, renderer))
    site.mount(SITE, StaticFiles(directory=STATIC), name="site")
    page = build_page(answer_html, renderer)
    mounted = gr.mount_gradio_app(
        site,
        page,
        path="/",
        run_history=False,
        footer_links=[],
        show_error=False,
        enable_monitoring=False,
        max_file_size=1,
        theme=gr.themes.Base(**THEME_FONTS),
    )
    page.has_launched = True  # without it this version of Gradio skips its path checks on a mounted page
    page.state_holder.capacity = _SESSIONS
    return Gate(
        mounted,
        functions=range(len(page.fns)),
        max_text=MAX_QUESTION + 1,  # one more, so that a question too long is told so in words
        hosts=settings.hosts,
        front=FrontPage(
            language=settings.language, head=renderer.head(), above=renderer.opening(), below=renderer.closing()
        ),
    )


def serve(explainer: Explainer, settings: Settings) -> None:
    """Serve until stopped; requests are not logged, since an address may hold a question."""
    import uvicorn

    app = build_app(explainer, settings)
    explainer.ask("is it there")  # loads the model: the first reader does not wait for it
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
    )
