"""LangChain: its FAISS vector store, saved to a folder and loaded from it."""

from __future__ import annotations

from pathlib import Path

from tests.peers.runner import NEAREST, Ask, Texts, run

STORED = "langchain"


def store(folder: Path, model: str, given: Texts) -> None:
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings

    vectors = FAISS.from_embeddings(
        zip(given.texts, given.vectors.tolist(), strict=True),
        HuggingFaceEmbeddings(model_name=model),
        metadatas=[{"card": card} for card in given.cards],
    )
    vectors.save_local(str(folder / STORED))


def load(folder: Path, model: str) -> Ask:
    from langchain_community.vectorstores import FAISS
    from langchain_huggingface import HuggingFaceEmbeddings

    vectors = FAISS.load_local(
        str(folder / STORED), HuggingFaceEmbeddings(model_name=model), allow_dangerous_deserialization=True
    )
    return lambda question: [found.metadata["card"] for found in vectors.similarity_search(question, k=NEAREST)]


if __name__ == "__main__":
    run(load, store)
