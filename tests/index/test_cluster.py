"""Many texts are embedded by several processes of a Ray cluster, to the same bits."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from index.build import build
from tests.conftest import SMALL
from tests.toy import ToyEncoder

ROOT = Path(__file__).parents[2]
# In a process of its own: whatever Ray does to a process ends with that.
PROGRAM = """
import sys
from pathlib import Path
from index.build import build
from index.cluster import ClusterEncoder
from tests.conftest import SMALL
from tests.toy import ToyEncoder

class Elsewhere(ToyEncoder):
    def encode(self, texts):
        assert len(texts) < FEW, "many texts are embedded here"
        return super().encode(texts)

FEW = 2  # a build asks for golden questions one by one
build(SMALL, Path(sys.argv[1]), ClusterEncoder(Elsewhere(), ToyEncoder, "local", few=FEW))
"""


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is missing: install the extra 'ray'")
def test_an_index_whose_texts_were_embedded_in_a_cluster_has_the_same_bytes(tmp_path: Path) -> None:
    """Every file of it."""
    build(SMALL, tmp_path / "here", ToyEncoder())
    with tempfile.TemporaryDirectory(prefix="ray") as ray:
        found = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "there")],
            cwd=ROOT,
            env={**os.environ, "RAY_TMPDIR": ray},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (found.stdout, found.returncode) == ("", 0), found.stderr
        assert [*Path(ray).rglob("raylet.out")] != []
    here, there = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in sorted(tmp_path.iterdir()))
    assert here == there
    assert len(here) > 3
