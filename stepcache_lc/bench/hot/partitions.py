"""Many tenants and models: how many files stay open, what a partition costs, and that each finds its own entry."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from stepcache_lc.bench.hot.figures import Figure
from stepcache_lc.bench.hot.filling import Quiet, equations, fill
from stepcache_lc.bench.hot.serving import resident
from stepcache_lc.cache import StepCache
from stepcache_lc.stores.connection import OPEN_HANDLES

_MODELS = 3


def measure(namespaces: int) -> list[Figure]:
    """One entry in each of `namespaces` x 3 partitions, put and found again."""
    with tempfile.TemporaryDirectory(prefix="stepcache-hot-") as directory, StepCache(store=Path(directory)) as cache:
        fill(cache, Quiet(), [next(equations())])
        store = cache._engine.store
        (entry,) = store.entries()
        (vector,) = cache._engine.embed([entry.request_text])
        before, started = resident(), time.perf_counter()
        places = [(f"tenant {tenant}", f"model {model}") for tenant in range(namespaces) for model in range(_MODELS)]
        for namespace, model in places:
            store.put(replace(entry, namespace=namespace, model=model), vector)
        put = time.perf_counter() - started
        started = time.perf_counter()
        for namespace, model in places:
            found = store.nearest(namespace, model, vector, 5)
            if [(one.entry.namespace, one.entry.model) for one in found] != [(namespace, model)]:
                raise RuntimeError("a partition gave another one's entry")
        asked = time.perf_counter() - started
        handles = len(store._connection._handles)  # type: ignore[attr-defined]
        grown = resident() - before
        on_disk = sum(file.stat().st_size for file in Path(directory).rglob("*") if file.is_file())
        files = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    part = f"{namespaces:,} x {_MODELS} partitions"
    return [
        Figure(part, "open handles", handles, "handles", target=OPEN_HANDLES),
        Figure(part, "open files", files, "files"),
        Figure(part, "first entry of a partition", put / len(places) * 1e3, "ms"),
        Figure(part, "query of a partition", asked / len(places) * 1e3, "ms"),
        Figure(part, "memory a partition", grown / len(places) / 1e6, "MB"),
        Figure(part, "disk a partition", on_disk / len(places) / 1e6, "MB"),
    ]
