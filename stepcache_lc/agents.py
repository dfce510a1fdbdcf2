"""`StepCacheMiddleware`: the cache in front of the model calls of an agent. Needs the extra `agents`.

    from langchain.agents import create_agent
    from stepcache_lc import StepCache
    from stepcache_lc.agents import StepCacheMiddleware

    agent = create_agent(model, tools, middleware=[StepCacheMiddleware(StepCache())])

Order of a model call: the other middleware has its say in the request -> its model is exchanged for the same model
with the cache in front -> the agent binds tools and response format to it and calls it -> the flow that all front
doors share -> the agent makes the response of the answer, as of any other: messages, tool calls, structured output.

The cache sits at the model, and not at the request, because only there it sees what is sent in the end, whatever other
middleware adds on the way; and because only there an answer is a model's own, and not the note of a middleware that
gave up.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, ToolMessage

from stepcache_lc import drivers
from stepcache_lc.cache import StepCache
from stepcache_lc.chat_model import StepCacheChatModel
from stepcache_lc.errors import ConfigurationError, MissingExtra
from stepcache_lc.interrupts import bubbles_up
from stepcache_lc.policy import Policy

try:
    from langchain.agents.middleware.types import AgentMiddleware, ModelCallResult, ModelRequest, ModelResponse
    from langchain.agents.structured_output import ProviderStrategy, StructuredOutputError, ToolStrategy
except ImportError as error:
    raise MissingExtra(
        'stepcache_lc.agents needs LangChain\'s agents: install the extra "agents" with '
        'pip install "stepcache-lc[agents]"'
    ) from error

Namespace = str | Callable[[ModelRequest[Any]], str]
"""The tenant of all calls, or what says it for one call."""


class StepCacheMiddleware(AgentMiddleware[Any, Any, Any]):
    """Answers an agent's model calls from verified steps where it can, and asks the agent's model where it cannot.

    Every message that the agent's model gives carries its receipt under `response_metadata["stepcache"]`. A model that
    is wrapped already (`cache.wrap(model)`) keeps its own cache, and this middleware stands aside.

    Put it last in the list of middleware: what comes behind it is handed the wrapped model, and may not know it.
    """

    def __init__(
        self,
        cache: StepCache,
        *,
        namespace: Namespace | None = None,
        policy: Policy | None = None,
        model_id: str | None = None,
    ) -> None:
        """Take the cache, and what to say otherwise than it does.

        Args:
            cache: What answers; several agents may share it.
            namespace: Tenant, instead of the cache's own; or a function that says it for a `ModelRequest`, say by
                `request.runtime.context`. Where it fails the model answers, without the cache.
            policy: Instead of the cache's own.
            model_id: Names the model's scope; for models without identifying parameters, across processes.

        Raises:
            ConfigurationError: An argument is wrong.
        """
        super().__init__()
        if not isinstance(cache, StepCache):
            raise ConfigurationError(f"cache must be a StepCache, not {type(cache).__name__}: pass StepCache(...)")
        cache.using(namespace=None if callable(namespace) else namespace, policy=policy)  # validates
        self.tools = []
        self._cache = cache
        self._namespace = namespace
        self._policy = policy
        self._model_id = model_id
        self._answer_tools: tuple[Any, tuple[str, ...]] = (None, ())
        self._last: StepCacheChatModel | None = None

    def wrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], ModelResponse[Any]],
    ) -> ModelCallResult[Any]:
        """Have the agent call its model with the cache in front.

        Raises:
            Exception: What the agent, its model, other middleware or the parser of its answer raises.
        """
        attempt = self._attempt(request)
        with attempt:
            attempt.response = handler(attempt.request)
        if attempt.settle():
            attempt = attempt.afresh()
            with attempt:
                attempt.response = handler(attempt.request)
            attempt.settle()
        return attempt.outcome()

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelCallResult[Any]:
        """`wrap_model_call` without blocking the event loop."""
        attempt = self._attempt(request)
        with attempt:
            attempt.response = await handler(attempt.request)
        if attempt.refused is not None and await drivers.in_worker(attempt.settle):
            attempt = attempt.afresh()
            with attempt:
                attempt.response = await handler(attempt.request)
            if attempt.refused is not None:
                await drivers.in_worker(attempt.settle)
        return attempt.outcome()

    def _attempt(self, request: ModelRequest[Any]) -> _Attempt:
        """The request with the cache in front of its model; as it is, where that cannot be or need not be."""
        try:
            model = request.model
            if isinstance(model, StepCacheChatModel) or not isinstance(model, BaseChatModel):
                return _Attempt(self._cache, request)
            namespace = self._namespace(request) if callable(self._namespace) else self._namespace
            if callable(self._namespace) and namespace is None:
                raise ConfigurationError("the namespace function returned None: return the tenant's name")
            wrapped = self._wrapped(model, namespace, self._answer_tools_of(request.response_format))
            return _Attempt(self._cache, request.override(model=wrapped), wrapped)
        except Exception as error:
            if bubbles_up(error):
                raise
            self._cache._engine.trouble("agent", error)
            return _Attempt(self._cache, request)

    def _wrapped(self, model: BaseChatModel, namespace: str | None, tools: tuple[str, ...]) -> StepCacheChatModel:
        """The model with the cache in front; the last one again where nothing differs, as it costs some 0.2 ms."""
        last = self._last
        if last is not None and last.inner is model and (last.namespace, last.answer_tools) == (namespace, tools):
            return last
        wrapped = self._cache.wrap(model, namespace=namespace, policy=self._policy, model_id=self._model_id)
        wrapped.answer_tools = tools
        self._last = wrapped
        return wrapped

    def _answer_tools_of(self, response_format: Any) -> tuple[str, ...]:
        """Names of the tools by which the agent has the model give its structured answer, if it does so by tools."""
        known, names = self._answer_tools
        if response_format is not known:
            names = ()
            if response_format is not None and not isinstance(response_format, ProviderStrategy):
                strategy = response_format
                if not isinstance(strategy, ToolStrategy):
                    strategy = ToolStrategy(getattr(response_format, "schema", response_format))
                names = tuple(spec.name for spec in strategy.schema_specs)
            self._answer_tools = (response_format, names)
        return names


class _Attempt:
    """One call of the agent's model, and what came of it: a response, or a structured answer that was refused.

    A schema's own validators know more than any check of the cache: an answer that they refuse is taken out of the
    cache, and if it came from there, the model is asked.
    """

    def __init__(
        self, cache: StepCache, request: ModelRequest[Any], model: StepCacheChatModel | None = None, mode: str = ""
    ) -> None:
        self.request = request
        self.response: Any = None
        self._cache = cache
        self._model = model
        self._mode = mode
        self._error: StructuredOutputError | None = None
        self._block: AbstractContextManager[None] = nullcontext()

    def __enter__(self) -> None:
        self._block = self._cache.using(mode=self._mode) if self._mode else nullcontext()
        self._block.__enter__()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        self._block.__exit__(kind, error, trace)
        if isinstance(error, StructuredOutputError):
            self._error = error
            return True
        return False

    def afresh(self) -> _Attempt:
        """The same once more, answered by the model."""
        return _Attempt(self._cache, self.request, self._model, "refresh")

    @property
    def refused(self) -> AIMessage | None:
        """The cache's answer that the agent refused: by an error, or by a tool's message with what is wrong in it."""
        message = getattr(self._error, "ai_message", None)
        result = getattr(self.response, "result", None)
        if self._error is None and isinstance(result, list) and len(result) > 1:
            replies = all(isinstance(reply, ToolMessage) for reply in result[1:])
            message = result[0] if replies and self.response.structured_response is None else None
        return message if isinstance(message, AIMessage) and "stepcache" in message.response_metadata else None

    def settle(self) -> bool:
        """Take a refused answer out of the cache; whether it came from there, so that the model must be asked."""
        refused = self.refused
        if refused is None or self._model is None:
            return False
        receipt = refused.response_metadata["stepcache"]
        if receipt["stored"] is not None:
            namespace, _, _ = self._cache._engine.in_force(self._model.namespace, self._model.policy)
            try:
                self._cache.forget(receipt["stored"], namespace=namespace)
            except Exception as error:
                self._cache._engine.trouble("agent", error)
        return not receipt["model_calls"]

    def outcome(self) -> ModelCallResult[Any]:
        """The response, or the agent's own error."""
        if self._error is not None:
            raise self._error
        result: ModelCallResult[Any] = self.response
        return result
