"""The one JSON form of an answer, for every surface."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from index.answer import Explainer
from index.contract import answer_json, card_json, findings_json

TITLE = {"id", "title", "kind"}
BRIEF = TITLE | {"verdict", "certainty", "in_short", "get_help", "reviewed", "passages"}
FULL = BRIEF | {"claim", "number", "known", "not_known", "terms", "related"}
PASSAGE = {"id", "text", "label", "sources", "treatment", "body"}
LABEL = {"tag", "words", "promise", "rung"}
SOURCE = {"id", "title", "authors", "year", "url", "read", "read_on", "retraction", "checked_on"}


@pytest.fixture(scope="module")
def answer(small: Explainer) -> dict[str, Any]:
    """An answer as another program reads it."""
    loaded: dict[str, Any] = json.loads(json.dumps(answer_json(small.ask("does the hat triple sleep"))))
    return loaded


def passages(found: Any) -> Iterator[dict[str, Any]]:
    """Every mapping anywhere in `found` that has a text and is no safety card."""
    if isinstance(found, dict):
        if "text" in found:
            yield found
        for key, value in found.items():
            if key != "safety":
                yield from passages(value)
    elif isinstance(found, list):
        for value in found:
            yield from passages(value)


def test_an_answer_has_exactly_these_keys(answer: dict[str, Any]) -> None:
    """The first card has all, the others no passages and no facts."""
    assert answer.keys() == {"question", "outcome", "version", "safety", "notes", "cards"}
    assert answer["cards"][0].keys() == FULL
    assert [card.keys() for card in answer["cards"][1:]] == [BRIEF, BRIEF]
    assert [card["passages"] for card in answer["cards"][1:]] == [[], []]


def test_an_answer_holds_what_it_says(answer: dict[str, Any]) -> None:
    """Values of one card, word for word."""
    first = answer["cards"][0]
    assert (answer["question"], answer["outcome"]) == ("does the hat triple sleep", "answered")
    assert {key: first[key] for key in TITLE} == {
        "id": "sleep-300",
        "title": "Does a quiet hat raise sleep by 300%?",
        "kind": "claim",
    }
    assert first["verdict"] == {
        "tag": "not-shown-in-people",
        "words": "Not shown in people",
        "meaning": "There are hints, but no fair test in people.",
    }
    assert first["certainty"]["tag"] == "no-direct-evidence"
    assert first["in_short"] == "We found one test, on mice. No test on people was found."
    assert first["number"]["said_by_whom"] == "The article, without a source."
    assert first["related"] == ["warm-ears", "washing"]
    assert first["reviewed"] == {
        "on": "2026-01-05",
        "read": "The facts were read at their sources.",
        "reviewer": "",
        "next": "2026-07-05",
    }


def test_a_passage_holds_its_label_and_its_source(answer: dict[str, Any]) -> None:
    """Values of one passage, word for word."""
    passage = answer["cards"][0]["passages"][0]
    assert passage["id"] == "mice-2001/mice"
    assert passage["label"] == {
        "tag": "animal",
        "words": "Studied in animals",
        "promise": "It was tested in animals.",
        "rung": 2,
    }
    assert passage["sources"] == [
        {
            "id": "mice-2001",
            "title": "Felt covers and mouse sleep",
            "authors": "A. Body",
            "year": "2001",
            "url": "https://journal.example/mice-2001",
            "read": "abstract",
            "read_on": "2026-01-05",
            "retraction": "not-checked",
            "checked_on": "",
        }
    ]


def test_no_passage_goes_without_label_and_source(small: Explainer) -> None:
    """In every card of the corpus: the claim, what is known, and each passage."""
    found = [passage for card in small.corpus.cards for passage in passages(card_json(card, passages=True))]
    assert len(found) == 10
    for passage in found:
        assert passage.keys() == PASSAGE
        assert passage["label"].keys() == LABEL
        assert all(passage["label"][key] for key in ("tag", "words", "promise"))
        assert passage["sources"]
        assert all(source.keys() == SOURCE for source in passage["sources"])


def test_a_topic_has_no_claim_and_no_number(small: Explainer) -> None:
    """The keys are there, and empty."""
    topic = answer_json(small.ask("how is a felt hat washed"))["cards"][0]
    assert (topic["id"], topic["claim"], topic["number"]) == ("washing", None, None)


def test_a_safety_card_has_exactly_these_keys(small: Explainer) -> None:
    """`kind` tells an emergency from a contraindication."""
    assert answer_json(small.ask("help, i cannot breathe"))["safety"] == [
        {
            "id": "choking",
            "kind": "urgent",
            "title": "Trouble breathing",
            "text": "Take the hat off. Call your emergency number: 112, 911 or 999.",
        }
    ]


def test_nothing_has_no_cards(small: Explainer) -> None:
    """The whole object."""
    assert answer_json(small.ask("capital of france")) == {
        "question": "capital of france",
        "outcome": "nothing",
        "version": small.version,
        "safety": [],
        "notes": [],
        "cards": [],
    }


def test_relevance_is_nowhere_in_an_answer(answer: dict[str, Any]) -> None:
    """No score, no probability, no cosine: it orders, and is not shown."""
    assert not any(isinstance(value, float) for value in _values(answer))


def _values(found: Any) -> Iterator[Any]:
    if isinstance(found, dict | list):
        for value in found.values() if isinstance(found, dict) else found:
            yield from _values(value)
    else:
        yield found


def test_a_finding_names_its_sentence_and_its_card(small: Explainer) -> None:
    """With title and verdict, so that no sentence stands there as if it were true."""
    assert findings_json(small.check_text("Our hat triples your sleep. Order today.")) == {
        "findings": [
            {
                "sentence": "Our hat triples your sleep.",
                "card": "sleep-300",
                "title": "Does a quiet hat raise sleep by 300%?",
                "verdict": {
                    "tag": "not-shown-in-people",
                    "words": "Not shown in people",
                    "meaning": "There are hints, but no fair test in people.",
                },
            }
        ]
    }
