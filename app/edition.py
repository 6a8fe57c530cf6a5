"""One index as it is shown, and the next one as soon as it is there and sound."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import anyio
from anyio.to_thread import run_sync

from app.asking import Answers, Asking
from app.front import FrontPage
from app.gaps import Gaps
from app.logs import NAME
from app.refusals import Refusals
from app.render import Renderer
from app.render.languages import Renderers
from app.render.links import ServedLinks
from app.settings import Settings
from app.together import ThreadAnswers
from app.word_groups import known_words
from index.answer import Explainer
from index.disk import state_of
from index.errors import ExplainerError
from index.manifest import MANIFEST
from index.served import ServedEncoder

if TYPE_CHECKING:
    from app.metrics import Metrics

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


class Elsewhere(Protocol):
    """Where questions are answered, if not in this process."""

    def open(self, explainer: Explainer) -> Answers:
        """Return what answers from the index of `explainer`, once it does; raise ExplainerError if it does not come."""
        ...

    def tidy(self) -> None:
        """End what answered from an index that is no longer shown, once nobody can still wait for it."""
        ...


class Editions:
    """The Edition that is shown now; `trouble` says why a newer index is not, empty if there is none."""

    def __init__(
        self,
        explainer: Explainer,
        settings: Settings,
        metrics: Metrics | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._settings = settings
        self._metrics = metrics
        self._elsewhere = elsewhere
        self._gaps = _gaps_of(explainer, settings)
        self._threads = ThreadPoolExecutor(settings.at_once, thread_name_prefix="answers")
        self.trouble = ""
        self.now = self._made(explainer, self._answers(explainer))

    def show(self, explainer: Explainer, answers: Answers) -> None:
        """Show another index from the next request on; those being answered end as they began."""
        self.now = self._made(explainer, answers)
        self.trouble = ""
        if self._metrics:
            self._metrics.show(explainer.version)

    async def follow(self, folder: Path, every: float = EVERY) -> None:
        """Show each new index of `folder` once it is whole, without end; one that cannot be loaded is left out."""
        manifest = folder / MANIFEST
        mark = state_of(manifest)
        while True:
            await anyio.sleep(every)
            if self._elsewhere:
                await run_sync(self._elsewhere.tidy)
            found = state_of(manifest)
            if found == mark:
                continue
            mark = found
            try:
                self.show(*await run_sync(self._sound, folder, abandon_on_cancel=True))
            except Exception as error:  # whatever is wrong with it, the one that is shown is sound
                self.trouble = "the newest index cannot be loaded"
                why = str(error) if isinstance(error, ExplainerError) else type(error).__name__
                log.warning("the index stays as it was: %s", why)
            else:
                log.info("corpus version %s is shown", self.now.explainer.version)

    def _answers(self, explainer: Explainer) -> Answers:
        return self._elsewhere.open(explainer) if self._elsewhere else ThreadAnswers(explainer, self._threads)

    def _sound(self, folder: Path) -> tuple[Explainer, Answers]:
        """Return the index of `folder` and what answers from it, once it has answered."""
        encoder = self.now.explainer.encoder
        same = not isinstance(encoder, ServedEncoder) or encoder.is_chosen_in(folder)
        explainer = Explainer.load(folder, encoder if same else None)
        if not self._elsewhere:
            explainer.warm_up()
        return explainer, self._answers(explainer)

    def _made(self, explainer: Explainer, answers: Answers) -> Edition:
        settings = self._settings
        links = ServedLinks(settings.root_path, settings.public_url)
        judged, counted = settings.feedback is not None, settings.gaps is not None
        renderer = Renderer(explainer.corpus, settings.language, links, feedback=judged, counted=counted)
        return Edition(
            explainer=explainer,
            asking=Asking(explainer, answers, settings.seconds, self._metrics, self._gaps),
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
