"""The command answers in a stable form; what goes wrong is one line on standard error."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.command import main
from index.answer import Explainer
from tests.conftest import BROKEN, SMALL
from tests.toy import ToyEncoder

COMMANDS = {"check", "build", "ask", "check-ad", "eval", "serve"}  # what a maintainer needs at the least
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], small_index: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command on the small corpus with the toy encoder: exit status, standard output, standard error."""
    for module in ("index.served", "index.encoder"):
        monkeypatch.setattr(f"{module}.SentenceTransformerEncoder", lambda name: ToyEncoder())

    def run(
        *arguments: str, stdin: bytes = b"", index: Path = small_index, corpus: Path = SMALL
    ) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main(["--corpus", str(corpus), "--index", str(index), *arguments])
        except SystemExit as stop:  # argparse's own way to end
            status = int(str(stop.code))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_ask_prints_the_card_with_labels_and_version(run: Run, small: Explainer) -> None:
    """In words, for a terminal."""
    status, out, err = run("ask", "does the hat triple sleep")
    assert (status, err) == (0, "")
    assert out.startswith("Does a quiet hat raise sleep by 300%?\n")
    for part in ("Not shown in people", "[Studied in animals] In 2001 a test", "[What sellers say] A seller prints"):
        assert part in out
    assert small.version in out.splitlines()[-1]


def test_ask_json_prints_one_object(run: Run) -> None:
    """The JSON form, on one line."""
    status, out, _ = run("ask", "will my ears stay warm", "--json")
    (answer,) = lines(out)
    assert (status, answer["outcome"], answer["cards"][0]["id"]) == (0, "answered", "warm-ears")


def test_lines_give_one_object_a_line_in_order(run: Run) -> None:
    """Also for an empty line, for bytes that are no text, and for a line that is too long."""
    questions = [
        b"will my ears stay warm",
        b"",
        b"capital of france\r",
        b"\xff\xfe sleep \xc2\x85 300",
        b"x\xe2\x80\xa8" * 1001,
    ]
    status, out, err = run("ask", "--lines", "--json", stdin=b"\n".join(questions))
    answers = lines(out)
    assert (status, err) == (0, "")
    assert len(answers) == 5
    assert [answer["question"] for answer in answers[:3]] == ["will my ears stay warm", "", "capital of france"]
    assert answers[3]["question"] == "\ufffd\ufffd sleep 300"
    assert ["error" in answer for answer in answers] == [False, False, False, False, True]
    assert answers[4]["error"] == "A question may have up to 2,000 characters; this one has 2,002."
    assert (answers[4]["outcome"], answers[4]["cards"]) == ("nothing", [])


def test_no_lines_give_no_output(run: Run) -> None:
    """An empty standard input is no question."""
    assert run("ask", "--lines", "--json") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["ask"], 2, "explainer: ask one question in quotes, or give --lines --json"),
        (["ask", "--lines"], 2, "explainer: ask one question in quotes, or give --lines --json"),
        (["ask", "x", "--lines", "--json"], 2, "explainer: ask one question in quotes"),
        (["ask", " ?! "], 2, "explainer: the question is empty: ask in words"),
        (["ask", "x" * 2001], 2, "explainer: A question may have up to 2,000 characters; this one has 2,001."),
        (["check-ad", "https://hats.example"], 2, "explainer: cannot read https://hats.example: No such file"),
        (["eval", "nowhere.yaml"], 2, "explainer: nowhere.yaml: there is no such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(run: Run, arguments: list[str], status: int, message: str) -> None:
    """On standard error, with exit status 2 and nothing on standard output."""
    found, out, err = run(*arguments)
    assert (found, out) == (status, "")
    assert err.startswith(message)
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [["ask", "warm ears"], ["check-ad", "-"], ["eval"]])
def test_without_an_index_the_cure_is_named(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    """One line, exit status 1."""
    assert run(*arguments, index=tmp_path / "none") == (
        1, "", f"explainer: there is no index in {tmp_path / 'none'}: run 'explainer build'\n"
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["ask", "--no-such-flag", "x"]])
def test_a_wrong_command_ends_with_status_2(run: Run, arguments: list[str]) -> None:
    """Usage on standard error, no traceback."""
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("usage: explainer")


def test_check_of_a_sound_corpus_says_so(run: Run) -> None:
    """Nothing on standard output, exit status 0."""
    assert run("check") == (0, "", "3 cards and 4 sources: no problems\n")


def test_check_lists_every_problem(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As lines, as JSON, and as GitHub shows them, with paths as seen from here; exit status 1."""
    monkeypatch.chdir(BROKEN)
    expected = BROKEN.with_name("broken_expected.txt").read_text(encoding="utf-8")
    assert run("check", corpus=BROKEN) == (1, expected, "")
    status, out, _ = run("check", "--format", "json", corpus=BROKEN)
    problems = [f"{p['path']}:{p['line']}: {p['message']}" for p in json.loads(out)["problems"]]
    assert (status, problems) == (1, expected.splitlines())
    status, out, _ = run("check", "--format", "github", corpus=BROKEN)
    assert status == 1
    assert out.splitlines()[-1] == "::error file=wording.yaml,line=4::de lacks 'title', which the first language has"


def test_build_writes_an_index_that_answers(run: Run, tmp_path: Path) -> None:
    """Where --into says; the version is told."""
    status, out, err = run("build", "--into", str(tmp_path / "new"))
    assert (status, out) == (0, "")
    assert f"wrote {tmp_path / 'new'} (corpus version " in err
    assert run("ask", "warm ears", "--json", index=tmp_path / "new") == run("ask", "warm ears", "--json")


def test_build_of_a_broken_corpus_lists_its_problems_and_writes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 1, the last line says what to do."""
    monkeypatch.chdir(BROKEN)
    status, out, err = run("build", "--into", str(tmp_path / "new"), corpus=BROKEN)
    expected = BROKEN.with_name("broken_expected.txt").read_text(encoding="utf-8").splitlines()
    assert (status, out) == (1, "")
    assert err.splitlines()[1:-1] == expected
    assert (
        err.splitlines()[-1]
        == f"explainer: the corpus has {len(expected)} problems: run 'explainer check' to list them"
    )
    assert not (tmp_path / "new").exists()


def test_check_ad_finds_claims_in_a_file_or_standard_input(run: Run, tmp_path: Path) -> None:
    """As JSON and in words."""
    text = b"Our hat triples your sleep. Order today."
    (tmp_path / "ad.txt").write_bytes(text)
    for arguments in (["check-ad", str(tmp_path / "ad.txt"), "--json"], ["check-ad", "-", "--json"]):
        status, out, _ = run(*arguments, stdin=text)
        assert [(f["sentence"], f["card"]) for f in json.loads(out)["findings"]] == [
            ("Our hat triples your sleep.", "sleep-300")
        ]
        assert status == 0
    assert "[Not shown in people · No direct evidence]" in run("check-ad", "-", stdin=text)[1]
    assert run("check-ad", "-", stdin=b"Order today.")[:2] == (
        0, "We found no sentence here that makes one of the claims we know.\n"
    )  # fmt: skip


def test_eval_scores_the_corpus_s_own_questions_or_a_file(run: Run) -> None:
    """Every score by its standard name, between 0 and 1; a file of the same form gives the same."""
    status, out, _ = run("eval", "--json")
    own = json.loads(out)
    assert status == 0
    assert {"hit@1", "hit@3", "MRR@10", "AUROC", "decline rate", "urgent recall", "ads, F1"} < own["scores"].keys()
    assert own["scores"]["hit@1"] == own["scores"]["urgent recall"] == own["scores"]["ads, F1"] == 1.0
    assert json.loads(run("eval", str(SMALL / "questions.yaml"), "--json")[1]) == own
    assert "hit@1" in run("eval")[1]


def test_every_command_has_help(run: Run) -> None:
    """Each is listed with what it does, and has help of its own."""
    _, out, _ = run("--help")
    listed = dict(re.findall(r"^    ([a-z-]+)\s+(\S.*)$", out, re.MULTILINE))
    assert listed.keys() >= COMMANDS
    for command in listed:
        status, out, err = run(command, "--help")
        assert (status, err) == (0, "")
        assert out.startswith(f"usage: explainer {command} [-h]")
