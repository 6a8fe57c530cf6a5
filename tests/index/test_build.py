"""An index is built again when it is stale, and only then."""

from __future__ import annotations

from pathlib import Path

from index.build import build, is_stale
from index.store import MANIFEST
from tests.toy import ToyEncoder


def winter(draft: Path) -> None:
    """Put one way of asking another way."""
    file = draft / "claims" / "warm-ears.md"
    file.write_text(file.read_text(encoding="utf-8").replace("- winter ears", "- ears in winter"), encoding="utf-8")


def test_an_index_is_stale_from_any_edit_to_the_next_build(draft: Path, tmp_path: Path) -> None:
    """Missing, current, older than the corpus, current again."""
    built = tmp_path / "built"
    assert is_stale(draft, built) == f"there is no index in {built}"
    build(draft, built, ToyEncoder())
    assert is_stale(draft, built) is None
    winter(draft)
    assert is_stale(draft, built) == f"the index in {built} is older than the corpus"
    build(draft, built, ToyEncoder())
    assert is_stale(draft, built) is None


def test_a_harmed_manifest_is_stale(small_index: Path, tmp_path: Path) -> None:
    """It is built again rather than trusted."""
    (tmp_path / MANIFEST).write_bytes((small_index / MANIFEST).read_bytes()[:100])
    assert is_stale(tmp_path, tmp_path) == f"{tmp_path / MANIFEST} was altered or cut short"


def test_without_a_corpus_an_index_is_current(small_index: Path, tmp_path: Path) -> None:
    """A server that only serves needs no corpus."""
    assert is_stale(tmp_path / "nowhere", small_index) is None


def test_a_build_embeds_only_what_is_new(draft: Path, tmp_path: Path) -> None:
    """Texts that the old index holds keep their vectors, and the bytes are those of a build from nothing."""
    told: list[str] = []
    rows = len(build(draft, tmp_path / "built", ToyEncoder(), told.append).rows)
    winter(draft)
    build(draft, tmp_path / "built", ToyEncoder(), told.append)
    build(draft, tmp_path / "fresh", ToyEncoder())
    assert [line for line in told if line.startswith("embedding")] == [
        f"embedding {rows} of {rows} texts with toy",
        f"embedding 1 of {rows} texts with toy",
    ]
    one, other = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("built", "fresh"))
    assert one == other


def test_a_build_keeps_no_vector_of_another_encoder_or_of_a_harmed_index(draft: Path, tmp_path: Path) -> None:
    """What cannot be trusted is embedded again."""
    told: list[str] = []
    other = ToyEncoder()
    other.weights = "f" * 64
    rows = len(build(draft, tmp_path / "built", other).rows)
    build(draft, tmp_path / "built", ToyEncoder(), told.append)
    (vectors,) = (tmp_path / "built").glob("vectors-*")
    vectors.write_bytes(vectors.read_bytes()[:-1])
    build(draft, tmp_path / "built", ToyEncoder(), told.append)
    assert [line for line in told if line.startswith("embedding")] == [f"embedding {rows} of {rows} texts with toy"] * 2


def test_a_build_tells_the_version_last(draft: Path, tmp_path: Path) -> None:
    """The same that every answer carries."""
    told: list[str] = []
    index = build(draft, tmp_path / "built", ToyEncoder(), told.append)
    assert told[0] == f"checking {draft}"
    assert told[-1] == f"wrote {tmp_path / 'built'} (corpus version {index.version})"
