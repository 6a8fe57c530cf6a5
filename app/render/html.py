"""The HTML of answers and cards; every text goes through Jinja's escaping."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from app.render.advert import mark
from app.render.claim_review import claim_review
from app.render.ladder import ladder
from app.render.links import Links, ServedLinks
from index.records import MAX_QUESTION, MAX_TEXT, Answer, Card, Corpus, Finding

Wording = Mapping[str, str]
CARD_LANGUAGE = "en"  # of the cards; the words of the page may stand in others
DATE_LOCALES = {"en": "en_GB"}  # the cards are written in British English
SUPPORTED = "supported"
FEEDBACK = ("helpful", "unclear", "wrong", "worries")
_EMERGENCY = re.compile(r"\b(112|911|999)\b")
_SAME_TAB = Markup("")
_NEW_TAB = Markup(' target="_blank" rel="noopener noreferrer"')


class Renderer:
    """Turns answers into HTML in one language.

    `links` say where pages stand, `feedback` whether readers may say how a card was, `new_tabs`
    whether links open a tab of their own, as they must out of a frame, `counted` whether the site
    counts what there is nothing on.
    """

    def __init__(
        self,
        corpus: Corpus,
        language: str = CARD_LANGUAGE,
        links: Links | None = None,
        *,
        feedback: bool = False,
        new_tabs: bool = False,
        counted: bool = False,
    ) -> None:
        self.corpus = corpus
        self.language = language
        self.links = links or ServedLinks()
        self.wording: Wording = {**corpus.wording["en"], **corpus.wording[language]}
        self._titles = {card.id: card.title for card in corpus.cards}
        self._environment = Environment(
            loader=PackageLoader("app.render"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        new_tab = _NEW_TAB if new_tabs else _SAME_TAB
        self._environment.filters["telephone"] = partial(telephone, how=new_tab)
        self._environment.filters["day"] = self._day
        self._environment.tests["web_address"] = web_address
        self._environment.globals.update(
            w=self.wording,
            t=self.say,
            link=self.links,
            titles=self._titles,
            ladder=ladder,
            language=language,
            foreign=language != CARD_LANGUAGE,
            corpus=corpus,
            feedback=FEEDBACK if feedback else (),
            limit=MAX_QUESTION,
            counted=counted,
            new_tab=new_tab,
        )

    def say(self, key: str, **filled: object) -> str:
        """Return a sentence of the wording with its braces filled."""
        return self.wording[key].format(**filled)

    def answer(self, answer: Answer, today: date) -> str:
        """Return the HTML of an answer, one element without line breaks: Markdown leaves it alone."""
        return self._line("answer.html", answer=answer, today=today)

    def head(self) -> str:
        """Return what the head of the main page links to: its look and its icon."""
        return self._line("head.html")

    def opening(self) -> str:
        """Return the HTML above the conversation: the heading, and the box that serves until Gradio's is there."""
        return self._line("opening.html")

    def closing(self) -> str:
        """Return the HTML below the conversation: example questions by theme, the foot of the page, and its scripts."""
        return self._line("closing.html")

    def ask_page(self, answer: str = "") -> str:
        """Return the page that asks without a script, with the HTML of an answer or an error."""
        ours = Markup(answer)  # noqa: S704  # rendered, and so escaped, by the methods of this class
        return self.light(self.say("ask_heading"), self._render("ask.html", answer=ours))

    def embed_page(
        self, answer: str = "", *, name: str, interest: str, origins: Sequence[str], theme: str | None = None
    ) -> str:
        """Return the page that the site called `name` shows in a frame, with the HTML of an answer or an error.

        `interest` is the key of what the site declares to sell, `origins` are those of pages that
        may speak with the frame, `theme` is the address of the site's style sheet.
        """
        ours = Markup(answer)  # noqa: S704  # rendered, and so escaped, by the methods of this class
        return self._render(
            "embed.html",
            answer=ours,
            notice="",
            name=name,
            interest=self.say(interest, name=name),
            origins=origins,
            theme=theme,
        )

    def embed_notice(self, key: str, *, origins: Sequence[str] = ()) -> str:
        """Return the page in a frame that says why there is nothing to ask here."""
        return self._render("embed.html", notice=self.say(key), origins=origins, theme=None)

    def light(self, title: str, main: str, card: Card | None = None) -> str:
        """Return a whole page that needs no script, round `main`, which is HTML of ours."""
        data = claim_review(card, self.corpus, self.links.absolute(card.id)) if card else None
        ours = Markup(main)  # noqa: S704  # rendered, and so escaped, by the methods of this class
        return self._render("light.html", title=title, main=ours, card=card, data=data)

    def card_page(self, card: Card, today: date, *, version: str) -> str:
        """Return the page of one card."""
        return self.light(card.title, self.card(card, today, version=version), card)

    def cards_page(self) -> str:
        """Return the page that lists every card."""
        return self.light(self.say("all_cards"), self.index())

    def check_page(self, text: str = "", findings: Sequence[Finding] | None = None, error: str = "") -> str:
        """Return the page that checks an advertisement, with what was found in `text`."""
        made = {finding.card.id: finding.card for finding in findings or ()}
        main = self._render(
            "check.html",
            text=text,
            error=error,
            checked=findings is not None,
            spans=mark(text, findings or ()),
            made=list(made.values()),
            supported=sum(card.verdict.tag == SUPPORTED for card in made.values()),
            limit=f"{MAX_TEXT:,}",
        )
        return self.light(self.say("check_heading"), main)

    def index(self) -> str:
        """Return the list of all claims and topics with their verdicts."""
        return self._render("index.html")

    def card(self, card: Card, today: date, *, version: str, heading: str = "h1") -> str:
        """Return the HTML of one card with everything open to reading."""
        return self._render("card_alone.html", card=card, today=today, version=version, heading=heading)

    def error(self, key: str, *, told: object = "", **filled: object) -> str:
        """Return one plain line that says what is wrong.

        `told` differs each time where a page must notice the same line told again.
        """
        return self._line("error.html", text=self.say(key, **filled), told=told)

    def _day(self, day: date) -> str:
        return format_date(day, format="long", locale=DATE_LOCALES.get(self.language, self.language))

    def _render(self, template: str, **values: Any) -> str:
        return self._environment.get_template(template).render(**values)

    def _line(self, template: str, **values: Any) -> str:
        """Return HTML without line breaks: Markdown takes it as one block and leaves it alone."""
        return " ".join(self._render(template, **values).split())


def web_address(url: str) -> bool:
    """Say whether an address is one that a link may lead to."""
    return url.startswith(("https://", "http://"))


def telephone(text: str, how: Markup = _SAME_TAB) -> Markup:
    """Return escaped text with the emergency numbers as links that a phone can call; `how` they open, as attributes.

    In a frame it must be a new tab: the policy of the page around it may forbid the frame to go to `tel:`.
    """
    linked = _EMERGENCY.sub(rf'<a href="tel:\1"{how}>\1</a>', str(escape(text)))
    return Markup(linked)  # noqa: S704  # escaped before the links went in
