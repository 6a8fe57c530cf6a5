"""The README runs: every block of it is executed, or checked against what it names."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from app.command import main
from index.answer import Explainer
from index.contract import answer_json

HERE = Path(__file__).parents[1]
README = (HERE / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)
COMMANDS = [line[2:] for kind, text in BLOCKS if kind == "console" for line in text.splitlines()]
MAKE = [command for command in COMMANDS if command.startswith("make ")]
OURS = [
    command.removeprefix(".venv/bin/explainer ") for command in COMMANDS if command.startswith(".venv/bin/explainer ")
]
PYTHON = [text for kind, text in BLOCKS if kind == "python"]
QUICK = ("ask", "check")  # the others take a minute, and are run by the tests of what they do


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    """A plain block is the one for machines without a graphics card, which fetches."""
    assert sorted(kind for kind, _ in BLOCKS if kind not in ("console", "python")) == [""]
    assert sorted(COMMANDS) == sorted([*MAKE, *(f".venv/bin/explainer {command}" for command in OURS)])


@pytest.mark.parametrize("command", [*MAKE, *(f"make {name}" for name in re.findall(r"`make (\w+)", README))])
def test_every_make_target_exists(command: str) -> None:
    """`make X` does something."""
    target = shlex.split(command)[1]
    assert re.search(rf"^{target}:", (HERE / "Makefile").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("command", OURS)
def test_every_command_is_understood(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Its flags and arguments exist."""
    monkeypatch.setattr("app.command.run", lambda parser, arguments: parser.parse_args(arguments))
    assert callable(main(shlex.split(command)).run)  # type: ignore[attr-defined]


@pytest.mark.model
@pytest.mark.parametrize("command", [command for command in OURS if command.split()[0] in QUICK])
def test_every_quick_command_runs(real: Explainer, capsys: pytest.CaptureFixture[str], command: str) -> None:
    """It ends well and says what the README promises."""
    assert main(shlex.split(command)) == 0
    said = capsys.readouterr()
    if "--json" in command:
        assert json.loads(said.out) == answer_json(real.ask(shlex.split(command)[1]))
    elif command.startswith("ask"):
        assert real.ask(shlex.split(command)[1]).cards[0].in_short in " ".join(said.out.split())
    else:
        assert "no problems" in said.err


@pytest.mark.model
@pytest.mark.parametrize("block", PYTHON)
def test_the_python_block_runs(real: Explainer, capsys: pytest.CaptureFixture[str], block: str) -> None:
    """It prints the verdict and the short answer."""
    exec(compile(block, "README.md", "exec"), {})
    card = real.card("atp-500")
    assert card
    assert capsys.readouterr().out == f"{card.verdict.words} {card.in_short}\n"


@pytest.mark.parametrize("flag", sorted(set(re.findall(r"`(?:explainer )?(--[a-z-]+)", README))))
def test_every_flag_that_is_named_exists(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A reader who types it is understood."""
    with pytest.raises(SystemExit):
        main(["--help"])
    assert flag in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w./-]+\.(?:md|yaml))`", README)) - {"BENCHMARKS.md"}))
def test_every_file_that_is_named_exists(path: str) -> None:
    """`make bench` writes BENCHMARKS.md; the others are there."""
    assert (HERE / path).is_file()
