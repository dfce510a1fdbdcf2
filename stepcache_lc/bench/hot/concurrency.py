"""Many calls at once on one event loop: how long the loop stands still, and how much gets done, against threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from statistics import median
from typing import Any

from stepcache_lc.bench.hot.figures import Figure
from stepcache_lc.bench.hot.filling import Equation, Quiet, equations, fill
from stepcache_lc.cache import StepCache

_AT_ONCE = 64
_BEAT = 0.001


def measure(rounds: int) -> list[Figure]:
    """The longest stall and the throughput, of exact hits and of reused answers."""
    wanted = list(islice(equations(), 1_000))
    with StepCache() as cache:
        model = Quiet()
        fill(cache, model, wanted)
        chat = cache.wrap(model)
        prompts = [equation.prompt for equation in wanted[: _AT_ONCE * 4]]
        for prompt in prompts:
            chat.invoke(prompt)
        figures = _figures("warm entries", chat, lambda turn: prompts, rounds)
        figures += _figures("reused answers", chat, lambda turn: _reworded(wanted, turn), rounds)
    return figures


def _reworded(wanted: list[Equation], turn: int) -> list[str]:
    """The same equations in words that were not used before."""
    words = ("Determine", "Find", "Compute", "Calculate")[turn % 4] + (" please" if turn % 8 > 3 else "")
    return [f"{words} {q.unknown}: {q.a}{q.unknown} + {q.b} = {q.c}" for q in wanted[: _AT_ONCE * 4]]


def _figures(what: str, chat: Any, prompts: Callable[[int], list[str]], rounds: int) -> list[Figure]:
    stalls, ratios = [], []
    for turn in range(rounds):
        stall, seconds = asyncio.run(_on_loop(chat.ainvoke, prompts(2 * turn)))
        stalls.append(stall)
        ratios.append(_in_threads(chat.invoke, prompts(2 * turn + 1)) / seconds)
    return [
        Figure("concurrency", f"{what}: longest stall of the loop", max(stalls) * 1e3, "ms", target=50.0),
        Figure("concurrency", f"{what}: throughput / threads", median(ratios), target=0.8, at_least=True),
    ]


async def _on_loop(ask: Callable[[str], Awaitable[Any]], prompts: list[str]) -> tuple[float, float]:
    """Longest stall, and the time that all of it took, in seconds."""
    done, stalls = asyncio.Event(), [0.0]

    async def beat() -> None:
        while not done.is_set():
            started = time.perf_counter()
            await asyncio.sleep(_BEAT)
            stalls.append(time.perf_counter() - started - _BEAT)

    limit = asyncio.Semaphore(_AT_ONCE)

    async def one(prompt: str) -> None:
        async with limit:
            await ask(prompt)

    heart = asyncio.create_task(beat())
    await asyncio.sleep(5 * _BEAT)
    started = time.perf_counter()
    await asyncio.gather(*(one(prompt) for prompt in prompts))
    seconds = time.perf_counter() - started
    done.set()
    await heart
    return max(stalls), seconds


def _in_threads(ask: Callable[[str], Any], prompts: list[str]) -> float:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        started = time.perf_counter()
        list(pool.map(ask, prompts))
        return time.perf_counter() - started
