"""What the files for a server name is in the program, and what they promise is in the files."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.command import main
from app.options import add_options, settings_of
from app.routes import TEXT, find
from app.settings import Settings
from tests.docs import options
from tests.nginx import CONFIGURATION

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
UNIT_FILE = ROOT / "deploy" / "explainer.service"
NGINX = CONFIGURATION.read_text(encoding="utf-8")
FILES = ("Dockerfile", "compose.yaml", "deploy/explainer.service", "deploy/nginx.conf")
OTHERS = {"PATH", "MPLCONFIGDIR"}  # variables of the system, and of a library that writes where it is told
FOLDERS = {"/tmp", "/var/lib"}  # where something may be written
SYSTEMD = shutil.which("systemd-analyze")
OFF = {"no", "false", "0", ""}


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile with what follows them, each on one line."""
    lines = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines.splitlines() if line)]


def last_stage() -> list[tuple[str, str]]:
    """Return the instructions of the image that is run."""
    found = instructions()
    return found[max(n for n, (word, _) in enumerate(found) if word == "FROM") :]


def image_environment() -> dict[str, str]:
    """Return the variables that the image sets."""
    return dict(pair.split("=", 1) for word, rest in last_stage() if word == "ENV" for pair in shlex.split(rest))


def compose_environment() -> dict[str, str]:
    """Return the variables that the container is given where nobody sets any."""
    given = COMPOSE["explainer"]["environment"]
    return {name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", str(value)) for name, value in given.items()}


def unit() -> dict[str, list[str]]:
    """Return the settings of the service, each with every value it is given."""
    found: dict[str, list[str]] = {}
    for line in UNIT_FILE.read_text(encoding="utf-8").splitlines():
        if match := re.fullmatch(r"([A-Za-z]+)=(.*)", line):
            found.setdefault(match[1], []).append(match[2])
    return found


def unit_environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for line in unit()["Environment"] for pair in line.split())


def settings_by(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return what `explainer serve` understands where only these variables are set."""
    for variable in {row[1].removesuffix("=1") for row in options().rows}:
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items():
        if variable not in OTHERS:
            monkeypatch.setenv(variable, value)
    parser = argparse.ArgumentParser()
    add_options(parser)
    return settings_of(parser.parse_args([]))


def checks_of_health() -> Iterator[list[str]]:
    """The commands that say whether a container is well."""
    yield from (json.loads(rest.partition("CMD ")[2]) for word, rest in last_stage() if word == "HEALTHCHECK")
    yield COMPOSE["explainer"]["healthcheck"]["test"]


@pytest.mark.parametrize("variables", [image_environment(), compose_environment(), unit_environment()])
def test_every_variable_that_is_set_is_one_that_is_read(variables: dict[str, str]) -> None:
    """By the program, or by one of its libraries."""
    known = {row[1].removesuffix("=1") for row in options().rows}
    assert set(variables) - OTHERS <= known


def test_the_image_and_the_container_serve_with_what_they_are_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """To the container's own addresses; readers' addresses are believed of Docker's networks alone."""
    sites = tmp_path / "sites.yaml"
    shutil.copy(ROOT / "sites.example.yaml", sites)
    given = compose_environment() | {"SITES_FILE": str(sites)}
    settings = settings_by(image_environment() | given, monkeypatch)
    assert settings == Settings(host="0.0.0.0", proxies=("172.16.0.0/12",), sites=sites)


def test_the_service_serves_with_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """To its own machine, where the proxy is."""
    assert settings_by(unit_environment(), monkeypatch) == Settings()


def test_the_file_of_sites_is_where_the_container_looks_for_it() -> None:
    """And cannot be written there."""
    (volume,) = COMPOSE["explainer"]["volumes"]
    assert volume["target"] == compose_environment()["SITES_FILE"]
    assert volume["read_only"] is True


@pytest.mark.parametrize("name", FILES)
def test_no_file_holds_a_secret(name: str) -> None:
    """Nor a place for one: there is none to keep."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"password|secret|token(?!s)|api_?key|private_key|://[^/\s]*:[^/\s]*@", text, re.IGNORECASE)


def test_the_image_runs_as_nobody_in_particular() -> None:
    """By number, so that a cluster can see that it is not root."""
    users = [rest for word, rest in last_stage() if word == "USER"]
    assert users == ["10001:10001"]
    assert [word for word, _ in last_stage()].index("USER") < [word for word, _ in last_stage()].index("CMD")


def test_the_image_runs_a_command_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the port that it says it has."""
    [command] = [json.loads(rest) for word, rest in last_stage() if word == "CMD"]
    monkeypatch.setattr("app.command.run", lambda parser, arguments: parser.parse_args(arguments))
    assert command[0] == "explainer"
    assert callable(main(command[1:]).run)  # type: ignore[attr-defined]
    assert unit()["ExecStart"] == [f"/opt/explainer/bin/{' '.join(command)}"]
    [port] = [rest for word, rest in last_stage() if word == "EXPOSE"]
    assert port == image_environment()["PORT"] == unit_environment()["PORT"] == str(Settings().port)
    assert COMPOSE["explainer"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"server 127.0.0.1:{port};" in NGINX


def test_the_image_is_made_of_what_is_pinned_and_copied() -> None:
    """PyTorch in the version of pyproject.toml, and no file that is kept from Docker."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    pin = re.search(r"torch==[\d.]+", DOCKERFILE)
    assert pin
    assert f'"{pin[0]}"' in project
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert lines[1] == "*"
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        name for word, rest in instructions() if word == "COPY" and "--from" not in rest for name in rest.split()[:-1]
    }
    assert copied == allowed
    assert [name for name in copied if not (ROOT / name).exists()] == []
    kept = [line for line in lines[2:] if not line.startswith("!")]
    assert all(any(fnmatch(path, pattern) for pattern in kept) for path in ("index/built", "app/x/__pycache__"))
    packages = re.search(r'^packages = \["(index", "app", "corpus)"\]', project, re.MULTILINE)
    assert packages
    assert set(packages[1].split('", "')) <= copied


def test_a_container_is_asked_what_it_answers() -> None:
    """Whether it is ready, at its own port; the interpreter there understands the question."""
    for check in checks_of_health():
        assert check[-3:-1] == ["python", "-c"]
        compile(check[-1], "health", "exec")
        address = re.search(r"http://127\.0\.0\.1:(7860|\{os\.environ\[\"PORT\"\]\})(/\w+)", check[-1])
        assert address
        assert find("GET", address[2])


def test_a_check_of_health_fails_where_nothing_answers() -> None:
    """It ends with a status that Docker takes for ill."""
    for check in checks_of_health():
        found = subprocess.run(
            [sys.executable, "-c", check[-1].replace("7860", "9")], env={"PORT": "9"}, capture_output=True, check=False
        )
        assert found.returncode == 1


@pytest.mark.parametrize("name", COMPOSE)
def test_a_container_can_write_nothing_and_do_little(name: str) -> None:
    """A read-only file system, no capabilities, no new rights, and an end to its memory."""
    service = COMPOSE[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "devices"} & set(service)
    assert "user" in service or "build" in service  # the image of ours names its own


def test_redis_is_there_for_who_asks_for_it_and_reached_by_nobody_else() -> None:
    """It keeps nothing on a disk."""
    redis = COMPOSE["redis"]
    assert redis["profiles"] == ["redis"]
    assert "ports" not in redis
    assert redis["command"][1:5] == ["--save", "", "--appendonly", "no"]


@pytest.mark.parametrize(
    "setting",
    [
        "DynamicUser",
        "NoNewPrivileges",
        "PrivateDevices",
        "PrivateTmp",
        "ProtectControlGroups",
        "ProtectHome",
        "ProtectKernelModules",
        "ProtectKernelTunables",
        "RestrictNamespaces",
        "RestrictSUIDSGID",
    ],
)
def test_the_service_is_kept_from_what_it_does_not_need(setting: str) -> None:
    """Each of these is on."""
    assert unit()[setting] == ["yes"]


def test_the_service_writes_where_it_may_and_comes_back() -> None:
    """Nothing but its own folders; as much memory as a container; started again if it fails."""
    found = unit()
    assert found["ProtectSystem"] == ["strict"]
    assert found["CapabilityBoundingSet"] == [""]
    assert not {"ReadWritePaths", "BindPaths"} & set(found)
    assert found["Restart"] == ["on-failure"]
    assert found["MemoryMax"][0].lower() == COMPOSE["explainer"]["mem_limit"]
    for variables in (unit_environment(), image_environment()):
        assert variables["MPLCONFIGDIR"].startswith("/tmp/")


def test_nobody_is_stopped_while_an_answer_may_still_come() -> None:
    """What stops the program waits longer than an answer may take, and so does the proxy."""
    waits = [unit()["TimeoutStopSec"][0], COMPOSE["explainer"]["stop_grace_period"]]
    waits += re.findall(r"proxy_read_timeout (\w+);", NGINX)
    assert len(waits) == 3
    assert all(int(wait.removesuffix("s")) > Settings().seconds for wait in waits)


@pytest.mark.skipif(SYSTEMD is None, reason="systemd-analyze is missing: install Debian's package 'systemd'")
def test_systemd_understands_the_service(tmp_path: Path) -> None:
    """Every setting is one that it knows; the program is put where it is here."""
    assert SYSTEMD
    text = UNIT_FILE.read_text(encoding="utf-8").replace("/opt/explainer/bin/explainer", sys.executable)
    file = tmp_path / "explainer.service"
    file.write_text(text, encoding="utf-8")
    found = subprocess.run([SYSTEMD, "verify", file], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_the_proxy_lets_pass_what_we_take_and_a_little_more() -> None:
    """A text too long is then told so in our own words; and all of it stays in memory."""
    sizes = re.findall(r"client_(?:max_body|body_buffer)_size (\d+)k;", NGINX)
    assert len(sizes) == 2
    assert all(TEXT < int(size) * 1_024 <= 2 * TEXT for size in sizes)


def test_the_proxys_comment_names_flags_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """They fit what the file says below."""
    command = re.search(r"`explainer (serve [^`]*)`", NGINX)
    assert command
    monkeypatch.setattr("app.command.run", lambda parser, arguments: parser.parse_args(arguments))
    given = settings_of(main(shlex.split(command[1])))  # type: ignore[arg-type]
    assert f"location {given.root_path}/ {{" in NGINX
    assert f"server_name {given.hosts[-1]};" in NGINX
    assert given.proxies == ("127.0.0.1",)
