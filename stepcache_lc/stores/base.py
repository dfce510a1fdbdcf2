"""What a store must do: remember entries, find one by id, propose the nearest.

A store never decides. It returns what was put, or nothing; a row that it cannot trust is counted in `skipped` and not
returned. All verbs are synchronous and thread-safe, and may raise `StoreError`; bounding their time is the caller's.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from stepcache_lc.core.types import Candidate, Entry
from stepcache_lc.errors import StoreError
from stepcache_lc.stores.codec import CodecError, decode_entry, encode_entry

__all__ = ["CodecError", "Store", "decode_entry", "encode_entry"]


class Store(ABC):
    """Entries, addressed by (namespace, model, id), and their vectors."""

    skipped: int = 0
    """Rows met that were torn, corrupt or of another schema version: not returned, not fatal."""
    shared: bool = False
    """Whether other processes may write to it, and a call may hang on a network."""

    @property
    def stamp(self) -> object:
        """Another object after each removal of entries by this process, through whatever store on the same database.

        What was read before is not to be trusted any more. A store that does not say so must not be shared by caches.
        """
        return None

    @abstractmethod
    def get(self, namespace: str, model: str, entry_id: str) -> Entry | None:
        """Return the entry with that id."""

    @abstractmethod
    def nearest(self, namespace: str, model: str, vector: Sequence[float], k: int) -> list[Candidate]:
        """Return up to `k` entries that were put with a vector, by cosine similarity, best first.

        Raises:
            StoreMismatch: the stored vectors have another dimension.
        """

    @abstractmethod
    def put(self, entry: Entry, vector: Sequence[float] | None) -> None:
        """Insert or replace. When it returns, a persistent store has the entry on disk.

        Args:
            entry: What to remember.
            vector: The request's embedding if `entry.candidate`, else None.

        Raises:
            StoreMismatch: the stored vectors have another dimension.
            StoreError: the vector is missing, unexpected or not finite, or the write failed.
        """

    def put_many(self, items: Sequence[tuple[Entry, Sequence[float] | None]]) -> None:
        """`put` for each of them, faster where the backend can write in bulk. If it fails, some may be there.

        Raises:
            StoreMismatch, StoreError: as `put` does.
        """
        for entry, vector in items:
            self.put(entry, vector)

    @abstractmethod
    def delete(self, namespace: str, model: str, ids: Sequence[str]) -> int:
        """Remove entries; ids that are not there are ignored. Return how many went."""

    @abstractmethod
    def entries(self, namespace: str | None = None, model: str | None = None) -> Iterator[Entry]:
        """Iterate over all entries, or those of a namespace, a model or both, in no particular order.

        It is allowed to put and delete while iterating.
        """

    @abstractmethod
    def count(self, namespace: str | None = None) -> int:
        """Count the entries of a namespace, or all."""

    @abstractmethod
    def evict(self, namespace: str, keep: int) -> list[str]:
        """Bring a namespace down to `keep` entries if it holds more; the least recently used go first.

        The last use of an entry is its last `touch` since the store was opened, else its `created`. To spare most puts
        the work, `surplus(keep)` more entries go than must, and a store shared by processes looks only now and then.

        Returns:
            The ids that went.
        """

    @abstractmethod
    def touch(self, namespace: str, model: str, entry_id: str) -> None:
        """Note that this entry was used. Cheap, in memory only."""

    @abstractmethod
    def clear(self, namespace: str) -> None:
        """Remove all entries of a namespace."""

    @abstractmethod
    def bind_embedding(self, fingerprint: str) -> bool:
        """Say which embedding this cache uses from now on.

        Vectors of different embeddings are kept apart: `nearest` sees only those of the bound one.

        Returns:
            True if this embedding filled the store, or no vector is there yet. False if another one did: reindex (put
            every candidate again with its new vector, then `reset_embedding`) before recalling.
        """

    @abstractmethod
    def reset_embedding(self, fingerprint: str) -> None:
        """Record that the store was reindexed: vectors of other embeddings go, their entries stay for `get`."""

    @abstractmethod
    def close(self) -> None:
        """Release the store. Idempotent; an embedded database is closed with its last user."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def surplus(keep: int) -> int:
    """How many entries an eviction may remove beyond what it must: 2 %, so that only one put in many evicts."""
    return keep // 50


def check_vector(entry: Entry, vector: Sequence[float] | None) -> list[float] | None:
    """Refuse a vector that does not fit its entry; return it as plain floats.

    Raises:
        StoreError: the vector is missing, unexpected, empty or not finite.
    """
    if entry.candidate != (vector is not None):
        raise StoreError("an entry needs a vector exactly if it is a candidate")
    return None if vector is None else plain_vector(vector)


def plain_vector(vector: Sequence[float]) -> list[float]:
    """Return the vector as plain finite floats.

    Raises:
        StoreError: it is empty or not finite.
    """
    plain = [float(value) for value in vector]
    if not plain or not all(map(math.isfinite, plain)):
        raise StoreError("a vector must hold at least one number, and only finite ones")
    return plain
