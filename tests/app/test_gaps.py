"""What readers ask that the corpus has nothing on is counted, and no question can be read back from the counts."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import sqlite3
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.command import main
from app.gaps import DAYS, FIVE, Countable, Gaps
from app.gaps_file import Listing, listing_json, read_gaps
from app.word_groups import MOST_WORDS, WordGroups, known_words
from index.answer import Explainer
from index.errors import SettingsError
from index.records import Answer, Outcome

MONDAY = date(2026, 3, 2)
KEPT = 90
# No word of the file's own tables, so that a word that is found in its bytes is a reader's.
KNOWN = (
    "rosacea", "tattoo", "tattoos", "laser", "lasers", "menopause", "help", "helps", "works", "neck",
    "rose", "green", "clinic", "example", "husband", "doctor's", "young", "naïve", "old", "ear",
    "does", "with", "the", "ed", "x2",
)  # fmt: skip
OTHERS = ("maria", "smith", "zanzibar", "hepatitis")  # known to nobody
PLAIN = st.lists(st.sampled_from(KNOWN + OTHERS), max_size=8).map(" ".join)
QUESTIONS = PLAIN | st.text(max_size=60)
SITES = ("", "felt", "yarn", "wool")  # one fewer than it takes
ASKED = st.lists(st.tuples(QUESTIONS, st.integers(0, FIVE - 2), st.sampled_from(SITES)), min_size=1, max_size=8)
few = settings(max_examples=40, deadline=None)  # each writes to the disk many times


def opened(file: Path, *, days: int = KEPT, known: Iterable[str] = KNOWN, today: date = MONDAY) -> Gaps:
    return Gaps(file, days=days, known=frozenset(known), today=today)


def ask(gaps: Gaps, question: str, days: int = FIVE, *, cards: Sequence[str] = (), start: date = MONDAY) -> None:
    """Ask a question on so many days in a row."""
    for day in range(days):
        gaps.note(question, cards, "", start + timedelta(day))


def words(found: Listing) -> dict[str, int]:
    return {count.name: count.count for count in found.words}


def cards(found: Listing) -> dict[str, int]:
    return {count.name: count.count for count in found.cards}


def everything(folder: Path) -> bytes:
    """The bytes of every file in a folder, whoever left it there."""
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one example of many."""
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where counts are to be kept; nothing is there yet."""
    return tmp_path / "gaps.db"


@few
@given(asked=ASKED)
def test_below_five_the_file_is_the_same_whatever_was_asked(asked: list[tuple[str, int, str]]) -> None:
    """Byte for byte that of questions without a word: nobody can read from it what is not in it."""
    with folder() as here, folder() as there:
        gaps, silent = opened(here / "gaps.db"), opened(there / "gaps.db")
        for question, day, site in asked:
            gaps.note(question, ("c-1", "c-2"), site, MONDAY + timedelta(day))
            silent.note("", ("c-1", "c-2"), site, MONDAY + timedelta(day))
        assert everything(here) == everything(there)


@few
@given(asked=ASKED)
def test_below_five_no_word_is_in_the_bytes(asked: list[tuple[str, int, str]]) -> None:
    """Neither while it runs, nor after a restart, nor after everything was deleted."""
    said = {word.casefold().encode() for question, _, _ in asked for word in question.split() if word.isascii()}
    with folder() as here:
        gaps = opened(here / "gaps.db")
        empty = everything(here).lower()
        for question, day, site in asked:
            gaps.note(question, (), site, MONDAY + timedelta(day))
        for moment in (None, MONDAY + timedelta(FIVE), MONDAY + timedelta(2 * KEPT)):
            if moment:
                opened(here / "gaps.db", today=moment)
            found = everything(here).lower()
            assert [word for word in said if len(word) > 3 and word in found and word not in empty] == []


@few
@given(asked=st.lists(st.tuples(PLAIN, st.integers(0, 6), st.sampled_from((*SITES, "loom", "silk"))), max_size=25))
def test_the_file_holds_the_groups_of_five_days_or_sites_and_no_others(asked: list[tuple[str, int, str]]) -> None:
    """A question that brings one group to five takes no other with it."""
    days: dict[str, set[int]] = defaultdict(set)
    sites: dict[str, set[str]] = defaultdict(set)
    with folder() as here:
        gaps = opened(here / "gaps.db")
        for question, day, site in sorted(asked, key=lambda one: one[1]):
            gaps.note(question, (), site, MONDAY + timedelta(day))
            for group in WordGroups(KNOWN).of(question):
                days[group].add(day)
                sites[group].add(site)
        expected = {group for group in days if max(len(days[group]), len(sites[group])) >= FIVE}
        assert words(gaps.listed()).keys() == expected


@few
@given(question=QUESTIONS, days=st.integers(1, 12))
def test_no_question_is_ever_in_the_file(question: str, days: int) -> None:
    """However often it comes, at most two known words stand together."""
    with folder() as here:
        gaps = opened(here / "gaps.db")
        ask(gaps, question, days)
        for group in words(gaps.listed()):
            assert 1 <= len(group.split()) <= 2
            assert set(group.split()) <= set(KNOWN)
        if len(set(question.casefold().split())) > 2:
            assert question.casefold().encode("utf-8", "replace") not in everything(here).lower()


def test_a_group_of_five_days_is_listed(file: Path) -> None:
    """With one for each day, and one more each time from then on."""
    gaps = opened(file)
    ask(gaps, "rosacea laser", FIVE - 1)
    assert words(gaps.listed()) == {}
    ask(gaps, "rosacea laser", 1, start=MONDAY + timedelta(FIVE))
    assert words(gaps.listed()) == {"laser": 5, "rosacea": 5, "rosacea laser": 5}
    ask(gaps, "laser", 2, start=MONDAY + timedelta(FIVE))
    assert words(gaps.listed()) == {"laser": 7, "rosacea": 5, "rosacea laser": 5}


def test_a_group_of_five_sites_is_listed(file: Path) -> None:
    """On one day, too."""
    gaps = opened(file)
    for site in SITES:
        gaps.note("menopause", (), site, MONDAY)
    assert words(gaps.listed()) == {}
    gaps.note("menopause", (), "loom", MONDAY)
    assert words(gaps.listed()) == {"menopause": 5}


def test_often_is_not_five_days(file: Path) -> None:
    """Nor are four days on four sites each."""
    gaps = opened(file)
    for day in range(FIVE - 1):
        for site in SITES * 3:
            gaps.note("menopause", (), site, MONDAY + timedelta(day))
    assert words(gaps.listed()) == {}


def test_five_days_must_lie_within_what_is_kept(file: Path) -> None:
    """A day that is older than a count may be no longer counts."""
    gaps = opened(file, days=7)
    for day in range(0, 20, 2):
        gaps.note("menopause", (), "", MONDAY + timedelta(day))
        assert words(gaps.listed()) == {}


def test_a_group_that_was_deleted_must_reach_five_anew(file: Path) -> None:
    """Though its days are not all too old: a row goes with its week."""
    gaps = opened(file, days=7)
    ask(gaps, "menopause", start=MONDAY + timedelta(2))
    assert words(gaps.listed()) == {"menopause": 5}
    ask(gaps, "menopause", FIVE - 1, start=MONDAY + timedelta(7))
    assert words(gaps.listed()) == {}
    ask(gaps, "menopause", 1, start=MONDAY + timedelta(7 + FIVE - 1))
    assert words(gaps.listed()) == {"menopause": 5}


@pytest.mark.parametrize(
    ("question", "groups"),
    [
        ("rosacea", {"rosacea"}),
        ("does the laser help with rosacea", {"laser", "help", "rosacea", "laser help", "help rosacea"}),
        ("Does THE laser help?", {"laser", "help", "laser help"}),
        ("lasers and tattoos", {"laser", "tattoo", "laser tattoo"}),
        ("laser-rosacea", {"laser", "rosacea", "laser rosacea"}),
        ("laser laser", {"laser"}),
        ("laser, rosacea. Help! (neck) “old”", {"laser", "rosacea", "neck", "old"}),
        ("laser zanzibar rosacea", {"laser", "rosacea"}),
        ("", set()),
        ("does it with the", set()),
    ],
)
def test_groups_are_words_and_pairs_of_neighbours(question: str, groups: set[str]) -> None:
    """By their stems; stop words are passed over, and what does not count parts two words."""
    assert WordGroups(KNOWN).of(question) == groups


@pytest.mark.parametrize(
    "question",
    [
        "rose.green@clinic.example",
        "<rose-green@clinic.example>",
        "mailto:rose@green",
        "https://clinic.example/rose",
        "www.clinic.example",
        "clinic.example",
        "0151 496 0123",
        "rose1 2green x2",
        "١٢٣ ²",
        "Rose Green",
        "ROSE",
        "Rose-Green",
        "rOSE",
        "maria smith",
        "doctor's",
        "ed",
        "rose_green",
        "rose/green",
        "cafe\u0301 " + "ro\u200bse",
    ],
)
def test_no_name_number_or_address_is_a_group(question: str) -> None:
    """Not even of known words: a name is written with a capital, and an address is one piece."""
    assert WordGroups(KNOWN).of(question) == frozenset()


@given(name=st.sampled_from([word for word in KNOWN if word.isalpha()]), text=st.text(max_size=20))
def test_a_known_word_with_a_capital_is_taken_for_a_name(name: str, text: str) -> None:
    """Wherever it stands."""
    groups = WordGroups((name,))
    assert groups.of(f"{text} {name.capitalize()} {name.upper()}") == groups.of(text)


def test_a_long_text_is_a_story_and_has_no_groups() -> None:
    """It is counted by its cards alone."""
    groups = WordGroups(KNOWN)
    assert groups.of("laser " * MOST_WORDS) == {"laser"}
    assert groups.of("laser " * (MOST_WORDS + 1)) == frozenset()


def test_the_corpus_knows_no_word_that_it_writes_with_a_capital(small: Explainer) -> None:
    """What it calls by a name stays uncounted; its examples of other subjects count."""
    known = known_words(small.corpus)
    assert {"hat", "quiet"} <= known
    assert all(word == word.lower() for word in known)
    outside = " ".join(text for sort in small.corpus.outside for text in sort.texts)
    assert WordGroups(known).of(" ".join(outside.lower().split()[:MOST_WORDS]))


def test_the_three_nearest_cards_are_counted_from_the_first_time_on(file: Path) -> None:
    """Each once for a question."""
    gaps = opened(file)
    gaps.note("", ("c-1", "c-2", "c-1", "c-3", "c-4"), "", MONDAY)
    gaps.note("", ("c-2",), "felt", MONDAY + timedelta(8))
    assert [(count.name, count.count) for count in gaps.listed().cards] == [("c-2", 2), ("c-1", 1), ("c-3", 1)]


def test_a_row_names_a_week_and_nothing_else(file: Path) -> None:
    """No day, no site; whatever the order they came in."""
    sunday = MONDAY + timedelta(6)
    gaps = opened(file, today=sunday - timedelta(7))
    gaps.note("", ("c-1",), "felt", sunday)
    ask(gaps, "tattoo laser", FIVE, start=sunday - timedelta(FIVE - 1))
    with closing(sqlite3.connect(file)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master ORDER BY name")]
        rows = {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    week = MONDAY.toordinal()
    assert rows == {
        "cards": [("c-1", week, 1)],
        "words": [("laser", week, 5), ("tattoo", week, 5), ("tattoo laser", week, 5)],
    }


def test_what_is_too_old_is_deleted_once_a_day(file: Path) -> None:
    """By the next question that is counted, and nothing of it is left in the bytes."""
    gaps = opened(file)
    ask(gaps, "rosacea laser", cards=("c-old",))
    ask(gaps, "menopause", start=MONDAY + timedelta(14))
    gaps.note("", ("c-new",), "", MONDAY + timedelta(KEPT - 1))
    assert words(gaps.listed()).keys() == {"rosacea", "laser", "rosacea laser", "menopause"}
    gaps.note("", ("c-new",), "", MONDAY + timedelta(KEPT))
    assert words(gaps.listed()) == {"menopause": 5}
    assert cards(gaps.listed()) == {"c-new": 2}
    found = everything(file.parent)
    assert not [word for word in (b"rosacea", b"laser", b"c-old") if word in found]


@pytest.mark.parametrize("weekday", range(7))
def test_nothing_is_kept_longer_than_said(file: Path, weekday: int) -> None:
    """Whatever day of the week it was counted on; and it is kept for all but the last week of that."""
    day = MONDAY + timedelta(weekday)
    gaps = opened(file, days=7, today=day)
    gaps.note("", ("c-1",), "", day)
    assert cards(gaps.listed()) == {"c-1": 1}
    gaps.forget(day + timedelta(7))
    assert cards(gaps.listed()) == {}


def test_what_is_too_old_is_deleted_at_the_start(file: Path) -> None:
    """A server that was down for months does not show it again."""
    ask(opened(file), "rosacea", cards=("c-old",))
    assert words(opened(file, today=MONDAY + timedelta(KEPT - 1)).listed()) == {"rosacea": 5}
    assert opened(file, today=MONDAY + timedelta(KEPT)).listed() == Listing(cards=(), words=())
    assert b"rosacea" not in everything(file.parent)
    assert b"c-old" not in everything(file.parent)


def test_a_restart_forgets_what_is_below_five_and_goes_on_with_the_rest(file: Path) -> None:
    """That is the price of a file that holds nothing of it."""
    gaps = opened(file)
    ask(gaps, "rosacea", FIVE)
    ask(gaps, "menopause", FIVE - 1)
    after = opened(file, today=MONDAY + timedelta(6))
    ask(after, "rosacea menopause", 1, start=MONDAY + timedelta(6))
    assert words(after.listed()) == {"rosacea": 6}


def test_groups_below_five_cannot_fill_the_memory(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was seen longest ago makes room."""
    monkeypatch.setattr("app.gaps._MOST_UNLISTED", 2)
    gaps = opened(file)
    for question in ("rosacea", "laser", "rosacea", "menopause"):
        ask(gaps, question, FIVE - 1)
    for question in ("rosacea", "laser"):
        ask(gaps, question, 1, start=MONDAY + timedelta(FIVE))
    assert words(gaps.listed()) == {"rosacea": 5}


def test_many_at_once_are_all_counted(file: Path) -> None:
    """By threads of one server, and by another server on the same file."""
    servers = opened(file), opened(file)
    for gaps in servers:
        ask(gaps, "rosacea")

    def note(number: int) -> None:
        servers[number % 2].note("laser rosacea", ("c-1", "c-2"), f"site-{number % 3}", MONDAY)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(note, range(120)))
    found = servers[0].listed()
    assert cards(found) == {"c-1": 120, "c-2": 120}
    assert words(found) == {"rosacea": 2 * FIVE + 120}


def test_five_is_reached_once_however_many_ask_at_the_same_moment(file: Path) -> None:
    """Five for the fifth site, and one for each after it."""
    gaps = opened(file)
    asked = ("laser", "rosacea", "menopause", "help", "neck", "husband", "young", "ear")
    with ThreadPoolExecutor(8) as threads:
        for word in asked:
            list(threads.map(lambda site, word=word: gaps.note(word, (), site, MONDAY), map(str, range(8))))
    assert words(gaps.listed()) == dict.fromkeys(asked, 8)


@pytest.mark.parametrize("there", [True, False])
def test_only_the_one_who_serves_can_open_the_file(file: Path, there: bool) -> None:
    """Whatever the umask, and though an empty file was there."""
    old = os.umask(0)
    try:
        if there:
            file.touch(0o666)
        ask(opened(file), "rosacea")
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    opened(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def make_foreign(file: Path, mode: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"PRAGMA journal_mode = {mode}")
        database.execute("CREATE TABLE words (words TEXT)")
        database.execute("INSERT INTO words VALUES ('mine')")
        database.commit()


def make_other_version(file: Path) -> None:
    opened(file)
    with closing(sqlite3.connect(file)) as database:
        database.execute("ALTER TABLE words ADD COLUMN day")


def make_damaged(file: Path) -> None:
    gaps = opened(file)
    ask(gaps, "rosacea laser", cards=("c-1",))
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\x07" * (len(content) - 4096))


def make_cut(file: Path) -> None:
    ask(opened(file), "rosacea laser", cards=("c-1",))
    file.write_bytes(file.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        pytest.param(lambda file: make_foreign(file, "DELETE"), "is not a file of counts of gaps", id="another's"),
        pytest.param(lambda file: make_foreign(file, "WAL"), "is not a file of counts of gaps", id="another's, WAL"),
        pytest.param(lambda file: file.write_text("a: b\n"), "is not a file of counts of gaps", id="text"),
        pytest.param(lambda file: file.write_bytes(b"SQLite format 3\0"), "is not a file of counts", id="head alone"),
        pytest.param(make_other_version, "is damaged, or of another version", id="another version"),
        pytest.param(make_damaged, "damaged|malformed", id="damaged"),
        pytest.param(make_cut, "damaged|malformed", id="cut short"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_left_alone(file: Path, make: object, complaint: str) -> None:
    """In one line that names it; no byte changes, and nothing is put beside it."""
    make(file)  # type: ignore[operator]
    before = {path.name: path.read_bytes() for path in file.parent.iterdir()}
    for use in (opened, read_gaps):
        with pytest.raises(SettingsError, match=complaint) as error:
            use(file)  # type: ignore[operator]
        assert str(file) in str(error.value)
        assert "\n" not in str(error.value)
    assert {path.name: path.read_bytes() for path in file.parent.iterdir()} == before


def test_a_folder_or_no_folder_is_no_place_for_counts(tmp_path: Path) -> None:
    """It is said at the start."""
    with pytest.raises(SettingsError, match="is not a file of counts of gaps"):
        opened(tmp_path)
    with pytest.raises(SettingsError, match=r"cannot be kept in .*: No such file or directory"):
        opened(tmp_path / "none" / "gaps.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("days", [0, -1, DAYS[0] - 1, DAYS[-1] + 1])
def test_how_long_counts_are_kept_makes_sense(file: Path, days: int) -> None:
    """A row is a week, so a week is the least."""
    with pytest.raises(SettingsError, match=f"for 7 to 3,650 days: {days}"):
        opened(file, days=days)
    assert not file.exists()


def test_a_file_that_fails_costs_no_answer(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line is logged, without a word of the question; and no file is made that others could read."""
    gaps = opened(file)
    file.unlink()
    with caplog.at_level(logging.ERROR, "explainer"):
        gaps.note("rosacea laser", ("c-1",), "", MONDAY)
    (record,) = caplog.records
    assert record.getMessage() == "a declined question could not be counted"
    assert "rosacea" not in str(vars(record))
    assert not file.exists()


def answer(small: Explainer, question: str, outcome: Outcome, *, safety: bool = False) -> Answer:
    declined = dataclasses.replace(small.ask(""), question=question, outcome=outcome)
    return dataclasses.replace(declined, safety=small.corpus.safety[:1]) if safety else declined


@pytest.mark.parametrize("outcome", ["closest", "nothing"])
def test_a_declined_question_may_be_counted(small: Explainer, outcome: Outcome) -> None:
    """Whether titles were shown or nothing."""
    assert Countable(small.corpus).allows(answer(small, "laser for rosacea", outcome))


def test_an_answered_question_is_no_gap(small: Explainer) -> None:
    """The corpus has something on it."""
    assert not Countable(small.corpus).allows(answer(small, "laser for rosacea", "answered"))


@pytest.mark.parametrize("outcome", ["closest", "nothing"])
def test_a_question_with_a_safety_card_is_never_counted(small: Explainer, outcome: Outcome) -> None:
    """Whatever its words. (Gaps counts what it is given: it is Countable that is asked before.)"""
    countable = Countable(small.corpus)
    assert small.corpus.safety
    assert not countable.allows(answer(small, "laser for rosacea", outcome, safety=True))


def test_a_question_that_is_personal_or_near_to_urgent_is_never_counted(small: Explainer) -> None:
    """An answer that declines does not say that its question is personal, and a card may miss an emergency."""
    countable = Countable(small.corpus)
    phrases = [*small.corpus.personal, *(phrase for card in small.corpus.safety for phrase in card.phrases)]
    for phrase in phrases:
        said = phrase.replace("*", "").replace("…", " and ")
        for question in (said, f"laser {said.upper()} rosacea", f"no {said} at all"):
            assert not countable.allows(answer(small, question, "nothing")), question


def test_the_command_lists_what_to_write_next(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The highest counts first, as text or as JSON; the file stays as it is."""
    gaps = opened(file)
    ask(gaps, "rosacea", cards=("c-1", "c-2"))
    ask(gaps, "laser rosacea", cards=("c-2",))
    before = file.read_bytes()
    assert main(["gaps", str(file)]) == 0
    said = capsys.readouterr()
    assert said.out == (
        "Cards nearest to declined questions:\n     10  c-2\n      5  c-1\n"
        "Words of declined questions, from five different days or five different sites on:\n"
        "     10  rosacea\n      5  laser\n      5  laser rosacea\n"
    )
    assert main(["gaps", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == listing_json(gaps.listed())
    assert listing_json(gaps.listed())["cards"] == [{"id": "c-2", "count": 10}, {"id": "c-1", "count": 5}]
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_the_command_says_that_nothing_was_counted(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Under each head."""
    opened(file)
    assert main(["gaps", str(file)]) == 0
    assert capsys.readouterr().out.count("   none\n") == 2


def test_the_command_says_in_one_line_that_there_is_no_such_file(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And makes none."""
    assert main(["gaps", str(file)]) == 1
    said = capsys.readouterr()
    assert said.err == f"explainer: there is no file {file}: name the one that 'explainer serve' keeps\n"
    assert not file.exists()
