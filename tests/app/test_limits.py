"""How often one address, and one site, may ask."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.limits import _REST_SECONDS, IN_MEMORY, Limits
from index.errors import SettingsError

SERVER = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(SERVER is None, reason="Redis is missing: install Debian's package 'redis-server'")
ADDRESS, OTHER = "203.0.113.7", "203.0.113.8"
ROOT = Path(__file__).parents[2]
PATIENCE = 20.0  # seconds; nothing that is waited for takes a tenth of it
Counted = Callable[[Limits], Awaitable[list[int]]]


@dataclass
class Redis:
    """A Redis server of our own, on a free port."""

    folder: Path
    port: int = field(init=False)
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        assert SERVER
        options = f"--port {self.port} --bind 127.0.0.1 --dir {self.folder} --save --appendonly no --logfile log"
        self.process = subprocess.Popen([SERVER, *options.split(" ")], stdout=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while self.say("PING") != b"+PONG\r\n":
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None

    def hang(self) -> None:
        assert self.process
        os.kill(self.process.pid, signal.SIGSTOP)

    def say(self, command: str) -> bytes:
        """Return the first answer to a command, empty where nothing listens."""
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", self.port)) as line:
            line.sendall(f"{command}\r\n".encode())
            return line.recv(65_536)
        return b""


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis server, stopped at the end."""
    server = Redis(tmp_path)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(params=[IN_MEMORY, pytest.param("redis", marks=needs_redis)])
def storage(request: pytest.FixtureRequest) -> str:
    """Where counts are kept: what holds for one holds for the other."""
    return IN_MEMORY if request.param == IN_MEMORY else request.getfixturevalue("redis").url


def run(storage: str, counted: Counted, per_address: str = "3/minute", per_site: str = "5/hour") -> list[int]:
    """The waits of some requests, made in one event loop."""

    async def made() -> list[int]:
        limits = Limits(per_address, per_site, storage)
        try:
            return await counted(limits)
        finally:
            await limits.close()

    return asyncio.run(made())


async def waits(limits: Limits, *who: tuple[str, str | None]) -> list[int]:
    return [await limits.wait(address, site) for address, site in who]


def test_over_the_limit_the_wait_is_at_least_a_second_and_at_most_the_window(storage: str) -> None:
    """Up to it there is none."""
    found = run(storage, lambda limits: waits(limits, *[(ADDRESS, None)] * 10))
    assert found[:3] == [0, 0, 0]
    assert all(1 <= seconds <= 60 for seconds in found[3:])


def test_another_address_is_not_affected(storage: str) -> None:
    """Each address has a limit of its own."""
    found = run(storage, lambda limits: waits(limits, *[(ADDRESS, None)] * 4, *[(OTHER, None)] * 4))
    assert [seconds == 0 for seconds in found] == [True, True, True, False] * 2


def test_after_the_wait_a_request_is_allowed_again(storage: str) -> None:
    """Whoever waits as long as told is answered."""

    async def counted(limits: Limits) -> list[int]:
        first = await waits(limits, (ADDRESS, None), (ADDRESS, None))
        await asyncio.sleep(first[1])
        return [*first, await limits.wait(ADDRESS)]

    assert run(storage, counted, per_address="1/second") == [0, 1, 0]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002:0000:0000:0000:0001", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
        ("203.0.113.7", "203.0.113.8", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("testclient", "testclient", True),
        ("testclient", "", False),
    ],
)
def test_an_ipv6_neighbour_in_the_same_64_bits_shares_the_limit(one: str, other: str, shared: bool) -> None:
    """One household has as many addresses as it likes; one of the old kind is the same however it is written."""
    found = run(IN_MEMORY, lambda limits: waits(limits, (one, None), (other, None)), per_address="1/minute")
    assert found[0] == 0
    assert (found[1] > 0) == shared


def test_a_site_has_a_limit_over_all_addresses(storage: str) -> None:
    """A site that sends everybody to us is limited as a whole; another site, and our own page, are not."""
    readers = [(f"203.0.113.{number}", "clinic") for number in range(8)]
    found = run(storage, lambda limits: waits(limits, *readers, ("203.0.113.99", "other"), ("203.0.113.99", None)))
    assert found[:5] == [0] * 5
    assert all(60 < seconds <= 3_600 for seconds in found[5:8])
    assert found[8:] == [0, 0]


def test_what_an_address_may_not_ask_is_not_counted_to_the_site(storage: str) -> None:
    """One reader alone cannot use up what a clinic's readers have together."""
    found = run(storage, lambda limits: waits(limits, *[(ADDRESS, "clinic")] * 50, (OTHER, "clinic")))
    assert found[-1] == 0


def test_a_site_is_no_address(storage: str) -> None:
    """A site of the same name counts by itself."""
    found = run(storage, lambda limits: waits(limits, *[(ADDRESS, None)] * 3, (OTHER, ADDRESS)))
    assert found == [0, 0, 0, 0]


@pytest.mark.parametrize("text", ["", "60", "60/fortnight", "-1/minute", "0/minute", "a/minute", "1/minute;2/hour"])
@pytest.mark.parametrize("which", ["per_address", "per_site"])
def test_a_limit_that_makes_no_sense_is_refused_at_the_start(which: str, text: str) -> None:
    """One line shows how a limit is written."""
    with pytest.raises(SettingsError, match=r"^a limit is a number from 1 and a time, such as 60/minute: .*$") as error:
        Limits(**{"per_address": "1/minute", "per_site": "1/minute", which: text})
    assert repr(text) in str(error.value)


@pytest.mark.parametrize(
    "url", ["", "memory", "file:///x", "redis", "http://:xylophone@h", "redis://:xylophone/a@h", "redis://[::1"]
)
def test_a_storage_that_makes_no_sense_is_refused_at_the_start(url: str) -> None:
    """One line names the two that there are, and does not quote what may hold a password."""
    with pytest.raises(SettingsError) as error:
        Limits("1/minute", "1/minute", url)
    assert str(error.value) == "limits are kept in memory:// or a Redis such as redis://localhost:6379/0"


def test_a_redis_that_does_not_answer_at_the_start_is_one_line() -> None:
    """Nothing of its address is quoted."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(SettingsError) as error:
            Limits("1/minute", "1/minute", f"redis://:xylophone@127.0.0.1:{unused.getsockname()[1]}")
    assert str(error.value) == (
        "the Redis of the limits does not answer (ConnectionError): start it, correct its address, or use memory://"
    )


@needs_redis
def test_a_redis_that_wants_another_password_is_one_line(redis: Redis) -> None:
    """It is told apart from one that is not there."""
    redis.say("CONFIG SET requirepass hat")
    with pytest.raises(SettingsError, match=r"^the Redis of the limits does not answer \(AuthenticationError\): .*$"):
        Limits("1/minute", "1/minute", redis.url)


@needs_redis
def test_processes_that_share_a_redis_share_the_limits(redis: Redis) -> None:
    """Each further process would else multiply what is allowed."""
    first = run(redis.url, lambda limits: waits(limits, *[(ADDRESS, "clinic")] * 2))
    second = run(redis.url, lambda limits: waits(limits, *[(ADDRESS, "clinic")] * 2))
    assert first == [0, 0]
    assert [seconds == 0 for seconds in second] == [True, False]


@needs_redis
def test_redis_holds_no_address_and_forgets_in_time(redis: Redis) -> None:
    """What it keeps is a digest and a number, until the window ends."""
    run(redis.url, lambda limits: waits(limits, (ADDRESS, "clinic"), ("2001:db8:1:2::1", None)))
    keys = [line for line in redis.say("KEYS *").decode().splitlines() if line.startswith("explainer:")]
    assert len(keys) == 3
    assert not any(ADDRESS in key or "2001" in key or "clinic" in key for key in keys)
    assert sorted(60 if int(redis.say(f"TTL {key}")[1:]) <= 60 else 3_600 for key in keys) == [60, 60, 3_600]


@needs_redis
def test_a_redis_that_goes_away_lets_requests_through_with_one_line_a_minute(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    """A reader is answered all the same; when it is back, so is the limit."""

    async def counted(limits: Limits) -> list[int]:
        found = await waits(limits, *[(ADDRESS, None)] * 4)
        redis.stop()
        found += await waits(limits, *[(ADDRESS, None)] * 10)
        await asyncio.sleep(_REST_SECONDS)  # it is asked again, and fails again
        found += await waits(limits, *[(ADDRESS, None)] * 10)
        redis.start()
        end = time.monotonic() + PATIENCE
        while not await limits.wait(ADDRESS):
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
        return found

    found = run(redis.url, counted)
    assert found[3] > 0
    assert found[4:] == [0] * 20
    assert [(r.levelname, r.getMessage()) for r in caplog.records if r.name == "explainer"] == [
        ("WARNING", "the Redis of the limits does not answer (ConnectionError): requests are let through")
    ]


@needs_redis
def test_a_redis_that_hangs_does_not_hold_up_a_reader(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    """It is not waited for, and a request is let through."""

    async def counted(limits: Limits) -> list[int]:
        found = await waits(limits, *[(ADDRESS, None)] * 4)
        redis.hang()
        async with asyncio.timeout(PATIENCE):
            return found + await waits(limits, *[(ADDRESS, None)] * 200)

    found = run(redis.url, counted)
    assert found[3] > 0
    assert found[4:] == [0] * 200
    assert [r.getMessage() for r in caplog.records if r.name == "explainer"] == [
        "the Redis of the limits does not answer (TimeoutError): requests are let through"
    ]


@needs_redis
def test_a_connection_that_redis_has_closed_is_opened_again(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    """Redis may close what is idle; that is no failure."""

    async def counted(limits: Limits) -> list[int]:
        first = await waits(limits, *[(ADDRESS, None)] * 3)
        redis.say("CLIENT KILL TYPE normal")
        return [*first, await limits.wait(ADDRESS)]

    assert run(redis.url, counted)[3] > 0
    assert [r for r in caplog.records if r.name == "explainer"] == []


CROWD = """
import asyncio, resource
from app.limits import Limits

def address(number):
    return f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"

async def ask():
    limits = Limits("1/hour", "1/hour")
    for first in (0, 100_000):
        for number in range(first, first + 100_000):
            await limits.wait(address(number))
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    print(await limits.wait(address(199_999)), await limits.wait(address(0)))

asyncio.run(ask())
"""


def test_memory_stays_flat_however_many_addresses_ask() -> None:
    """The second 100,000 in a window take no more of it; the oldest are forgotten, the newest are not."""
    found = subprocess.run([sys.executable, "-c", CROWD], cwd=ROOT, capture_output=True, text=True, check=True)
    once, twice, newest, oldest = map(int, found.stdout.split())
    assert twice < once * 1.1
    assert newest > 0
    assert oldest == 0


def test_windows_that_have_ended_leave_nothing_behind() -> None:
    """An hour after a crowd the memory is as before."""

    async def counted(limits: Limits) -> list[int]:
        tracemalloc.start()
        try:
            for number in range(3_000):
                await limits.wait(f"198.18.{number >> 8}.{number & 0xFF}")
            crowd = tracemalloc.get_traced_memory()[0]
            await asyncio.sleep(1.1)
            await limits.wait(ADDRESS)
            return [crowd, tracemalloc.get_traced_memory()[0]]
        finally:
            tracemalloc.stop()

    crowd, after = run(IN_MEMORY, counted, per_address="1/second")
    assert after < crowd / 2
