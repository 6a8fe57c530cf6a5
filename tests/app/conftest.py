"""What the tests of the page share: the site over the small corpus, and a client of it."""

from __future__ import annotations

import asyncio

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from app.render import Renderer
from app.server import build_app
from app.settings import Settings
from index.answer import Explainer

SETTINGS = Settings(hosts=("testserver",))


def site_of(explainer: Explainer, settings: Settings = SETTINGS) -> ASGIApp:
    """Build a site inside an event loop: where none runs, Gradio makes several and leaves them open."""

    async def made() -> ASGIApp:
        return build_app(explainer, settings)

    return asyncio.run(made())


@pytest.fixture(scope="session")
def site(small: Explainer) -> ASGIApp:
    """The whole site over the small corpus, behind its gate."""
    return site_of(small)


@pytest.fixture
def client(site: ASGIApp) -> TestClient:
    """A client of the site; a failure of the site is a response, as it is to a reader."""
    return TestClient(site, raise_server_exceptions=False)


@pytest.fixture(scope="session")
def renderer(small: Explainer) -> Renderer:
    """The renderer of the small corpus."""
    return Renderer(small.corpus)
