"""What serves is the model without PyTorch: the same answers, sooner, and nothing told to anybody."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from index.answer import BUILT, Explainer
from index.build import build
from index.encoder import SentenceTransformerEncoder
from index.errors import IndexFolderError
from index.manifest import as_json, sealed
from index.served import FILE, Precision, ServedEncoder, read_told
from index.serving import LEAST
from index.store import BuiltIndex
from tests.conftest import SMALL

pytestmark = pytest.mark.model
HEAVY = {"torch", "transformers", "sentence_transformers", "sklearn", "scipy", "bm25s"}
QUESTION = "does it really raise ATP 500%?"


@pytest.fixture(scope="module")
def small_served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the small corpus, built with the real model."""
    folder = tmp_path_factory.mktemp("served")
    build(SMALL, folder, SentenceTransformerEncoder())
    return folder


@pytest.fixture
def copied(small_served: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_served, tmp_path / "built"))


def rewrite(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change what encoder.json tells, and seal it again."""
    told = read_told(folder)
    change(told)
    (folder / FILE).write_bytes(as_json(sealed({key: value for key, value in told.items() if key != "sha256"})))


@pytest.mark.parametrize("command", [["ask", QUESTION], ["check-ad", "-"]])
def test_a_command_starts_without_pytorch_and_leaves_nothing_behind(
    real: Explainer, command: list[str], tmp_path: Path
) -> None:
    """No heavy library is loaded, and no library writes into the home of whoever asks."""
    program = (
        "import sys; from app.command import main; status = main(sys.argv[1:]); "
        f"print(sorted({HEAVY!r} & set(sys.modules)), status, file=sys.stderr)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ORT_")}
    found = subprocess.run(
        [sys.executable, "-c", program, *command],
        env={**environment, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        input=b"Raises ATP by 500%.", capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert (found.stderr.decode(), b"ATP" in found.stdout) == ("[] 0\n", True)
    assert list(tmp_path.rglob("*")) == []


def test_serving_gives_the_vectors_and_the_answers_of_the_original(real: Explainer) -> None:
    """For every golden question, but for what nearly ties."""
    assert isinstance(real.encoder, ServedEncoder)
    original = Explainer(BuiltIndex.load(BUILT), SentenceTransformerEncoder())
    texts = [question.text for question in real.corpus.questions][::7]
    served = real.encoder.encode(texts)
    assert np.einsum("ij,ij->i", served, original.encoder.encode(texts)).min() >= LEAST["float32"]
    assert served.shape == (len(texts), real.encoder.dimensions)
    for text in texts:
        ours, theirs = real.ask(text), original.ask(text)
        assert (ours.outcome, ours.cards[:1], ours.safety) == (theirs.outcome, theirs.cards[:1], theirs.safety)


@pytest.mark.parametrize("precision", get_args(Precision))
def test_a_text_has_the_same_bits_whatever_it_is_embedded_with(real: Explainer, precision: Precision) -> None:
    """On that rests that many who ask at once get the answers they would get alone."""
    encoder = ServedEncoder(BUILT, read_told(BUILT), precision)
    texts = [question.text for question in real.corpus.questions]
    alone = [encoder.encode([text])[0] for text in texts]
    assert np.array_equal(encoder.encode(texts), alone)
    assert encoder.encode([]).shape == (0, encoder.dimensions)


def test_texts_are_embedded_together_only_where_they_do_not_touch() -> None:
    """In int8 the scale of one would be that of all."""
    float32, int8 = (ServedEncoder(BUILT, read_told(BUILT), precision) for precision in ("float32", "int8"))
    assert (float32.count_tokens(QUESTION), int8.count_tokens(QUESTION)) == (10, 0)


def test_a_form_that_would_answer_otherwise_is_refused_by_name() -> None:
    """On the real corpus the small form gives another first card to some golden question, and says to which."""
    told = read_told(BUILT)
    if told["use"] == "int8":
        assert told["refused"] == {}
    else:
        assert told["use"] == "float32"
        assert "the first card for" in told["refused"]["int8"] or "cosine" in told["refused"]["int8"]


def test_without_an_export_pytorch_answers_and_one_line_says_so(copied: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Once for each time an index is loaded."""
    served = Explainer.load(copied).ask("will i sleep longer")
    (copied / FILE).unlink()
    with caplog.at_level(logging.WARNING, "explainer"):
        explainer = Explainer.load(copied)
        assert explainer.ask("will i sleep longer").cards[0].id == served.cards[0].id
    assert isinstance(explainer.encoder, SentenceTransformerEncoder)
    said = [record.getMessage() for record in caplog.records if record.name == "explainer"]
    assert len(said) == 1
    assert f"{copied} holds no exported encoder" in said[0]


@pytest.mark.parametrize("other", [{"weights": "0" * 64}, {"recipe": 1}], ids=["encoder", "version"])
def test_an_export_of_another_encoder_or_version_is_not_used(copied: Path, other: dict[str, object]) -> None:
    """Its vectors would not be those of the index, or its files are others."""
    rewrite(copied, lambda told: told.update(other))
    assert isinstance(Explainer.load(copied).encoder, SentenceTransformerEncoder)


@pytest.mark.parametrize("harm", ["altered", "missing"])
@pytest.mark.parametrize("part", ["model", "weights", "pooling", "tokenizer"])
def test_a_harmed_export_is_refused_by_name(copied: Path, part: str, harm: str) -> None:
    """One line with the file and the cure; the next build makes it anew."""
    told = read_told(copied)
    file = copied / (told["tokenizer"] if part == "tokenizer" else told[told["use"]][part])["name"]
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(IndexFolderError, match=rf"{file.name} (is missing|was altered).*explainer build"):
        Explainer.load(copied)


def test_a_harmed_list_of_what_was_exported_is_refused(copied: Path) -> None:
    """It would tell of other files."""
    told = json.loads((copied / FILE).read_bytes())
    (copied / FILE).write_text(json.dumps({**told, "longest": 8}), encoding="utf-8")
    with pytest.raises(IndexFolderError, match=rf"{FILE} was altered or cut short"):
        Explainer.load(copied)


def test_a_build_takes_over_what_was_exported_and_makes_anew_what_was_harmed(copied: Path) -> None:
    """With the same bytes each time."""
    before = {
        file.name: file.read_bytes() for file in copied.iterdir() if file.name.startswith(("encoder", "tokenizer"))
    }
    lines: list[str] = []
    build(SMALL, copied, SentenceTransformerEncoder(), lines.append)
    assert not any("exporting" in line for line in lines)
    (copied / read_told(copied)["int8"]["weights"]["name"]).write_bytes(b"harmed")
    build(SMALL, copied, SentenceTransformerEncoder(), lines.append)
    assert any("exporting" in line for line in lines)
    assert before == {name: (copied / name).read_bytes() for name in before}
