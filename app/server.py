"""The site served: until it is stopped, and as a proxy may believe it."""

from __future__ import annotations

import contextlib
import math
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from app.replica import Load
from app.replicas import replicas
from app.settings import Settings
from app.site import build_app
from index.answer import Explainer

if TYPE_CHECKING:
    from uvicorn import Config


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
