"""Only a sound file of sites is used: who may show us in a frame is exact, and what they say of themselves is whole."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.command import main
from app.sites import INTERESTS, Site, Sites, read_sites
from app.theme import CORNERS, TOKENS, Theme, theme_css
from index.entry import MAX_BYTES, read_entry
from index.errors import SitesError
from tests.conftest import CORPUS, SMALL

EXAMPLE = Path(__file__).parents[2] / "sites.example.yaml"
LANGUAGES = ("en", "es")
LEAST = 'felt:\n  name: "Felt"\n  origins: ["https://felt.example"]\n  interest: none\n'
OTHER = 'yarn:\n  name: "Yarn"\n  origins: ["https://yarn.example"]\n  interest: sells-both\n'
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of sites, put in the place of the one before as editors do, and return where it is."""

    def write(content: str) -> Path:
        new = tmp_path / "new"
        new.write_text(content, encoding="utf-8")
        return new.replace(tmp_path / "sites.yaml")

    return write


def problems(file: Path) -> list[str]:
    """The problems of a file, as `line: message`; none where it is sound."""
    try:
        read_sites(file, LANGUAGES)
    except SitesError as error:
        return [f"{problem.line}: {problem.message}" for problem in error.problems]
    return []


def with_origins(*origins: str) -> str:
    return LEAST.replace('["https://felt.example"]', json.dumps(origins, ensure_ascii=False))


def with_theme(**theme: str) -> str:
    return LEAST + "  theme:\n" + "".join(f'    {key.replace("_", "-")}: "{value}"\n' for key, value in theme.items())


def test_a_site_is_read_whole(write: Write) -> None:
    """Every key is in its place, in the order of the file; colours are written one way."""
    full = (
        'felt-2:\n  name: "Felt & Söhne"\n  origins: ["https://felt.example:8443", "http://localhost:3000"]\n'
        "  language: es\n  position: left\n  interest: sells-devices\n  paused: true\n"
        '  theme:\n    accent: "#5A0B3E"\n    corners: square\n'
    )
    assert read_sites(write(full + LEAST), LANGUAGES) == (
        Site(
            id="felt-2",
            name="Felt & Söhne",
            origins=("https://felt.example:8443", "http://localhost:3000"),
            interest="sells-devices",
            language="es",
            position="left",
            paused=True,
            theme=Theme(accent="#5a0b3e", corners="square"),
        ),
        Site(id="felt", name="Felt", origins=("https://felt.example",), interest="none"),
    )


def test_what_may_be_left_out_has_its_default(write: Write) -> None:
    """English, on the right, shown, in our own colours."""
    (site,) = read_sites(write(LEAST), LANGUAGES)
    assert (site.language, site.position, site.paused, site.theme) == ("en", "right", False, None)


def test_a_file_may_hold_no_site(write: Write) -> None:
    """Then nobody may show us."""
    assert read_sites(write("{}\n"), LANGUAGES) == ()


@pytest.mark.parametrize("key", ["name", "origins", "interest"])
def test_what_a_reader_must_know_of_a_site_cannot_be_left_out(write: Write, key: str) -> None:
    """Least of all its interest: a reader is told what the site sells."""
    without = "".join(line for line in LEAST.splitlines(keepends=True) if f" {key}:" not in line)
    assert problems(write(without)) == [f"1: {key} is missing: write '{key}: …'"]


@pytest.mark.parametrize("interest", INTERESTS)
@pytest.mark.parametrize("corpus", [CORPUS, SMALL])
def test_every_interest_has_its_sentence(write: Write, interest: str, corpus: Path) -> None:
    """In every language, with the name of the site in it."""
    (site,) = read_sites(write(LEAST.replace("none", interest)), LANGUAGES)
    wording = read_entry(corpus / "wording.yaml", corpus).fields
    for texts in wording.values():
        assert "{name}" in texts.text(site.interest_key)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(
            LEAST.replace("felt:", "Felt_1:"),
            "1: a site's id must be lower-case words joined by hyphens: 'Felt_1'",
            id="id",
        ),
        pytest.param("felt: yes\n", "1: the site 'felt' must be a group of 'key: value'", id="site without keys"),
        pytest.param(LEAST + LEAST, "5: has the key 'felt' twice", id="site twice"),
        pytest.param(LEAST + '  name: "Yarn"\n', "5: has the key 'name' twice", id="key twice"),
        pytest.param(
            LEAST + "  colour: red\n",
            "5: unknown key 'colour': use one of name, origins, language, position, interest, paused, theme",
            id="unknown key",
        ),
        pytest.param(LEAST.replace('"Felt"', "[Felt]"), "2: name must be one line of text", id="name a list"),
        pytest.param(LEAST.replace("Felt", " - "), "2: name is empty: write what the site is called", id="name empty"),
        pytest.param(
            LEAST.replace("Felt", "F" * 81), "2: name may have up to 80 characters; this one has 81", id="name long"
        ),
        pytest.param(
            LEAST.replace("Felt", "Fe\u202elt"), "2: has an invisible character, '\\u202e': remove it", id="name turned"
        ),
        pytest.param(
            LEAST.replace("Felt", "Fe\\u202Elt"),
            "2: name has an invisible character, '\\u202e': remove it",
            id="name turned by an escape",
        ),
        pytest.param(
            LEAST.replace("Felt", "Felt\\nYarn"),
            "2: name has an invisible character, '\\n': remove it",
            id="name of two lines",
        ),
        pytest.param(LEAST + "  language: de\n", "5: language must be one of en, es: 'de'", id="language"),
        pytest.param(LEAST + "  language: [en]\n", "5: language must be one line of text", id="language a list"),
        pytest.param(LEAST + "  position: top\n", "5: position must be one of right, left: 'top'", id="position"),
        pytest.param(
            LEAST.replace("none", "some"),
            "4: interest must be one of sells-treatments, sells-devices, sells-both, none: 'some'",
            id="interest",
        ),
        pytest.param(LEAST + "  paused: yes\n", "5: paused must be one of true, false: 'yes'", id="paused"),
        pytest.param(LEAST + "  theme: dark\n", "5: theme must be a group of 'key: value'", id="theme"),
        pytest.param(
            with_theme(accent="#0b5a5e", paper="#000000"),
            "7: unknown key 'paper': use one of accent, accent-ink, accent-dark, accent-ink-dark, corners",
            id="colour that is not the site's",
        ),
        pytest.param(
            LEAST + "  theme:\n    accent: #0b5a5e\n",
            "6: accent must be a colour as \"#rrggbb\", in quotes: ''",
            id="colour taken for a comment",
        ),
        pytest.param(
            with_theme(accent="#0b5;}"),
            "6: accent must be a colour as \"#rrggbb\", in quotes: '#0b5;}'",
            id="colour that would end its line",
        ),
        pytest.param(LEAST + "  theme:\n    accent: [red]\n", "6: accent must be one line of text", id="colour a list"),
        pytest.param(with_theme(corners="oval"), "6: corners must be one of round, soft, square: 'oval'", id="corners"),
        pytest.param("", "1: must hold fields, one 'key: value' a line", id="empty file"),
        pytest.param(LEAST + "# " + "x" * MAX_BYTES, f"1: is larger than {MAX_BYTES} bytes: split it", id="large file"),
        pytest.param(
            "felt:\n  b: c: d\n", "2: is not valid YAML: mapping values are not allowed in this context", id="YAML"
        ),
    ],
)
def test_a_fault_is_one_problem_with_its_line(write: Write, content: str, complaint: str) -> None:
    """Each is told once, where it stands, and nothing of the file is used."""
    assert problems(write(content)) == [complaint]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(LEAST.replace("Felt", "F" * 80), id="name of 80 characters"),
        pytest.param(LEAST.replace("Felt", "نمد\u200cها"), id="name whose letters are joined"),
        pytest.param(with_origins(), id="no origin"),
        pytest.param(LEAST + "  language: es\n", id="language"),
        pytest.param(LEAST + "  position: left\n", id="position"),
        pytest.param(LEAST + "  paused: false\n", id="paused"),
        pytest.param(LEAST + "  theme: {}\n", id="theme of nothing"),
        pytest.param(with_theme(accent="#0B5A5E", accent_ink="#FFFFFF"), id="theme"),
        *(pytest.param(with_theme(corners=corners), id=corners) for corners in CORNERS),
        pytest.param(LEAST + "# " + "x" * 100_000, id="long comment"),
    ],
)
def test_what_is_right_is_no_problem(write: Write, content: str) -> None:
    """The other side of every fault."""
    assert problems(write(content)) == []


def test_every_problem_is_told_at_once(write: Write) -> None:
    """In the order of their lines, over all sites, those of YAML among them."""
    found = problems(write(LEAST.replace("none", "some") + OTHER.replace("yarn.example", "*.example") + "  name: x\n"))
    assert [problem.split(":")[0] for problem in found] == ["4", "7", "9"]


def test_the_default_language_must_be_one_of_the_corpus_too(write: Write) -> None:
    """A corpus without English makes every site say its language."""
    with pytest.raises(SitesError, match=r"sites\.yaml:1: language is missing: use one of es"):
        read_sites(write(LEAST), ("es",))


@pytest.mark.parametrize(
    "origin",
    [
        "https://felt.example",
        "https://www.felt-and-yarn.co.example",
        "https://xn--mller-kva.example",
        "https://felt.example:8443",
        "https://1felt.example",
        "http://localhost",
        "http://localhost:8000",
        "http://127.0.0.1:8000",
        "https://localhost:8443",
    ],
)
def test_an_origin_is_scheme_host_and_port(write: Write, origin: str) -> None:
    """It is kept as it stands, since a browser compares it so."""
    (site,) = read_sites(write(with_origins(origin)), LANGUAGES)
    assert site.origins == (origin,)


@pytest.mark.parametrize(
    ("origin", "complaint"),
    [
        ("http://felt.example", "must begin with https:// (http:// only for localhost and 127.0.0.1)"),
        ("http://localhost.felt.example", "must begin with https:// (http:// only for localhost and 127.0.0.1)"),
        ("felt.example", "must begin with https://"),
        ("//felt.example", "must begin with https://"),
        ("HTTPS://felt.example", "must begin with https://"),
        ("data://felt.example", "must begin with https://"),
        (" https://felt.example", "must begin with https://"),
        ("null", "must begin with https://"),
        ("", "must begin with https://"),
        ("*", "must begin with https://"),
        ("'self'", "must begin with https://"),
        ("https://*.felt.example", "may have no wildcard: list each origin"),
        ("https://felt.example:*", "may have no wildcard: list each origin"),
        ("https://me@felt.example", "may name no user or password"),
        ("https://me:word@felt.example", "may name no user or password"),
        *(
            (
                f"https://felt.example{character}",
                "may have no space, quote, comma, semicolon or backslash: one origin an item",
            )
            for character in " ;,'\"\\"
        ),
        ("https://felt.example/", "ends with its host or port: remove the path, and the last '/' too"),
        ("https://felt.example/shop", "ends with its host or port: remove the path, and the last '/' too"),
        ("https://felt.example:8443/", "ends with its host or port: remove the path, and the last '/' too"),
        ("https://felt.example?a", "ends with its host or port: remove the path, and the last '/' too"),
        ("https://felt.example#a", "ends with its host or port: remove the path, and the last '/' too"),
        ("https://Felt.example", "must be in lower case"),
        ("https://müller.example", "must have its host in punycode, as xn--…"),
        ("https://felt.example\u0661", "must have its host in punycode, as xn--…"),
        ("https://", "must be https:// and a host, then perhaps : and a port"),
        ("https://felt..example", "must be https:// and a host, then perhaps : and a port"),
        ("https://felt.example.", "must be https:// and a host, then perhaps : and a port"),
        ("https://-felt.example", "must be https:// and a host, then perhaps : and a port"),
        ("https://felt_.example", "must be https:// and a host, then perhaps : and a port"),
        ("https://felt.example:", "must be https:// and a host, then perhaps : and a port"),
        ("https://felt.example:080", "must be https:// and a host, then perhaps : and a port"),
        ("https://[::1]", "must be https:// and a host, then perhaps : and a port"),
        (f"https://{'f' * 64}.example", "must be https:// and a host, then perhaps : and a port"),
        ("https://203.0.113.5", "must name its host: browsers let no IP address frame a page"),
        ("https://felt.0x7f", "must name its host: browsers let no IP address frame a page"),
        ("https://felt.example:443", "must leave out the port 443, which https has anyway"),
        ("http://localhost:80", "must leave out the port 80, which http has anyway"),
        ("https://felt.example:65536", "must have a port from 1 to 65535"),
    ],
)
def test_an_origin_is_nothing_else(write: Write, origin: str, complaint: str) -> None:
    """What is wrong with it is named."""
    assert problems(write(with_origins(origin))) == [f"3: an origin {complaint}: {origin!r}"]


def test_an_origin_stands_once_in_a_site(write: Write) -> None:
    """Two sites may share one: each has its own snippet."""
    twice = with_origins("https://felt.example", "https://felt.example")
    assert problems(write(twice)) == ["3: has the origin 'https://felt.example' twice"]
    assert problems(write(LEAST + OTHER.replace("yarn.example", "felt.example"))) == []


@pytest.mark.parametrize("origins", ['"https://felt.example"', "", "[[x]]", "[{a: b}]"])
def test_origins_are_a_list(write: Write, origins: str) -> None:
    """Nobody is written as []."""
    content = LEAST.replace('["https://felt.example"]', origins)
    assert problems(write(content)) == ['3: origins must be a list, as ["https://clinic.example"]']


@given(place=st.integers(0, 25), character=st.characters(codec="utf-8"))
def test_no_character_slips_an_origin_into_a_header(
    tmp_path_factory: pytest.TempPathFactory, place: int, character: str
) -> None:
    """Whatever is put into a sound origin, what is then accepted is still one host of letters, digits and hyphens."""
    origin = "https://www.felt.example:8443"
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(with_origins(origin[:place] + character + origin[place:]), encoding="utf-8", newline="")
    try:
        (site,) = read_sites(file, LANGUAGES)
    except SitesError:
        return
    (accepted,) = site.origins
    parts = urlsplit(accepted)
    assert re.fullmatch(r"[a-z0-9.-]+", str(parts.hostname))
    assert accepted == f"https://{parts.hostname}:{parts.port}"


@pytest.mark.parametrize(
    ("theme", "complaints"),
    [
        (
            {"accent": "#13898f"},
            [
                "accent #13898f on --paper #fbf9f5 (light) has a contrast of 3.99",
                "accent #13898f on --sheet #ffffff (light) has a contrast of 4.19",
                "accent #13898f on --well #f3efe7 (light) has a contrast of 3.66",
                "accent-ink #ffffff on accent #13898f (light) has a contrast of 4.19",
            ],
        ),
        ({"accent": "#75706a"}, ["accent #75706a on --well #f3efe7 (light) has a contrast of 4.27"]),
        ({"accent_ink": "#0b5a5e"}, ["accent-ink #0b5a5e on accent #0b5a5e (light) has a contrast of 1.00"]),
        (
            {"accent_dark": "#7a828a", "accent_ink_dark": "#000000"},
            [
                "accent-dark #7a828a on --sheet #1c2327 (dark) has a contrast of 4.08",
                "accent-dark #7a828a on --well #242c31 (dark) has a contrast of 3.64",
            ],
        ),
        (
            {"accent_ink_dark": "#7FD0CF"},
            ["accent-ink-dark #7fd0cf on accent-dark #7fd0cf (dark) has a contrast of 1.00"],
        ),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused(write: Write, theme: dict[str, str], complaints: list[str]) -> None:
    """Every pair below 4.5 is named with its ratio, those with a default colour among them."""
    end = ", and 4.5 is needed (WCAG AA): choose colours further apart"
    assert problems(write(with_theme(**theme))) == [f"6: {complaint}{end}" for complaint in complaints]


@pytest.mark.parametrize(("accent", "enough"), [("#767676", True), ("#777777", False)])
def test_the_contrast_is_that_of_wcag(write: Write, accent: str, enough: bool) -> None:
    """The two greys either side of 4.5 on white that WCAG's own tools name: 4.54 and 4.47."""
    on_white = [problem for problem in problems(write(with_theme(accent=accent))) if "--sheet" in problem]
    assert (on_white == []) == enough
    assert enough or "has a contrast of 4.47, and 4.5 is needed" in on_white[0]


def test_our_own_colours_pass(write: Write) -> None:
    """Written out, they are a theme without a problem; left out, they are what a theme has."""
    css = TOKENS.read_text(encoding="utf-8")
    accents, inks = (re.findall(rf"--{name}: (#\w+);", css) for name in ("accent", "accent-ink"))
    ours = {"accent": accents[0], "accent_ink": inks[0], "accent_dark": accents[1], "accent_ink_dark": inks[1]}
    assert problems(write(with_theme(**ours))) == []
    assert Theme() == Theme(**ours, corners="round")


def test_a_theme_is_a_style_sheet_for_light_and_dark() -> None:
    """Accent, what is written on it, focus ring and corners; nothing else of ours is changed."""
    theme = Theme(
        accent="#111111", accent_ink="#eeeeee", accent_dark="#dddddd", accent_ink_dark="#222222", corners="soft"
    )
    light, dark = theme_css(theme).split("@media (prefers-color-scheme: dark)")
    assert dict(re.findall(r"(--[\w-]+): ([^;]+);", light)) == {
        "--accent": "#111111",
        "--accent-ink": "#eeeeee",
        "--focus": "#111111",
        "--radius": "0.25rem",
    }
    assert dict(re.findall(r"(--[\w-]+): ([^;]+);", dark)) == {
        "--accent": "#dddddd",
        "--accent-ink": "#222222",
        "--focus": "#dddddd",
    }


def test_round_corners_are_our_own() -> None:
    """As tokens.css has them."""
    radius = re.search(r"--radius: [^;]+;", TOKENS.read_text(encoding="utf-8"))
    assert radius
    assert radius[0] in theme_css(Theme())
    assert "--radius: 0rem;" in theme_css(Theme(corners="square"))


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Theme)])
def test_no_other_text_reaches_the_style_sheet(field: str) -> None:
    """A theme that is not made of colours cannot be made."""
    with pytest.raises(ValueError, match=r"written as #rrggbb|corners are one of"):
        Theme(**{field: "#111111; } body { display: none"})


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    """Missing, a folder, of another name, in another encoding: each says so, with its path."""
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "sites.txt").write_text(LEAST)
    (tmp_path / "old.yaml").write_bytes(LEAST.replace("Felt", "F\u00e9lt").encode("latin-1"))
    (tmp_path / "round.yaml").symlink_to(tmp_path / "round.yaml")
    for name, complaint in {
        "none.yaml": "1: there is no such file",
        "round.yaml": "1: there is no such file",
        "folder.yaml": "1: is not a file: put the file itself here",
        "sites.txt": "1: must have a name that ends in .yaml",
        "old.yaml": "2: is not UTF-8: save the file as UTF-8",
    }.items():
        with pytest.raises(SitesError) as caught:
            read_sites(tmp_path / name, LANGUAGES)
        assert list(map(str, caught.value.problems)) == [f"{tmp_path / name}:{complaint}"]
        assert str(caught.value).startswith(
            f"{tmp_path / name}:{complaint} (of 1 problems: run 'explainer check-sites'"
        )


def test_a_link_to_the_file_is_followed(tmp_path: Path, write: Write) -> None:
    """As settings are often put beside a server; problems name the path that was given."""
    (tmp_path / "there").mkdir()
    link = tmp_path / "there" / "linked.yaml"
    link.symlink_to(write(LEAST))
    assert problems(link) == []
    write("felt: no\n")
    with pytest.raises(SitesError, match=f"^{link}:1: the site 'felt'"):
        read_sites(link, LANGUAGES)


def test_without_a_file_there_is_no_site() -> None:
    """Nobody may show us until a file says so."""
    sites = Sites(None, LANGUAGES)
    assert (sites.get("felt"), sites.origins()) == (None, frozenset())


def test_a_bad_file_at_the_start_is_refused(write: Write) -> None:
    """A server does not start with sites that nobody meant."""
    with pytest.raises(SitesError):
        Sites(write("felt: no\n"), LANGUAGES)


def test_a_paused_site_is_known_and_may_not_show_us(write: Write) -> None:
    """Its origins count for nothing, unless another site lists them too."""
    sites = Sites(write(LEAST + "  paused: true\n" + OTHER), LANGUAGES)
    assert sites.origins() == {"https://yarn.example"}
    assert sites.get("felt") == Site(
        id="felt", name="Felt", origins=("https://felt.example",), interest="none", paused=True
    )
    assert sites.get("hat") is None


def test_a_change_of_the_file_is_in_force_without_a_restart(write: Write) -> None:
    """A site more, a site less, an origin exchanged."""
    sites = Sites(write(LEAST), LANGUAGES, every=0)
    write(LEAST + OTHER)
    assert sites.origins() == {"https://felt.example", "https://yarn.example"}
    write(OTHER.replace("yarn.example", "wool.example"))
    assert sites.get("felt") is None
    assert sites.origins() == {"https://wool.example"}


def test_the_file_is_not_looked_at_all_the_time(write: Write) -> None:
    """Between two looks the sites stay as they are."""
    sites = Sites(write(LEAST), LANGUAGES, every=3600)
    write(OTHER)
    assert sites.origins() == {"https://felt.example"}


def test_a_bad_change_keeps_the_sites_and_is_told_once(write: Write, caplog: pytest.LogCaptureFixture) -> None:
    """One line with the first problem; another when the file has changed again; good ones are taken up."""
    file = write(LEAST)
    sites = Sites(file, LANGUAGES, every=0)
    with caplog.at_level(logging.INFO, logger="explainer"):
        write(OTHER.replace("sells-both", "some") + "  paused: no\n")
        for _ in range(3):
            assert sites.origins() == {"https://felt.example"}
        file.unlink()
        for _ in range(3):
            assert sites.origins() == {"https://felt.example"}
        write(OTHER)
        assert sites.origins() == {"https://yarn.example"}
    assert caplog.messages == [
        f"the sites stay as they were: {file}:4: interest must be one of sells-treatments, sells-devices, sells-both, "
        "none: 'some' (of 2 problems: run 'explainer check-sites' to list them)",
        f"the sites stay as they were: {file}:1: there is no such file "
        "(of 1 problems: run 'explainer check-sites' to list them)",
    ]


def test_a_file_that_comes_back_as_it_was_is_read_again(tmp_path: Path, write: Write) -> None:
    """A file moved away and back is the same file."""
    file = write(LEAST)
    sites = Sites(file, LANGUAGES, every=0)
    os.rename(file, tmp_path / "away.yaml")
    assert sites.get("felt")
    os.rename(tmp_path / "away.yaml", file)
    assert sites.get("felt") == Site(id="felt", name="Felt", origins=("https://felt.example",), interest="none")


def test_the_example_passes_and_shows_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever copies it begins with a sound file."""
    assert main(["check-sites", str(EXAMPLE)]) == 0
    assert capsys.readouterr() == ("", "2 sites: no problems\n")
    site, least = read_sites(EXAMPLE, LANGUAGES)
    assert (site.id, site.theme) == ("example-clinic", Theme())
    assert least == Site(id="example-school", name="Example School", origins=(), interest="none")
    keys = set(re.findall(r"^ +([a-z-]+):", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))
    named = {field.name.replace("_", "-") for kind in (Site, Theme) for field in dataclasses.fields(kind)}
    assert keys == named - {"id"}


def test_check_sites_lists_every_problem(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """As lines, as JSON, and as GitHub shows them; exit status 1, nothing on standard error."""
    file = write(LEAST.replace("none", "some") + "  paused: no\n")
    interest = "interest must be one of sells-treatments, sells-devices, sells-both, none: 'some'"
    paused = "paused must be one of true, false: 'no'"
    for way, expected in {
        "text": f"{file}:4: {interest}\n{file}:5: {paused}\n",
        "github": f"::error file={file},line=4::{interest}\n::error file={file},line=5::{paused}\n",
    }.items():
        assert main(["check-sites", str(file), "--format", way]) == 1
        assert capsys.readouterr() == (expected, "")
    assert main(["check-sites", str(file), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "problems": [
            {"path": str(file), "line": 4, "message": interest},
            {"path": str(file), "line": 5, "message": paused},
        ]
    }


def test_check_sites_knows_the_languages_of_the_corpus(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those of its wording, whichever corpus it is; without one it says so."""
    file = write(LEAST + "  language: es\n")
    assert main(["--corpus", str(SMALL), "check-sites", str(file)]) == 0
    assert capsys.readouterr().err == "1 sites: no problems\n"
    (tmp_path / "wording.yaml").write_text("en: {title: Felt}\n")
    assert main(["--corpus", str(tmp_path), "check-sites", str(file)]) == 1
    assert capsys.readouterr().out == f"{file}:5: language must be one of en: 'es'\n"
    assert main(["--corpus", str(tmp_path / "none"), "check-sites", str(file)]) == 1
    assert f"{tmp_path / 'none' / 'wording.yaml'}:1: is not a file" in capsys.readouterr().err
