"""In a terminal, too, no passage stands without its label."""

from __future__ import annotations

from index.answer import Explainer
from index.plain_text import answer_text, findings_text


def in_words(explainer: Explainer, question: str) -> str:
    """The answer with its line breaks taken out."""
    return " ".join(answer_text(explainer.ask(question), explainer.corpus.wording["en"]).split())


def test_every_passage_has_its_label_before_it(small: Explainer) -> None:
    """The claim, what is known, and each passage."""
    text = in_words(small, "does the hat triple sleep")
    card = small.card("sleep-300")
    assert card is not None
    assert card.claim is not None
    shown = (card.claim, *card.known, *card.passages)
    assert len(shown) == 5
    for passage in shown:
        assert f"[{passage.label.words}] {passage.text}" in text


def test_the_answer_comes_before_what_the_article_says(small: Explainer) -> None:
    """Fact first: verdict, in short, known; then the claim, then the passages with a seller's last."""
    text = in_words(small, "does the hat triple sleep")
    order = [
        "Verdict: Not shown in people.",
        "We found one test, on mice.",
        "In a test of 12 mice,",
        "The article says that a quiet hat",
        "In 2001 a test covered 12 mice",
        "A seller prints that sleep rises",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_a_source_says_how_much_of_it_was_read(small: Explainer) -> None:
    """Beside its title and address."""
    text = in_words(small, "does the hat triple sleep")
    beside = text.partition("Felt covers and mouse sleep.")[2].partition("https://journal.example/mice-2001")[0]
    assert small.corpus.wording["en"]["read_abstract"] in beside


def test_a_safety_card_comes_first(small: Explainer) -> None:
    """Before the sentence that there is nothing vetted."""
    text = in_words(small, "help, i cannot breathe")
    assert text.startswith("!! Trouble breathing Take the hat off. Call your emergency number: 112, 911 or 999.")
    assert "We have nothing vetted on that." in text


def test_findings_stand_under_their_sentence_with_the_verdict(small: Explainer) -> None:
    """A sentence once, the claims it makes below it."""
    wording = small.corpus.wording["en"]
    assert findings_text(small.check_text("Our hat triples your sleep."), wording) == (
        "Our hat triples your sleep.\n\n"
        "    [Not shown in people · No direct evidence] Does a quiet hat raise sleep by 300%?\n"
        "    (sleep-300)"
    )
    assert findings_text((), wording) == wording["ad_nothing"]
