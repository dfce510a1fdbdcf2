"""What the cache does shows by name in a trace, below the run of its host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.runnables import RunnablePassthrough
from langchain_core.tracers.base import AsyncBaseTracer, BaseTracer
from langchain_core.tracers.schemas import Run

from stepcache_lc import MemoryStore, Policy, StepCache
from tests.support.algebra import worked
from tests.support.models import ScriptedModel, StreamingModel

PROMPT = "Solve 2x + 3 = 13 for x."
STAGES = ["stepcache_recall", "stepcache_verify", "stepcache_patch"]


class Trace(BaseTracer):
    """Keeps the finished trees of runs."""

    def __init__(self) -> None:
        super().__init__()
        self.roots: list[Run] = []

    def _persist_run(self, run: Run) -> None:
        self.roots.append(run)


class AsyncTrace(AsyncBaseTracer):
    """The same, for callbacks that are awaited."""

    def __init__(self) -> None:
        super().__init__()
        self.roots: list[Run] = []

    async def _persist_run(self, run: Run) -> None:
        self.roots.append(run)


def patching(messages: list[Any]) -> str:
    """A wrong answer to the whole, the right steps when they are asked for."""
    text = str(messages[-1].content)
    return worked(PROMPT, off_by=7) if text == PROMPT else "".join(worked(PROMPT).splitlines(keepends=True)[1:])


def stages(run: Run) -> list[Run]:
    """The runs of the cache in a tree of runs, in the order in which they started."""
    found = [run] if run.name.startswith("stepcache_") else []
    for child in run.child_runs:
        found += stages(child)
    return sorted(found, key=lambda item: item.start_time)


def names(run: Run) -> list[str]:
    return [stage.name for stage in stages(run)]


def check_times(run: Run) -> None:
    for child in run.child_runs:
        assert child.parent_run_id == run.id
        assert child.end_time is not None
        assert run.end_time is not None
        assert run.start_time <= child.start_time <= child.end_time <= run.end_time
        assert child.error is None
        check_times(child)


@pytest.fixture
def cache(make_cache: Callable[..., Any]) -> StepCache:
    return make_cache(store=MemoryStore())


async def traced(chat: Any, door: str, tracer: Any) -> Run:
    config = {"callbacks": [tracer]}
    match door:
        case "invoke":
            chat.invoke(PROMPT, config)
        case "ainvoke":
            await chat.ainvoke(PROMPT, config)
        case "stream":
            list(chat.stream(PROMPT, config))
        case _:
            [chunk async for chunk in chat.astream(PROMPT, config)]
    run: Run = tracer.roots[-1]
    return run


@pytest.mark.parametrize(
    ("door", "tracing"),
    [
        *((door, Trace) for door in ("invoke", "ainvoke", "stream", "astream")),
        *((door, AsyncTrace) for door in ("ainvoke", "astream")),
    ],
)
async def test_the_stages_of_a_wrapped_model(cache: StepCache, door: str, tracing: Any) -> None:
    chat = RunnablePassthrough() | cache.wrap(StreamingModel(answerer=patching))
    first = await traced(chat, door, tracing())
    assert names(first) == STAGES
    if "stream" not in door:  # LangChain tells a stream of no run: there they are below the run around the model's
        (model,) = [run for run in first.child_runs if run.run_type == "llm"]
        assert names(model) == STAGES
        check_times(first)
    recall, verify, patch = stages(first)
    assert recall.inputs == {"request": PROMPT}
    assert recall.outputs == {"exact": None, "candidates": [], "why": "nothing comparable is cached"}
    assert verify.outputs == {"plan": "miss", "why": "nothing comparable is cached"}
    assert {"nostream", "stepcache"} <= set(patch.tags or [])
    again = await traced(chat, door, tracing())
    assert names(again) == STAGES[:2]
    recall, verify = stages(again)
    assert recall.outputs is not None
    assert recall.outputs["exact"] == cache.receipts(1)[0].source
    assert verify.outputs == {"plan": "repeat", "why": ""}


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_the_stages_of_the_chain(cache: StepCache, asynchronous: bool) -> None:
    run = await traced(cache.chain(ScriptedModel(answerer=patching)), "ainvoke" if asynchronous else "invoke", Trace())
    # The last stage is the patcher, and what it asks the model for bears its name, too.
    assert names(run) == [*STAGES, "stepcache_patch"]
    check_times(run)
    models = [child.run_type for child in stages(run)[2].child_runs]
    assert models == ["llm", "llm"]


def test_a_rewritten_answer_shows_its_candidates(cache: StepCache) -> None:
    chat = cache.wrap(ScriptedModel(answerer=lambda messages: worked(str(messages[-1].content))))
    chat.invoke(PROMPT)
    tracer = Trace()
    chat.invoke("Solve 2x + 3 = 15 for x.", {"callbacks": [tracer]})
    recall, verify = stages(tracer.roots[0])
    assert recall.outputs is not None
    assert recall.outputs["candidates"][0]["id"] == cache.receipts(1)[0].source
    assert verify.outputs is not None
    assert verify.outputs["plan"] == "rewrite"


def test_calls_that_the_cache_does_not_handle_show_no_stage(cache: StepCache) -> None:
    tracer = Trace()
    chat = cache.wrap(ScriptedModel(answerer=patching), policy=Policy(mode="off"))
    chat.invoke(PROMPT, {"callbacks": [tracer]})
    assert names(tracer.roots[0]) == []


def test_the_stages_report_no_tokens(cache: StepCache) -> None:
    tracer = Trace()
    cache.wrap(ScriptedModel(answerer=patching)).invoke(PROMPT, {"callbacks": [tracer]})
    (root,) = tracer.roots
    assert {stage.run_type for stage in stages(root)} == {"chain"}
