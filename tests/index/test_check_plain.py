"""What is shown is short, in plain words, and explains the hard ones on the spot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from index.check import check_folder
from index.folder import read_folder
from tests.conftest import SMALL

ROOT = Path(__file__).parents[2]
OFFLINE = """
import pathlib, socket, sys
def refuse(*arguments, **options):
    raise OSError("there is no network here")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from index.check import check_folder
from index.folder import read_folder
for problem in check_folder(read_folder(pathlib.Path(sys.argv[1]))):
    print(problem)
"""


def complaints(draft: Path) -> list[str]:
    return [str(problem) for problem in check_folder(read_folder(draft))]


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_check_needs_no_network(draft: Path, tmp_path: Path) -> None:
    """Nor anything in a home folder: the library that measures grades brings its words along."""
    replace(draft / "claims" / "warm-ears.md", "Yes. In one fair test", "Notwithstanding methodological indeterminacy")
    found = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(draft)],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (found.stdout.splitlines(), found.stderr) == (complaints(draft), "")
    assert "in short reads at grade" in found.stdout


@pytest.mark.parametrize(
    ("file", "old", "what", "line"),
    [
        ("claims/warm-ears.md", "It names no study.", "'## The claim'", 18),
        ("claims/warm-ears.md", "ears were warmer by 3 degrees with the hat.", "known fact", 22),
        ("safety/choking.md", "Take the hat off.", "'## Text'", 7),
        ("evidence/trial-2010.md", "One small trial can still be wrong.", "passage", 24),
    ],
)
def test_whatever_is_shown_as_a_passage_has_at_most_120_words(
    draft: Path, file: str, old: str, what: str, line: int
) -> None:
    """A claim, a known fact and the text of a safety card as well as a passage."""
    replace(draft / file, old, f"{old} {'It is warm. ' * 40}".rstrip())
    (complaint,) = [text for text in complaints(draft) if "words: at most 120" in text]
    assert complaint.startswith(f"{file}:{line}: {what} has 1")


def with_jargon(draft: Path, *words: str) -> None:
    glossary = draft / "glossary.yaml"
    text = glossary.read_text(encoding="utf-8")
    terms = "".join(f'  - {{word: "{word}", also: [], means: "A hard word."}}\n' for word in words)
    glossary.write_text(f"jargon: [{', '.join(words)}]\n{text}{terms}", encoding="utf-8")


@pytest.mark.parametrize(
    "sentence",
    [
        "Ears had erythema (redness).",
        "Ears had redness (erythema).",
        "Ears had erythema, which is redness.",
        "Ears had erythema: redness.",
        "Erythema means redness.",
        'Redness is called "erythema".',
        "Redness of ears, erythema, went away.",
        "Erythema (redness) went. No erythema came back.",
    ],
)
def test_a_hard_word_may_stand_where_it_is_explained(draft: Path, sentence: str) -> None:
    """In brackets, by "which is", by "means", or after plain words; once is enough."""
    with_jargon(draft, "erythema")
    replace(draft / "claims" / "warm-ears.md", "- Whether it lasts for a whole winter.", f"- {sentence}")
    assert complaints(draft) == []


@pytest.mark.parametrize("sentence", ["Ears had erythema.", "Erythema went away (in May).", "Some erythemas lasted."])
def test_a_hard_word_without_its_explanation_is_a_problem(draft: Path, sentence: str) -> None:
    """Where it first stands in what is read in one go."""
    with_jargon(draft, "erythema")
    replace(draft / "claims" / "warm-ears.md", "- Whether it lasts for a whole winter.", f"- {sentence}")
    (complaint,) = complaints(draft)
    assert complaint.startswith("claims/warm-ears.md:25: explain '")
    assert complaint.endswith("in brackets where it first stands, or use a plain word")


def test_a_passage_explains_a_hard_word_for_itself(draft: Path) -> None:
    """It may be read alone, whatever the card says."""
    with_jargon(draft, "erythema")
    replace(
        draft / "claims" / "warm-ears.md",
        "- Whether it lasts for a whole winter.",
        "- Whether erythema (redness) comes.",
    )
    replace(draft / "evidence" / "trial-2010.md", "One small trial", "No erythema came. One small trial")
    assert complaints(draft) == [
        "evidence/trial-2010.md:27: explain 'erythema' in brackets where it first stands, or use a plain word"
    ]


def test_a_hard_word_is_in_the_glossary_too(draft: Path) -> None:
    """The list of jargon asks for it; without the term the word may not be used."""
    replace(
        draft / "claims" / "warm-ears.md",
        "- Whether it lasts for a whole winter.",
        "- Whether erythema (redness) comes.",
    )
    assert complaints(draft) == []
    (draft / "glossary.yaml").write_text(
        "jargon: [erythema]\n" + (SMALL / "glossary.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    assert complaints(draft) == ["claims/warm-ears.md:25: explain 'erythema' in glossary.yaml or use a plain word"]
