"""The reference store: plain dictionaries and numpy, nothing persistent."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from stepcache_lc.core.types import Candidate, Entry
from stepcache_lc.errors import StoreMismatch
from stepcache_lc.stores.base import Store, check_vector, plain_vector, surplus
from stepcache_lc.stores.naming import row_id
from stepcache_lc.stores.recency import Recency

_Scope = tuple[str, str]


class MemoryStore(Store):
    """Entries in this process's memory, found by exhaustive cosine search."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._entries: dict[_Scope, dict[str, Entry]] = {}
        self._vectors: dict[tuple[str, str, str], _Vectors] = {}
        self._recency = Recency()
        self._embedding = ""
        self._filled_by: str | None = None
        self._stamp = object()

    @property
    def stamp(self) -> object:
        """Another object after each removal."""
        return self._stamp

    def __reduce__(self) -> tuple[type[MemoryStore], tuple[()]]:
        """A copy starts empty: what is remembered stays in this process."""
        return MemoryStore, ()

    def get(self, namespace: str, model: str, entry_id: str) -> Entry | None:
        """Return the entry with that id."""
        with self._lock:
            return self._entries.get((namespace, model), {}).get(entry_id)

    def nearest(self, namespace: str, model: str, vector: Sequence[float], k: int) -> list[Candidate]:
        """Return up to `k` entries by cosine similarity, best first."""
        query = plain_vector(vector)
        with self._lock:
            vectors = self._vectors.get((namespace, model, self._embedding))
            if vectors is None or k < 1:
                return []
            entries = self._entries[namespace, model]
            return [Candidate(entries[key], score) for key, score in vectors.nearest(query, k)]

    def put(self, entry: Entry, vector: Sequence[float] | None) -> None:
        """Insert or replace."""
        checked = check_vector(entry, vector)
        with self._lock:
            scope = (entry.namespace, entry.model)
            if checked is not None:
                key = (*scope, self._embedding)
                vectors = self._vectors.get(key) or _Vectors(len(checked))
                vectors.put(entry.id, checked)
                self._vectors[key] = vectors
            for key in list(self._vectors):
                if key[:2] == scope and (checked is None or key[2] != self._embedding):
                    self._drop_vector(key, entry.id)
            self._entries.setdefault(scope, {})[entry.id] = entry

    def delete(self, namespace: str, model: str, ids: Sequence[str]) -> int:
        """Remove entries; return how many went."""
        gone = 0
        with self._lock:
            scope = (namespace, model)
            for entry_id in ids:
                if self._entries.get(scope, {}).pop(entry_id, None) is None:
                    continue
                gone += 1
                self._recency.forget(row_id(namespace, model, entry_id))
                for key in [key for key in self._vectors if key[:2] == scope]:
                    self._drop_vector(key, entry_id)
            if not self._entries.get(scope, True):
                del self._entries[scope]
            self._stamp = object()
        return gone

    def entries(self, namespace: str | None = None, model: str | None = None) -> Iterator[Entry]:
        """Iterate over a snapshot of the entries."""
        with self._lock:
            found = [
                entry
                for (its_namespace, its_model), entries in self._entries.items()
                if namespace in (None, its_namespace) and model in (None, its_model)
                for entry in entries.values()
            ]
        yield from found

    def count(self, namespace: str | None = None) -> int:
        """Count the entries of a namespace, or all."""
        with self._lock:
            return sum(len(found) for scope, found in self._entries.items() if namespace in (None, scope[0]))

    def evict(self, namespace: str, keep: int) -> list[str]:
        """Bring a namespace down to `keep` entries if it holds more; the least recently used go first."""
        with self._lock:
            excess = self.count(namespace) - keep
            if excess <= 0:
                return []
            by_age = sorted(self.entries(namespace), key=self._last_use)
            victims = by_age[: excess + surplus(keep)]
            for entry in victims:
                self.delete(entry.namespace, entry.model, [entry.id])
            return [entry.id for entry in victims]

    def touch(self, namespace: str, model: str, entry_id: str) -> None:
        """Note that this entry was used."""
        self._recency.touch(row_id(namespace, model, entry_id))

    def clear(self, namespace: str) -> None:
        """Remove all entries of a namespace."""
        with self._lock:
            self._entries = {scope: found for scope, found in self._entries.items() if scope[0] != namespace}
            self._vectors = {key: found for key, found in self._vectors.items() if key[0] != namespace}
            self._stamp = object()

    def bind_embedding(self, fingerprint: str) -> bool:
        """Use this embedding from now on; False if another one filled the store."""
        with self._lock:
            self._embedding = fingerprint
            if self._filled_by is None or all(key[2] == fingerprint for key in self._vectors):
                self._filled_by = fingerprint
            return self._filled_by == fingerprint

    def reset_embedding(self, fingerprint: str) -> None:
        """Drop the vectors of other embeddings."""
        with self._lock:
            self._embedding = self._filled_by = fingerprint
            self._vectors = {key: found for key, found in self._vectors.items() if key[2] == fingerprint}

    def close(self) -> None:
        """Do nothing: memory is released with the object."""

    def _last_use(self, entry: Entry) -> float:
        used = self._recency.last(row_id(entry.namespace, entry.model, entry.id))
        return min(entry.created, self._recency.opened) if used is None else used

    def _drop_vector(self, key: tuple[str, str, str], entry_id: str) -> None:
        vectors = self._vectors[key]
        vectors.remove(entry_id)
        if not vectors:
            del self._vectors[key]


class _Vectors:
    """Unit vectors in one growing matrix; a removed row is filled with the last one."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._rows: npt.NDArray[np.float32] = np.zeros((16, dimension), dtype=np.float32)
        self._keys: list[str] = []
        self._at: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def put(self, key: str, vector: Sequence[float]) -> None:
        row = self._unit(vector)
        at = self._at.get(key)
        if at is None:
            at = len(self._keys)
            if at == len(self._rows):
                self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
            self._keys.append(key)
            self._at[key] = at
        self._rows[at] = row

    def remove(self, key: str) -> None:
        at = self._at.pop(key, None)
        if at is None:
            return
        last = self._keys.pop()
        if last != key:
            self._rows[at] = self._rows[len(self._keys)]
            self._keys[at] = last
            self._at[last] = at

    def nearest(self, vector: Sequence[float], k: int) -> list[tuple[str, float]]:
        scores = self._rows[: len(self._keys)] @ self._unit(vector)
        best = np.argsort(-scores, kind="stable")[:k]
        return [(self._keys[at], float(np.clip(scores[at], -1.0, 1.0))) for at in best]

    def _unit(self, vector: Sequence[float]) -> npt.NDArray[Any]:
        if len(vector) != self._dimension:
            raise StoreMismatch(f"the store's vectors have {self._dimension} dimensions, this one has {len(vector)}")
        row = np.asarray(vector, dtype=np.float64)
        length = float(np.linalg.norm(row))
        return (row / length if length > 0 else row).astype(np.float32)
