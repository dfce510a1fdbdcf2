"""The model as the systems see it: what it was asked and how long it took are written down.

A call with the same messages and parameters is made once in a run. Its reply, its tokens and the seconds that it took
then stand for every system that makes this call: at temperature 0 the reply is the same anyway, and all systems are
compared on one and the same measurement of it. `Replies(once=False)` makes every call anew.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from stepcache_lc.bench.simulate import SECONDS


@dataclass(frozen=True)
class Call:
    """One call of the model."""

    seconds: float
    input_tokens: int
    output_tokens: int


@dataclass
class Replies:
    """What a model replied in this run, and what that took."""

    model: BaseChatModel
    preamble: Sequence[BaseMessage] = ()
    """Examples that stand in front of every conversation, behind its system prompt; part of the model under test."""
    once: bool = True
    clock: Callable[[], float] = time.perf_counter
    made: int = 0
    """Calls that were really made."""
    _known: dict[str, tuple[AIMessage, Call]] = field(default_factory=dict)

    def reply(self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]) -> Any:
        """The reply, and the call that it took.

        Returns:
            A fresh message and a `Call`.
        """
        key = json.dumps([[message.type, message.content] for message in messages] + [stop, kwargs], default=repr)
        found = self._known.get(key) if self.once else None
        if found is None:
            found = self._make(messages, stop, kwargs)
            self._known[key] = found
        message, call = found
        return message.model_copy(deep=True, update={"id": None}), call

    def _make(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> tuple[AIMessage, Call]:
        at = 1 if messages and isinstance(messages[0], SystemMessage) else 0
        started = self.clock()
        # The public method would look into caches of its own and report to tracers; both are not what is timed.
        result = self.model._generate([*messages[:at], *self.preamble, *messages[at:]], stop=stop, **kwargs)
        seconds = self.clock() - started
        self.made += 1
        generation = result.generations[0]
        message = generation.message
        assert isinstance(message, AIMessage)
        details = {**(generation.generation_info or {}), **message.response_metadata}
        message.response_metadata = {
            "finish_reason": details.get("finish_reason") or "stop",
            "model_name": details.get("model_name", ""),
        }
        usage = message.usage_metadata or {"input_tokens": 0, "output_tokens": 0}
        return message, Call(float(details.get(SECONDS, seconds)), usage["input_tokens"], usage["output_tokens"])


class Meter(BaseChatModel):
    """A chat model that answers from shared `Replies` and counts what one system asks of it."""

    identity: str
    """Names the model and its parameters."""
    _replies: Replies = PrivateAttr()
    _calls: list[Call] = PrivateAttr(default_factory=list)
    _inside: float = PrivateAttr(default=0.0)

    @classmethod
    def of(cls, replies: Replies, identity: str, **settings: Any) -> Meter:
        """A meter on these replies; `settings` are those of any chat model (`cache`)."""
        meter = cls(identity=identity, **settings)
        meter._replies = replies
        return meter

    def take(self) -> tuple[list[Call], float]:
        """The calls since the last time, and the seconds that were spent in here: both start anew."""
        calls, inside = self._calls, self._inside
        self._calls, self._inside = [], 0.0
        return calls, inside

    @property
    def _llm_type(self) -> str:
        return "metered"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.identity}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        started = self._replies.clock()
        message, call = self._replies.reply(messages, stop, kwargs)
        self._calls.append(call)
        self._inside += self._replies.clock() - started
        return ChatResult(
            generations=[ChatGeneration(message=message, generation_info=dict(message.response_metadata))],
            llm_output={"model_name": self.identity},
        )
