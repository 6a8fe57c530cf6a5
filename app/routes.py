"""Everything that may be reached from outside, and nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

PREDICT = "/gradio_api/run/predict"
FORM = 32_768  # bytes: the longest question, every character of it escaped
TEXT = 131_072  # likewise for a pasted text
_PARTS = {
    "id": r"[a-z0-9]+(?:-[a-z0-9]+)*",
    "file": r"(?:icons/)?[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.(?:js|css|woff2|svg|png)",
    "version": r"v[0-9]+|[0-9]+\.[0-9]+\.[0-9]+",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One thing that may be reached: by which methods, at which whole path, and what is allowed there.

    `path` has an `{id}`, `{file}` or `{version}` where these vary. `max_body` is in bytes. `work`
    says that it costs an answer, and so counts against the limits; `gradio` that it is Gradio's
    own; `shared` that the sites we know may read it from their pages; `framed` that the site named
    by its id may show it in a frame.
    """

    path: str
    methods: tuple[str, ...] = ("GET",)
    max_body: int = 0
    work: bool = False
    gradio: bool = False
    shared: bool = False
    framed: bool = False
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        written = re.split(r"\{(\w+)\}", self.path)
        parts = [f"(?P<{p}>{_PARTS[p]})" if n % 2 else re.escape(p) for n, p in enumerate(written)]
        object.__setattr__(self, "pattern", re.compile("".join(parts)))


ROUTES = (
    Route(path="/", gradio=True),
    Route(path="/assets/{file}", gradio=True),
    Route(path="/theme.css", gradio=True),
    Route(path="/static/js/iframeResizer.contentWindow.min.js", gradio=True),
    Route(path=PREDICT, methods=("POST",), max_body=FORM, work=True, gradio=True),
    Route(path="/site/{file}"),
    Route(path="/c"),
    Route(path="/c/{id}"),
    Route(path="/ask"),
    Route(path="/ask", methods=("POST",), max_body=FORM, work=True),
    Route(path="/check"),
    Route(path="/check", methods=("POST",), max_body=TEXT, work=True),
    Route(path="/api/ask", work=True, shared=True),
    Route(path="/api/cards", shared=True),
    Route(path="/api/cards/{id}", shared=True),
    Route(path="/api/check", methods=("POST",), max_body=TEXT, work=True, shared=True),
    Route(path="/api/feedback", methods=("POST",), max_body=256, work=True),
    Route(path="/widget/{version}.js", shared=True),
    Route(path="/embed/{id}", framed=True),
    Route(path="/embed/{id}", methods=("POST",), max_body=FORM, work=True, framed=True),
    Route(path="/embed/{id}/theme.css"),
    Route(path="/mcp", methods=("POST",), max_body=FORM, work=True),
    Route(path="/mcp", methods=("GET", "DELETE")),  # the protocol wants to hear that they are not offered
    Route(path="/openapi.json", shared=True),
    Route(path="/health"),
    Route(path="/ready"),
    Route(path="/metrics"),
    Route(path="/favicon.ico"),
)


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route that a request means, with the parts of its path that vary; None if there is none.

    A HEAD is a GET whose body the server leaves out.
    """
    method = "GET" if method == "HEAD" else method
    for route in ROUTES:
        if method in route.methods and (match := route.pattern.fullmatch(path)):
            return route, match.groupdict()
    return None


def shared_methods(path: str) -> tuple[str, ...]:
    """Return the methods by which other sites' pages may read a path."""
    found = (route for route in ROUTES if route.shared and route.pattern.fullmatch(path))
    return tuple(method for route in found for method in route.methods)
