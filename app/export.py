"""Every card as a file: the fallback that any web host, or a browser alone, can show."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from app.render import Renderer
from app.render.links import FileLinks
from index.answer import Explainer
from index.errors import ReportError

STATIC = Path(__file__).parent / "static"


def export_site(explainer: Explainer, folder: Path, language: str = "en") -> int:
    """Write a page for each card and the list of all into `folder`; return how many pages.

    Raises ReportError if the folder cannot be written.
    """
    renderer = Renderer(explainer.corpus, language, FileLinks())
    pages = {"index": renderer.cards_page()}
    for card in explainer.corpus.cards:
        pages[card.id] = renderer.card_page(card, date.today(), version=explainer.version)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, html in pages.items():
            (folder / f"{name}.html").write_text(html, encoding="utf-8")
        shutil.copytree(STATIC, folder / "site", dirs_exist_ok=True)
    except OSError as error:
        raise ReportError(f"cannot write to {folder}: {error.strerror}") from error
    return len(pages)
