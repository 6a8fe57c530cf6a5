"""Any question gets an honest answer: the same one every time, and nothing where nothing is vetted."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.answer import MAX_CLOSEST, Explainer, clean
from index.build import build
from index.contract import answer_json
from index.errors import QuestionError
from index.records import MAX_QUESTION, OUTCOMES, Answer
from index.search import MAX_CARDS
from index.store import BuiltIndex
from tests.toy import ToyEncoder

SELLERS = ("sellers-claim", "unpublished")
# Every code point, lone surrogates and unassigned ones too, beside texts that are about the corpus.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=MAX_QUESTION)
NEAR_TEXT = st.lists(
    st.sampled_from(
        ["hat", "sleep", "ears", "300%", "wool", "choking", "no", "scarf", "\u202e", "\0", "\ud800", "👩‍🔬", ","]
    )
).map(" ".join)


def shown(answer: Answer) -> bytes:
    return json.dumps(answer_json(answer), ensure_ascii=False, sort_keys=True).encode()


@pytest.fixture(scope="module")
def wary(small_index: Path) -> Explainer:
    """An Explainer whose floor is out of reach, so that the best it has is close."""
    index = BuiltIndex.load(small_index)
    index.calibration["refusing"].update(floor=1.1, closest=0.0)
    return Explainer(index, ToyEncoder())


@settings(max_examples=150, deadline=None)
@given(question=ANY_TEXT | NEAR_TEXT)
@example(question="\0\x01\x7f\x9f")
@example(question="\ud800 hat \udfff")
@example(question="👩‍🔬🧢")
@example(question="\u202ehat\u200f \u2066warm\u2069")
@example(question="hat\n\r\t\x0b\u2028sleep")
@example(question="hat " * 500)
@example(question="a" * MAX_QUESTION)
@example(question="e\u200b\u0301")
@example(question="²½Ⅻ")
def test_any_text_up_to_the_limit_gets_an_answer(small: Explainer, question: str) -> None:
    """It never raises, has one of the three outcomes, and can be sent as UTF-8."""
    answer = small.ask(question[:MAX_QUESTION])
    assert answer.outcome in OUTCOMES
    assert (answer.cards == ()) is (answer.outcome == "nothing")
    assert len(answer.cards) <= MAX_CARDS
    assert answer.question == clean(question[:MAX_QUESTION])
    assert shown(answer)


@settings(max_examples=150, deadline=None)
@given(text=ANY_TEXT)
@example(text="e\u200b\u0301")
def test_a_cleaned_text_is_clean(text: str) -> None:
    """No control or direction character is left, and cleaning again changes nothing."""
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not set(cleaned) & set("\0\n\r\t\x7f\x85\u200b\u200e\u202e\u2066\u2069\ufeff")


def test_what_joins_letters_and_emoji_stays() -> None:
    """A family stays a family; an accent is composed."""
    assert clean(" 👩‍🔬 \u202ecafe\u0301\x00 ") == "👩‍🔬 café"


@pytest.mark.parametrize("length", [MAX_QUESTION + 1, 100_000])
def test_a_longer_question_is_refused(small: Explainer, length: int) -> None:
    """The message says the limit and the length."""
    with pytest.raises(QuestionError) as caught:
        small.ask("x" * length)
    assert str(caught.value) == f"A question may have up to 2,000 characters; this one has {length:,}."


@pytest.mark.parametrize("question", ["does the hat triple sleep", "capital of france", "i cannot breathe", "hat?"])
def test_the_same_question_gets_the_same_answer(small: Explainer, small_index: Path, question: str) -> None:
    """Byte for byte, asked twice and asked of another Explainer."""
    other = Explainer.load(small_index, ToyEncoder())
    assert shown(small.ask(question)) == shown(small.ask(question)) == shown(other.ask(question))


def test_an_answer_carries_the_corpus_version(small: Explainer) -> None:
    """The first twelve digits of the corpus digest, whatever the outcome."""
    for question in ("does the hat triple sleep", "capital of france", ""):
        assert small.ask(question).version == small.corpus.digest[:12]


@pytest.mark.parametrize(
    "question", ["sleep 300%", "a seller prints that sleep rises by 300%", "does the seller name a study of sleep"]
)
def test_a_seller_s_passage_is_never_first(small: Explainer, question: str) -> None:
    """Even where the seller's is the nearest to the question, it comes last."""
    card = small.ask(question).cards[0]
    assert card.id == "sleep-300"
    assert [passage.id for passage in card.passages] == ["mice-2001/mice", "seller-2020/page"]


def test_every_passage_that_can_come_first_is_no_seller_s(small: Explainer) -> None:
    """Asked for by its own title, no card leads with a seller."""
    for card in small.corpus.cards:
        assert small.ask(card.title).cards[0].passages[0].label.tag not in SELLERS


def test_the_best_card_s_passages_are_in_the_order_of_the_question(draft: Path, tmp_path: Path) -> None:
    """The passage that is nearest to the question comes first."""
    file = draft / "evidence" / "care-2015.md"
    more = "\n## soap\nFor: washing\n\nThe same guide says that soap turns felt grey.\n"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    explainer = Explainer(build(draft, tmp_path / "built", ToyEncoder()), ToyEncoder())
    orders = {
        word: [p.id for p in explainer.ask(f"how is a felt hat washed, {word}").cards[0].passages]
        for word in ("does soap turn felt grey", "is cold water advice and not a result")
    }
    assert list(orders.values()) == [
        ["care-2015/soap", "care-2015/cold-water"],
        ["care-2015/cold-water", "care-2015/soap"],
    ]


@pytest.mark.parametrize("question", ["", "   ", "\n", "?!", "\u202e\u200b", "…"])
def test_an_empty_question_gets_nothing(small: Explainer, question: str) -> None:
    """Marks alone ask nothing; no card is guessed."""
    answer = small.ask(question)
    assert (answer.outcome, answer.cards, answer.safety, answer.notes) == ("nothing", (), (), ())


def test_what_is_only_close_shows_titles_alone(wary: Explainer) -> None:
    """Never a passage posing as an answer."""
    answer = wary.ask("does the hat triple sleep")
    assert answer.outcome == "closest"
    assert len(answer.cards) == min(MAX_CLOSEST, 3)
    assert answer_json(answer)["cards"] == [
        {"id": "sleep-300", "title": "Does a quiet hat raise sleep by 300%?", "kind": "claim"},
        {"id": "warm-ears", "title": "Does a quiet hat keep ears warm?", "kind": "claim"},
        {"id": "washing", "title": "How is a felt hat washed?", "kind": "topic"},
    ]


def test_a_safety_card_stands_before_any_outcome(small: Explainer, wary: Explainer) -> None:
    """Also where the corpus has no answer."""
    for explainer in (small, wary):
        answer = explainer.ask("help, i cannot breathe")
        assert answer.outcome != "answered"
        assert [card.id for card in answer.safety] == ["choking"]


def test_a_personal_question_is_told_that_it_is(small: Explainer) -> None:
    """With an answer alone; what was found is general."""
    assert small.ask("should i wear my hat for sleep").notes == ("personal",)
    assert small.ask("does the hat triple sleep").notes == ()
    assert small.ask("should i move to france").notes == ()


def test_only_the_order_of_passages_depends_on_the_question(small: Explainer) -> None:
    """Every shown sentence is the corpus's own."""
    for card in small.ask("does the hat triple sleep").cards:
        own = small.card(card.id)
        assert own is not None
        assert dataclasses.replace(card, passages=()) == dataclasses.replace(own, passages=())
        assert set(card.passages) == set(own.passages)


def test_a_card_is_had_by_its_id(small: Explainer) -> None:
    """An unknown id is no card, not another."""
    card = small.card("washing")
    assert card is not None
    assert card.title == "How is a felt hat washed?"
    assert small.card("Washing") is None
