"""A registry of DOIs on this machine, answering in the form of Crossref's REST API and of doi.org."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit


def work(doi: str, name: str, **more: object) -> dict[str, Any]:
    """A record of the work of that name as `works/{doi}` gives it; `more` are members of its message."""
    message = {
        "DOI": doi,
        "URL": f"https://doi.org/{doi}",
        "type": "journal-article",
        "publisher": "Hat Press",
        "title": [name],
        "subtitle": [],
        "container-title": ["Journal of Hats"],
        "issued": {"date-parts": [[2010, 5]]},
        "relation": {},
        **more,
    }
    return {"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": message}


def update(sort: str, doi: str, source: str = "publisher") -> dict[str, Any]:
    """One member of `updated-by`: a notice about a work, and who told of it."""
    return {
        "updated": {"date-parts": [[2022, 3, 1]], "date-time": "2022-03-01T00:00:00Z", "timestamp": 1646092800000},
        "DOI": doi,
        "type": sort,
        "source": source,
        "label": sort.replace("_", " ").capitalize(),
    }


class LocalRegistry:
    """What the server answers, by DOI: a record, a status, or a list of them for one request after another."""

    def __init__(self) -> None:
        self.works: dict[str, Any] = {}
        self.elsewhere: dict[str, Any] = {}
        self.headers: dict[str, str] = {}  # sent with every status that is no success
        self.asked: list[str] = []
        self.agents: list[str] = []
        self.address = ""

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return status and body of one request."""
        doi = unquote(path.removeprefix("/works/").removeprefix("/doi/"))
        known = self.works if path.startswith("/works/") else self.elsewhere
        found = known.get(doi, 404)
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(found, int):
            return found, b"Resource not found." if found == 404 else b"<html>Not now</html>"
        return 200, found if isinstance(found, bytes) else json.dumps(found).encode()


@contextmanager
def serving() -> Iterator[LocalRegistry]:
    """Serve a registry on a free port of this machine until the block ends."""
    registry = LocalRegistry()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.asked.append(self.path)
            registry.agents.append(self.headers["User-Agent"])
            status, body = registry.answer(urlsplit(self.path).path)
            self.send_response(status)
            for name, value in registry.headers.items() if status >= 400 else ():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        registry.address = f"http://127.0.0.1:{server.server_port}"
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
