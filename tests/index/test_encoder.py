"""A model that is not on this machine is named, and nothing is fetched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from index.encoder import SentenceTransformerEncoder
from index.errors import EncoderError


def test_a_folder_without_weights_is_no_model(tmp_path: Path) -> None:
    """The message says what it lacks."""
    with pytest.raises(EncoderError) as caught:
        SentenceTransformerEncoder(str(tmp_path))
    assert str(caught.value) == (
        f"{tmp_path} holds no model.safetensors or pytorch_model.bin: it is not a sentence-transformers model"
    )


def test_an_encoder_is_known_by_the_digest_of_its_weights(tmp_path: Path) -> None:
    """Two models of one name are not taken for each other, and no model is loaded to tell."""
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    encoder = SentenceTransformerEncoder(str(tmp_path))
    assert (encoder.name, encoder.weights) == (str(tmp_path), hashlib.sha256(b"weights").hexdigest())


def test_a_model_that_is_not_here_is_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The local cache alone is looked at."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EncoderError, match="no model 'nobody/no-such-model' on this machine"):
        SentenceTransformerEncoder("nobody/no-such-model")
