"""The pages that sites show in a frame: a box for a question, its answer, and who shows it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.asking import Refused
from app.edition import Edition, Editions
from app.form import read_field
from app.theme import theme_css

if TYPE_CHECKING:
    from app.sites import Site, Sites

_KEPT_BY_NOBODY = {"cache-control": "no-store"}


def embed_routes(editions: Editions, sites: Sites) -> APIRouter:
    """Return `/embed/<site>`, to read and to ask, and its `/embed/<site>/theme.css`."""
    router = APIRouter(include_in_schema=False)

    def page(edition: Edition, site: Site, answer: str = "", status: int = 200) -> HTMLResponse:
        html = edition.renderers.get(site.language).embed_page(
            answer,
            name=site.name,
            interest=site.interest_key,
            origins=site.origins,
            theme=f"{site.id}/theme.css" if site.theme else None,
        )
        return HTMLResponse(html, status_code=status, headers=_KEPT_BY_NOBODY)

    def notice(key: str, status: int, site: Site | None = None) -> HTMLResponse:
        renderer = editions.now.renderers.get(site.language if site else "")
        html = renderer.embed_notice(key, origins=site.origins if site else ())
        return HTMLResponse(html, status_code=status, headers=_KEPT_BY_NOBODY)

    def open_site(id: str) -> Site | HTMLResponse:
        """Return the site, or the page that says why there is nothing to ask."""
        site = sites.get(id)
        if site is None:
            return notice("embed_unknown", 404)
        return notice("embed_paused", 503, site) if site.paused else site

    @router.get("/embed/{id}")
    async def box(id: str) -> HTMLResponse:
        site = open_site(id)
        return site if isinstance(site, HTMLResponse) else page(editions.now, site)

    @router.post("/embed/{id}")
    async def ask(id: str, request: Request) -> HTMLResponse:
        site = open_site(id)
        if isinstance(site, HTMLResponse):
            return site
        edition = editions.now
        renderer = edition.renderers.get(site.language)
        try:
            answer = await edition.asking.ask(read_field(await request.body(), "question"), site.id)
        except Refused as refused:
            return page(edition, site, renderer.error(refused.key, **refused.filled), refused.status)
        return page(edition, site, renderer.answer(answer, date.today()))

    @router.get("/embed/{id}/theme.css")
    async def theme(id: str) -> Response:
        site = sites.get(id)
        if site is None or site.theme is None:
            return Response(status_code=404)
        return Response(theme_css(site.theme), media_type="text/css", headers={"cache-control": "no-cache"})

    return router
