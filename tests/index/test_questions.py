"""A file of golden questions is read as the corpus's own is."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import QuestionFileError
from index.questions import read_questions
from index.records import GoldenAd, GoldenClaim, GoldenQuestion

FILE = """\
questions:
  - {id: q-1, text: "no", kind: in-scope, primary: a, also: [b, c], expects: answer}
  - {id: q-2, text: "x", kind: out-of-scope, primary: null, expects: decline}
ads:
  - id: ad-1
    text: "Sleep well."
    claims:
      - {id: a, sentence: "Sleep well.", or: [b]}
"""


def test_questions_and_advertisements_are_read_as_written(tmp_path: Path) -> None:
    """`no` stays a word, `null` is no card, `or` is the alternatives."""
    (tmp_path / "golden.yaml").write_text(FILE, encoding="utf-8")
    assert read_questions(tmp_path / "golden.yaml") == (
        (
            GoldenQuestion(id="q-1", text="no", kind="in-scope", primary="a", also=("b", "c"), expects="answer"),
            GoldenQuestion(id="q-2", text="x", kind="out-of-scope", primary="", also=(), expects="decline"),
        ),
        (
            GoldenAd(
                id="ad-1",
                text="Sleep well.",
                claims=(GoldenClaim(id="a", sentence="Sleep well.", alternatives=("b",)),),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"questions: []\nquestions: []\n", ":2: has the key 'questions' twice"),
        (b"\xff", ":1: is not UTF-8: save the file as UTF-8"),
        (None, ": there is no such file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, complaint: str) -> None:
    """With its line where it has one."""
    file = tmp_path / "golden.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(QuestionFileError) as caught:
        read_questions(file)
    assert str(caught.value) == f"{file}{complaint}"
