"""Exact hits: `model.invoke` with this cache against the same call with LangChain's `InMemoryCache`."""

from __future__ import annotations

from collections.abc import Callable

from langchain_core.caches import InMemoryCache
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

from stepcache_lc.bench.hot.figures import Figure
from stepcache_lc.bench.hot.filling import Quiet, equations
from stepcache_lc.bench.hot.timing import interleaved
from stepcache_lc.cache import StepCache

_TARGET = 1.5


def measure(rounds: int) -> list[Figure]:
    """The ratios, through `set_llm_cache` (here the model's own `cache`, which takes the same way) and `wrap`."""
    equation = next(equations())
    with StepCache() as cache:
        own = Quiet(answer=equation.answer, cache=cache)
        plain = Quiet(answer=equation.answer, cache=InMemoryCache())
        wrapped = cache.wrap(Quiet(answer=equation.answer, name_of_model="wrapped"))

        def asking(model: BaseChatModel) -> Callable[[], AIMessage]:
            return lambda: model.invoke(equation.prompt)

        timed = interleaved(
            {"plain": asking(plain), "own": asking(own), "wrapped": asking(wrapped)}, rounds, warm_up=50
        )
        for model in (own, wrapped):
            if model.invoke(equation.prompt).response_metadata["stepcache"]["outcome"] != "exact":
                raise RuntimeError("what was measured is no exact hit")
    base = timed["plain"].median
    return [
        Figure("exact", "InMemoryCache", base * 1e6, "us"),
        Figure("exact", "as LangChain's cache / InMemoryCache", timed["own"].median / base, target=_TARGET),
        Figure("exact", "cache.wrap(model) / InMemoryCache", timed["wrapped"].median / base, target=_TARGET),
    ]
