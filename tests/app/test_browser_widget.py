"""The widget on a clinic's page, in a real browser: two origins, and a policy that allows next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page, expect

from app.widget import snippets
from index.answer import Explainer
from tests.app.clinic import Clinic, clinic_of
from tests.app.reader import Reader
from tests.chromium import CHROMIUM, MISSING

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason=MISSING)]
SLEEP, WASH, URGENT = "three hundred per cent more sleep, really", "washing a felt hat", "the hat is choking me"
PHONE = {"width": 360, "height": 640}
# What a test must see of the widget is closed to the page around it: tests open it before anything runs.
OPEN_SHADOWS = (
    "const attach = Element.prototype.attachShadow;"
    "Element.prototype.attachShadow = function (how) { return attach.call(this, { ...how, mode: 'open' }) }"
)
FOCUSED = (
    "() => { let at = document.activeElement;"
    "while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;"
    "return at?.className || at?.tagName }"
)
KEPT = (
    "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,"
    "(await caches.keys()).length, document.cookie]"
)
DENIED = (
    "for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])"
    "Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError') } })"
)


@pytest.fixture(scope="module")
def clinic(small: Explainer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic's server and ours, over the small corpus."""
    with clinic_of(small, tmp_path_factory.mktemp("clinic")) as clinic:
        yield clinic


def visitor_of(context: BrowserContext, clinic: Clinic, *, closed: bool = False) -> Reader:
    """Return a reader of the clinic's pages; `closed` leaves the widget closed to the test as well."""
    if not closed:
        context.add_init_script(OPEN_SHADOWS)
    return Reader(context, clinic.origin)


@pytest.fixture
def visitor(chromium: Browser, clinic: Clinic) -> Iterator[Reader]:
    """A reader of the clinic's pages."""
    with chromium.new_context() as context:
        yield visitor_of(context, clinic)


@pytest.fixture
def visitor_in_the_dark(chromium: Browser, clinic: Clinic) -> Iterator[Reader]:
    """A reader whose browser prefers dark pages."""
    with chromium.new_context(color_scheme="dark") as context:
        yield visitor_of(context, clinic)


@pytest.fixture
def visitor_by_phone(chromium: Browser, clinic: Clinic) -> Iterator[Reader]:
    """A reader with a small screen that is touched."""
    with chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:
        yield visitor_of(context, clinic)


def button(page: Page) -> Locator:
    return page.locator("explainer-widget .open")


def opened(reader: Reader, path: str) -> Frame:
    """Open a page of the clinic and the widget on it; return the frame when it answers."""
    reader.open(path)
    button(reader.page).click()
    return there(reader)


def there(reader: Reader) -> Frame:
    """Return the widget's frame once it has answered the page."""
    reader.page.locator("explainer-widget .room.ready").wait_for()
    (frame,) = [frame for frame in reader.page.frames if "/embed/" in frame.url]
    return frame


def ask(frame: Frame, question: str) -> None:
    frame.fill("#question", question)
    frame.press("#question", "Enter")
    frame.locator("#answer q", has_text=question).wait_for()


def say(small: Explainer, key: str, language: str = "en") -> str:
    return small.corpus.wording[language][key]


def test_nothing_is_asked_for_before_the_first_opening(small: Explainer, clinic: Clinic, visitor: Reader) -> None:
    """The page's own files and the loader; the frame and all it needs come on a tap, from us alone."""
    path = clinic.shows(clinic.script())
    visitor.open(path)
    expect(button(visitor.page)).to_have_text(say(small, "widget_open"))
    visitor.page.mouse.wheel(0, 300)
    visitor.page.wait_for_load_state("networkidle")
    assert visitor.requests == [f"{clinic.origin}{path}", f"{clinic.ours}/widget/v1.js"]
    button(visitor.page).click()
    there(visitor)
    assert {f"{u.scheme}://{u.netloc}" for u in map(urlsplit, visitor.requests[2:])} == {clinic.ours}


def test_the_button_has_words_and_is_large_enough_and_small_enough(
    small: Explainer, clinic: Clinic, visitor: Reader
) -> None:
    """An icon alone says nothing; 24 pixels are WCAG 2.5.8."""
    visitor.open(clinic.shows(clinic.script()))
    found = visitor.page.get_by_role("button", name=say(small, "widget_open"), exact=True)
    expect(found).to_be_visible()
    assert found.inner_text() == say(small, "widget_open")
    box = found.bounding_box()
    assert box
    assert box["height"] >= 24
    assert box["width"] * box["height"] < 0.02 * 1280 * 720


def test_the_widget_is_closed_to_the_page_and_there_once(chromium: Browser, clinic: Clinic) -> None:
    """However often its script is on the page."""
    with chromium.new_context() as context:
        reader = visitor_of(context, clinic, closed=True)
        reader.open(clinic.shows(clinic.script() * 2 + clinic.script("plum")))
        reader.page.wait_for_load_state("networkidle")
        assert reader.page.locator("explainer-widget").count() == 1
        assert reader.page.evaluate("document.querySelector('explainer-widget').shadowRoot") is None


def test_the_keyboard_alone_opens_asks_closes_and_comes_back(
    chromium: Browser, small: Explainer, clinic: Clinic
) -> None:
    """Nothing of the widget is opened to this test: Tab, Enter, a question, Enter, Escape."""
    with chromium.new_context() as context:
        reader = visitor_of(context, clinic, closed=True)
        page = reader.open(clinic.shows(f"<a href='#'>first</a>{clinic.script()}")).page
        page.locator("explainer-widget").wait_for(state="attached")
        for _ in range(2):
            page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED) == "EXPLAINER-WIDGET"
        with page.expect_event("framenavigated", lambda frame: "/embed/" in frame.url) as navigated:
            page.keyboard.press("Enter")
        frame = navigated.value
        frame.locator("#question:focus").wait_for()
        page.keyboard.type(SLEEP)
        page.keyboard.press("Enter")
        frame.locator("#answer .card-title").wait_for()
        assert frame.locator("#answer .card-title").inner_text() == small.ask(SLEEP).cards[0].title
        assert frame.locator("#question:focus").count() == 1
        page.keyboard.press("Escape")
        page.wait_for_function("document.hasFocus() && document.activeElement.matches('explainer-widget')")
        page.keyboard.press("Enter")
        frame.locator("#question:focus").wait_for()
        assert frame.locator("#answer .card-title").count() == 1  # the conversation is still there


def test_the_panel_is_a_dialog_with_a_name_that_says_when_it_is_open(
    small: Explainer, clinic: Clinic, visitor: Reader
) -> None:
    """The close button, Escape, and the button that opened it."""
    opened(visitor, clinic.shows(f"<a href='#' id='behind'>behind</a>{clinic.script()}"))
    page = visitor.page
    dialog = page.get_by_role("dialog", name=say(small, "widget_frame"), exact=True)
    assert button(page).get_attribute("aria-expanded") == "true"
    assert not button(page).is_visible()  # it would cover what is under it
    assert page.locator("explainer-widget [role=status]").count() == 1
    page.locator("#behind").click(timeout=20_000)  # the page behind stays usable
    for key in ("Enter", "Escape"):
        dialog.get_by_role("button", name=say(small, "widget_close")).press(key)
        expect(dialog).to_be_hidden()
        expect(button(page)).to_be_focused()  # what follows the closing is an event of its own
        expect(button(page)).to_have_attribute("aria-expanded", "false")
        button(page).click()
        expect(dialog).to_be_visible()


def test_the_frame_may_do_what_it_needs_and_no_more(small: Explainer, clinic: Clinic, visitor: Reader) -> None:
    """A title for a screen reader, a sandbox, no referrer; a visible close button of 24 pixels at least."""
    opened(visitor, clinic.shows(clinic.script()))
    frame = visitor.page.locator("explainer-widget iframe")
    assert frame.get_attribute("src") == f"{clinic.ours}/embed/polar"
    assert frame.get_attribute("title") == say(small, "widget_frame")
    assert "allow-top-navigation" not in (frame.get_attribute("sandbox") or "allow-top-navigation")
    assert frame.get_attribute("referrerpolicy") == "no-referrer"
    box = visitor.page.get_by_role("button", name=say(small, "widget_close")).bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24


def test_a_conversation_is_announced_folded_and_in_order(small: Explainer, clinic: Clinic, visitor: Reader) -> None:
    """As on the main page: one sentence an answer, earlier ones fold, and no question is in an address."""
    frame = opened(visitor, clinic.shows(clinic.script()))
    heard = []
    for question in (SLEEP, WASH):
        ask(frame, question)
        card = small.ask(question).cards[0]
        heard.append(frame.locator("[role=status]").text_content() or "")
        assert card.title in heard[-1]
        assert card.verdict.words in heard[-1]
        assert card.in_short not in heard[-1]
    assert frame.locator("[role=status]").count() == 1
    assert frame.locator("#conversation q, #answer q").all_text_contents() == [SLEEP, WASH]
    assert not frame.locator("#conversation q").is_visible()
    frame.locator("#conversation summary").first.click()
    assert frame.locator("#conversation q").is_visible()
    frame.press("#question", "Control+a")
    frame.press("#question", "Delete")
    frame.click("form.asking button")
    expect(frame.locator("#answer .error")).to_have_text(say(small, "error_empty"))
    expect(frame.locator("[role=status]")).to_have_text(say(small, "error_empty"))
    frame.click("button.example")
    frame.locator("#answer .card").wait_for()
    assert [url for url in [*visitor.requests, frame.url] if "felt" in url or "sleep" in url] == []


def test_nothing_complains(clinic: Clinic, visitor: Reader) -> None:
    """Neither policy is breached, by opening, asking, copying, or a telephone number in an urgent answer."""
    frame = opened(visitor, clinic.shows(clinic.script()))
    ask(frame, SLEEP)
    frame.click("#answer .copy")
    frame.locator(".copied.done").wait_for()
    ask(frame, URGENT)
    frame.locator("#answer .safety a").first.click()
    ask(frame, WASH)
    assert visitor.violations() == frame.evaluate("window.violations ?? []") == []
    assert visitor.complaints == []


def test_nothing_is_kept_in_the_browser_at_either_origin(clinic: Clinic, visitor: Reader) -> None:
    """No cookie, no storage, no database, no cache; on a page of its own too, where a browser would let it."""
    frame = opened(visitor, clinic.shows(clinic.script()))
    ask(frame, SLEEP)
    assert visitor.page.evaluate(KEPT) == [0, 0, 0, 0, ""]
    visitor.page.goto(f"{clinic.ours}/embed/polar")
    ask(visitor.page.main_frame, SLEEP)
    assert visitor.page.evaluate(KEPT) == [0, 0, 0, 0, ""]
    assert visitor.context.cookies() == []


def test_it_works_where_storage_is_denied(small: Explainer, clinic: Clinic, visitor: Reader) -> None:
    """A browser that gives a frame no storage gives it answers all the same."""
    visitor.context.add_init_script(DENIED)
    frame = opened(visitor, clinic.shows(clinic.script()))
    ask(frame, SLEEP)
    assert frame.locator("#answer .card-title").inner_text() == small.ask(SLEEP).cards[0].title
    assert visitor.complaints == []


def test_links_open_a_page_of_their_own(clinic: Clinic, visitor: Reader) -> None:
    """And the conversation stays where it is."""
    frame = opened(visitor, clinic.shows(clinic.script()))
    ask(frame, SLEEP)
    with visitor.context.expect_page() as page:
        frame.click("#answer .permanent")
    assert page.value.url == f"{clinic.ours}/c/sleep-300"
    assert frame.locator("#answer .card").count() == 1


@pytest.mark.parametrize("broken", ["refused", "gone"])
def test_where_the_answers_are_away_a_sentence_says_so(
    small: Explainer, clinic: Clinic, visitor: Reader, broken: str
) -> None:
    """With a link to go on, never an empty box; the next opening tries again."""
    site = "elsewhere" if broken == "refused" else "polar"
    if broken == "gone":
        visitor.context.route("**/embed/**", lambda route: route.abort())
    visitor.page.clock.install()
    visitor.open(clinic.shows(clinic.script(site, 'data-fallback="https://cards.example/"')))
    button(visitor.page).click()
    status = visitor.page.locator("explainer-widget [role=status]")
    visitor.page.clock.run_for(4_000)
    assert status.inner_text() == ""
    visitor.page.clock.run_for(4_000)
    assert status.inner_text() == f"{say(small, 'widget_away')} {say(small, 'widget_fallback')}"
    assert status.locator("a").get_attribute("href") == "https://cards.example/"
    assert not visitor.page.locator("explainer-widget iframe").is_visible()
    if broken == "gone":
        visitor.context.unroute("**/embed/**")
        visitor.page.locator("explainer-widget .panel button").click()
        button(visitor.page).click()
        there(visitor)
        assert status.inner_text() == ""
        assert visitor.page.locator("explainer-widget iframe").is_visible()


@pytest.mark.parametrize("fallback", ["", "javascript:alert(1)", "//cards.example", "data:text/html,x", "cards.html"])
def test_a_fallback_that_is_no_web_address_is_no_link(
    small: Explainer, clinic: Clinic, visitor: Reader, fallback: str
) -> None:
    """The sentence stands alone."""
    visitor.page.clock.install()
    visitor.open(clinic.shows(clinic.script("elsewhere", f'data-fallback="{fallback}"')))
    button(visitor.page).click()
    visitor.page.clock.run_for(8_100)
    assert visitor.page.locator("explainer-widget [role=status]").inner_html() == say(small, "widget_away")


def test_a_paused_site_says_so_itself(small: Explainer, clinic: Clinic, visitor: Reader) -> None:
    """It answers the page around it, so the sentence is that of the pause."""
    frame = opened(visitor, clinic.shows(clinic.script("shut")))
    assert frame.locator(".notice").inner_text() == say(small, "embed_paused")


def box_of(found: Locator) -> dict[str, Any]:
    box = found.bounding_box()
    assert box
    return dict(box)


def test_messages_of_others_change_nothing(clinic: Clinic, visitor: Reader) -> None:
    """Neither of the page itself, nor of another frame of ours: window and origin must both be right."""
    path = clinic.shows(
        f'<iframe id="other" src="{clinic.ours}/embed/plum"></iframe>{clinic.script("polar", "data-inline")}'
    )
    visitor.open(path)
    visitor.page.locator("explainer-widget .room.ready").wait_for()
    room = visitor.page.locator("explainer-widget .room")
    (other,) = [f for f in visitor.page.frames if f.url.endswith("/plum")]
    (ours,) = [f for f in visitor.page.frames if f.url.endswith("/polar")]
    before = box_of(room)["height"]
    visitor.page.evaluate("postMessage({ type: 'height', height: 3000 }, '*')")
    other.evaluate("parent.postMessage({ type: 'height', height: 3000 }, '*')")
    visitor.page.wait_for_timeout(200)
    assert box_of(room)["height"] == before
    # A window that is not the parent says hello from an origin that may: nothing changes, and it is told nothing.
    visitor.page.evaluate("document.body.append(document.createElement('iframe'))")
    child = visitor.page.frames[-1]
    told = child.evaluate(
        "async () => { const told = []; addEventListener('message', (event) => told.push(event.data));"
        "const target = parent.document.querySelector('explainer-widget').shadowRoot.querySelector('iframe');"
        "target.contentWindow.postMessage({ type: 'hello' }, '*');"
        "await new Promise((done) => setTimeout(done, 300)); return told }"
    )
    assert told == []
    assert ours.evaluate("document.documentElement.classList.contains('inline')")


def test_a_frame_that_has_gone_elsewhere_is_not_heard(chromium: Browser, clinic: Clinic) -> None:
    """The window is right and the origin is not; only without the page's own policy does it get that far."""
    with chromium.new_context(bypass_csp=True) as context:
        reader = visitor_of(context, clinic)
        reader.open(clinic.shows(clinic.script("polar", "data-inline")))
        frame, room = there(reader), reader.page.locator("explainer-widget .room")
        frame.evaluate("parent.postMessage({ type: 'height', height: 700 }, '*')")
        expect(room).to_have_css("height", "700px")
        elsewhere = clinic.origin + clinic.shows("elsewhere")
        frame.evaluate("where => { setTimeout(() => { location = where }) }", elsewhere)
        frame.wait_for_url(elsewhere)
        frame.evaluate("parent.postMessage({ type: 'height', height: 3000 }, '*')")
        reader.page.wait_for_timeout(200)
        assert box_of(room)["height"] == 700


def test_an_origin_that_the_site_does_not_list_gets_no_word(
    small: Explainer, chromium: Browser, tmp_path: Path
) -> None:
    """Even where a browser would let it show the frame."""
    with clinic_of(small, tmp_path, ancestors="*") as clinic, chromium.new_context() as context:
        reader = visitor_of(context, clinic)
        reader.address = clinic.origin.replace("localhost", "127.0.0.1")
        path = clinic.shows(clinic.script())
        reader.page.clock.install()
        reader.open(path)
        with reader.page.expect_event("framenavigated", lambda frame: "/embed/" in frame.url):
            button(reader.page).click()
        reader.page.clock.run_for(8_100)
        assert say(small, "widget_away") in reader.page.locator("explainer-widget [role=status]").inner_text()


def test_a_frame_in_the_page_is_as_tall_as_what_it_holds(clinic: Clinic, visitor: Reader) -> None:
    """It stands where its script does, grows with an answer, and stays within bounds whatever it is told."""
    visitor.open(clinic.shows(f"<p>before</p>{clinic.script('polar', 'data-inline')}<p id='after'>after</p>"))
    frame, page = there(visitor), visitor.page
    room = page.locator("explainer-widget .room")
    assert page.evaluate("[...document.querySelector('main').children].map((e) => e.tagName)") == [
        "P",
        "SCRIPT",
        "EXPLAINER-WIDGET",
        "P",
    ]
    assert button(page).count() == 0
    heights = []
    for question in ("", SLEEP):
        if question:
            ask(frame, question)
        page.wait_for_timeout(300)
        holds = frame.evaluate("document.body.getBoundingClientRect().height")
        heights.append(box_of(room)["height"])
        assert heights[-1] == pytest.approx(holds, abs=3)
        assert not frame.evaluate("document.scrollingElement.scrollHeight > document.scrollingElement.clientHeight + 2")
    assert heights[1] > heights[0]
    for told, height in (("1e9", 4_000), ("-5", 120), ("500", 500), ("NaN", 500), ("'900'", 500), ("null", 500)):
        frame.evaluate(f"parent.postMessage({{ type: 'height', height: {told} }}, '*')")
        page.wait_for_timeout(100)
        assert box_of(room)["height"] == height


def test_a_frame_in_the_page_stands_where_the_page_wants_it(clinic: Clinic, visitor: Reader) -> None:
    """In the element that the script names, once."""
    here = clinic.script("polar", 'data-inline="#here"')
    visitor.open(clinic.shows(f"{here}{here}<section id='here'></section><p>after</p>"))
    there(visitor)
    assert visitor.page.locator("explainer-widget").count() == 1
    assert visitor.page.locator("#here > explainer-widget").count() == 1


def test_it_fills_the_screen_of_a_phone(clinic: Clinic, visitor_by_phone: Reader) -> None:
    """Edge to edge, nothing scrolls sideways, and the focus does not wander behind it."""
    reader = visitor_by_phone
    frame = opened(reader, clinic.shows(f"<a href='#'>behind</a>{clinic.script()}"))
    panel = reader.page.locator("explainer-widget .panel")
    reader.page.wait_for_timeout(300)
    assert box_of(panel) == {"x": 0, "y": 0, **PHONE}
    for question in (SLEEP, URGENT, "a" * 500):
        ask(frame, question)
        assert not frame.evaluate("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth")
        assert not reader.scrolls_sideways()
    seen = set()
    for _ in range(40):
        reader.page.keyboard.press("Tab")
        seen.add(reader.page.evaluate(FOCUSED))
    assert "A" not in seen
    assert "IFRAME" in seen


def test_it_stands_on_the_side_and_speaks_the_language_that_the_site_chose(
    small: Explainer, clinic: Clinic, visitor: Reader
) -> None:
    """The language of the script, else of the page, else English."""
    for attributes, language in (
        ('data-language="es" data-position="left"', "es"),
        ("", "en"),
        ('data-language="constructor"', "en"),
    ):
        visitor.open(clinic.shows(clinic.script("plum", attributes)))
        expect(button(visitor.page)).to_have_text(say(small, "widget_open", language))
        assert (box_of(button(visitor.page))["x"] < 100) == ("left" in attributes)
    path = clinic.shows(clinic.script("plum"))
    clinic.pages[path] = clinic.pages[path].replace("lang='en'", "lang='es-MX'")
    visitor.open(path)
    expect(button(visitor.page)).to_have_text(say(small, "widget_open", "es"))


def test_the_style_of_the_page_reaches_nothing_of_ours(small: Explainer, clinic: Clinic, visitor: Reader) -> None:
    """Neither the button nor what is in the frame can be hidden or recoloured, labels least of all."""
    visitor.open(clinic.shows(clinic.script(), head='<link rel="stylesheet" href="/hostile.css">'))
    expect(button(visitor.page)).to_be_visible()
    look = button(visitor.page).evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).fontSize]")
    assert look == ["rgb(255, 255, 255)", "16px"]
    button(visitor.page).click()
    frame = there(visitor)
    assert visitor.page.locator("explainer-widget iframe").is_visible()
    ask(frame, SLEEP)
    frame.click("#answer .more > summary")
    labels = frame.locator("#answer .label > summary")
    card = small.ask(SLEEP).cards[0]
    wanted = [p.label.words for p in (*card.known, *((card.claim,) if card.claim else ()), *card.passages)]
    assert [text.strip() for text in labels.all_inner_texts()] == wanted
    for label in labels.all():
        assert label.is_visible()
        assert label.evaluate("e => getComputedStyle(e).color") != "rgb(255, 0, 0)"


@pytest.mark.parametrize("who", ["visitor", "visitor_in_the_dark", "visitor_by_phone"])
def test_no_barrier_is_found(request: pytest.FixtureRequest, clinic: Clinic, who: str) -> None:
    """On the page of the clinic, closed and open, and on what is in the frame, before and after an answer."""
    reader: Reader = request.getfixturevalue(who)
    path = clinic.shows(f"<h1>Clinic</h1>{clinic.script()}")
    reader.open(path)
    button(reader.page).wait_for()
    assert reader.barriers() == ""
    opened(reader, path)
    reader.page.wait_for_timeout(300)
    assert reader.barriers() == ""
    for site in ("polar", "plum", "shut", "nobody"):
        reader.page.goto(f"{clinic.ours}/embed/{site}")
        assert reader.barriers() == ""
    reader.page.goto(f"{clinic.ours}/embed/plum")
    for question in (SLEEP, URGENT, ""):
        reader.page.fill("#question", question)
        reader.page.press("#question", "Enter")
        reader.page.locator(f"#answer .{'answer' if question else 'error'}").wait_for()
        reader.open_everything()
        assert reader.barriers() == ""


@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_snippet_works_as_it_is_printed(small: Explainer, clinic: Clinic, visitor: Reader, number: int) -> None:
    """Moving, pinned by its hash, and a plain frame."""
    site = clinic.sites.get("polar")
    assert site
    line = snippets(site, say(small, "widget_frame"), clinic.ours).splitlines()[2 * number + 1]
    path = clinic.shows(line)
    if number < 2:
        frame = opened(visitor, path)
    else:
        visitor.open(path)
        (frame,) = [f for f in visitor.page.frames if "/embed/" in f.url]
    ask(frame, SLEEP)
    assert frame.locator("#answer .card-title").inner_text() == small.ask(SLEEP).cards[0].title
    assert visitor.complaints == []


def test_a_plain_frame_works_without_script(small: Explainer, chromium: Browser, clinic: Clinic) -> None:
    """Type, press the button, read; and an example by one press."""
    with chromium.new_context(java_script_enabled=False) as context:
        reader = Reader(context, clinic.origin)
        reader.open(clinic.shows(f'<iframe title="Ask" src="{clinic.ours}/embed/polar" width="600"></iframe>'))
        frame = reader.page.frame_locator("iframe")
        frame.locator("#question").fill(WASH)
        frame.locator("form.asking button").click()
        expect(frame.locator("#answer .card-title")).to_have_text(small.ask(WASH).cards[0].title)
        example = frame.locator("button.example").first
        title = example.inner_text()
        example.click()
        expect(frame.locator("#answer q")).to_have_text(title)


def test_a_server_under_a_path_is_found_from_the_script(clinic: Clinic, visitor: Reader) -> None:
    """The frame stands beside the widget, wherever that is."""
    visitor.context.route("**/under/a/path/widget/v1.js*", lambda route: route.fulfill(
        response=visitor.context.request.get(f"{clinic.ours}/widget/v1.js")))  # fmt: skip
    visitor.open(clinic.shows(f'<script src="{clinic.ours}/under/a/path/widget/v1.js?x=1" data-site="polar"></script>'))
    button(visitor.page).click()
    frame = visitor.page.locator("explainer-widget iframe")
    assert frame.get_attribute("src") == f"{clinic.ours}/under/a/path/embed/polar"
