"""What a site can set, from flags and environment, refused at start if it makes no sense."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the server listens, who may use it, and how much.

    `hosts` are the Host headers it answers to, `root_path` the path below which a proxy shows it,
    `proxies` the addresses whose word on a reader's address is believed, `public_url` the site's
    own address as others see it. `seconds` is the time an answer may take and a body may take to
    come, `at_once` the threads that work on answers; `per_address` and `per_site` are limits such as
    "60/minute", counted in `limits_in`. `sites` is the file of the sites that may show us,
    `feedback` the file of counts where readers may judge a card, `gaps` that of what the corpus has
    nothing on, kept for `gaps_days`. `ray` is the Ray cluster that answers instead of this process, by
    at least and at most as many replicas as `ray_replicas` says.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    root_path: str = ""
    proxies: tuple[str, ...] = ()
    public_url: str = ""
    language: str = "en"
    seconds: float = 10.0
    at_once: int = 2
    per_address: str = "60/minute"
    per_site: str = "600/minute"
    limits_in: str = "memory://"
    sites: Path | None = None
    feedback: Path | None = None
    gaps: Path | None = None
    gaps_days: int = 90
    metrics: bool = False
    ray: str = ""
    ray_replicas: tuple[int, int] = (1, 2)
