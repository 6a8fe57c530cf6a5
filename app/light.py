"""The light pages, which need no script: a card each, the list of them, a question, and the check of an advertisement."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse

from app.asking import Asking, Refused
from app.render import Renderer
from index.answer import clean_text

ICON = Path(__file__).parent / "static" / "icons" / "scales.svg"


def light_routes(asking: Asking, renderer: Renderer) -> APIRouter:
    """Return `/c`, `/c/<id>`, `/ask` and `/check`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/favicon.ico")
    async def icon() -> FileResponse:
        return FileResponse(ICON, media_type="image/svg+xml")

    @router.get("/c")
    async def cards() -> HTMLResponse:
        return HTMLResponse(renderer.cards_page())

    @router.get("/c/{id}")
    async def card(id: str) -> HTMLResponse:
        found = asking.card(id)
        if found is None:
            missing = renderer.say("error_no_card")
            return HTMLResponse(renderer.light(missing, renderer.error("error_no_card")), status_code=404)
        return HTMLResponse(renderer.card_page(found, date.today(), version=asking.explainer.version))

    @router.get("/ask")
    async def ask_form() -> HTMLResponse:
        return HTMLResponse(renderer.ask_page())

    @router.post("/ask")
    async def ask(request: Request) -> HTMLResponse:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=4)
        try:
            answer = await asking.ask(fields.get("question", [""])[-1])  # an example's comes after the box's
        except Refused as refused:
            error = renderer.error(refused.key, **refused.filled)
            return HTMLResponse(renderer.ask_page(error), status_code=refused.status)
        return HTMLResponse(renderer.ask_page(renderer.answer(answer, date.today())))

    @router.get("/check")
    async def check_form() -> HTMLResponse:
        return HTMLResponse(renderer.check_page())

    @router.post("/check")
    async def check(request: Request) -> HTMLResponse:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=4)
        text = clean_text(fields.get("text", [""])[0])
        try:
            findings = await asking.check_text(text)
        except Refused as refused:
            error = renderer.say(refused.key, **refused.filled)
            return HTMLResponse(renderer.check_page(text, error=error), status_code=refused.status)
        return HTMLResponse(renderer.check_page(text, findings))

    return router
