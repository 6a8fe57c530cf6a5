"""How lines are written: for people or for programs, and without words of a question."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.logs import set_up_logging
from index.errors import SettingsError

ROOT = Path(__file__).parents[2]
SECRET = "xylophone"


def written(program: str, form: str = "json", level: str = "info") -> list[str]:
    """The lines that a program of its own writes, which may use `log`, that of another library `other`, and `SECRET`."""
    start = f"""
import asyncio, logging, sys
from app.logs import set_up_logging
set_up_logging({form!r}, {level!r})
log, other, SECRET = logging.getLogger("explainer"), logging.getLogger("other.part"), {SECRET!r}
"""
    found = subprocess.run(
        [sys.executable, "-c", start + program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (found.stdout, found.returncode) == ("", 0), found.stderr
    return found.stderr.splitlines()


REQUEST = "log.info('request', extra={'request': 'ab', 'method': 'GET', 'route': '/c/{id}', 'status': 200, 'ms': 1.5})"


def test_a_json_line_holds_its_fields_by_name() -> None:
    """A program reads each line by itself."""
    [line] = written(REQUEST)
    found = json.loads(line)
    when = datetime.fromisoformat(found.pop("time"))
    assert timedelta(0) <= datetime.now(UTC) - when < timedelta(minutes=2)
    assert found == {
        "level": "INFO",
        "logger": "explainer",
        "message": "request",
        "request": "ab",
        "method": "GET",
        "route": "/c/{id}",
        "status": 200,
        "ms": 1.5,
    }


def test_a_text_line_holds_the_same_for_people() -> None:
    """Time, level and who writes first."""
    [line] = written(REQUEST, form="text")
    when, rest = line.split(" ", 1)
    assert datetime.fromisoformat(when).tzinfo == UTC
    assert rest == "INFO explainer request request=ab method=GET route=/c/{id} status=200 ms=1.5"


@pytest.mark.parametrize(("level", "count"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_our_lines_begin_at_the_level_asked_for(level: str, count: int) -> None:
    """No lower one is written."""
    program = "for level in ('debug', 'info', 'warning', 'error'): getattr(log, level)('hat')"
    assert len(written(program, level=level)) == count


def test_of_other_libraries_only_warnings_and_errors_are_written() -> None:
    """Even where one of them sets itself a lower level."""
    program = (
        "other.setLevel('DEBUG')\nfor level in ('debug', 'info', 'warning', 'error'): getattr(other, level)('hat')"
    )
    assert [json.loads(line)["level"] for line in written(program, level="debug")] == ["WARNING", "ERROR"]


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("logger", ["log", "other"])
def test_a_traceback_becomes_the_class_and_place_of_its_exception(form: str, logger: str) -> None:
    """Its words and those of its causes may be a reader's."""
    program = f"""
from app.metrics import Metrics
try:
    try:
        raise RuntimeError(SECRET)
    except RuntimeError:
        Metrics(SECRET, SECRET and 1)
except TypeError:
    {logger}.exception("could not count", stack_info=True)
"""
    [line] = written(program, form)
    assert "could not count" in line
    assert "TypeError" in line
    assert "app/metrics.py:" in line
    assert SECRET not in line


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("other.warning('port %d is %s', 7860, SECRET)", "port 7860 is …"),
        ("other.warning('%(a)s took %(b).1f s', {'a': SECRET, 'b': 0.25})", "… took 0.2 s"),
        ("other.warning('%d hats', SECRET)", "%d hats"),
        ("other.warning('hat', extra={'question': SECRET, 'route': SECRET})", "hat"),
        ("other.warning(f'two lines\\n{SECRET}')", "two lines"),
        ("other.warning(f'could not read {SECRET!r} at all')", "could not read"),
        ("other.error(ValueError(SECRET))", "ValueError"),
        ("other.error({'question': SECRET})", "dict"),
        ("other.error(OSError(98, 'address already in use'))", "[Errno 98] address already in use"),
    ],
)
@pytest.mark.parametrize("form", ["json", "text"])
def test_what_another_library_fills_in_is_left_out(form: str, call: str, message: str) -> None:
    """Its line says what is wrong; numbers stay, words may be a reader's."""
    [line] = written(call, form)
    assert SECRET not in line
    if form == "json":
        assert json.loads(line)["message"] == message
    else:
        assert line.endswith(f"other.part {message}")


def test_a_failure_that_nobody_waited_for_is_written_without_its_words() -> None:
    """The event loop itself would quote the exception and what was called with it."""
    program = """
def fail(text):
    raise RuntimeError(text)

async def work():
    fail(SECRET)

async def main():
    task = asyncio.create_task(work(), name=SECRET)
    asyncio.get_running_loop().call_soon(fail, SECRET)
    await asyncio.sleep(0.01)
    del task
    import gc; gc.collect()

asyncio.run(main())
"""
    found = [json.loads(line) for line in written(program)]
    assert [(line["message"], line["error"]) for line in found] == [
        ("Exception in callback fail", "RuntimeError"),
        ("Task exception was never retrieved", "RuntimeError"),
    ]
    assert SECRET not in str(found)


SERVER = """
import socket, threading, time, urllib.request, urllib.error
import uvicorn

async def app(scope, receive, send):
    if scope["path"] == "/waits":
        await asyncio.Event().wait()
    raise RuntimeError(SECRET)

def get(path):
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?q={SECRET}", timeout=20).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
server = uvicorn.Server(uvicorn.Config(
    app, port=port, lifespan="off", log_level=LEVEL, timeout_graceful_shutdown=1, **LOGGING))
thread = threading.Thread(target=server.run)
thread.start()
while not server.started:
    time.sleep(0.02)
assert get("/" + SECRET) == 500
waiting = threading.Thread(target=get, args=["/waits"])
waiting.start()
while not server.server_state.tasks:
    time.sleep(0.02)
server.should_exit = True
thread.join()
waiting.join()
"""


@pytest.mark.parametrize("logging", ["{'log_config': None}", "{}", "{'access_log': True, 'use_colors': False}"])
@pytest.mark.parametrize("level", ["warning", "trace"])
def test_uvicorn_prints_no_request_and_no_traceback(logging: str, level: str) -> None:
    """However it is told to log; a request that is cut off when the server stops is no error."""
    program = SERVER.replace("LOGGING", logging).replace("LEVEL", repr(level))
    lines = written(program)
    assert SECRET not in "".join(lines)
    assert len([line for line in lines if "Exception in ASGI application" in line]) == 1
    assert not any("CancelledError" in line or "Traceback" in line for line in lines)


def test_a_port_that_is_taken_is_told() -> None:
    """The one line that a maintainer needs."""
    program = """
import socket, uvicorn

async def app(scope, receive, send): ...

with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    try:
        uvicorn.run(app, port=taken.getsockname()[1], lifespan="off", log_config=None)
    except SystemExit:
        pass
"""
    [line] = written(program)
    assert "address already in use" in json.loads(line)["message"]


def test_it_may_be_set_up_again() -> None:
    """The last time counts, and no line is written twice."""
    assert written("set_up_logging('text', 'error')\nlog.info('hat')\nlog.error('hat')\nother.warning('hat')", "json")[
        0
    ].endswith("ERROR explainer hat")


@pytest.mark.parametrize(("form", "level"), [("xml", "info"), ("json", "loud"), ("", ""), ("text", "INFO")])
def test_an_unknown_form_or_level_is_refused(form: str, level: str) -> None:
    """One line names those there are."""
    with pytest.raises(SettingsError, match="log lines are text or json, from debug, info, warning, error on"):
        set_up_logging(form, level)  # type: ignore[arg-type]
