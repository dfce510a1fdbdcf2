"""How the cache's own work shows in a trace: chain runs below the host's run, tagged so that no stream shows them.

`stepcache_recall` and `stepcache_verify` are reported only where somebody listens; `stepcache_patch` and
`stepcache_generate` are model calls of the cache. None of these runs reports tokens: the host's run does, once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from langchain_core.callbacks import (
    AsyncCallbackManager,
    AsyncCallbackManagerForLLMRun,
    BaseCallbackManager,
    CallbackManager,
    CallbackManagerForLLMRun,
)
from langchain_core.runnables import RunnableConfig, RunnableLambda, ensure_config

from stepcache_lc import drivers
from stepcache_lc.core.effects import Flow
from stepcache_lc.core.flow import fulfil, recall, serve, verify
from stepcache_lc.core.planner import Settings
from stepcache_lc.core.types import Generate, Plan, Recall, Request
from stepcache_lc.engine import CallMemory

TAGS = ["nostream", "stepcache"]
"""LangGraph's message stream leaves out what is tagged `nostream`."""
RECALL, VERIFY, PATCH, GENERATE = "stepcache_recall", "stepcache_verify", "stepcache_patch", "stepcache_generate"

T = TypeVar("T")
LLMRun = CallbackManagerForLLMRun | AsyncCallbackManagerForLLMRun


def below(run: LLMRun | None) -> RunnableConfig:
    """The configuration of a child of the host's run; without one, the ambient configuration holds."""
    if run is None:
        return {}
    kind = AsyncCallbackManager if isinstance(run, AsyncCallbackManagerForLLMRun) else CallbackManager
    child = kind(handlers=[], parent_run_id=run.run_id)
    child.set_handlers(run.inheritable_handlers)
    child.add_metadata(run.inheritable_metadata)
    return {"callbacks": child}


def in_run(name: str, work: Callable[[], T], config: RunnableConfig, given: Any, said: Callable[[T], Any]) -> T:
    """Do the work inside a chain run of that name: `given` shows as its input, `said(result)` as its output."""
    box: list[T] = []

    def call(_: Any) -> Any:
        box.append(work())
        return said(box[0])

    RunnableLambda(call).invoke(given, {**config, "run_name": name, "tags": TAGS})
    return box[0]


async def ain_run(
    name: str, work: Callable[[], Awaitable[T]], config: RunnableConfig, given: Any, said: Callable[[T], Any]
) -> T:
    """`in_run` for work that is awaited."""
    box: list[T] = []

    async def call(_: Any) -> Any:
        box.append(await work())
        return said(box[0])

    def unused(_: Any) -> Any:
        raise NotImplementedError

    await RunnableLambda(unused, afunc=call).ainvoke(given, {**config, "run_name": name, "tags": TAGS})
    return box[0]


def watched(run: LLMRun | None) -> bool:
    """Whether somebody listens to the host's run; a stream is told of none, so there the ambient one counts."""
    if run is not None:
        return bool(run.inheritable_handlers)
    ambient = ensure_config().get("callbacks")
    return bool(ambient.inheritable_handlers if isinstance(ambient, BaseCallbackManager) else ambient)


def traced(request: Request, settings: Settings, memory: CallMemory, run: LLMRun | None) -> Flow:
    """The whole flow. Where somebody listens, recall and verify show as runs below the host's."""
    if settings.mode in _UNSTAGED or not watched(run):
        return serve(request, settings)
    return _staged(request, settings, memory, below(run))


def _staged(request: Request, settings: Settings, memory: CallMemory, config: RunnableConfig) -> Flow:
    recalled = in_run(
        RECALL,
        lambda: drivers.run(recall(request, settings), memory, drivers.Given()),
        config,
        {"request": request.text},
        _recalled,
    )
    chosen = in_run(
        VERIFY,
        lambda: drivers.run(verify(recalled, settings), memory, drivers.Given()),
        config,
        _recalled(recalled),
        _planned,
    )
    return (yield from fulfil(chosen, settings))


_UNSTAGED = ("off", "bypass")


def _recalled(recalled: Recall) -> dict[str, Any]:
    return {
        "exact": recalled.exact.id if recalled.exact is not None else None,
        "candidates": [{"id": found.entry.id, "similarity": found.similarity} for found in recalled.candidates],
        "why": recalled.why,
    }


def _planned(chosen: Plan) -> dict[str, Any]:
    plan = chosen.outcome if isinstance(chosen, Generate) else type(chosen).__name__.lower()
    return {"plan": plan, "why": getattr(chosen, "why", "")}
