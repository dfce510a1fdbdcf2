"""Names of collections and rows: hashed, so that any namespace, model or id is a legal one."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal

Kind = Literal["candidates", "exact"]


def digest(*parts: str) -> str:
    """Digest of texts, 32 hex digits. Lone surrogates are fine; no two different tuples are encoded alike."""
    state = blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        state.update(len(encoded).to_bytes(8, "big"))
        state.update(encoded)
    return state.hexdigest()


def row_id(namespace: str, model: str, entry_id: str) -> str:
    """Id of an entry's row."""
    return digest(namespace, model, entry_id)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Identity of one collection.

    Candidates are kept per namespace, model and embedding, so that a query needs no filter and vectors of different
    embeddings never meet. Entries for `exact` only have no vector and share one collection per namespace.
    """

    kind: Kind
    namespace: str
    """Digest of the namespace."""
    model: str = ""
    """Digest of the model; empty for `exact`."""
    embedding: str = ""
    """Digest of the embedding's fingerprint; empty for `exact`."""

    @classmethod
    def of_candidates(cls, namespace: str, model: str, embedding: str) -> Shelf:
        """Where the candidates of a model are."""
        return cls("candidates", digest(namespace), digest(model), digest(embedding))

    @classmethod
    def of_exact(cls, namespace: str) -> Shelf:
        """Where the entries of a namespace are that are never proposed."""
        return cls("exact", digest(namespace))

    def name(self, prefix: str) -> str:
        """Name of the collection."""
        return ".".join(part for part in (prefix, self.kind, self.namespace, self.model, self.embedding) if part)

    @classmethod
    def parse(cls, name: str, prefix: str) -> Shelf | None:
        """The shelf of that name; None for a collection of somebody else."""
        match name.split("."):
            case [head, "candidates", namespace, model, embedding] if head == prefix:
                return cls("candidates", namespace, model, embedding)
            case [head, "exact", namespace] if head == prefix:
                return cls("exact", namespace)
        return None
