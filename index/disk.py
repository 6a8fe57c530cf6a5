"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from index.errors import IndexFolderError

ASIDE = ".aside-"  # before the name of a file that is not whole yet

Sink = Callable[[bytes], object]
Content = bytes | Callable[[Sink], object]  # or what gives it to a sink block by block, where it is too much for one


def write_whole(file: Path, content: Content) -> None:
    """Write aside, flush to disk, then rename: `file` is old or new, never half of one.

    Raises OSError; nothing is left behind then, unless the process is killed.
    """
    handle, aside = tempfile.mkstemp(dir=file.parent, prefix=ASIDE)
    try:
        with os.fdopen(handle, "wb") as stream:
            pour(content, stream.write)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(aside, 0o644)
        os.replace(aside, file)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


def write_sealed(file: Path, body: bytes) -> None:
    """Write `body` with its digest before it. Raises IndexFolderError if the folder cannot be written."""
    try:
        write_whole(file, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    except OSError as error:
        raise cannot_write(file.parent, error) from error


def read_sealed(file: Path) -> bytes:
    """Return the body of what `write_sealed` wrote. Raises IndexFolderError if it is missing or altered."""
    try:
        digest, _, body = file.read_bytes().partition(b"\n")
    except OSError as error:
        raise IndexFolderError(f"{file} is missing") from error
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise IndexFolderError(f"{file} was altered or cut short")
    return body


def pour(content: Content, sink: Sink) -> None:
    """Give all of `content` to `sink`."""
    content(sink) if callable(content) else sink(content)


def settle(folder: Path) -> None:
    """Flush the names in `folder` to disk: what was renamed so far outlives a loss of power."""
    if hasattr(os, "O_DIRECTORY"):  # elsewhere a folder cannot be opened, nor need it be
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sweep_asides(folder: Path) -> None:
    """Remove what killed processes left half written in `folder`; only for whoever alone writes there."""
    for file in folder.glob(f"{ASIDE}*"):
        file.unlink(missing_ok=True)


def cannot_write(folder: Path, error: OSError) -> IndexFolderError:
    """Say in one line why nothing could be written to `folder`."""
    return IndexFolderError(f"cannot write the index to {folder}: {error.strerror}; the old index stays")


def state_of(file: Path) -> tuple[int, int, int] | None:
    """Return what changes when `file` is written or replaced; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
