"""One index as it is shown, and the next one as soon as it is there and sound."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import anyio
from anyio.to_thread import run_sync

from app.asking import Asking
from app.front import FrontPage
from app.gaps import Gaps
from app.logs import NAME
from app.metrics import Metrics
from app.refusals import Refusals
from app.render import Renderer
from app.render.languages import Renderers
from app.render.links import ServedLinks
from app.settings import Settings
from app.word_groups import known_words
from index.answer import Explainer
from index.disk import state_of
from index.encoder import Encoder
from index.errors import ExplainerError
from index.manifest import MANIFEST

EVERY = 1.0  # seconds between two looks at the index
log = logging.getLogger(NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What answers, and what puts its answers into words; a request keeps to one from beginning to end."""

    explainer: Explainer
    asking: Asking
    renderer: Renderer
    renderers: Renderers
    front: FrontPage
    refusals: Refusals


class Editions:
    """The Edition that is shown now; `trouble` says why a newer index is not, empty if there is none."""

    def __init__(self, explainer: Explainer, settings: Settings, metrics: Metrics | None = None) -> None:
        self._settings = settings
        self._metrics = metrics
        self._gaps = _gaps_of(explainer, settings)
        self._limiter = anyio.CapacityLimiter(settings.at_once)
        self.trouble = ""
        self.now = self._made(explainer)

    def show(self, explainer: Explainer) -> None:
        """Show another index from the next request on; those being answered end as they began."""
        self.now = self._made(explainer)
        self.trouble = ""
        if self._metrics:
            self._metrics.show(explainer.version)

    async def follow(self, folder: Path, every: float = EVERY) -> None:
        """Show each new index of `folder` once it is whole, without end; one that cannot be loaded is left out."""
        manifest = folder / MANIFEST
        mark = state_of(manifest)
        while True:
            await anyio.sleep(every)
            found = state_of(manifest)
            if found == mark:
                continue
            mark = found
            try:
                self.show(await run_sync(_sound, folder, self.now.explainer.encoder))
            except Exception as error:  # whatever is wrong with it, the one that is shown is sound
                self.trouble = "the newest index cannot be loaded"
                why = str(error) if isinstance(error, ExplainerError) else type(error).__name__
                log.warning("the index stays as it was: %s", why)
            else:
                log.info("corpus version %s is shown", self.now.explainer.version)

    def _made(self, explainer: Explainer) -> Edition:
        settings = self._settings
        links = ServedLinks(settings.root_path, settings.public_url)
        judged, counted = settings.feedback is not None, settings.gaps is not None
        renderer = Renderer(explainer.corpus, settings.language, links, feedback=judged, counted=counted)
        return Edition(
            explainer=explainer,
            asking=Asking(explainer, settings.seconds, self._limiter, self._metrics, self._gaps),
            renderer=renderer,
            renderers=Renderers(explainer.corpus, settings.language, links, feedback=judged, counted=counted),
            front=FrontPage(
                language=settings.language, head=renderer.head(), above=renderer.opening(), below=renderer.closing()
            ),
            refusals=Refusals(renderer),
        )


def _gaps_of(explainer: Explainer, settings: Settings) -> Gaps | None:
    if settings.gaps is None:
        return None
    known = known_words(explainer.corpus)
    return Gaps(settings.gaps, days=settings.gaps_days, known=known, today=date.today())


def _sound(folder: Path, encoder: Encoder) -> Explainer:
    """Return what answers from the index of `folder`, once it has answered."""
    explainer = Explainer.load(folder, encoder)
    explainer.warm_up()
    return explainer
