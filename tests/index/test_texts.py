"""Every text that stands for something has a row of its own, and knows what it stands for."""

from __future__ import annotations

from index.answer import Explainer
from index.texts import CARD_ROLES, rows_of


def test_a_card_is_found_by_all_its_texts(small: Explainer) -> None:
    """Title, names, ways people ask, in short, claim, what is known and passages; how sellers put it stands apart."""
    rows = [(row.role, row.text, row.passage) for row in rows_of(small.corpus) if row.owner == "warm-ears"]
    assert [role for role, _, _ in rows] == [
        "title", "name", *["way"] * 8, "in-short", "claim", "known", "passage", "seller", "seller"
    ]  # fmt: skip
    assert rows[0] == ("title", "Does a quiet hat keep ears warm?", "")
    assert [passage for _, _, passage in rows if passage] == [
        "warm-ears/claim", "warm-ears/known-1", "trial-2010/ears"
    ]  # fmt: skip
    assert "seller" not in CARD_ROLES


def test_what_is_no_card_has_its_own_roles(small: Explainer) -> None:
    """Emergencies, what only looks like one, and what the corpus has nothing on."""
    rows = {row.text: (row.role, row.owner) for row in rows_of(small.corpus)}
    assert rows["the strap is choking me"] == ("urgent", "choking")
    assert rows["the price made me choke"] == ("unlike", "choking")
    assert rows["hello there"] == ("outside", "other")
    assert rows["Order today."] == ("outside", "advertising")
