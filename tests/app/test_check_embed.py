"""The command that looks at a page which embeds us: good pages pass, and each fault is told once, with its cure."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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
from app.sites import Sites
from app.widget import integrity, newest, script
from index.answer import Explainer
from index.errors import PageError
from tests.app.clinic import Clinic, our_app, sites_of
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
# What a proxy may put into our pages and our loader on their way.
CALL_HOME = b"\nfetch(new URL('../health', document.currentScript.src)).catch(() => 0);"
ADDED = (
    b"<style>.label > summary { font-size: 5px !important; color: #ccc } .interest { display: none }"
    b" .promise { position: absolute; left: -9999px }</style>"
    b"<script>new Image().src = 'http://pixel.localhost/'; document.cookie = 'visitor=1'; localStorage.visitor = 1</script>"
    b"</head>"
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
            return HTMLResponse(
                self.pages.get(path, "none"), 200 if path in self.pages else 404, self.policies.get(path)
            )

        return app


@contextmanager
def street_of(folder: Path, ours: Callable[[Path], ASGIApp]) -> Iterator[Street]:
    """A clinic at one origin and us at another, as `ours` makes us of a file of sites."""
    file = folder / "sites.yaml"
    street = Street(sites=sites_of(file, "http://localhost"))
    with served(street.app()) as there:
        street.origin = there.replace("127.0.0.1", "localhost")
        street.sites = sites_of(file, street.origin)
        with served(ours(file)) as street.ours:
            yield street


@pytest.fixture(scope="module")
def street(small: Explainer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """A clinic, and the whole of our site behind its gate."""

    def ours(file: Path) -> ASGIApp:
        return site_of(small, Settings(per_address=MANY, per_site=MANY, sites=file))

    with street_of(tmp_path_factory.mktemp("street"), ours) as street:
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

    def test_a_page_with_the_line_of_another_site_fails(self, street: Street, look: Look) -> None:
        """Or with none: what others put in frames is not taken for ours."""
        others = '<iframe src="/embed/dQw4w9WgXcQ"></iframe><script src="/widget/chat.js"></script>'
        found = look(street.page(street.script() + others), "plum")
        assert by_state(found, "fail") == ["loader"]
        assert found["loader"].found == "the page names the site 'polar', not 'plum'"
        assert found["loader"].do.endswith("'explainer widget-snippet plum' prints")

    def test_what_a_proxy_adds_to_our_pages_is_noticed(self, small: Explainer, look: Look, tmp_path: Path) -> None:
        """A loader that calls home, labels taken away, something kept, and a picture from elsewhere."""
        with street_of(tmp_path, lambda file: changed(our_app(small, Sites(file, ("en", "es"))))) as street:
            found = look(street.page(street.script()))
        assert by_state(found, "fail") == [
            "before-opening", "labels", "interest", "promise", "contrast", "storage", "other-hosts",
        ]  # fmt: skip
        assert by_state(found, "warn") == ["framing"]
        assert found["labels"].found == "5 of 5 passages have no label in sight"
        assert found["storage"].found == "our origin keeps cookies, localStorage"
        assert found["other-hosts"].found == "the frame asks pixel.localhost"

    def test_the_command_prints_what_was_found(self, street: Street, capsys: pytest.CaptureFixture[str]) -> None:
        """In its JSON form, and ends with 1, since something fails."""
        url = street.page(street.script("elsewhere"))
        assert command("check-embed", url, "--json") == 1
        printed = json.loads(capsys.readouterr().out)
        assert printed["url"] == url
        assert [tuple(check) for check in printed["checks"]] == [("name", "state", "found", "do")] * len(NAMES)
        assert [check["name"] for check in printed["checks"] if check["state"] == "fail"] == ["framing"]

    def test_a_page_that_cannot_be_opened_is_told_in_one_line(self, street: Street, look: Look) -> None:
        """With what its server or the browser says of it."""
        with pytest.raises(PageError, match=r"/none cannot be opened: it answers with status 404$"):
            look(f"{street.origin}/none")
        with pytest.raises(PageError, match=r"^http://localhost:1/ cannot be opened: net::ERR_[A-Z_]+ at [^\n]+$"):
            look("http://localhost:1/")


def changed(app: FastAPI) -> FastAPI:
    """A server of ours behind something that changes what it sends, and drops its policy."""

    @app.middleware("http")
    async def change(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        answer = await call(request)
        parts: AsyncIterable[bytes] = answer.body_iterator  # type: ignore[attr-defined]
        body = b"".join([part async for part in parts])
        if request.url.path.startswith("/widget/"):
            body += CALL_HOME
        return Response(body.replace(b"</head>", ADDED), answer.status_code, media_type=answer.headers["content-type"])

    return app


def command(*arguments: str) -> int:
    """Run the command in a thread of its own, since Playwright keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(main, arguments).result()


# A visit on which nothing was wrong, for what no page of ours in a test can show.
LINE = Line(form="script", url="https://answers.example/under/widget/v1.js", site="polar")
GOOD = Seen(
    url="https://clinic.example/",
    origin="https://clinic.example",
    line=LINE,
    served=Served(status=200, ours=True, ancestors=("https://clinic.example",)),
    ran=True,
    frame="ready",
    spots=(
        Spot(
            what="the button", window=360, visible=True, inside=True, over="", opacity=1, scale=1, width=90, height=44
        ),
        Spot(
            what="the frame", window=1280, visible=True, inside=True, over="", opacity=1, scale=1, width=430, height=600
        ),
    ),
    keys=Keys(reached=True, opened=True, closed=True, returned=True),
    colours=(Colours(what="a label", scheme="light", ink="rgb(29, 35, 39)", ground="rgb(243, 239, 231)"),),
    shown=Shown(passages=5, bare=0, interest=True, promise=True),
    kept=(),
    elsewhere=(),
)


def judged(seen: Seen, name: str) -> Check:
    (found,) = [check for check in judge(seen) if check.name == name]
    return found


def test_a_visit_on_which_nothing_was_wrong_passes() -> None:
    """So that each test below changes one thing."""
    assert [check.name for check in judge(GOOD) if check.state != "ok"] == ["server-away"]


def test_a_server_under_a_path_is_known_by_its_line() -> None:
    """The frame stands beside the loader."""
    assert LINE.embed == "https://answers.example/under/embed/polar"
    assert LINE.origin == "https://answers.example"


@pytest.mark.parametrize(
    ("line", "ran", "state", "told"),
    [
        ({}, True, "ok", ""),
        ({"site": ""}, False, "fail", 'give it data-site="ID"'),
        ({"kind": "text/plain"}, False, "fail", "remove the type"),
        ({"version": "v2"}, True, "warn", "it is no version that we know"),
        ({"version": newest(), "integrity": HASH, "crossorigin": True}, True, "ok", ", with its hash"),
        ({"version": newest(), "integrity": HASH}, False, "fail", 'add crossorigin="anonymous"'),
        ({"version": newest(), "integrity": f"sha256-AAAA {HASH}", "crossorigin": True}, True, "ok", ""),
        ({"version": newest(), "integrity": f"sha512-AAAA {HASH}", "crossorigin": True}, False, "fail", HASH),
        ({"version": newest(), "integrity": "md5-AAAA", "crossorigin": True}, True, "ok", ""),
        ({"integrity": HASH, "crossorigin": True}, True, "warn", "its hash will be wrong with our next version"),
        ({}, False, "fail", "it did not run"),
    ],
)
def test_what_is_wrong_with_the_line_is_said(line: dict[str, Any], ran: bool, state: str, told: str) -> None:
    """A browser goes by the strongest hash; what runs all the same is a warning."""
    named = f"https://answers.example/under/widget/{line.pop('version', 'v1')}.js"
    found = judged(replace(GOOD, line=replace(LINE, url=named, **line), ran=ran, frame="none"), "loader")
    assert found.state == state
    assert told in str(found)


@pytest.mark.parametrize(
    ("served", "do"),
    [
        (None, "see that the server runs, and that https://answers.example is its address"),
        (Served(status=502, ours=False, ancestors=None), "open https://answers.example/under/embed/polar"),
        (Served(status=503, ours=False, ancestors=None), "open https://answers.example/under/embed/polar"),
        (Served(status=200, ours=False, ancestors=None), "open https://answers.example/under/embed/polar"),
    ],
)
def test_whatever_is_wrong_with_the_server_is_told_once(served: Served | None, do: str) -> None:
    """A proxy's own page is not taken for a pause."""
    found = judge(replace(GOOD, served=served, frame="silent", shown=None, kept=None, elsewhere=None))
    (failed,) = [check for check in found if check.state == "fail"]
    assert failed.name == "server"
    assert failed.do.startswith(do)


@pytest.mark.parametrize(
    ("origin", "do"),
    [
        ("https://www.clinic.example", "add \"https://www.clinic.example\" to the origins of 'polar'"),
        ("http://clinic.example", "serve the page by https:// first"),
        ("http://localhost:8000", 'add "http://localhost:8000" to'),
    ],
)
def test_an_origin_that_is_not_listed_is_told_as_it_is_written(origin: str, do: str) -> None:
    """With and without www. are two; the file of sites takes https alone but on one's own machine."""
    found = judged(replace(GOOD, origin=origin, frame="refused"), "framing")
    assert found.state == "fail"
    assert found.do.startswith(do)


def test_a_frame_that_something_else_stops_is_a_failure_of_its_own() -> None:
    """The origin is listed, and still nothing comes."""
    found = judged(replace(GOOD, frame="silent"), "framing")
    assert found.state == "fail"
    assert "may frame us, and yet" in found.found


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"visible": False}, "the button is hidden by the page at 360 pixels"),
        ({"inside": False}, "the button is partly out of the window at 360 pixels"),
        ({"height": 23.5}, "the button is smaller than 24 pixels at 360 pixels"),
        ({"opacity": 0.5}, "the page makes the button see-through, opacity 0.50"),
        ({"over": "x" * 5_000}, f"the button is under '{'x' * 40}' at 360 pixels"),
        ({"what": "the frame", "height": 90}, "the frame is lower than 120 pixels at 360 pixels"),
        ({"what": "the frame", "height": 600, "scale": 0.5}, "the page shrinks the frame to 0.50 of its size"),
    ],
)
def test_what_keeps_us_out_of_sight_is_named(changed: dict[str, Any], told: str) -> None:
    """Briefly, whatever the page is made of."""
    found = judged(replace(GOOD, spots=(replace(GOOD.spots[0], **changed), *GOOD.spots[1:])), "in-sight")
    assert (found.state, found.found) == ("fail", told)


@pytest.mark.parametrize(("ink", "state"), [("rgb(118, 118, 118)", "ok"), ("rgb(120, 120, 120)", "fail")])
def test_less_contrast_than_wcag_wants_fails(ink: str, state: str) -> None:
    """On white, #767676 has 4.54 and #787878 has 4.42."""
    colours = (Colours(what="a label", scheme="light", ink=ink, ground="rgb(255, 255, 255)"),)
    assert judged(replace(GOOD, colours=colours), "contrast").state == state


def test_an_example_without_passages_is_a_failure() -> None:
    """Nothing was shown, so nothing is said of interest and promise."""
    found = {check.name: check.state for check in judge(replace(GOOD, shown=None))}
    assert [found[name] for name in ("labels", "interest", "promise")] == ["fail", "skip", "skip"]


@pytest.mark.parametrize(
    ("directive", "policy", "told"),
    [
        ("script-src-elem", "script-src 'self'", f"add {LINE.origin} to script-src"),
        ("script-src-elem", "script-src 'self'; script-src-elem a.example", f"add {LINE.origin} to script-src-elem"),
        ("script-src-elem", "SCRIPT-SRC 'nonce-x' 'strict-dynamic'", "give our line the page's nonce"),
        ("script-src-elem", "default-src 'self' 'nonce-x'",
         f"add the directive script-src 'self' 'nonce-…' {LINE.origin}"),
        ("frame-src", "default-src 'none'", f"add the directive frame-src {LINE.origin}"),
        ("frame-src", "default-src 'self' 'unsafe-inline' 'nonce-x'", f"add the directive frame-src 'self' {LINE.origin}"),
        ("frame-src", "child-src 'none'; default-src *", f"add {LINE.origin} to child-src"),
        ("style-src-elem", "style-src 'self'", "let through what style-src-elem stopped"),
    ],
)  # fmt: skip
def test_the_addition_to_a_policy_takes_nothing_from_the_page(directive: str, policy: str, told: str) -> None:
    """A new directive holds what default-src let through in its place; a nonce of one answer is of no use."""
    violation = Violation(directive=directive, policy=policy, enforced=True, in_meta=False)
    assert addition(violation, LINE.origin).startswith(told)


def test_the_first_of_two_directives_counts() -> None:
    """As in a browser (CSP Level 3, section 2.2.1)."""
    assert directives(" Frame-Src a.example ;; frame-src b.example; x") == {"frame-src": ("a.example",), "x": ()}


def test_a_line_says_what_to_do_next() -> None:
    """Its state first, so that lines can be searched."""
    assert str(Check(name="labels", state="ok", found="in sight")) == "ok   labels: in sight"
    assert str(Check(name="labels", state="fail", found="none", do="look")) == "fail labels: none; look"


@pytest.mark.parametrize("url", ["clinic.example", "ftp://clinic.example", "file:///etc/hosts", "javascript:1", "https://",
                                 "https://clinic.example:99999", "about:blank"])  # fmt: skip
def test_only_addresses_of_the_web_are_opened(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Before any browser is started."""
    assert main(["check-embed", url]) == 2
    assert capsys.readouterr().err == f"explainer: a page's address must begin with https:// or http://: {url!r}\n"


@pytest.mark.parametrize("seconds", ["0", "-1", "601", "nan"])
def test_a_time_that_makes_no_sense_is_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With the command's own status for that."""
    assert main(["check-embed", "https://clinic.example", f"--timeout={seconds}"]) == 2
    assert capsys.readouterr().err.startswith("explainer: --timeout must be more than 0 and at most 600: ")


def test_what_is_missing_is_told_with_its_cure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Chromium where none is on the path, and Playwright, which only this command needs."""
    monkeypatch.setenv("PATH", "")
    assert main(["check-embed", "https://clinic.example"]) == 2
    assert capsys.readouterr().err == "explainer: Chromium is missing: install Debian's package 'chromium'\n"
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert main(["check-embed", "https://clinic.example"]) == 2
    said = capsys.readouterr().err
    assert said == "explainer: Playwright is missing: run .venv/bin/pip install '.[embed-check]'\n"
