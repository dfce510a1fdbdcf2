"""`streamify` on a wrapped program: live tokens where nothing is checked, the final prediction in any case."""

from __future__ import annotations

from typing import Any

import dspy
import pytest

from stepcache_lc import Policy
from stepcache_lc.dspy import StepCacheModule
from tests.dspy.models import HAS_ENGINES, Script, algebra, scripted

FIRST = "Solve 2x + 3 = 13 for x."
CAPITAL = "What is the capital of France?"


async def streamed(program: Any, question: str, lm: Any, **settings: Any) -> tuple[str, Any]:
    """The streamed text of the answer field, and the final prediction."""
    listener = dspy.streaming.StreamListener(signature_field_name="answer")
    run = dspy.streamify(program, stream_listeners=[listener], **settings)
    text, prediction = "", None
    with dspy.context(lm=lm):
        async for item in run(question=question):
            if isinstance(item, dspy.Prediction):
                prediction = item
            elif isinstance(item, dspy.streaming.StreamResponse):
                text += item.chunk
    return text, prediction


@pytest.mark.parametrize("question", [CAPITAL, FIRST])
async def test_the_final_prediction_is_that_of_the_plain_program(cache: Any, question: str) -> None:
    for _ in range(2):
        found = [
            (await streamed(program, question, scripted(Script(algebra), cache=False)))[1]
            for program in (
                dspy.ChainOfThought("question -> answer"),
                StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache),
            )
        ]
        assert found[0].toDict() == found[1].toDict()
        assert found[1]._stepcache is not None


@pytest.mark.skipif(not HAS_ENGINES, reason="needs an LM that streams")
async def test_what_nothing_checks_is_streamed_live(cache: Any) -> None:
    script = Script(algebra)
    lm = scripted(script, cache=False)
    plain, _ = await streamed(dspy.ChainOfThought("question -> answer"), CAPITAL, lm)
    program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache)
    text, prediction = await streamed(program, CAPITAL, lm)
    assert text == plain == f"It depends on {CAPITAL}"
    assert prediction._stepcache.outcome == "miss"
    # As with DSPy's own cache, a hit gives the final prediction only.
    text, prediction = await streamed(program, CAPITAL, lm, include_final_prediction_in_output_stream=False)
    assert (text, prediction._stepcache.outcome) == ("", "exact")
    assert script.calls == 2


@pytest.mark.skipif(not HAS_ENGINES, reason="needs an LM that streams")
async def test_what_is_checked_is_held_back_unless_the_policy_says_live(make_cache: Any) -> None:
    lm = scripted(Script(algebra), cache=False)
    plain, _ = await streamed(dspy.ChainOfThought("question -> answer"), FIRST, lm)
    assert plain == "x = 5"
    for policy, expected in ((Policy(), ""), (Policy(stream="live"), plain)):
        program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=make_cache(policy=policy))
        text, prediction = await streamed(program, FIRST, lm)
        assert text == expected
        assert prediction._stepcache.verified


async def test_an_async_program_streams_too(cache: Any) -> None:
    program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache)
    _, prediction = await streamed(program, FIRST, scripted(Script(algebra)), is_async_program=True)
    assert prediction.answer == "x = 5"
