"""txtai: an Embeddings database with content, saved to a folder and loaded from it, all settings its own."""

from __future__ import annotations

from pathlib import Path

from tests.peers.runner import NEAREST, Ask, Texts, run

STORED = "txtai"


def store(folder: Path, model: str, given: Texts) -> None:
    import numpy as np
    from txtai import Embeddings

    at_hand = dict(zip(given.texts, given.vectors, strict=True))
    embeddings = Embeddings(
        method="external", transform=lambda texts: np.array([at_hand[text] for text in texts]), content=True
    )
    embeddings.index(
        (f"{card}/{number}", text, None)
        for number, (card, text) in enumerate(zip(given.cards, given.texts, strict=True))
    )
    for name in ("method", "transform"):
        del embeddings.config[name]
    embeddings.config["path"] = model  # from here on it embeds by itself
    embeddings.save(str(folder / STORED))


def load(folder: Path, model: str) -> Ask:
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(folder / STORED))
    return lambda question: [found["id"].rpartition("/")[0] for found in embeddings.search(question, NEAREST)]


if __name__ == "__main__":
    run(load, store)
