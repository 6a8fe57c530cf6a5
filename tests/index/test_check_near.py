"""Texts that say nearly the same are shown as pairs, by vectors that exist already."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from app.command import main
from index.build import build
from index.check.near import (
    NEAR_PASSAGES,
    NEAR_WAYS,
    Vector,
    near_duplicates,
    placed_passages,
    placed_ways,
    without_vectors,
)
from index.folder import Folder, read_folder
from tests.toy import ToyEncoder


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def apart(folder: Folder) -> dict[str, Vector]:
    """Vectors by hand: each text a direction of its own."""
    texts = list(dict.fromkeys(one.text for one in (*placed_passages(folder), *placed_ways(folder))))
    return dict(zip(texts, np.eye(len(texts), dtype=np.float32), strict=True))


def together(vectors: dict[str, Vector], one: str, other: str, cosine: float) -> None:
    """Turn the second text's vector until it makes this cosine with the first's."""
    vectors[other] = np.float32(cosine) * vectors[one] + np.float32(np.sqrt(1 - cosine**2)) * vectors[other]


def test_texts_that_are_apart_are_no_pair(draft: Path) -> None:
    """Nothing to tell."""
    folder = read_folder(draft)
    assert list(near_duplicates(folder, apart(folder))) == []


def test_near_ways_of_two_cards_are_shown_as_a_pair(draft: Path) -> None:
    """With both texts, both places and the cosine."""
    folder = read_folder(draft)
    vectors = apart(folder)
    together(vectors, "how much more sleep does it give", "is it warm", NEAR_WAYS + 0.02)
    assert [str(problem) for problem in near_duplicates(folder, vectors)] == [
        "claims/warm-ears.md:31: way of asking 'is it warm' is nearly 'how much more sleep does it give' at "
        "claims/sleep-300.md:45 (cosine 0.97): keep one, or word them apart"
    ]


@pytest.mark.parametrize(
    ("one", "other", "cosine"),
    [
        ("how much more sleep does it give", "is it warm", NEAR_WAYS - 0.01),
        ("will my ears freeze", "is it warm", 1.0),
    ],
    ids=["below the limit", "of one card"],
)
def test_ways_that_are_less_near_or_of_one_card_are_no_pair(draft: Path, one: str, other: str, cosine: float) -> None:
    """Many wordings of one question are meant to be near."""
    folder = read_folder(draft)
    vectors = apart(folder)
    together(vectors, one, other, cosine)
    assert list(near_duplicates(folder, vectors)) == []


def test_near_passages_are_shown_as_a_pair(draft: Path) -> None:
    """Long texts by their beginnings."""
    folder = read_folder(draft)
    passages = {one.group: one.text for one in placed_passages(folder)}
    vectors = apart(folder)
    together(vectors, passages["mice-2001/mice"], passages["trial-2010/ears"], NEAR_PASSAGES + 0.01)
    (problem,) = near_duplicates(folder, vectors)
    assert (problem.path, problem.line) == ("evidence/trial-2010.md", 24)
    assert problem.message.startswith(
        "passage 'In a trial of 40 people chance decided who wore the hat. Ea…' is nearly "
        "'In 2001 a test covered 12 mice with felt. They slept longer…' at evidence/mice-2001.md:24"
    )


def test_a_passage_copied_into_another_entry_is_a_pair(draft: Path) -> None:
    """Byte for byte the same text, by vectors of a real build."""
    mice = (draft / "evidence" / "mice-2001.md").read_text(encoding="utf-8").rstrip().splitlines()[-1]
    replace(
        draft / "evidence" / "care-2015.md",
        "A guide to cloth says to wash felt in cold water. It did not test hats, so it is advice and not a result.",
        mice,
    )
    folder = read_folder(draft)
    texts = [one.text for one in placed_passages(folder)]
    vectors = dict(zip(texts, ToyEncoder().encode(texts), strict=True))
    (problem,) = near_duplicates(folder, vectors)
    assert problem.path == "evidence/mice-2001.md"
    assert problem.message.endswith("at evidence/care-2015.md:24 (cosine 1.00): keep one, or word them apart")


def test_a_text_without_a_vector_is_counted_and_passed_over(draft: Path) -> None:
    """What was written since the last build."""
    folder = read_folder(draft)
    vectors = apart(folder)
    together(vectors, "how much more sleep does it give", "is it warm", 1.0)
    del vectors["is it warm"]
    assert list(near_duplicates(folder, vectors)) == []
    assert without_vectors(folder, vectors) == 1


def test_pairs_are_found_across_blocks(draft: Path) -> None:
    """More ways than are compared at a time: the first and the last are still a pair."""
    ways = [f"way {number}" for number in range(1500)]
    replace(draft / "topics" / "washing.md", "- how to wash it\n", "".join(f"- {way}\n" for way in ways))
    folder = read_folder(draft)
    generator = np.random.default_rng(1)
    texts = [one.text for one in placed_ways(folder)]
    matrix = generator.standard_normal((len(texts), 64)).astype(np.float32)
    vectors: dict[str, Vector] = dict(zip(texts, matrix / np.linalg.norm(matrix, axis=1, keepdims=True), strict=True))
    vectors["way 1499"] = vectors["does the hat triple sleep"]
    found = [problem for problem in near_duplicates(folder, vectors) if "cosine 1.00" in problem.message]
    assert [(problem.path, problem.line) for problem in found] == [("topics/washing.md", 24 + 1499)]
    assert "'does the hat triple sleep' at claims/sleep-300.md:38" in found[0].message


def run(*arguments: str) -> int:
    return main(list(arguments))


def test_the_command_compares_by_the_built_index(
    draft: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only with --near; it loads no model, and says what it could not compare."""
    replace(draft / "topics" / "washing.md", "- hat got muddy", "- will i sleep longer in a quiet hat now")
    build(draft, tmp_path / "built", ToyEncoder())
    monkeypatch.chdir(draft)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    options = ("--corpus", str(draft), "--index", str(tmp_path / "built"), "check")
    assert run(*options) == 0
    assert capsys.readouterr().out == ""
    assert run(*options, "--near") == 1
    out, err = capsys.readouterr()
    assert out.startswith(
        "topics/washing.md:29: way of asking 'will i sleep longer in a quiet hat now' is nearly 'will i sleep"
    )
    assert (out.count("\n"), err) == (1, "")
    replace(draft / "topics" / "washing.md", "- will i sleep longer in a quiet hat now", "- can a puddle hurt it")
    assert run(*options, "--near") == 0
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0]) == (
        "",
        "texts not in the built index, and so not compared: 1; run 'explainer build'",
    )


def test_without_an_index_the_cure_is_named(draft: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit status 1."""
    assert run("--corpus", str(draft), "--index", str(tmp_path / "none"), "check", "--near") == 1
    assert capsys.readouterr() == ("", f"explainer: there is no index in {tmp_path / 'none'}: run 'explainer build'\n")
