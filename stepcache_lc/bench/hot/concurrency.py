"""Many calls at once on one event loop: how long the loop stands still, and how much gets done, against threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from statistics import median
from typing import Any

from langchain_core.caches import InMemoryCache

from stepcache_lc.bench.hot.figures import Figure
from stepcache_lc.bench.hot.filling import Equation, Quiet, equations, fill
from stepcache_lc.cache import StepCache

_AT_ONCE = 64
_BEAT = 0.001


def measure(rounds: int) -> list[Figure]:
    """The stalls and the throughput, of exact hits and of reused answers; a round is 64 calls at once.

    A stall is the longest wait of a round for a beat that was due; of these, the median over the rounds: the loop also
    stands still whenever the system gives the processor to somebody else.
    """
    wanted = list(islice(equations(), 1_000))
    with StepCache() as cache:
        model = Quiet()
        fill(cache, model, wanted)
        chat, plain = cache.wrap(model), Quiet(answer=wanted[0].answer, cache=InMemoryCache())
        prompts = [equation.prompt for equation in wanted[:_AT_ONCE]]
        for prompt in prompts:
            chat.invoke(prompt)
            plain.invoke(prompt)
        return [
            *_figures("InMemoryCache", plain, lambda turn: prompts, rounds, demanded=False),
            *_figures("warm entries", chat, lambda turn: prompts, rounds),
            *_figures("reused answers", chat, lambda turn: _reworded(wanted, turn), rounds),
        ]


def _reworded(wanted: list[Equation], turn: int) -> list[str]:
    """Equations in words that were not used for them before."""
    words = ("Determine", "Find", "Compute", "Calculate")[turn % 4]
    start = turn // 4 * _AT_ONCE % (len(wanted) - _AT_ONCE)
    return [f"{words} {q.unknown}: {q.a}{q.unknown} + {q.b} = {q.c}" for q in wanted[start : start + _AT_ONCE]]


def _figures(
    what: str, chat: Any, prompts: Callable[[int], list[str]], rounds: int, *, demanded: bool = True
) -> list[Figure]:
    stalls, ratios = [], []
    for turn in range(rounds):
        stall, seconds = asyncio.run(_on_loop(chat.ainvoke, prompts(2 * turn)))
        stalls.append(stall)
        ratios.append(_in_threads(chat.invoke, prompts(2 * turn + 1)) / seconds)
    longest, least = (50.0, 0.8) if demanded else (None, None)
    return [
        Figure("concurrency", f"{what}: stall of the loop", median(stalls) * 1e3, "ms", longest),
        Figure("concurrency", f"{what}: throughput / threads", median(ratios), "x", least, at_least=True),
    ]


async def _on_loop(ask: Callable[[str], Awaitable[Any]], prompts: list[str]) -> tuple[float, float]:
    """Longest stall, and the time that all of it took, in seconds."""
    done, stalls = asyncio.Event(), [0.0]

    async def beat() -> None:
        while not done.is_set():
            started = time.perf_counter()
            await asyncio.sleep(_BEAT)
            stalls.append(time.perf_counter() - started - _BEAT)

    heart = asyncio.create_task(beat())
    await asyncio.sleep(5 * _BEAT)
    started = time.perf_counter()
    await asyncio.gather(*(ask(prompt) for prompt in prompts))
    seconds = time.perf_counter() - started
    done.set()
    await heart
    return max(stalls), seconds


def _in_threads(ask: Callable[[str], Any], prompts: list[str]) -> float:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        started = time.perf_counter()
        list(pool.map(ask, prompts))
        return time.perf_counter() - started
