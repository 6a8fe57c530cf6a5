"""How the server writes lines down: none holds a word of a question, whoever wrote the line."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from typing import Literal

from pythonjsonlogger.json import JsonFormatter

from index.errors import SettingsError

NAME = "explainer"
_FIELDS = ("request", "method", "route", "status", "outcome", "ms", "error", "place")
_LEVELS = ("debug", "info", "warning", "error")
_ROOT = Path(__file__).parents[1]
_OURS = (_ROOT / "app", _ROOT / "index")
_QUOTING = re.compile(r"""["'`<(\[{«“‘]""")
_USUAL = frozenset(vars(logging.makeLogRecord({})))


def set_up_logging(form: Literal["text", "json"] = "text", level: str = "info") -> None:
    """Write our lines from `level` on and warnings of others to standard error, none with words of a question.

    Raises SettingsError where form or level is unknown. uvicorn needs `log_config=None`, so that
    its lines come this way too; without it they are silent about questions all the same.
    """
    if form not in _FORMATTERS or level not in _LEVELS:
        raise SettingsError(f"log lines are text or json, from {', '.join(_LEVELS)} on: {form!r}, {level!r}")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_FORMATTERS[form]())
    handler.addFilter(_without_words)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(NAME).setLevel(level.upper())
    logging.getLogger("uvicorn.error").addFilter(_without_words)
    for name in ("uvicorn.access", "uvicorn.asgi"):  # each request, and at level trace each message
        logging.getLogger(name).addFilter(_never)


def what_failed(error: BaseException) -> dict[str, str]:
    """Return the class of an exception, and the file and line of the innermost frame of ours; never its words."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    place = "elsewhere"
    for frame, line in walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if any(file.is_relative_to(folder) for folder in _OURS):
            place = f"{file.relative_to(_ROOT).as_posix()}:{line}"
    return {"error": type(error).__name__, "place": place}


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        fields = ((name, getattr(record, name, None)) for name in _FIELDS)
        return " ".join([super().format(record), *(f"{name}={value}" for name, value in fields if value is not None)])

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return _time(record)


class _Json(JsonFormatter):
    def __init__(self) -> None:
        super().__init__(
            ("asctime", "levelname", "name", "message"),
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return _time(record)


_FORMATTERS = {"text": _Text, "json": _Json}


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _never(record: logging.LogRecord) -> bool:
    return False


def _without_words(record: logging.LogRecord) -> bool:
    """Take out of a line what may quote a question, and say whether it is to be written.

    A traceback becomes the class and place of its exception. Of a line of somebody else's library
    stays the first line of its template, with numbers filled in and everything else left out; where
    nothing is filled in, what it quotes may stand in the line itself, which is cut short there.
    """
    if getattr(record, "_bare", False):  # uvicorn's lines come by here twice
        return True
    ours = record.name == NAME
    if not ours:
        if record.levelno < logging.WARNING:
            return False
        for name in vars(record).keys() - _USUAL:
            delattr(record, name)
        record.msg, record.args = _bare_message(record), ()
    if record.exc_info and record.exc_info[1]:
        if isinstance(record.exc_info[1], asyncio.CancelledError):
            return False
        vars(record).update(what_failed(record.exc_info[1]))
    record.exc_info = record.exc_text = record.stack_info = None
    vars(record)["_bare"] = True
    return True


def _bare_message(record: logging.LogRecord) -> str:
    if not isinstance(record.msg, str):  # uvicorn logs the error itself when a port is taken
        return str(record.msg) if isinstance(record.msg, OSError) else type(record.msg).__name__
    line = record.msg.partition("\n")[0]
    if not record.args:
        return _QUOTING.split(line)[0].rstrip()
    try:
        if isinstance(record.args, tuple):
            return line % tuple(map(_bare_value, record.args))
        return line % {name: _bare_value(value) for name, value in record.args.items()}
    except (TypeError, ValueError, KeyError):
        return line


def _bare_value(value: object) -> object:
    return value if isinstance(value, int | float) else "…"
