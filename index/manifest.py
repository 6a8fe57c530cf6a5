"""What a built index says of itself: its manifest, and the data files that it names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from index.disk import Content, pour
from index.errors import IndexFolderError

FORMAT = 2
MANIFEST = "manifest.json"
_PARTS = frozenset({"corpus", "encoder", "nearest", "counts", "calibration", "files"})


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
    sound = all(isinstance(manifest[key], dict) for key in _PARTS)
    if not sound or manifest.get("sha256") != manifest_digest(manifest):
        raise IndexFolderError(f"{file} was altered or cut short: run 'explainer build'")
    return manifest


def manifest_digest(manifest: dict[str, Any]) -> str:
    """Return the SHA-256 of everything in a manifest but this digest itself."""
    rest = {key: value for key, value in manifest.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def sealed(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest with its digest, without which it is not read."""
    return {**manifest, "sha256": manifest_digest(manifest)}


def as_json(manifest: dict[str, Any]) -> bytes:
    """Return the bytes of the file, the same for the same manifest."""
    return json.dumps(manifest, indent=2, sort_keys=True).encode() + b"\n"


@contextmanager
def open_data(folder: Path, manifest: dict[str, Any], name: str) -> Iterator[BinaryIO]:
    """Open a data file that a manifest names, whose content was found to be what the manifest says.

    Raises IndexFolderError, naming the file and the cure, if it is missing or altered.
    """
    told = manifest["files"][name]
    with open_sound(folder / told["name"], told["sha256"]) as stream:
        yield stream


@contextmanager
def open_sound(file: Path, sha256: str) -> Iterator[BinaryIO]:
    """Open a file whose content was found to have this digest; raise IndexFolderError if it is missing or altered."""
    with ExitStack() as opened:
        try:
            stream = opened.enter_context(file.open("rb"))
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            stream.seek(0)
        except OSError as error:
            raise IndexFolderError(f"{file} is missing: run 'explainer build'") from error
        if digest != sha256:
            raise IndexFolderError(f"{file} was altered or cut short: run 'explainer build'")
        yield stream


def file_named(stem: str, suffix: str, content: Content) -> tuple[str, str]:
    """Return the name of a data file, which carries its digest, and the digest."""
    sha256 = hashlib.sha256()
    pour(content, sha256.update)
    digest = sha256.hexdigest()
    return f"{stem}-{digest[:16]}.{suffix}", digest
