"""The page in a real browser, over the real corpus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route

from index.answer import Explainer
from tests.app.reader import BROWSER_MARKS, SHIFTS, Reader

pytestmark = BROWSER_MARKS
ATP, LIFT, WEATHER = "does it really raise ATP 500%?", "does it lift jowls", "will it rain tomorrow in Lisbon"
URGENT = "my chest hurts and I cannot breathe since the facial"
NARROW = {"width": 320, "height": 640}  # WCAG 1.4.10


@pytest.fixture
def reader_in_the_dark(chromium: Browser, address: str) -> Iterator[Reader]:
    """A reader whose browser prefers dark pages."""
    with chromium.new_context(color_scheme="dark") as context:
        yield Reader(context, address)


@pytest.fixture
def reader_of_a_small_screen(chromium: Browser, address: str) -> Iterator[Reader]:
    """A reader who has 320 pixels of width."""
    with chromium.new_context(viewport=NARROW) as context:
        yield Reader(context, address)


def test_asking_shows_the_card_with_a_label_on_every_passage(real: Explainer, reader: Reader) -> None:
    """The verdict, and beside each passage what kind of source stands behind it, in words."""
    reader.open().ask(ATP)
    card = real.ask(ATP).cards[0]
    assert reader.text("#answer .card-title") == card.title
    assert card.verdict.words in reader.text("#answer .verdict strong")
    reader.page.click("#answer .more > summary")
    shown = reader.page.locator("#answer .evidence .passage")
    assert [
        (
            shown.nth(i).locator("summary").inner_text().strip().removesuffix("+").strip(),
            shown.nth(i).locator(".passage-text").inner_text(),
        )
        for i in range(shown.count())
    ] == [(p.label.words, p.text) for p in card.passages]


def test_three_questions_in_a_row_stay_in_order_and_each_is_announced_once(real: Explainer, reader: Reader) -> None:
    """The conversation grows upwards; a screen reader hears one sentence an answer."""
    reader.open()
    heard = []
    for question in (ATP, LIFT, WEATHER):
        reader.ask(question)
        reader.page.wait_for_function(
            "before => document.querySelector('p[role=status]').textContent !== before", arg="".join(heard[-1:])
        )
        heard.append(reader.page.locator("p[role=status]").text_content() or "")
    assert reader.page.locator("#conversation q, #answer q").all_text_contents() == [ATP, LIFT, WEATHER]
    assert reader.page.locator("p[role=status]").count() == 1
    for question, sentence in zip((ATP, LIFT), heard, strict=False):
        card = real.ask(question).cards[0]
        assert card.title in sentence
        assert card.verdict.words in sentence
        assert card.in_short not in sentence
    assert real.corpus.wording["en"]["nothing"] in heard[2]


def test_the_same_question_again_is_answered_again(reader: Reader) -> None:
    """A question that was asked before is not lost from the conversation."""
    reader.open()
    for question in (ATP, LIFT, ATP):
        reader.ask(question)
    assert reader.page.locator("#conversation q, #answer q").all_text_contents() == [ATP, LIFT, ATP]


def test_an_example_asks_its_question(reader: Reader) -> None:
    """One tap, no typing."""
    example = reader.open().page.locator("button.example").nth(1)
    question = example.inner_text().strip()
    example.click()
    reader.answered(question)
    assert reader.text("#answer .card-title") == question


@pytest.fixture
def slow_start(reader: Reader) -> Callable[[], None]:
    """Gradio's scripts are held back until the function returned is called."""
    waiting: list[Route] = []
    going: list[bool] = []
    reader.context.route("**/assets/*.js", lambda route: route.continue_() if going else waiting.append(route))

    def go() -> None:
        going.append(True)
        for route in waiting:
            route.continue_()

    return go


def test_a_question_typed_before_gradio_has_started_is_answered(reader: Reader, slow_start: Callable[[], None]) -> None:
    """The box is there at once, says that the question is on its way, and Gradio answers it when it can."""
    reader.page.goto(reader.address, wait_until="commit")
    reader.page.fill("#early textarea", LIFT)
    reader.page.press("#early textarea", "Enter")
    reader.page.wait_for_selector("#early [role=status]:not(:empty)")
    assert reader.page.locator("#question").count() == 0
    slow_start()
    reader.answered(LIFT)


def test_what_is_half_typed_stays_when_gradio_has_started(reader: Reader, slow_start: Callable[[], None]) -> None:
    """The words, the focus and the place of the cursor go over into Gradio's box; nothing is asked yet."""
    reader.page.goto(reader.address, wait_until="commit")
    reader.page.locator("#early textarea").press_sequentially("does it jowls")
    for _ in "jowls":
        reader.page.keyboard.press("ArrowLeft")
    slow_start()
    reader.page.wait_for_selector("#question textarea")
    reader.page.keyboard.type("lift ")
    assert reader.page.input_value("#question textarea") == LIFT
    assert reader.page.locator("#answer q").count() == 0
    reader.page.keyboard.press("Enter")
    reader.answered(LIFT)


def test_an_example_tapped_before_gradio_has_started_is_answered(
    reader: Reader, slow_start: Callable[[], None]
) -> None:
    """The examples can be read and tapped at once."""
    reader.page.goto(reader.address, wait_until="commit")
    reader.page.wait_for_selector(".with-script")
    example = reader.page.locator("button.example").nth(1)
    question = example.inner_text().strip()
    example.click()
    slow_start()
    reader.answered(question)


def test_the_page_answers_where_no_script_runs(real: Explainer, chromium: Browser, address: str) -> None:
    """The same box, and each example, sends the question to a page of plain HTML."""
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(address)
        page.fill("textarea", LIFT)
        page.click("#early button")
        assert page.locator(".card-title").inner_text() == real.ask(LIFT).cards[0].title
        page.goto(address)
        example = page.locator("button.example").nth(1)
        question = example.inner_text()
        example.click()
        assert page.locator(".card-title").inner_text() == question


def test_nothing_jumps_while_the_page_starts(reader: Reader) -> None:
    """Gradio's box takes the place of the early one: the layout shifts by less than 0.05."""
    reader.context.add_init_script(SHIFTS)
    reader.open()
    reader.page.wait_for_timeout(500)
    assert reader.page.evaluate("window.shifted ?? 0") < 0.05


def test_a_question_in_the_address_is_asked(reader: Reader) -> None:
    """A link can lead to an answer."""
    reader.open("/?q=does+it+lift+jowls")
    reader.answered(LIFT)


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)> does it lift jowls", "**lift** [jowls](https://a.example) $x$"]
)
def test_a_question_in_markup_is_shown_as_typed(reader: Reader, text: str) -> None:
    """Neither HTML nor Markdown nor mathematics becomes of it."""
    reader.open().ask(text)
    assert reader.text("#answer q") == text
    assert reader.page.locator("#answer .asked").locator("img, a, strong, .katex").count() == 0


def test_an_empty_question_gets_a_plain_sentence(real: Explainer, reader: Reader) -> None:
    """It says what to do, and is announced."""
    reader.open().page.click("#ask")
    reader.page.wait_for_selector("#answer .error")
    assert reader.text("#answer .error") == real.corpus.wording["en"]["error_empty"]
    assert reader.page.locator("p[role=status]").text_content() == real.corpus.wording["en"]["error_empty"]


def test_the_same_line_told_again_is_an_answer_too(reader: Reader) -> None:
    """Two questions that get one and the same line in reply: neither is waited for once it has come."""
    reader.page.clock.install()
    reader.open()
    for empty in ("?", "!", "?"):
        reader.page.fill("#question textarea", empty)
        with reader.page.expect_response("**/gradio_api/run/predict"):
            reader.page.press("#question textarea", "Enter")
        reader.page.wait_for_selector("#answer:not(.waiting) .error")
    reader.page.clock.fast_forward(20_000)
    assert reader.page.locator("#asking").is_visible()
    assert not reader.page.locator("p.error:not(#answer .error)").is_visible()


def test_a_call_that_fails_is_said_so_and_the_question_can_be_sent_again(real: Explainer, reader: Reader) -> None:
    """After a while one plain line says so, and is announced; the question stands in a form that needs no Gradio."""
    reader.page.clock.install()
    reader.open()
    reader.context.route("**/gradio_api/run/predict", lambda route: route.abort())
    reader.page.fill("#question textarea", LIFT)
    reader.page.press("#question textarea", "Enter")
    reader.page.clock.fast_forward(20_000)
    sentence = real.corpus.wording["en"]["error_failed"]
    reader.page.locator("p.error", has_text=sentence).wait_for()
    assert reader.page.locator("p[role=status]").first.text_content() == sentence
    assert reader.page.input_value("#early textarea") == LIFT
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url("**/ask")
    assert reader.text(".card-title") == real.ask(LIFT).cards[0].title


def test_nothing_complains_and_nothing_leaves_the_origin(address: str, reader: Reader) -> None:
    """No console error, no breach of the policy, and no request to anybody else."""
    reader.open()
    for question in (ATP, URGENT, WEATHER):
        reader.ask(question)
        reader.open_everything()
    assert reader.violations() == []
    for path in ("/c", "/c/atp-500", "/check"):
        reader.open(path)
        assert reader.violations() == []
    assert reader.complaints == []
    assert {f"{url.scheme}://{url.netloc}" for url in map(urlsplit, reader.requests) if url.scheme != "data"} == {
        address
    }


def test_nothing_is_kept_in_the_browser(reader: Reader) -> None:
    """After three questions there is no cookie, no storage, no database and no cache; and no question in any address."""
    reader.open()
    for question in (ATP, LIFT, WEATHER):
        reader.ask(question)
    assert reader.context.cookies() == []
    kept = reader.page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length]"
    )
    assert kept == [0, 0, 0, 0]
    assert [url for url in [*reader.requests, reader.page.url] if re.search("jowls|lisbon", url, re.IGNORECASE)] == []


def test_our_look_is_not_undone_by_gradios(reader: Reader) -> None:
    """A card and a safety card have the borders that set them apart, as on the pages without Gradio."""

    def border(selector: str) -> str:
        return reader.page.locator(selector).first.evaluate("e => getComputedStyle(e).border")

    reader.open().ask(ATP)
    there = border("#answer .card")
    reader.ask(URGENT)
    assert border("#answer .safety").startswith("3px solid")
    reader.open("/c/atp-500")
    assert there == border(".card")
    assert there.startswith("1px solid")


def test_a_safety_card_is_the_first_thing_of_an_answer(real: Explainer, reader: Reader) -> None:
    """It is what is announced, and its numbers can be called."""
    reader.open().ask(URGENT)
    safety = real.ask(URGENT).safety[0]
    assert (
        reader.page.locator("#answer .answer > section, #answer .answer > article").first.get_attribute("class")
        == "safety safety-urgent"
    )
    assert safety.title in (reader.page.locator("p[role=status]").text_content() or "")
    links = reader.page.locator("#answer .safety a").evaluate_all("found => found.map(a => a.getAttribute('href'))")
    assert links == [f"tel:{number}" for number in re.findall(r"\b(?:112|911|999)\b", safety.text)]


@pytest.mark.parametrize("who", ["reader", "reader_in_the_dark", "reader_of_a_small_screen"])
def test_no_barrier_is_found_on_the_main_page(request: pytest.FixtureRequest, who: str) -> None:
    """Before asking, with everything of an answer open, and with a safety card, in every setting."""
    reader: Reader = request.getfixturevalue(who)
    reader.open()
    assert reader.barriers() == ""
    reader.ask(ATP)
    reader.open_everything()
    assert reader.barriers() == ""
    reader.ask(URGENT)
    reader.open_everything()
    assert reader.barriers() == ""


@pytest.mark.parametrize("who", ["reader", "reader_in_the_dark", "reader_of_a_small_screen"])
@pytest.mark.parametrize("path", ["/c", "/c/atp-500", "/c/nope", "/check"])
def test_no_barrier_is_found_on_a_light_page(request: pytest.FixtureRequest, who: str, path: str) -> None:
    """With every label open, in every setting."""
    reader: Reader = request.getfixturevalue(who)
    reader.open(path).open_everything()
    assert reader.barriers() == ""


def test_nothing_scrolls_sideways_at_320_pixels(reader_of_a_small_screen: Reader) -> None:
    """Neither the page, nor an answer with everything open, nor a light page."""
    reader = reader_of_a_small_screen.open()
    assert not reader.scrolls_sideways()
    for question in (ATP, URGENT, "a" * 500):
        reader.ask(question)
        reader.open_everything()
        assert not reader.scrolls_sideways()
    for path in ("/c", "/c/atp-500", "/check"):
        reader.open(path).open_everything()
        assert not reader.scrolls_sideways()


def test_a_labels_promise_opens_by_keyboard(real: Explainer, reader: Reader) -> None:
    """Enter on a label shows what it promises, and Enter again hides it."""
    page = reader.open("/c/atp-500").page
    label = page.locator(".label > summary").first
    promise = page.locator(".label-promise").first
    card = real.card("atp-500")
    assert card
    for _ in range(60):
        page.keyboard.press("Tab")
        if label.evaluate("label => label === document.activeElement"):
            break
    assert not promise.is_visible()
    page.keyboard.press("Enter")
    assert promise.is_visible()
    assert promise.inner_text() == card.known[0].label.promise
    assert label.evaluate("label => getComputedStyle(label).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert not promise.is_visible()


def test_a_question_is_asked_by_keyboard_alone(reader: Reader) -> None:
    """Tab reaches the box, Enter asks, and the focus is in the box for the next question."""
    page = reader.open().page
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#question textarea')"):
            break
    page.keyboard.type(LIFT)
    page.keyboard.press("Enter")
    reader.answered(LIFT)
    assert page.evaluate("document.activeElement.matches('#question textarea')")


def test_the_page_says_its_own_language_in_any_browser(chromium: Browser, address: str) -> None:
    """A German browser's screen reader reads English words as English."""
    with chromium.new_context(locale="de-DE") as context:
        reader = Reader(context, address).open()
        reader.ask(ATP)
        assert reader.page.locator("html").get_attribute("lang") == "en"
        assert reader.text("#ask") == "Ask"
