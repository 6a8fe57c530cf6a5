"""Builds that are killed at random moments: `python -m tests.index.killing FOLDER CORPUS CORPUS`.

Prints one line for each kill: the version that the index has then, and the outcome of a question.
Whatever works is a fork of its own, since a lock that a killed fork held would never open again.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from index.answer import Explainer
from index.build import build
from tests.toy import ToyEncoder

KILLS = 20
SEED = 20_260_105


def fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def main(folder: Path, corpora: list[Path]) -> None:
    def build_each() -> None:
        for corpus in corpora:
            build(corpus, folder, ToyEncoder())

    def build_for_ever() -> None:
        while True:
            build_each()

    def ask() -> None:
        explainer = Explainer.load(folder, ToyEncoder())
        print(explainer.version, explainer.ask("do ears stay warm").outcome, flush=True)

    start = time.monotonic()
    os.waitpid(fork(build_each), 0)
    round_of_builds = time.monotonic() - start
    moments = random.Random(SEED)
    for _ in range(KILLS):
        child = fork(build_for_ever)
        time.sleep(moments.uniform(0, 2 * round_of_builds))  # before, while and after an index is replaced
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.waitpid(fork(ask), 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
