"""A source is itself, once, and as its registers know it; a verdict is no stronger than its sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.check import RULES, check_folder
from index.check.dates import (
    cards_are_reviewed_after_their_sources_were_read,
    next_reviews_are_near,
    retraction_checks_are_dated,
)
from index.check.identifiers import identifiers_agree, identifiers_are_well_formed, sources_stand_once
from index.check.verdicts import (
    cards_do_not_rest_on_sellers_alone,
    counter_evidence_is_cited,
    verdict_needs_are_in_their_lists,
    verdicts_rest_on_sources,
)
from index.folder import Folder, read_folder
from index.records import Problem

Rule = Callable[[Folder], Iterator[Problem]]
OURS: tuple[Rule, ...] = (
    identifiers_are_well_formed,
    identifiers_agree,
    sources_stand_once,
    verdict_needs_are_in_their_lists,
    verdicts_rest_on_sources,
    cards_do_not_rest_on_sellers_alone,
    counter_evidence_is_cited,
    next_reviews_are_near,
    cards_are_reviewed_after_their_sources_were_read,
    retraction_checks_are_dated,
)
TRIAL = "evidence/trial-2010.md"
TRIAL_URL = 'url: "https://journal.example/trial-2010"'


def complaints(draft: Path) -> list[str]:
    return [str(problem) for problem in check_folder(read_folder(draft))]


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.__name__)
def test_the_small_corpus_keeps_the_rule(rule: Rule, draft: Path) -> None:
    """It passes each rule, and each is one that every check runs."""
    assert list(rule(read_folder(draft))) == []
    assert rule in RULES


@pytest.mark.parametrize(
    "line",
    [
        'doi: "10.1002/(SICI)1097-0258(19980815/30)17:15/16<1661::AID-SIM968>3.0.CO;2-2"',
        'pmid: "7140077"',
        'locator: "NCT01030380, K103472, DEN160029"',
        'locator: "Vitamin K 2000, PMC1234567, NCT"',
    ],
)
def test_what_registers_write_is_well_formed(draft: Path, line: str) -> None:
    """Old DOIs with brackets, too."""
    replace(draft / TRIAL, TRIAL_URL, f"{line}\n{TRIAL_URL}")
    assert complaints(draft) == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('doi: "https://doi.org/10.1234/abc"', "doi must look like 10.1234/abc: 'https://doi.org/10.1234/abc'"),
        ('doi: "10.1234/abc."', "doi must look like 10.1234/abc: '10.1234/abc.'"),
        ('pmid: "123456789"', "pmid must be digits alone, at most eight: '123456789'"),
        ('pmid: "PMC7140077"', "pmid must be digits alone, at most eight: 'PMC7140077'"),
        ('locator: "NCT 01030380"', "an NCT number is NCT and 8 digits: 'NCT01030380'"),
        ('locator: "NCT1030380"', "an NCT number is NCT and 8 digits: 'NCT1030380'"),
        ('locator: "K10347"', "a 510(k) number is K and 6 digits: 'K10347'"),
    ],
)
def test_an_identifier_that_no_register_writes_is_a_problem(draft: Path, line: str, complaint: str) -> None:
    """With the form it should have."""
    replace(draft / TRIAL, TRIAL_URL, f"{line}\n{TRIAL_URL}")
    assert complaints(draft) == [f"{TRIAL}:8: {complaint}"]


@pytest.mark.parametrize(
    "url", ["hats.example/a", "ftp://hats.example/a", "https://hats", "https://[hats", "https://hats.example:99999/",
            "https://me:secret@hats.example/", "https://hats.example/a b"],
)  # fmt: skip
def test_an_address_that_cannot_be_opened_is_a_problem(draft: Path, url: str) -> None:
    """Told in one line, never by a stack trace."""
    replace(draft / TRIAL, TRIAL_URL, f'url: "{url}"')
    assert complaints(draft) == [f"{TRIAL}:8: url must be a web address beginning with https://: {url!r}"]


def test_where_a_source_was_read_is_an_address_or_words(draft: Path) -> None:
    """An address may be followed by words; one that is none is told."""
    replace(draft / TRIAL, '  - where: "https://journal.example/trial-2010"', '  - where: "https://journal (a copy)"')
    assert complaints(draft) == [f"{TRIAL}:10: where must be a web address beginning with https://: 'https://journal'"]
    replace(draft / TRIAL, '"https://journal (a copy)"', '"A printed copy in a library"')
    assert complaints(draft) == []


@pytest.mark.parametrize(
    ("line", "url", "complaint"),
    [
        ('doi: "10.1234/Ears"', "https://doi.org/10.1234/ears", None),
        ('pmid: "12"', "https://pubmed.ncbi.nlm.nih.gov/12/", None),
        ('doi: "10.1234/ears"', "https://doi.org/10.1234/nose", "url names another DOI than doi '10.1234/ears'"),
        ('pmid: "12"', "https://pubmed.ncbi.nlm.nih.gov/21/", "url names another PMID than pmid '12'"),
    ],
)
def test_an_address_names_the_same_work_as_its_doi_or_pmid(
    draft: Path, line: str, url: str, complaint: str | None
) -> None:
    """A reader who follows it finds the source."""
    replace(draft / TRIAL, TRIAL_URL, f'{line}\nurl: "{url}"')
    assert complaints(draft) == ([f"{TRIAL}:9: {complaint}: {url!r}"] if complaint else [])


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ('doi: "10.1234/EARS"', 'doi: "10.1234/ears"', "doi"),
        ('pmid: "12"', 'pmid: "12"', "pmid"),
        ('url: "https://www.journal.example/x/"', 'url: "http://journal.example/x#top"', "url"),
        ('locator: "NCT01030380"', 'locator: "Record NCT01030380"', "number NCT01030380"),
        ('locator: "K103472"', 'locator: "K103472 cleared 2011"', "number K103472"),
        ('title: "Ears: under felt!"\nyear: 2001', 'title: "Ears under Felt"\nyear: 2001', "title and year"),
    ],
)
def test_a_source_under_two_ids_is_a_problem(draft: Path, first: str, second: str, name: str) -> None:
    """However the same number or address is written."""
    for file, lines in (("evidence/mice-2001.md", first), (TRIAL, second)):
        keys = {line.partition(":")[0] for line in lines.splitlines()}
        text = (draft / file).read_text(encoding="utf-8").splitlines()
        kept = [line for line in text if line.partition(":")[0] not in keys]
        (draft / file).write_text("\n".join([kept[0], *lines.splitlines(), *kept[1:]]) + "\n", encoding="utf-8")
    assert complaints(draft) == [f"{TRIAL}:2: has the same {name} as evidence/mice-2001.md: keep one entry"]


def ask_of_supported(draft: Path) -> None:
    """Write what "supported" asks for, as a maintainer does."""
    meaning = '    meaning: "What we read backs this up."\n'
    needs = "    bearings: [supports]\n    labels: [randomised-trial]\n"
    replace(draft / "verdicts.yaml", meaning, meaning + needs)


def test_a_verdict_rests_on_what_it_asks_for(draft: Path) -> None:
    """The trial supports the card and carries the label."""
    ask_of_supported(draft)
    assert complaints(draft) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ([("direction: supports", "direction: background")], ": cite one or change the verdict"),
        ([("treatment: subject", "treatment: another-kind")], ": trial-2010 is on another treatment, which does not count"),
        ([("kind: randomised-trial", "kind: animal"), ("label: randomised-trial", "label: animal")],
         " with one of the labels randomised-trial: trial-2010 is not"),
    ],
    ids=["no such bearing", "another treatment", "weaker label"],
)  # fmt: skip
def test_a_verdict_stronger_than_its_sources_is_a_problem(
    draft: Path, changes: list[tuple[str, str]], complaint: str
) -> None:
    """The table beside the verdicts says what each needs."""
    ask_of_supported(draft)
    for old, new in changes:
        replace(draft / TRIAL, old, new)
    assert complaints(draft) == [
        f"claims/warm-ears.md:5: verdict 'supported' needs a source that bears 'supports' on it{complaint}"
    ]


def test_what_is_known_of_the_body_may_come_from_anywhere_but_a_seller(draft: Path) -> None:
    """No trial of the treatment could tell how a body works."""
    ask_of_supported(draft)
    for old, new in (("kind: randomised-trial", "kind: animal"), ("label: randomised-trial", "label: animal")):
        replace(draft / TRIAL, old, new)
    replace(draft / TRIAL, "treatment: subject", "treatment: none")
    assert complaints(draft) == []
    for old, new in (("kind: animal", "kind: manufacturer"), ("label: animal", "label: sellers-claim")):
        replace(draft / TRIAL, old, new)
    assert [line.partition(" (")[0] for line in complaints(draft)] == [
        "claims/warm-ears.md:5: verdict 'supported' needs a source that bears 'supports' on it with one of the labels "
        "randomised-trial: trial-2010 is not",
        "claims/warm-ears.md:7: rests on what sellers say alone",
    ]


def test_a_card_does_not_rest_on_sellers_alone(draft: Path) -> None:
    """What a seller says needs something else beside it."""
    replace(draft / "claims" / "sleep-300.md", "sources: [mice-2001, seller-2020]", "sources: [seller-2020]")
    assert "claims/sleep-300.md:8: rests on what sellers say alone (seller-2020): add another source" in complaints(
        draft
    )


@pytest.mark.parametrize("direction", ["contradicts", "no-effect"])
def test_counter_evidence_is_not_left_out(draft: Path, direction: str) -> None:
    """What is held against a card stands in it, unless it is about another treatment."""
    replace(
        draft / "evidence" / "mice-2001.md",
        "    direction: partly-supports\n",
        f"    direction: partly-supports\n  - card: warm-ears\n    direction: {direction}\n",
    )
    assert complaints(draft) == [
        f"claims/warm-ears.md:7: leaves out evidence/mice-2001.md, which bears '{direction}' on it: cite it"
    ]
    replace(draft / "evidence" / "mice-2001.md", "treatment: subject", "treatment: another-treatment")
    assert complaints(draft) == []


@pytest.mark.parametrize(
    ("day", "complaint"),
    [
        ("2026-01-04", "next_review 2026-01-04 is before reviewed 2026-01-05: give a later day"),
        ("2026-01-05", None),  # due at once
        ("2027-01-06", None),
        ("2027-01-07", "next_review 2027-01-07 is over a year after reviewed 2026-01-05: give an earlier day"),
    ],
)
def test_the_next_review_is_after_the_last_and_near(draft: Path, day: str, complaint: str | None) -> None:
    """At most a year."""
    replace(draft / "claims" / "warm-ears.md", "next_review: 2026-07-05", f"next_review: {day}")
    assert complaints(draft) == ([f"claims/warm-ears.md:11: {complaint}"] if complaint else [])


def test_a_review_covers_the_facts_as_last_read(draft: Path) -> None:
    """A source that was read again calls for a new review."""
    replace(draft / TRIAL, "read_on: 2026-01-05", "read_on: 2026-01-06")
    assert complaints(draft) == [
        "claims/warm-ears.md:9: reviewed 2026-01-05 is before trial-2010 was read (2026-01-06): review it again"
    ]


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("retraction: clear\nchecked_on: 2026-01-05", None),
        ("retraction: flagged\nchecked_on: 2026-01-05", None),
        ("retraction: clear", "13: retraction 'clear' needs a line 'checked_on: YYYY-MM-DD'"),
        ("retraction: not-checked\nchecked_on: 2026-01-05", "14: checked_on stands there, but retraction says 'not-checked': mend one"),
        ("retraction: clear\nchecked_on: today", "14: checked_on must be a date as YYYY-MM-DD: 'today'"),
    ],
)  # fmt: skip
def test_a_source_looked_up_for_retraction_says_when(draft: Path, lines: str, complaint: str | None) -> None:
    """A state without its day says nothing."""
    replace(draft / TRIAL, "retraction: not-checked", lines)
    assert complaints(draft) == ([f"{TRIAL}:{complaint}"] if complaint else [])
