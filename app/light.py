"""The light pages, which need no script: one for each card, and the list of them all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse
from markupsafe import escape

from app.asking import Asking
from app.render import Renderer

ICON = Path(__file__).parent / "static" / "icons" / "scales.svg"


def light_routes(asking: Asking, renderer: Renderer) -> APIRouter:
    """Return `/c` and `/c/<id>`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/c")
    async def index() -> HTMLResponse:
        heading = f"<h1>{escape(renderer.say('all_cards'))}</h1>"
        return HTMLResponse(renderer.light(renderer.say("all_cards"), heading + renderer.index()))

    @router.get("/favicon.ico")
    async def icon() -> FileResponse:
        return FileResponse(ICON, media_type="image/svg+xml")

    @router.get("/c/{id}")
    async def card(id: str) -> HTMLResponse:
        found = asking.card(id)
        if found is None:
            missing = renderer.say("error_no_card")
            return HTMLResponse(renderer.light(missing, renderer.error("error_no_card")), status_code=404)
        html = renderer.card(found, date.today(), version=asking.explainer.version)
        return HTMLResponse(renderer.light(found.title, html))

    return router
