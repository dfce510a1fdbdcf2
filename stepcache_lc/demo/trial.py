"""Ask one request of three arms: the plain model, a whole-response semantic cache, and StepCache."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import openai
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage

from stepcache_lc.bench.truths import Fields
from stepcache_lc.cache import StepCache
from stepcache_lc.demo.semantic import Near, SemanticCache
from stepcache_lc.demo.workload import Asked
from stepcache_lc.receipt import Receipt

FROM_CACHE: Final = frozenset(("exact", "reuse", "rewrite", "solved", "patch"))
"""Outcomes whose answers hold cached or derived steps; the others are the model's own, unaltered."""


@dataclass(frozen=True)
class Answered:
    """What one arm answered."""

    text: str
    seconds: float
    right: bool
    tokens: int = 0
    """Input and output tokens that were spent on it now."""
    calls: int = 1
    """Model calls."""
    receipt: Receipt | None = None
    near: Near | None = None
    """What the semantic cache served it from."""


@dataclass(frozen=True)
class Trial:
    """One request and what the three arms made of it."""

    asked: Asked
    plain: Answered
    semantic: Answered
    cached: Answered

    @property
    def outcome(self) -> str:
        """StepCache's outcome."""
        return self.cached.receipt.outcome if self.cached.receipt is not None else "failed"

    @property
    def served(self) -> bool:
        """Whether StepCache answered from cached or derived steps."""
        return self.outcome in FROM_CACHE

    @property
    def wrongly_served(self) -> bool:
        """Whether something wrong came from the cache; a value that the model was just asked for did not."""
        if not self.served or self.cached.right:
            return False
        truth = self.asked.truth
        return not (
            self.outcome == "patch" and isinstance(truth, Fields) and truth.holds(self.cached.text, self.asked.added)
        )


class Arms:
    """The plain model and the two caches in front of it, each with an empty memory."""

    def __init__(
        self, model: BaseChatModel, embeddings: Embeddings, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._model = model
        self._clock = clock
        self._semantic = SemanticCache(embeddings)
        self._cache = StepCache(embeddings=embeddings)
        self._wrapped = self._cache.wrap(model)

    def ask(self, asked: Asked) -> Trial:
        """Ask all three."""
        plain = self._invoke(self._model, asked)
        return Trial(asked, plain, self._ask_semantic(asked, plain), self._invoke(self._wrapped, asked))

    def close(self) -> None:
        """Close the cache."""
        self._cache.close()

    def _invoke(self, model: BaseChatModel, asked: Asked) -> Answered:
        options: dict[str, Any] = {}
        if asked.response_format is not None:
            options["response_format"] = asked.response_format
        started = self._clock()
        try:
            message = model.invoke(asked.prompt, **options)
        except openai.LengthFinishReasonError:
            # A small model that runs on until its token limit: an answer, and a wrong one.
            return Answered("", self._clock() - started, right=False)
        seconds = self._clock() - started
        data = message.response_metadata.get("stepcache")
        receipt = Receipt.from_dict(data) if data is not None else None
        return Answered(
            text=message.text,
            seconds=seconds,
            right=asked.truth.holds(message.text),
            tokens=_tokens(message),
            calls=receipt.model_calls if receipt is not None else 1,
            receipt=receipt,
        )

    def _ask_semantic(self, asked: Asked, plain: Answered) -> Answered:
        settings = json.dumps(asked.response_format, sort_keys=True)
        started = self._clock()
        near = self._semantic.lookup(asked.prompt, settings)
        seconds = self._clock() - started
        if near is not None:
            return Answered(near.answer, seconds, asked.truth.holds(near.answer), calls=0, near=near)
        # It would ask the model: at temperature 0 that is the plain answer, so the call is not made twice.
        self._semantic.update(asked.prompt, settings, plain.text)
        return plain


def _tokens(message: AIMessage) -> int:
    return message.usage_metadata["total_tokens"] if message.usage_metadata is not None else 0
