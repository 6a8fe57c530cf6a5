"""The HTML of answers and cards; every text goes through Jinja's escaping."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from app.render.ladder import ladder
from index.records import Answer, Card, Corpus, Finding

Wording = Mapping[str, str]
_BETWEEN_TAGS = re.compile(r">\s*\n\s*<")
_EMERGENCY = re.compile(r"\b(112|911|999)\b")


class Renderer:
    """Turns answers into HTML in one language; `base` is the path under which the site stands."""

    def __init__(self, corpus: Corpus, language: str = "en", base: str = "") -> None:
        self.corpus = corpus
        self.language = language
        self.base = base.rstrip("/")
        self.wording: Wording = {**corpus.wording["en"], **corpus.wording[language]}
        self._titles = {card.id: card.title for card in corpus.cards}
        self._environment = Environment(
            loader=PackageLoader("app.render"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["telephone"] = telephone
        self._environment.tests["web_address"] = web_address
        self._environment.globals.update(
            w=self.wording, t=self.say, base=self.base, titles=self._titles, ladder=ladder, language=language,
            corpus=corpus,
        )  # fmt: skip

    def say(self, key: str, **filled: object) -> str:
        """Return a sentence of the wording with its braces filled."""
        return self.wording[key].format(**filled)

    def answer(self, answer: Answer, today: date) -> str:
        """Return the HTML of an answer, one element without line breaks: Markdown leaves it alone."""
        return self._render("answer.html", answer=answer, today=today)

    def header(self) -> str:
        """Return the HTML above the conversation."""
        return self._render("header.html")

    def examples(self) -> str:
        """Return the example questions by theme."""
        return self._render("examples.html")

    def footer(self) -> str:
        """Return the HTML below everything."""
        return self._render("footer.html")

    def light(self, title: str, main: str) -> str:
        """Return a whole page that needs no script, round `main`, which is HTML of ours."""
        return self._render("light.html", title=title, main=Markup(main))

    def index(self) -> str:
        """Return the list of all claims and topics with their verdicts."""
        return self._render("index.html")

    def card(self, card: Card, today: date, *, version: str, heading: str = "h1") -> str:
        """Return the HTML of one card with everything open to reading."""
        return self._render("card_alone.html", card=card, today=today, version=version, heading=heading)

    def error(self, key: str, **filled: object) -> str:
        """Return one plain line that says what is wrong."""
        return self._render("error.html", text=self.say(key, **filled))

    def findings(self, text: str, findings: Sequence[Finding], today: date) -> str:
        """Return a pasted text with its claims marked."""
        return self._render("findings.html", text=text, findings=findings, today=today)

    def _render(self, template: str, **values: Any) -> str:
        html = self._environment.get_template(template).render(**values)
        return " ".join(_BETWEEN_TAGS.sub("><", html).splitlines()).strip()


def web_address(url: str) -> bool:
    """Say whether an address is one that a link may lead to."""
    return url.startswith(("https://", "http://"))


def telephone(text: str) -> Markup:
    """Return escaped text with the emergency numbers as links that a phone can call."""
    return Markup(_EMERGENCY.sub(r'<a href="tel:\1">\1</a>', str(escape(text))))
