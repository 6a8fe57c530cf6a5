"""A running server shows each new index as soon as it is whole, and no broken one."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.edition import EVERY
from app.settings import Settings
from index.answer import Explainer
from index.build import build
from index.store import BuiltIndex
from tests.app.conftest import MANY, site_of
from tests.chromium import served
from tests.conftest import SMALL
from tests.toy import ToyEncoder

QUESTION = "does it warm the ears"
CARD = "warm-ears"
PATIENCE = 20.0  # seconds, on a machine that has other things to do


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A copy of the small corpus, to be edited."""
    return Path(shutil.copytree(SMALL, tmp_path / "corpus"))


@pytest.fixture
def built(draft: Path, tmp_path: Path) -> Path:
    """The folder of its index."""
    build(draft, tmp_path / "built", ToyEncoder())
    return tmp_path / "built"


@pytest.fixture
def address(built: Path) -> Iterator[str]:
    """The address of a server that follows that index."""
    settings = Settings(per_address=MANY, per_site=MANY)
    with served(site_of(Explainer.load(built, ToyEncoder()), settings, built)) as address:
        yield address


def edit(draft: Path, number: int) -> None:
    """Change two things that are shown of a card: its title, and a sentence."""
    text = (SMALL / "claims" / f"{CARD}.md").read_text(encoding="utf-8")
    mark = "again " * (number + 1)
    text = text.replace("Does a quiet hat", f"Does {mark}a quiet hat", 1).replace(
        "Yes. In one", f"Yes, {mark}yes. In one", 1
    )
    (draft / "claims" / f"{CARD}.md").write_text(text, encoding="utf-8")


def said(index: BuiltIndex) -> tuple[str, str]:
    """Return what an index has to say of the card."""
    [card] = [card for card in index.corpus.cards if card.id == CARD]
    return card.title, card.in_short


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.1)):
        if true():
            return
        pause.wait(0.1)
    raise AssertionError("it has not come true")


def test_ten_rebuilds_under_questions_lose_and_mix_no_answer(draft: Path, built: Path, address: str) -> None:
    """Whoever asks without pause gets one whole edition each time, and in the end the newest."""
    first = BuiltIndex.load(built)
    whole = {first.version: said(first)}
    failed: list[str] = []
    seen: set[tuple[str, tuple[str, str]]] = set()
    done = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=address, timeout=PATIENCE) as http:
            while not done.is_set():
                response = http.get("/api/ask", params={"q": QUESTION})
                if response.status_code != 200 or not response.json()["cards"]:
                    failed.append(response.text)
                    return
                card = response.json()["cards"][0]
                seen.add((response.json()["version"], (card["title"], card["in_short"])))

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    try:
        for number in range(10):
            edit(draft, number)
            index = build(draft, built, ToyEncoder())
            whole[index.version] = said(index)
            until(lambda version=index.version: any(version == asked for asked, _ in [*seen]))  # type: ignore[misc]
    finally:
        done.set()
        for thread in asking:
            thread.join()
    assert failed == []
    assert dict(seen) == whole
    assert len(seen) == len(whole) == 11


def test_a_broken_index_is_not_shown_and_said_so(
    draft: Path, built: Path, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The old one goes on answering, with a line in the log and in /health; a sound one ends the trouble."""
    caplog.set_level(logging.INFO, "explainer")
    old = httpx.get(f"{address}/health").json()["version"]
    manifest = (built / "manifest.json").read_bytes()
    (built / "manifest.json").write_bytes(manifest[:-100])
    until(lambda: "trouble" in httpx.get(f"{address}/health").json())
    assert httpx.get(f"{address}/health").json()["version"] == old
    assert httpx.get(f"{address}/api/ask", params={"q": QUESTION}).json()["cards"][0]["id"] == CARD
    assert [r.levelname for r in caplog.records if "stays as it was" in r.getMessage()] == ["WARNING"]

    edit(draft, 1)
    version = build(draft, built, ToyEncoder()).version
    until(lambda: httpx.get(f"{address}/health").json()["version"] == version != old)
    assert "trouble" not in httpx.get(f"{address}/health").json()


def test_the_index_is_looked_at_every_second() -> None:
    """Often enough for whoever edits, and no work to speak of."""
    assert EVERY == 1.0
