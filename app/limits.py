"""How often one address, and one site that frames us, may ask for work."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from limits import RateLimitItem, parse_many
from limits.aio.storage import RedisStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError

from app.logs import NAME
from index.errors import SettingsError

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

IN_MEMORY = "memory://"
# Counts kept in memory for each kind of limit. More addresses than this in one window come from nobody's readers;
# the oldest are then forgotten. 50,000 counts take 17 MB.
_MOST_COUNTS = 50_000
_START_SECONDS = 2.0  # that Redis may take to answer when the server starts
_REDIS_SECONDS = 0.25  # that Redis may take once requests wait for it
_REST_SECONDS = 2.0  # without asking a Redis that has failed
_QUIET_SECONDS = 60.0  # between two lines on a Redis that fails
log = logging.getLogger(NAME)


class Limits:
    """Counts requests in fixed windows, by address and by site.

    `per_address` and `per_site` are such as "60/minute" or "500 per 2 hours"; `storage` is
    `memory://` for one process, or the address of a Redis that several processes share, which all
    of them write alike. Where that Redis stops answering, requests are let through. Raises SettingsError where a limit or
    an address makes no sense, and where Redis does not answer at the start. All calls come from
    one event loop.
    """

    def __init__(self, per_address: str, per_site: str, storage: str = IN_MEMORY) -> None:
        self._per_address = _rate(per_address)
        self._per_site = _rate(per_site)
        self._pool = None if storage == IN_MEMORY else _pool(storage)
        self._addresses = FixedWindowRateLimiter(_storage(self._pool))
        self._sites = FixedWindowRateLimiter(_storage(self._pool))
        # Redis may write to a disk what it holds, so it holds no address that can be read without knowing its own.
        self._secret = hashlib.blake2b(storage.encode()).digest()
        self._rests_until = self._quiet_until = -math.inf

    async def wait(self, address: str, site: str | None = None) -> int:
        """Count a request; return the whole seconds to wait before it is allowed, 0 if it is.

        An IPv6 address counts as its network of 64 bits, which one household holds. A request
        that the address may not make is not counted to the site.
        """
        now = time.monotonic()
        if now < self._rests_until:
            return 0
        try:
            seconds = await self._hit(self._addresses, self._per_address, f"address {_network(address)}")
            if not seconds and site is not None:
                seconds = await self._hit(self._sites, self._per_site, f"site {site}")
        except StorageError as error:
            self._rests_until = now + _REST_SECONDS
            if now >= self._quiet_until:
                self._quiet_until = now + _QUIET_SECONDS
                kind = type(error.storage_error).__name__
                log.warning("the Redis of the limits does not answer (%s): requests are let through", kind)
            return 0
        return seconds

    async def close(self) -> None:
        """Close the connections to Redis, if any."""
        if self._pool is not None:
            await self._pool.aclose()

    async def _hit(self, limiter: FixedWindowRateLimiter, rate: RateLimitItem, who: str) -> int:
        key = hashlib.blake2b(who.encode(), key=self._secret, digest_size=16).hexdigest()
        if await limiter.hit(rate, key):
            return 0
        stats = await limiter.get_window_stats(rate, key)
        return min(max(1, math.ceil(stats.reset_time - time.time())), rate.get_expiry())


class _Counts(Storage):
    """Counts in memory, the oldest first, for windows that are all of one length.

    The library's own walks through every count at every request (29 ms at 100,000 addresses) and keeps any number.
    """

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._counts = OrderedDict[str, tuple[int, float]]()  # how many, and when the window ends

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = time.monotonic()
        self._forget(now)
        count, end = self._counts.get(key, (0, now + expiry))
        self._counts[key] = (count + amount, end)
        return count + amount

    async def get(self, key: str) -> int:
        self._forget(time.monotonic())
        return self._counts.get(key, (0, 0.0))[0]

    async def get_expiry(self, key: str) -> float:
        now = time.monotonic()
        return time.time() + self._counts.get(key, (0, now))[1] - now

    async def clear(self, key: str) -> None:
        self._counts.pop(key, None)

    async def reset(self) -> int:
        count = len(self._counts)
        self._counts.clear()
        return count

    async def check(self) -> bool:
        return True

    def _forget(self, now: float) -> None:
        """Drop the windows that have ended, and the oldest where there is no room for one more."""
        while self._counts:  # a plain dict would look for its first key among all that were dropped
            oldest = next(iter(self._counts))
            if self._counts[oldest][1] > now and len(self._counts) < _MOST_COUNTS:
                return
            del self._counts[oldest]


def _rate(text: str) -> RateLimitItem:
    try:
        [rate] = parse_many(text)
    except ValueError:
        rate = None
    if rate is None or rate.amount < 1:
        raise SettingsError(f"a limit is a number from 1 and a time, such as 60/minute: {text!r}")
    return rate


def _network(address: str) -> str:
    """Return what is counted as one address; one that is none, such as a socket's, as it is written."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or int(ip) >> 64)


def _storage(pool: ConnectionPool | None) -> Storage:
    if pool is None:
        return _Counts()
    return RedisStorage(
        "async+redis://",
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="explainer",
        connection_pool=pool,  # type: ignore[arg-type]  # the library's type of options leaves it out
    )


def _pool(url: str) -> ConnectionPool:
    """Return connections to the Redis at `url`, which answers; no error quotes the address, which may hold a password."""
    try:
        from redis import Redis, RedisError
        from redis.asyncio import ConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ImportError:
        raise SettingsError("limits in Redis need its client: install claim-explainer[redis]") from None
    try:
        with Redis.from_url(url, socket_timeout=_START_SECONDS, socket_connect_timeout=_START_SECONDS) as client:
            client.ping()
        return ConnectionPool.from_url(
            url,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            retry=Retry(NoBackoff(), 1),  # once and at once, since Redis may have closed an idle connection
        )
    except ValueError:
        raise SettingsError("limits are kept in memory:// or a Redis such as redis://localhost:6379/0") from None
    except (RedisError, OSError) as error:
        raise SettingsError(
            f"the Redis of the limits does not answer ({type(error).__name__}): "
            "start it, correct its address, or use memory://"
        ) from None
