"""The cards that crowd each other are found among all pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from index.nearness import card_vectors, closest
from tests.index.made import card, corpus, index, row

CARDS = 300  # more than are compared at a time


@pytest.mark.parametrize("most", [1, 12, 200])
def test_the_closest_pairs_are_those_of_all(most: int) -> None:
    """As one by one comparing them tells, ties in the order of their ids."""
    vectors = np.random.default_rng(1).normal(size=(CARDS, 4)).round(1).astype(np.float32)  # with many ties
    cards = [card(f"card-{number:03}") for number in range(CARDS)]
    made = index([row("title", owner=each.id) for each in cards], vectors.tolist(), corpus(cards))
    unit = card_vectors(made)
    cosines = np.round(unit @ unit.T, 3)
    pairs = sorted((-float(cosines[i, j]), cards[i].id, cards[j].id) for i, j in combinations(range(CARDS), 2))
    found = closest(made, most)
    assert [(-pair.cosine, pair.cards[0].id, pair.cards[1].id) for pair in found] == pairs[:most]
