"""Debian's nginx, run with the configuration that deploy/ offers, in a folder and on a port of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

CONFIGURATION = Path(__file__).parents[1] / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
NO_NGINX = "nginx is missing: install Debian's package 'nginx'"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_SECONDS = 10.0  # that it may take to listen


@contextlib.contextmanager
def proxied(upstream: str, folder: Path, changed: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address at which nginx shows the server at `upstream`, stopped at the end.

    `changed` are pieces of its configuration and what stands there instead; each must be there.
    """
    assert NGINX
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = CONFIGURATION.read_text(encoding="utf-8")
    for old, new in {
        "127.0.0.1:7860": upstream.removeprefix("http://"),
        "listen 80;": f"listen 127.0.0.1:{port};",
        "server_name www.clinic.example;": "server_name 127.0.0.1;",
        "/var/log/nginx/explainer.log": f"{folder}/access.log",
        **(changed or {}),
    }.items():
        assert old in text, f"there is no {old!r} in {CONFIGURATION}"
        text = text.replace(old, new)
    (folder / "explainer.conf").write_text(text, encoding="utf-8")
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in _TEMPORARY)
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}} http {{ {temporary} include {folder}/explainer.conf; }}\n",
        encoding="utf-8",
    )
    with subprocess.Popen(
        [NGINX, "-p", str(folder), "-c", str(main), "-e", str(folder / "error.log")], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            _wait(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait(port: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None or time.monotonic() > end:
            process.terminate()
            raise AssertionError(f"nginx does not start: {process.communicate()[1]}")
        time.sleep(0.02)
