"""What the tests of the page share: the site over the small corpus, and a client of it."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from app.render import Renderer
from app.server import build_app
from app.settings import Settings
from index.answer import Explainer

SETTINGS = Settings(hosts=("testserver",))


@pytest.fixture(scope="session")
def site(small: Explainer) -> ASGIApp:
    """The whole site over the small corpus, behind its gate."""
    return build_app(small, SETTINGS)


@pytest.fixture
def client(site: ASGIApp) -> TestClient:
    """A client of the site; a failure of the site is a response, as it is to a reader."""
    return TestClient(site, raise_server_exceptions=False)


@pytest.fixture(scope="session")
def renderer(small: Explainer) -> Renderer:
    """The renderer of the small corpus."""
    return Renderer(small.corpus)
