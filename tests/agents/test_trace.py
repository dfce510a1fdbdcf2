"""The stages by name in an agent's trace, below the run of its model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.tracers.schemas import Run

from stepcache_lc import MemoryStore
from stepcache_lc.agents import StepCacheMiddleware
from tests.agents.models import AgentModel
from tests.test_trace import PROMPT, STAGES, Trace, check_times, names, patching, stages


def model_runs(run: Run) -> list[Run]:
    return [run] if run.run_type == "llm" else [found for child in run.child_runs for found in model_runs(child)]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_the_stages_of_an_agent(make_cache: Callable[..., Any], asynchronous: bool) -> None:
    middleware = StepCacheMiddleware(make_cache(store=MemoryStore()))
    agent = create_agent(AgentModel(answerer=patching), middleware=[middleware])
    for expected in (STAGES, STAGES[:2]):
        tracer = Trace()
        given, config = {"messages": [HumanMessage(PROMPT)]}, {"callbacks": [tracer]}
        await agent.ainvoke(given, config) if asynchronous else agent.invoke(given, config)
        (root,) = tracer.roots
        (model,) = model_runs(root)
        assert names(root) == names(model) == expected
        assert all(stage.parent_run_id == model.id for stage in stages(model))
        check_times(model)
