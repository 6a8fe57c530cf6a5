"""A site may count what there is nothing on; its pages say so, and no question is kept."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from starlette.testclient import TestClient

from app.gaps_file import read_gaps
from index.answer import Explainer
from tests.app.conftest import SETTINGS, site_of

DECLINED, ANSWERED, URGENT = "capital of spain", "does it warm the ears", "the hat is choking me, cannot breathe"


def test_declined_questions_are_counted_and_no_others(small: Explainer, tmp_path: Path) -> None:
    """Through every door that answers; neither the answered nor the urgent ones."""
    file = tmp_path / "gaps.db"
    client = TestClient(site_of(small, replace(SETTINGS, gaps=file)))
    for question in (ANSWERED, URGENT):
        assert client.get("/api/ask", params={"q": question}).status_code == 200
    before = file.read_bytes()
    assert read_gaps(file).cards == ()
    near = "does a loud hat keep noses warm and ears cold at night"
    answer = client.get("/api/ask", params={"q": near}).json()
    for question in (near, DECLINED):
        client.post("/ask", data={"question": question})
        client.post("/embed/warm-ears", data={"question": question})
    counted = {card.id: card.count for card in read_gaps(file).cards}
    expected = {card["id"]: 3 for card in answer["cards"][:3]} if answer["outcome"] == "closest" else {}
    assert counted == expected
    assert (file.read_bytes() != before) == bool(expected)
    assert b"spain" not in file.read_bytes()


def test_the_pages_say_that_it_counts(small: Explainer, tmp_path: Path) -> None:
    """On the main page, on the light ones and in a frame; where nothing is counted nothing is said."""
    sentence = small.corpus.wording["en"]["gaps_on"]
    counting = TestClient(site_of(small, replace(SETTINGS, gaps=tmp_path / "gaps.db")))
    silent = TestClient(site_of(small))
    for path in ("/", "/c", "/ask", "/check", "/embed/warm-ears"):
        assert sentence in counting.get(path).text
        assert sentence not in silent.get(path).text
