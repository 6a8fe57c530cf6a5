"""The light pages, which need no script: a card each, the list of them, a question, and the check of an advertisement."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse

from app.asking import Refused
from app.edition import Editions
from app.form import read_field
from index.answer import clean_text

ICON = Path(__file__).parent / "static" / "icons" / "scales.svg"


def light_routes(editions: Editions) -> APIRouter:
    """Return `/c`, `/c/<id>`, `/ask` and `/check`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/favicon.ico")
    async def icon() -> FileResponse:
        return FileResponse(ICON, media_type="image/svg+xml")

    @router.get("/c")
    async def cards() -> HTMLResponse:
        return HTMLResponse(editions.now.renderer.cards_page())

    @router.get("/c/{id}")
    async def card(id: str) -> HTMLResponse:
        explainer, renderer = editions.now.explainer, editions.now.renderer
        found = explainer.card(id)
        if found is None:
            missing = renderer.say("error_no_card")
            return HTMLResponse(renderer.light(missing, renderer.error("error_no_card")), status_code=404)
        return HTMLResponse(renderer.card_page(found, date.today(), version=explainer.version))

    @router.get("/ask")
    async def ask_form() -> HTMLResponse:
        return HTMLResponse(editions.now.renderer.ask_page())

    @router.post("/ask")
    async def ask(request: Request) -> HTMLResponse:
        edition = editions.now
        try:
            answer = await edition.asking.ask(read_field(await request.body(), "question"))
        except Refused as refused:
            error = edition.renderer.error(refused.key, **refused.filled)
            return HTMLResponse(edition.renderer.ask_page(error), status_code=refused.status)
        return HTMLResponse(edition.renderer.ask_page(edition.renderer.answer(answer, date.today())))

    @router.get("/check")
    async def check_form() -> HTMLResponse:
        return HTMLResponse(editions.now.renderer.check_page())

    @router.post("/check")
    async def check(request: Request) -> HTMLResponse:
        edition = editions.now
        text = ""
        try:
            text = clean_text(read_field(await request.body(), "text"))
            findings = await edition.asking.check_text(text)
        except Refused as refused:
            error = edition.renderer.say(refused.key, **refused.filled)
            return HTMLResponse(edition.renderer.check_page(text, error=error), status_code=refused.status)
        return HTMLResponse(edition.renderer.check_page(text, findings))

    return router
