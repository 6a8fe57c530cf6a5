"""A file of the corpus is read strictly: what is not plainly right is a problem with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.entry import MAX_BYTES, Entry, read_entry

FRONT = b"---\nquestion: Is it soft?\n---\n"


def read(folder: Path, content: bytes, name: str = "felt.md") -> Entry:
    (folder / name).write_bytes(content)
    return read_entry(folder / name, folder)


def problems(entry: Entry) -> list[str]:
    return [str(problem) for problem in entry.problems]


def test_every_scalar_is_text_that_knows_its_line(tmp_path: Path) -> None:
    """Nothing is guessed: `no`, a date and a number stay what the editor wrote."""
    entry = read(tmp_path, b"---\na: no\nb: 2026-01-05\nc: 1e3\nd: [x, 007]\n---\n")
    assert [(key, entry.text(key), entry.text(key).line) for key in "abc"] == [
        ("a", "no", 2),
        ("b", "2026-01-05", 3),
        ("c", "1e3", 4),
    ]
    assert entry.texts("d") == ("x", "007")
    assert problems(entry) == []


def test_sections_hold_paragraphs_and_items_with_their_lines(tmp_path: Path) -> None:
    """A paragraph over two lines is one sentence; a list item is its text alone."""
    entry = read(
        tmp_path, FRONT + b"\n## In short\nIt is\nsoft.\n\nVery.\n\n## Known\n- Felt is wool.\n- So is yarn.\n"
    )
    short, known = entry.sections
    assert (short.name, short.name.line, short.paragraphs, short.items) == ("In short", 5, ("It is soft.", "Very."), ())
    assert (known.name, known.items) == ("Known", ("Felt is wool.", "So is yarn."))
    assert [item.line for item in known.items] == [12, 13]
    assert problems(entry) == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(b"---\na: x\na: y\n---\n", "3: has the key 'a' twice", id="duplicate key"),
        pytest.param(b"---\na: {b: x,\n  b: y}\n---\n", "3: has the key 'b' twice", id="duplicate key within a group"),
        pytest.param(
            b"---\na: x\n\n## In short\n",
            "1: front matter is not closed: add a line '---' after the last field",
            id="unclosed front matter",
        ),
        pytest.param(b"a: x\n", "1: must begin with a line '---' (front matter in YAML)", id="no front matter"),
        pytest.param(b"", "1: must begin with a line '---' (front matter in YAML)", id="empty file"),
        pytest.param(b"---\na: &x y\n---\n", "2: has a YAML anchor or alias: write the text out", id="anchor"),
        pytest.param(b"---\na: !!int 3\n---\n", "2: has a YAML tag, 'tag:yaml.org,2002:int': remove it", id="tag"),
        pytest.param(
            b"---\na: !!python/name:os.system x\n---\n",
            "2: has a YAML tag, 'tag:yaml.org,2002:python/name:os.system': remove it",
            id="python tag",
        ),
        pytest.param(b"---\n- a\n---\n", "2: must hold fields, one 'key: value' a line", id="list for fields"),
        pytest.param(b"---\n? [a]\n: b\n---\n", "2: has a key that is not plain text", id="list for a key"),
        pytest.param(
            b"---\na: b: c\n---\n",
            "2: is not valid YAML: mapping values are not allowed in this context",
            id="not YAML",
        ),
        pytest.param(FRONT + b"\n## A\nIt is \xe9cru.\n", "6: is not UTF-8: save the file as UTF-8", id="Latin-1"),
        pytest.param(
            b"\xef\xbb\xbf" + FRONT, "1: begins with a byte-order mark: save as UTF-8 without BOM", id="byte-order mark"
        ),
        pytest.param(
            FRONT + b"\n## A\r\n", "5: has Windows line ends: save with Unix line ends (LF)", id="Windows line ends"
        ),
        pytest.param(
            FRONT + "\n## A\nIt is \u202etfos.\n".encode(),
            "6: has an invisible character, '\\u202e': remove it",
            id="text turned round",
        ),
        pytest.param(
            FRONT + "\n## A\nfe\u200blt\n".encode(),
            "6: has an invisible character, '\\u200b': remove it",
            id="zero-width space",
        ),
        pytest.param(FRONT + b"\n## A\na\tb\n", "6: has an invisible character, '\\t': remove it", id="tab"),
        pytest.param(
            FRONT + b"\n### A\n",
            "5: has a heading other than '## ': only those part an entry",
            id="third-level heading",
        ),
        pytest.param(
            FRONT + b"\nA\n===\n",
            "5: has a heading other than '## ': only those part an entry",
            id="underlined heading",
        ),
        pytest.param(FRONT + b"\nSoft.\n\n## A\n", "5: has text before the first '## ' heading", id="text first"),
        pytest.param(
            FRONT + b"\n## A\n1. x\n", "6: may hold only '## ' headings, paragraphs and '- ' lists", id="numbered list"
        ),
        pytest.param(
            FRONT + b"\n## A\n```\nx\n```\n", "6: may hold only '## ' headings, paragraphs and '- ' lists", id="code"
        ),
    ],
)
def test_a_fault_is_one_problem_with_its_line(tmp_path: Path, content: bytes, complaint: str) -> None:
    """Each fault of form is told once, where it stands."""
    assert problems(read(tmp_path, content)) == [f"felt.md:{complaint}"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"a: x\n---\nb: y\n", "2: holds a second YAML document: keep one"),
        (b"{a: x}\nb: y\n", "2: is not valid YAML: did not find expected <document start>"),
    ],
)
def test_what_follows_the_fields_is_not_lost_in_silence(tmp_path: Path, content: bytes, complaint: str) -> None:
    """A list file holds one group of fields; more is a problem, not dropped."""
    assert problems(read(tmp_path, content, "list.yaml")) == [f"list.yaml:{complaint}"]


def test_an_alias_is_refused_as_well_as_its_anchor(tmp_path: Path) -> None:
    """An alias does not repeat text unseen."""
    entry = read(tmp_path, b"---\na: &x y\nb: *x\n---\n")
    assert [problem.line for problem in entry.problems] == [2, 3]
    assert entry.text("b") == ""


def test_fields_nested_without_end_are_a_problem(tmp_path: Path) -> None:
    """A file made to exhaust the reader does not."""
    assert problems(read(tmp_path, b"a: " + b"[" * 50_000, "list.yaml")) == [
        "list.yaml:1: is nested too deeply: write plain fields"
    ]


def test_a_link_out_of_the_corpus_is_not_followed(tmp_path: Path) -> None:
    """A file elsewhere on the machine cannot become an entry."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (tmp_path / "secret.md").write_bytes(FRONT)
    (corpus / "felt.md").symlink_to(tmp_path / "secret.md")
    entry = read_entry(corpus / "felt.md", corpus)
    assert problems(entry) == ["felt.md:1: is a link out of the corpus: put the file itself here"]
    assert entry.fields == {}


def test_a_folder_or_a_broken_link_is_a_problem(tmp_path: Path) -> None:
    """What cannot be read is told, never raised."""
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "broken.md").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round.md").symlink_to(tmp_path / "round.md")
    for name in ("folder.md", "broken.md", "round.md"):
        assert problems(read_entry(tmp_path / name, tmp_path)) == [f"{name}:1: is not a file: put the file itself here"]


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    """One megabyte is read, one byte more is not."""
    at_limit = b"a: x #".ljust(MAX_BYTES, b"x")
    assert problems(read(tmp_path, at_limit, "list.yaml")) == []
    assert problems(read(tmp_path, at_limit + b"x", "list.yaml")) == [
        "list.yaml:1: is larger than 1000000 bytes: split it"
    ]
