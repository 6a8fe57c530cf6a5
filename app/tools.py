"""The MCP endpoint: one tool that looks up a claim, and every card as a resource; nothing is kept between requests."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
    Tool,
    ToolAnnotations,
)
from mcp.types.jsonrpc import jsonrpc_message_adapter
from pydantic import Field, ValidationError
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.asking import Refused
from app.edition import Editions
from app.looked_up import Form, LookedUp, looked_up, looked_up_text
from index.records import MAX_QUESTION, Answer

TOOL = "look_up_claim"
CARD = "card://"
_TEXT = "text/plain"
# For the program that asks and the model behind it; what a reader is shown stands in the corpus.
_HELP = (
    "Look up what is known about a claim or a question on this subject. The answer is retrieved, not generated: "
    "vetted cards, each with a verdict, a certainty, and passages that carry a label saying what kind of source "
    "stands behind them. Show safety cards first, no passage without its label, and every sentence of must_show."
)


class Asked(Form):
    """What the tool is given."""

    question: str = Field(min_length=1, max_length=MAX_QUESTION, description="one question, in the asker's own words")


def mcp_app(editions: Editions, hosts: Collection[str]) -> ASGIApp:
    """Return the MCP endpoint, for a route at one path; `hosts` are the Host headers that are answered.

    Each request is complete in itself, so there is nothing to start or to stop, and any number
    of workers can serve it.
    """
    renderer = editions.now.renderer
    handlers = _Handlers(editions)
    server: Server[Any] = Server(
        "claim-explainer",
        version=editions.now.explainer.version,
        title=renderer.say("title"),
        instructions=_HELP,
        get_tool_input_schema={TOOL: handlers.tool.input_schema}.get,
        on_list_tools=handlers.list_tools,
        on_call_tool=handlers.call_tool,
        on_list_resources=handlers.list_resources,
        on_list_resource_templates=handlers.list_templates,
        on_read_resource=handlers.read_resource,
    )
    server.middleware.clear()  # it reports every request to a telemetry library, should one be installed
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection="*" not in hosts,
        allowed_hosts=[form for host in hosts for form in (host, f"{host}:*")],
    )
    return _Endpoint(server, security, unreadable=renderer.say("error_request"))


class _Handlers:
    """What each request of the protocol is answered."""

    def __init__(self, editions: Editions) -> None:
        self._editions = editions
        renderer = editions.now.renderer
        self.tool = Tool(
            name=TOOL,
            title=renderer.say("title"),
            description=f"{renderer.say('title')}. {_HELP}",
            input_schema=Asked.model_json_schema(),
            output_schema=LookedUp.model_json_schema(),
            annotations=ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False),
        )

    async def list_tools(self, context: object, params: object) -> ListToolsResult:
        return ListToolsResult(tools=[self.tool])

    async def call_tool(self, context: object, params: CallToolRequestParams) -> CallToolResult:
        if params.name != TOOL:
            raise MCPError(INVALID_PARAMS, f"there is one tool here: {TOOL}")
        edition = self._editions.now
        try:
            answer = await edition.asking.ask(_question(params.arguments))
        except Refused as refused:
            sentence = edition.renderer.say(refused.key, **refused.filled)
            return CallToolResult(content=[TextContent(text=sentence)], is_error=True)
        return CallToolResult(
            content=[TextContent(text=looked_up_text(answer, edition.renderer))],
            structured_content=looked_up(answer, edition.renderer),
        )

    async def list_resources(self, context: object, params: object) -> ListResourcesResult:
        return ListResourcesResult(
            resources=[
                Resource(uri=CARD + card.id, name=card.id, title=card.title, mime_type=_TEXT)
                for card in self._editions.now.explainer.corpus.cards
            ]
        )

    async def list_templates(self, context: object, params: object) -> ListResourceTemplatesResult:
        template = ResourceTemplate(uri_template=f"{CARD}{{id}}", name="card", mime_type=_TEXT)
        return ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(self, context: object, params: ReadResourceRequestParams) -> ReadResourceResult:
        explainer, renderer = self._editions.now.explainer, self._editions.now.renderer
        card = explainer.card(params.uri.removeprefix(CARD)) if params.uri.startswith(CARD) else None
        if card is None:
            raise MCPError(INVALID_PARAMS, renderer.say("error_no_card"))
        version = explainer.version
        alone = Answer(question="", outcome="answered", safety=(), cards=(card,), notes=(), version=version)
        text = looked_up_text(alone, renderer)
        return ReadResourceResult(contents=[TextResourceContents(uri=params.uri, text=text, mime_type=_TEXT)])


def _question(arguments: dict[str, Any] | None) -> str:
    """Return the question of a call, or raise Refused."""
    try:
        return Asked.model_validate(arguments or {}).question
    except ValidationError as error:
        wrong = error.errors()[0]["type"]
    if wrong == "string_too_long":
        raise Refused("error_long", 413, limit=f"{MAX_QUESTION:,}")
    raise Refused("error_empty" if wrong == "string_too_short" else "error_request", 400)


class _Endpoint:
    """Takes POST requests of programs, each complete in itself: no session, no stream, no browser."""

    def __init__(self, server: Server[Any], security: TransportSecuritySettings, *, unreadable: str) -> None:
        self._server = server
        self._security = security
        error = {"code": INVALID_REQUEST, "message": unreadable}
        self._unreadable = JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status_code=400)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        refusal = _refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        body = await Request(scope, receive).body()  # the gate has seen to its length
        try:
            jsonrpc_message_adapter.validate_json(body, by_name=False)
        except ValidationError:  # the SDK's own words for it quote the body and its insides
            await self._unreadable(scope, receive, send)
            return
        unread = [body]

        async def replay() -> Message:
            if not unread:
                await anyio.sleep_forever()  # an answer is sent whole; nothing depends on who still waits for it
            return {"type": "http.request", "body": unread.pop(), "more_body": False}

        # A manager runs once, and with no sessions there is nothing for it to keep: with one for
        # each request there is none to start with the server.
        manager = StreamableHTTPSessionManager(
            self._server, json_response=True, stateless=True, security_settings=self._security
        )
        async with manager.run():
            await manager.handle_request(scope, replay, send)


def _refusal(scope: Scope) -> Response | None:
    if scope["method"] != "POST":
        return JSONResponse({"error": "only POST"}, status_code=405, headers={"allow": "POST"})
    # Only browsers send an Origin, and no page of ours asks here. The SDK's own check of it comes
    # with its check of the Host, which a server that answers to any host does without.
    if "origin" in Headers(scope=scope):
        return JSONResponse({"error": "forbidden"}, status_code=403)
    return None
