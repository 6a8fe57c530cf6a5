"""Chroma with the encoder that it takes where nobody chooses one: the same model in ONNX, and no PyTorch."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.peers.runner import Ask, Texts, run
from tests.peers.with_chroma import load_with, store_with

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
FILES = ("config.json", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt")


def store(folder: Path, model: str, given: Texts) -> None:
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2

    encoder = ONNXMiniLM_L6_V2()
    place = (
        encoder.DOWNLOAD_PATH / encoder.EXTRACTED_FOLDER_NAME
    )  # in the home of this process, which is of the run's own
    if not place.is_dir():
        _export(Path(model), place)
    store_with(encoder, folder, given)


def load(folder: Path, model: str) -> Ask:
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2

    return load_with(ONNXMiniLM_L6_V2(), folder)


def _export(model: Path, place: Path) -> None:
    """Write the model where Chroma looks for what it would download, in the same form."""
    import torch
    from transformers import AutoModel

    class Plain(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = AutoModel.from_pretrained(model, attn_implementation="eager").eval()

        def forward(self, *given: torch.Tensor) -> torch.Tensor:
            return self.inner(**dict(zip(INPUTS, given, strict=True))).last_hidden_state

    place.mkdir(parents=True)
    for name in FILES:
        shutil.copy(model / name, place)
    example = torch.ones((2, 16), dtype=torch.int64)
    with torch.no_grad():
        torch.onnx.export(
            Plain(),
            (example, example, example * 0),
            str(place / "model.onnx"),
            input_names=INPUTS,
            output_names=("last_hidden_state",),
            dynamic_axes={name: {0: "texts", 1: "tokens"} for name in INPUTS},
            dynamo=False,
        )


if __name__ == "__main__":
    run(load, store)
