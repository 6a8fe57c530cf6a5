"""What a monitor may count."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.metrics import Metrics

VERSION = "2027-01-01-abc"
SECRET = 'xylophone"} 1\n# hat'


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(VERSION, ["/", "/c/{id}"])


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    """The value of one sample, as a monitor reads it; None where there is none."""
    families = text_string_to_metric_families(metrics.render()[0].decode())
    found = [s.value for family in families for s in family.samples if (s.name, s.labels) == (name, labels)]
    assert len(found) <= 1
    return found[0] if found else None


def series(metrics: Metrics, name: str) -> set[frozenset[tuple[str, str]]]:
    families = text_string_to_metric_families(metrics.render()[0].decode())
    return {frozenset(s.labels.items()) for family in families for s in family.samples if s.name == name}


@pytest.mark.parametrize(
    ("status", "shown"), [(200, "2xx"), (304, "3xx"), (404, "4xx"), (503, "5xx"), (None, "gone"), (999, "other")]
)
def test_a_request_is_counted_by_its_route_and_class_of_status(
    metrics: Metrics, status: int | None, shown: str
) -> None:
    """Every status of a class is one count; whoever left early is neither well nor ill served."""
    for _ in range(2):
        metrics.begin()
        metrics.end("/c/{id}", status, 0.5)
    assert value(metrics, "explainer_requests_total", route="/c/{id}", status=shown) == 2
    assert len(series(metrics, "explainer_requests_total")) == 1


def test_the_time_of_a_request_is_summed_by_its_route(metrics: Metrics) -> None:
    """A monitor can tell the share of requests that took up to a second."""
    for seconds in (0.25, 0.5, 2.0):
        metrics.begin()
        metrics.end("/", 200, seconds)
    assert value(metrics, "explainer_request_seconds_count", route="/") == 3
    assert value(metrics, "explainer_request_seconds_sum", route="/") == 2.75
    assert value(metrics, "explainer_request_seconds_bucket", route="/", le="1.0") == 2


def test_a_request_is_in_flight_until_its_end(metrics: Metrics) -> None:
    """At rest nothing is."""
    assert value(metrics, "explainer_requests_in_flight") == 0
    metrics.begin()
    metrics.begin()
    assert value(metrics, "explainer_requests_in_flight") == 2
    metrics.end("/", 200, 0.1)
    metrics.end("/", None, 0.1)
    assert value(metrics, "explainer_requests_in_flight") == 0


def test_answers_are_counted_by_outcome_and_safety_card(metrics: Metrics) -> None:
    """A maintainer sees how many questions have nothing vetted, and how many were urgent."""
    metrics.count_answer("answered")
    metrics.count_answer("answered", "urgent")
    metrics.count_answer("nothing", "urgent")
    metrics.count_answer("refused")
    metrics.count_answer("refused")
    assert value(metrics, "explainer_answers_total", outcome="answered", safety="none") == 1
    assert value(metrics, "explainer_answers_total", outcome="answered", safety="urgent") == 1
    assert value(metrics, "explainer_answers_total", outcome="nothing", safety="urgent") == 1
    assert value(metrics, "explainer_answers_total", outcome="refused", safety="none") == 2
    assert value(metrics, "explainer_answers_total", outcome="closest", safety="none") is None


def test_the_corpus_version_is_shown(metrics: Metrics) -> None:
    """A monitor sees which corpus is served."""
    assert value(metrics, "explainer_index_info", version=VERSION) == 1


def test_nobody_can_write_into_the_counts_or_make_them_many(metrics: Metrics) -> None:
    """Whatever is not on the list of routes, outcomes and safety cards is one count, and its words are nowhere."""
    for number in range(1_000):
        metrics.begin()
        metrics.end(f"/c/{SECRET}{number}", 200, 0.1)
        metrics.count_answer(f"{SECRET}{number}", f"{SECRET}{number}")
    assert value(metrics, "explainer_requests_total", route="other", status="2xx") == 1_000
    assert value(metrics, "explainer_answers_total", outcome="other", safety="other") == 1_000
    assert len(series(metrics, "explainer_request_seconds_count")) == 1
    assert b"xylophone" not in metrics.render()[0]


def test_the_counts_of_two_sites_in_one_process_are_their_own(metrics: Metrics) -> None:
    """Nothing is shared with another site or another library."""
    metrics.count_answer("answered")
    assert value(Metrics(VERSION, []), "explainer_answers_total", outcome="answered", safety="none") is None


def test_a_monitor_is_told_the_form(metrics: Metrics) -> None:
    """The text form of Prometheus, of which every line is its own."""
    text, kind = metrics.render()
    assert kind.startswith("text/plain; version=")
    names = {family.name for family in text_string_to_metric_families(text.decode())}
    assert names
    assert all(name.startswith("explainer_") for name in names)
