"""A built index on disk: vectors, passages and manifest; the only module that knows FAISS.

The folder holds `manifest.json` and the data files it names, whose names carry their own
digest. A build writes new data files beside the old ones and then replaces the manifest in
one step, so that a crash at any moment leaves an index that loads.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import msgspec
import numpy as np

from index.encoder import Encoder, Vectors
from index.errors import IndexFolderError
from index.probe import Probe
from index.records import Corpus
from index.texts import Row

FORMAT = 1
MANIFEST = "manifest.json"
VERSION_DIGITS = 12  # of the corpus digest; what a reader sees as the corpus version
_PARTS = frozenset({"corpus", "encoder", "counts", "calibration", "files"})  # of a manifest
_OURS = re.compile(r"passages-[0-9a-f]{16}\.json|vectors-[0-9a-f]{16}\.faiss|\.aside-\w+")
MIN_SELF_COSINE = 0.99  # a text's vector must find itself before an index replaces another


class _Contents(msgspec.Struct, frozen=True):
    corpus: Corpus
    rows: tuple[Row, ...]
    words: tuple[str, ...]
    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A row near a question, with the cosine between them; the cosine is never shown."""

    number: int
    row: Row
    cosine: float


class BuiltIndex:
    """A corpus with the vectors of its rows, ready to be searched.

    `vectors` has shape (len(rows), dimensions), unit length. `words` are what a spelling
    corrector must leave alone, `probes` are fitted to these vectors, `calibration` is what a
    build measured on the golden questions.
    """

    def __init__(
        self,
        *,
        corpus: Corpus,
        rows: Sequence[Row],
        vectors: Vectors,
        words: Sequence[str],
        probes: Sequence[Probe] = (),
        encoder_name: str,
        encoder_weights: str,
        calibration: dict[str, Any] | None = None,
    ) -> None:
        if len(rows) != len(vectors):
            raise IndexFolderError(f"{len(rows)} rows but {len(vectors)} vectors: build the index again")
        self.corpus = corpus
        self.rows = tuple(rows)
        self.words = tuple(words)
        self.probes = tuple(probes)
        self.encoder_name = encoder_name
        self.encoder_weights = encoder_weights
        self.calibration = calibration or {}
        faiss.omp_set_num_threads(1)  # its threads and the encoder's would wait for each other
        self._faiss = faiss.IndexFlatIP(vectors.shape[1])
        self._faiss.add(np.ascontiguousarray(vectors, dtype=np.float32))

    @property
    def version(self) -> str:
        """The corpus version: the first digits of the corpus digest."""
        return self.corpus.digest[:VERSION_DIGITS]

    @property
    def vectors(self) -> Vectors:
        """The vectors of all rows, shape (len(rows), dimensions)."""
        return np.asarray(self._faiss.reconstruct_n(0, self._faiss.ntotal), dtype=np.float32)

    def nearest(self, vector: Vectors, count: int) -> list[Neighbour]:
        """Return up to `count` rows by falling cosine to `vector`, shape (dimensions,).

        Ties go to the smaller row number. FAISS pads a short result with -1; those are dropped.
        """
        count = asked = min(count, self._faiss.ntotal)
        while True:  # of rows that tie for the last place FAISS keeps any: ask on until the tie is whole
            asked = min(asked + 1, self._faiss.ntotal)
            cosines, numbers = self._faiss.search(vector.reshape(1, -1), asked)
            if asked == self._faiss.ntotal or cosines[0][-1] < cosines[0][count - 1]:
                break
            asked *= 2
        found = [
            Neighbour(number=int(n), row=self.rows[n], cosine=float(c))
            for n, c in zip(numbers[0], cosines[0], strict=True)
            if n >= 0
        ]
        return sorted(found, key=lambda neighbour: (-neighbour.cosine, neighbour.number))[:count]

    def lost_rows(self) -> list[Row]:
        """Return the rows whose vector does not find its own text, which a sound index never has."""
        cosines, numbers = self._faiss.search(self.vectors, 1)
        return [
            row
            for row, (cosine,), (number,) in zip(self.rows, cosines, numbers, strict=True)
            if number < 0 or not cosine >= MIN_SELF_COSINE  # written so that NaN is lost too
        ]

    def save(self, folder: Path) -> None:
        """Write the index to `folder`; the old one there stays whole until the new one is.

        Raises IndexFolderError if the folder cannot be written or the index does not find itself.
        """
        lost = self.lost_rows()
        if lost:
            raise IndexFolderError(
                f"{len(lost)} texts do not find themselves, the first {lost[0].text[:60]!r}: the old index stays"
            )
        contents = msgspec.json.encode(
            _Contents(corpus=self.corpus, rows=self.rows, words=self.words, probes=self.probes)
        )
        vectors = faiss.serialize_index(self._faiss).tobytes()
        files = {"passages": _named("passages", "json", contents), "vectors": _named("vectors", "faiss", vectors)}
        manifest = {
            "format": FORMAT,
            "corpus": {"title": self.corpus.title, "digest": self.corpus.digest, "version": self.version},
            "encoder": {
                "name": self.encoder_name,
                "weights": self.encoder_weights,
                "dimensions": int(self._faiss.d),
            },
            "counts": _counts(self.corpus, self.rows),
            "calibration": self.calibration,
            "files": {name: {"name": file, "sha256": digest} for name, (file, digest) in files.items()},
        }
        manifest["sha256"] = manifest_digest(manifest)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / files["passages"][0], contents)
            _write(folder / files["vectors"][0], vectors)
            _write(folder / MANIFEST, json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n")
        except OSError as error:
            raise IndexFolderError(
                f"cannot write the index to {folder}: {error.strerror}; the old index stays"
            ) from error
        _sweep(folder, keep={name for name, _ in files.values()})

    @classmethod
    def load(cls, folder: Path) -> BuiltIndex:
        """Read the index of `folder`.

        Raises IndexFolderError, naming the file and the cure, if anything is missing, altered or
        of another format.
        """
        manifest = read_manifest(folder)
        try:
            return cls._read(folder, manifest)
        except (KeyError, TypeError) as error:
            raise IndexFolderError(f"{folder / MANIFEST} was altered or cut short: run 'explainer build'") from error
        except msgspec.MsgspecError as error:
            raise IndexFolderError(f"the passages in {folder} are of another format: run 'explainer build'") from error

    @classmethod
    def _read(cls, folder: Path, manifest: dict[str, Any]) -> BuiltIndex:
        data = {}
        for name in ("passages", "vectors"):
            file = folder / manifest["files"][name]["name"]
            try:
                data[name] = file.read_bytes()
            except OSError as error:
                raise IndexFolderError(f"{file} is missing: run 'explainer build'") from error
            if hashlib.sha256(data[name]).hexdigest() != manifest["files"][name]["sha256"]:
                raise IndexFolderError(f"{file} was altered or cut short: run 'explainer build'")
        contents = msgspec.json.decode(data["passages"], type=_Contents)
        found = faiss.deserialize_index(np.frombuffer(data["vectors"], dtype=np.uint8))
        counts = _counts(contents.corpus, contents.rows)
        if counts != manifest["counts"] or found.ntotal != len(contents.rows):
            raise IndexFolderError(f"{folder / MANIFEST} has other counts than its files: run 'explainer build'")
        if contents.corpus.digest != manifest["corpus"]["digest"] or found.d != manifest["encoder"]["dimensions"]:
            raise IndexFolderError(f"{folder / MANIFEST} does not belong to its files: run 'explainer build'")
        return cls(
            corpus=contents.corpus,
            rows=contents.rows,
            vectors=found.reconstruct_n(0, found.ntotal),
            words=contents.words,
            probes=contents.probes,
            encoder_name=manifest["encoder"]["name"],
            encoder_weights=manifest["encoder"]["weights"],
            calibration=manifest["calibration"],
        )

    def check_encoder(self, encoder: Encoder) -> None:
        """Raise IndexFolderError unless `encoder` is the one whose vectors these are."""
        if encoder.weights != self.encoder_weights:
            raise IndexFolderError(
                f"the index was made with the encoder {self.encoder_name!r} ({self.encoder_weights[:12]}…), "
                f"not with {encoder.name!r} ({encoder.weights[:12]}…): run 'explainer build'"
            )


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of `folder`; raise IndexFolderError where there is no sound one."""
    file = folder / MANIFEST
    try:
        manifest = json.loads(file.read_bytes())
    except OSError as error:
        raise IndexFolderError(f"there is no index in {folder}: run 'explainer build'") from error
    except ValueError as error:
        raise IndexFolderError(f"{file} was altered or cut short: run 'explainer build'") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise IndexFolderError(f"{file} is not of format {FORMAT}: run 'explainer build'")
    missing = _PARTS - manifest.keys()
    if missing:
        raise IndexFolderError(f"{file} lacks {', '.join(sorted(missing))}: run 'explainer build'")
    if not all(isinstance(manifest[key], dict) for key in _PARTS) or manifest.get("sha256") != manifest_digest(
        manifest
    ):
        raise IndexFolderError(f"{file} was altered or cut short: run 'explainer build'")
    return manifest


def manifest_digest(manifest: dict[str, Any]) -> str:
    """Return the SHA-256 of everything in a manifest but this digest itself."""
    rest = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _counts(corpus: Corpus, rows: Sequence[Row]) -> dict[str, int]:
    return {
        "cards": len(corpus.cards),
        "passages": len({p.id for card in corpus.cards for p in card.passages}),
        "safety": len(corpus.safety),
        "sources": len(corpus.sources),
        "rows": len(rows),
    }


def _named(stem: str, suffix: str, content: bytes) -> tuple[str, str]:
    digest = hashlib.sha256(content).hexdigest()
    return f"{stem}-{digest[:16]}.{suffix}", digest


def _write(file: Path, content: bytes) -> None:
    """Write aside, flush to disk, then rename: `file` is old or new, never half of one."""
    handle, aside = tempfile.mkstemp(dir=file.parent, prefix=".aside-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(aside, 0o644)
        os.replace(aside, file)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def _sweep(folder: Path, keep: set[str]) -> None:
    """Remove what earlier builds left; only names that a build itself gives."""
    for file in folder.iterdir():
        if _OURS.fullmatch(file.name) and file.name not in keep:
            file.unlink(missing_ok=True)
