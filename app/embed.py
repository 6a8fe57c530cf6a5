"""The pages that sites show in a frame: a box for a question, its answer, and who shows it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from app.asking import Asking, Refused
from app.render.languages import Renderers
from app.theme import theme_css

if TYPE_CHECKING:
    from app.sites import Site, Sites

_KEPT_BY_NOBODY = {"cache-control": "no-store"}


def embed_routes(asking: Asking, renderers: Renderers, sites: Sites) -> APIRouter:
    """Return `/embed/<site>`, to read and to ask, and its `/embed/<site>/theme.css`."""
    router = APIRouter(include_in_schema=False)

    def page(site: Site, answer: str = "", status: int = 200) -> HTMLResponse:
        html = renderers.get(site.language).embed_page(
            answer,
            name=site.name,
            interest=site.interest_key,
            origins=site.origins,
            theme=f"{site.id}/theme.css" if site.theme else None,
        )
        return HTMLResponse(html, status_code=status, headers=_KEPT_BY_NOBODY)

    def notice(key: str, status: int, site: Site | None = None) -> HTMLResponse:
        renderer = renderers.get(site.language if site else "")
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
        return site if isinstance(site, HTMLResponse) else page(site)

    @router.post("/embed/{id}")
    async def ask(id: str, request: Request) -> HTMLResponse:
        site = open_site(id)
        if isinstance(site, HTMLResponse):
            return site
        renderer = renderers.get(site.language)
        try:
            answer = await asking.ask(_question(await request.body()))
        except Refused as refused:
            return page(site, renderer.error(refused.key, **refused.filled), refused.status)
        return page(site, renderer.answer(answer, date.today()))

    @router.get("/embed/{id}/theme.css")
    async def theme(id: str) -> Response:
        site = sites.get(id)
        if site is None or site.theme is None:
            return Response(status_code=404)
        return Response(theme_css(site.theme), media_type="text/css", headers={"cache-control": "no-cache"})

    return router


def _question(body: bytes) -> str:
    """Return the one field of a form, or raise Refused for a body that no form of ours sends."""
    try:
        fields = parse_qs(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=1
        )
    except ValueError:
        raise Refused("error_request", 400) from None
    if list(fields) != ["question"]:
        raise Refused("error_request", 400)
    return fields["question"][0]
