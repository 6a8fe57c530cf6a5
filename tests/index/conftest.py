"""What the tests of `index` share: a copy of the small corpus to spoil, and hand-made records."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import SMALL


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A copy of the small corpus that a test may change."""
    return Path(shutil.copytree(SMALL, tmp_path / "draft"))
