"""The pages of docs/ say what the program does: what it knows itself is copied, and the rest is looked up."""

from __future__ import annotations

import logging
import re
import shlex
import shutil
from pathlib import Path

import pytest

from app.command import main
from app.limits import Limits
from app.logs import _FIELDS, _Text
from app.metrics import Metrics
from app.routes import find
from app.settings import Settings
from app.sites import INTERESTS, read_sites
from app.widget import FOLDER, read_wording
from tests.app.clinic import THEIRS
from tests.conftest import CORPUS
from tests.docs import DOCS, MADE, ROOT, SERVER, options, renewed

HOSTING = (DOCS / "hosting.md").read_text(encoding="utf-8")
EMBEDDING = (DOCS / "embedding.md").read_text(encoding="utf-8")
PAGES = HOSTING + EMBEDDING
LOADER = (FOLDER / "loader.js").read_text(encoding="utf-8")
WORDING = read_wording(CORPUS)
COMMANDS = re.findall(r"^\$ explainer (.*)$", PAGES, re.MULTILINE)
NUMBERS = {"two": 2, "eight": 8, "ten": 10}


def blocks(page: str, kind: str = "") -> list[str]:
    """Return the blocks of a page that are of one kind."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [text for its_kind, text in found if its_kind == kind]


def columns(page: str, heading: str) -> list[tuple[str, str]]:
    """Return the rows of the table that has this heading."""
    table = page.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `(\S+)` \| (.*) \|$", table, re.MULTILINE)


@pytest.mark.parametrize("name", MADE)
def test_what_the_program_knows_itself_is_as_it_says(name: str) -> None:
    """The options of serving, and the lines that put the widget on a page."""
    assert (DOCS / name).read_text(encoding="utf-8") == renewed(name), "write it anew: python -m tests.docs"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_understood(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its flags and arguments exist."""
    shutil.copy(ROOT / "sites.example.yaml", tmp_path / "sites.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.command.run", lambda parser, arguments: parser.parse_args(arguments))
    assert callable(main(shlex.split(command)).run)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`explainer ([a-z-]+)", PAGES))))
def test_every_command_that_is_named_exists(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A reader who types it is understood."""
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    assert f"explainer {command}" in capsys.readouterr().out


@pytest.mark.parametrize("flag", sorted(set(re.findall(r"`(--[a-z-]+)", PAGES))))
def test_every_flag_that_is_named_exists(flag: str) -> None:
    """It is one of serving."""
    assert flag in {row[0].split()[0] for row in options().rows}


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:deploy|docs)/[\w./-]+|[\w.-]+\.(?:yaml|md)|Dockerfile)`", PAGES)))
)
def test_every_file_that_is_named_exists(path: str) -> None:
    """Or is the one that a site makes of our example."""
    assert (
        (ROOT / path).is_file() or path == "sites.yaml" or (path == "nginx.conf" and (ROOT / "deploy" / path).is_file())
    )


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_every_address_for_a_monitor_exists(path: str) -> None:
    """They are those of the table."""
    assert path in {address for address, _ in columns(HOSTING, "address | says")}
    assert find("GET", path)


def test_every_count_that_is_named_is_counted() -> None:
    """By the name that Prometheus sees, and none is left out."""
    metrics = Metrics("1", {"/"})
    metrics.begin()
    metrics.end("/", 200, 0.1)
    metrics.count_answer("answered")
    counted = {
        re.sub(r"_(?:bucket|sum|count|created)$", "", line.split("{")[0].split()[0])
        for line in metrics.render()[0].decode().splitlines()
        if not line.startswith("#")
    }
    named = set(re.findall(r"`(explainer_\w+)`", HOSTING))
    assert {re.sub("_total$", "", name) for name in named} == {re.sub("_total$", "", name) for name in counted}


def test_the_log_line_that_is_shown_is_one_that_is_written() -> None:
    """Every field of it is explained, and no other is written."""
    [line] = [block for block in blocks(HOSTING) if " request=" in block]
    shown = dict(re.findall(r"(\w+)=(\S+)", line))
    assert set(shown) | {"error", "place"} == set(_FIELDS)
    record = logging.makeLogRecord({"name": "explainer", "levelname": "INFO", "msg": "request", **shown})
    assert _Text().format(record).split(" ", 1)[1] == line.strip().split(" ", 1)[1]
    told = HOSTING.partition(line)[2].partition("## ")[0]
    assert [field for field in ("request", "route", "outcome", "error", "place") if f"`{field}`" not in told] == []


def test_the_figures_of_limits_are_the_usual_ones() -> None:
    """So many a minute, so many at a time, so long."""
    usual = Settings()
    rates = re.search(r"(\d+) a minute for each address .* and (\d+) for\neach site", HOSTING)
    assert rates
    assert [f"{rate}/minute" for rate in rates.groups()] == [usual.per_address, usual.per_site]
    words = re.search(r"(\w+) answers are worked on at a time; the others wait,\nat most (\w+) seconds", HOSTING)
    assert words
    assert [NUMBERS[word.lower()] for word in words.groups()] == [usual.at_once, usual.seconds]
    assert Limits(usual.per_address, usual.per_site)
    assert "counts for a minute" in EMBEDDING


def test_the_memory_that_is_given_is_that_of_the_files() -> None:
    """The service and the container have the same."""
    given = re.search(r"given ([\d.]+) GB", HOSTING)
    assert given
    assert f"MemoryMax={int(float(given[1]) * 1024)}M" in (ROOT / "deploy" / "explainer.service").read_text(
        encoding="utf-8"
    )


def test_the_attributes_are_those_that_the_script_reads() -> None:
    """All of them, and no others."""
    read = set(re.findall(r"\b(?:data|dataset)\.([a-z]+)\b", LOADER)) | set(re.findall(r'"([a-z]+)" in data\b', LOADER))
    assert {name for name, _ in columns(EMBEDDING, "attribute | what it does")} == {f"data-{name}" for name in read}


def test_the_languages_are_those_that_there_are() -> None:
    """Of the button's words."""
    told = dict(columns(EMBEDDING, "attribute | what it does"))["data-language"]
    assert set(re.findall(r"`(\w\w)`", told)) == set(WORDING)


def test_the_policy_is_the_one_that_the_widget_is_tested_under() -> None:
    """In a browser that enforces it."""
    assert f"{THEIRS.format(SERVER)}\n" in blocks(EMBEDDING)


def test_the_entry_that_is_shown_is_a_sound_one(tmp_path: Path) -> None:
    """A site that sends it is taken in; every interest is named."""
    [entry] = blocks(EMBEDDING, "yaml")
    file = tmp_path / "sites.yaml"
    file.write_text(entry, encoding="utf-8")
    [site] = read_sites(file, tuple(WORDING))
    told = re.search(r"`interest` is one of (.*?)\.", EMBEDDING)
    assert told
    assert tuple(re.findall(r"`([a-z-]+)`", told[1])) == INTERESTS
    sentence = WORDING["en"][site.interest_key].format(name=site.name)
    assert f'"{sentence}"' in " ".join(EMBEDDING.split())


@pytest.mark.parametrize("key", ["widget_open", "widget_away"])
def test_what_visitors_are_told_is_quoted_as_it_stands(key: str) -> None:
    """Byte for byte, but for where the line breaks."""
    assert f'"{WORDING["en"][key]}"' in " ".join(re.sub(r"^> ", "", EMBEDDING, flags=re.MULTILINE).split())


def test_the_patience_of_the_script_is_as_it_is_told() -> None:
    """In whole seconds."""
    patience = re.search(r"const PATIENCE = (\d+);", LOADER)
    told = re.search(r"does\s+not answer within (\w+) seconds", EMBEDDING)
    assert patience
    assert told
    assert NUMBERS[told[1]] * 1_000 == int(patience[1])
