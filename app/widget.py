"""The widget that sites embed: the releases of its loader, and the lines that put it on a page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import APIRouter
from fastapi.responses import Response
from markupsafe import escape

from index.entry import Fields, read_entry
from index.errors import CorpusError, SettingsError

if TYPE_CHECKING:
    from app.sites import Site

Wording = Mapping[str, Mapping[str, str]]
FOLDER = Path(__file__).parent / "static" / "widget"
RELEASED = FOLDER / "released"
HASHES = RELEASED / "hashes.txt"  # each version and its hash, so that a change to a released file is noticed
WORDS = ("widget_open", "widget_close", "widget_frame", "widget_away", "widget_fallback")
MAJOR = 1
LANGUAGE = "en"  # whose words stand in where a language lacks one
FRAME_MAY = "allow-scripts allow-forms allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-modals"
_PLACEHOLDER = "__WORDS__"
_VERSION = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*)){2}")
_HOUR, _YEAR = "max-age=3600", "max-age=31536000, immutable"


def read_wording(corpus: Path) -> Wording:
    """Return the sentences of a corpus by language and key. Raises CorpusError if they cannot be read."""
    entry = read_entry(corpus / "wording.yaml", corpus)
    if entry.problems:
        raise CorpusError(entry.problems)
    languages = {str(tag): words for tag, words in entry.fields.items() if isinstance(words, Fields)}
    first = languages[LANGUAGE]
    return {tag: {str(key): str(text) for key, text in {**first, **words}.items()} for tag, words in languages.items()}


def release(wording: Wording) -> bytes:
    """Return the loader with the words of every language of `wording` in it."""
    words = {tag: {key: said[key] for key in WORDS} for tag, said in wording.items()}
    compiled = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    return (FOLDER / "loader.js").read_text(encoding="utf-8").replace(_PLACEHOLDER, compiled, 1).encode()


def versions() -> tuple[str, ...]:
    """Return every released version, the oldest first."""
    found = (path.stem for path in RELEASED.glob("*.js") if _VERSION.fullmatch(path.stem))
    return tuple(sorted(found, key=lambda version: tuple(map(int, version.split(".")))))


def newest() -> str:
    """Return the newest version of the major one in use, which is what `v1.js` is."""
    return [version for version in versions() if version.startswith(f"{MAJOR}.")][-1]


def script(version: str) -> bytes:
    """Return the file of a released version."""
    return (RELEASED / f"{version}.js").read_bytes()


def integrity(content: bytes) -> str:
    """Return the hash by which a browser knows a file (W3C Subresource Integrity), as sha384-…"""
    return f"sha384-{base64.b64encode(hashlib.sha384(content).digest()).decode()}"


def snippets(site: Site, title: str, public_url: str, fallback: str = "") -> str:
    """Return three ways to put the widget of a site on its pages, as HTML with a comment each.

    `title` names the plain frame to a screen reader. Raises SettingsError for an address that is none.
    """
    base = _address("--public-url", public_url).rstrip("/")
    chosen = {"data-site": site.id, "data-language": site.language}
    if site.position != "right":
        chosen["data-position"] = site.position
    if fallback:
        chosen["data-fallback"] = _address("--fallback", fallback)
    version = newest()
    pinned = {"integrity": integrity(script(version)), "crossorigin": "anonymous"}
    frame = {
        "src": f"{base}/embed/{site.id}",
        "title": title,
        "width": "100%",
        "height": "640",
        "sandbox": FRAME_MAY,
        "allow": "clipboard-write",
        "referrerpolicy": "no-referrer",
    }
    return "\n".join(
        [
            "<!-- The widget, mended and improved by us as time goes by: -->",
            f"<script {_attributes({'src': f'{base}/widget/v{MAJOR}.js', **chosen})} async></script>",
            f"<!-- Or version {version} of it, which never changes: -->",
            f"<script {_attributes({'src': f'{base}/widget/{version}.js', **pinned, **chosen})} async></script>",
            "<!-- Or a frame alone, without any script of ours on your page: -->",
            f"<iframe {_attributes(frame)}></iframe>",
        ]
    )


def widget_routes() -> APIRouter:
    """Return `/widget/v1.js`, the newest 1.x, and `/widget/<version>.js`, which never changes."""
    router = APIRouter(include_in_schema=False)
    files = {version: (script(version), _YEAR) for version in versions()} | {f"v{MAJOR}": (script(newest()), _HOUR)}
    # Any page may load it, with its hash or without.
    headers = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}

    @router.get("/widget/{name}.js")
    async def loader(name: str) -> Response:
        if name not in files:
            return Response(status_code=404)
        content, kept = files[name]
        return Response(content, media_type="text/javascript", headers={**headers, "cache-control": f"public, {kept}"})

    return router


def _attributes(values: Mapping[str, str]) -> str:
    return " ".join(f'{name}="{escape(value)}"' for name, value in values.items())


def _address(flag: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or re.search(r"\s", text):
        raise SettingsError(f"{flag} must be an address that begins with https:// or http://: {text!r}")
    return text
