"""A citation is the same one, in whichever of the common forms it comes and goes."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.citing import Citation, Work, read_citation, works
from index.citing.bibtex import bibtex, read_bibtex
from index.citing.csl import csl_item, read_csl
from index.citing.names import Author, authors_line, authors_of, person
from index.errors import DraftError
from tests.index.made import source

PUBMED = """
PMID- 12345678
OWN - NLM
STAT- MEDLINE
VI  - 12
IP  - 3
DP  - 2019 Mar-Apr
TI  - Hats of felt and the warmth of ears: a randomised trial of 40 people who walked
      to work.
PG  - 101-9
LID - 10.1234/hats.2019.5 [doi]
AB  - TY  - is no tag here, and @this{neither}.
FAU - Müller, Anna-Lena
AU  - Müller AL
AD  - House of Hats, Nowhere.
FAU - van Dorn, Hendrik Jan
AU  - van Dorn HJ
CN  - Group of People who Study Hats in Winter and in Every
      Other Season
PT  - Journal Article
PT  - Randomized Controlled Trial
TA  - J Hats
JT  - Journal of hats
AID - 10.1234/hats.2019.5 [doi]
SO  - J Hats. 2019;12(3):101-9.
"""
RIS = """TY  - JOUR
AU  - Müller, Anna-Lena
AU  - van Dorn, H. J.
AU  - Group of People who Study Hats in Winter and in Every Other Season
TI  - Hats of felt and the warmth of ears: a randomised trial of 40 people who walked
to work
T2  - Journal of hats
PY  - 2019/03//
VL  - 12
IS  - 3
SP  - 101
EP  - 109
DO  - https://doi.org/10.1234/hats.2019.5
AN  - 12345678
DB  - PubMed
ZZ  - a tag that nobody knows
ER  -
"""
BIBTEX = r"""
% saved from somewhere
@string{hats = "Journal of hats"}
@Article{mueller2019,
  Author  = {M{\"u}ller, Anna-Lena and van Dorn, H. J. and {Group of People who Study Hats in Winter and in Every Other Season}},
  title   = {Hats of felt and the warmth of ears: a {randomised} trial of
             40 people who walked to work},
  journal = hats,
  year = 2019, month = mar, volume = {12}, number = 3, pages = {101--109},
  doi = {10.1234/hats.2019.5}, eprint = {12345678}, eprinttype = {pubmed}
}
"""
CSL = json.dumps(
    [
        {
            "type": "article-journal",
            "id": "x",
            "title": "Hats of <i>felt</i> and the warmth of ears: a randomised trial of 40 people who walked to work.",
            "author": [
                {"family": "Müller", "given": "Anna-Lena"},
                {"family": "Dorn", "given": "Hendrik Jan", "non-dropping-particle": "van"},
                {"literal": "Group of People who Study Hats in Winter and in Every Other Season"},
            ],
            "issued": {"date-parts": [["2019", 3]]},
            "container-title": "Journal of hats",
            "volume": 12,
            "issue": "3",
            "page": "101–109",
            "DOI": "10.1234/hats.2019.5",
            "PMID": "12345678",
        }
    ]
)
HATS = Citation(
    title="Hats of felt and the warmth of ears: a randomised trial of 40 people who walked to work",
    authors=(
        Author(family="Müller", initials="AL"),
        Author(family="van Dorn", initials="HJ"),
        Author(literal="Group of People who Study Hats in Winter and in Every Other Season"),
    ),
    year="2019",
    container="Journal of hats",
    volume="12",
    issue="3",
    pages="101-109",
    doi="10.1234/hats.2019.5",
    pmid="12345678",
)


@pytest.mark.parametrize("record", [PUBMED, RIS, BIBTEX, CSL], ids=["pubmed", "ris", "bibtex", "csl"])
def test_a_record_is_the_same_citation_in_every_form(record: str) -> None:
    """Wrapped lines, accents, short pages and given names in full are all read alike."""
    assert dataclasses.replace(read_citation(record), kind="") == HATS
    assert dataclasses.replace(read_citation(record.replace("\n", "\r\n")), kind="") == HATS


def test_a_citation_is_written_as_a_corpus_writes_it() -> None:
    """Authors in a line, volume, issue and pages together, an address even where the record has none."""
    assert (
        HATS.authors_line
        == "Müller AL, van Dorn HJ, Group of People who Study Hats in Winter and in Every Other Season"
    )
    assert HATS.locator == "12(3):101-109"
    assert HATS.address == "https://pubmed.ncbi.nlm.nih.gov/12345678/"
    assert Citation(doi="10.1234/a<b").address == "https://doi.org/10.1234/a%3Cb"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Randomized Controlled Trial", "randomised-trial"),
        ("Systematic Review", "systematic-review"),
        ("Case Reports", "case-report"),
        ("Practice Guideline", "guideline"),
        ("Review", ""),
        ("Clinical Trial", ""),
    ],
)
def test_a_kind_is_taken_only_from_a_record_that_says_it(said: str, kind: str) -> None:
    """PubMed's "Review" may be of either sort, and its "Clinical Trial" of any."""
    record = PUBMED.replace("Randomized Controlled Trial", said)
    assert read_citation(record).kind == kind


def test_a_review_with_trials_in_it_is_a_review() -> None:
    """Of two types the stronger one counts."""
    assert read_citation(PUBMED.replace("PT  - Journal Article", "PT  - Meta-Analysis")).kind == "systematic-review"


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ("", "neither PubMed's text nor RIS, BibTeX or CSL-JSON"),
        ("Hats of felt. Journal of hats 2019;12:101-9.", "neither PubMed's text nor RIS, BibTeX or CSL-JSON"),
        (PUBMED + PUBMED, "there are 2 records"),
        (RIS + RIS, "there are 2 records"),
        (BIBTEX + BIBTEX.replace("2019,", "2020,"), "there are 2 records"),
        (BIBTEX + BIBTEX, "there are 2 records"),
        (f"[{CSL[1:-1]}, {CSL[1:-1]}]", "there are 2 records"),
        ("[]", "there are 0 records"),
        ('{"title": "Hats"', "not valid JSON in line 1"),
        ("[1, 2]", "not CSL-JSON"),
        ('{"message": {"title": ["Hats"]}}', "has no title"),
        ("[" * 100_000, "nested too deeply"),
        ("TY  - JOUR\nAU  - Nobody\nER  - \n", "has no title"),
        ("PMID- 1\n", "has no title"),
        ("\n@article{a, title = {Hats}", "not valid BibTeX in the entry of line 2"),
        ("@article{a, author = {A, B, C, D, E}, title = {Hats}}", "not valid BibTeX in the entry of line 1"),
    ],
)
def test_a_record_that_cannot_be_read_is_one_line(
    record: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is wrong, and the libraries that read it say nothing."""
    with pytest.raises(DraftError, match=complaint) as raised:
        read_citation(record)
    assert "\n" not in str(raised.value)
    assert capsys.readouterr() == ("", "")


def test_what_programs_do_to_addresses_is_undone() -> None:
    r"""`\url{}`, an escaped underscore, a percent sign that LaTeX would take for a comment."""
    found = read_citation(
        r"@misc{a, title = {Hats}, howpublished = {\url{https://hats.example/a%20b\_c}}, doi = {10.1234/a\_b}}"
    )
    assert (found.url, found.doi, found.container) == ("https://hats.example/a%20b_c", "10.1234/a_b", "")


def test_no_file_is_read_that_a_record_names(tmp_path: Path) -> None:
    r"""LaTeX's `\input` is a word like any other."""
    (tmp_path / "secret.tex").write_text("secret", encoding="utf-8")
    found = read_citation(f"@misc{{a, title = {{Hats \\input{{{tmp_path}/secret.tex}}}}}}")
    assert found.title == "Hats"


@pytest.mark.parametrize(
    "line", ["Cheng N, Van Hoof H, et al.", "Smith J Jr", "Lottering M-L, de Sousa Neto IV", "Viera Á"]
)
def test_people_are_taken_apart_and_put_together_again(line: str) -> None:
    """Particles stay with the family name, initials apart."""
    authors, more = authors_of(line)
    assert not any(author.literal for author in authors)
    assert authors_line(authors, more) == line
    assert tuple(person(author.family, author.given, author.suffix) for author in authors) == authors


@pytest.mark.parametrize(
    "line",
    ["Facial Palsy UK", "US Food and Drug Administration, Center for Devices", "Foulds, Barker (initials unknown)"],
)
def test_what_is_not_plainly_people_stays_one_name(line: str) -> None:
    """A comma may stand within the name of an agency."""
    assert authors_of(line) == ((Author(literal=line),), False)


PLAIN = st.text(
    st.sampled_from("abcXYZ 0123456789.,:;!?'`\"-–—“”‘’()[]/\\&%$#_{}~^+=@*|éÉñßøŁőșçïλΩβμ≥×°±½日本"),
    min_size=1,
    max_size=60,
)
FIELD = PLAIN.map(lambda text: " ".join(text.split()))
TITLE = FIELD.map(lambda text: text.rstrip(".")).filter(lambda text: text and not (text[0] == "[" and text[-1] == "]"))
PERSON = st.builds(
    Author,
    family=st.sampled_from(["Müller", "van Dorn", "Óscar Łuków", "O'Brien", "Santa Cruz-Saavedra", "Muñoz", "Ōe"]),
    initials=st.sampled_from(["A", "AL", "HJ", "M-L", "AJM", "Á"]),
    suffix=st.sampled_from(["", "Jr", "III"]),
)
GROUP = st.sampled_from(["Group of Hats", "Hats and Caps, Ltd", "Café & Co. (50%)", "Őr"]).map(
    lambda n: Author(literal=n)
)
CITATIONS = st.builds(
    Citation,
    title=TITLE,
    authors=st.lists(PERSON | GROUP, max_size=4).map(tuple),
    more=st.booleans(),
    year=st.sampled_from(["", "1958", "2024"]),
    container=FIELD.filter(lambda text: not text.startswith("http")) | st.just(""),
    volume=st.sampled_from(["", "12"]),
    issue=st.sampled_from(["", "3", "3 Suppl"]),
    pages=st.sampled_from(["", "101-109", "e2021-0005", "NP531"]),
    doi=st.sampled_from(["", "10.1234/a_b(c)<d>%20#e"]),
    pmid=st.sampled_from(["", "12345678"]),
    url=st.sampled_from(["", "https://hats.example/a%20b_c?d=e&f=~g#h"]),
)


@given(
    citation=CITATIONS, type=st.sampled_from(["article-journal", "report", "chapter", "webpage", "book", "manuscript"])
)
def test_a_citation_comes_back_from_bibtex_and_from_csl(citation: Citation, type: str) -> None:
    """Whatever stands in it: signs that LaTeX takes for its own, quotes, accents, other alphabets."""
    work = Work(id="hats-2019", type=type, citation=citation, note="50% of it", read_on=date(2026, 1, 5))
    assert read_bibtex(bibtex([work])) == (citation,)
    assert read_csl(json.dumps(csl_item(work))) == (citation,)


def test_bibtex_is_plain_and_escaped() -> None:
    """A title keeps its capitals, a name its accents, and nothing in it is a command."""
    citation = Citation(
        title="ATP & the 50% rule: Müller's {x}_1",
        authors=(Author(family="Muñoz", initials="MJ"), Author(literal="Hats & Co.")),
        more=True,
        year="2019",
        container="Journal of hats",
        pages="101-109",
        url="https://hats.example/a_b%20c",
    )
    work = Work(id="hats-2019", type="article-journal", citation=citation, note="", read_on=date(2026, 1, 5))
    assert bibtex([work]).splitlines() == [
        "@article{hats-2019,",
        r"  author = {Mu{\~n}oz, M. J. and {Hats \& Co.} and others},",
        r"  title = {{ATP \& the 50\% rule: M{\"u}ller's {\textbraceleft}x{\textbraceright}\_1}},",
        "  journal = {Journal of hats},",
        "  year = {2019},",
        "  pages = {101--109},",
        "  url = {https://hats.example/a_b%20c},",
        "  urldate = {2026-01-05},",
        "}",
    ]


@pytest.mark.parametrize(
    ("changes", "type"),
    [
        ({}, "article-journal"),
        ({"kind": "manufacturer"}, "webpage"),
        ({"kind": "manufacturer", "doi": "10.1234/a"}, "article-journal"),
        ({"kind": "regulator"}, "report"),
        ({"kind": "textbook"}, "chapter"),
        ({"kind": "textbook", "container": ""}, "book"),
        ({"kind": "unpublished"}, "manuscript"),
        ({"kind": "manufacturer", "url": "https://patents.google.com/patent/US1234567B2/en"}, "patent"),
        ({"kind": "guideline", "title": "IEC 60601-2-10: stimulators of nerves and muscles"}, "standard"),
    ],
)
def test_a_source_has_a_type_of_csl(changes: dict[str, str], type: str) -> None:
    """By its kind, and by what it is known by elsewhere."""
    (work,) = works([dataclasses.replace(source(), **changes)])
    assert work.type == type


def test_what_a_page_did_not_name_is_no_name() -> None:
    """ "Not shown where read" is for readers, and no author."""
    (work,) = works([dataclasses.replace(source(), authors="Not shown where read (six authors)")])
    assert work.citation.authors == ()
