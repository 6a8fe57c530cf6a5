"""An entry or a corpus begun: every field there and explained, and what only a person can write left empty."""

from __future__ import annotations

import dataclasses
import json
import tempfile
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from typing import Literal

from index.check.form import SLUG
from index.check.identifiers import sources_stand_once
from index.check.references import (
    BODIES,
    CONFIDENCE,
    DEPTHS,
    DIRECTIONS,
    KINDS,
    RETRACTION,
    TREATMENTS,
    URGENCIES,
    tags,
)
from index.citing import Citation
from index.entry import read_entry
from index.errors import DraftError
from index.folder import Folder, read_folder

What = Literal["source", "claim", "topic", "safety"]

FOLDERS: dict[What, str] = {"source": "evidence", "claim": "claims", "topic": "topics", "safety": "safety"}
STARTER = Path(__file__).parent / "starter"
_WIDTH = 118  # characters of a line of notes


def draft_entry(corpus: Path, what: What, id: str, citation: Citation | None = None) -> Path:
    """Begin the entry `id` in `corpus`, a source with what `citation` says, and return its file.

    It parses, and has every field of its form with a note on each; what only a person can say is
    empty, so that `explainer check` lists it line by line and nothing is published before it is
    written. Raises DraftError, and writes nothing, where the id is bad or taken, or where the
    corpus has the cited work already.
    """
    if not SLUG.fullmatch(id):
        raise DraftError(f"the id must be lower-case words joined by hyphens, as in 'rat-skin-1982': {id!r}")
    if not corpus.is_dir():
        raise DraftError(f"there is no corpus in {corpus}: name one with --corpus, or make one with 'new corpus'")
    folder = read_folder(corpus)
    for entry in (*folder.cards, *folder.evidence, *folder.safety):
        if entry.id.casefold() == id:
            raise DraftError(f"the id {id!r} is taken by {corpus / entry.path}: choose another")
    text = Template((STARTER / "entries" / f"{what}.md").read_text(encoding="utf-8")).substitute(
        {**_choices(folder), **_cited(citation or Citation())}
    )
    path = Path(FOLDERS[what]) / f"{id}.md"
    if citation:
        _refuse_twins(folder, path, text)
    return _written(corpus / path, text)


def draft_corpus(into: Path) -> Path:
    """Copy the starter, a small corpus on a made-up kettle, into the new or empty folder `into`."""
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise DraftError(f"{into} is there already: name a folder that is not, or that is empty")
    starter = STARTER / "corpus"
    for file in sorted(starter.rglob("*")):
        if file.is_file():
            _written(into / file.relative_to(starter), file.read_text(encoding="utf-8"))
    return into


def _written(file: Path, text: str) -> Path:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as stream:  # never over another file
            stream.write(text)
    except OSError as error:
        raise DraftError(f"cannot write {file}: {error.strerror}") from error
    return file


def _refuse_twins(folder: Folder, path: Path, text: str) -> None:
    """Raise DraftError where the corpus has a source with the DOI, PMID, address or title of the new one."""
    with tempfile.TemporaryDirectory() as aside:
        entry = read_entry(_written(Path(aside) / path, text), Path(aside))
    for problem in sources_stand_once(dataclasses.replace(folder, evidence=(*folder.evidence, entry))):
        if problem.path == entry.path:
            raise DraftError(f"the record {problem.message}")


def _cited(citation: Citation) -> Mapping[str, str]:
    """Return the fields of a citation as YAML scalars; what is not known is empty."""
    texts = {
        "title": citation.title,
        "authors": citation.authors_line,
        "container": citation.container,
        "locator": citation.locator,
        "doi": citation.doi,
        "pmid": citation.pmid,
        "url": citation.address,
    }
    scalars = {key: json.dumps(text, ensure_ascii=False) for key, text in texts.items() if text}
    scalars |= {"kind": citation.kind, "year": citation.year}
    return {key: f" {scalars[key]}" if scalars.get(key) else "" for key in (*texts, "kind", "year")}


def _choices(folder: Folder) -> Mapping[str, str]:
    """Return the closed lists that a field is chosen from, each as lines of notes."""
    labels = (
        f"{fields.text('tag')} ({', '.join(fields.texts('applies_to'))})"
        for fields in folder.lists["labels"].mappings("labels")
        if fields.texts("applies_to")
    )
    lists: dict[str, Iterable[str]] = {
        "kinds": KINDS,
        "labels": labels,
        "depths": DEPTHS,
        "retractions": RETRACTION,
        "treatments": TREATMENTS,
        "bodies": BODIES,
        "confidences": CONFIDENCE,
        "directions": DIRECTIONS,
        "urgencies": URGENCIES,
        "verdicts": tags(folder, "verdicts", "verdicts"),
        "certainties": tags(folder, "verdicts", "certainty"),
        "reviews": tags(folder, "corpus", "reviews"),
        "sections": sorted({str(claim.text("section")) for claim in folder.claims}),
    }
    return {name: _note(choices) for name, choices in lists.items()}


def _note(choices: Iterable[str]) -> str:
    words = ", ".join(" ".join(choice.split()) for choice in choices)
    return textwrap.fill(words, _WIDTH, initial_indent="#   ", subsequent_indent="#   ", break_on_hyphens=False)
