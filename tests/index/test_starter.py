"""The starter is a small corpus that works, on a kettle that nobody sells."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.render import Renderer
from index.answer import Explainer
from index.build import build
from index.check import check_folder
from index.draft import STARTER, draft_corpus
from index.encoder import SentenceTransformerEncoder
from index.entry import Fields
from index.errors import DraftError
from index.folder import Folder, read_folder
from index.records import Corpus
from tests.conftest import CORPUS
from tests.toy import ToyEncoder

FILES = sorted((STARTER / "corpus").rglob("*.*"))
# What readers see of the thing in question: in another corpus these sentences speak of another thing.
OF_THE_SUBJECT = {
    "title", "tagline", "ask_placeholder", "ladder", "ladder_dish", "ladder_elsewhere", "ladder_faces",
    "ladder_fair_test", "ladder_furthest", "about_another_kind", "about_another_treatment", "body_other_skin",
    "body_other", "not_reviewed", "not_advice", "nothing", "note_personal", "feedback_thanks",
    "interest_sells_treatments", "interest_sells_devices", "interest_sells_both",
}  # fmt: skip


@pytest.fixture(scope="module")
def kettle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter, as `explainer new corpus` puts it into a new folder."""
    return draft_corpus(tmp_path_factory.mktemp("new") / "kettle")


@pytest.fixture(scope="module")
def folder(kettle: Path) -> Folder:
    return read_folder(kettle)


@pytest.fixture(scope="module")
def toy(kettle: Path, tmp_path_factory: pytest.TempPathFactory) -> Explainer:
    """An Explainer over the starter, built with the toy encoder."""
    built = tmp_path_factory.mktemp("built")
    build(kettle, built, ToyEncoder())
    return Explainer.load(built, ToyEncoder())


def words_of(folder: Folder) -> dict[str, str]:
    words = folder.lists["wording"].fields["en"]  # type: ignore[index]
    assert isinstance(words, Fields)
    return {str(key): str(text) for key, text in words.items()}


def test_it_has_no_problems(folder: Folder) -> None:
    """Whoever begins with it begins with a corpus that can be built."""
    assert check_folder(folder) == ()


def test_every_label_verdict_and_certainty_is_in_use(folder: Folder) -> None:
    """Each is shown where it belongs, and so is each way in which a source may bear on a treatment."""
    lists = folder.lists
    assert {str(s.text("label")) for s in folder.evidence} == {
        f.text("tag") for f in lists["labels"].mappings("labels")
    }
    for key, name in (("verdict", "verdicts"), ("certainty", "certainty")):
        used = {str(card.text(key)) for card in folder.cards}
        assert used == {fields.text("tag") for fields in lists["verdicts"].mappings(name)}
    assert {str(s.text("treatment")) for s in folder.evidence} == {
        "subject",
        "another-kind",
        "another-treatment",
        "none",
    }


def test_it_says_that_it_is_made_up(folder: Folder) -> None:
    """In the title, in the line below it, and in the title of every source; no address of it leads anywhere."""
    assert "made-up" in folder.lists["corpus"].text("title")
    assert "made-up" in words_of(folder)["tagline"]
    for source in folder.evidence:
        assert "example" in source.text("title")
        assert source.text("url").split("/")[2].endswith((".example", "example.org"))
        assert not source.text("doi")
        assert not source.text("pmid")


def test_its_wording_is_ours_but_for_what_speaks_of_the_subject(folder: Folder) -> None:
    """A sentence that is new on the page, or mended, is copied to index/starter/corpus/wording.yaml too."""
    ours, its = words_of(read_folder(CORPUS)), words_of(folder)
    assert list(its) == list(ours)
    assert {key for key in ours if its[key] != ours[key]} == OF_THE_SUBJECT


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_it_speaks_of_nothing_else(file: Path) -> None:
    """Neither of our own subject nor of anybody's health."""
    text = file.read_text(encoding="utf-8").casefold()
    if file.name not in ("outside.yaml", "questions.yaml"):  # where others' subjects belong
        for word in ("microcurrent", "facial", "skin ", "wrinkle", "patient", "clinic", "medical"):
            assert word not in text.replace("body_other_skin", ""), word


def test_it_answers_and_declines(toy: Explainer) -> None:
    """Built and asked like any other corpus."""
    assert toy.ask("how fast does it boil").cards[0].id == "boils-faster"
    assert toy.ask("the kettle is on fire").safety[0].id == "smoke-or-fire"
    assert toy.ask("what is the capital of france").outcome == "nothing"


def test_its_pages_can_be_shown(toy: Explainer) -> None:
    """A card with its labels, from its own wording alone."""
    corpus: Corpus = toy.corpus
    page = Renderer(corpus).cards_page()
    for card in corpus.cards:
        assert card.title in page


def test_it_is_copied_only_where_nothing_is(kettle: Path, tmp_path: Path) -> None:
    """A folder with anything in it is left alone, and so is a file."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for taken in (kettle, tmp_path / "mine", tmp_path / "file"):
        with pytest.raises(DraftError, match="is there already"):
            draft_corpus(taken)
    assert sorted(file.name for file in tmp_path.rglob("*")) == ["file", "mine", "note.txt"]
    (tmp_path / "empty").mkdir()
    assert read_folder(draft_corpus(tmp_path / "empty")).digest == read_folder(kettle).digest


@pytest.mark.model
def test_its_golden_questions_are_answered_as_they_expect(kettle: Path, tmp_path: Path) -> None:
    """With the real model: the right card first, a safety card where one is due, and nothing where nothing is vetted."""
    build(kettle, tmp_path, SentenceTransformerEncoder())
    explainer = Explainer.load(tmp_path)
    wrong = []
    for question in explainer.corpus.questions:
        answer = explainer.ask(question.text)
        got = answer.safety[0].kind if answer.safety else "answer" if answer.outcome == "answered" else "decline"
        first = answer.cards[0].id if answer.cards else ""
        if got != question.expects or (got == "answer" and first not in (question.primary, *question.also)):
            wrong.append((question.text, got, first))
    assert wrong == []
    for ad in explainer.corpus.ads:
        assert {finding.card.id for finding in explainer.check_text(ad.text)} == {claim.id for claim in ad.claims}
