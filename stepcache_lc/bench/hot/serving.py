"""Verified reuse and rewriting, the whole path from `invoke` to message, against a bare Chroma query of the same size.

The bare query asks the same collection for as many neighbours as the cache does, with what is stored of them.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from stepcache_lc.bench.hot.figures import Figure
from stepcache_lc.bench.hot.filling import Equation, Quiet, equations, fill
from stepcache_lc.bench.hot.timing import WARM_UP, Timed, interleaved
from stepcache_lc.cache import StepCache
from stepcache_lc.familiar import Familiar

_TARGET = 1.8
_KINDS = (
    ("reuse", "reuse"),
    ("rewrite", "rewriting"),
    ("reuse new", "reuse, not met by this process"),
    ("rewrite new", "rewriting, words not met lately"),
)
_TEMPLATES_MET = 400
"""Rewritings before those that are measured: so many meet nearly all of the 105 templates."""


def measure(entries: int, rounds: int) -> tuple[list[Figure], dict[str, float]]:
    """The ratios at so many entries; and the medians in seconds, to be compared between sizes."""
    part = f"serving {entries:,}"
    with tempfile.TemporaryDirectory(prefix="stepcache-hot-") as directory:
        path = Path(directory)
        before = resident()
        with StepCache(store=path) as cache:
            model = Quiet()
            fill(cache, model, list(itertools.islice(equations(), entries)))
            grown = resident() - before
            timed, outcomes = _timed(cache, model, entries, rounds)
        on_disk = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    bare = timed["bare"].median
    wrong = {name: dict(found) for name, found in outcomes.items() if found[name.split()[0]] < 0.9 * rounds}
    if wrong:
        raise RuntimeError(f"what was measured is not what was meant: {wrong}")
    figures = [
        Figure(part, "bare query", bare * 1e3, "ms"),
        *(Figure(part, f"{what} / bare query", timed[kind].median / bare, target=_TARGET) for kind, what in _KINDS),
        Figure(part, "memory an entry", grown / entries, "bytes"),
        Figure(part, "disk an entry", on_disk / entries, "bytes"),
    ]
    return figures, {name: found.median for name, found in timed.items()}


def _timed(cache: StepCache, model: Quiet, entries: int, rounds: int) -> tuple[dict[str, Timed], dict[str, Any]]:
    engine: Any = cache._engine
    chat = cache.wrap(model)
    collection = _largest(engine.store._connection.client)
    outcomes: dict[str, Counter[str]] = {kind: Counter() for kind, _ in _KINDS}
    calls = rounds + WARM_UP
    stored = list(itertools.islice(equations(), 2 * calls))
    # Half of them as if this process had asked them itself, and not found them in the store.
    with cache.using(mode="refresh"):
        for equation in stored[:calls]:
            model.answer = equation.answer
            chat.invoke(equation.prompt)
    changed = (equation.prompt for equation in equations(seed=2))
    others = (equation.prompt for equation in equations(seed=4))
    vectors = (engine.embed_query(equation.prompt) for equation in equations(seed=3))

    familiar = engine.familiar

    def asking(kind: str, prompts: Any, *, anew: bool) -> Callable[[], object]:
        def ask() -> None:
            # As by a process that has not met these words: else a known template's entry, with other numbers, would
            # be recomputed, and the store would not be asked.
            engine.familiar = Familiar(engine.front.get) if anew else familiar
            message = chat.invoke(next(prompts))
            outcomes[kind][message.response_metadata["stepcache"]["outcome"]] += 1

        return ask

    ready = iter([next(vectors) for _ in range(calls)])

    def query() -> object:
        return collection.query(
            query_embeddings=[next(ready)], n_results=engine.policy.top_k, include=["metadatas", "distances"]
        )

    again = asking("rewrite", changed, anew=False)
    for _ in range(_TEMPLATES_MET):
        again()
    outcomes["rewrite"].clear()
    timed = interleaved(
        {
            "bare": query,
            "reuse": asking("reuse", _reworded(stored[:calls]), anew=False),
            "rewrite": again,
            "reuse new": asking("reuse new", _reworded(stored[calls:]), anew=True),
            "rewrite new": asking("rewrite new", others, anew=True),
        },
        rounds,
    )
    return timed, outcomes


def _reworded(wanted: list[Equation]) -> Iterator[str]:
    """The same in other blanks, which makes another request.

    In other words, among ten thousand so much alike, its own entry would often not be among the nearest five, and a
    changed equation's would be rewritten.
    """
    return (equation.prompt.replace(" ", "  ", 1) for equation in wanted)


def _largest(client: Any) -> Any:
    names = [collection.name for collection in client.list_collections()]
    collections = [client.get_collection(name, embedding_function=None) for name in names]
    return max(collections, key=lambda collection: int(collection.count()))


def resident() -> int:
    """Bytes of memory that this process holds (Linux; 0 elsewhere)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGESIZE")
