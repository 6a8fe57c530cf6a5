"""The help of every command as Markdown, made from the parser itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import cache

import pytest

from app.command import main


@cache
def parser() -> argparse.ArgumentParser:
    """Return what understands the command line, with every command in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.command.run", lambda parser, arguments: parser)
        return main([])  # type: ignore[return-value]


def below(its_parser: argparse.ArgumentParser) -> dict[str, tuple[argparse.ArgumentParser, str]]:
    """Return the commands of a parser by name, each with what it is for; none where there are none."""
    for action in its_parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {choice.dest: choice.help or "" for choice in action._choices_actions}
            return {name: (inner, told[name]) for name, inner in action.choices.items()}
    return {}


def every_command() -> Iterator[tuple[str, argparse.ArgumentParser, str]]:
    """Yield each command that can be typed: its name, its parser and what it is for; a group before its own."""
    for name, (its_parser, meaning) in below(parser()).items():
        yield name, its_parser, meaning
        for inner, (inner_parser, inner_meaning) in below(its_parser).items():
            yield f"{name} {inner}", inner_parser, inner_meaning


def commands_page() -> str:
    """Return every command in the form of docs/commands.md, whatever the width of the terminal."""
    found = list(every_command())
    lines = [str(parser().description), "", *_usage("explainer", parser()), *_table(parser())]
    lines += ["", "| command | what it does |", "| --- | --- |"]
    lines += [f"| [`{name}`](#explainer-{name.replace(' ', '-')}) | {_cell(meaning)} |" for name, _, meaning in found]
    for name, its_parser, meaning in found:
        lines += ["", f"## explainer {name}", "", f"{meaning[0].upper()}{meaning[1:]}.", ""]
        lines += [*_usage(f"explainer {name}", its_parser), *_table(its_parser)]
    return "\n".join(lines)


def _told(its_parser: argparse.ArgumentParser) -> Iterator[tuple[argparse.Action, str, str]]:
    """Yield what a parser takes: the action, how it is typed, and its help; not `--help`, nor what is kept quiet."""
    for action in its_parser._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction) or action.help == argparse.SUPPRESS:
            continue
        value = "" if action.nargs == 0 else action.metavar or ("" if action.choices else action.dest.upper())
        typed = f"{', '.join(action.option_strings)} {value}".strip() if action.option_strings else value
        choices = f"one of {', '.join(f'`{choice}`' for choice in action.choices)}: " if action.choices else ""
        yield action, str(typed), choices + its_parser._get_formatter()._expand_help(action)


def _usage(typed: str, its_parser: argparse.ArgumentParser) -> list[str]:
    words = [typed]
    for action, name, _ in _told(its_parser):
        if action.required:
            words.append(name if " " in name or not action.option_strings else f"{name} …")
        elif not action.option_strings:
            words.append(f"[{name}]")
    if any(action.option_strings and not action.required for action, _, _ in _told(its_parser)):
        words.insert(1, "[OPTION …]")
    if below(its_parser):
        words.append(str(next(a.metavar for a in its_parser._actions if isinstance(a, argparse._SubParsersAction))))
    return ["```", " ".join(words), "```"]


def _table(its_parser: argparse.ArgumentParser) -> list[str]:
    rows = [f"| `{typed}` | {_cell(told)} |" for _, typed, told in _told(its_parser)]
    return ["", "| argument | what it says |", "| --- | --- |", *rows] if rows else []


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
