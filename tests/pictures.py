"""`make pictures`: six pictures of the page as people see it, into docs/."""

from __future__ import annotations

from pathlib import Path

from app.settings import Settings
from app.site import build_app
from index.answer import Explainer
from tests.chromium import browser, served

DOCS = Path(__file__).resolve().parents[1] / "docs"
QUESTION = "does it really raise ATP 500%?"
# name: width, height, colour scheme, question, zoom
PICTURES = {
    "desktop": (1200, 1500, "light", QUESTION, 1.0),
    "phone": (360, 1400, "light", QUESTION, 1.0),
    "tablet": (820, 1300, "light", "is my money better spent on botox or on this", 1.0),
    "dark": (1200, 1300, "dark", "will it lift my jowls", 1.0),
    "zoom": (1200, 1400, "light", "i have a pacemaker, can i use it", 2.0),
}


def main() -> None:
    """Ask in a real browser and take the pictures."""
    DOCS.mkdir(exist_ok=True)
    with served(build_app(Explainer.load(), Settings())) as address, browser() as chromium:
        for name, (width, height, scheme, question, zoom) in PICTURES.items():
            page = chromium.new_page(
                viewport={"width": int(width / zoom), "height": int(height / zoom)},
                color_scheme=scheme,  # type: ignore[arg-type]
                device_scale_factor=zoom,
            )
            page.goto(address)
            page.fill("#question textarea", question)
            page.keyboard.press("Enter")
            page.wait_for_selector(".answer")
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=DOCS / f"{name}.png")
            page.close()
        page = chromium.new_page(viewport={"width": 794, "height": 1123})  # A4 at 96 dots an inch
        page.goto(f"{address}/c/atp-500")
        page.emulate_media(media="print")
        page.screenshot(path=DOCS / "print.png")


if __name__ == "__main__":
    main()
