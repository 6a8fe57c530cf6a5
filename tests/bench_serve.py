"""The server under load: questions a second over HTTP beside the encoder alone, and what it holds in memory."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

HERE = Path(__file__).resolve().parents[1]
AT_ONCE = (1, 8, 32, 64, 128)
STEADY = 0.7  # of the highest rate, at which questions come one by one, whether or not the last is answered
SIDE_BY_SIDE = 8
TOGETHER = (2, 4, 8)
FEW, MANY = 1_000, 20_000  # questions, after each of which the memory is looked at
BLOCK = 500  # questions that are asked before the time is looked at
LONGEST = 240.0  # seconds that the many may take; on a slow machine fewer are asked
NO_LIMIT = "1000000000/minute"
_PATIENCE = 120.0  # seconds that a model may take to load
_MEGABYTE = 1_000_000
_OF_EXTRAS = "pyarrow"  # comes with Ray, and pandas loads it wherever it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How long each of many questions took, in milliseconds, and all together, in seconds."""

    each: Sequence[float]
    seconds: float

    @property
    def rate(self) -> float:
        """Return the questions answered in a second."""
        return len(self.each) / self.seconds

    def row(self, name: str, alone: float) -> tuple[str, str, str, str, str]:
        """Return a row of a table; `alone` is the rate of the encoder."""
        p99 = statistics.quantiles(self.each, n=100)[98]
        return name, f"{self.rate:.1f}", f"{statistics.median(self.each):.0f}", f"{p99:.0f}", f"{self.rate / alone:.2f}"


def measure(questions: Sequence[str]) -> tuple[list[tuple[str, ...]], str]:
    """Return rows of (what, questions a second, p50 ms, p99 ms, beside the encoder), and a sentence on memory.

    Servers, client and encoder are processes of their own, so that none waits for the interpreter of another.
    """
    with _server() as (address, _):
        before = _run("encode", questions)
        loads = {f"{at_once} at a time": _run("ask", questions, address, str(at_once)) for at_once in AT_ONCE}
        steady = STEADY * max(load.rate for load in loads.values())
        loads[f"one every {1_000 / steady:.1f} ms, {STEADY:.0%} of the most"] = _run(
            "steady", questions, address, str(steady)
        )
        with _server() as (other, _):
            loads[f"two servers side by side, {SIDE_BY_SIDE} at a time each"] = _both(questions, (address, other))
        after = _run("encode", questions)
    alone = Load(each=[*before.each, *after.each], seconds=before.seconds + after.seconds)
    rows = [alone.row("the encoder alone, in a loop", alone.rate)]
    rows += [load.row(f"`/api/ask`, {how}", alone.rate) for how, load in loads.items()]
    for together in TOGETHER:
        load = _run("together", questions, str(together))
        rows.append(load.row(f"the encoder alone, {together} questions of one length in one call", alone.rate))
    return [*rows], _memory(questions)


def _both(questions: Sequence[str], addresses: Sequence[str]) -> Load:
    """Ask each of two servers half of the questions at the same time."""
    with ThreadPoolExecutor(len(addresses)) as clients:
        asked = [
            clients.submit(_run, "ask", questions[number :: len(addresses)], address, str(SIDE_BY_SIDE))
            for number, address in enumerate(addresses)
        ]
        loads = [one.result() for one in asked]
    return Load(each=[ms for load in loads for ms in load.each], seconds=max(load.seconds for load in loads))


def _memory(questions: Sequence[str], few: int = FEW, many: int = MANY) -> str:
    """Say what a server holds in memory after few and after many different questions."""
    different = (f"{question} {number}" for number in itertools.count() for question in questions)
    with _server() as (address, process):
        asked, start, seen = 0, time.monotonic(), []
        for goal in (few, many):
            while asked < goal and (goal == few or time.monotonic() - start < LONGEST):
                block = min(BLOCK, goal - asked)
                _run("ask", list(itertools.islice(different, block)), address, "8")
                asked += block
            seen.append(f"{_held(process.pid) / _MEGABYTE:,.0f} MB after {asked:,} questions")
    return (
        f"The server held {' and '.join(seen)}, all of them different; as from a bundle, it ran without {_OF_EXTRAS}."
    )


@contextlib.contextmanager
def _server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a server like that of `explainer serve`, and its process, ended in the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(_command("serve", str(port)), cwd=HERE)
    try:
        end = time.monotonic() + _PATIENCE
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit("the server to be measured does not start")
            time.sleep(0.1)
        urlopen(f"http://127.0.0.1:{port}/").close()  # once it has nothing else to do than to answer
        yield f"http://127.0.0.1:{port}", process
    finally:
        process.terminate()
        process.wait()


def _run(work: str, questions: Sequence[str], *arguments: str) -> Load:
    """Do a work of this module in a process of its own and return how long it took."""
    done = subprocess.run(
        _command(work, *arguments), input=json.dumps(questions), stdout=subprocess.PIPE, text=True, check=True, cwd=HERE
    )
    return Load(**json.loads(done.stdout))


def _command(work: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.bench_serve", work, *arguments]


def _held(pid: int) -> float:
    """Return the bytes that a process holds in memory now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(1_024.0 * int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def _serve(port: str) -> None:
    sys.modules[_OF_EXTRAS] = None  # so that importing it fails, as where it is not installed
    from app.logs import set_up_logging
    from app.server import serve
    from app.settings import Settings
    from index.answer import BUILT, Explainer

    set_up_logging(level="warning")
    serve(Explainer.load(), Settings(port=int(port), per_address=NO_LIMIT, per_site=NO_LIMIT), BUILT)


def _encode() -> None:
    from index.answer import Explainer

    questions = json.load(sys.stdin)
    encoder = Explainer.load().encoder
    encoder.encode(questions[:1])  # loads the model
    each = []
    start = time.perf_counter()
    for question in questions:
        began = time.perf_counter()
        encoder.encode([question])
        each.append((time.perf_counter() - began) * 1_000)
    _say(each, start)


def _encode_together(count: int) -> None:
    """Encode so many questions in one call, as far as they are of one length, as a server does that lets them wait."""
    from index.answer import Explainer

    encoder = Explainer.load().encoder
    questions = sorted(json.load(sys.stdin), key=encoder.count_tokens)
    encoder.encode(questions[:1])
    each: list[float] = []
    start = time.perf_counter()
    for first in range(0, len(questions), count):
        together = questions[first : first + count]
        began = time.perf_counter()
        encoder.encode(together)
        each += [(time.perf_counter() - began) * 1_000] * len(together)
    _say(each, start)


class _Asker:
    """A connection to a server that is kept open."""

    def __init__(self, address: str) -> None:
        self._parts = urlsplit(address)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, question: str) -> None:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        receive, send = self._streams
        send.write(f"GET /api/ask?q={quote(question)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = (await receive.readuntil(b"\r\n\r\n")).lower()
        status, length = head.split(b" ", 2)[1], head.partition(b"content-length: ")[2].split(b"\r\n")[0]
        await receive.readexactly(int(length))
        if status != b"200":
            raise SystemExit(f"a question was answered with status {status.decode()}")


async def _ask(address: str, at_once: int) -> None:
    left = iter(json.load(sys.stdin))
    each: list[float] = []

    async def reader() -> None:
        asker = _Asker(address)
        for question in left:  # each asker takes the next that nobody has asked
            began = time.perf_counter()
            await asker.ask(question)
            each.append((time.perf_counter() - began) * 1_000)

    start = time.perf_counter()
    await asyncio.gather(*(reader() for _ in range(at_once)))
    _say(each, start)


async def _ask_steadily(address: str, rate: float) -> None:
    """Ask so many questions a second, evenly; the time of each counts from when it is due."""
    questions, free = json.load(sys.stdin), [_Asker(address)]
    each: list[float] = []

    async def ask(question: str, due: float) -> None:
        asker = free.pop() if free else _Asker(address)
        await asker.ask(question)
        each.append((time.perf_counter() - due) * 1_000)
        free.append(asker)

    start = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number, question in enumerate(questions):
            due = start + number / rate
            await asyncio.sleep(due - time.perf_counter())
            tasks.create_task(ask(question, due))
    _say(each, start)


def _say(each: Sequence[float], start: float) -> None:
    print(json.dumps({"each": each, "seconds": time.perf_counter() - start}))


def main(work: str, *arguments: str) -> None:
    """Do one of the works that are measured: serve, encode (together), or ask (steadily)."""
    if work == "serve":
        _serve(*arguments)
    elif work == "encode":
        _encode()
    elif work == "together":
        _encode_together(int(*arguments))
    elif work == "steady":
        address, rate = arguments
        asyncio.run(_ask_steadily(address, float(rate)))
    else:
        address, at_once = arguments
        asyncio.run(_ask(address, int(at_once)))


if __name__ == "__main__":
    main(*sys.argv[1:])
