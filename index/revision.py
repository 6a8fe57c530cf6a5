"""A built index by its folder, or made from the corpus as it stood in a git revision."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from index.build import Report, build
from index.encoder import DEFAULT_ENCODER, Encoder
from index.errors import CorpusError, IndexFolderError
from index.store import BuiltIndex, read_manifest

EncoderNamed = Callable[[str], Encoder]


def open_index(
    name: str, *, corpus: Path, built: Path, encoder_named: EncoderNamed, report: Report = lambda line: None
) -> BuiltIndex:
    """Return the index of the folder `name`; where there is none, that of the git revision `name`.

    For a revision, the folder `corpus` as it stood then is built aside, and the vectors of texts
    that the index in `built` holds already are taken from there; nothing is left behind. Raises
    IndexFolderError if `name` is neither, or if the corpus of then breaks a rule of now.
    """
    if Path(name).is_dir():
        return BuiltIndex.load(Path(name))
    commit = _commit(name, corpus)
    with tempfile.TemporaryDirectory(prefix="explainer-") as aside:
        exported, into = Path(aside) / "corpus", Path(aside) / "built"
        _export(commit, corpus, exported)
        report(f"building the index of {name} ({commit[:12]}); this takes minutes if {built} holds few of its texts")
        try:
            return build(exported, into, encoder_named(_take(built, into)))
        except CorpusError as error:
            raise IndexFolderError(
                f"the corpus of {name} breaks {len(error.problems)} rules of this 'explainer check', the first: "
                f"{error.problems[0]}: build it with the code of its own time, and name that folder"
            ) from error


def _take(built: Path, into: Path) -> str:
    """Copy the index of `built`, whose vectors a build takes over, and return the name of its encoder."""
    try:
        encoder = str(read_manifest(built)["encoder"]["name"])
    except (IndexFolderError, KeyError):
        return DEFAULT_ENCODER
    shutil.copytree(built, into)
    return encoder


def _commit(name: str, corpus: Path) -> str:
    """Return the commit that a revision names; one that starts with a hyphen would be an option, and is refused."""
    neither = f"{name!r} is neither a folder with a built index nor a git revision of {corpus}"
    if name.startswith("-"):
        raise IndexFolderError(f"{neither}: a revision does not start with '-'")
    found = _git(corpus, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if found.returncode:
        raise IndexFolderError(f"{neither}: 'git log --oneline' lists the revisions")
    return found.stdout.decode().strip()


def _export(commit: str, corpus: Path, into: Path) -> None:
    """Write the corpus of `commit` to the folder `into`, which does not yet exist."""
    found = _git(corpus, "archive", "--format=tar", commit, f"./{corpus.resolve().name}")
    if found.returncode:
        raise IndexFolderError(f"there was no {corpus.name} in {commit[:12]}: name a later revision")
    try:
        with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
            archive.extractall(into.parent / "archive", filter="data")  # no path or link that leads out of it
    except tarfile.TarError as error:
        raise IndexFolderError(f"{corpus.name} in {commit[:12]} cannot be unpacked: {error}") from error
    (into.parent / "archive" / corpus.resolve().name).rename(into)


def _git(corpus: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("git")
    if program is None:
        raise IndexFolderError("git is not installed: name folders of built indexes, or install it")
    beside = corpus.resolve().parent
    try:
        return subprocess.run(  # noqa: S603  # no shell, and no argument that starts with a hyphen but our own
            [program, *arguments], cwd=beside, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
    except OSError as error:
        raise IndexFolderError(f"cannot run git in {beside}: {error.strerror}") from error
