"""What a monitor may count: requests, how long they took, and how answers came out; never what was asked."""

from __future__ import annotations

from collections.abc import Collection

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from index.records import OUTCOMES

OTHER = "other"
_OUTCOMES = frozenset({*OUTCOMES, "refused"})
_SAFETY = frozenset({"none", "urgent", "contraindication"})


class Metrics:
    """Counts for Prometheus, of this process alone.

    `version` is the corpus version that is served; `routes` are the patterns of routes, such as
    `/c/{id}`, that get a count of their own. Whatever else comes in is counted as "other", so that
    nobody can make the list grow or write into it.
    """

    def __init__(self, version: str, routes: Collection[str]) -> None:
        self._registry = registry = CollectorRegistry()
        self._routes = frozenset(routes)
        self._requests = Counter(
            "explainer_requests", "Requests by route and class of status.", ("route", "status"), registry=registry
        )
        self._seconds = Histogram(
            "explainer_request_seconds", "Time until the last byte of a response.", ("route",), registry=registry
        )
        self._answers = Counter(
            "explainer_answers", "Answers by outcome and kind of safety card.", ("outcome", "safety"), registry=registry
        )
        self._in_flight = Gauge("explainer_requests_in_flight", "Requests being answered.", registry=registry)
        self._index = Info("explainer_index", "The corpus that is served.", registry=registry)
        self.show(version)

    def show(self, version: str) -> None:
        """Note the corpus version that is served from now on."""
        self._index.info({"version": version})

    def begin(self) -> None:
        """Count a request that has come in; each takes one `end`."""
        self._in_flight.inc()

    def end(self, route: str, status: int | None, seconds: float) -> None:
        """Count a request that is over: its status, or None where whoever asked has gone."""
        route = route if route in self._routes else OTHER
        self._in_flight.dec()
        self._requests.labels(route, "gone" if status is None else _status_class(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_answer(self, outcome: str, safety_kind: str | None = None) -> None:
        """Count one answer: its outcome, or `refused`, and the kind of the safety card that went first, if any."""
        safety = safety_kind or "none"
        self._answers.labels(outcome if outcome in _OUTCOMES else OTHER, safety if safety in _SAFETY else OTHER).inc()

    def render(self) -> tuple[bytes, str]:
        """Return every count in the text form of Prometheus, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


def _status_class(status: int) -> str:
    return f"{status // 100}xx" if 100 <= status <= 599 else OTHER
