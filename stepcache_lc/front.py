"""The in-process front of the store: the entries used last, by exact key.

An exact hit need not ask the store again. Where other processes may change the store (a server), an entry is asked
for again after `FRESH_SECONDS`, so that a clear or an expiry elsewhere is seen within that time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from stepcache_lc.core.types import Entry

FRESH_SECONDS = 2.0
_MOST_ENTRIES = 4096
_MOST_CHARACTERS = 32_000_000


@dataclass(slots=True)
class _Held:
    entry: Entry
    since: float
    durable: bool
    size: int


class Front:
    """A bounded, thread-safe, least-recently-used map from exact keys to entries."""

    def __init__(self, clock: Callable[[], float], *, shared: bool) -> None:
        """`clock` gives monotonic seconds; `shared` says that other processes may change the store below."""
        self._clock = clock
        self._shared = shared
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> Entry | None:
        """The entry, unless it is unknown or must be asked for again."""
        with self._lock:
            held = self._held.get(key)
            if held is None:
                return None
            if self._shared and held.durable and self._clock() - held.since > FRESH_SECONDS:
                self._remove(key)
                return None
            self._held.move_to_end(key)
            return held.entry

    def put(self, entry: Entry, *, durable: bool) -> None:
        """Hold an entry; the least recently used ones make room."""
        size = len(entry.text) + len(entry.payload) + len(entry.request_text)
        with self._lock:
            self._remove(entry.id)
            if size > _MOST_CHARACTERS // 8:
                return
            self._held[entry.id] = _Held(entry, self._clock(), durable, size)
            self._size += size
            while len(self._held) > _MOST_ENTRIES or self._size > _MOST_CHARACTERS:
                self._remove(next(iter(self._held)))

    def drop(self, doomed: Callable[[Entry], bool]) -> list[Entry]:
        """Remove and return the entries for which `doomed` is true."""
        with self._lock:
            gone = [held.entry for held in self._held.values() if doomed(held.entry)]
            for entry in gone:
                self._remove(entry.id)
        return gone

    def entries(self) -> list[Entry]:
        """All entries held just now."""
        with self._lock:
            return [held.entry for held in self._held.values()]

    def _remove(self, key: str) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._size -= held.size
