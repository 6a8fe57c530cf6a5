"""Everything put together: an Explainer and settings become an ASGI application."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import anyio
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp

from app.api import api_routes, wrong_body
from app.asking import Refused
from app.edition import Editions, Elsewhere
from app.embed import embed_routes
from app.feedback import FeedbackCounts
from app.gate import Gate, Rules
from app.health import health_routes
from app.later import LateApp, Later, NotMade
from app.light import light_routes
from app.limits import Limits
from app.logs import NAME
from app.page import Page, make_page
from app.routes import ROUTES
from app.settings import Settings
from app.sites import Sites
from app.watch import Watch
from app.widget import widget_routes
from index.answer import Explainer
from index.records import MAX_QUESTION

if TYPE_CHECKING:
    from app.metrics import Metrics

STATIC = Path(__file__).parent / "static"
# Threads for what is not asking: pages are made of Python alone, and more threads only take it from one another.
_HELPERS = 4
_WORTH_PACKING = 500  # bytes


def build_app(
    explainer: Explainer, settings: Settings, index: Path | None = None, elsewhere: Elsewhere | None = None
) -> ASGIApp:
    """Return the whole site: the page, the light pages, the widget and the routes, behind the gate.

    The page is made once the server has started, or when it is first asked for, since Gradio takes
    seconds to import; everything else is there at once. Where `index` is given, each new index in
    that folder is shown as soon as it is whole. Questions are answered `elsewhere` where that is
    given, else in this process.

    Raises SitesError and SettingsError for what makes no sense.
    """
    sites = Sites(settings.sites, explainer.corpus.wording.keys())
    limits = Limits(settings.per_address, settings.per_site, settings.limits_in)
    metrics = _metrics(explainer.version) if settings.metrics else None
    editions = Editions(explainer, settings, metrics, elsewhere)
    renderer = editions.now.renderer
    feedback = FeedbackCounts(settings.feedback) if settings.feedback else None

    async def answer_html(question: str) -> str:
        edition = editions.now
        try:
            return edition.renderer.answer(await edition.asking.ask(question or ""), date.today())
        except Refused as refused:
            return edition.renderer.error(refused.key, told=token_hex(4), **refused.filled)

    def make() -> Page:
        return make_page(answer_html, renderer, settings.root_path)

    page = Later("the page", make)

    def mcp() -> ASGIApp:
        from app.tools import mcp_app

        return mcp_app(editions, settings.hosts)

    async def failed(request: Request, error: Exception) -> JSONResponse:
        """Answer what failed on its way, in words; Watch writes it down."""
        return JSONResponse({"error": editions.now.renderer.say("error_failed")}, status_code=500)

    @contextlib.asynccontextmanager
    async def life(site: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = _HELPERS
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_keep, page)
            if index:
                tasks.start_soon(editions.follow, index)
            yield
            tasks.cancel_scope.cancel()
        await limits.close()

    site = FastAPI(
        title=renderer.say("title"),
        version=explainer.version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        servers=[{"url": settings.root_path}] if settings.root_path else None,
        lifespan=life,
    )
    site.add_exception_handler(RequestValidationError, wrong_body)
    site.add_exception_handler(Exception, failed)
    site.include_router(api_routes(editions, feedback))
    site.include_router(health_routes(editions, metrics, page))
    site.include_router(light_routes(editions))
    site.include_router(embed_routes(editions, sites))
    site.include_router(widget_routes())
    site.router.routes.append(StarletteRoute("/mcp", LateApp("MCP", mcp)))
    site.mount("/site", StaticFiles(directory=STATIC), name="site")
    rules = Rules(
        max_text=MAX_QUESTION + 1,  # one more, so that a question too long is told so in words
        hosts=settings.hosts,
        root=settings.root_path,
        seconds=settings.seconds,
    )
    gate = Gate(site, rules, page=page, editions=editions, sites=sites, limits=limits)
    # What is said of a question beside it is no secret, so nothing is learnt from how well it compresses.
    packed = GZipMiddleware(gate, minimum_size=_WORTH_PACKING)
    return Watch(packed, log=logging.getLogger(NAME), metrics=metrics, failed=renderer.say("error_failed"))


def _metrics(version: str) -> Metrics:
    from app.metrics import Metrics

    return Metrics(version, {route.path for route in ROUTES})


async def _keep(later: Later[Page]) -> None:
    """Make the page, and let Gradio run what it runs beside it, until cancelled."""
    with contextlib.suppress(NotMade):
        page = await later.get()
        async with page.app.router.lifespan_context(page.app):
            await anyio.sleep_forever()
