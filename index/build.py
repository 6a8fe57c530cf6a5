"""A corpus becomes a built index: check, embed, fit, calibrate, save."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.calibrate import calibrate, choose_limits, fit_probes, read_golden
from index.checker import Checker
from index.cluster import ClusterEncoder
from index.collector import without_collector
from index.disk import cannot_write
from index.encoder import Encoder, SentenceTransformerEncoder
from index.errors import IndexFolderError
from index.fitter import Fitter
from index.folder import corpus_digest
from index.memory import Memory
from index.probe import load_solver
from index.records import Corpus
from index.serving import known_export, prepare_serving
from index.store import BuiltIndex, read_manifest
from index.texts import rows_of
from index.threads import on_one_thread

LOCK = ".lock"  # in the folder of an index; who holds it alone writes there

Report = Callable[[str], None]


def build(corpus: Path, into: Path, encoder: Encoder, report: Report = lambda line: None) -> BuiltIndex:
    """Check the corpus, embed it, calibrate it and save the index to `into`.

    Only texts that the index in `into` does not hold are embedded, and yet the bytes are those
    of a build from nothing. Another build that writes there is waited for. Raises CorpusError
    with every Problem, or IndexFolderError; the old index of `into` stays whole until the new
    one is.
    """
    with without_collector():
        report(f"checking {corpus}")
        checker = Checker(into, report)
        checked = checker.load(corpus)
        with _alone_in(into, report) as waited:
            if waited:  # meanwhile the corpus may have changed
                checked = checker.load(corpus)
            return _build(checked, checker, into, encoder, report)


def _build(checked: Corpus, checker: Checker, into: Path, encoder: Encoder, report: Report) -> BuiltIndex:
    made_by = encoder.here if isinstance(encoder, ClusterEncoder) else encoder
    original = made_by if isinstance(made_by, SentenceTransformerEncoder) else None
    with ThreadPoolExecutor(1) as beside:
        # What an export is checked for needs no interpreter: it goes on beside what does.
        export = beside.submit(known_export, original, into) if original else None
        memory, fitter = Memory(encoder, into, report), Fitter(into, report)
        rows = rows_of(checked)
        texts = [row.text for row in rows]
        report(f"embedding {memory.count_new(texts):,} of {len(texts):,} texts with {memory.name}")
        vectors = memory.embed(texts)
        report("fitting the probes")
        load_solver()
        with on_one_thread():
            index = BuiltIndex(
                corpus=checked,
                rows=rows,
                vectors=vectors,
                words=sorted(memory.words()),
                probes=fit_probes(checked, rows, vectors, fitter.fit, fitter.hold_each),
                encoder_name=memory.name,
                encoder_weights=memory.weights,
            )
            report(f"calibrating on {len(checked.questions)} golden questions and {len(checked.ads)} advertisements")
            golden = tuple(read_golden(index, memory))
            index.calibration = {**calibrate(golden), "advert": choose_limits(index, memory)}
        known = export.result() if export else None
    if original:
        prepare_serving(original, into, known, index, golden, memory.embedded, report)
    memory.save(into)
    fitter.save(into)
    checker.save(into)
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


@contextmanager
def _alone_in(folder: Path, report: Report) -> Iterator[bool]:
    """Hold the lock of `folder`, and say whether another build had to be waited for.

    The lock goes with the process that holds it, however that ends.
    """
    lock = FileLock(folder / LOCK)
    waited = False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            waited = True
            report(f"another build is writing {folder}: waiting for it")
            lock.acquire()
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield waited
    finally:
        lock.release()
