"""The one way into the Explainer from the outside: bounded in number and time, and silent about itself."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TYPE_CHECKING, Protocol, TypeVar

import anyio
from anyio.to_thread import run_sync

from app.gaps import Countable, Gaps
from app.logs import NAME, what_failed
from index.answer import ANY_QUESTION, Explainer, has_words
from index.errors import QuestionError
from index.records import MAX_QUESTION, MAX_TEXT, Answer, Finding

if TYPE_CHECKING:
    from app.metrics import Metrics

T = TypeVar("T")
log = logging.getLogger(NAME)


class Refused(Exception):
    """Raised when a question gets no answer; `key` names the sentence of the wording to show, `status` the HTTP status."""

    def __init__(self, key: str, status: int, **filled: object) -> None:
        super().__init__(key)
        self.key = key
        self.status = status
        self.filled = filled


class Answers(Protocol):
    """What answers from one index, here or elsewhere; it raises what an Explainer raises, or Refused."""

    async def ask(self, question: str) -> Answer:
        """Answer a question."""
        ...

    async def check_text(self, text: str) -> tuple[Finding, ...]:
        """Find the claims in a pasted text."""
        ...


class Asking:
    """Asks for answers from the index of `explainer`, waiting for each for `seconds` at most."""

    def __init__(
        self,
        explainer: Explainer,
        answers: Answers,
        seconds: float,
        metrics: Metrics | None = None,
        gaps: Gaps | None = None,
    ) -> None:
        self._answers = answers
        self._metrics = metrics
        self._gaps = gaps
        self._countable = Countable(explainer.corpus) if gaps else None
        self._answered = False
        self._seconds = seconds

    async def ask(self, question: str, site: str = "") -> Answer:
        """Answer a question, or raise Refused; `site` is the id of the site in whose frame it was asked, if any."""
        try:
            answer = await self._run("error_long", MAX_QUESTION, self._answers.ask, question)
        except Refused:
            self._count("refused")
            raise
        self._count(answer.outcome, answer.safety[0].kind if answer.safety else None)
        if self._gaps and self._countable and self._countable.allows(answer):
            nearest = [card.id for card in answer.cards]
            await run_sync(self._gaps.note, answer.question, nearest, site, date.today())
        return answer

    async def check_text(self, text: str) -> tuple[Finding, ...]:
        """Find the claims in a pasted text, or raise Refused."""
        return await self._run("error_text_long", MAX_TEXT, self._answers.check_text, text)

    async def able(self) -> bool:
        """Say whether a question would be answered; the first time by asking one."""
        if not self._answered:
            with contextlib.suppress(Refused):
                await self._run("error_long", MAX_QUESTION, self._answers.ask, ANY_QUESTION)
        return self._answered

    def _count(self, outcome: str, safety_kind: str | None = None) -> None:
        if self._metrics:
            self._metrics.count_answer(outcome, safety_kind)

    async def _run(self, too_long: str, limit: int, work: Callable[[str], Awaitable[T]], text: str) -> T:
        if not has_words(text):
            raise Refused("error_empty", 400)
        try:
            with anyio.fail_after(self._seconds):
                found = await work(text)
        except Refused:
            raise
        except QuestionError:
            raise Refused(too_long, 413, limit=f"{limit:,}") from None
        except TimeoutError:
            raise Refused("error_busy", 503) from None
        except Exception as error:
            # The words of the question must not reach the log, and a traceback may quote them.
            log.error("a question could not be answered", extra=what_failed(error))
            raise Refused("error_failed", 500) from None
        self._answered = True
        return found
