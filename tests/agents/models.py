"""An agent's model for tests: calls tools, streams tool calls, counts its calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGenerationChunk

from tests.support.models import StreamingModel


class AgentModel(StreamingModel):
    """A scripted model that streams tool calls, too."""

    def _chunks(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> Iterator[ChatGenerationChunk]:
        message = self._message(messages, kwargs)
        for at in range(0, len(message.text), 7):
            yield ChatGenerationChunk(message=AIMessageChunk(content=message.text[at : at + 7]))
        for index, call in enumerate(message.tool_calls):
            arguments = json.dumps(call["args"])
            for at in range(0, len(arguments), 9):
                chunk = {"name": None, "args": arguments[at : at + 9], "id": None, "index": index}
                if at == 0:
                    chunk |= {"name": call["name"], "id": call["id"]}
                yield ChatGenerationChunk(
                    message=AIMessageChunk(content="", tool_call_chunks=[{**chunk, "type": "tool_call_chunk"}])
                )
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                usage_metadata=message.usage_metadata,
                response_metadata={"finish_reason": self.finish_reason, "model_name": self.name_of_model},
            )
        )


def weather(city: str) -> str:
    """The weather of a city."""
    return f"sunny in {city}"


def forecaster(messages: list[BaseMessage]) -> str | AIMessage:
    """Asks the tool for the city that the last word of the question names, then says what the tool said."""
    last = messages[-1]
    if isinstance(last, ToolMessage):
        return f"It is {last.content}."
    return calling("weather", city=str(last.content).split()[-1].strip("?"))


def calling(tool: str, **arguments: Any) -> AIMessage:
    """A call of a tool; the same id every time, as some servers give it."""
    return AIMessage("", tool_calls=[{"name": tool, "args": arguments, "id": "call_0"}])


def receipts(messages: list[BaseMessage]) -> list[str]:
    """The outcomes of an agent's answers, in order."""
    return [m.response_metadata["stepcache"]["outcome"] for m in messages if isinstance(m, AIMessage)]
