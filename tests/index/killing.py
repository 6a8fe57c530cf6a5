"""Builds that are killed at random moments: `python -m tests.index.killing FOLDER CORPUS CORPUS`.

Prints one line for each kill: the version that the index has then, and the outcome of a question.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from index.answer import Explainer
from index.build import build
from tests.toy import ToyEncoder

KILLS = 20
SEED = 20_260_105


def build_for_ever(folder: Path, corpora: list[Path]) -> None:
    while True:
        for corpus in corpora:
            build(corpus, folder, ToyEncoder())


def main(folder: Path, corpora: list[Path]) -> None:
    start = time.monotonic()
    for corpus in corpora:
        build(corpus, folder, ToyEncoder())
    round_of_builds = time.monotonic() - start
    moments = random.Random(SEED)
    for _ in range(KILLS):
        child = os.fork()
        if child == 0:
            build_for_ever(folder, corpora)
        time.sleep(moments.uniform(0, round_of_builds))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        explainer = Explainer.load(folder, ToyEncoder())
        print(explainer.version, explainer.ask("do ears stay warm").outcome, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
