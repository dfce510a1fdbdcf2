"""A program's handle on its cache: shared by copies, and reopened from configuration where a program is unpickled."""

from __future__ import annotations

import threading
import uuid
import weakref
from collections.abc import Callable
from typing import Any

from stepcache_lc.cache import StepCache
from stepcache_lc.embeddings import WordLlamaEmbeddings
from stepcache_lc.stores.base import Store

_PROCESS = uuid.uuid4().hex
_live: weakref.WeakValueDictionary[str, StepCache] = weakref.WeakValueDictionary()


class CacheHandle:
    """Holds a cache. A pickle of it holds the cache's configuration only: no entry, no model, no connection.

    Unpickled in the process where that cache is alive, it is a handle on that very cache; elsewhere it opens one of the
    same configuration when it is first needed.
    """

    def __init__(self, cache: StepCache) -> None:
        """Hold this cache."""
        self._cache: StepCache | None = cache
        self._lock = threading.Lock()
        self._configuration: dict[str, Any] = {}

    @property
    def cache(self) -> StepCache:
        """The cache; opened now if it has to be.

        Raises:
            StoreError: Its store cannot be opened again, or another process has it open.
        """
        with self._lock:
            if self._cache is None:
                self._cache = _live.get(self._configuration["mark"]) or _opened(self._configuration)
            return self._cache

    def __copy__(self) -> CacheHandle:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> CacheHandle:
        return self

    def __getstate__(self) -> dict[str, Any]:
        cache = self._cache
        if cache is None:
            return dict(self._configuration)
        engine = cache._engine
        mark = f"{_PROCESS}-{id(cache)}"
        _live[mark] = cache
        return {
            "mark": mark,
            "store": _way_to(engine.store),
            "embeddings": None if isinstance(engine.embeddings, WordLlamaEmbeddings) else engine.embeddings,
            "tasks": list(engine.tasks),
            "policy": engine.policy,
            "namespace": engine.namespace,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._cache = None
        self._lock = threading.Lock()
        self._configuration = state


def _way_to(store: Store) -> Store | tuple[Callable[..., Store], tuple[Any, ...]]:
    """How to open the store, where it can say so: opening must wait until the cache is needed."""
    if type(store).__reduce__ is object.__reduce__:
        return store
    way: Any = store.__reduce__()
    return way[0], way[1]


def _opened(configuration: dict[str, Any]) -> StepCache:
    arguments = {name: value for name, value in configuration.items() if name != "mark"}
    store = arguments["store"]
    if isinstance(store, tuple):
        arguments["store"] = store[0](*store[1])
    return StepCache(**arguments)
