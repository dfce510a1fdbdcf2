"""What StepCache is compared with: a whole-response semantic cache, as it is commonly deployed.

The prompt is embedded, the nearest stored prompt with the same model and settings is looked up in Chroma, and from a
similarity threshold on its answer is served. The threshold here, 0.9, is stricter than the usual defaults: GPTCache
serves from a similarity of 0.8, LangChain's `RedisSemanticCache` from a cosine distance of 0.2.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from langchain_core.embeddings import Embeddings

from stepcache_lc.stores.connection import open_memory

THRESHOLD: Final = 0.9


@dataclass(frozen=True)
class Near:
    """A stored answer to a prompt that looks alike."""

    prompt: str
    answer: str
    similarity: float
    """Cosine, -1..1."""


class SemanticCache:
    """Serves the answer to the nearest stored prompt, from a similarity threshold on."""

    def __init__(self, embeddings: Embeddings, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self._embeddings = embeddings
        # Chroma's in-memory clients of one process share their data: the name keeps this cache apart.
        self._collection = open_memory().client.create_collection(
            f"semantic-{uuid.uuid4().hex}", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )

    def lookup(self, prompt: str, settings: str) -> Near | None:
        """The stored answer that would be served; `settings` names the model and its parameters."""
        found = self._collection.query(
            query_embeddings=self._embed(prompt),
            n_results=1,
            where={"settings": settings},
            include=["documents", "metadatas", "distances"],
        )
        documents, metadatas, distances = found["documents"], found["metadatas"], found["distances"]
        if not documents or not documents[0] or metadatas is None or distances is None:
            return None
        near = Near(documents[0][0], str(metadatas[0][0]["answer"]), 1.0 - distances[0][0])
        return near if near.similarity >= self.threshold else None

    def update(self, prompt: str, settings: str, answer: str) -> None:
        """Remember an answer."""
        self._collection.add(
            ids=[uuid.uuid4().hex],
            embeddings=self._embed(prompt),
            documents=[prompt],
            metadatas=[{"settings": settings, "answer": answer}],
        )

    def _embed(self, prompt: str) -> list[Sequence[float]]:
        return [self._embeddings.embed_query(prompt)]
