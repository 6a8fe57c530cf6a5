"""The commands `new` and `export`: begin an entry or a corpus, and give a corpus to other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.errors import DraftError, ReportError, SettingsError

if TYPE_CHECKING:
    from index.citing import Citation

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

MAX_RECORD = 1_000_000  # bytes of a pasted record; a whole library is no record
_ENTRIES = {
    "source": "a study, review, rule or page that was read",
    "claim": "something that the article claims",
    "topic": "something that people ask and the article leaves out",
    "safety": "a card that goes before any answer",
}


def add_commands(commands: Commands) -> None:
    """Add `new` and `export` to the commands."""
    new = commands.add_parser("new", help="begin an entry of the corpus, or another corpus")
    kinds = new.add_subparsers(required=True, metavar="KIND")
    for what, meaning in _ENTRIES.items():
        entry = kinds.add_parser(what, help=meaning)
        entry.add_argument("id", metavar="ID", help="its name: lower-case words joined by hyphens")
        entry.set_defaults(run=_new_entry, what=what, record=None)
        if what == "source":
            entry.add_argument(
                "--from",
                dest="record",
                default=None,
                metavar="FILE",
                help="its record from a database, or - for standard input: PubMed's text, RIS, BibTeX or CSL-JSON",
            )
    corpus = kinds.add_parser("corpus", help="a small corpus on a made-up kettle, to be written over")
    corpus.add_argument("folder", type=Path, metavar="FOLDER", help="a new or empty folder")
    corpus.set_defaults(run=_new_corpus)

    from index.exports import FORMATS

    export = commands.add_parser("export", help="print the sources, the claims or the whole corpus for other programs")
    export.add_argument(
        "--format",
        choices=FORMATS,
        required=True,
        help="the sources as CSL-JSON or BibTeX, the claims as ClaimReview, all as JSON, or the JSON Schema of that",
    )
    export.add_argument("--into", type=Path, default=None, metavar="FILE", help="write it there")
    export.add_argument(
        "--public-url", default="", metavar="URL", help="with claimreview: the address of the site, as others see it"
    )
    export.set_defaults(run=_export)


def _new_entry(options: argparse.Namespace) -> int:
    from index.draft import draft_entry

    citation = _record(options.record) if options.record else None
    print(draft_entry(options.corpus, options.what, options.id, citation))
    print("next: write what stands empty in it; 'explainer check' lists that line by line", file=sys.stderr)
    return 0


def _record(name: str) -> Citation:
    from index.citing import read_citation

    try:
        if name == "-":
            raw = sys.stdin.buffer.read(MAX_RECORD + 1)
        else:
            with open(name, "rb") as stream:
                raw = stream.read(MAX_RECORD + 1)
        if len(raw) > MAX_RECORD:
            raise DraftError(f"{name} is larger than {MAX_RECORD} bytes: give the record of one work")
        return read_citation(raw.decode("utf-8-sig"))
    except OSError as error:
        raise DraftError(f"cannot read {name}: {error.strerror}; give a file, or - for standard input") from error
    except UnicodeDecodeError as error:
        raise DraftError(f"{name} is not UTF-8: save the record as UTF-8") from error


def _new_corpus(options: argparse.Namespace) -> int:
    from index.draft import draft_corpus

    folder = draft_corpus(options.folder)
    print(folder)
    print(
        f"next: 'explainer --corpus {folder} serve' shows it; {folder / 'README.md'} says how to make it yours",
        file=sys.stderr,
    )
    return 0


def _export(options: argparse.Namespace) -> int:
    from index.check.identifiers import web_address_complaint
    from index.corpus import load_corpus
    from index.exports import exported, schema

    if options.format == "claimreview":
        complaint = web_address_complaint(options.public_url)
        if complaint:
            raise SettingsError(f"--public-url {complaint}")
    elif options.public_url:
        raise SettingsError("--public-url goes with --format claimreview alone")
    if options.format == "schema":
        text = schema()
    else:
        text = exported(load_corpus(options.corpus), options.format, options.public_url)
    if options.into is None:
        sys.stdout.write(text)
        return 0
    try:
        options.into.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ReportError(f"cannot write {options.into}: {error.strerror}") from error
    print(options.into, file=sys.stderr)
    return 0
