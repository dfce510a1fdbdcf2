"""The systems under test: what people put between an application and its model, and StepCache.

Each has a memory of its own and asks the same model. `ask` says what it answered and what that cost; the seconds of a
system are its own, measured, plus those of the model calls that it made.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from langchain_core.caches import BaseCache, InMemoryCache
from langchain_core.embeddings import Embeddings

from stepcache_lc.annotate import annotated
from stepcache_lc.bench.gpt_cache import GptCache
from stepcache_lc.bench.meter import Meter, Replies
from stepcache_lc.bench.results import Answered
from stepcache_lc.cache import StepCache
from stepcache_lc.core.types import Request
from stepcache_lc.demo.semantic import SemanticCache
from stepcache_lc.errors import MissingExtra
from stepcache_lc.policy import Policy
from stepcache_lc.receipt import Receipt
from stepcache_lc.tasks import default_tasks

STEPCACHE: Final = "StepCache"
NO_CACHE: Final = "no cache"
CHECKS_ONLY: Final = "checks only"
PAPER: Final = "StepCache (paper)"
_SETTINGS: Final = "the same for all requests"
_TASKS: Final = tuple(default_tasks())


@dataclass(frozen=True)
class _Said:
    """What a system itself knows of an answer."""

    text: str
    outcome: str = ""
    """Empty: `exact` if no model call was made, else `miss`."""
    receipt: Mapping[str, Any] | None = None


class System(Protocol):
    """Answers prompts, with or without a cache."""

    name: str

    def ask(self, prompt: str) -> Answered:
        """Answer one request."""
        ...

    def close(self) -> None:
        """Let go of files and threads."""
        ...


class Direct:
    """The model, perhaps with a cache of LangChain's on it; the other systems answer in another way, timed alike."""

    def __init__(self, name: str, replies: Replies, identity: str, cache: BaseCache | bool = False) -> None:
        self.name = name
        # False, not None: None would fall back on the process-wide cache.
        self._meter = Meter.of(replies, identity, cache=cache)
        self._clock = replies.clock

    def ask(self, prompt: str) -> Answered:
        """Answer one request."""
        self._meter.take()
        started = self._clock()
        said = self._answer(prompt)
        total = self._clock() - started
        calls, inside = self._meter.take()
        overhead = max(0.0, total - inside)
        # From here on nothing is timed.
        receipt = Receipt.from_dict(said.receipt) if said.receipt is not None else None
        return Answered(
            answer=said.text,
            outcome=receipt.outcome if receipt else said.outcome or ("miss" if calls else "exact"),
            # `source` names the entry that an answer was taken or derived from, whatever part of it.
            from_cache=receipt.source is not None if receipt else not calls,
            latency_s=overhead + sum(call.seconds for call in calls),
            overhead_s=overhead,
            input_tokens=sum(call.input_tokens for call in calls),
            output_tokens=sum(call.output_tokens for call in calls),
            model_calls=len(calls),
            assurance=receipt.assurance if receipt else "",
            steps=annotated(Request(prompt), said.text, receipt.task, receipt.steps, _TASKS) if receipt else (),
            why=receipt.why if receipt else "",
        )

    def close(self) -> None:
        """Nothing to let go of."""

    def _answer(self, prompt: str) -> _Said:
        return _Said(self._meter.invoke(prompt).text)


class SqliteCached(Direct):
    """`langchain_community.cache.SQLiteCache` on a file of its own.

    Raises:
        MissingExtra: langchain-community is not installed.
    """

    def __init__(self, name: str, replies: Replies, identity: str) -> None:
        try:
            with warnings.catch_warnings():
                # It announces that the package is sunset.
                warnings.simplefilter("ignore", DeprecationWarning)
                from langchain_community.cache import SQLiteCache
        except ImportError as error:
            raise MissingExtra(
                f"SQLiteCache needs langchain-community ({error}): pip install 'stepcache-lc[bench]'"
            ) from error
        self._folder = Path(tempfile.mkdtemp(prefix="sqlite-cache-"))
        self._cache = SQLiteCache(str(self._folder / "answers.db"))
        super().__init__(name, replies, identity, self._cache)

    def _answer(self, prompt: str) -> _Said:
        with warnings.catch_warnings():
            # It reads messages back with LangChain's `loads`, and that warns that it is in beta.
            warnings.simplefilter("ignore")
            return super()._answer(prompt)

    def close(self) -> None:
        """Close and remove the file."""
        self._cache.engine.dispose()
        shutil.rmtree(self._folder, ignore_errors=True)


class Semantic(Direct):
    """A whole-response semantic cache over Chroma."""

    def __init__(self, name: str, replies: Replies, identity: str, embeddings: Embeddings, threshold: float) -> None:
        super().__init__(name, replies, identity)
        self._cache = SemanticCache(embeddings, threshold)

    def _answer(self, prompt: str) -> _Said:
        near = self._cache.lookup(prompt, _SETTINGS)
        if near is not None:
            return _Said(near.answer, "exact" if near.prompt == prompt else "similar")
        said = super()._answer(prompt)
        self._cache.update(prompt, _SETTINGS, said.text)
        return said


class GptCached(Direct):
    """GPTCache with its defaults."""

    def __init__(self, name: str, replies: Replies, identity: str, embeddings: Embeddings) -> None:
        super().__init__(name, replies, identity)
        self._cache = GptCache(embeddings)

    def _answer(self, prompt: str) -> _Said:
        found = self._cache.get(prompt)
        if found is not None:
            return _Said(found, "similar")
        said = super()._answer(prompt)
        self._cache.put(prompt, said.text)
        return said

    def close(self) -> None:
        """Remove its files."""
        self._cache.close()


class Stepwise(Direct):
    """StepCache under some policy, with its store in memory."""

    def __init__(self, name: str, replies: Replies, identity: str, embeddings: Embeddings, policy: Policy) -> None:
        super().__init__(name, replies, identity)
        self._cache = StepCache(embeddings=embeddings, policy=policy)
        self._chat = self._cache.wrap(self._meter)

    def _answer(self, prompt: str) -> _Said:
        message = self._chat.invoke(prompt)
        return _Said(message.text, receipt=message.response_metadata["stepcache"])

    def close(self) -> None:
        """Close the cache."""
        self._cache.close()


Builder = Callable[[Replies, str, Embeddings], System]


def _semantic(threshold: float) -> Builder:
    name = f"semantic {threshold:g}"
    return lambda replies, identity, embeddings: Semantic(name, replies, identity, embeddings, threshold)


def _stepwise(name: str, policy: Policy) -> Builder:
    return lambda replies, identity, embeddings: Stepwise(name, replies, identity, embeddings, policy)


SYSTEMS: Final[Mapping[str, Builder]] = {
    NO_CACHE: lambda replies, identity, _: Direct(NO_CACHE, replies, identity),
    # It never recalls, and nothing is kept: what is left of StepCache are its checks, repairs and solver.
    CHECKS_ONLY: _stepwise(CHECKS_ONLY, Policy(mode="refresh", admit=lambda request, answer: False)),
    "InMemoryCache": lambda replies, identity, _: Direct("InMemoryCache", replies, identity, InMemoryCache()),
    "SQLiteCache": lambda replies, identity, _: SqliteCached("SQLiteCache", replies, identity),
    **{f"semantic {threshold:g}": _semantic(threshold) for threshold in (0.8, 0.9, 0.95)},
    "GPTCache": lambda replies, identity, embeddings: GptCached("GPTCache", replies, identity, embeddings),
    PAPER: _stepwise(PAPER, Policy.paper()),
    STEPCACHE: _stepwise(STEPCACHE, Policy()),
}
"""All systems, in the order of the tables."""
