"""Haystack: its store in memory, kept on disk by its own save_to_disk, and a pipeline of text embedder and retriever."""

from __future__ import annotations

from pathlib import Path

from tests.peers.runner import NEAREST, Ask, Texts, run

STORED = "haystack.json"


def store(folder: Path, model: str, given: Texts) -> None:
    from haystack import Document
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack.document_stores.types import DuplicatePolicy

    documents = InMemoryDocumentStore()
    documents.write_documents(
        [
            Document(content=text, meta={"card": card}, embedding=[float(number) for number in vector])
            for text, card, vector in zip(given.texts, given.cards, given.vectors, strict=True)
        ],
        policy=DuplicatePolicy.OVERWRITE,
    )
    documents.save_to_disk(str(folder / STORED))


def load(folder: Path, model: str) -> Ask:
    from haystack import Pipeline
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder

    documents = InMemoryDocumentStore.load_from_disk(str(folder / STORED))
    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=model, progress_bar=False))
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(document_store=documents, top_k=NEAREST))
    pipeline.connect("embedder.embedding", "retriever.query_embedding")

    def ask(question: str) -> list[str]:
        found = pipeline.run({"embedder": {"text": question}})
        return [document.meta["card"] for document in found["retriever"]["documents"]]

    return ask


if __name__ == "__main__":
    run(load, store)
