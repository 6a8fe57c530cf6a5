"""A registry of DOIs, asked politely; the only module of the check that uses the network.

Source of the forms: the REST API of Crossref (https://api.crossref.org, `works/{doi}`) and the
content negotiation of doi.org, which knows the DOIs of other agencies, such as DataCite.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx

from index.check.kept import Kept, Notice, Record
from index.errors import RegistryError

CROSSREF = "https://api.crossref.org"
RESOLVER = "https://doi.org"
PAUSE = 0.25  # seconds between two requests; Crossref asks for fewer than 5 a second
MAX_WAIT = 60.0  # seconds that a registry may ask us to wait before the next try
_TIMEOUT = 20.0  # seconds
_TRIES = 4  # with waits of 1, 2 and 4 seconds between them
_GIVE_UP = 3  # failures in a row: then the registry is down, not one record
_CITATION = "application/vnd.citationstyles.csl+json"


class Registry:
    """Asks one DOI at a time, keeps every answer, and asks nothing twice within a week."""

    def __init__(
        self,
        kept: Kept,
        *,
        address: str = CROSSREF,
        resolver: str = RESOLVER,
        mailto: str = "",
        today: date,
        pause: float = PAUSE,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._kept, self._address, self._resolver = kept, address.rstrip("/"), resolver.rstrip("/")
        self._today, self._pause, self._wait = today, pause, wait
        self._mailto = {"mailto": mailto} if mailto else {}
        self._failures = 0
        agent = f"claim-explainer (mailto:{mailto})" if mailto else "claim-explainer"
        self._client = httpx.Client(timeout=_TIMEOUT, headers={"User-Agent": agent}, follow_redirects=True)

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def record(self, doi: str) -> Record | None:
        """Return what is known of `doi`, or None where the registry gave no usable answer.

        Raises RegistryError where the registry cannot be reached at all.
        """
        doi = doi.casefold()
        record = self._kept.get(self._address, doi, self._today)
        if record:
            return record
        record = self._asked(doi)
        self._failures = 0 if record else self._failures + 1
        if self._failures >= _GIVE_UP:
            raise RegistryError(
                f"{self._address} gave no usable answer {_GIVE_UP} times in a row: "
                "run it again later, answers so far are kept"
            )
        if record:
            self._kept.add(record)
        return record

    def _asked(self, doi: str) -> Record | None:
        response = self._get(f"{self._address}/works/{quote(doi, safe='')}", self._mailto, "application/json")
        if response.status_code == httpx.codes.NOT_FOUND:
            return self._asked_elsewhere(doi)
        work = _object(_json(response).get("message"))
        if not response.is_success or not work:
            return None
        titles = (*_strings(work.get("title")), *_strings(work.get("original-title")))
        subtitles = _strings(work.get("subtitle"))
        return Record(
            doi=doi,
            registry=self._address,
            asked_on=self._today,
            exists=True,
            titles=(*titles, *(f"{title} {subtitle}" for title in titles[:1] for subtitle in subtitles)),
            notices=tuple(_notices(work)),
        )

    def _asked_elsewhere(self, doi: str) -> Record | None:
        """Ask doi.org, for a DOI that Crossref does not know may be another agency's."""
        response = self._get(f"{self._resolver}/{quote(doi, safe='/')}", {}, _CITATION)
        exists = response.status_code != httpx.codes.NOT_FOUND
        if exists and not response.is_success and response.status_code != httpx.codes.NOT_ACCEPTABLE:
            return None
        return Record(
            doi=doi,
            registry=self._address,
            asked_on=self._today,
            exists=exists,
            titles=_strings(_json(response).get("title")) if exists else (),
            notices=None,
        )

    def _get(self, address: str, query: Mapping[str, str], accept: str) -> httpx.Response:
        """Ask, and ask again after a wait where the registry is busy; raise RegistryError where nobody is there."""
        for attempt in range(_TRIES):
            self._wait(self._pause)
            last = attempt == _TRIES - 1
            try:
                response = self._client.get(address, params=query, headers={"Accept": accept})
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if last or isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol):
                    what = str(error) or type(error).__name__
                    raise RegistryError(f"cannot ask {address}: {what}; answers so far are kept") from error
                self._wait(2.0**attempt)
                continue
            busy = response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error
            if last or not busy:
                return response
            self._wait(_asked_wait(response) or 2.0**attempt)
        raise AssertionError("the last try returns or raises")


def _notices(work: Mapping[str, Any]) -> Iterator[Notice]:
    """Yield what was published about a work, and what it is itself published about."""
    for update in _objects(work.get("updated-by")):
        yield Notice(sort=str(update.get("type", "notice")), doi=str(update.get("DOI", "")))
    for update in _objects(work.get("update-to")):
        yield Notice(sort=f"itself a notice of {update.get('type', 'change')}", doi=str(update.get("DOI", "")))
    for relation, others in _object(work.get("relation")).items():
        for other in _objects(others):
            yield Notice(sort=str(relation), doi=str(other.get("id", "")))


def _asked_wait(response: httpx.Response) -> float:
    """Return the seconds that a `Retry-After` header asks for, at most MAX_WAIT; 0 where there is none."""
    asked = response.headers.get("Retry-After", "")
    if asked.isdecimal():
        return min(float(asked), MAX_WAIT)
    try:
        seconds = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return 0.0
    return min(max(seconds, 0.0), MAX_WAIT)


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        return _object(response.json())
    except ValueError:
        return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> tuple[dict[str, Any], ...]:
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def _strings(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if isinstance(item, str) and item)
