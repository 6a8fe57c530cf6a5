"""A file is old or new, never half of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.disk import ASIDE, sweep_asides, write_whole


def test_a_file_is_replaced_whole_and_can_be_read_by_others(tmp_path: Path) -> None:
    """Nothing else is left in the folder."""
    file = tmp_path / "notes"
    write_whole(file, b"old")
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """A folder stands where the file should be: it stays, and so does what is in it."""
    (tmp_path / "notes" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "notes", b"new")
    assert [file.name for file in tmp_path.iterdir()] == ["notes"]
    assert (tmp_path / "notes" / "inside").is_dir()


def test_only_what_is_half_written_is_swept(tmp_path: Path) -> None:
    """By its name."""
    for name in (f"{ASIDE}x1", "aside-x1", "notes"):
        (tmp_path / name).write_bytes(b"")
    sweep_asides(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["aside-x1", "notes"]
