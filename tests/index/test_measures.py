"""The scores are the standard ones, worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.measures import ad_scores, auroc, hit, mrr, share
from index.records import GoldenAd, GoldenClaim


def ad(*claims: str | tuple[str, ...]) -> GoldenAd:
    """An advertisement with these claims; a tuple holds a claim and its alternatives."""
    told = [(claim,) if isinstance(claim, str) else claim for claim in claims]
    return GoldenAd(
        id="ad", text="", claims=tuple(GoldenClaim(id=id, sentence="", alternatives=tuple(rest)) for id, *rest in told)
    )


def test_hit_at_k_is_the_share_within_k() -> None:
    """Of ranks 1, 3, 4 and none, one lies within 1 and two within 3."""
    ranks = [1, 3, 4, None]
    assert (hit(ranks, 1), hit(ranks, 3), hit(ranks, 10)) == (0.25, 0.5, 0.75)


def test_mrr_is_the_mean_of_one_over_rank() -> None:
    """(1 + 1/2 + 1/4 + 0) / 4; beyond the tenth a rank counts nothing."""
    assert mrr([1, 2, 4, None]) == pytest.approx(0.4375)
    assert mrr([10, 11]) == pytest.approx(0.05)
    assert mrr([2, 4], depth=3) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("wanted", "others", "area"),
    [
        ([0.9, 0.8], [0.1, 0.2], 1.0),
        ([0.1], [0.9], 0.0),
        ([0.5], [0.5], 0.5),  # a tie is half
        ([0.9, 0.5], [0.5, 0.1], 3.5 / 4),
        ([0.3, 0.7], [0.5], 0.5),
    ],
)
def test_auroc_is_the_share_of_pairs_in_order(wanted: Sequence[float], others: Sequence[float], area: float) -> None:
    """Pairs counted by hand."""
    assert auroc(wanted, others) == pytest.approx(area)


def test_ad_scores_are_pooled_over_advertisements() -> None:
    """3 claims told, 2 of them found, 1 found in vain: precision 2/3, recall 2/3."""
    found = [(ad("sleep", "ears"), {"sleep"}), (ad("skin"), {"skin", "ears"})]
    assert ad_scores(found, {"sleep", "ears", "skin"}) == pytest.approx(
        {"precision": 2 / 3, "recall": 2 / 3, "F1": 2 / 3}
    )


def test_an_alternative_counts_as_the_claim_it_stands_beside() -> None:
    """Either is right, both are one, and neither is in vain."""
    told = ad(("sleep", "rest"))
    all_right = {"precision": 1.0, "recall": 1.0, "F1": 1.0}
    for got in ({"sleep"}, {"rest"}, {"sleep", "rest"}):
        assert ad_scores([(told, got)], {"sleep", "rest"}) == all_right


def test_what_is_no_claim_of_the_corpus_does_not_count() -> None:
    """A topic that was found, or a golden claim that the corpus has no card for."""
    assert ad_scores([(ad("sleep", "unknown"), {"sleep", "washing"})], {"sleep"}) == {
        "precision": 1.0,
        "recall": 1.0,
        "F1": 1.0,
    }


def test_precision_and_recall_differ() -> None:
    """1 right of 4 found, 1 of 2 told: F1 = 2 · 0.25 · 0.5 / 0.75."""
    scores = ad_scores([(ad("a", "b"), {"a", "c", "d", "e"})], set("abcde"))
    assert scores == pytest.approx({"precision": 0.25, "recall": 0.5, "F1": 1 / 3})


def test_of_nothing_every_score_is_nothing() -> None:
    """No division by zero."""
    assert (hit([], 1), mrr([]), auroc([], [1.0]), auroc([1.0], []), share([])) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert ad_scores([], {"a"}) == {"precision": 0.0, "recall": 0.0, "F1": 0.0}
    assert share([True, False, False, False]) == 0.25
