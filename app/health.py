"""How the server is, for those who run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from app.edition import Editions
from app.later import Later
from app.page import Page

if TYPE_CHECKING:
    from app.metrics import Metrics


def health_routes(editions: Editions, metrics: Metrics | None, page: Later[Page]) -> APIRouter:
    """Return `/health`, `/ready`, and `/metrics` where the site wants it."""
    router = APIRouter()

    @router.get("/health", summary="Say whether the server answers")
    async def health() -> dict[str, Any]:
        explainer = editions.now.explainer
        told = {"status": "ok", "version": explainer.version, "cards": len(explainer.corpus.cards)}
        trouble = [editions.trouble, "the page could not be made" if page.failed else ""]
        return {**told, "trouble": "; ".join(filter(None, trouble))} if any(trouble) else told

    @router.get("/ready", summary="Say whether a question would be answered: model and index are loaded")
    async def ready() -> JSONResponse:
        able = await editions.now.asking.able()
        return JSONResponse({"ready": able}, status_code=200 if able else 503)

    if metrics is not None:

        @router.get("/metrics", include_in_schema=False)
        async def counts() -> Response:
            content, media_type = metrics.render()
            return Response(content, media_type=media_type)

    return router
