"""The in-process front of the store: the entries used last, by exact key.

An exact hit need not ask the store again. It stays right in two ways: whatever is removed by this process empties the
front (`Store.stamp` changes), and where other processes may change the store (a server), an entry is asked for again
after `FRESH_SECONDS`, so that a clear or an expiry elsewhere is seen within that time.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from stepcache_lc.core.types import Entry
from stepcache_lc.hits import Hit

FRESH_SECONDS = 2.0
TOUCH_SECONDS = 1.0
"""An entry that is used more often is noted as used only once in that time."""
_MOST_ENTRIES = 4096
_MOST_CHARACTERS = 32_000_000


@dataclass(slots=True)
class _Held:
    entry: Entry
    since: float
    size: int
    touched: float
    hit: Hit | None = None


class Front:
    """A bounded, thread-safe, least-recently-used map from exact keys to entries."""

    def __init__(self, clock: Callable[[], float], stamp: Callable[[], object], *, shared: bool) -> None:
        """`clock` gives monotonic seconds; `stamp`, another object after each removal in the store below.

        `shared` says that other processes may change that store.
        """
        self._clock = clock
        self._stamp = stamp
        self._shared = shared
        self._seen = stamp()
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def stamp(self) -> object:
        """Taken before an entry is read from the store or put there, and given to `put`."""
        return self._stamp()

    def get(self, key: str) -> Entry | None:
        """The entry, unless it is unknown or must be asked for again."""
        with self._lock:
            held = self._find(key)
            return None if held is None else held.entry

    def hit(self, key: str, touch: Callable[[Entry], None]) -> Hit | None:
        """The same, ready to be served; now and then, `touch` is told of it.

        Raises:
            ValueError: The stored message cannot be read.
        """
        with self._lock:
            held = self._find(key)
            if held is None:
                return None
            now = self._clock()
            stale = now - held.touched > TOUCH_SECONDS
            if stale:
                held.touched = now
        if stale:
            touch(held.entry)
        if held.hit is None:
            held.hit = Hit(held.entry)
        return held.hit

    def put(self, entry: Entry, since: object | None = None) -> None:
        """Hold an entry; the least recently used ones make room.

        It is not held if something was removed from the store after the stamp `since`: maybe it was this entry.
        """
        size = len(entry.text) + len(entry.payload) + len(entry.request_text)
        with self._lock:
            self._catch_up()
            self._remove(entry.id)
            if size > _MOST_CHARACTERS // 8 or (since is not None and since is not self._seen):
                return
            now = self._clock()
            self._held[entry.id] = _Held(entry, now, size, now)
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
            self._catch_up()
            return [held.entry for held in self._held.values()]

    def _find(self, key: str) -> _Held | None:
        self._catch_up()
        held = self._held.get(key)
        if held is None:
            return None
        if self._shared and self._clock() - held.since > FRESH_SECONDS:
            self._remove(key)
            return None
        self._held.move_to_end(key)
        return held

    def _catch_up(self) -> None:
        stamp = self._stamp()
        if stamp is not self._seen:
            self._seen = stamp
            self._held.clear()
            self._size = 0

    def _remove(self, key: str) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._size -= held.size
