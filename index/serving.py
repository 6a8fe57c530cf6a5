"""The encoder leaves PyTorch: exported when an index is built, and held against the original; the only module that knows onnx."""

from __future__ import annotations

import logging
import math
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from index.calibrate import Reading
from index.disk import cannot_write, settle, write_whole
from index.encoder import SentenceTransformerEncoder, Vectors
from index.errors import IndexFolderError
from index.manifest import as_json, file_named, sealed
from index.search import Search
from index.served import FILE, RECIPE, Precision, ServedEncoder, check_files, read_told, say_nothing
from index.store import BuiltIndex
from index.vectors import half

if TYPE_CHECKING:
    from onnx import ModelProto

# float32 is to be the original but for the last bits: what is ranked by it then differs only between cards that all but tie.
LEAST: dict[Precision, float] = {"float32": 0.999995, "int8": 0.97}  # cosine to the original, of every text
_SMALLEST_FIRST: tuple[Precision, ...] = ("int8", "float32")
_OURS = re.compile(r"(?:encoder|tokenizer)-[0-9a-f]{16}\.(?:onnx|weights|json)")
_TOGETHER = 512  # texts that are embedded in one call, and wait in memory for it
_FEW = 16  # golden questions, of which the next may already be answered otherwise
_SMALL = 1024  # bytes; smaller constants stay within the model's own file

T = TypeVar("T")
Report = Callable[[str], None]
Embedded = Iterable[tuple[str, Vectors]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An encoder as it was exported: what encoder.json tells of it but for what was chosen, and each form, loaded."""

    told: dict[str, Any]
    forms: dict[Precision, ServedEncoder]


def known_export(encoder: SentenceTransformerEncoder, folder: Path) -> Export | None:
    """Return the export of this encoder that stands whole in `folder`, or None."""
    try:
        told = read_told(folder)
        check_files(folder, told, *_SMALLEST_FIRST)
    except (FileNotFoundError, IndexFolderError, KeyError):
        return None
    if (told["weights"], told["recipe"]) != (encoder.weights, RECIPE):
        return None
    return _loaded({key: value for key, value in told.items() if key not in ("use", "refused", "sha256")}, folder)


def _loaded(told: dict[str, Any], folder: Path) -> Export:
    forms = {precision: ServedEncoder(folder, told, precision) for precision in _SMALLEST_FIRST}
    for form in forms.values():
        form.encode(["one"])
    return Export(told=told, forms=forms)


def prepare_serving(
    encoder: SentenceTransformerEncoder,
    folder: Path,
    known: Export | None,
    index: BuiltIndex,
    golden: Sequence[Reading],
    embedded: Callable[..., Embedded],
    report: Report,
) -> None:
    """Leave in `folder` the encoder to serve `index` with: the smallest form that answers as the original does.

    Where no export of it is `known`, one is made. A form is refused unless every text that was
    embedded has nearly the same vector, and every golden question the same first card.
    `embedded` gives the texts with their vectors, shape (dimensions,): all of them, or, asked for
    True, those that the last build had not checked. Where no form is left, the folder holds none
    and PyTorch serves. Raises IndexFolderError if the folder cannot be written.
    """
    if known is None:
        report("exporting the encoder for serving")
    export = known or _loaded(_export(encoder, folder), folder)
    refused: dict[str, str] = {}
    search = Search(index, encoder)
    for precision in _SMALLEST_FIRST:
        why = _fault(export.forms[precision], search, golden, embedded(anew=known is not None))
        if why is None:
            _write(folder, {**export.told, "use": precision, "refused": refused})
            return
        refused[precision] = why
        report(f"not serving in {precision}: {why}")
    (folder / FILE).unlink(missing_ok=True)


def _fault(served: ServedEncoder, search: Search, golden: Sequence[Reading], embedded: Embedded) -> str | None:
    """Return why these vectors will not do, or None; what is most likely to fail is looked at first."""
    # A vector that lies so far off moves each card's score by at most so much.
    most = 2 * math.sqrt(2 * (1 - LEAST[served.precision]))
    near = sorted((reading for reading in golden if reading.lead <= most), key=lambda reading: reading.lead)
    for together in _batched(near, _FEW):
        vectors = half(served.encode([reading.spelt for reading in together]))  # as those of the original were
        for reading, vector in zip(together, vectors, strict=True):
            first = search.rank_vector(reading.spelt, vector).cards[0].id
            if first != reading.first:
                return f"the first card for {reading.question.text!r} would be {first}, not {reading.first}"
    for texts in _batched(embedded, _TOGETHER):
        for vector, (text, original) in zip(served.encode([text for text, _ in texts]), texts, strict=True):
            cosine = float(vector @ original) / float(np.linalg.norm(original))
            if not cosine >= LEAST[served.precision]:
                return f"the vector of {text[:60]!r} has a cosine of {cosine:.4f} to the original"
    return None


def _batched(items: Iterable[T], count: int) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(islice(left, count)):
        yield some


def _export(encoder: SentenceTransformerEncoder, folder: Path) -> dict[str, Any]:
    """Write both forms of the encoder and its tokenizer; return what encoder.json tells of them."""
    say_nothing()
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    with _quiet(), tempfile.TemporaryDirectory() as scratch:
        plain, fused, small, pooling = (
            Path(scratch) / f"{name}.onnx" for name in ("plain", "fused", "small", "pooling")
        )
        exported = encoder.export(plain, pooling)
        if exported.kind in ("bert", "distilbert", "roberta"):
            optimized = optimize_model(
                str(plain),
                model_type="bert",
                num_heads=exported.heads,
                hidden_size=exported.size,
                optimization_options=FusionOptions("bert"),
                opt_level=0,
            )
            optimized.save_model_to_file(str(fused))
        else:
            fused = plain
        quantize_dynamic(
            str(fused),
            str(small),
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=True,  # so that it is exact on processors without VNNI too
            weight_type=QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
        try:
            tokenizer = file_named("tokenizer", "json", exported.tokenizer)
            write_whole(folder / tokenizer[0], exported.tokenizer)
            pooled = {"pooling": _part(_model(onnx.load(str(pooling)), folder))}
            return {
                "recipe": RECIPE,
                "name": encoder.name,
                "weights": encoder.weights,
                "dimensions": encoder.dimensions,
                "longest": exported.longest,
                "tokenizer": _part(tokenizer),
                "float32": {**_parted(fused, folder), **pooled},
                "int8": {**_parted(small, folder), **pooled},
            }
        except OSError as error:
            raise cannot_write(folder, error) from error


def _parted(file: Path, folder: Path) -> dict[str, dict[str, str]]:
    """Write a model in two files: the weights by themselves can be mapped into memory, and are not copied."""
    import onnx
    from onnx.external_data_helper import convert_model_to_external_data

    model = onnx.load(str(file))
    aside = file.with_suffix(".weights")
    convert_model_to_external_data(model, location=aside.name, size_threshold=_SMALL)
    onnx.save_model(model, str(file))
    content = aside.read_bytes()
    weights = file_named("encoder", "weights", content)
    for tensor in model.graph.initializer:
        for entry in tensor.external_data:
            if entry.key == "location":
                entry.value = weights[0]
    write_whole(folder / weights[0], content)
    return {"model": _part(_model(model, folder)), "weights": _part(weights)}


def _model(model: ModelProto, folder: Path) -> tuple[str, str]:
    graph = model.SerializeToString(deterministic=True)
    name = file_named("encoder", "onnx", graph)
    write_whole(folder / name[0], graph)
    return name


def _part(named: tuple[str, str]) -> dict[str, str]:
    return {"name": named[0], "sha256": named[1]}


def _write(folder: Path, told: dict[str, Any]) -> None:
    kept = {part["name"] for part in (told["tokenizer"], *told["float32"].values(), *told["int8"].values())}
    try:
        settle(folder)
        write_whole(folder / FILE, as_json(sealed(told)))
        settle(folder)
    except OSError as error:
        raise cannot_write(folder, error) from error
    with suppress(OSError):  # what stays now goes with the next build
        for file in folder.iterdir():
            if _OURS.fullmatch(file.name) and file.name not in kept:
                file.unlink(missing_ok=True)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to themselves what the tools have to say about each node of a model."""
    root = logging.getLogger()
    before, handlers = root.manager.disable, root.handlers[:]
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
        root.handlers[:] = handlers  # they add one of their own
