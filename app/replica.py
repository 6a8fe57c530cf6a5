"""One of the processes of a cluster that answer: an Explainer over a copy of the index, and what it says in few bytes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from app.logs import what_failed
from index.answer import Explainer
from index.errors import IndexFolderError, QuestionError
from index.manifest import MANIFEST, as_json, manifest_digest, open_data, read_manifest
from index.records import Outcome
from index.served import FILE, read_told

Load: TypeAlias = Callable[[Path], Explainer]

_DIGITS = 8  # of the manifest's digest: the same corpus may be built with another encoder
_BY_VALUE = 100_000_000  # bytes; the cluster keeps what is handed to replicas in the memory of one process


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexCopy:
    """An index as replicas get it.

    `files` are its files by their names, so that a replica that starts later, on any machine, has
    the same index, whatever was built in `folder` since. There are none where they would be too
    much: then every machine has to see `folder`, and a replica starts only while that index is there.
    `encoder` names files of the exported encoder, which are taken from `folder` in any case: they
    are larger, and the same for one index after another.
    """

    version: str
    digest: str
    folder: Path
    files: dict[str, bytes]
    encoder: tuple[str, ...]

    @property
    def name(self) -> str:
        """What tells this index from every other."""
        return f"{self.version}-{self.digest[:_DIGITS]}"

    @classmethod
    def of(cls, folder: Path, by_value: int = _BY_VALUE) -> IndexCopy:
        """Copy the index of a folder, up to so many bytes of it. Raises IndexFolderError where it is not sound."""
        manifest = read_manifest(folder)
        files, encoder = {}, tuple[str, ...]()
        if sum((folder / file["name"]).stat().st_size for file in manifest["files"].values()) <= by_value:
            for part, file in manifest["files"].items():
                with open_data(folder, manifest, part) as stream:
                    files[file["name"]] = stream.read()
            files[MANIFEST] = as_json(manifest)
            with suppress(FileNotFoundError):
                told = read_told(folder)
                files[FILE] = as_json(told)
                encoder = (told["tokenizer"]["name"], *(part["name"] for part in told[told["use"]].values()))
        return cls(
            version=manifest["corpus"]["version"],
            digest=manifest_digest(manifest),
            folder=folder.resolve(),
            files=files,
            encoder=encoder,
        )

    def loaded(self, load: Load) -> Explainer:
        """Return the Explainer that `load` makes of a folder with this index, once it has answered.

        Raises IndexFolderError where the index or its encoder is gone.
        """
        if not self.files:
            if manifest_digest(read_manifest(self.folder)) != self.digest:
                raise IndexFolderError(f"{self.folder} was built again meanwhile")
            return _warm(load(self.folder))
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.files.items():
                Path(folder, name).write_bytes(content)
            for name in self.encoder:
                _linked(self.folder / name, Path(folder, name))
            return _warm(load(Path(folder)))  # by then it has read all that it needs


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerIds:
    """An Answer by the ids of what it shows; a whole one takes 300 kB, and nearly as long to send as to find.

    `passages` are those of the first card, in the order for the question; none for cards that are shown as they are.
    """

    question: str
    outcome: Outcome
    safety: tuple[str, ...]
    cards: tuple[str, ...]
    passages: tuple[str, ...]
    notes: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What went wrong in a replica: the class and the place of an exception, never its words."""

    error: str
    place: str


class Replica:
    """An Explainer in a process of its own.

    Asking raises nothing: what is raised the cluster writes down, and its words may be a reader's.
    """

    def __init__(self, load: Load, copy: IndexCopy) -> None:
        """Load the index, and answer once."""
        self._explainer = copy.loaded(load)

    def check_health(self) -> None:
        """Answer once; where that fails, the cluster puts another replica in the place of this one."""
        self._explainer.warm_up()

    def ask(self, question: str) -> AnswerIds | QuestionError | Failure:
        """Answer a question."""
        try:
            answer = self._explainer.ask(question)
        except QuestionError as error:
            return error
        except Exception as error:
            return Failure(**what_failed(error))
        ordered = answer.cards[0].passages if answer.outcome == "answered" else ()
        return AnswerIds(
            question=answer.question,
            outcome=answer.outcome,
            safety=tuple(card.id for card in answer.safety),
            cards=tuple(card.id for card in answer.cards),
            passages=tuple(passage.id for passage in ordered),
            notes=answer.notes,
            version=answer.version,
        )

    def check_text(self, text: str) -> tuple[tuple[str, str], ...] | QuestionError | Failure:
        """Return each sentence of a text that makes a claim, with the id of the claim's card."""
        try:
            return tuple((finding.sentence, finding.card.id) for finding in self._explainer.check_text(text))
        except QuestionError as error:
            return error
        except Exception as error:
            return Failure(**what_failed(error))


def _warm(explainer: Explainer) -> Explainer:
    explainer.warm_up()
    return explainer


def _linked(file: Path, place: Path) -> None:
    """Let `place` be `file`, or on another disk a copy of it; replicas that link share the memory it is mapped to."""
    try:
        os.link(file, place)
    except FileNotFoundError as error:
        raise IndexFolderError(f"{file} is missing: every machine of the cluster needs that folder") from error
    except OSError:
        shutil.copyfile(file, place)
