"""Questions that wait are answered together, and nobody can tell from the answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.together import ThreadAnswers
from index.answer import Asked, Explainer
from index.errors import QuestionError
from index.records import MAX_QUESTION, Answer, Finding
from index.served import texts_together
from tests.toy import ToyEncoder

PATIENCE = 60.0  # seconds
FAILING = "broken"
TEXT = "Warmer ears by 50%."
SHORT = ["is the hat warm for ears", "will i sleep longer with it", "does the hat shrink in rain"]  # of six words
LONG = ["can the hat shrink in the rain at all", "does it keep the ears warm in the wind"]  # of nine


class Counting(ToyEncoder):
    """Makes of each word a token."""

    def count_tokens(self, text: str) -> int:
        return len(text.split())


class Held(Explainer):
    """An Explainer that answers nothing before it may, and keeps what it was asked together."""

    def hold(self) -> None:
        self.may, self.begun, self.asked = threading.Event(), threading.Semaphore(0), list[list[str]]()

    def answers(self, together: Sequence[Asked]) -> list[Answer]:
        self.asked.append([asked.shown for asked in together])
        self.begun.release()
        assert self.may.wait(PATIENCE)
        if any(FAILING in asked.shown for asked in together):
            raise RuntimeError("cannot answer")
        return super().answers(together)

    def check_text(self, text: str) -> tuple[Finding, ...]:
        self.asked.append([text])
        return super().check_text(text)


@pytest.fixture
def held(small_index: Path) -> Held:
    explainer = Held.load(small_index, Counting())
    explainer.hold()
    return explainer


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def asked_while_busy(held: Held, threads: ThreadPoolExecutor, questions: Sequence[str]) -> list[Answer | BaseException]:
    """Return what each gets that is asked while the only thread answers another question, in their order."""
    answers = ThreadAnswers(held, threads)

    async def ask() -> list[Answer | BaseException]:
        first = asyncio.create_task(answers.ask("ears"))
        await asyncio.to_thread(held.begun.acquire)
        others = [asyncio.create_task(answers.ask(question)) for question in questions]
        await asyncio.sleep(0)  # by now they wait
        held.may.set()
        found = await asyncio.gather(*others, return_exceptions=True)
        await first
        return found

    return asyncio.run(asyncio.wait_for(ask(), PATIENCE))


def test_questions_of_as_many_tokens_are_answered_together(held: Held, threads: ThreadPoolExecutor) -> None:
    """The one that has waited longest first, with those like it; each answer is the one it gets alone."""
    questions = [SHORT[0], LONG[0], SHORT[1], LONG[1], SHORT[2]]
    found = asked_while_busy(held, threads, questions)
    assert held.asked == [["ears"], SHORT, LONG]
    assert found == [held.ask(question) for question in questions]


def test_only_so_many_are_answered_together(held: Held, threads: ThreadPoolExecutor) -> None:
    """The others are not kept waiting for all of them."""
    most = texts_together(len(SHORT[0].split()))
    found = asked_while_busy(held, threads, [SHORT[0]] * (most + 1))
    assert [len(together) for together in held.asked] == [1, most, 1]
    assert len(found) == most + 1


def test_a_question_that_cannot_be_read_or_answered_takes_no_other_with_it(
    held: Held, threads: ThreadPoolExecutor
) -> None:
    """Whoever asked it is told, and the others get their answers."""
    broken = f"is the hat {FAILING} or warm"  # as many words as those it is answered with
    found = asked_while_busy(held, threads, [SHORT[0], broken, "a" * (MAX_QUESTION + 1), "", SHORT[1]])
    assert [type(one) for one in found] == [Answer, RuntimeError, QuestionError, Answer, Answer]
    assert [found[0], found[4]] == [held.ask(SHORT[0]), held.ask(SHORT[1])]


def test_nothing_is_done_for_whoever_has_left(held: Held, threads: ThreadPoolExecutor) -> None:
    """A question that nobody waits for any more is not answered."""
    answers = ThreadAnswers(held, threads)

    async def ask() -> None:
        first = asyncio.create_task(answers.ask("ears"))
        await asyncio.to_thread(held.begun.acquire)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(answers.ask(SHORT[0]), 0.01)
        held.may.set()
        await asyncio.gather(first, answers.ask(SHORT[1]))

    asyncio.run(asyncio.wait_for(ask(), PATIENCE))
    assert held.asked == [["ears"], [SHORT[1]]]


def test_a_pasted_text_comes_in_its_turn_however_many_questions_wait(held: Held, threads: ThreadPoolExecutor) -> None:
    """It does not wait for questions that are asked after it."""
    answers = ThreadAnswers(held, threads)

    async def ask() -> None:
        first = asyncio.create_task(answers.ask("ears"))
        await asyncio.to_thread(held.begun.acquire)
        others = [answers.ask(SHORT[0]), answers.check_text(TEXT), answers.ask(LONG[0])]
        waiting = asyncio.gather(first, *others)
        await asyncio.sleep(0)
        held.may.set()
        await waiting

    asyncio.run(asyncio.wait_for(ask(), PATIENCE))
    assert held.asked == [["ears"], [SHORT[0]], [TEXT], [LONG[0]]]


def test_every_question_is_answered_however_many_threads_there_are(small_index: Path) -> None:
    """None is left behind where several take from those that wait."""
    explainer = Explainer.load(small_index, Counting())
    questions = [" ".join(["hat"] * (1 + number % 7)) + f" {number}" for number in range(400)]

    async def ask(threads: ThreadPoolExecutor) -> list[Answer]:
        answers = ThreadAnswers(explainer, threads)
        return await asyncio.gather(*map(answers.ask, questions))

    with ThreadPoolExecutor(8) as threads:
        found = asyncio.run(asyncio.wait_for(ask(threads), PATIENCE))
    assert [answer.question for answer in found] == questions
