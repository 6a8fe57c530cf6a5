"""One page shows what a corpus holds: every picture with its numbers beside it, and nothing from elsewhere."""

from __future__ import annotations

import html
import io
import re
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from app.command import main
from index.build import build
from index.check.plain import grade_together, shown_texts
from index.corpus import load_corpus
from index.folder import read_folder
from index.nearness import Plane, closest
from index.overview import write_overview
from index.placing import placed
from index.store import BuiltIndex
from index.tallies import certainties, grades, months, shown
from tests.toy import ToyEncoder

HOT = "<img src=x onerror='alert(x)'> & $a or $b </table> 心"
NOW = date(2026, 7, 5)
EVIDENCE = "Sources that each claim cites: on the subject; (on another treatment or kind of it); on no treatment"
SLEEP, WARM, WASH = (
    "Does a quiet hat raise sleep by 300%?",
    "Does a quiet hat keep ears warm?",
    "How is a felt hat washed?",
)
Written = Callable[..., str]


@pytest.fixture(scope="module")
def small_page(small_index: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of the small corpus as it is, as of NOW."""
    folder = tmp_path_factory.mktemp("page")
    return write_overview(folder, BuiltIndex.load(small_index), ToyEncoder(), NOW).read_text(encoding="utf-8")


@pytest.fixture
def written(small_index: Path, draft: Path, tmp_path: Path) -> Written:
    """Write the page of a draft in which each (file, old words, new words) was replaced, as of a day."""

    def written(*edits: tuple[str, str, str], today: date = NOW) -> str:
        for name, old, new in edits:
            file = draft / name
            text = file.read_text(encoding="utf-8")
            assert old in text, name
            file.write_text(text.replace(old, new), encoding="utf-8")
        built = Path(shutil.copytree(small_index, tmp_path / "built", dirs_exist_ok=True))
        index = build(draft, built, ToyEncoder())
        return write_overview(tmp_path / "page", index, ToyEncoder(), today).read_text(encoding="utf-8")

    return written


def tables(page: str) -> dict[str, list[list[str]]]:
    """The rows of each table, the head first, by its caption."""
    found = {}
    for table in re.findall(r"<table>(.*?)</table>", page):
        caption = re.search(r"<caption>(.*?)</caption>", table)
        assert caption
        rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
        found[html.unescape(caption[1])] = [[html.unescape(cell) for cell in row] for row in rows]
    return found


def picture(page: str, name: str) -> str:
    """The markup of one picture."""
    found = re.search(rf'<figure><figcaption id="picture-{name}">.*?</figure>', page)
    assert found
    return found[0]


def marks(page: str) -> tuple[int, int, int]:
    """How many marks of each kind the picture of evidence has, without its legend's: filled, open, square."""
    uses = re.findall(r'<use [^>]*style="fill: var\(--(\w+)\); stroke: var\(--(\w+)\)', picture(page, "evidence"))
    kinds = (("ink", "ink"), ("paper", "ink"), ("paper", "soft"))
    filled, open_, square = (uses.count(kind) - 1 for kind in kinds)
    return filled, open_, square


def test_what_each_claim_cites_is_counted(small_page: str) -> None:
    """By label, in the order of their rungs; the article is no source of its own claims."""
    assert tables(small_page)[EVIDENCE] == [
        ["claim", "verdict", "on the subject", "on another treatment or kind of it",
         "on no treatment (body, research, law)"],
        [SLEEP, "Not shown in people", "What sellers say 1, Studied in animals 1", "none", "none"],
        [WARM, "Supported", "Randomised trial 1", "none", "none"],
    ]  # fmt: skip
    assert "2 of 2 claims cite a study of the subject itself" in small_page
    assert marks(small_page) == (3, 0, 0)
    columns = re.findall(
        r">(What sellers say|Studied in animals|Randomised trial|Guidance or glossary)</text>", small_page
    )
    assert columns == ["What sellers say", "Studied in animals", "Randomised trial", "Guidance or glossary"]


@pytest.mark.parametrize("treatment", ["another-treatment", "another-kind"])
def test_evidence_on_another_treatment_stands_apart(written: Written, treatment: str) -> None:
    """In brackets and with an open mark; a claim that rests on it alone cites no study of the subject."""
    page = written(("evidence/mice-2001.md", "treatment: subject", f"treatment: {treatment}"))
    row = tables(page)[EVIDENCE][1]
    assert row[2:] == ["What sellers say 1", "(Studied in animals 1)", "none"]
    assert "1 of 2 claims cite a study of the subject itself" in page
    assert marks(page) == (2, 1, 0)


def test_evidence_on_no_treatment_stands_apart(written: Written) -> None:
    """In marks of its own."""
    page = written(("evidence/mice-2001.md", "treatment: subject", "treatment: none"))
    assert tables(page)[EVIDENCE][1][2:] == ["What sellers say 1", "none", "Studied in animals 1"]
    assert marks(page) == (2, 0, 1)


def test_verdicts_certainties_and_sources_are_counted(written: Written) -> None:
    """Claims and topics by themselves and together; sources by depth and state."""
    page = written(
        (
            "evidence/mice-2001.md",
            "retraction: not-checked",
            "retraction: flagged\nchecked_on: 2026-01-04",
        )
    )
    found = tables(page)
    assert found["Cards of each verdict, in numbers"] == [
        ["verdict", "claims", "topics", "cards"],
        ["Not shown in people", "1", "0", "1"],
        ["Supported", "1", "0", "1"],
        ["A question, not a claim", "0", "1", "1"],
    ]
    assert found["Cards of each certainty, in numbers"] == [
        ["certainty", "claims", "topics", "cards"],
        ["Low certainty", "1", "1", "2"],
        ["No direct evidence", "1", "0", "1"],
    ]
    title = "Sources by how much was read, and by whether they were checked for retraction, in numbers"
    assert found[title] == [
        ["read", "clear", "flagged", "not checked", "sources"],
        ["full text", "0", "0", "3", "3"],
        ["abstract", "0", "1", "0", "1"],
        ["registry record", "0", "0", "0", "0"],
        ["second-hand", "0", "0", "0", "0"],
    ]
    assert found["Sources about which a notice was published"][1:] == [
        ["Felt covers and mouse sleep", "mice-2001", "2026-01-04"]
    ]
    assert "3 cards (2 on claims, 1 on topics), 2 safety cards, 4 sources, 8 golden questions" in page


def test_no_flagged_source_is_said_with_how_many_were_not_checked(small_page: str) -> None:
    """None known is not none there."""
    assert "No source is flagged; 4 of 4 were not checked." in small_page


def test_levels_of_certainty_stand_in_their_order(draft: Path) -> None:
    """GRADE's, the highest first, however many cards have each."""
    for file in (draft / "verdicts.yaml", draft / "claims" / "sleep-300.md"):
        file.write_text(file.read_text(encoding="utf-8").replace("no-direct-evidence", "high"), encoding="utf-8")
    assert [(tally.tag, tally.claims, tally.topics) for tally in certainties(load_corpus(draft))] == [
        ("high", 1, 0),
        ("low", 1, 1),
    ]


def test_a_grade_is_the_one_that_the_check_measures(draft: Path) -> None:
    """Over the same sentences, for cards and safety cards."""
    file = draft / "claims" / "sleep-300.md"
    text = file.read_text(encoding="utf-8")
    more = "A second paragraph is short too.\n\n## When to get help\nAsk a doctor if you sleep badly.\n\n## The claim"
    file.write_text(text.replace("## The claim", more), encoding="utf-8")
    folder, corpus = read_folder(draft), load_corpus(draft)
    measured = {entry.id: grade_together(shown_texts(entry)) for entry in (*folder.cards, *folder.safety)}
    assert {graded.id: graded.page for graded in grades(corpus)} == measured
    for entry, card in zip(folder.cards, corpus.cards, strict=True):
        assert " ".join(shown(card)) == " ".join(shown_texts(entry))


def test_a_grade_over_its_limit_is_counted_and_drawn_beside_the_limit(small_page: str) -> None:
    """The limits are lines of the picture, each named."""
    assert "at most 8 in short and 9 as a whole. Over a limit: 0 of 5." in small_page
    for line in ("in short: at most 8", "whole card: at most 9"):
        assert f">{line}</text>" in picture(small_page, "grades")
    rows = tables(small_page)["Reading grade of each card and safety card, the hardest first, in numbers"]
    assert {row[0].partition(" (")[0] for row in rows[1:]} == {
        SLEEP, WARM, WASH, "Trouble breathing", "Allergic to wool",
    }  # fmt: skip
    assert [row[1] == "none" for row in rows if row[0].endswith(("(choking)", "(wool-allergy)"))] == [True, True]
    pages = [float(row[2]) for row in rows[1:]]
    assert pages == sorted(pages, reverse=True)


def test_cards_are_due_from_their_day_on(written: Written) -> None:
    """Not the day before; the longest due stands first."""
    later = ("topics/washing.md", "next_review: 2026-07-05", "next_review: 2026-09-01")
    page = written(later, today=date(2026, 7, 4))
    assert "No card is due for review on 2026-07-04." in page
    found = tables(written(today=date(2026, 7, 5)))
    assert [row[1:4] for row in found["Due for review on 2026-07-05"][1:]] == [
        ["sleep-300", "2026-07-05", "2026-01-05"],
        ["warm-ears", "2026-07-05", "2026-01-05"],
    ]
    assert found["Cards by the month in which they are due for review, in numbers"] == [
        ["month", "due on 2026-07-05", "due later"],
        ["2026-07", "2", "0"],
        ["2026-08", "0", "0"],
        ["2026-09", "0", "1"],
    ]


def test_a_calendar_of_many_years_leaves_empty_months_out(draft: Path) -> None:
    """A year that was mistyped makes no page of a thousand bars."""
    file = draft / "topics" / "washing.md"
    text = file.read_text(encoding="utf-8")
    text = text.replace("reviewed: 2026-01-05", "reviewed: 2999-01-05")
    file.write_text(text.replace("next_review: 2026-07-05", "next_review: 2999-12-05"), encoding="utf-8")
    assert [month.name for month in months(load_corpus(draft), NOW)] == ["2026-07", "2999-12"]


def test_the_plane_is_the_one_of_most_spread() -> None:
    """Its first direction holds most, its second the next; the strongest part of each points up."""
    vectors = np.array([[0, 0, -2], [0, 0, 2], [-1, 0, 0], [1, 0, 0]], dtype=np.float32)
    plane = Plane(vectors)
    assert plane.places(vectors) == [(-2, 0), (2, 0), (0, -1), (0, 1)]
    assert plane.shares == pytest.approx((0.8, 0.2))
    assert Plane(-vectors).places(vectors) == plane.places(vectors)
    assert Plane(vectors[:1]).places(vectors[:1]) == [(0, 0)]


def test_names_on_a_map_keep_out_of_each_other_s_way() -> None:
    """Of two points side by side one has its name on either side; at the frame a name turns inwards."""
    frame = (0.0, 0.0, 200.0, 100.0)
    assert placed([(100, 50, 40, 10), (110, 50, 40, 10)], frame) == [(-5, 0), (5, 0)]
    assert placed([(195, 50, 40, 10)], frame) == [(-5, 0)]
    assert placed([], frame) == []


def test_crowding_and_gaps_are_listed(written: Written, small_index: Path) -> None:
    """All pairs of cards by falling cosine; the questions in scope alone, the farthest first."""
    page = written(("questions.yaml", "washing a felt hat", "How is a felt hat washed?"))
    found = tables(page)
    pairs = found["Crowding: the cards closest to each other"][1:]
    assert len(pairs) == 3
    assert [pair[2] for pair in pairs] == sorted((pair[2] for pair in pairs), reverse=True)
    assert closest(BuiltIndex.load(small_index), 1)[0].cards[0].id in pairs[0][0]
    gaps = found["Gaps: the golden questions in scope that are farthest from any text of any card"][1:]
    assert [gap[1] for gap in gaps] == ["sleep-300", "warm-ears", "washing"]
    assert gaps[2] == [WASH, "washing", "washing", "1.00", "answered", "washing"]
    cosines = [float(gap[3]) for gap in gaps]
    assert cosines == sorted(cosines)


def test_every_golden_question_is_nearest_to_one_card(small_page: str) -> None:
    """The numbers beside the map sum up to the marks on it, outcome by outcome."""
    legend = dict(re.findall(r">golden question: (\w+) \((\d+)\)</text>", picture(small_page, "map")))
    found = tables(small_page)
    head, *rows = found[
        "Each card: its place on the map, and the golden questions nearest to one of its texts, by outcome"
    ]
    assert [row[1] for row in rows] == ["sleep-300", "warm-ears", "washing"]
    assert {
        outcome: str(sum(int(row[place]) for row in rows)) for place, outcome in enumerate(head) if place > 3
    } == legend
    assert sum(map(int, legend.values())) == 8
    for row in rows:
        assert f">{row[1]}</text>" in picture(small_page, "map")


def test_every_picture_has_a_title_and_its_numbers_in_a_table(small_page: str) -> None:
    """The table follows at once, with a caption and headed rows and columns."""
    pictures = re.findall(r'<figure><figcaption id="([\w-]+)">[^<]+</figcaption><svg ([^>]*)>', small_page)
    assert [name for name, _ in pictures] == [
        "picture-evidence", "picture-verdict", "picture-certainty", "picture-grades", "picture-sources",
        "picture-reviews", "picture-map",
    ]  # fmt: skip
    for name, attributes in pictures:
        assert f'role="img" aria-labelledby="{name}"' in attributes
    after = re.findall(
        r"</figure>(?:<details><summary>[^<]+</summary>)?(?:<div [^>]+>)?<table><caption>[^<]+</caption>", small_page
    )
    assert len(after) == len(pictures) == small_page.count("<svg")
    for table in re.findall(r"<table>.*?</table>", small_page):
        assert re.match(r'<table><caption>[^<]+</caption><thead><tr>(<th scope="col">[^<]*</th>)+</tr></thead>', table)
        assert table.count("<tr>") - 1 == table.count('<th scope="row">') > 0


def test_pictures_need_no_colour(small_page: str) -> None:
    """They have the page's own ink and paper, in light and in dark, and tell series apart by hatch and marker."""
    for drawn in re.findall(r"<svg.*?</svg>", small_page):
        assert not re.search(r"(?:fill|stroke)(?:: |=\")(?!none|var\(--(?:ink|paper|soft|line)\)|url\(#)", drawn)
    for name in ("verdict", "sources", "reviews"):
        assert "<pattern" in picture(small_page, name)


def test_the_page_refers_to_nothing_outside(small_page: str) -> None:
    """No address, file or script; every link and id is of the page itself, and stands once."""
    assert "http:" not in small_page
    assert "https:" not in small_page
    assert not re.search(r"<(script|link|img|iframe|object)|@import|\bsrc=|xmlns", small_page)
    ids = re.findall(r'\bid="([^"]+)"', small_page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="|url\(|labelledby=")#?([^")]+)', small_page)) <= set(ids)
    assert "default-src &#x27;none&#x27;" in small_page


def test_no_markup_of_a_corpus_gets_into_the_page(written: Written) -> None:
    """Neither into a table nor into a picture; a dollar is no formula, and any script is fine."""
    page = written(
        ("corpus.yaml", "title: \"", f"title: \"{HOT} "),
        ("claims/sleep-300.md", 'question: "Does', f'question: "{HOT} Does'),
        ("topics/washing.md", 'question: "How', f'question: "{HOT} How'),
        ("verdicts.yaml", 'words: "Supported"', f'words: "{HOT} Supported"'),
        ("verdicts.yaml", 'words: "Low certainty"', f'words: "{HOT} Low certainty"'),
        ("labels.yaml", 'words: "Studied', f'words: "{HOT} Studied'),
        ("questions.yaml", 'text: "will ears', f'text: "{HOT} will ears'),
        ("safety/choking.md", 'title: "', f'title: "{HOT} '),
    )  # fmt: skip
    assert "<img" not in page
    assert page.count("</table>") == page.count("<table>") == len(tables(page))
    for name in ("evidence", "verdict", "certainty", "grades"):
        assert "&lt;img" in picture(page, name)
        assert "$a or $b" in picture(page, name)


def test_the_same_index_and_day_give_the_same_bytes(small_page: str, small_index: Path, tmp_path: Path) -> None:
    """And name no other day."""
    again = write_overview(tmp_path, BuiltIndex.load(small_index), ToyEncoder(), NOW)
    assert again.read_text(encoding="utf-8") == small_page
    assert str(date.today()) not in small_page


@pytest.fixture
def command(
    small_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], draft: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run `explainer report` with the toy encoder: exit status, standard output, standard error."""
    monkeypatch.setattr("index.encoder.SentenceTransformerEncoder", lambda name: ToyEncoder())

    def run(*arguments: str, index: Path = small_index) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        try:
            status = main(["--corpus", str(draft), "--index", str(index), "report", *arguments])
        except SystemExit as stop:  # argparse's own way to end
            status = int(str(stop.code))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_the_command_writes_the_page(
    command: Callable[..., tuple[int, str, str]], small_page: str, tmp_path: Path
) -> None:
    """As of the day that was asked for, and says where."""
    file = tmp_path / "deep" / "index.html"
    assert command(str(file.parent), "--today", str(NOW)) == (0, "", f"{file}\n")
    assert file.read_text(encoding="utf-8") == small_page
    assert command(str(file.parent))[0] == 0
    assert f"as of {date.today()}" in file.read_text(encoding="utf-8")


def test_a_stale_or_missing_index_is_said_in_one_line(
    command: Callable[..., tuple[int, str, str]], draft: Path, tmp_path: Path
) -> None:
    """A stale one still has a page; without one there is none."""
    page = tmp_path / "page" / "index.html"
    (draft / "glossary.yaml").write_text("terms: []\n", encoding="utf-8")
    status, _, err = command(str(page.parent), "--today", str(NOW))
    assert (status, err.count("\n")) == (0, 2)
    assert re.match(
        r"explainer: the index in .* is older than the corpus, and so is this page: run 'explainer build'", err
    )
    assert page.exists()
    status, out, err = command(str(tmp_path / "none"), index=tmp_path / "nowhere")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "run 'explainer build'" in err
    assert not (tmp_path / "none").exists()


def test_a_day_that_is_none_and_a_page_that_cannot_be_written_are_said(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """With what was given."""
    status, _, err = command(str(tmp_path), "--today", "tomorrow")
    assert status == 2
    assert "'tomorrow' is no date such as 2027-01-31" in err
    (tmp_path / "file").touch()
    status, _, err = command(str(tmp_path / "file"))
    assert (status, err.count("\n")) == (1, 1)
    assert err.startswith(f"explainer: cannot write {tmp_path / 'file' / 'index.html'}: ")
