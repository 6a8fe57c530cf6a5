"""The commands that need no page: check, build, ask, check an advertisement, evaluate."""

from __future__ import annotations

import argparse
import dataclasses
import functools
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.contract import Json, answer_json, findings_json
from index.errors import CorpusError, ExplainerError, QuestionError, QuestionFileError
from index.maintainers import add_commands
from index.plain_text import answer_text, findings_text
from index.records import Problem

if TYPE_CHECKING:
    from index.check.retraction import Reference
    from index.folder import Folder

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
    check.add_argument(
        "--near",
        action="store_true",
        help="also list texts that are nearly the same, by the vectors of the built index",
    )
    check.add_argument(
        "--online",
        action="store_true",
        help="also ask the registry of DOIs about every source: its title, a retraction",
    )
    check.add_argument(
        "--write", action="store_true", help="with --online: write what was found into the entries of evidence/"
    )
    check.add_argument(
        "--mailto", default="", metavar="ADDRESS", help="with --online: where the registry can reach you"
    )
    check.add_argument(
        "--cache",
        type=Path,
        default=None,
        metavar="FILE",
        help="with --online: where answers are kept for a week (default: references.jsonl in the built index's folder)",
    )
    check.add_argument("--registry", default=None, help=argparse.SUPPRESS)  # for tests, and for a mirror
    check.set_defaults(run=_check)

    build = commands.add_parser("build", help="check, embed and calibrate the corpus, and replace the index")
    build.add_argument("--into", type=Path, default=None, metavar="FOLDER", help="write the index elsewhere")
    build.add_argument(
        "--encoder",
        default=None,
        metavar="MODEL",
        help="a sentence-transformers model on this machine (folder or name)",
    )
    build.add_argument(
        "--ray",
        default="",
        metavar="ADDRESS",
        help="embed what is new in a Ray cluster: host:port of its head, auto, or local for one of this machine",
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

    report = commands.add_parser("report", help="write a page of pictures: evidence, verdicts, reviews due, gaps")
    report.add_argument("folder", type=Path, help="where to write it")
    report.add_argument(
        "--today",
        type=_day,
        default=None,
        metavar="DATE",
        help="tell what is due for review on that day (default: today)",
    )
    report.set_defaults(run=_report)

    diff = commands.add_parser("diff", help="say what a reader sees changed between two built indexes or revisions")
    diff.add_argument("old", help="a folder with a built index, or a git revision whose corpus is then built aside")
    diff.add_argument("new", help="another one")
    diff.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    diff.add_argument("--html", type=Path, default=None, metavar="FILE", help="write a page with both side by side")
    diff.add_argument(
        "--exit-code", action="store_true", help="end with status 1 if a reader sees a change, 2 if it cannot be said"
    )
    diff.set_defaults(run=_diff)

    add_commands(commands)
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
    from index.check.listing import listed, problem_json
    from index.checker import Checker

    if (options.write or options.mailto or options.cache) and not options.online:
        print("explainer: --write, --mailto and --cache need --online beside them", file=sys.stderr)
        return EXIT_USAGE
    checker = Checker(built_folder(options))
    checked = checker.check(options.corpus)
    checker.remember(built_folder(options))
    problems = [*checked.problems, *(_near_problems(options, checked.folder()) if options.near else ())]
    references = _look_up(options, checked.folder()) if options.online else ()
    problems += (problem for reference in references for problem in reference.problems)
    located = [_located(problem, options.corpus) for problem in problems]
    if options.format == "json" and options.online:
        found = {"problems": list(map(problem_json, located)), "references": [each.json() for each in references]}
        _print_json(found)
    else:
        for line in listed(located, options.format):
            print(line)
    if not problems:
        print(f"{checked.cards} cards and {checked.sources} sources: no problems", file=sys.stderr)
    return EXIT_PROBLEMS if problems else 0


def _near_problems(options: argparse.Namespace, folder: Folder) -> Iterator[Problem]:
    from index.check.near import near_duplicates, without_vectors
    from index.store import BuiltIndex

    index = BuiltIndex.load(built_folder(options))
    vectors = dict(zip((row.text for row in index.rows), index.vectors, strict=True))
    missing = without_vectors(folder, vectors)
    if missing:
        print(
            f"texts not in the built index, and so not compared: {missing:,}; run 'explainer build'",
            file=sys.stderr,
        )
    return near_duplicates(folder, vectors)


def _look_up(options: argparse.Namespace, folder: Folder) -> tuple[Reference, ...]:
    """Ask the registry about every source, telling each as it comes, and write it down where that is asked for."""
    from index.check.kept import Kept
    from index.check.registry import CROSSREF, Registry
    from index.check.retraction import references, write_states

    found = []
    kept = Kept(options.cache or built_folder(options) / "references.jsonl")
    with Registry(kept, address=options.registry or CROSSREF, mailto=options.mailto, today=date.today()) as registry:
        for reference in references(folder, registry):
            found.append(reference)
            print(reference, file=sys.stdout if options.format == "text" else sys.stderr, flush=True)
    if options.write:
        written = sum(1 for _ in write_states(folder.path, found))
        print(f"wrote {written} of {len(found)} sources", file=sys.stderr)
    return tuple(found)


def _build(options: argparse.Namespace) -> int:
    from index.build import build
    from index.cluster import ClusterEncoder
    from index.encoder import DEFAULT_ENCODER, Encoder, SentenceTransformerEncoder

    start = time.monotonic()
    make = functools.partial(SentenceTransformerEncoder, options.encoder or DEFAULT_ENCODER)
    encoder: Encoder = make()
    if options.ray:
        encoder = ClusterEncoder(encoder, make, options.ray)
    build(options.corpus, options.into or built_folder(options), encoder, lambda line: print(line, file=sys.stderr))
    print(f"done in {time.monotonic() - start:.0f} s", file=sys.stderr)
    return 0


def _ask(options: argparse.Namespace) -> int:
    from index.answer import Explainer, has_words

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
    if not has_words(question):
        print("explainer: the question is empty: ask in words, in quotation marks after 'ask'", file=sys.stderr)
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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2027-01-31") from error


def _report(options: argparse.Namespace) -> int:
    from index.build import is_stale
    from index.encoder import DEFAULT_ENCODER, SentenceTransformerEncoder
    from index.memory import Memory
    from index.overview import write_overview
    from index.store import BuiltIndex

    built = built_folder(options)
    index = BuiltIndex.load(built)
    stale = is_stale(options.corpus, built)
    if stale:
        print(f"explainer: {stale}, and so is this page: run 'explainer build' first", file=sys.stderr)
    encoder = Memory(SentenceTransformerEncoder(index.encoder_name or DEFAULT_ENCODER), built, lambda line: None)
    print(write_overview(options.folder, index, encoder, options.today or date.today()), file=sys.stderr)
    return 0


def _diff(options: argparse.Namespace) -> int:
    from functools import cache

    from index.diff import compare
    from index.diff_text import diff_json, diff_text
    from index.encoder import SentenceTransformerEncoder
    from index.memory import Memory
    from index.revision import open_index

    @cache
    def encoder_named(name: str) -> Memory:
        return Memory(SentenceTransformerEncoder(name), built_folder(options), lambda line: None)

    names = (options.old, options.new)
    try:
        old, new = (
            open_index(
                name,
                corpus=options.corpus,
                built=built_folder(options),
                encoder_named=encoder_named,
                report=lambda line: print(line, file=sys.stderr),
            )
            for name in names
        )
        found = compare(old, new, encoder_named)
        if options.html:
            from index.diff_page import write_diff

            print(write_diff(options.html, found, names), file=sys.stderr)
    except ExplainerError as error:
        if not options.exit_code:
            raise
        print(f"explainer: {error}", file=sys.stderr)
        return EXIT_USAGE  # as of diff(1): 1 says that something changed
    if options.format == "json":
        _print_json(diff_json(found, names))
    else:
        print(diff_text(found, names))
    return EXIT_PROBLEMS if options.exit_code and found.changed else 0
