"""What a reader does with a card: copies, shares, prints, judges and checks an advertisement with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from app.export import export_site
from app.settings import Settings
from index.answer import Explainer
from tests.app.conftest import site_of
from tests.app.reader import BROWSER_MARKS, SHIFTS, Reader
from tests.chromium import served

pytestmark = BROWSER_MARKS
ATP = "does it really raise ATP 500%?"
AD = "Our facial raises ATP by 500% and lifts sagging cheeks. Collagen breaks down with age. Book now."


@pytest.fixture
def copying(chromium: Browser, address: str) -> Iterator[Reader]:
    """A reader whose browser lets a page write to the clipboard."""
    with chromium.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        yield Reader(context, address)


@pytest.mark.parametrize("path", ["/", "/c/atp-500"])
def test_a_copied_card_carries_label_certainty_date_and_link(copying: Reader, path: str) -> None:
    """From the conversation and from the card's own page alike."""
    copying.open(path)
    if path == "/":
        copying.ask(ATP)
    copying.page.locator("button.copy").click()
    copying.page.locator(".copied.done").wait_for()
    copied = copying.page.evaluate("navigator.clipboard.readText()")
    for part in ("Does microcurrent really raise ATP by 500%?", "Not shown in people", "No direct evidence"):
        assert part in copied
    for label in ("[Lab dish only]", "[What sellers say]"):
        assert label in copied
    assert "22 November 2026" in copied
    assert copied.rstrip().endswith("/c/atp-500")
    assert "https://pubmed.ncbi.nlm.nih.gov/7140077/" in copied


def test_text_that_a_reader_selects_brings_its_label(copying: Reader) -> None:
    """Selecting a passage by hand takes the label's words along, since they stand in the text."""
    copying.open("/c/atp-500")
    selected = copying.page.evaluate(
        "() => { const passage = document.querySelector('.evidence .passage'); "
        "getSelection().selectAllChildren(passage); return getSelection().toString() }"
    )
    assert "Lab dish only" in selected


def test_all_of_a_card_prints_with_its_labels(reader: Reader) -> None:
    """What was folded on the page of the conversation is opened for the printer and closed again."""
    reader.open()
    reader.ask(ATP)
    assert not reader.page.locator("#answer .evidence").is_visible()
    reader.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    reader.page.emulate_media(media="print")
    assert reader.page.locator("#answer .evidence .label summary").first.is_visible()
    assert not reader.page.locator("#asking").is_visible()
    reader.page.evaluate("dispatchEvent(new Event('afterprint'))")
    reader.page.emulate_media(media="screen")
    assert not reader.page.locator("#answer .evidence").is_visible()


@pytest.mark.parametrize(("card", "pages"), [("what-atp-is", 2), ("collagen-14", 2), ("facial-muscle-tone", 4)])
def test_a_printed_card_fits_on_two_sheets(reader: Reader, card: str, pages: int) -> None:
    """A claim prints on two pages of A4, a long one on four, with every passage on it."""
    reader.open(f"/c/{card}")
    pdf = reader.page.pdf(format="A4")
    assert 1 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= pages


def test_an_answer_arrives_without_shifting_the_page(reader: Reader) -> None:
    """Cumulative layout shift of at most 0.05 while an answer arrives."""
    reader.page.add_init_script(SHIFTS)
    reader.open()
    reader.page.wait_for_timeout(500)
    reader.ask(ATP)
    reader.page.wait_for_timeout(600)
    assert reader.page.evaluate("window.shifted ?? 0") <= 0.05
    assert reader.page.locator("#question").is_visible()


@pytest.mark.parametrize("path", ["/", "/c/atp-500", "/check"])
def test_targets_are_large_enough_for_a_finger(reader: Reader, path: str) -> None:
    """24 CSS pixels or more each way (WCAG 2.5.8), links within a sentence apart."""
    reader.open(path)
    if path == "/":
        reader.ask(ATP)
    reader.open_everything()
    small = reader.page.evaluate(
        "() => [...document.querySelectorAll('button, summary, textarea, .links a, .card-list a')]"
        ".filter(e => e.checkVisibility()).map(e => [e.textContent.trim(), e.getBoundingClientRect()])"
        ".filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"
    )
    assert small == []


def test_reduced_motion_is_respected(chromium: Browser, address: str) -> None:
    """Nothing of ours moves for a reader who asks for stillness."""
    with chromium.new_context(reduced_motion="reduce") as context:
        reader = Reader(context, address).open()
        reader.ask(ATP)
        moving = reader.page.evaluate(
            "() => [...document.querySelectorAll('#answer *, #question *, #ask')]"
            ".filter(e => parseFloat(getComputedStyle(e).transitionDuration) > 0"
            " || getComputedStyle(e).animationName !== 'none').length"
        )
        assert moving == 0


def test_a_pasted_advertisement_comes_back_marked(reader: Reader) -> None:
    """Each claim with its verdict and a link to its card, and a count of how many are supported."""
    reader.open("/check")
    reader.page.fill("#text", AD)
    reader.page.click(".check-form button")
    reader.page.locator(".checked").wait_for()
    marked = reader.page.locator("mark").all_inner_texts()
    assert marked == [
        "Our facial raises ATP by 500% and lifts sagging cheeks.",
        "Collagen breaks down with age.",
    ]
    links = set(reader.page.locator(".span-verdicts a").evaluate_all("links => links.map(a => a.getAttribute('href'))"))
    assert {"/c/atp-500", "/c/lift-and-contour", "/c/ageing-collagen-elastin"} <= links
    counted = f"Supported by what we read: 1 of the {len(links)} claims that we know in this text."
    assert reader.text(".check-count") == counted
    assert reader.barriers() == ""


def test_the_check_works_without_script(chromium: Browser, address: str) -> None:
    """The form is a form."""
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{address}/check")
        page.fill("#text", AD)
        page.click(".check-form button")
        page.wait_for_selector("mark")
        assert page.locator("mark").count() == 2


def test_exported_cards_are_shown_without_any_server(chromium: Browser, real: Explainer, tmp_path: Path) -> None:
    """As files, with their look, and with links from one to the other."""
    assert export_site(real, tmp_path) == len(real.corpus.cards) + 1
    with chromium.new_context() as context:
        page = context.new_page()
        failed: list[str] = []
        page.on("requestfailed", lambda request: failed.append(request.url))
        page.goto((tmp_path / "index.html").as_uri())
        page.get_by_role("link", name="Does microcurrent really raise ATP by 500%?").click()
        assert page.locator("h1").inner_text() == "Does microcurrent really raise ATP by 500%?"
        assert page.locator(".card").evaluate("card => getComputedStyle(card).borderTopWidth") == "1px"
        assert failed == []


def test_readers_judge_a_card_by_counts_alone_where_a_site_wants_it(
    chromium: Browser, real: Explainer, tmp_path: Path
) -> None:
    """A tap is counted; there is no box for words, and no site has it unless it says so."""
    counts = tmp_path / "counts.sqlite"
    with served(site_of(real, Settings(feedback=counts))) as address, chromium.new_context() as context:
        reader = Reader(context, address).open()
        reader.ask(ATP)
        reader.page.get_by_role("button", name="This worries me").click()
        reader.page.locator(".feedback-thanks").wait_for()
        assert reader.page.locator("textarea, input[type=text]").count() == 1  # the question box
    from app.feedback import FeedbackCounts

    assert FeedbackCounts(counts).counts() == {("atp-500", "worries"): 1}


def test_no_site_asks_for_a_judgement_by_default(reader: Reader) -> None:
    """Feedback is off unless the site turns it on."""
    reader.open()
    reader.ask(ATP)
    assert reader.page.locator(".feedback").count() == 0


def test_the_words_of_the_page_can_be_spanish(chromium: Browser, real: Explainer) -> None:
    """Each part says its language, and the page says that the cards are in English."""
    with served(site_of(real, Settings(language="es"))) as address, chromium.new_context() as context:
        reader = Reader(context, address).open()
        assert reader.page.locator("html").get_attribute("lang") == "es"
        reader.ask(ATP)
        assert reader.text("#answer .card .note") == "Por ahora las fichas están escritas en inglés."
        assert reader.page.locator("#answer .card").get_attribute("lang") == "en"
        assert "22 de noviembre de 2026" in reader.page.locator(".card-foot").inner_text()
