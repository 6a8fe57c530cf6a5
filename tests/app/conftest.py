"""What the tests of the page share: the site over the small corpus, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from app.render import Renderer
from app.settings import Settings
from app.site import build_app
from index.answer import Explainer
from tests.app.reader import Reader
from tests.chromium import browser, served

SITES = Path(__file__).parent / "sites.yaml"
MANY = "1000000/minute"  # a limit that no test meets
SETTINGS = Settings(hosts=("testserver",), per_address=MANY, per_site=MANY, sites=SITES)


def site_of(explainer: Explainer, settings: Settings = SETTINGS, index: Path | None = None) -> ASGIApp:
    """The whole site over an index, let in under the name that a client in this process gives it."""
    return build_app(explainer, settings, index)


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


@pytest.fixture(scope="module")
def address(real: Explainer) -> Iterator[str]:
    """The address of the site over the real corpus, served while these tests run."""
    real.warm_up()  # as serving does before it listens
    with served(site_of(real, Settings(per_address=MANY, per_site=MANY))) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, for the tests of one file."""
    with browser() as found:
        yield found


@pytest.fixture
def reader(chromium: Browser, address: str) -> Iterator[Reader]:
    """A reader at a desk."""
    with chromium.new_context() as context:
        yield Reader(context, address)
