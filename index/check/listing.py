"""Problems as lines: for a terminal, or as annotations on GitHub."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from index.records import Problem


def printable(text: str, kept: str = "") -> str:
    """Write out what would break a line or cannot be printed, such as a file name that is not UTF-8."""
    return "".join(
        character if character.isprintable() or character in kept else character.encode("unicode_escape").decode()
        for character in text
    )


def text_line(problem: Problem) -> str:
    """Return a Problem as `path:line: message`, on one line whatever its file is called."""
    return printable(str(problem))


def github_line(problem: Problem) -> str:
    """Return a Problem as a workflow command that GitHub shows beside the line.

    Source of the escapes: GitHub's own toolkit, `escapeData` and `escapeProperty` of its
    package core.
    """
    message = printable(problem.message, kept="\r\n")
    return f"::error file={_property(printable(problem.path))},line={problem.line}::{_data(message)}"


def problem_json(problem: Problem) -> dict[str, str | int]:
    """Return a Problem in its JSON form."""
    return {"path": printable(problem.path), "line": problem.line, "message": printable(problem.message)}


def listed(problems: Sequence[Problem], form: str) -> Iterator[str]:
    """Yield the lines that list Problems: one each as "text" or "github", all in one as "json"."""
    if form == "json":
        found = {"problems": [problem_json(problem) for problem in problems]}
        yield json.dumps(found, ensure_ascii=False, sort_keys=True)
    else:
        yield from map(github_line if form == "github" else text_line, problems)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
