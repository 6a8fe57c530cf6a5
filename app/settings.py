"""What a site can set, from flags and environment, refused at start if it makes no sense."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the server listens and what it allows.

    `hosts` are the Host headers it answers to, `seconds` the time an answer may take,
    `at_once` the answers worked on at a time, `public_url` the site's own address as others see
    it, `feedback` the file of counts where readers may judge a card.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    hosts: tuple[str, ...] = ("localhost", "127.0.0.1", "[::1]")
    seconds: float = 10.0
    at_once: int = 2
    language: str = "en"
    public_url: str = ""
    feedback: Path | None = None
