"""The commands that need no page: check, build, ask, check an advertisement, evaluate."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from index.check import check_folder
from index.contract import Json, answer_json, findings_json
from index.errors import CorpusError, ExplainerError, QuestionError, QuestionFileError
from index.folder import read_folder
from index.plain_text import answer_text, findings_text
from index.records import Problem

CORPUS = Path(__file__).parents[1] / "corpus"
EXIT_PROBLEMS = 1  # the corpus has Problems, or something could not be done
EXIT_USAGE = 2  # the command or the question was not usable; argparse's own status as well

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def run(parser: argparse.ArgumentParser, arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; an expected failure is one line on standard error."""
    options = parser.parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.run
    try:
        return command(options)
    except CorpusError as error:
        for problem in error.problems:
            print(_located(problem, options.corpus), file=sys.stderr)
        print(f"explainer: {error}", file=sys.stderr)
        return EXIT_PROBLEMS
    except ExplainerError as error:
        print(f"explainer: {error}", file=sys.stderr)
        return EXIT_USAGE if isinstance(error, QuestionError | QuestionFileError) else EXIT_PROBLEMS
    except BrokenPipeError:  # the reader of our output, such as `head`, has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def make_parser() -> tuple[argparse.ArgumentParser, Commands]:
    """Return the parser and its sub-commands, to which `app` adds its own."""
    parser = argparse.ArgumentParser(
        prog="explainer",
        description="Plain-language answers on the claims of one article, each passage with its sourcing label.",
    )
    parser.add_argument(
        "--corpus", type=Path, default=CORPUS, metavar="FOLDER", help="the corpus (default: the one here)"
    )
    parser.add_argument(
        "--index",
        type=Path,
        default=None,
        metavar="FOLDER",
        help="the built index (default: index/built, or .built in another corpus)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="check every rule of the corpus and list all problems")
    check.add_argument("--format", choices=("text", "json", "github"), default="text", help="how to list them")
    check.set_defaults(run=_check)

    build = commands.add_parser("build", help="check, embed and calibrate the corpus, and replace the index")
    build.add_argument("--into", type=Path, default=None, metavar="FOLDER", help="write the index elsewhere")
    build.add_argument(
        "--encoder",
        default=None,
        metavar="MODEL",
        help="a sentence-transformers model on this machine (folder or name)",
    )
    build.set_defaults(run=_build)

    ask = commands.add_parser("ask", help="ask one question, or one a line")
    ask.add_argument("question", nargs="?", help="the question, in quotes")
    ask.add_argument("--json", action="store_true", help="print the answer as JSON")
    ask.add_argument("--lines", action="store_true", help="read questions from standard input, one a line; with --json")
    ask.set_defaults(run=_ask)

    advert = commands.add_parser("check-ad", help="find the claims in a pasted advertisement")
    advert.add_argument("file", help="a text file, or - for standard input; an address is never fetched")
    advert.add_argument("--json", action="store_true", help="print the findings as JSON")
    advert.set_defaults(run=_check_ad)

    evaluate = commands.add_parser("eval", help="score the answers to golden questions")
    evaluate.add_argument(
        "file", nargs="?", type=Path, default=None, help="a question file (default: the corpus's own)"
    )
    evaluate.add_argument("--json", action="store_true", help="print the scores as JSON")
    evaluate.add_argument(
        "--report", type=Path, default=None, metavar="FOLDER", help="write a page with misses and curves"
    )
    evaluate.set_defaults(run=_eval)

    return parser, commands


def built_folder(options: argparse.Namespace) -> Path:
    """Return where the index is: as told, or index/built, or beside another corpus's own files."""
    from index.answer import BUILT

    if options.index:
        return Path(options.index)
    return BUILT if options.corpus.resolve() == CORPUS.resolve() else options.corpus / ".built"


def _print_json(found: Json) -> None:
    print(json.dumps(found, ensure_ascii=False, sort_keys=True))


def _located(problem: Problem, corpus: Path) -> Problem:
    """Return the Problem with its path as seen from here, so that an editor can open it."""
    path = corpus.resolve() / problem.path
    here = Path.cwd()
    return dataclasses.replace(problem, path=str(path.relative_to(here) if path.is_relative_to(here) else path))


def _check(options: argparse.Namespace) -> int:
    folder = read_folder(options.corpus)
    problems = check_folder(folder)
    located = [_located(problem, options.corpus) for problem in problems]
    if options.format == "json":
        _print_json({"problems": [{"path": p.path, "line": p.line, "message": p.message} for p in located]})
    else:
        for problem in located:
            github = f"::error file={problem.path},line={problem.line}::{problem.message}"
            print(github if options.format == "github" else problem)
    if not problems:
        print(f"{len(folder.cards)} cards and {len(folder.evidence)} sources: no problems", file=sys.stderr)
    return EXIT_PROBLEMS if problems else 0


def _build(options: argparse.Namespace) -> int:
    from index.build import build
    from index.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder

    start = time.monotonic()
    encoder = SentenceTransformerEncoder(options.encoder or DEFAULT_ENCODER)
    build(options.corpus, options.into or built_folder(options), encoder, lambda line: print(line, file=sys.stderr))
    print(f"done in {time.monotonic() - start:.0f} s", file=sys.stderr)
    return 0


def _ask(options: argparse.Namespace) -> int:
    from index.answer import Explainer

    if options.lines == (options.question is not None) or (options.lines and not options.json):
        print(
            "explainer: ask one question in quotes, or give --lines --json and questions on standard input",
            file=sys.stderr,
        )
        return EXIT_USAGE
    if options.lines:
        explainer = Explainer.load(built_folder(options))
        for line in _lines():
            _print_json(_line_json(explainer, line))
            sys.stdout.flush()
        return 0
    question = options.question
    if not any(character.isalnum() for character in question):
        print(
            'explainer: the question is empty: ask in words, such as "does it really raise ATP 500%?"', file=sys.stderr
        )
        return EXIT_USAGE
    explainer = Explainer.load(built_folder(options))
    found = explainer.ask(question)
    if options.json:
        _print_json(answer_json(found))
    else:
        print(answer_text(found, explainer.corpus.wording["en"]))
    return 0


def _lines() -> Iterator[str]:
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace").rstrip("\r\n")


def _line_json(explainer, line: str) -> Json:  # type: ignore[no-untyped-def]  # Explainer is imported late
    from index.answer import clean
    from index.records import MAX_QUESTION

    try:
        return answer_json(explainer.ask(line))
    except QuestionError as error:
        return {**answer_json(explainer.ask("")), "question": clean(line[:MAX_QUESTION]), "error": str(error)}


def _check_ad(options: argparse.Namespace) -> int:
    from index.answer import Explainer

    try:
        raw = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    except OSError as error:
        print(
            f"explainer: cannot read {options.file}: {error.strerror}; give a text file, an address is never fetched",
            file=sys.stderr,
        )
        return EXIT_USAGE
    explainer = Explainer.load(built_folder(options))
    findings = explainer.check_text(raw.decode("utf-8", "replace"))
    if options.json:
        _print_json(findings_json(findings))
    else:
        print(findings_text(findings, explainer.corpus.wording["en"]))
    return 0


def _eval(options: argparse.Namespace) -> int:
    from index.answer import Explainer
    from index.evaluate import ads, ask_all, scores
    from index.questions import read_questions

    explainer = Explainer.load(built_folder(options))
    questions, golden_ads = (
        read_questions(options.file) if options.file else (explainer.corpus.questions, explainer.corpus.ads)
    )
    asked = ask_all(explainer, questions)
    found = scores(asked)
    if golden_ads:
        found.update(ads(explainer, golden_ads))
    if options.json:
        _print_json({"scores": found, "calibration": explainer.calibration, "version": explainer.version})
    else:
        width = max(map(len, found))
        for name, value in found.items():
            print(f"{name:<{width}}  {value:.3f}")
        floor = explainer.calibration["refusing"]
        asked_of = explainer.calibration["questions"]
        print(f"floor {floor['floor']}, titles alone from {floor['closest']}; chosen on {asked_of} golden questions")
    if options.report:
        from index.report import write_report

        print(write_report(options.report, asked, found), file=sys.stderr)
    return 0
