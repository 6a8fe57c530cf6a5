"""Chroma: a persistent client with one collection, the same model through its sentence-transformers function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.peers.runner import NEAREST, Ask, Texts, run

COLLECTION = "cards"


def store_with(encoder: Any, folder: Path, given: Texts) -> None:
    """Store the texts in a collection of their own for `encoder`."""
    client = _client(folder / encoder.name())
    collection = client.create_collection(COLLECTION, embedding_function=encoder)
    step = client.get_max_batch_size()
    for start in range(0, len(given.texts), step):
        several = slice(start, start + step)
        collection.add(
            ids=[f"{card}/{number}" for number, card in enumerate(given.cards[several], start)],
            documents=list(given.texts[several]),
            metadatas=[{"card": card} for card in given.cards[several]],
            embeddings=given.vectors[several],
        )


def load_with(encoder: Any, folder: Path) -> Ask:
    """Return what asks that collection."""
    collection = _client(folder / encoder.name()).get_collection(COLLECTION, embedding_function=encoder)

    def ask(question: str) -> list[str]:
        found = collection.query(query_texts=[question], n_results=NEAREST)
        return [metadata["card"] for metadata in found["metadatas"][0]]

    return ask


def _client(folder: Path) -> Any:
    import chromadb

    return chromadb.PersistentClient(str(folder), chromadb.Settings(anonymized_telemetry=False))


def _encoder(model: str) -> Any:
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    return SentenceTransformerEmbeddingFunction(model)


def store(folder: Path, model: str, given: Texts) -> None:
    store_with(_encoder(model), folder, given)


def load(folder: Path, model: str) -> Ask:
    return load_with(_encoder(model), folder)


if __name__ == "__main__":
    run(load, store)
