"""An Explainer asked on threads of this process, where questions that wait are answered together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from index.answer import Asked, Explainer
from index.records import Answer, Finding
from index.served import texts_together


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """A question as it came, and who waits for its answer."""

    text: str
    answer: Future[Answer]


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A question that is ready to be answered, and the count of its tokens, 0 where it is answered alone."""

    asked: Asked
    tokens: int
    answer: Future[Answer]


class ThreadAnswers:
    """An Explainer of this process, asked on `threads`.

    A thread that is free takes the question that has waited longest, and with it others of as many
    tokens: the encoder needs less time for them together, and the answers are the same.
    """

    def __init__(self, explainer: Explainer, threads: ThreadPoolExecutor) -> None:
        self._explainer = explainer
        self._threads = threads
        self._lock = threading.Lock()  # held to take from the lists, never for work
        self._unread: list[_Question] = []
        self._read: list[_Read] = []

    async def ask(self, question: str) -> Answer:
        """Answer a question."""
        asked = _Question(question, Future())
        with self._lock:
            self._unread.append(asked)
        self._threads.submit(self._work)
        return await asyncio.wrap_future(asked.answer)

    async def check_text(self, text: str) -> tuple[Finding, ...]:
        """Find the claims in a pasted text."""
        return await asyncio.wrap_future(self._threads.submit(self._explainer.check_text, text))

    def _work(self) -> None:
        """Read all questions that are not read yet, answer some that belong together, and leave the others to whoever is free."""
        with self._lock:
            unread, self._unread = self._unread, []
        read = [made for question in unread if (made := self._made_ready(question))]
        with self._lock:
            self._read += read
            together = self._taken()
            more = bool(self._read)
        if more:
            self._threads.submit(self._work)
        if together:
            self._answer(together)

    def _made_ready(self, question: _Question) -> _Read | None:
        if question.answer.cancelled():
            return None
        try:
            asked = self._explainer.read(question.text)
            return _Read(asked, self._explainer.tokens(asked), question.answer)
        except Exception as error:
            if question.answer.set_running_or_notify_cancel():
                question.answer.set_exception(error)
            return None

    def _taken(self) -> list[_Read]:
        """Take the question that was read first, and others to be answered together with it; none where nobody waits."""
        taken: list[_Read] = []
        left: list[_Read] = []
        for read in self._read:
            if not taken or (read.tokens == taken[0].tokens and len(taken) < texts_together(read.tokens)):
                if read.answer.set_running_or_notify_cancel():  # else nobody waits for it any more
                    taken.append(read)
            else:
                left.append(read)
        self._read = left
        return taken

    def _answer(self, together: Sequence[_Read]) -> None:
        try:
            answers = self._explainer.answers([read.asked for read in together])
        except Exception as error:
            if len(together) == 1:
                together[0].answer.set_exception(error)
                return
            for read in together:  # each by itself, so that the one that fails takes no other with it
                self._answer([read])
            return
        for read, answer in zip(together, answers, strict=True):
            read.answer.set_result(answer)
