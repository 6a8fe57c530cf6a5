"""LlamaIndex: a VectorStoreIndex over FAISS, persisted to a folder and loaded from it."""

from __future__ import annotations

from pathlib import Path

from tests.peers.runner import NEAREST, Ask, Texts, run

STORED = "llamaindex"


def store(folder: Path, model: str, given: Texts) -> None:
    import faiss
    from llama_index.core import StorageContext, VectorStoreIndex
    from llama_index.core.schema import TextNode
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.faiss import FaissVectorStore

    nodes = [
        TextNode(text=text, metadata={"card": card}, embedding=vector.tolist())
        for text, card, vector in zip(given.texts, given.cards, given.vectors, strict=True)
    ]
    storage = StorageContext.from_defaults(vector_store=FaissVectorStore(faiss.IndexFlatL2(given.vectors.shape[1])))
    VectorStoreIndex(nodes, storage_context=storage, embed_model=HuggingFaceEmbedding(model))
    storage.persist(folder / STORED)


def load(folder: Path, model: str) -> Ask:
    from llama_index.core import StorageContext, load_index_from_storage
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.faiss import FaissVectorStore

    stored = str(folder / STORED)
    storage = StorageContext.from_defaults(vector_store=FaissVectorStore.from_persist_dir(stored), persist_dir=stored)
    index = load_index_from_storage(storage, embed_model=HuggingFaceEmbedding(model))
    retriever = index.as_retriever(similarity_top_k=NEAREST)
    return lambda question: [found.node.metadata["card"] for found in retriever.retrieve(question)]


if __name__ == "__main__":
    run(load, store)
