"""A bound on each store call, and a circuit breaker, for stores behind a network.

Chroma's HTTP client has no time-out: a frozen server would block for ever. After a failure the store is left alone
for a while and the model answers; then one call probes it again.
"""

from __future__ import annotations

import concurrent.futures
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from stepcache_lc.errors import StoreUnavailable
from stepcache_lc.stores.base import Store

T = TypeVar("T")

OPEN_SECONDS = 5.0
"""How long the store is left alone after a failure."""


class StoreGuard:
    """Bounds calls to a store that other processes serve; calls to an embedded store pass straight through."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._bounded = store.shared
        self._clock = clock
        self._lock = threading.Lock()
        self._open_until = 0.0

    def call(self, work: Callable[[], T], seconds: float) -> T:
        """Run the call, for at most so many seconds.

        Raises:
            StoreUnavailable: the circuit is open, or the call took too long.
            Exception: whatever the store raised.
        """
        if not self._bounded:
            return work()
        with self._lock:
            now = self._clock()
            if now < self._open_until:
                raise StoreUnavailable("the store failed a moment ago and is left alone for a while")
            if self._open_until:
                # Half open: this call probes, the others keep away meanwhile.
                self._open_until = now + seconds
        future: concurrent.futures.Future[T] = concurrent.futures.Future()

        def target() -> None:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=target, name="stepcache-store", daemon=True).start()
        try:
            result = future.result(timeout=seconds)
        except Exception as error:
            with self._lock:
                self._open_until = self._clock() + OPEN_SECONDS
            if isinstance(error, concurrent.futures.TimeoutError):
                raise StoreUnavailable(f"the store did not answer within {seconds} s") from None
            raise
        with self._lock:
            self._open_until = 0.0
        return result
