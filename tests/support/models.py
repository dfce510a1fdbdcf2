"""Chat models for tests: only the model is a fake, never what is tested."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

Answerer = Callable[[list[BaseMessage]], "str | AIMessage"]


class ScriptedModel(BaseChatModel):
    """Answers by a function of the messages, or from a list in order; counts its calls and its tokens.

    Usage: one input token a message, one output token a word.
    """

    answerer: Any
    name_of_model: str = "scripted"
    finish_reason: str = "stop"
    # Not in its repr: LangChain writes that into each run's record.
    seen: list[Any] = Field(default_factory=list, repr=False)
    kwargs_seen: list[Any] = Field(default_factory=list, repr=False)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.name_of_model}

    @property
    def calls(self) -> int:
        return len(self.seen)

    def _message(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        self.seen.append(list(messages))
        self.kwargs_seen.append(kwargs)
        answer = (
            self.answerer(messages) if callable(self.answerer) else self.answerer[(self.calls - 1) % len(self.answerer)]
        )
        if isinstance(answer, Exception):
            raise answer
        message = answer if isinstance(answer, AIMessage) else AIMessage(content=answer)
        words = len(message.text.split())
        return message.model_copy(
            update={
                "usage_metadata": {
                    "input_tokens": len(messages),
                    "output_tokens": words,
                    "total_tokens": len(messages) + words,
                }
            }
        )

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        message = self._message(messages, kwargs)
        return ChatResult(
            generations=[ChatGeneration(message=message, generation_info={"finish_reason": self.finish_reason})],
            llm_output={"model_name": self.name_of_model},
        )

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: Any = None, **kwargs: Any) -> Any:
        from langchain_core.utils.function_calling import convert_to_openai_tool

        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)


class StreamingModel(ScriptedModel):
    """The same, word by word."""

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        yield from self._chunks(messages, kwargs)

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, kwargs):
            yield chunk

    def _chunks(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> Iterator[ChatGenerationChunk]:
        message = self._message(messages, kwargs)
        text = message.text
        for at in range(0, len(text), 7):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text[at : at + 7]))
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                usage_metadata=message.usage_metadata,
                response_metadata={"finish_reason": self.finish_reason, "model_name": self.name_of_model},
            )
        )
