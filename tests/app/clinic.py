"""A clinic that shows us in a frame: our routes under the policy they are served with, and pages of its own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles

from app.edition import Editions
from app.embed import embed_routes
from app.policy import headers_for
from app.routes import Route
from app.settings import Settings
from app.site import STATIC
from app.sites import Sites
from app.widget import widget_routes
from index.answer import Explainer
from tests.chromium import served

THEIRS = "default-src 'none'; style-src 'self'; script-src {0}; frame-src {0}"
# CSS of a page that would hide and recolour everything in it, if it could.
HOSTILE_CSS = (
    "body * { display: none !important; color: red !important; opacity: 0 !important; font-size: 3px !important } "
    ".label, .verdict, iframe, explainer-widget { display: none !important; visibility: hidden !important }"
)
PLAIN = "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"


def our_app(explainer: Explainer, sites: Sites, *, ancestors: str | None = None) -> FastAPI:
    """Return the routes of the widget; `ancestors` in the policy are the site's own, unless given."""
    app = FastAPI()
    app.include_router(widget_routes())
    app.include_router(embed_routes(Editions(explainer, Settings()), sites))
    app.mount("/site", StaticFiles(directory=STATIC))

    @app.middleware("http")
    async def policy(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call(request)
        site = sites.get(request.url.path.rpartition("/")[2])
        listed = [ancestors] if ancestors else site.origins if site else ()
        sent = headers_for(Route(path=request.url.path), "", listed, None)["content-security-policy"]
        response.headers["content-security-policy"] = sent
        return response

    return app


def sites_of(file: Path, origin: str) -> Sites:
    """Return sites whose pages are at `origin`, but for one that has none."""
    sites = {
        "polar": {"name": "Polar Spa", "origins": [origin], "interest": "sells-treatments"},
        "plum": {
            "name": "Plum & Daughters",
            "origins": [origin],
            "interest": "sells-both",
            "language": "es",
            "position": "left",
            "theme": {"accent": "#6b1f5c", "corners": "square"},
        },
        "shut": {"name": "Shut Spa", "origins": [origin], "interest": "none", "paused": True},
        "elsewhere": {"name": "Elsewhere", "origins": [], "interest": "none"},
    }
    file.write_text(json.dumps(sites), encoding="utf-8")  # JSON is YAML
    return Sites(file, ("en", "es"))


@dataclass
class Clinic:
    """A clinic's server at `origin`, and ours at `ours`; what it shows stands in `pages`."""

    sites: Sites
    ours: str = ""
    origin: str = ""
    pages: dict[str, str] = field(default_factory=dict)

    def shows(self, body: str, *, head: str = "") -> str:
        """Make a page with this body and return its path."""
        path = f"/page-{len(self.pages)}"
        self.pages[path] = f"{PLAIN}<title>Clinic</title>{head}</head><body><main>{body}</main></body></html>"
        return path

    def script(self, site: str = "polar", attributes: str = "", name: str = "v1") -> str:
        """Return the line that puts the widget on a page."""
        return f'<script src="{self.ours}/widget/{name}.js" data-site="{site}" {attributes} async></script>'

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/hostile.css")
        async def css() -> Response:
            return Response(HOSTILE_CSS, media_type="text/css")

        @app.get("/{name}")
        async def page(name: str) -> HTMLResponse:
            policy = {"content-security-policy": THEIRS.format(self.ours)}
            return HTMLResponse(self.pages.get(f"/{name}", ""), headers=policy)

        return app


@contextmanager
def clinic_of(explainer: Explainer, folder: Path, *, ancestors: str | None = None) -> Iterator[Clinic]:
    """A clinic at one origin and us at another, both served."""
    file = folder / "sites.yaml"
    clinic = Clinic(sites=sites_of(file, "http://localhost"))
    with served(clinic.app()) as there:
        clinic.origin = there.replace("127.0.0.1", "localhost")
        clinic.sites = sites_of(file, clinic.origin)
        with served(our_app(explainer, clinic.sites, ancestors=ancestors)) as clinic.ours:
            yield clinic
