"""The widget's releases, the lines that put it on a page, and its routes."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.command import main
from app.site import STATIC
from app.sites import Sites
from app.widget import (
    FOLDER,
    FRAME_MAY,
    HASHES,
    RELEASED,
    WORDS,
    integrity,
    newest,
    read_wording,
    release,
    script,
    snippets,
    versions,
)
from index.answer import Explainer
from index.errors import SettingsError
from tests.app.clinic import our_app, sites_of
from tests.app.tree import Element, parse
from tests.conftest import CORPUS

MOST = 5_000  # bytes on the wire
URL = "https://answers.example"


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    """Sites of one clinic."""
    return sites_of(tmp_path / "sites.yaml", "https://clinic.example")


@pytest.fixture
def client(small: Explainer, sites: Sites) -> TestClient:
    """A client of the widget's routes."""
    return TestClient(our_app(small, sites))


def attributes(element: Element) -> dict[str, str | None]:
    return {name: value for name, value in element.attributes.items() if name != "async"}


def elements(lines: str) -> list[Element]:
    return list(parse(lines).all())


def test_the_newest_release_is_what_the_loader_and_its_words_make_now() -> None:
    """A change to either reaches clinics by a new version; RELEASE_WIDGET=1.0.1 makes that one."""
    made = release(read_wording(CORPUS))
    wanted = os.environ.get("RELEASE_WIDGET")
    if wanted:
        assert wanted not in versions(), f"{wanted} is released and never changes: choose a higher version"
        (RELEASED / f"{wanted}.js").write_bytes(made)
        with HASHES.open("a", encoding="utf-8") as hashes:
            hashes.write(f"{wanted} {integrity(made)}\n")
    assert script(newest()) == made, (
        "the loader or its words changed: make a new version, "
        "RELEASE_WIDGET=<version> python -m pytest tests/app/test_widget.py"
    )


def test_a_released_file_never_changes() -> None:
    """Clinics pin it by its hash: every version that was ever released is there, as it was."""
    listed = [tuple(line.split()) for line in HASHES.read_text(encoding="utf-8").splitlines()]
    assert listed == [(version, integrity(script(version))) for version in versions()]


@pytest.mark.parametrize("version", versions())
def test_a_release_is_small(version: str) -> None:
    """It costs a clinic's page at most 5,000 bytes."""
    assert len(gzip.compress(script(version), 9)) <= MOST


def test_the_words_are_those_of_the_corpus_in_every_language() -> None:
    """Byte for byte, as they stand in its file."""
    found = re.search(rb"const WORDS = (\{.*\});", script(newest()))
    assert found
    words = json.loads(found[1])
    wording = read_wording(CORPUS)
    assert words == {tag: {key: wording[tag][key] for key in WORDS} for tag in wording}
    lines = (CORPUS / "wording.yaml").read_bytes()
    for said in words.values():
        for key, text in said.items():
            assert f'{key}: "{text}"'.encode() in lines
            assert f'"{key}":"{text}"'.encode() in found[1]


def test_its_colours_are_those_of_the_pages() -> None:
    """Contrast was weighed there; shadows are black that lets the page through."""
    loader = (FOLDER / "loader.js").read_text(encoding="utf-8")
    tokens = (STATIC / "tokens.css").read_text(encoding="utf-8")
    used = re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", loader)
    assert len(used) == 12
    assert [(name, colour) for name, colour in used if f"--{name}: {colour};" not in tokens] == []
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", loader)) - {colour for _, colour in used} == {"#0004", "#0005"}


def test_the_frame_may_do_the_same_however_it_is_put_on_a_page() -> None:
    """By the script or as a plain frame."""
    assert f'"{FRAME_MAY}"' in (FOLDER / "loader.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["v1", *versions()])
def test_a_release_is_served_to_any_page(client: TestClient, name: str) -> None:
    """A version is kept for good, and the newest of them for an hour."""
    response = client.get(f"/widget/{name}.js")
    version, kept = (newest(), "max-age=3600") if name.startswith("v") else (name, "max-age=31536000, immutable")
    assert response.content == script(version)
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert response.headers["cache-control"] == f"public, {kept}"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("name", ["v0", "v2", "v", "1", "1.0", "1.0.0.0", "01.0.0", "loader", "hashes", "9.9.9", "V1"])
def test_nothing_else_is_served_as_a_release(client: TestClient, name: str) -> None:
    """Neither the source nor a version that never was."""
    assert client.get(f"/widget/{name}.js").status_code == 404


def test_the_snippets_name_the_site_and_pin_the_version(sites: Sites) -> None:
    """Moving, pinned by its hash, and a plain frame; a comment before each."""
    site = sites.get("plum")
    assert site
    printed = snippets(site, "Title", f"{URL}/under/", "https://cards.example/?a=1&b=2")
    assert [line[:4] for line in printed.splitlines()] == ["<!--", "<scr", "<!--", "<scr", "<!--", "<ifr"]
    moving, pinned, frame = map(attributes, elements(printed))
    chosen = {
        "data-site": "plum",
        "data-language": "es",
        "data-position": "left",
        "data-fallback": "https://cards.example/?a=1&b=2",
    }
    assert moving == {"src": f"{URL}/under/widget/v1.js", **chosen}
    assert pinned == {
        "src": f"{URL}/under/widget/{newest()}.js",
        "integrity": integrity(script(newest())),
        "crossorigin": "anonymous",
        **chosen,
    }
    assert (frame["src"], frame["title"], frame["sandbox"]) == (f"{URL}/under/embed/plum", "Title", FRAME_MAY)


@pytest.mark.parametrize("text", ['"><script>alert(1)</script>', "' onload='alert(1)", "a & b"])
def test_no_value_leaves_its_attribute(sites: Sites, text: str) -> None:
    """Whatever the title and the address of the fallback hold."""
    site = sites.get("polar")
    assert site
    address = f"https://cards.example/{text.replace(' ', '')}"
    first, second, frame = elements(snippets(site, text, URL, address))
    assert frame.attributes["title"] == text
    assert {first.attributes["data-fallback"], second.attributes["data-fallback"]} == {address}
    assert [e.tag for e in (first, second, frame)] == ["script", "script", "iframe"]


@pytest.mark.parametrize("url", ["", "answers.example", "ftp://answers.example", "https://", "javascript:alert(1)",
                                 "https://answers.example:99999", "https://answers.example/a b"])  # fmt: skip
def test_an_address_that_is_none_is_refused(sites: Sites, url: str) -> None:
    """The flag it was given with is named."""
    site = sites.get("polar")
    assert site
    with pytest.raises(SettingsError, match=r"^--public-url must be an address"):
        snippets(site, "Title", url)
    if url:
        with pytest.raises(SettingsError, match=r"^--fallback must be an address"):
            snippets(site, "Title", URL, url)


def test_the_command_prints_the_snippets_of_a_site(
    sites: Sites, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The title of the plain frame is in the site's language."""
    site = sites.get("plum")
    assert site
    command = f"widget-snippet plum --public-url {URL} --sites {tmp_path / 'sites.yaml'}"
    assert main(shlex.split(command)) == 0
    title = read_wording(CORPUS)["es"]["widget_frame"]
    assert capsys.readouterr().out == f"{snippets(site, title, URL)}\n"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("widget-snippet nobody --public-url https://a.example --sites {file}", "there is no site 'nobody' in {file}"),
        ("widget-snippet polar --public-url https://a.example", "there is no site 'polar' since no file"),
        ("widget-snippet polar --public-url a.example --sites {file}", "--public-url must be an address"),
        ("widget-snippet polar --public-url https://a.example --sites {file}.txt", "there is no such file"),
    ],
)
def test_what_cannot_be_printed_is_told_in_one_line(
    sites: Sites,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    said: str,
) -> None:
    """On standard error, with status 1."""
    monkeypatch.delenv("SITES_FILE", raising=False)
    file = tmp_path / "sites.yaml"
    assert main(shlex.split(command.format(file=file))) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert said.format(file=file) in output.err
    assert output.err.count("\n") == 1
