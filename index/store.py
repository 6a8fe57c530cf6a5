"""A built index on disk: vectors, passages and manifest.

The folder holds `manifest.json` and the data files it names, whose names carry their own
digest. A build writes new data files beside the old ones and then replaces the manifest in
one step, so that a crash at any moment leaves an index that loads. Nothing in the folder
tells when, where or after what it was built: the same corpus and encoder give the same bytes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from index.disk import cannot_write, settle, sweep_asides, write_whole
from index.encoder import Encoder, Vectors
from index.errors import IndexFolderError
from index.lexical import Lexicon
from index.lexicon import make_lexicon
from index.manifest import FORMAT, MANIFEST, as_json, file_named, open_data, sealed
from index.manifest import read_manifest as read_manifest  # known from here
from index.probe import Probe
from index.records import Corpus
from index.texts import CARD_ROLES, ROLES, Role, Row
from index.vectors import VectorIndex

VERSION_DIGITS = 12  # of the corpus digest; what a reader sees as the corpus version
_OURS = re.compile(r"passages-[0-9a-f]{16}\.json|vectors-[0-9a-f]{16}\.faiss")
EMBEDDED = "each text alone"  # a vector depends in its last bits on the texts embedded together with it
MAX_OFF_UNIT = 0.01  # of a vector's squared length, which is its cosine to itself: within this it finds itself


_Kind = TypeVar("_Kind", "_Contents", "_Embedded")


class _Contents(msgspec.Struct, frozen=True):
    corpus: Corpus
    rows: tuple[Row, ...]
    words: tuple[str, ...]
    lexicon: Lexicon
    probes: tuple[Probe, ...]


class _Text(msgspec.Struct):
    text: str


class _Embedded(msgspec.Struct):  # of _Contents, what another build takes over
    rows: list[_Text]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The rows near a question, the nearest first, as arrays of one length.

    `numbers` are their places in `rows`, which are all rows of the index, `roles` those of their
    roles in ROLES, `cosines` how near they lie (never shown).
    """

    rows: Sequence[Row]
    numbers: npt.NDArray[np.int64]
    roles: npt.NDArray[np.int8]
    cosines: npt.NDArray[np.float64]

    @property
    def furthest(self) -> float:
        """The least of the cosines; 0 where there is no row."""
        return float(self.cosines[-1]) if len(self.cosines) else 0.0

    def have(self, *roles: Role) -> npt.NDArray[np.bool_]:
        """Say of each row whether it has one of these roles."""
        return _among(roles)[self.roles]

    def best(self, wanted: npt.NDArray[np.bool_], count: int) -> float:
        """Return the mean of the `count` best cosines among the `wanted` rows; where there are fewer, the furthest stands in."""
        found: list[float] = self.cosines[wanted][:count].tolist()
        return (sum(found) + self.furthest * (count - len(found))) / count


@cache
def _among(roles: tuple[Role, ...]) -> npt.NDArray[np.bool_]:
    return np.array([role in roles for role in ROLES])


class BuiltIndex:
    """A corpus with the vectors of its rows, ready to be searched.

    `vectors` has shape (len(rows), dimensions), unit length, or is an index of such. `words` are
    what a spelling corrector must leave alone, `probes` are fitted to these vectors,
    `calibration` is what a build measured on the golden questions.
    """

    def __init__(
        self,
        *,
        corpus: Corpus,
        rows: Sequence[Row],
        vectors: Vectors | VectorIndex,
        words: Sequence[str],
        probes: Sequence[Probe] = (),
        encoder_name: str,
        encoder_weights: str,
        calibration: dict[str, Any] | None = None,
        lexicon: Lexicon | None = None,
    ) -> None:
        if len(rows) != len(vectors):
            raise IndexFolderError(f"{len(rows)} rows but {len(vectors)} vectors: build the index again")
        self.corpus = corpus
        self.rows = tuple(rows)
        places = {role: place for place, role in enumerate(ROLES)}
        self._roles = np.array([places[row.role] for row in self.rows], dtype=np.int8)
        self.words = tuple(words)
        self.probes = tuple(probes)
        self.encoder_name = encoder_name
        self.encoder_weights = encoder_weights
        self.calibration = calibration or {}
        self._lexicon = lexicon
        self._nearest = vectors if isinstance(vectors, VectorIndex) else VectorIndex.of(vectors)

    @property
    def lexicon(self) -> Lexicon:
        """The words of all rows that stand for a card."""
        if self._lexicon is None:
            rows = [row for row in self.rows if row.role in CARD_ROLES]
            self._lexicon = make_lexicon((card.id for card in self.corpus.cards), rows, self.words)
        return self._lexicon

    @property
    def version(self) -> str:
        """The corpus version: the first digits of the corpus digest."""
        return self.corpus.digest[:VERSION_DIGITS]

    @property
    def vectors(self) -> Vectors:
        """The vectors of all rows, shape (len(rows), dimensions)."""
        return self._nearest.vectors

    def vectors_of(self, numbers: Sequence[int]) -> Vectors:
        """Return the vectors of these rows alone, shape (len(numbers), dimensions)."""
        return self._nearest.of_numbers(numbers)

    def nearest(self, vector: Vectors, count: int) -> Neighbours:
        """Return up to `count` rows by falling cosine to `vector`, shape (dimensions,); ties go to the smaller number."""
        numbers, cosines = self._nearest.nearest(vector, count)
        return Neighbours(
            rows=self.rows, numbers=numbers, roles=self._roles[numbers], cosines=cosines.astype(np.float64)
        )

    def at_hand(self, vectors: Vectors, count: int) -> AbstractContextManager[None]:
        """Search for many vectors at once, which takes half of the time; meanwhile `nearest` has what was found."""
        return self._nearest.at_hand(vectors, count)

    def lost_rows(self) -> list[Row]:
        """Return the rows whose vector does not find its own text, which a sound index never has."""
        return [
            row
            for row, length in zip(self.rows, self._nearest.squared_lengths().tolist(), strict=True)
            if not abs(length - 1) <= MAX_OFF_UNIT  # written so that NaN is lost too
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
            _Contents(corpus=self.corpus, rows=self.rows, words=self.words, lexicon=self.lexicon, probes=self.probes)
        )
        files = {
            "passages": file_named("passages", "json", contents),
            "vectors": file_named("vectors", "faiss", self._nearest.write),
        }
        manifest = sealed(
            {
                "format": FORMAT,
                "corpus": {"title": self.corpus.title, "digest": self.corpus.digest, "version": self.version},
                "encoder": {
                    "name": self.encoder_name,
                    "weights": self.encoder_weights,
                    "dimensions": self._nearest.dimensions,
                    "embedded": EMBEDDED,
                },
                "nearest": self._nearest.told,
                "counts": _counts(self.corpus, self.rows),
                "calibration": self.calibration,
                "files": {name: {"name": file, "sha256": digest} for name, (file, digest) in files.items()},
            }
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            sweep_asides(folder)  # they may fill the disk
            write_whole(folder / files["passages"][0], contents)
            write_whole(folder / files["vectors"][0], self._nearest.write)
            settle(folder)  # never a manifest whose files a loss of power took
            write_whole(folder / MANIFEST, as_json(manifest))
            settle(folder)
        except OSError as error:
            raise cannot_write(folder, error) from error
        with suppress(OSError):  # what stays now goes with the next build
            _sweep(folder, keep={name for name, _ in files.values()})

    @classmethod
    def load(cls, folder: Path) -> BuiltIndex:
        """Read the index of `folder`.

        Raises IndexFolderError, naming the file and the cure, if anything is missing, altered or
        of another format.
        """
        manifest = read_manifest(folder)
        while True:
            try:
                return cls._of(folder, manifest)
            except IndexFolderError:
                newer = read_manifest(folder)
                if newer == manifest:
                    raise
                manifest = newer  # a build replaced the index while its files were read

    @classmethod
    def _of(cls, folder: Path, manifest: dict[str, Any]) -> BuiltIndex:
        with _told(folder):
            contents, found = _read(folder, manifest, _Contents)
            if _counts(contents.corpus, contents.rows) != manifest["counts"]:
                raise IndexFolderError(f"{folder / MANIFEST} has other counts than its files: run 'explainer build'")
            told = (manifest["corpus"]["digest"], manifest["encoder"]["dimensions"])
            if (contents.corpus.digest, found.dimensions) != told:
                raise IndexFolderError(f"{folder / MANIFEST} does not belong to its files: run 'explainer build'")
            return cls(
                corpus=contents.corpus,
                rows=contents.rows,
                vectors=found,
                words=contents.words,
                lexicon=contents.lexicon,
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


def read_embedded(folder: Path, encoder: Encoder) -> tuple[list[str], Vectors, tuple[str, ...]]:
    """Return the texts of the index in `folder`, their vectors, shape (texts, dimensions), and the encoder's words.

    Raises IndexFolderError unless the index is sound and was made with `encoder`, each text alone.
    """
    manifest = read_manifest(folder)
    with _told(folder):
        made_with = manifest["encoder"]
        if made_with["weights"] != encoder.weights or made_with.get("embedded") != EMBEDDED:
            raise IndexFolderError(f"the vectors in {folder} were made in another way")
        contents, found = _read(folder, manifest, _Embedded)
        return [row.text for row in contents.rows], found.vectors, contents.words


def _read(folder: Path, manifest: dict[str, Any], kind: type[_Kind]) -> tuple[_Kind, VectorIndex]:
    """Return what the data files of an index hold."""
    with open_data(folder, manifest, "passages") as stream:
        contents = msgspec.json.decode(stream.read(), type=kind)
    with open_data(folder, manifest, "vectors") as stream:
        found = VectorIndex.read(stream, manifest["nearest"])
    if len(found) != len(contents.rows):
        raise IndexFolderError(f"{folder / MANIFEST} has other counts than its files: run 'explainer build'")
    return contents, found


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Tell in one line, with the cure, what is wrong with the files of an index while they are read."""
    try:
        yield
    except (KeyError, TypeError) as error:
        raise IndexFolderError(f"{folder / MANIFEST} was altered or cut short: run 'explainer build'") from error
    except msgspec.MsgspecError as error:
        raise IndexFolderError(f"the passages in {folder} are of another format: run 'explainer build'") from error


def _counts(corpus: Corpus, rows: Sequence[Row]) -> dict[str, int]:
    return {
        "cards": len(corpus.cards),
        "passages": len({p.id for card in corpus.cards for p in card.passages}),
        "safety": len(corpus.safety),
        "sources": len(corpus.sources),
        "rows": len(rows),
    }


def corpus_json(corpus: Corpus) -> dict[str, Any]:
    """Return all of `corpus` as plain data, in the form of its records."""
    plain: dict[str, Any] = msgspec.to_builtins(corpus)
    return plain


def corpus_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what `corpus_json` returns."""
    schema = msgspec.json.schema(Corpus)
    for record in schema["$defs"].values():
        record["description"] = inspect.cleandoc(record["description"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _sweep(folder: Path, keep: set[str]) -> None:
    """Remove what earlier builds left; only names that a build itself gives."""
    for file in folder.iterdir():
        if _OURS.fullmatch(file.name) and file.name not in keep:
            file.unlink(missing_ok=True)
