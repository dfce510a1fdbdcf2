"""What eviction needs to know: which entries were used lately, and how many there may be. In memory, thread-safe."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

LIMIT: Final = 100_000
"""Uses remembered; beyond it the oldest are forgotten, which makes those entries the first to go, as they should."""


class Recency:
    """When entries were last used, in Unix seconds, to be compared with `Entry.created`.

    No use is dated before an earlier one, whatever the clock does.
    """

    def __init__(self, limit: int = LIMIT, clock: Callable[[], float] = time.time) -> None:
        self._limit = limit
        self._clock = clock
        self._uses: OrderedDict[str, float] = OrderedDict()
        self._latest = -math.inf
        self.opened = clock()
        """What is not in here was last used before, even if it is dated later: then the clock was wrong."""
        self._lock = threading.Lock()

    def touch(self, key: str) -> None:
        """Note a use."""
        with self._lock:
            self._latest = max(self._clock(), math.nextafter(self._latest, math.inf))
            self._uses[key] = self._latest
            self._uses.move_to_end(key)
            if len(self._uses) > self._limit:
                self._uses.popitem(last=False)

    def forget(self, key: str) -> None:
        """Drop what is known of a key."""
        with self._lock:
            self._uses.pop(key, None)

    def last(self, key: str) -> float | None:
        """Time of the last use; None if none is known."""
        with self._lock:
            return self._uses.get(key)


class Sizes:
    """How many entries a namespace may hold, so that a put need not count them.

    Args:
        exact: Whether all writes go through here. Otherwise others may have written too, and the size is doubtful
            again after 1 % of the allowed entries.
    """

    def __init__(self, *, exact: bool) -> None:
        self._exact = exact
        self._known: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def grew(self, namespace: str, more: int = 1) -> None:
        """Note so many more puts, maybe of entries that were there already."""
        with self._lock:
            if namespace in self._known:
                size, puts = self._known[namespace]
                self._known[namespace] = (size, puts + more)

    def counted(self, namespace: str, size: int) -> None:
        """Note the true size."""
        with self._lock:
            self._known[namespace] = (size, 0)

    def may_exceed(self, namespace: str, keep: int) -> bool:
        """Whether the namespace may hold more than `keep` entries, as far as is known."""
        with self._lock:
            if namespace not in self._known:
                return True
            size, puts = self._known[namespace]
        return size + puts > keep or (not self._exact and puts >= max(1, keep // 100))
