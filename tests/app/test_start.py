"""A server that has just started answers questions; the page, for which Gradio is imported, comes as soon as it can."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx
import pytest
from starlette.testclient import TestClient

from app.later import Later, NotMade
from app.page import make_page
from app.render import Renderer
from app.routes import PREDICT
from index.answer import Explainer
from tests.app.child import PATIENCE, Child, child
from tests.app.conftest import MANY, site_of

QUESTION = "does it warm the ears"
CARD = "warm-ears"
CALL = {"data": [QUESTION], "fn_index": 0, "session_hash": "abc"}
HELD, BEGUN = "held", "begun"  # files: while the one is there Gradio waits; the other says that it is being imported
WORDS = "these words are for nobody"
# The real Gradio, which comes late.
LATE = f"""
import sys, time
from pathlib import Path
here = Path(__file__).parents[1]
(here / {BEGUN!r}).touch()
while (here / {HELD!r}).exists():
    time.sleep(0.02)
sys.path.remove(str(here))
del sys.modules["gradio"]
import gradio
"""


def gradio(folder: Path, program: str) -> Path:
    """Make a package of that name, and return the folder to find it in."""
    package = folder / "packages" / "gradio"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(program, encoding="utf-8")
    return package.parent


@pytest.fixture
def late(tmp_path: Path) -> Path:
    """The folder of a Gradio that is not imported before the file HELD is gone."""
    folder = gradio(tmp_path, LATE)
    (folder / HELD).touch()
    return folder


def until(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it has not come true"
        time.sleep(0.02)


def troubles(server: Child) -> list[str]:
    """Every line that says more than that all goes well."""
    return [line for line in server.lines if not line.startswith("{") or json.loads(line)["level"] != "INFO"]


def same(page: str) -> str:
    """Return a page without what differs each time it is sent."""
    return re.sub(r'nonce="[^"]*"', "", page)


def test_questions_are_answered_before_the_page_is_there(small_index: Path, tmp_path: Path, late: Path) -> None:
    """So is everything else; whoever asks for the page gets it whole, once Gradio is imported."""
    with (
        child(small_index, tmp_path / "errors", packages=late, per_address=MANY) as server,
        httpx.Client(base_url=server.address, timeout=PATIENCE) as http,
        ThreadPoolExecutor(3) as readers,
    ):
        until((late / BEGUN).exists)  # without anybody asking for it
        page = readers.submit(http.get, "/")
        style = readers.submit(http.get, "/theme.css")
        call = readers.submit(http.post, PREDICT, json=CALL)
        assert http.get("/ready").json() == {"ready": True}
        assert http.get("/api/ask", params={"q": QUESTION}).json()["cards"][0]["id"] == CARD
        assert http.post("/ask", data={"question": QUESTION}).status_code == 200
        for path in ("/health", "/c", f"/c/{CARD}", "/widget/v1.js", "/site/page.css", "/openapi.json"):
            assert http.get(path).status_code == 200
        assert http.get("/config").status_code == 404
        assert [waiting.done() for waiting in (page, style, call)] == [False] * 3
        (late / HELD).unlink()
        assert same(page.result().text) == same(http.get("/").text)
        assert "</gradio-app>" in page.result().text
        assert style.result().headers["content-type"].startswith("text/css")
        assert f"/c/{CARD}" in call.result().json()["data"][0]
        assert {page.result().status_code, style.result().status_code, call.result().status_code} == {200}
        assert http.post(PREDICT, json={**CALL, "fn_index": 2}).status_code == 400
        assert "trouble" not in http.get("/health").json()
    assert troubles(server) == []


def test_a_server_that_is_told_to_stop_before_the_page_is_there_ends_well(
    small_index: Path, tmp_path: Path, late: Path
) -> None:
    """Whoever waits for the page still gets it."""
    with (
        child(small_index, tmp_path / "errors", packages=late, seconds=PATIENCE, metrics=True) as server,
        ThreadPoolExecutor(1) as readers,
    ):
        page = readers.submit(httpx.get, server.address, timeout=PATIENCE)
        until(lambda: "explainer_requests_in_flight 2.0" in httpx.get(f"{server.address}/metrics").text)  # and this one
        server.process.send_signal(signal.SIGTERM)
        until(lambda: not server.takes_more())
        assert server.process.poll() is None
        (late / HELD).unlink()
        assert page.result().status_code == 200
        assert "</gradio-app>" in page.result().text
        assert server.process.wait(PATIENCE) == 0
    assert troubles(server) == []


def test_a_page_that_cannot_be_made_is_not_hidden(small: Explainer, small_index: Path, tmp_path: Path) -> None:
    """One line of the log and /health tell it; the reader is told so without internals, and questions are answered."""
    packages = gradio(tmp_path, f"raise ImportError({WORDS!r})")
    with (
        child(small_index, tmp_path / "errors", packages=packages) as server,
        httpx.Client(base_url=server.address, timeout=PATIENCE) as http,
    ):
        until(lambda: "trouble" in http.get("/health").json())
        pages = [http.get(path) for path in ("/", "/theme.css", "/")]
        assert [page.status_code for page in pages] == [500] * 3
        assert [page.json() for page in pages] == [{"error": small.corpus.wording["en"]["error_failed"]}] * 3
        assert http.get("/health").json()["trouble"] == "the page could not be made"
        assert http.get("/ready").status_code == 200
        assert http.get("/api/ask", params={"q": QUESTION}).json()["cards"][0]["id"] == CARD
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(PATIENCE) == 0
    [line] = map(json.loads, troubles(server))
    assert (line["level"], line["message"]) == ("ERROR", f"the page could not be made: {WORDS}")
    assert (line["error"], line["place"].split(":")[0]) == ("ImportError", "app/page.py")


def test_a_reader_is_told_that_the_page_could_not_be_made(small: Explainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a page that works without Gradio, and on one that was open already in the place of an answer."""
    monkeypatch.setitem(sys.modules, "gradio", None)  # which cannot be imported
    client = TestClient(site_of(small), raise_server_exceptions=False)
    sentence = small.corpus.wording["en"]["error_failed"]
    page = client.get("/", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["cache-control"]) == (500, "no-store")
    assert sentence in page.text
    assert "gradio" not in page.text.lower()
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    answer = client.post(PREDICT, json=CALL)
    assert sentence in answer.json()["data"][0]
    assert client.get("/ready").status_code == client.get("/c").status_code == 200
    assert client.get("/health").json()["trouble"] == "the page could not be made"


def test_what_many_ask_for_at_once_is_made_once() -> None:
    """All get the same; what cannot be made is not tried again."""
    begun: list[str] = []

    def sound() -> object:
        begun.append("sound")
        return object()

    def broken() -> object:
        begun.append("broken")
        raise OSError

    async def ask() -> tuple[set[object], int]:
        got: list[object] = []
        failed: list[NotMade] = []

        async def get(later: Later[object]) -> None:
            try:
                got.append(await later.get())
            except NotMade as error:
                failed.append(error)

        async with anyio.create_task_group() as tasks:
            for later in (Later("one", sound), Later("another", broken)):
                for _ in range(5):
                    tasks.start_soon(get, later)
        return set(got), len(failed)

    found, failures = anyio.run(ask)
    assert (len(found), failures, sorted(begun)) == (1, 5, ["broken", "sound"])


def test_pages_of_several_sites_in_one_process_are_not_mixed(renderer: Renderer) -> None:
    """Gradio and what it stands on keep things for the whole process while a page is made."""

    async def ask(question: str) -> str:
        return question

    with ThreadPoolExecutor(4) as makers:
        made = [makers.submit(make_page, ask, renderer) for _ in range(8)]
        pages = [page.result().app for page in made]
    parts = [[part["type"] for part in TestClient(page).get("/config").json()["components"]] for page in pages]
    assert parts == [parts[0]] * len(parts)
    assert {"textbox", "button", "markdown"} <= set(parts[0])
