"""A corpus becomes a built index: check, embed, fit, calibrate, save."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from index.calibrate import calibrate, choose_limits, fit_probes
from index.corpus import load_corpus
from index.encoder import Encoder, Vectors
from index.errors import IndexFolderError
from index.folder import corpus_digest
from index.store import BuiltIndex, read_manifest
from index.texts import rows_of

_BATCH = 64  # texts embedded at a time; a larger one is no faster on two cores

Report = Callable[[str], None]


def build(corpus: Path, into: Path, encoder: Encoder, report: Report = lambda line: None) -> BuiltIndex:
    """Check the corpus, embed it, calibrate it and save the index to `into`.

    Raises CorpusError with every Problem, or IndexFolderError; the old index of `into` stays
    whole until the new one is.
    """
    report(f"checking {corpus}")
    checked = load_corpus(corpus)
    rows = rows_of(checked)
    known = _known_vectors(into, encoder)
    fresh = len({row.text for row in rows} - known.keys())
    report(f"embedding {fresh:,} of {len(rows):,} texts with {encoder.name}")
    vectors = _embed([row.text for row in rows], encoder, known)
    report("fitting the probes")
    probes = fit_probes(checked, rows, vectors)
    index = BuiltIndex(
        corpus=checked,
        rows=rows,
        vectors=vectors,
        words=sorted(encoder.words()),
        probes=probes,
        encoder_name=encoder.name,
        encoder_weights=encoder.weights,
    )
    report(f"calibrating on {len(checked.questions)} golden questions and {len(checked.ads)} advertisements")
    index.calibration = {**calibrate(index, encoder), "advert": choose_limits(index, encoder)}
    index.save(into)
    report(f"wrote {into} (corpus version {index.version})")
    return index


def is_stale(corpus: Path, built: Path) -> str | None:
    """Return why the index of `built` should be built again from `corpus`, or None if it is current.

    Where there is no corpus folder, as on a server that only serves, an index is current.
    """
    try:
        manifest = read_manifest(built)
    except IndexFolderError as error:
        return str(error).partition(": run")[0]
    if corpus.is_dir() and manifest["corpus"]["digest"] != corpus_digest(corpus):
        return f"the index in {built} is older than the corpus"
    return None


def _known_vectors(folder: Path, encoder: Encoder) -> dict[str, Vectors]:
    """Return the vectors of the index in `folder` by text, if it is sound and made with this encoder."""
    try:
        old = BuiltIndex.load(folder)
        old.check_encoder(encoder)
    except IndexFolderError:
        return {}
    return dict(zip((row.text for row in old.rows), old.vectors, strict=True))


def _embed(texts: Sequence[str], encoder: Encoder, known: Mapping[str, Vectors]) -> Vectors:
    """Return the vectors of `texts`: the known ones, the others embedded with a bar where a terminal watches."""
    from tqdm import tqdm

    fresh = sorted(set(texts) - known.keys(), key=lambda text: (len(text), text))  # like lengths together pad less
    vectors = dict(known)
    with tqdm(total=len(fresh), unit="text", disable=not sys.stderr.isatty(), leave=False) as bar:
        for start in range(0, len(fresh), _BATCH):
            batch = fresh[start : start + _BATCH]
            vectors.update(zip(batch, encoder.encode(batch), strict=True))
            bar.update(len(batch))
    return np.array([vectors[text] for text in texts], dtype=np.float32)
