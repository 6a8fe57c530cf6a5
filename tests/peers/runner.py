"""What the script of every peer does alike: store texts in a folder, or answer questions and say how long each took."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

NEAREST = 30  # texts that are looked at; a hundred changed no card among the first three
CARDS = 3  # of an answer that are kept
WARM = 5  # questions before time is taken
TEXTS, VECTORS = "texts.json", "vectors.npy"

Ask = Callable[[str], Sequence[str]]  # a question → the card of each text found, best first
Load = Callable[[Path, str], Ask]  # a folder with what was stored, and the folder of the model


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What is stored: texts, the card of each, and their unit vectors, shape (texts, dimensions)."""

    texts: Sequence[str]
    cards: Sequence[str]
    vectors: Any  # a NumPy array, which this module leaves to those who store it


Store = Callable[[Path, str, Texts], None]


def run(load: Load, store: Store | None = None) -> None:
    """Do what the command line says: `store FOLDER …`, or `ask FOLDER` with the questions on standard input."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not stand between the answers
    work, *folders = sys.argv[1:]
    given = json.load(sys.stdin)
    if work == "ask":
        _ask(load(Path(folders[0]), given["model"]), given["questions"], given["seconds"], out)
    elif store:
        for folder in map(Path, folders):
            store(folder, given["model"], _texts(folder))


def _texts(folder: Path) -> Texts:
    import numpy as np

    stored = json.loads((folder / TEXTS).read_text(encoding="utf-8"))
    return Texts(**stored, vectors=np.load(folder / VECTORS))


def _ask(ask: Ask, questions: Sequence[str], seconds: float, out: TextIO) -> None:
    """Print the first answer, and then, in one line, what all took; after so many seconds no more are asked."""
    print(json.dumps(_cards(ask(questions[0]))), file=out, flush=True)
    for question in questions[1 : 1 + WARM]:
        ask(question)
    each, cards = [], []
    end = time.perf_counter() + seconds
    for question in questions:
        began = time.perf_counter()
        found = ask(question)
        now = time.perf_counter()
        each.append((now - began) * 1_000)
        cards.append(_cards(found))
        if now > end:
            break
    print(json.dumps({"each": each, "cards": cards, "memory": _peak()}), file=out, flush=True)


def _cards(found: Sequence[str]) -> list[str]:
    """Return the first cards, each once: a card stands where its best text does."""
    return list(dict.fromkeys(found))[:CARDS]


def _peak() -> float:
    """Return the most megabytes that this process has held.

    Linux hands the `ru_maxrss` of a process on to those it starts, which would count the bench itself.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
