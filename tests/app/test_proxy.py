"""The site behind nginx, below a path or at a name of its own: everything is reached there, and nothing is elsewhere."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Frame
from starlette.testclient import TestClient
from starlette.types import ASGIApp
from uvicorn import Server

from app.command import main
from app.feedback import FeedbackCounts
from app.render.links import ServedLinks
from app.server import server_config
from app.settings import Settings
from app.widget import snippets
from index.answer import Explainer
from index.contract import answer_json
from tests.app.clinic import Clinic, sites_of
from tests.app.conftest import MANY, SETTINGS, site_of
from tests.app.reader import Reader
from tests.app.test_browser_widget import KEPT, OPEN_SHADOWS, ask, button, there
from tests.chromium import CHROMIUM, MISSING
from tests.chromium import served as served_plainly
from tests.nginx import NGINX, NO_NGINX, proxied

behind_nginx = pytest.mark.skipif(NGINX is None, reason=NO_NGINX)
in_a_browser = [behind_nginx, pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=MISSING)]
ROOT = "/ask"
WASH, SLEEP = "washing a felt hat", "three hundred per cent more sleep, really"
PASSES_WHOLE_PATH = "proxy_pass http://explainer;"
STRIPS = {PASSES_WHOLE_PATH: "proxy_pass http://explainer/;"}
OWN_HOST = {"proxy_set_header Host $host;": "proxy_set_header Host 127.0.0.1;"}
AT_A_NAME = {"location /ask/ {": "location / {", "location = /ask {": "location = /nowhere {"}
APART = {"$remote_addr;\n        proxy_set_header X-Forwarded-Proto": "$proxy_add_x_forwarded_for;\n        #"}
ONE, OTHER = "127.0.0.2", "127.0.0.3"  # of two readers; the proxy is 127.0.0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to put nginx in front: below `root`, with these changes of its configuration."""

    root: str
    changed: dict[str, str]


WAYS = {
    "path kept": Way(root=ROOT, changed={}),
    "path taken off, host not passed on": Way(root=ROOT, changed=STRIPS | OWN_HOST),
    "name of its own": Way(root="", changed=AT_A_NAME),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The site as it is reached: `origin` is nginx, `address` our first page without its slash, `direct` ourselves."""

    origin: str
    address: str
    direct: str
    clinic: Clinic
    counts: FeedbackCounts

    def belongs(self, url: str) -> bool:
        return url.startswith(f"{self.address}/")


@contextlib.contextmanager
def served(app: ASGIApp, settings: Settings) -> Iterator[str]:
    """The address at which `app` is served as `explainer serve` does it, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        settings = dataclasses.replace(settings, port=probe.getsockname()[1])
    server = Server(server_config(app, settings))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{settings.port}"
    finally:
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def placed(small: Explainer, folder: Path, way: Way) -> Iterator[Place]:
    """A clinic's own server, ours, and nginx before ours."""
    sites, counts = folder / "sites.yaml", folder / "counts"
    clinic = Clinic(sites=sites_of(sites, "http://localhost"))
    with served_plainly(clinic.app()) as there:
        clinic.origin = there.replace("127.0.0.1", "localhost")
        clinic.sites = sites_of(sites, clinic.origin)
        settings = Settings(
            root_path=way.root, per_address=MANY, per_site=MANY, sites=sites, feedback=counts, metrics=True
        )
        with (
            served(site_of(small, settings), settings) as direct,
            proxied(direct, folder / "nginx", way.changed) as origin,
        ):
            clinic.ours = origin  # its policy names an origin, as ours are asked to
            yield Place(
                origin=origin,
                address=f"{origin}{way.root}",
                direct=direct,
                clinic=clinic,
                counts=FeedbackCounts(counts),
            )


@pytest.fixture(scope="module", params=WAYS)
def place(
    request: pytest.FixtureRequest, small: Explainer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The site behind nginx, in each of the ways."""
    with placed(small, tmp_path_factory.mktemp("placed"), WAYS[request.param]) as place:
        yield place


@pytest.fixture
def program(place: Place) -> Iterator[httpx.Client]:
    """A program that asks over HTTP and goes where it is led."""
    with httpx.Client(base_url=place.address, follow_redirects=True) as client:
        yield client


@pytest.fixture
def reader(chromium: Browser, place: Place) -> Iterator[Reader]:
    """Somebody at a browser who comes to our first page."""
    with chromium.new_context() as context:
        yield Reader(context, place.address)


@pytest.fixture
def visitor(chromium: Browser, place: Place) -> Iterator[Reader]:
    """Somebody at a browser who comes to the clinic's pages."""
    with chromium.new_context() as context:
        context.add_init_script(OPEN_SHADOWS)
        yield Reader(context, place.clinic.origin)


class TestInABrowser:
    """What a reader sees, with nothing to complain of."""

    pytestmark = in_a_browser

    def test_a_question_that_is_typed_is_answered(self, small: Explainer, place: Place, reader: Reader) -> None:
        """The page starts, asks and answers, below its path alone and within its policy."""
        reader.open().ask(WASH)
        assert reader.text("#answer .card-title") == small.ask(WASH).cards[0].title
        reader.open_everything()
        assert (
            reader.page.locator("#answer img").evaluate_all("found => found.filter(i => !i.naturalWidth).length") == 0
        )
        assert (reader.complaints, reader.violations()) == ([], [])
        assert [url for url in reader.requests if not place.belongs(url)] == []

    def test_every_link_of_the_page_stays_below_the_path(self, place: Place, reader: Reader) -> None:
        """Cards, the check, the permanent link: as a browser understands them."""
        reader.open().ask(WASH)
        links = reader.page.locator("a[href]").evaluate_all("found => found.map((a) => a.href)")
        assert f"{place.address}/c/washing" in links
        assert [url for url in links if url.startswith(place.origin) and not place.belongs(url)] == []

    def test_a_question_in_the_address_is_asked(self, small: Explainer, reader: Reader) -> None:
        """A link with a question in it works, with its last slash or without."""
        for slash in ("/", ""):
            reader.page.goto(f"{reader.address}{slash}?q={WASH.replace(' ', '+')}")
            reader.answered(WASH)
            assert reader.text("#answer .card-title") == small.ask(WASH).cards[0].title
        assert reader.complaints == []

    def test_what_a_reader_says_of_a_card_is_counted(self, place: Place, reader: Reader) -> None:
        """On the first page and on a page of its own."""
        before = place.counts.counts().get(("washing", "helpful"), 0)
        reader.open().ask(WASH)
        for path in ("", "/c/washing"):
            if path:
                reader.open(path)
            reader.page.click(".feedback-helpful")
            reader.page.locator(".feedback.done").wait_for()
        assert place.counts.counts()[("washing", "helpful")] == before + 2
        assert reader.complaints == []

    def test_the_widget_works_on_a_page_of_another_origin(
        self, small: Explainer, place: Place, visitor: Reader
    ) -> None:
        """Its script, its frame, the site's own colours; all of it from below the path."""
        script = f'<script src="{place.address}/widget/v1.js" data-site="plum" async></script>'
        visitor.open(place.clinic.shows(script))
        button(visitor.page).click()
        frame = there(visitor)
        assert frame.url == f"{place.address}/embed/plum"
        self._asks(frame, small, visitor, place)

    def test_a_plain_frame_works_on_a_page_of_another_origin(
        self, small: Explainer, place: Place, visitor: Reader
    ) -> None:
        """As the command prints it, without any script of ours on the page."""
        site = place.clinic.sites.get("plum")
        assert site
        _, plain = snippets(site, "Title", place.address).rsplit("\n", 1)
        visitor.open(place.clinic.shows(plain))
        visitor.page.frame_locator("iframe").locator("#question").wait_for()
        (frame,) = [frame for frame in visitor.page.frames if "/embed/" in frame.url]
        self._asks(frame, small, visitor, place)

    def test_several_servers_answer_one_reader_in_turn(
        self, small: Explainer, chromium: Browser, tmp_path: Path
    ) -> None:
        """Nothing is kept between requests, so it is the same which of them answers."""
        settings = Settings(root_path=ROOT, per_address=MANY)
        with (
            served(site_of(small, settings), settings) as first,
            served(site_of(small, settings), settings) as second,
            proxied(first, tmp_path, {"keepalive 16;": f"server {second.removeprefix('http://')};"}) as origin,
            chromium.new_context() as context,
        ):
            reader = Reader(context, f"{origin}{ROOT}").open()
            for question in (WASH, SLEEP, "warm ears", WASH):
                reader.ask(question)
                assert reader.text("#answer .card-title") == small.ask(question).cards[0].title
            assert (reader.complaints, reader.violations()) == ([], [])

    def _asks(self, frame: Frame, small: Explainer, visitor: Reader, place: Place) -> None:
        ask(frame, SLEEP)
        assert frame.locator("#answer .card-title").inner_text() == small.ask(SLEEP).cards[0].title
        assert frame.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent')") == "#6b1f5c"
        assert visitor.violations() == frame.evaluate("window.violations ?? []") == []
        assert visitor.complaints == []
        theirs = {url for url in visitor.requests if url.startswith(place.clinic.origin)}
        assert [url for url in visitor.requests if url not in theirs and not place.belongs(url)] == []
        assert visitor.page.evaluate(KEPT) == [0, 0, 0, 0, ""]
        links = frame.locator("a[href]").evaluate_all("found => found.map((a) => a.href)")
        assert f"{place.address}/c/sleep-300" in links
        assert [url for url in links if url.startswith(place.origin) and not place.belongs(url)] == []


def addresses(page: httpx.Response) -> set[str]:
    """Return every address of the page's own origin that stands in it."""
    found = re.findall(r'\b(?:href|src|action)="([^"]*)"', page.text)
    origin = f"{page.url.scheme}://{page.url.netloc.decode()}/"
    return {url for url in (urljoin(str(page.url), address) for address in found) if url.startswith(origin)}


@behind_nginx
def test_every_address_leads_to_something_below_the_path(place: Place, program: httpx.Client) -> None:
    """From the first page, a card, an answer and the page in a frame on: styles, icons, scripts, links, forms."""
    seen: set[str] = set()
    waiting = {f"{place.address}{path}" for path in ("/", "/c", "/check", "/ask", "/embed/plum", "/favicon.ico")}
    while waiting:
        url = waiting.pop()
        response = program.get(url)
        assert response.status_code == 200, url
        seen.add(url)
        if response.headers["content-type"].startswith("text/html"):
            waiting |= {urlsplit(found)._replace(fragment="").geturl() for found in addresses(response)} - seen
    assert {f"{place.address}{path}" for path in ("/c/washing", "/site/page.css", "/embed/plum/theme.css")} <= seen
    assert [url for url in seen if not place.belongs(url)] == []


@behind_nginx
def test_the_pages_without_a_script_answer(small: Explainer, place: Place, program: httpx.Client) -> None:
    """Their forms lead to where they are answered."""
    title = small.ask(WASH).cards[0].title
    for path in ("/", "/ask"):
        [form] = [url for url in addresses(program.get(path)) if url.endswith("/ask")]
        assert form == f"{place.address}/ask"
    assert title in program.post("/ask", data={"question": WASH}).text
    assert title in program.post("/embed/polar", data={"question": WASH}).text
    assert program.post("/check", data={"text": "This hat is warm on your ears."}).status_code == 200


@behind_nginx
def test_programs_are_answered(small: Explainer, program: httpx.Client) -> None:
    """The API, its description, MCP, and what a monitor asks."""
    answer = program.get("/api/ask", params={"q": WASH}).json()
    assert answer == answer_json(small.ask(WASH))
    assert program.get("/ready").json() == {"ready": True}
    description = program.get("/openapi.json").json()
    server = description.get("servers", [{"url": ""}])[0]["url"]
    assert program.get(f"{urljoin(str(program.base_url), server or '/').rstrip('/')}/api/cards").status_code == 200
    listed = program.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers={
        "accept": "application/json, text/event-stream"})  # fmt: skip
    assert [tool["name"] for tool in listed.json()["result"]["tools"]] == ["look_up_claim"]


@behind_nginx
def test_counts_are_for_this_machine_alone(place: Place, program: httpx.Client) -> None:
    """However it is spelt, nginx does not pass it on."""
    assert "explainer_requests_total" in httpx.get(f"{place.direct}/metrics").text
    for path in ("/metrics", "/%6detrics", "//metrics", "/ask/metrics", "/./metrics", "/c/../metrics"):
        assert httpx.get(f"{place.address}{path}").status_code == 404


@behind_nginx
def test_a_text_too_long_is_told_so_in_our_words(small: Explainer, program: httpx.Client) -> None:
    """nginx lets a little more pass than we take."""
    response = program.post("/api/check", json={"text": "a" * 140_000})
    assert response.status_code == 413
    assert response.json()["error"] == small.corpus.wording["en"]["error_text_long"].format(limit="20,000")


@behind_nginx
def test_nginx_writes_down_no_question_and_no_reader(small: Explainer, tmp_path: Path) -> None:
    """Neither of an address, nor of a body, nor of where a reader came from; not even where we do not answer."""
    errors = {"/dev/null emerg;": f"{tmp_path}/errors.txt warn;"}  # only to see what it does with a long body
    secret, long = "xylophone hat", "zeppelin " * 14_000
    with placed(small, tmp_path, Way(root=ROOT, changed=errors)) as place:
        assert httpx.get(f"{place.address}/api/ask", params={"q": secret}).status_code == 200
        assert httpx.get(f"{place.address}/", params={"q": secret}, headers={"referer": secret}).status_code == 200
        assert httpx.post(f"{place.address}/ask", data={"question": secret}).status_code == 200
        assert httpx.post(f"{place.address}/check", data={"text": long}).status_code == 413
        assert httpx.get(f"{place.address}/c/washing").status_code == 200
    log = (tmp_path / "nginx" / "access.log").read_text(encoding="utf-8")
    assert [line.split()[1:4] for line in log.splitlines()] == [
        ["GET", "/ask/api/ask", "200"],
        ["GET", "/ask/", "200"],
        ["POST", "/ask/ask", "200"],
        ["POST", "/ask/check", "413"],
        ["GET", "/ask/c/washing", "200"],
    ]
    assert not re.search("xylophone|zeppelin|127[.]0[.]0[.]1", log)
    assert "temporary file" not in (tmp_path / "errors.txt").read_text(encoding="utf-8")
    with proxied("http://127.0.0.1:9", tmp_path / "away") as origin:  # where nobody listens
        assert httpx.get(f"{origin}{ROOT}/api/ask", params={"q": secret}).status_code == 502
    written = [file.read_text(encoding="utf-8") for file in (tmp_path / "away").glob("*.log")]
    assert "xylophone" not in "".join(written)
    assert " 502 " in "".join(written)


@contextlib.contextmanager
def counting(small: Explainer, folder: Path, *proxies: str, changed: dict[str, str] | None = None) -> Iterator[str]:
    """The address of nginx before a server that lets each address ask twice an hour."""
    settings = Settings(root_path=ROOT, per_address="2/hour", proxies=proxies)
    with served(site_of(small, settings), settings) as direct, proxied(direct, folder, changed) as origin:
        yield origin


def asks(address: str, reader: str, forwarded: str = "") -> int:
    """Ask from an address of this machine; return the status. `forwarded` is what the reader says of itself."""
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    with httpx.Client(transport=httpx.HTTPTransport(local_address=reader)) as client:
        return client.get(f"{address}{ROOT}/api/ask", params={"q": WASH}, headers=headers).status_code


@behind_nginx
@pytest.mark.parametrize("changed", [{}, APART], ids=["replaced by nginx", "appended by nginx"])
def test_each_reader_behind_a_trusted_proxy_counts_alone(
    small: Explainer, tmp_path: Path, changed: dict[str, str]
) -> None:
    """What a reader writes in front of its own address changes nothing."""
    with counting(small, tmp_path, "127.0.0.1", changed=changed) as address:
        assert [asks(address, ONE, f"203.0.113.{n}") for n in range(3)] == [200, 200, 429]
        assert [asks(address, OTHER, f"{ONE}, 127.0.0.1") for _ in range(3)] == [200, 200, 429]
        assert asks(address, ONE) == 429


@behind_nginx
def test_behind_a_proxy_that_is_not_trusted_all_readers_are_one(small: Explainer, tmp_path: Path) -> None:
    """What counts is who connects to us."""
    with counting(small, tmp_path) as address:
        assert [asks(address, reader, "203.0.113.1") for reader in (ONE, OTHER, "127.0.0.4")] == [200, 200, 429]


@pytest.mark.parametrize("proxies", [(), ("10.0.0.0/8",)])
def test_a_reader_who_comes_straight_to_us_cannot_choose_an_address(small: Explainer, proxies: tuple[str, ...]) -> None:
    """The header is believed from the addresses that were named, and from nobody else."""
    settings = Settings(root_path=ROOT, per_address="2/hour", proxies=proxies)
    with served(site_of(small, settings), settings) as direct:
        assert [asks(direct, ONE, f"203.0.113.{n}") for n in range(3)] == [200, 200, 429]
        assert asks(direct, OTHER) == 200


def test_a_chain_of_trusted_proxies_is_followed_to_the_first_that_is_not(small: Explainer) -> None:
    """What stands left of it was written by a reader."""
    settings = Settings(root_path=ROOT, per_address="2/hour", proxies=("127.0.0.1", "10.0.0.0/8"))
    with served(site_of(small, settings), settings) as direct:
        chains = [f"203.0.113.{n}, 198.51.100.7, 10.1.2.{n}" for n in range(3)]
        assert [asks(direct, "127.0.0.1", chain) for chain in chains] == [200, 200, 429]
        assert asks(direct, "127.0.0.1", "198.51.100.8, 10.1.2.3") == 200


def client_below(small: Explainer, root: str) -> TestClient:
    """Return a client of a site that a proxy shows below `root`, which is led nowhere by itself."""
    return TestClient(site_of(small, dataclasses.replace(SETTINGS, root_path=root)), follow_redirects=False)


def test_a_path_without_its_last_slash_leads_to_the_first_page(small: Explainer) -> None:
    """With what was asked, and by a way that holds on any host; nothing but reading does so."""
    client = client_below(small, "/answers")
    for asked, where in (("/answers", "/answers/"), ("/answers?q=warm+ears", "/answers/?q=warm+ears")):
        for method in ("GET", "HEAD"):
            response = client.request(method, asked)
            assert (response.status_code, response.headers["location"]) == (308, where)
    assert client.post("/answers").status_code == 404
    assert client.get("/answers//elsewhere.example").status_code == 404


def test_a_path_that_is_also_a_page_of_ours_is_that_page(small: Explainer) -> None:
    """A proxy that takes /ask off passes /ask/ask on as /ask, and its form must be answered."""
    client = client_below(small, ROOT)
    assert 'action="/ask/ask"' in client.get("/ask").text
    assert small.ask(WASH).cards[0].title in client.post("/ask", data={"question": WASH}).text


@pytest.mark.parametrize("root", ["", ROOT])
def test_the_first_page_names_no_host(small: Explainer, root: str) -> None:
    """Whatever host a proxy asks for, the page finds its way by paths."""
    html = client_below(small, root).get(f"{root}/").text
    assert f'"root":"{root or "/"}"' in html
    assert not re.search("testserver|[.]invalid", html)


@pytest.mark.parametrize("root", ["/api", "/c", "/c/x", "/embed/", "/site", "/widget", "/gradio_api"])
def test_a_path_that_begins_as_ours_do_is_refused(root: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody could tell what of an address is the proxy's and what is ours."""
    with pytest.raises(SystemExit) as stopped:
        main(["serve", "--root-path", root])
    assert stopped.value.code == 2
    assert "a root path may not begin as paths of ours do: choose another" in capsys.readouterr().err


@pytest.mark.parametrize("public", ["https://clinic.example", "https://clinic.example/", "https://clinic.example/ask/"])
def test_the_public_address_may_have_the_path_or_not(public: str) -> None:
    """It stands once in a permanent link."""
    assert ServedLinks(ROOT, public).absolute("washing") == "https://clinic.example/ask/c/washing"
