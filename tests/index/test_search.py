"""A question brings the right card first, and always the same cards in the same order."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from index.answer import Explainer
from index.build import build
from index.search import Ranked, Search, Weights
from index.store import BuiltIndex
from tests.conftest import SMALL
from tests.index.made import HALF, TableEncoder, card, corpus, index, row
from tests.toy import ToyEncoder

VECTORS_ALONE = Weights(best_rows=1, row_words=0.0, card_words=0.0, correct_spelling=False)
TABLE = {"ears?": (1.0, 0.0, 0.0, 0.0), "sleep?": (0.0, 1.0, 0.0, 0.0), "between?": (0.6, 0.8, 0.0, 0.0)}


def scores(ranked: Ranked) -> dict[str, float]:
    return {card.id: round(score, 6) for card, score in zip(ranked.cards, ranked.scores, strict=True)}


@pytest.fixture(scope="module")
def search(small_index: Path) -> Search:
    return Search(BuiltIndex.load(small_index), ToyEncoder())


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("does the hat triple my sleep", "sleep-300"),
        ("300% more sleep?", "sleep-300"),
        ("will my ears stay warm", "warm-ears"),
        ("EAR WARMTH", "warm-ears"),
        ("how should I wash the felt hat", "washing"),
        ("can it go in the washing machnie", "washing"),
    ],
)
def test_the_right_card_comes_first(small: Explainer, question: str, first: str) -> None:
    """However it is put."""
    assert small.ask(question).cards[0].id == first


def test_a_card_s_own_title_finds_it(search: Search, small: Explainer) -> None:
    """Every card can be reached by its own words."""
    assert [search.rank(card.title).cards[0].id for card in small.corpus.cards] == [c.id for c in small.corpus.cards]


def test_a_card_s_cosine_is_the_mean_of_its_best_rows() -> None:
    """One lucky row is not enough: of rows at 1.0, 0.6 and 0.0 the best two give 0.8."""
    rows = [
        row("felt", owner="a"),
        row("wool", owner="a"),
        row("yarn", owner="a"),
        row("silk", owner="b"),
        row("linen", owner="b"),
    ]
    vectors = [(1.0, 0, 0, 0), (0.6, 0.8, 0, 0), (0, 1.0, 0, 0), (0.8, 0.6, 0, 0), (0.8, 0, 0.6, 0)]
    made = index(rows, vectors, corpus([card("a"), card("b")]))
    two = Search(made, TableEncoder(TABLE), Weights(best_rows=2, row_words=0.0, card_words=0.0)).rank("ears?")
    assert scores(two) == pytest.approx({"a": 0.8, "b": 0.8}, abs=HALF)
    found = Search(made, TableEncoder(TABLE), VECTORS_ALONE).rank("ears?")
    assert scores(found) == pytest.approx({"a": 1.0, "b": 0.8}, abs=HALF)


def test_ties_go_to_the_id_that_sorts_first() -> None:
    """Whatever the order in the corpus."""
    rows = [row("felt", owner="b"), row("felt", owner="a")]
    made = index(rows, [(1.0, 0, 0, 0)] * 2, corpus([card("b"), card("a")]))
    assert [card.id for card in Search(made, TableEncoder(TABLE)).rank("ears?").cards] == ["a", "b"]


def test_what_sellers_say_and_what_is_outside_stand_for_no_card() -> None:
    """Only a card's own texts raise it."""
    rows = [row("felt", owner="a"), row("ears?", role="seller", owner="b"), row("wool", owner="b")]
    made = index(rows, [(0.6, 0.8, 0, 0), (1.0, 0, 0, 0), (0, 1.0, 0, 0)], corpus([card("a"), card("b")]))
    found = Search(made, TableEncoder(TABLE), VECTORS_ALONE).rank("ears?")
    assert scores(found) == pytest.approx({"a": 0.6, "b": 0.0}, abs=HALF)


def test_shared_words_add_to_a_cosine() -> None:
    """Of two cards as near, the one that shares the question's word comes first."""
    rows = [row("wool", owner="a"), row("felt", owner="b")]
    made = index(rows, [(1.0, 0, 0, 0)] * 2, corpus([card("a"), card("b")]))
    ranked = Search(made, TableEncoder({"felt": (1.0, 0, 0, 0)})).rank("felt")
    assert [card.id for card in ranked.cards] == ["b", "a"]
    weights = Weights()
    assert ranked.scores[0] - ranked.scores[1] == pytest.approx(weights.row_words + weights.card_words)


def test_cosine_is_the_mean_of_the_best_with_the_furthest_standing_in() -> None:
    """Rows at 1.0 and 0.6, and a furthest at 0.0: the best three of the two have (1.0 + 0.6 + 0) / 3."""
    rows = [row("felt"), row("wool", role="way"), row("yarn", role="outside", owner="near")]
    made = index(rows, [(1.0, 0, 0, 0), (0.6, 0.8, 0, 0), (0, 0, 1.0, 0)])
    ranked = Search(made, TableEncoder(TABLE)).rank("ears?")
    near = ranked.neighbours
    assert near.best(near.have("title", "way"), 3) == pytest.approx(1.6 / 3, abs=HALF)
    assert near.best(near.have("title", "way"), 2) == pytest.approx(0.8, abs=HALF)
    assert near.best(near.have("seller"), 1) == 0.0


def test_a_search_knows_what_the_question_names(search: Search) -> None:
    """The corpus's subject, another, both, or none; and the share of words it knows."""
    named = {
        q: (r.names_subject, r.names_other)
        for q in ("quiet hat", "scarves or a scarf", "hat or gloves", "ears")
        for r in [search.rank(q)]
    }
    assert named == {
        "quiet hat": (True, False),
        "scarves or a scarf": (False, True),
        "hat or gloves": (True, True),
        "ears": (False, False),
    }
    assert search.rank("warm ears zzzz qqqq").known_words == 0.5


def test_a_misspelt_question_is_searched_as_mended(search: Search) -> None:
    """What was searched is told, so that the words shared are the words meant."""
    assert search.rank("does the hat shrikn").question == "does the hat shrink"


def test_the_same_question_ranks_the_same(search: Search, small_index: Path) -> None:
    """In the same search and in another one, to the last bit."""
    other = Search(BuiltIndex.load(small_index), ToyEncoder())
    first = search.rank("does the hat help sleep")
    for again in (search.rank("does the hat help sleep"), other.rank("does the hat help sleep")):
        assert again.scores == first.scores
        assert [card.id for card in again.cards] == [card.id for card in first.cards]
        assert np.array_equal(again.vector, first.vector)


def test_the_order_of_files_does_not_change_the_index(small_index: Path, tmp_path: Path) -> None:
    """A corpus copied file by file in reverse order is built to the same bytes."""
    for file in sorted(SMALL.rglob("*.*"), reverse=True):
        target = tmp_path / "reversed" / file.relative_to(SMALL)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    build(tmp_path / "reversed", tmp_path / "built", ToyEncoder())
    assert {f.name: f.read_bytes() for f in (tmp_path / "built").iterdir()} == {
        f.name: f.read_bytes() for f in small_index.iterdir()
    }


def test_the_order_of_rows_does_not_change_the_ranking(small_index: Path) -> None:
    """Rows dealt in another order give the same cards with the same scores."""
    built = BuiltIndex.load(small_index)
    order = np.random.default_rng(7).permutation(len(built.rows))
    dealt = BuiltIndex(
        corpus=built.corpus, rows=[built.rows[n] for n in order], vectors=built.vectors[order], words=built.words,
        probes=built.probes, encoder_name="toy", encoder_weights="0" * 64,
    )  # fmt: skip
    for question in ("does the hat triple sleep", "cold water", "capital of france"):
        one, other = (Search(i, ToyEncoder()).rank(question) for i in (built, dealt))
        assert [card.id for card in one.cards] == [card.id for card in other.cards]
        assert one.scores == pytest.approx(other.scores, abs=1e-6)
