"""Everything put together: an Explainer and settings become an ASGI application that is served."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import anyio
from anyio.to_thread import current_default_thread_limiter, run_sync
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api import api_routes, wrong_body
from app.asking import Refused
from app.edition import Editions, Elsewhere
from app.embed import embed_routes
from app.feedback import FeedbackCounts
from app.gate import Gate, Rules
from app.health import health_routes
from app.light import light_routes
from app.limits import Limits
from app.logs import NAME
from app.metrics import Metrics
from app.replica import Load
from app.replicas import replicas
from app.routes import ROUTES
from app.settings import Settings
from app.sites import Sites
from app.watch import Watch
from app.widget import widget_routes
from index.answer import Explainer
from index.records import MAX_QUESTION

if TYPE_CHECKING:
    from uvicorn import Config

STATIC = Path(__file__).parent / "static"
# Read by Gradio when it is imported: no statistics, no look-ups of outside hosts, no history.
_GRADIO_ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_ANALYTICS_MAX_EVENTS": "1",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000000",
    "HF_HUB_OFFLINE": "1",
    "MPLBACKEND": "agg",  # else the first question on the page waits while a library looks for a window to draw in
}
# Threads for what is not asking: pages are made of Python alone, and more threads only take it from one another.
_HELPERS = 4
_WORTH_PACKING = 500  # bytes
_SESSIONS = 500  # of Gradio's own state, which we do not use; the default of 10,000 only fills memory


def build_app(
    explainer: Explainer, settings: Settings, index: Path | None = None, elsewhere: Elsewhere | None = None
) -> ASGIApp:
    """Return the whole site: the page, the light pages, the widget and the routes, behind the gate.

    Where `index` is given, each new index in that folder is shown as soon as it is whole. Questions
    are answered `elsewhere` where that is given, else in this process.

    Raises SitesError and SettingsError for what makes no sense.
    """
    os.environ.update(_GRADIO_ENVIRONMENT)
    import gradio as gr

    from app.page import SITE, THEME_FONTS, build_page

    sites = Sites(settings.sites, explainer.corpus.wording.keys())
    limits = Limits(settings.per_address, settings.per_site, settings.limits_in)
    metrics = Metrics(explainer.version, {route.path for route in ROUTES}) if settings.metrics else None
    editions = Editions(explainer, settings, metrics, elsewhere)
    renderer = editions.now.renderer
    feedback = FeedbackCounts(settings.feedback) if settings.feedback else None

    async def answer_html(question: str) -> str:
        edition = editions.now
        try:
            return edition.renderer.answer(await edition.asking.ask(question or ""), date.today())
        except Refused as refused:
            return edition.renderer.error(refused.key, told=token_hex(4), **refused.filled)

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
    site.include_router(health_routes(editions, metrics))
    site.include_router(light_routes(editions))
    site.include_router(embed_routes(editions, sites))
    site.include_router(widget_routes())
    site.router.routes.append(StarletteRoute("/mcp", _Later(mcp)))
    site.mount(SITE, StaticFiles(directory=STATIC), name="site")
    page = build_page(answer_html, renderer)
    mounted = gr.mount_gradio_app(
        site,
        page,
        path="/",
        root_path=settings.root_path or None,
        run_history=False,
        footer_links=[],
        show_error=False,
        enable_monitoring=False,
        max_file_size=1,
        theme=gr.themes.Base(**THEME_FONTS),
    )
    page.has_launched = True  # without it this version of Gradio skips its path checks on a mounted page
    page.state_holder.capacity = _SESSIONS
    rules = Rules(
        functions=range(len(page.fns)),
        max_text=MAX_QUESTION + 1,  # one more, so that a question too long is told so in words
        hosts=settings.hosts,
        root=settings.root_path,
        seconds=settings.seconds,
    )
    gate = Gate(mounted, rules, editions=editions, sites=sites, limits=limits)
    # What is said of a question beside it is no secret, so nothing is learnt from how well it compresses.
    packed = GZipMiddleware(gate, minimum_size=_WORTH_PACKING)
    return Watch(packed, log=logging.getLogger(NAME), metrics=metrics, failed=renderer.say("error_failed"))


def serve(explainer: Explainer, settings: Settings, index: Path, load: Load = Explainer.load) -> None:
    """Serve until stopped, each new index of that folder too; answers that are being worked on are finished first.

    Where a Ray cluster answers, each replica gets its Explainer from `load`.
    """
    from uvicorn import Server
    from uvicorn.config import STARTUP_FAILURE

    with contextlib.ExitStack() as stack:
        elsewhere = stack.enter_context(replicas(settings, index, load)) if settings.ray else None
        # The server takes this up, and hands it on once it has stopped: by then nothing has gone wrong.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        app = build_app(explainer, settings, index, elsewhere)
        if not elsewhere:
            explainer.warm_up()
        server = Server(server_config(app, settings))
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C, handed on once it has stopped
            server.run()
    if not server.started:
        raise SystemExit(STARTUP_FAILURE)  # it has said why


class _Later:
    """An application that is made when it is first asked for: what it needs takes half a second to import."""

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._app: ASGIApp | None = None
        self._making = anyio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._making:
            if self._app is None:
                self._app = await run_sync(self._make)
        await self._app(scope, receive, send)


def server_config(app: ASGIApp, settings: Settings) -> Config:
    """Return how an application is served: with what is believed of proxies, and nothing written of a request."""
    from uvicorn import Config

    return Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="asyncio",  # whatever else is installed: these are what the tests attack
        http="h11",
        ws="none",
        access_log=False,  # an address may hold a question
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        timeout_graceful_shutdown=math.ceil(settings.seconds),
    )
