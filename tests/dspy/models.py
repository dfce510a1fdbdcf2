"""LMs for tests: only the LM is a fake. Written for the engine interface of DSPy 3.4 and for `BaseLM` before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import dspy

from tests.support.algebra import root, worked
from tests.support.dspy_prompts import asked, wants_json, written

Answerer = Callable[[dict[str, str], list[str]], dict[str, Any]]

HAS_ENGINES = tuple(int(part) for part in dspy.__version__.split(".")[:2]) >= (3, 4)


class Script:
    """Answers by a function of the input fields and the wanted ones; notes every call."""

    def __init__(self, answerer: Answerer, finish_reason: str = "stop") -> None:
        self.answerer = answerer
        self.finish_reason = finish_reason
        self.seen: list[tuple[dict[str, str], list[str]]] = []

    @property
    def calls(self) -> int:
        return len(self.seen)

    def answer(self, content: str) -> str:
        inputs, wanted = asked(content)
        self.seen.append((inputs, wanted))
        return written(self.answerer(inputs, wanted), wants_json(content))


def scripted(script: Script, model: str = "scripted/one", **settings: Any) -> Any:
    """An LM that a script answers."""
    if HAS_ENGINES:
        return dspy.LM(model, engine=Engine(script), async_engine=AsyncEngine(script), **settings)
    return PlainLM(script, model, **settings)


class Engine:
    """A DSPy 3.4 engine."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def complete(self, request: Any) -> Any:
        from dspy.lm15 import Message, Response, TextPart, Usage

        text = self.script.answer(request.messages[-1].text or "")
        return Response(
            id=None,
            model="scripted",
            message=Message.assistant([TextPart(text)]),
            finish_reason=self.script.finish_reason,
            usage=Usage(input_tokens=100, output_tokens=len(text.split()), total_tokens=100 + len(text.split())),
        )

    def stream(self, request: Any) -> Any:
        """The answer in small pieces, as providers give it."""
        from dspy.lm15 import StreamDeltaEvent, TextDelta, response_to_events

        for event in response_to_events(self.complete(request)):
            if isinstance(event, StreamDeltaEvent):
                for piece in re.findall(r"\s*\S{1,4}|\s+", event.delta.text):
                    yield StreamDeltaEvent(delta=TextDelta(text=piece, part_index=0))
            else:
                yield event


class AsyncEngine(Engine):
    """The same, awaited."""

    async def complete(self, request: Any) -> Any:
        return super().complete(request)

    async def stream(self, request: Any) -> Any:
        for event in Engine.stream(Engine(self.script), request):
            yield event


class PlainLM(dspy.BaseLM):
    """An LM for DSPy before 3.4."""

    def __init__(self, script: Script, model: str, **settings: Any) -> None:
        super().__init__(model, **{"temperature": None, **settings})
        self.script = script

    def __deepcopy__(self, memo: dict[int, Any]) -> PlainLM:
        copied = PlainLM(self.script, self.model, cache=self.cache)
        copied.kwargs = dict(self.kwargs)
        return copied

    def forward(self, prompt: str | None = None, messages: list[dict[str, Any]] | None = None, **kwargs: Any) -> Any:
        from openai.types.chat import ChatCompletion

        text = self.script.answer(messages[-1]["content"] if messages else prompt or "")
        choice = {
            "index": 0,
            "finish_reason": self.script.finish_reason,
            "message": {"role": "assistant", "content": text},
        }
        words = len(text.split())
        usage = {"prompt_tokens": 100, "completion_tokens": words, "total_tokens": 100 + words}
        return ChatCompletion.model_validate(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 0,
                "model": "scripted",
                "choices": [choice],
                "usage": usage,
            }
        )

    async def aforward(self, prompt: str | None = None, messages: Any = None, **kwargs: Any) -> Any:
        return self.forward(prompt, messages, **kwargs)


def algebra(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
    """Works equations out; says something else of any other question."""
    question = inputs.get("question", "")
    if "=" not in question:
        fields = {"reasoning": f"I thought about it: {question}", "answer": f"It depends on {question}"}
        return {name: fields.get(name, "something") for name in wanted}
    unknown = re.findall(r"[a-z](?= *[+-])", question)[-1]
    value = root(question)
    fields = {"reasoning": worked(question).strip(), "answer": f"{unknown} = {value}"}
    return {name: fields.get(name, f"{value}") for name in wanted}
