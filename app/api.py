"""The routes that give answers as JSON."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from app.asking import Refused
from app.edition import Editions
from app.feedback import FeedbackCounts
from index.contract import answer_json, card_json, findings_json


class Encoded(JSONResponse):
    """JSON, made in a tenth of the time."""

    def render(self, content: Any) -> bytes:
        """Return the bytes of the body."""
        return msgspec.json.encode(content)


class PastedText(BaseModel):
    """An advertisement to check."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str


def wrong_body(request: Request, error: Exception) -> JSONResponse:
    """Say what a body must be; FastAPI's own words quote the body and its insides."""
    return JSONResponse({"error": 'the body must be {"text": "…"}'}, status_code=422)


class Judgement(BaseModel):
    """How a reader found a card."""

    model_config = ConfigDict(extra="forbid", strict=True)

    card: str
    kind: str


def api_routes(editions: Editions, feedback: FeedbackCounts | None = None) -> APIRouter:
    """Return the routes of the public contract, and the one for feedback where a site wants it."""
    router = APIRouter()

    def refuse(refused: Refused) -> JSONResponse:
        said = editions.now.renderer.say(refused.key, **refused.filled)
        return JSONResponse({"error": said}, status_code=refused.status)

    @router.get("/api/ask", summary="Answer one question")
    async def ask(q: Annotated[str, Query(description="the question, up to 2,000 characters")] = "") -> JSONResponse:
        try:
            return Encoded(answer_json(await editions.now.asking.ask(q)))
        except Refused as refused:
            return refuse(refused)

    @router.post(
        "/api/check",
        summary="Find the claims in a pasted advertisement",
        responses={422: {"description": 'the body is not {"text": "…"}'}},
    )
    async def check(pasted: PastedText) -> JSONResponse:
        try:
            return JSONResponse(findings_json(await editions.now.asking.check_text(pasted.text)))
        except Refused as refused:
            return refuse(refused)

    @router.get("/api/cards", summary="List every card")
    async def cards() -> dict[str, Any]:
        explainer = editions.now.explainer
        return {
            "version": explainer.version,
            "cards": [card_json(card, passages=False) for card in explainer.corpus.cards],
        }

    @router.get("/api/cards/{id}", summary="Return one card with all its passages")
    async def card(id: str) -> JSONResponse:
        edition = editions.now
        found = edition.explainer.card(id)
        if found is None:
            return JSONResponse({"error": edition.renderer.say("error_no_card")}, status_code=404)
        return JSONResponse({"version": edition.explainer.version, **card_json(found, passages=True)})

    if feedback is not None:

        @router.post("/api/feedback", summary="Count how a reader found a card")
        async def judge(judgement: Judgement) -> JSONResponse:
            known = editions.now.explainer.card(judgement.card) is not None
            counted = known and await run_sync(feedback.add, judgement.card, judgement.kind)
            return JSONResponse({"counted": counted}, status_code=200 if counted else 400)

    return router
