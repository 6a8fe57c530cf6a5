"""The scores become one page, in which no question can put markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from index.answer import Explainer
from index.errors import ReportError
from index.evaluate import ask_all
from index.records import GoldenQuestion
from index.report import write_report

HOT = "<b>will my ears freeze</b>"


def miss() -> GoldenQuestion:
    return GoldenQuestion(id="q", text=HOT, kind="in-scope", primary="washing", also=("sleep-300",), expects="answer")


def test_the_page_lists_scores_and_misses(small: Explainer, tmp_path: Path) -> None:
    """A miss with what was wanted and what was got; every table with a caption and headed rows."""
    page = write_report(tmp_path / "new", ask_all(small, [*small.corpus.questions, miss()]), {"hit@1": 0.75})
    text = page.read_text(encoding="utf-8")
    assert page == tmp_path / "new" / "index.html"
    assert '<tr><th scope="row">hit@1</th><td>0.750</td></tr>' in text
    assert "<b>" not in text
    assert re.search(
        r'<th scope="row">&lt;b&gt;will my ears freeze&lt;/b&gt;</th><td>washing or sleep-300</td><td>warm-ears</td>',
        text,
    )
    assert text.count("<table") == text.count("<caption>") == 2
    assert (
        text.count("<svg") == len(re.findall(r'<figure><figcaption id="picture-\w+">[^<]+</figcaption><svg', text)) == 2
    )


def test_a_page_that_cannot_be_written_is_said_in_one_line(small: Explainer, tmp_path: Path) -> None:
    """With the name of the file."""
    (tmp_path / "file").touch()
    with pytest.raises(ReportError, match=r"cannot write .*index\.html: "):
        write_report(tmp_path / "file", ask_all(small, small.corpus.questions), {})
