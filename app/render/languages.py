"""The Renderers of one corpus, one for each language that is asked for."""

from __future__ import annotations

from app.render.html import CARD_LANGUAGE, Renderer
from app.render.links import Links
from index.records import Corpus


class Renderers:
    """Renderers of the pages that sites show in a frame, each made when its language is first asked for.

    `language` stands in for one that has no wording; `links`, `feedback` and `counted` are as a Renderer takes them.
    """

    def __init__(
        self,
        corpus: Corpus,
        language: str = CARD_LANGUAGE,
        links: Links | None = None,
        *,
        feedback: bool = False,
        counted: bool = False,
    ) -> None:
        self._corpus = corpus
        self._language = language
        self._links = links
        self._feedback = feedback
        self._counted = counted
        self._made: dict[str, Renderer] = {}

    def get(self, language: str = "") -> Renderer:
        """Return the Renderer of a language; there are never more than the wording has languages."""
        tag = language if language in self._corpus.wording else self._language
        if tag not in self._made:
            self._made[tag] = Renderer(
                self._corpus, tag, self._links, feedback=self._feedback, counted=self._counted, new_tabs=True
            )
        return self._made[tag]
