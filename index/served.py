"""The encoder as it serves: a model exported for onnxruntime, without PyTorch; the only module that knows tokenizers."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from index.encoder import SHORT, Encoder, SentenceTransformerEncoder, Vectors, of_one_length
from index.errors import IndexFolderError
from index.manifest import manifest_digest, open_sound

RECIPE = 2  # goes up with every change of what a build exports of the same model
_MOST_TOKENS = 256  # of texts that are embedded together; more are no faster
FILE = "encoder.json"  # beside an index's manifest: what was exported of its encoder
Precision = Literal["float32", "int8"]
log = logging.getLogger("explainer")


class ServedEncoder:
    """A model exported at build time; it answers with the same vectors as the encoder it was made from, or nearly.

    All is done on one thread: a second one gains a short text nothing, and the next question
    needs it.
    """

    def __init__(self, folder: Path, told: dict[str, Any], precision: Precision) -> None:
        self.name: str = told["name"]
        self.weights: str = told["weights"]  # of the encoder it was made from
        self.dimensions: int = told["dimensions"]
        self.precision = precision
        self._apart = precision == "float32"  # what is embedded together does not touch
        self._told: str = told.get("sha256", "")  # none while it is being made
        self._longest: int = told["longest"]
        self._tokenizer_file = folder / told["tokenizer"]["name"]
        self._model_file = folder / told[precision]["model"]["name"]
        self._pooling_file = folder / told[precision]["pooling"]["name"]

    @classmethod
    def load(cls, folder: Path) -> ServedEncoder:
        """Return the encoder that a build chose for serving, with its model in memory.

        Raises IndexFolderError, naming the file and the cure, if one is missing or altered.
        """
        told = read_told(folder)
        precision: Precision = told["use"]
        check_files(folder, told, precision)
        encoder = cls(folder, told, precision)
        encoder.encode(["one"])
        return encoder

    def is_chosen_in(self, folder: Path) -> bool:
        """Say whether this is what the index of `folder` is to be served with."""
        try:
            return bool(read_told(folder)["sha256"] == self._told)
        except (FileNotFoundError, IndexFolderError):
            return False

    @cached_property
    def _tokenizer(self):  # type: ignore[no-untyped-def]  # a foreign class, imported only when used
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._tokenizer_file))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self._longest)
        return tokenizer

    @cached_property
    def _sessions(self):  # type: ignore[no-untyped-def]
        return _session(self._model_file), _session(self._pooling_file)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 vectors of shape (len(texts), dimensions), each of length 1.

        A text has the same bits whatever it is embedded together with: those are texts of as many
        tokens, and each is pooled by itself. In int8, whose scale is that of all that is multiplied
        at once, each is embedded alone.
        """
        found = np.empty((len(texts), self.dimensions), dtype=np.float32)
        ids = [self._tokenizer.encode(text).ids for text in texts]
        for numbers in of_one_length([len(one) for one in ids]):
            together = texts_together(len(ids[numbers[0]])) if self._apart else 1
            for start in range(0, len(numbers), together):
                some = numbers[start : start + together]
                found[some] = self._vectors(np.array([ids[number] for number in some], dtype=np.int64))
        return found

    def _vectors(self, ids: npt.NDArray[np.int64]) -> Vectors:
        tokens, pooling = self._sessions
        mask = np.ones_like(ids)
        embeddings = tokens.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        alone = [embeddings[number : number + 1] for number in range(len(ids))]
        return np.concatenate(
            [pooling.run(None, {"token_embeddings": one, "attention_mask": mask[:1]})[0] for one in alone]
        )

    def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has, for it may be embedded with others of as many; 0 for one that may not."""
        return len(self._tokenizer.encode(text).ids) if self._apart else 0

    def words(self) -> frozenset[str]:
        """Return the whole words of the tokenizer's vocabulary."""
        return frozenset(word for word in self._tokenizer.get_vocab() if word.isalpha())


def _session(file: Path):  # type: ignore[no-untyped-def]  # a foreign class, imported only when used
    say_nothing()
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def texts_together(tokens: int) -> int:
    """Return how many texts of so many tokens each are embedded together."""
    return max(1, _MOST_TOKENS // tokens) if tokens >= SHORT else 1


def serving_encoder(folder: Path, name: str, weights: str) -> Encoder:
    """Return the encoder to serve the index of `folder` with, made from the model `name` with those weights.

    That is the exported one; where none was made, the model itself in PyTorch, and a line of the
    log says so. Raises IndexFolderError for an export that was altered, EncoderError where there
    is no such model.
    """
    try:
        say_nothing()
        import onnxruntime  # noqa: F401

        told = read_told(folder)
        if (told["weights"], told["recipe"]) == (weights, RECIPE):
            return ServedEncoder.load(folder)
        missing = f"{folder / FILE} is of another encoder, or was exported by another version"
    except ImportError:
        missing = "onnxruntime is not installed"
    except FileNotFoundError:
        missing = f"{folder} holds no exported encoder"
    log.warning("%s: answering with PyTorch, which starts slowly; 'explainer build' exports one", missing)
    return SentenceTransformerEncoder(name)


def say_nothing() -> None:
    """Keep onnxruntime from telling its makers of its use; it must be asked before it is imported."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


def read_told(folder: Path) -> dict[str, Any]:
    """Return what encoder.json says. Raises FileNotFoundError where there is none, IndexFolderError for an altered one."""
    file = folder / FILE
    try:
        told: dict[str, Any] = json.loads(file.read_bytes())
    except (ValueError, IsADirectoryError) as error:
        raise _altered(file) from error
    if not isinstance(told, dict) or told.get("sha256") != manifest_digest(told):
        raise _altered(file)
    return told


def check_files(folder: Path, told: dict[str, Any], *precisions: Precision) -> None:
    """Raise IndexFolderError, naming the file and the cure, where a file of these forms is missing or altered."""
    for part in (told["tokenizer"], *(part for precision in precisions for part in told[precision].values())):
        with open_sound(folder / part["name"], part["sha256"]):
            pass  # it is


def _altered(file: Path) -> IndexFolderError:
    return IndexFolderError(f"{file} was altered or cut short: run 'explainer build'")
