"""A built index on disk comes back as it was, or is refused by name."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from index.answer import Explainer
from index.build import build
from index.errors import IndexFolderError
from index.manifest import MANIFEST, manifest_digest
from index.store import BuiltIndex
from index.vectors import VectorIndex
from tests.conftest import SMALL
from tests.index.made import HALF, card, corpus, index, row
from tests.toy import ToyEncoder

EAST, NORTH, UP, LATER = np.eye(4, dtype=np.float32).tolist()


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def numbers(built: BuiltIndex, vector: list[float], count: int) -> list[int]:
    return list(built.nearest(np.array(vector, dtype=np.float32), count).numbers)


@pytest.fixture
def built(small_index: Path, tmp_path: Path) -> Path:
    """A copy of the small corpus's index that a test may harm."""
    return Path(shutil.copytree(small_index, tmp_path / "built"))


@pytest.fixture
def listed(small_index: Path, tmp_path: Path) -> Path:
    """The folder of the small corpus's index with its vectors in lists, as those of a large corpus are."""
    small = BuiltIndex.load(small_index)
    BuiltIndex(
        corpus=small.corpus, rows=small.rows, vectors=VectorIndex.of(small.vectors, flat_up_to=60), words=small.words,
        probes=small.probes, encoder_name=small.encoder_name, encoder_weights=small.encoder_weights,
        calibration=small.calibration,
    ).save(tmp_path / "listed")  # fmt: skip
    return tmp_path / "listed"


def rewrite(folder: Path, **changes: object) -> None:
    """Change a manifest and seal it again; what is None is left out."""
    manifest = {**json.loads((folder / MANIFEST).read_bytes()), **changes}
    manifest = {key: value for key, value in manifest.items() if value is not None}
    manifest["sha256"] = manifest_digest(manifest)
    (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")


def test_the_nearest_row_is_the_text_itself() -> None:
    """A text's own vector finds it with cosine 1, and a right angle is cosine 0."""
    rows = [row("east"), row("north"), row("up"), row("later")]
    made = index(rows, [EAST, NORTH, UP, LATER])
    for number, vector in enumerate((EAST, NORTH, UP, LATER)):
        nearest = made.nearest(np.array(vector, dtype=np.float32), 4)
        assert nearest.rows[nearest.numbers[0]] == rows[number]
        assert nearest.cosines.tolist() == [1.0, 0.0, 0.0, 0.0]


def test_rows_come_by_falling_cosine() -> None:
    """0.8 lies before 0.6."""
    made = index([row("a"), row("b")], [[0.6, 0.8, 0, 0], [0.8, 0.6, 0, 0]])
    found = made.nearest(np.array(EAST, dtype=np.float32), 2)
    assert [made.rows[number].text for number in found.numbers] == ["b", "a"]
    assert found.cosines == pytest.approx([0.8, 0.6], abs=HALF)


def test_faiss_padding_is_never_used() -> None:
    """Asked for more rows than there are, the index gives each once and no row -1."""
    assert numbers(index([row("a"), row("b")], [EAST, NORTH]), NORTH, 400) == [1, 0]
    assert numbers(index([row("a"), row("lost"), row("c")], [EAST, [float("nan")] * 4, NORTH]), NORTH, 3) == [2, 0]


def test_ties_go_to_the_smaller_row_number() -> None:
    """Also where the tie straddles the last place."""
    tied = [0.6, 0.8, 0.0, 0.0]
    made = index([row(str(n)) for n in range(7)], [tied] * 6 + [EAST])
    assert numbers(made, EAST, 7) == [6, 0, 1, 2, 3, 4, 5]
    assert numbers(made, EAST, 3) == [6, 0, 1]


@pytest.mark.parametrize("vector", [[0.0] * 4, [float("nan")] * 4], ids=["zero", "NaN"])
def test_a_vector_that_finds_nothing_is_lost_and_is_not_saved(tmp_path: Path, vector: list[float]) -> None:
    """A broken vector is found before it replaces an index."""
    rows = [row("east"), row("broken"), row("north")]
    made = index(rows, [EAST, vector, NORTH])
    assert made.lost_rows() == [rows[1]]
    with pytest.raises(
        IndexFolderError, match="1 texts do not find themselves, the first 'broken': the old index stays"
    ):
        made.save(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_sound_index_has_lost_no_row() -> None:
    """Not even where two texts share a vector."""
    assert index([row("felt"), row("Felt"), row("wool")], [EAST, EAST, NORTH]).lost_rows() == []


def test_many_vectors_find_what_each_finds_by_itself() -> None:
    """The same rows in the same order, ties and short results included; afterwards nothing is kept."""
    drawn = np.random.default_rng(7).normal(size=(60, 4)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    made = index([row(str(n)) for n in range(80)], [*drawn.tolist(), *drawn[:20].tolist()])
    for count in (1, 7, 80, 400):
        alone = [made.nearest(vector, count) for vector in drawn]
        with made.at_hand(drawn, count):
            together = [made.nearest(vector, count) for vector in drawn]
        for one, other in zip(alone, together, strict=True):
            assert one.numbers.tolist() == other.numbers.tolist()
            assert one.cosines == pytest.approx(other.cosines, abs=1e-6)
    with made.at_hand(drawn, 1):
        other = index([row("only")], [EAST])
        assert numbers(other, drawn[0].tolist(), 1) == [0]


def test_rows_without_vectors_are_refused() -> None:
    """A row never travels with another's vector."""
    with pytest.raises(IndexFolderError, match="2 rows but 1 vectors"):
        index([row("a"), row("b")], [EAST])


def test_what_is_saved_is_what_is_loaded(built: Path) -> None:
    """Corpus, rows, probes, calibration and every bit of every vector survive."""
    before = build(SMALL, built, ToyEncoder())
    after = BuiltIndex.load(built)
    for name in ("corpus", "rows", "words", "probes", "calibration", "encoder_name", "encoder_weights", "version"):
        assert getattr(after, name) == getattr(before, name)
    assert np.array_equal(after.vectors, before.vectors)


def test_the_same_corpus_and_encoder_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    """A build can be checked by building again."""
    build(SMALL, tmp_path / "again", ToyEncoder())
    assert contents(tmp_path / "again") == contents(built)


@pytest.mark.parametrize("stem", ["passages", "vectors", "manifest"])
@pytest.mark.parametrize("harm", ["cut short", "altered", "missing"])
def test_a_harmed_file_is_refused_by_name(built: Path, stem: str, harm: str) -> None:
    """The message names the file, or the folder where there is no manifest, and the cure."""
    (file,) = built.glob(f"{stem}*")
    content = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        middle = len(content) // 2
        other = bytes([content[middle] ^ 0xFF])
        file.write_bytes(content[:middle] + (b"" if harm == "cut short" else other + content[middle + 1 :]))
    named = f"there is no index in {built}" if (stem, harm) == ("manifest", "missing") else (
        f"{file} is missing" if harm == "missing" else f"{file} was altered or cut short"
    )  # fmt: skip
    with pytest.raises(IndexFolderError) as caught:
        BuiltIndex.load(built)
    assert str(caught.value) == f"{named}: run 'explainer build'"


def test_vectors_in_lists_give_every_golden_question_the_same_first_card(small: Explainer, listed: Path) -> None:
    """And the same outcome; the manifest says how they are searched, and how well."""
    told = json.loads((listed / MANIFEST).read_bytes())["nearest"]
    assert (told["kind"], told["lists"]) == ("ivf", 17)
    assert 0.98 <= told["recall_at_10"] <= 1
    other = Explainer.load(listed, ToyEncoder())
    for question in BuiltIndex.load(listed).corpus.questions:
        one, two = small.ask(question.text), other.ask(question.text)
        assert (one.outcome, [card.id for card in one.cards[:1]]) == (two.outcome, [card.id for card in two.cards[:1]])


def test_vectors_in_lists_are_all_there(small_index: Path, listed: Path) -> None:
    """In the order of their rows, each finding its own text."""
    flat, lists = BuiltIndex.load(small_index), BuiltIndex.load(listed)
    assert np.array_equal(lists.vectors, flat.vectors)
    assert lists.lost_rows() == []


def test_vectors_are_searched_as_the_manifest_says(listed: Path) -> None:
    """A recall that was measured with other lists is not told of these."""
    (file,) = listed.glob("vectors*")
    rewrite(listed, nearest={"kind": "flat"})
    with pytest.raises(IndexFolderError) as caught:
        BuiltIndex.load(listed)
    assert str(caught.value) == f"{file} is not of the kind that its manifest says: run 'explainer build'"


def test_altered_lists_are_refused_before_they_are_read(listed: Path) -> None:
    """One line, with the cure."""
    (file,) = listed.glob("vectors*")
    content = file.read_bytes()
    file.write_bytes(content[:200] + b"\xff" * 8 + content[208:])
    with pytest.raises(IndexFolderError) as caught:
        BuiltIndex.load(listed)
    assert str(caught.value) == f"{file} was altered or cut short: run 'explainer build'"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", 1, "is not of format 2"),
        ("format", "2", "is not of format 2"),
        ("counts", {}, "has other counts than its files"),
        ("corpus", {"digest": "0"}, "does not belong to its files"),
        ("files", {}, "was altered or cut short"),
        ("files", [], "was altered or cut short"),
        ("nearest", [], "was altered or cut short"),
        ("nearest", None, "lacks nearest"),
        ("encoder", {}, "was altered or cut short"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(built: Path, key: str, value: object, message: str) -> None:
    """Another format, other counts, another corpus, or parts left out."""
    rewrite(built, **{key: value})
    with pytest.raises(IndexFolderError) as caught:
        BuiltIndex.load(built)
    assert str(caught.value) == f"{built / MANIFEST} {message}: run 'explainer build'"


def test_a_manifest_changed_by_hand_is_refused(built: Path) -> None:
    """A threshold is part of what was built; it cannot be moved behind the build's back."""
    manifest = json.loads((built / MANIFEST).read_bytes())
    manifest["calibration"]["refusing"]["floor"] = 0.0
    (built / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(IndexFolderError, match="was altered or cut short"):
        BuiltIndex.load(built)


@pytest.mark.parametrize("part", ["refusing", "triage", "advert"])
def test_a_manifest_without_a_part_of_its_calibration_answers_nothing(built: Path, part: str) -> None:
    """No threshold is ever guessed."""
    manifest = json.loads((built / MANIFEST).read_bytes())
    manifest["calibration"][part] = {"weights": {}}
    manifest["sha256"] = manifest_digest(manifest)
    (built / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(IndexFolderError, match=r"run 'explainer build'$"):
        Explainer.load(built, ToyEncoder())


def test_another_encoder_is_refused_by_name(built: Path) -> None:
    """Vectors of one model are never compared with those of another."""
    other = ToyEncoder()
    other.name, other.weights = "other", "f" * 64
    with pytest.raises(IndexFolderError) as caught:
        Explainer.load(built, other)
    assert str(caught.value) == (
        "the index was made with the encoder 'toy' (000000000000…), "
        "not with 'other' (ffffffffffff…): run 'explainer build'"
    )


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_crash_before_the_manifest_leaves_the_old_index(
    built: Path, draft: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """New data files lie beside the old ones, and readers keep the old version."""
    old = BuiltIndex.load(built).version
    (draft / "glossary.yaml").write_text('terms:\n  - {word: felt, also: [], means: "Wool."}\n', encoding="utf-8")
    replace = os.replace

    def crash(source: str, target: Path) -> None:
        if target.name == MANIFEST:
            raise error
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", crash)
        with pytest.raises((IndexFolderError, KeyboardInterrupt)):
            build(draft, built, ToyEncoder())
    assert BuiltIndex.load(built).version == old
    assert not list(built.glob(".aside-*"))

    new = build(draft, built, ToyEncoder()).version
    assert BuiltIndex.load(built).version == new != old
    build(draft, draft.parent / "fresh", ToyEncoder())
    assert contents(built) == contents(draft.parent / "fresh")  # what the crash left is swept up


def test_a_reader_who_comes_while_an_index_is_replaced_gets_a_whole_one(tmp_path: Path) -> None:
    """The old one or the new one, however often; files that a manifest named may be gone when they are read."""
    made = [index([row(str(n), owner=str(n))], [EAST], corpus([card(str(n))])) for n in range(200)]
    made[0].save(tmp_path)

    def replace_often() -> None:
        for one in made:
            one.save(tmp_path)

    writer = threading.Thread(target=replace_often)
    writer.start()
    read = []
    while writer.is_alive():
        found = BuiltIndex.load(tmp_path)
        assert found.rows[0].text == found.corpus.cards[0].id
        read.append(int(found.rows[0].text))
    writer.join()
    assert read == sorted(read)
    assert BuiltIndex.load(tmp_path).rows == made[-1].rows


def test_files_of_others_stay_in_the_folder(tmp_path: Path) -> None:
    """A build removes only what a build has written."""
    for name in ("passages-notes.txt", "vectors.md"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    index([row("a")], [EAST], corpus([card("a")])).save(tmp_path)
    index([row("b")], [EAST], corpus([card("a"), card("b")])).save(tmp_path)
    assert {"passages-notes.txt", "vectors.md"} < contents(tmp_path).keys()
    assert len(contents(tmp_path)) == 5
