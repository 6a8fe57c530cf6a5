"""Gradio's page made ours: our words around it at once, and nothing in it that a strict policy forbids."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Gradio writes into its page the address that it was asked at, which behind a proxy is often not the reader's. It is
# asked at one that nobody has, and of that only the path is left; never nothing, for which it takes the page's own
# address, with a question in it.
NO_HOST = "root.invalid"
_NOWHERE = re.compile(rf'"http://{re.escape(NO_HOST)}(/[^"]*)?"')
_STYLE_ATTRIBUTE = re.compile(r'(<[a-z][a-z0-9-]*\b[^<>]*?)\sstyle="([^"]*)"')
_FOREIGN_HEAD = re.compile(r'\n?\s*<(?:meta\s+(?:property|name)="(?:og|twitter):|link\s+rel="manifest")[^>]*?/?>')
_STARTED_BY = re.compile(r'\s*<script nonce="[^"]*" type="module"[^>]*></script>')
_APP = re.compile(r"<gradio-app\b.*?</gradio-app>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontPage:
    """What stands around Gradio's part of the page, as HTML: in the head, above it and below it."""

    language: str
    head: str
    above: str
    below: str

    def around(self, html: str, nonce: str) -> str:
        """Return Gradio's page with ours around it, a nonce on its scripts and styles, and no inline style.

        Gradio takes a second to start; what stands around it is read, and the box above it typed into, meanwhile:
        its script comes last, so that ours does not wait for it. Its style stays before ours, which it would undo.
        """
        moved: list[str] = []

        def move(match: re.Match[str]) -> str:
            moved.append(match[2])
            return f'{match[1]} class="moved-{len(moved)}"'

        html = _NOWHERE.sub(lambda address: f'"{address[1] or "/"}"', html)
        html = _FOREIGN_HEAD.sub("", _STYLE_ATTRIBUTE.sub(move, html))
        rules = "".join(f".moved-{number}{{{style}}}" for number, style in enumerate(moved, 1))
        html = html.replace('lang="en"', f'lang="{self.language}" data-lang="{self.language}"', 1)
        html = html.replace("</head>", f"<style>{rules}</style>{self.head}</head>", 1)
        html = _APP.sub(lambda app: f"{self.above}{app[0]}{self.below}", html, count=1)
        html = re.sub(r"<(script|style)\b", rf'<\1 nonce="{nonce}"', html)
        started_by = "".join(_STARTED_BY.findall(html))
        return _STARTED_BY.sub("", html).replace("</body>", f"{started_by}</body>", 1)
