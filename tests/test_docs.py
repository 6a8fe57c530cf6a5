"""The documentation says what the program does: what it knows itself is copied, and the rest is looked up."""

from __future__ import annotations

import argparse
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
from tests.commands import below, every_command, parser
from tests.conftest import CORPUS
from tests.docs import DOCS, MADE, ROOT, SERVER, options, renewed

HOSTING = (DOCS / "hosting.md").read_text(encoding="utf-8")
EMBEDDING = (DOCS / "embedding.md").read_text(encoding="utf-8")
PAGES = HOSTING + EMBEDDING
LOADER = (FOLDER / "loader.js").read_text(encoding="utf-8")
WORDING = read_wording(CORPUS)
BY_NAME = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in (*MADE, "README.md", "CHANGELOG.md", "corpus/README.md")
}
EVERYWHERE = "\n".join(BY_NAME.values())
COMMANDS = re.findall(r"^\$ explainer (.*)$", EVERYWHERE, re.MULTILINE)
SPANS = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", re.sub(r"(?ms)^ *```.*?^ *```$", "", EVERYWHERE))]
NAMES = {name for name, _, _ in every_command()}
NAMED = {span.removeprefix("explainer ") for span in SPANS if span.startswith("explainer ")}
NAMED |= {span for span in SPANS if span.split()[0] in NAMES and " " in span}  # as in `new corpus FOLDER`
NUMBERS = {"two": 2, "eight": 8, "ten": 10}


def blocks(page: str, kind: str = "") -> list[str]:
    """Return the blocks of a page that are of one kind."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [text for its_kind, text in found if its_kind == kind]


def not_understood(command: str) -> str:
    """Return the first word of a command that no parser knows, up to where it says `…`; empty if there is none."""
    its_parser, words = parser(), iter(shlex.split(command))
    for word in words:
        if word == "…":
            break
        if word.startswith("-"):
            action = its_parser._option_string_actions.get(word)
            if not action:
                return word
            if action.nargs != 0:
                next(words, None)
        elif below(its_parser):
            if word not in below(its_parser):
                return word
            its_parser = below(its_parser)[word][0]
        elif not any(not action.option_strings for action in its_parser._actions):
            return word
    return ""


def anchors(page: str) -> set[str]:
    """Return what the headings of a page are linked to by, as GitHub makes it."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"(?ms)^```.*?^```$", "", page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def columns(page: str, heading: str) -> list[tuple[str, str]]:
    """Return the rows of the table that has this heading."""
    table = page.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0]
    return re.findall(r"^\| `(\S+)` \| (.*) \|$", table, re.MULTILINE)


@pytest.mark.parametrize("name", MADE)
def test_what_the_program_knows_itself_is_as_it_says(name: str) -> None:
    """The options of serving, every command, annotated entries, and the lines that put the widget on a page."""
    assert (ROOT / name).read_text(encoding="utf-8") == renewed(name), "write it anew: python -m tests.docs"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_understood(command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its flags and arguments exist."""
    shutil.copy(ROOT / "sites.example.yaml", tmp_path / "sites.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.command.run", lambda parser, arguments: parser.parse_args(arguments))
    assert callable(main(shlex.split(command)).run)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", sorted(NAMED))
def test_every_command_that_is_named_exists(command: str) -> None:
    """With the flags that it is named with: a reader who types it is understood."""
    assert not_understood(command) == ""


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("chekc", "chekc"),
        ("check --offline", "--offline"),
        ("new surce ID", "surce"),
        ("--corpus FOLDER biuld", "biuld"),
        ("build FOLDER", "FOLDER"),
        ("check … --offline", ""),
    ],
)
def test_a_command_that_does_not_exist_is_found_out(command: str, word: str) -> None:
    """Its first wrong word is named."""
    assert not_understood(command) == word


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_command_has_help_and_is_documented(name: str) -> None:
    """What it is for, and what each argument is."""
    its_parser, meaning = {known: (inner, told) for known, inner, told in every_command()}[name]
    assert meaning
    assert all(action.help for action in its_parser._actions if not isinstance(action, argparse._SubParsersAction))
    section = BY_NAME["docs/commands.md"].partition(f"\n## explainer {name}\n")[2].partition("\n## ")[0]
    for flag in (flag for flag in its_parser._option_string_actions if flag not in ("-h", "--help", "--registry")):
        assert f"| `{flag}" in section


@pytest.mark.parametrize("flag", sorted({span.split()[0] for span in SPANS if span.startswith("--")}))
def test_every_flag_is_one_of_a_command(flag: str) -> None:
    """It can be typed somewhere."""
    assert any(
        flag in its_parser._option_string_actions for its_parser in (parser(), *(p for _, p, _ in every_command()))
    )


@pytest.mark.parametrize(
    ("name", "target"),
    [(name, target) for name, page in BY_NAME.items() for target in re.findall(r"\]\(([^)\s]+)\)", page)],
)
def test_every_link_leads_somewhere(name: str, target: str) -> None:
    """To a file that is there, and to a heading of it."""
    path, _, heading = target.partition("#")
    file = (ROOT / name).parent / path if path else ROOT / name
    assert file.is_file()
    assert not heading or heading in anchors(file.read_text(encoding="utf-8"))


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
    words = re.search(r"(\w+) threads work on answers; whoever asks meanwhile\nwaits, at most (\w+) seconds", HOSTING)
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
