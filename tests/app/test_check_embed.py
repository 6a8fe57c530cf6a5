"""The command that looks at a page which embeds us: good pages pass, and each fault is told once, with its cure."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from playwright.sync_api import Browser
from starlette.types import ASGIApp

from app.check import Check
from app.check_embed import check_embed, judge
from app.command import main
from app.page_policy import addition, directives
from app.seen import Colours, Keys, Line, Seen, Served, Shown, Spot, Violation
from app.settings import Settings
from app.widget import integrity, newest, script
from index.answer import Explainer
from index.errors import PageError
from tests.app.clinic import Clinic, clinic_of, sites_of
from tests.app.conftest import MANY, site_of
from tests.chromium import CHROMIUM, MISSING, served

in_browser = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=MISSING)]
HASH = integrity(script(newest()))
NAMES = (
    "loader", "server", "before-opening", "framing", "policy", "in-sight", "keyboard", "labels", "interest",
    "promise", "contrast", "storage", "other-hosts", "server-away",
)  # fmt: skip
# What a page may write against us in its own style has no effect; what it does to all of itself has.
AGAINST_US = "<style>explainer-widget { display: none !important; opacity: 0 !important }</style>"
HIDDEN = "<style>body { opacity: 0 }</style>"
BUBBLE = (
    '<div id="chat" popover="manual" style="inset: auto 0 0 auto; width: 220px; height: 80px">Chat</div>'
    "<script>document.getElementById('chat').showPopover()</script>"
)
DEAF = "<script>addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault() }, true)</script>"


@dataclass
class Street(Clinic):
    """A clinic each of whose pages has a policy of its own, or none."""

    policies: dict[str, dict[str, str]] = field(default_factory=dict)

    def page(self, body: str, *, head: str = "", **headers: str) -> str:
        """Make a page whose policy is `enforced` or only `reported`, and return its address."""
        path = self.shows(body, head=head)
        names = {"enforced": "content-security-policy", "reported": "content-security-policy-report-only"}
        self.policies[path] = {names[name]: policy.format(self.ours) for name, policy in headers.items()}
        return self.origin + path

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/{name}")
        async def page(name: str) -> HTMLResponse:
            path = f"/{name}"
            return HTMLResponse(self.pages.get(path, ""), 200 if path in self.pages else 404, self.policies.get(path))

        return app


@pytest.fixture(scope="module")
def street(small: Explainer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """A clinic's server and the whole of ours behind its gate."""
    file = tmp_path_factory.mktemp("street") / "sites.yaml"
    street = Street(sites=sites_of(file, "http://localhost"))
    with served(street.app()) as there:
        street.origin = there.replace("127.0.0.1", "localhost")
        sites_of(file, street.origin)
        with served(site_of(small, Settings(per_address=MANY, per_site=MANY, sites=file))) as street.ours:
            yield street


Look = Callable[..., dict[str, Check]]


@pytest.fixture
def look(chromium: Browser) -> Look:
    """Open a page and return what was found, by name."""

    def look(url: str, site: str = "") -> dict[str, Check]:
        found = check_embed(chromium, url, site=site, seconds=20.0)
        assert tuple(check.name for check in found) == NAMES
        return {check.name: check for check in found}

    return look


def by_state(found: dict[str, Check], state: str) -> list[str]:
    return [check.name for check in found.values() if check.state == state]


class TestInABrowser:
    """Pages of a clinic, opened and used."""

    pytestmark = in_browser

    def test_a_good_page_passes_everything(self, street: Street, look: Look) -> None:
        """Under the strictest policy that lets us in, whatever its style says of our element."""
        policy = "default-src 'none'; script-src {0}; frame-src {0}; style-src 'unsafe-inline'"
        found = look(street.page(f"<a href='#'>x</a>{street.script()}", head=AGAINST_US, enforced=policy), "polar")
        assert by_state(found, "ok") == list(NAMES[:-1])
        assert by_state(found, "skip") == ["server-away"]
        assert found["loader"].found == f"version v1 of {street.ours}, site 'polar'"

    def test_a_pinned_loader_with_its_frame_in_the_page_passes(self, street: Street, look: Look) -> None:
        """There is no button, and so nothing to open."""
        pinned = f'integrity="{HASH}" crossorigin="anonymous" data-inline'
        found = look(street.page(street.script("polar", pinned, newest())))
        assert by_state(found, "fail") == by_state(found, "warn") == []
        assert by_state(found, "skip") == ["before-opening", "server-away"]
        assert found["loader"].found.endswith("site 'polar', with its hash")

    def test_a_plain_frame_passes_but_for_its_title(self, street: Street, look: Look) -> None:
        """A reader who listens would not know what it is."""
        found = look(street.page(f'<iframe src="{street.ours}/embed/polar" width="320" height="640"></iframe>'))
        assert by_state(found, "fail") == []
        assert by_state(found, "warn") == ["loader"]

    @pytest.mark.parametrize(
        ("name", "site", "attributes", "head", "policy", "name_of_loader", "cure"),
        [
            ("framing", "elsewhere", "", "", "", "v1", "add \"{origin}\" to the origins of 'elsewhere'"),
            ("policy", "polar", "", "", "default-src 'self'; script-src {0}", "v1",
             "in the page's header, add the directive frame-src 'self' {ours}"),
            ("policy", "polar", "", "", "script-src 'self'; frame-src {0}", "v1",
             "in the page's header, add {ours} to script-src"),
            ("in-sight", "polar", "", HIDDEN, "", "v1", "the page makes the button see-through, opacity 0.00"),
            ("in-sight", "polar", "", BUBBLE, "", "v1", "the button is under 'div#chat' at 360 pixels"),
            ("keyboard", "polar", "", DEAF, "", "v1", "this does not work: Enter opens"),
            ("loader", "polar", 'integrity="sha384-AAAA" crossorigin="anonymous"', "", "", newest(), HASH),
            ("loader", "polar", "", "", "", "9.9.9", f"use v1.js, or {newest()}.js with its hash"),
            ("server", "shut", "", "", "", "v1", "take 'paused: true' from the site 'shut'"),
            ("server", "nobody", "", "", "", "v1", "add the site 'nobody' to the file of sites"),
        ],
        ids=["origin", "frame-src", "script-src", "hidden", "covered", "deaf", "hash", "version", "paused", "unknown"],
    )  # fmt: skip
    def test_a_bad_page_fails_for_its_fault_alone(
        self, street: Street, look: Look, name: str, site: str, attributes: str, head: str, policy: str,
        name_of_loader: str, cure: str,
    ) -> None:  # fmt: skip
        """It is said what to do, and what follows from the fault is left out."""
        body = head if "<script" in head else ""
        page = street.page(
            body + street.script(site, attributes, name_of_loader),
            head="" if body else head,
            **({"enforced": policy} if policy else {}),
        )
        found = look(page)
        assert by_state(found, "fail") == [name]
        assert by_state(found, "warn") == []
        assert cure.format(origin=street.origin, ours=street.ours) in str(found[name])

    def test_every_line_that_a_policy_lacks_is_told_at_once(self, street: Street, look: Look) -> None:
        """Of its meta element here; nothing of ours runs, and still the frame is seen to be stopped as well."""
        policy = "<meta http-equiv='Content-Security-Policy' content=\"default-src 'self'\">"
        found = look(street.page(street.script(), head=policy))
        assert by_state(found, "fail") == ["policy"]
        assert found["policy"].do == (
            f"in the page's meta element, add the directive script-src 'self' {street.ours}; "
            f"in the page's meta element, add the directive frame-src 'self' {street.ours}"
        )

    def test_a_policy_that_only_reports_is_a_warning(self, street: Street, look: Look) -> None:
        """It lets us in today."""
        found = look(street.page(street.script(), reported="frame-src 'none'"))
        assert by_state(found, "fail") == []
        assert by_state(found, "warn") == ["policy"]

    def test_a_server_that_is_away_is_told_once(self, street: Street, look: Look) -> None:
        """The line is right and nobody is there."""
        with socket.socket() as taken:  # bound, and nobody listens
            taken.bind(("127.0.0.1", 0))
            away = f"http://127.0.0.1:{taken.getsockname()[1]}"
            found = look(street.page(f'<script src="{away}/widget/v1.js" data-site="polar" async></script>'))
        assert by_state(found, "fail") == ["server"]
        assert found["server"].found == "the server does not answer"
        assert away in found["server"].do

    @pytest.mark.parametrize(("body", "site"), [("", ""), ("polar", "plum")])
    def test_a_page_without_our_line_fails(self, street: Street, look: Look, body: str, site: str) -> None:
        """Or with that of another site than the one that was meant."""
        found = look(street.page(body and street.script(body)), site)
        assert by_state(found, "fail") == ["loader"]
        assert "explainer widget-snippet" in found["loader"].do

    def test_what_a_proxy_adds_to_our_pages_is_noticed(self, small: Explainer, look: Look, tmp_path: Path) -> None:
        """A loader that calls home, labels taken away, something kept, and a picture from elsewhere."""
        with clinic_of(small, tmp_path) as clinic, served(changing(clinic)) as proxy:
            clinic.pages["/changed"] = f'<script src="{proxy}/widget/v1.js" data-site="polar" async></script>'
            with served(unguarded(clinic)) as pages:
                found = look(f"{pages.replace('127.0.0.1', 'localhost')}/changed")
        assert by_state(found, "fail") == [
            "before-opening", "labels", "interest", "promise", "contrast", "storage", "other-hosts",
        ]  # fmt: skip
        assert by_state(found, "warn") == ["framing"]
        assert found["labels"].found == "5 of 5 passages have no label in sight"
        assert found["storage"].found == "our origin keeps cookies, localStorage"
        assert found["other-hosts"].found == "the frame asks pixel.localhost:1"

    def test_the_command_prints_what_was_found(self, street: Street, capsys: pytest.CaptureFixture[str]) -> None:
        """As JSON or one line a check; it ends with 1 where something fails, and 2 where there is no page."""
        url = street.page(street.script("elsewhere"))
        assert command("check-embed", url, "--json") == 1
        printed = json.loads(capsys.readouterr().out)
        assert printed["url"] == url
        assert [tuple(check) for check in printed["checks"]] == [("name", "state", "found", "do")] * len(NAMES)
        assert [check["name"] for check in printed["checks"] if check["state"] == "fail"] == ["framing"]
        assert command("check-embed", f"{street.origin}/none") == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err == f"explainer: {street.origin}/none cannot be opened: it answers with status 404\n"

    def test_a_page_that_nobody_serves_is_told_in_one_line(self, look: Look) -> None:
        """With what the browser says of it."""
        with pytest.raises(PageError, match=r"^http://localhost:1/ cannot be opened: net::ERR_[A-Z_]+ at [^\n]+$"):
            look("http://localhost:1/")


def changing(clinic: Clinic) -> ASGIApp:
    """A server of ours whose pages somebody changes on their way."""
    app = FastAPI()
    loader = script(newest()) + b"\nfetch(new URL('../health', document.currentScript.src)).catch(() => 0);"
    added = (
        "<style>.label > summary { font-size: 5px; color: #ccc } .interest { display: none }"
        " .promise { position: absolute; left: -9999px }</style>"
        "<script>localStorage.visitor = document.cookie = 'visitor=1; SameSite=None; Secure';"
        "new Image().src = 'http://pixel.localhost:1/'</script></head>"
    )

    @app.get("/widget/v1.js")
    async def changed_loader() -> Response:
        return Response(loader, media_type="text/javascript")

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    async def passed_on(path: str, request: Request) -> Response:
        import httpx

        async with httpx.AsyncClient() as client:
            answer = await client.request(request.method, f"{clinic.ours}/{path}", content=await request.body())
        page = answer.text.replace("</head>", added).replace(f'data-origins="{clinic.origin}"', 'data-origins="{}"')
        origins = request.headers.get("x-none", "")
        return Response(page.format(origins) if origins else page, media_type=answer.headers["content-type"])

    return app


def unguarded(clinic: Clinic) -> ASGIApp:
    """The pages of a clinic, without a policy."""
    app = FastAPI()

    @app.get("/{name}")
    async def page(name: str) -> HTMLResponse:
        return HTMLResponse(clinic.pages[f"/{name}"])

    return app


def command(*arguments: str) -> int:
    """Run the command in a thread of its own, since Playwright keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(main, arguments).result()
