"""Many who ask at once each get the answer to their own question."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from app.settings import Settings
from index.answer import Explainer
from index.contract import answer_json
from tests.app.conftest import MANY, site_of
from tests.chromium import served

AT_ONCE = 64
PATIENCE = 120.0  # seconds


@pytest.mark.model
def test_questions_asked_at_once_get_the_answers_they_get_one_after_another(real: Explainer) -> None:
    """Not one is mixed up with another, however many are worked on at a time."""
    texts = [question.text for question in real.corpus.questions if any(map(str.isalnum, question.text))]
    questions = texts[:: len(texts) // AT_ONCE][:AT_ONCE]
    assert len(set(questions)) == AT_ONCE
    alone = [answer_json(real.ask(question)) for question in questions]
    settings = Settings(at_once=8, seconds=PATIENCE, per_address=MANY, per_site=MANY)
    with served(site_of(real, settings)) as address, ThreadPoolExecutor(AT_ONCE) as readers:
        limits = httpx.Limits(max_connections=AT_ONCE)
        with httpx.Client(base_url=address, timeout=PATIENCE, limits=limits) as client:

            def ask(question: str) -> Any:
                return client.get("/api/ask", params={"q": question}).json()

            assert list(readers.map(ask, questions)) == alone
