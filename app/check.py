"""What is said of one thing that was looked at on a page that embeds us."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["ok", "warn", "fail", "skip"]
MOST = 4  # things told of one kind: a page may have any number


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: `found` says what there is, `do` what to do next, empty where nothing."""

    name: str
    state: State
    found: str
    do: str = ""

    def __str__(self) -> str:
        return f"{self.state:<4} {self.name}: {self.found}{f'; {self.do}' if self.do else ''}"


def skipped(name: str, why: str) -> Check:
    """Return the Check of what could not be looked at."""
    return Check(name=name, state="skip", found=f"not looked at: {why}")


def few(texts: Iterable[str], between: str = ", ") -> str:
    """Return the first of some texts, each once, and how many more there are."""
    once = list(dict.fromkeys(texts))
    return between.join([*once[:MOST], *([f"and {len(once) - MOST} more"] if len(once) > MOST else [])])
