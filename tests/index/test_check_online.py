"""The registry of DOIs is asked politely whether a source exists, is the one we mean, and was retracted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.command import main
from index.check import check_folder
from index.check.kept import MAX_AGE, Kept
from index.check.registry import Registry
from index.check.retraction import Reference, references, same_title, write_states
from index.corpus import load_corpus
from index.errors import RegistryError
from index.folder import read_folder
from tests.index.registry import LocalRegistry, serving, update, work

DAY = date(2026, 2, 1)
TRIAL = "evidence/trial-2010.md"
DOI = "10.1234/ears.2010(1)"
TITLE = "Ears under felt"


@pytest.fixture
def server() -> Iterator[LocalRegistry]:
    """A registry on this machine that knows the trial."""
    with serving() as registry:
        registry.works[DOI] = work(DOI, TITLE)
        yield registry


@pytest.fixture
def trial(draft: Path) -> Path:
    """The trial's entry, with a DOI; no other entry has one."""
    file = draft / TRIAL
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("year: 2010\n", f'year: 2010\ndoi: "{DOI.upper()}"\n'), encoding="utf-8")
    return file


class Asking:
    """Looks up a draft corpus at a local registry, and notes how long it would have waited."""

    def __init__(self, draft: Path, server: LocalRegistry, cache: Path) -> None:
        self.draft, self.server, self.cache = draft, server, cache
        self.waits: list[float] = []

    def __call__(self, today: date = DAY, mailto: str = "") -> list[Reference]:
        with Registry(
            Kept(self.cache),
            address=self.server.address,
            resolver=f"{self.server.address}/doi",
            mailto=mailto,
            today=today,
            pause=0.25,
            wait=self.waits.append,
        ) as registry:
            return list(references(read_folder(self.draft), registry))

    def trial(self) -> Reference:
        return next(reference for reference in self() if reference.source.path == TRIAL)


@pytest.fixture
def ask(draft: Path, trial: Path, server: LocalRegistry, tmp_path: Path) -> Asking:
    """The look-up of the draft corpus at the local registry."""
    return Asking(draft, server, tmp_path / "kept" / "references.jsonl")


def test_every_source_is_told_with_its_state_and_day(ask: Asking) -> None:
    """One that was looked up says when; one without a DOI says that it was not."""
    assert list(map(str, ask())) == [
        "evidence/care-2015.md: not checked: has no DOI",
        "evidence/mice-2001.md: not checked: has no DOI",
        "evidence/seller-2020.md: not checked: has no DOI",
        "evidence/trial-2010.md: clear on 2026-02-01",
    ]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"updated-by": [update("retraction", "10.1234/note")]}, "retraction 10.1234/note"),
        (
            {"updated-by": [update("expression_of_concern", "10.1234/worry", "retraction-watch")]},
            "expression of concern 10.1234/worry",
        ),
        ({"updated-by": [update("partial_retraction", "10.1234/part")]}, "partial retraction 10.1234/part"),
        ({"updated-by": [update("withdrawal", "10.1234/w"), update("correction", "10.1234/c")]}, "withdrawal 10.1234/w"),
        ({"update-to": [update("retraction", "10.1234/other")]}, "itself a notice of retraction 10.1234/other"),
        ({"relation": {"is-retracted-by": [{"id-type": "doi", "id": "10.1234/note", "asserted-by": "object"}]}},
         "is-retracted-by 10.1234/note"),
        ({"title": [f"RETRACTED: {TITLE}"]}, "titled 'RETRACTED: Ears under felt'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_notice_that_casts_doubt_flags_a_source(
    ask: Asking, server: LocalRegistry, more: dict[str, object], why: str
) -> None:
    """Whoever told of it; that the entry says otherwise is a problem to look at."""
    server.works[DOI] = work(DOI, TITLE, **more)
    found = ask.trial()
    assert (found.state, found.why) == ("flagged", why)
    assert [str(problem) for problem in found.problems] == [
        f"{TRIAL}:14: retraction is 'not-checked', but there is a notice ({why}): read it"
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"updated-by": [update("correction", "10.1234/c"), update("erratum", "10.1234/e"), update("new_version", "x")]},
        {"relation": {"has-preprint": [{"id-type": "doi", "id": "10.1101/p", "asserted-by": "subject"}]}},
        {"updated-by": None, "relation": [], "title": TITLE},
    ],
    ids=["corrected", "preprinted", "of another form"],
)
def test_what_casts_no_doubt_flags_nothing(ask: Asking, server: LocalRegistry, more: dict[str, object]) -> None:
    """A correction is no retraction, and an odd record is read as far as it goes."""
    server.works[DOI] = work(DOI, TITLE, **more)
    assert (ask.trial().state, ask.trial().problems) == ("clear", ())


def test_a_doi_of_another_work_is_a_problem(ask: Asking, server: LocalRegistry) -> None:
    """The study that was looked up is not the one that we mean, so nothing is known of ours."""
    server.works[DOI] = work(DOI, "A history of the bowler hat in four volumes")
    found = ask.trial()
    assert found.state == "not checked"
    assert [str(problem) for problem in found.problems] == [
        f"{TRIAL}:7: the DOI {DOI.upper()} belongs to 'A history of the bowler hat in four volumes', "
        "not to 'Ears under felt': mend one"
    ]


def test_a_title_that_cannot_be_printed_is_written_out(ask: Asking, server: LocalRegistry) -> None:
    """A registry's words reach a terminal as plain text, and are kept."""
    server.works[DOI] = work(DOI, "\x1b[31mFelt\ud800 and a history of the bowler hat")
    assert "belongs to '\\x1b[31mFelt\\ud800 and a" in str(ask.trial())
    assert str(ask.trial()) == str(ask.trial())


def test_a_doi_that_nobody_knows_is_a_problem(ask: Asking, server: LocalRegistry) -> None:
    """Neither Crossref nor doi.org."""
    server.works.clear()
    assert [str(problem) for problem in ask.trial().problems] == [
        f"{TRIAL}:7: no registry knows the DOI {DOI.upper()}: mend it or take it out"
    ]


def test_a_doi_of_another_agency_exists_but_was_not_checked(ask: Asking, server: LocalRegistry) -> None:
    """DataCite, say: doi.org knows its title, and nobody tells of retractions."""
    server.works.clear()
    server.elsewhere[DOI] = {"type": "article-journal", "DOI": DOI, "title": "Ears Under Felt."}
    found = ask.trial()
    assert (found.state, found.problems) == ("not checked", ())
    assert found.why == f"the registry of {DOI.upper()} tells nothing of retractions"
    assert [path.partition("?")[0] for path in server.asked] == [
        "/works/10.1234%2Fears.2010%281%29",
        "/doi/10.1234/ears.2010%281%29",
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ears under felt", "EARS UNDER <i>FELT</i>.", True),
        ("Ears &amp; felt: a randomised trial", "Ears & felt — a randomised trial", True),
        ("Effects of felt on the temperature of ears", "Effects of felt on the temperature of ears: a trial in Leeds", True),
        ("Effects of felt on the temperature of ears", "Effects of fellt on temperature of the ears", True),
        ("Effects of felt on the temperature of ears", "Effects of wool on the growth of sheep in winter", False),
        ("Felt", "How one felt about ears in the last century", False),
        ("Felt", "", False),
    ],
)  # fmt: skip
def test_titles_are_compared_by_their_words(one: str, other: str, same: bool) -> None:
    """Case, marks, markup, a subtitle and a slip make no difference."""
    assert same_title(one, other) is same


def test_an_answer_is_kept_and_not_asked_for_twice_in_a_week(ask: Asking, server: LocalRegistry) -> None:
    """A run that broke off goes on; after a week a look-up is a new one."""
    ask()
    ask(DAY + MAX_AGE)
    assert len(server.asked) == 1
    later = ask(DAY + MAX_AGE + timedelta(days=1))
    assert (len(server.asked), str(later[-1])) == (2, "evidence/trial-2010.md: clear on 2026-02-09")


def test_a_file_of_answers_that_was_cut_off_is_still_read(ask: Asking, server: LocalRegistry) -> None:
    """What is whole counts; what is torn is asked again, on a line of its own."""
    ask()
    whole = ask.cache.read_bytes()
    ask.cache.write_bytes(b'{"doi": "10.1/x", "registry"\n[]\n' + whole + whole[:20])
    ask()
    assert len(server.asked) == 1
    ask.cache.write_bytes(whole[:20])
    ask()
    assert len(server.asked) == 2
    assert [json.loads(line)["doi"] for line in ask.cache.read_bytes().splitlines()[1:]] == [DOI]


def test_answers_of_one_registry_are_not_taken_for_another_s(ask: Asking, server: LocalRegistry) -> None:
    """A mirror, or a test, leaves nothing behind that a later run believes."""
    ask()
    record = json.loads(ask.cache.read_text(encoding="utf-8"))
    ask.cache.write_text(json.dumps({**record, "registry": "https://elsewhere.example"}) + "\n", encoding="utf-8")
    ask()
    assert len(server.asked) == 2


def test_requests_come_slowly_and_say_whom_to_write_to(ask: Asking, server: LocalRegistry) -> None:
    """A pause before each, the address in the query and in the agent's name."""
    ask(mailto="hats@hats.example")
    assert server.asked[0].endswith("?mailto=hats%40hats.example")
    assert server.agents == ["claim-explainer (mailto:hats@hats.example)"]
    assert ask.waits == [0.25]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_registry_is_asked_again_after_a_while(ask: Asking, server: LocalRegistry, status: int) -> None:
    """Each wait is twice as long as the one before."""
    server.works[DOI] = [status, status, work(DOI, TITLE)]
    assert ask.trial().state == "clear"
    assert ask.waits == [0.25, 1.0, 0.25, 2.0, 0.25]


@pytest.mark.parametrize(
    ("asked", "waited"), [("7", 7.0), ("86400", 60.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 1.0), ("soon", 1.0)]
)
def test_a_registry_says_how_long_to_wait(ask: Asking, server: LocalRegistry, asked: str, waited: float) -> None:
    """At most a minute; a day gone by or no day at all is no wait."""
    server.headers["Retry-After"] = asked
    server.works[DOI] = [429, work(DOI, TITLE)]
    assert ask.trial().state == "clear"
    assert ask.waits == [0.25, waited, 0.25]


@pytest.mark.parametrize("answer", [500, 403, b"<html>", b"[]", b'{"message": null}'])
def test_an_answer_of_no_use_leaves_a_source_unchecked(ask: Asking, server: LocalRegistry, answer: object) -> None:
    """It is told, kept by nobody, and no problem of the corpus."""
    server.works[DOI] = answer
    found = ask.trial()
    assert (found.state, found.problems) == ("not checked", ())
    assert found.why == f"the registry gave no usable answer on {DOI.upper()}"
    assert not ask.cache.exists()


def test_a_registry_that_fails_three_times_in_a_row_is_left_alone(
    ask: Asking, server: LocalRegistry, draft: Path
) -> None:
    """It is down; a later run goes on with what was kept."""
    for name in ("care-2015", "mice-2001", "seller-2020"):
        file = draft / "evidence" / f"{name}.md"
        file.write_text(
            file.read_text(encoding="utf-8").replace("year:", f'doi: "10.1234/{name}"\nyear:'), encoding="utf-8"
        )
        server.works[f"10.1234/{name}"] = 503
    with pytest.raises(RegistryError, match="gave no usable answer 3 times in a row"):
        ask()
    assert not any("ears" in path for path in server.asked)


def test_where_nobody_answers_the_run_ends_with_one_line(ask: Asking) -> None:
    """After four tries."""
    ask.server.address = "http://127.0.0.1:1"
    with pytest.raises(RegistryError, match=r"cannot ask http://127.0.0.1:1/works/.*; answers so far are kept"):
        ask()
    assert ask.waits == [0.25, 1.0, 0.25, 2.0, 0.25, 4.0, 0.25]


def test_a_file_that_cannot_be_kept_is_told(ask: Asking, tmp_path: Path) -> None:
    """One line with what to do."""
    ask.cache = tmp_path  # a folder
    with pytest.raises(RegistryError, match="give another --cache"):
        ask()


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("retraction: not-checked", "retraction: clear\nchecked_on: 2026-02-01"),
        ("retraction:   'not-checked'   # not yet", "retraction:   clear   # not yet\nchecked_on: 2026-02-01"),
        ("retraction: clear\nchecked_on: 2025-01-01  # by hand", "retraction: clear\nchecked_on: 2026-02-01  # by hand"),
        ("checked_on: \"2025-01-01\"\nretraction: clear", "checked_on: 2026-02-01\nretraction: clear"),
    ],
)  # fmt: skip
def test_only_two_lines_are_written_and_every_other_byte_stays(
    ask: Asking, trial: Path, draft: Path, line: str, written: str
) -> None:
    """Comments and quotes of other fields, odd spacing, text that looks alike, the mode of the file."""
    text = trial.read_text(encoding="utf-8").replace("retraction: not-checked", f"{line}\nn:  '40'   # people")
    text = text.replace("One small trial", "We read: retraction: not-checked. One small trial").rstrip("\n")
    trial.write_text(text, encoding="utf-8")
    trial.chmod(0o640)
    others = {file: file.read_bytes() for file in draft.rglob("*.*") if file != trial}
    assert list(write_states(draft, ask())) == [trial]
    assert trial.read_bytes() == text.replace(line, written, 1).encode()
    assert trial.stat().st_mode & 0o777 == 0o640
    assert {file: file.read_bytes() for file in draft.rglob("*.*") if file != trial} == others
    assert list(write_states(draft, ask())) == []


def test_what_was_written_passes_the_check(ask: Asking, draft: Path) -> None:
    """The two lines are fields that the form knows, and the day reaches the corpus."""
    list(write_states(draft, ask()))
    assert check_folder(read_folder(draft)) == ()
    assert [source.checked_on for source in load_corpus(draft).sources] == [None, None, None, DAY]


def test_a_flag_set_by_hand_is_not_cleared(ask: Asking, trial: Path, draft: Path) -> None:
    """The registry may not know what an editor read."""
    text = trial.read_text(encoding="utf-8").replace("not-checked", "flagged\nchecked_on: 2025-01-01")
    trial.write_text(text, encoding="utf-8")
    found = ask()
    assert list(write_states(draft, found)) == []
    assert [str(problem) for problem in found[-1].problems] == [
        f"{TRIAL}:14: retraction is 'flagged', but the registry holds no notice: look again"
    ]


def test_a_source_that_is_not_the_one_we_mean_is_not_written(ask: Asking, server: LocalRegistry, draft: Path) -> None:
    """Neither is one that was not looked up."""
    server.works[DOI] = work(DOI, "A history of the bowler hat in four volumes")
    assert list(write_states(draft, ask())) == []


def run(draft: Path, server: LocalRegistry, tmp_path: Path, *more: str) -> int:
    cache = str(tmp_path / "kept.jsonl")
    return main(["--corpus", str(draft), "check", "--online", "--registry", server.address, "--cache", cache, *more])


def test_the_command_tells_every_source_and_writes_where_asked(
    draft: Path, trial: Path, server: LocalRegistry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 0 where nothing is wrong."""
    assert run(draft, server, tmp_path, "--write") == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == f"{TRIAL}: clear on {date.today()}"
    assert err == "wrote 1 of 4 sources\n3 cards and 4 sources: no problems\n"
    assert f"retraction: clear\nchecked_on: {date.today()}\n" in trial.read_text(encoding="utf-8")


def test_the_command_lists_a_retraction_as_a_problem(
    draft: Path, trial: Path, server: LocalRegistry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1; as JSON with the state of every source beside it."""
    server.works[DOI] = work(DOI, TITLE, **{"updated-by": [update("retraction", "10.1234/note")]})
    assert run(draft, server, tmp_path, "--format", "json") == 1
    found = json.loads(capsys.readouterr().out)
    assert [problem["line"] for problem in found["problems"]] == [14]
    assert found["references"][-1] == {
        "source": "trial-2010",
        "state": "flagged",
        "on": str(date.today()),
        "why": "retraction 10.1234/note",
    }


@pytest.mark.parametrize("option", [["--write"], ["--mailto", "a@b.example"], ["--cache", "x"]])
def test_options_of_the_look_up_need_it(draft: Path, capsys: pytest.CaptureFixture[str], option: list[str]) -> None:
    """A plain check never asks anybody."""
    assert main(["--corpus", str(draft), "check", *option]) == 2
    assert capsys.readouterr() == ("", "explainer: --write, --mailto and --cache need --online beside them\n")
