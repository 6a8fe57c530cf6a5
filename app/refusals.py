"""What is said to a request that is not let through: a sentence of the wording, in the form that was asked for."""

from __future__ import annotations

from secrets import token_hex

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Scope

from app.render import Renderer
from index.records import MAX_QUESTION, MAX_TEXT

_SENTENCES = {
    400: "error_request",
    403: "error_request",
    404: "error_no_page",
    408: "error_busy",
    413: "error_long",
    429: "error_limit",
    500: "error_failed",
}


class Refusals:
    """Puts refusals into words: HTML for a browser that opens a page, JSON for a program."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def of(
        self, status: int, scope: Scope, *, seconds: int = 0, pasted: bool = False, as_answer: bool = False
    ) -> Response:
        """Return the response; `seconds` say when to come again, `pasted` that it is about a pasted text.

        With `as_answer` the sentence comes as an answer on the main page does, since Gradio shows nothing else.
        """
        key = "error_text_long" if status == 413 and pasted else _SENTENCES[status]
        filled = {"seconds": seconds, "limit": f"{MAX_TEXT if pasted else MAX_QUESTION:,}"}
        headers = {"cache-control": "no-store", **({"retry-after": str(seconds)} if seconds else {})}
        if as_answer:
            data = {"data": [self._renderer.error(key, told=token_hex(4), **filled)], "is_generating": False}
            return JSONResponse(data, headers=headers)
        sentence = self._renderer.say(key, **filled)
        if "text/html" in Headers(scope=scope).get("accept", ""):
            page = self._renderer.light(sentence, self._renderer.error(key, **filled))
            return HTMLResponse(page, status_code=status, headers=headers)
        return JSONResponse({"error": sentence}, status_code=status, headers=headers)
