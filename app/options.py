"""What `explainer serve` can be told, by flags or by the environment, and what makes no sense there."""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from app.routes import ROUTES
from app.settings import Settings
from index.errors import SettingsError

T = TypeVar("T")
_HOST = re.compile(r"\*|\[[0-9a-f:]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
_ROOT = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_FOLDERS = frozenset(route.path.split("/")[1] for route in ROUTES if route.path.count("/") > 1)
_USUAL = Settings()


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add every option of serving to a parser; the value of the environment stands in for a flag that is not given."""

    def add(flag: str, variable: str, read: Callable[[str], T], usual: T, help: str, metavar: str = "") -> None:
        # argparse reads a default that is text as it reads a flag, so a bad value of the environment is refused alike.
        default = os.environ.get(variable, usual)
        parser.add_argument(flag, type=read, default=default, metavar=metavar or None, help=f"{help} ({variable})")

    add("--host", "HOST", str, _USUAL.host, "address to listen on, 127.0.0.1 if not given", "ADDRESS")
    add("--port", "PORT", _port, _USUAL.port, "port to listen on, 7860 if not given", "N")
    parser.add_argument(
        "--allow-host",
        type=_host,
        action="append",
        default=None,
        metavar="NAME",
        help="answer to this Host header too, besides localhost; repeat for more (ALLOW_HOSTS, parted by spaces)",
    )
    add(
        "--root-path",
        "ROOT_PATH",
        _root_path,
        _USUAL.root_path,
        "path below which a proxy shows us, such as /ask",
        "PATH",
    )
    parser.add_argument(
        "--trusted-proxy",
        type=_network,
        action="append",
        default=None,
        metavar="ADDRESS",
        help="address or network of a proxy whose X-Forwarded-For is believed; repeat for more (TRUSTED_PROXIES, parted by spaces)",
    )
    add(
        "--public-url",
        "PUBLIC_URL",
        _url,
        _USUAL.public_url,
        "the site's own address, for links that are shared",
        "URL",
    )
    add("--language", "LANGUAGE_TAG", str, _USUAL.language, "language of the page's words, such as es", "TAG")
    add(
        "--seconds",
        "ANSWER_SECONDS",
        _seconds,
        _USUAL.seconds,
        "seconds that an answer may take, or a body to come; 10 if not given",
        "N",
    )
    add("--at-once", "ANSWERS_AT_ONCE", _count, _USUAL.at_once, "threads that work on answers; 2 if not given", "N")
    add(
        "--limit",
        "LIMIT",
        str,
        _USUAL.per_address,
        "questions that one address may ask, 60/minute if not given",
        "RATE",
    )
    add(
        "--site-limit",
        "SITE_LIMIT",
        str,
        _USUAL.per_site,
        "questions that one site's widget may ask, 600/minute if not given",
        "RATE",
    )
    add(
        "--limits-in",
        "LIMITS_IN",
        str,
        _USUAL.limits_in,
        "where limits are counted: memory://, or a redis://… address",
        "URL",
    )
    add(
        "--sites",
        "SITES_FILE",
        _file,
        _USUAL.sites,
        "the sites that may show the widget, as sites.example.yaml",
        "FILE",
    )
    add(
        "--feedback",
        "FEEDBACK_FILE",
        Path,
        _USUAL.feedback,
        "let readers judge cards, and keep the counts here",
        "FILE",
    )
    add("--gaps", "GAPS_FILE", Path, _USUAL.gaps, "count here what readers ask that we have nothing on", "FILE")
    add(
        "--gaps-days",
        "GAPS_DAYS",
        _days,
        _USUAL.gaps_days,
        "days for which those counts are kept; 90 if not given",
        "N",
    )
    parser.add_argument(
        "--metrics",
        action="store_true",
        default=_yes(os.environ.get("METRICS", "")),
        help="offer /metrics for Prometheus; keep it from the public at your proxy (METRICS=1)",
    )
    add(
        "--ray",
        "ANSWERS_ON_RAY",
        str,
        _USUAL.ray,
        "let a Ray cluster answer: host:port of its head, auto, or local for one of this machine alone",
        "ADDRESS",
    )
    add(
        "--ray-replicas",
        "ANSWERS_REPLICAS",
        _replicas,
        _USUAL.ray_replicas,
        "replicas that answer in the cluster, at least and at most; 1-2 if not given",
        "MIN-MAX",
    )
    add(
        "--log-format",
        "LOG_FORMAT",
        _choice("text", "json"),
        "text",
        "form of the lines on standard error: text or json",
        "FORM",
    )
    add(
        "--log-level",
        "LOG_LEVEL",
        _choice("debug", "info", "warning", "error"),
        "info",
        "level from which a line is written: debug, info, warning or error",
        "LEVEL",
    )


def settings_of(options: argparse.Namespace) -> Settings:
    """Return the settings that the options mean. Raises SettingsError for a bad value of the environment."""
    hosts = options.allow_host or _listed("ALLOW_HOSTS", _host)
    proxies = options.trusted_proxy or _listed("TRUSTED_PROXIES", _network)
    return Settings(
        host=options.host,
        port=options.port,
        hosts=_unique((*_USUAL.hosts, *hosts)),
        root_path=options.root_path,
        proxies=_unique(proxies),
        public_url=options.public_url,
        language=options.language,
        seconds=options.seconds,
        at_once=options.at_once,
        per_address=options.limit,
        per_site=options.site_limit,
        limits_in=options.limits_in,
        sites=options.sites,
        feedback=options.feedback,
        gaps=options.gaps,
        gaps_days=options.gaps_days,
        metrics=options.metrics,
        ray=options.ray,
        ray_replicas=options.ray_replicas,
    )


def _listed(variable: str, read: Callable[[str], str]) -> list[str]:
    try:
        return [read(text) for text in os.environ.get(variable, "").split()]
    except argparse.ArgumentTypeError as error:
        raise SettingsError(f"{variable}: {error}") from None


def _unique(found: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))


def _wrong(what: str, text: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{what}: {text!r}")


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise _wrong("a port is a number from 1 to 65535", text)
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000:
        raise _wrong("a number from 1 to 1000 is needed", text)
    return int(text)


def _replicas(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,4})(?:-(\d{1,4}))?", text)
    least, most = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= least <= most <= 1_000:
        raise _wrong("replicas are a number from 1 to 1000, or two such as 2-8", text)
    return least, most


def _days(text: str) -> int:
    if not text.isdecimal() or not 7 <= int(text) <= 3_650:
        raise _wrong("days are a number from 7 to 3650", text)
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 600:
        raise _wrong("seconds are a number from 0.1 to 600", text)
    return seconds


def _host(text: str) -> str:
    if not _HOST.fullmatch(text.lower()):
        raise _wrong("a host is a name such as ask.example.org, without scheme, port or path", text)
    return text.lower()


def _root_path(text: str) -> str:
    if not _ROOT.fullmatch(text.rstrip("/")):
        raise _wrong("a root path begins with / and has letters, digits and . _ ~ - only", text)
    if text.strip("/").split("/")[0] in _FOLDERS:  # nobody could tell what is the proxy's and what is ours
        raise _wrong("a root path may not begin as paths of ours do: choose another", text)
    return text.rstrip("/")


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False) if "/" in text else ipaddress.ip_address(text))
    except ValueError:
        raise _wrong("a proxy is an IP address or a network such as 10.0.0.0/8", text) from None


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = not text or (parts.scheme in ("https", "http") and parts.hostname and not parts.query + parts.fragment)
    except ValueError:
        sound = False
    if not sound or re.search(r"[\s\"'<>]", text):
        raise _wrong("an address begins with https:// or http:// and has no query", text)
    return text.rstrip("/")


def _file(text: str) -> Path:
    if not Path(text).is_file():
        raise _wrong("there is no such file", text)
    return Path(text)


def _yes(text: str) -> bool:
    return text.lower() in ("1", "true", "yes", "on")


def _choice(*allowed: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in allowed:
            raise _wrong(f"use one of {', '.join(allowed)}", text)
        return text

    return read
