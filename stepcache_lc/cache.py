"""`StepCache`, the `BaseCache`: `set_llm_cache(StepCache(model))`; and the handle for everything else.

Order of a look-up: parse the prompt -> exact key -> recall -> verify -> fulfil -> stitch -> remember. Exact hits,
reuse and rewriting serve any model's own scope. The model is called inside `lookup` only if the call is that of the
cache's own model; otherwise LangChain calls it and reports back through `update`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from langchain_core.caches import RETURN_VAL_TYPE, BaseCache
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableBinding

from stepcache_lc import drivers
from stepcache_lc.answers import generations_of
from stepcache_lc.calls import Call, call_of_strings
from stepcache_lc.core.flow import admit, serve
from stepcache_lc.core.types import Answer, Deferred
from stepcache_lc.embeddings import default_embeddings
from stepcache_lc.engine import Engine
from stepcache_lc.errors import ConfigurationError, StoreLocked
from stepcache_lc.explain import explain
from stepcache_lc.keeping import dump, forget, load, reindex
from stepcache_lc.messages import messages_of, reply_of
from stepcache_lc.model_calls import DirectCalls, is_asking
from stepcache_lc.policy import Mode, Policy
from stepcache_lc.receipt import Receipt
from stepcache_lc.stats import Stats
from stepcache_lc.stores.base import Store
from stepcache_lc.tasks import default_tasks
from stepcache_lc.tasks.base import Task

if TYPE_CHECKING:
    from stepcache_lc.chat_model import StepCacheChatModel

logger = logging.getLogger("stepcache_lc")


class StepCache(BaseCache):
    """A verified, step-level response cache.

    Example:
        ```python
        from langchain_core.globals import set_llm_cache
        from stepcache_lc import StepCache

        set_llm_cache(StepCache(model))  # every chat model of the app
        chat = StepCache().wrap(model)  # or one model, with streaming and receipts on every message
        ```
    """

    def __init__(
        self,
        model: BaseChatModel | None = None,
        store: Store | str | Path | None = None,
        embeddings: Embeddings | None = None,
        tasks: Iterable[Task] | None = None,
        policy: Policy | None = None,
        namespace: str = "default",
        on_receipt: Callable[[Receipt], object] | None = None,
    ) -> None:
        """Open the cache.

        Args:
            model: The chat model that patches and regenerates inside `lookup()`. None: exact, reuse and rewrite only.
            store: None for Chroma in memory, a path for Chroma on disk (one process), or a `Store`.
            embeddings: Proposes candidates, never serves. None: WordLlama, in process.
            tasks: What the cache can read and check. None: `default_tasks()`.
            policy: What may be served, and how hard to try.
            namespace: The tenant: a hard partition of the index.
            on_receipt: Called with each receipt, in a thread of its own; what it raises is logged.

        Raises:
            ConfigurationError: An argument is wrong; also a `ValueError`. The message names it and the mend.
            StoreError: The store cannot be opened, or another process has it open.
        """
        self.model = _checked_model(model)
        policy = Policy() if policy is None else policy
        if not isinstance(policy, Policy):
            raise ConfigurationError(f"policy must be a Policy, not {type(policy).__name__}: pass Policy(...)")
        _check_namespace(namespace)
        if embeddings is not None and not isinstance(embeddings, Embeddings):
            raise ConfigurationError(
                f"embeddings must be a langchain_core Embeddings, not {type(embeddings).__name__}: subclass it"
            )
        if on_receipt is not None and not callable(on_receipt):
            raise ConfigurationError("on_receipt must be callable with one Receipt, or None")
        self._engine = Engine(
            tasks=_checked_tasks(tasks),
            store=_opened(store, policy),
            embeddings=embeddings if embeddings is not None else default_embeddings(),
            policy=policy,
            namespace=namespace,
            on_receipt=on_receipt,
        )
        self._pending = _Pending()
        self._said_foreign = False
        self._wrapped: BaseChatModel | None = None

    # --------------------------------------------------------------------------------------- LangChain's cache

    def lookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """Serve a call of `set_llm_cache`; None where LangChain should call the model itself. Never raises."""
        started = time.perf_counter()
        try:
            held = self._held(prompt, llm_string, started)
            if held is not None:
                return held
            prepared = self._prepare(prompt, llm_string)
            if prepared is None:
                return None
            call, job = prepared
            return self._looked_up(call, job.model, drivers.fly(job), started)
        except Exception as error:
            self._engine.trouble("lookup", error)
            return None

    async def alookup(self, prompt: str, llm_string: str) -> RETURN_VAL_TYPE | None:
        """`lookup` without blocking the event loop."""
        started = time.perf_counter()
        try:
            held = self._held(prompt, llm_string, started)
            if held is not None:
                return held
            prepared = await drivers.in_worker(self._prepare, prompt, llm_string)
            if prepared is None:
                return None
            call, job = prepared
            return self._looked_up(call, job.model, await drivers.afly(job), started)
        except Exception as error:
            self._engine.trouble("lookup", error)
            return None

    def update(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """Take in what the model answered. Never raises; adds the receipt to the live message."""
        if is_asking():
            return
        started = time.perf_counter()
        try:
            namespace, policy, mode = self._engine.in_force()
            call, _ = call_of_strings(prompt, llm_string, namespace=namespace, policy=policy)
            if call.bypass or mode == "off":
                return
            request = call.request
            settings = self._engine.settings(request, policy, mode, streaming=False, may_ask=mode == "shadow")
            reply = reply_of(list(return_val))
            if mode == "shadow":
                flow = serve(request, settings)
            else:
                flow = admit(request, self._pending.take(request.key), reply, settings)
            result = drivers.run(flow, self._engine.memory(policy, call.parts), drivers.Given(reply))
            if isinstance(result, Answer):
                receipt = self._engine.finish(request, result, time.perf_counter() - started, policy)
                if len(return_val) == 1 and isinstance(return_val[0], ChatGeneration):
                    message = return_val[0].message
                    message.response_metadata = {**message.response_metadata, "stepcache": receipt.to_dict()}
        except Exception as error:
            self._engine.trouble("update", error)

    async def aupdate(self, prompt: str, llm_string: str, return_val: RETURN_VAL_TYPE) -> None:
        """`update` without blocking the event loop."""
        await drivers.in_worker(self.update, prompt, llm_string, return_val)

    def clear(self, **kwargs: Any) -> None:
        """Remove every entry of the namespace in force, and of no other."""
        namespace, _, _ = self._engine.in_force()
        self._engine.front.drop(lambda entry: entry.namespace == namespace)
        self._engine.patiently(lambda: self._engine.store.clear(namespace))

    async def aclear(self, **kwargs: Any) -> None:
        """`clear` without blocking the event loop."""
        await drivers.in_worker(lambda: self.clear(**kwargs))

    # --------------------------------------------------------------------------------------- other front doors

    def wrap(
        self,
        model: BaseChatModel,
        namespace: str | None = None,
        policy: Policy | None = None,
        model_id: str | None = None,
    ) -> StepCacheChatModel:
        """Put the cache in front of one chat model: streaming, tools, structured output, a receipt on every message.

        Args:
            model: The model that answers what the cache cannot.
            namespace: Instead of the cache's own.
            policy: Instead of the cache's own.
            model_id: Names the model's scope; needed across processes if its identifying parameters are empty.

        Raises:
            ConfigurationError: `model` is no chat model.
        """
        from stepcache_lc.chat_model import StepCacheChatModel

        if isinstance(model, RunnableBinding) and isinstance(model.bound, BaseChatModel):
            inner = self.wrap(model.bound, namespace=namespace, policy=policy, model_id=model_id)
            return model.model_copy(update={"bound": inner})  # type: ignore[return-value]
        checked = _checked_model(model)
        if checked is None:
            raise ConfigurationError(
                "model must be a chat model, not None: pass the model to put the cache in front of"
            )
        if namespace is not None:
            _check_namespace(namespace)
        if policy is not None and not isinstance(policy, Policy):
            raise ConfigurationError(f"policy must be a Policy, not {type(policy).__name__}: pass Policy(...)")
        wrapped = StepCacheChatModel.around(checked, self, namespace=namespace, policy=policy, model_id=model_id)
        self._wrapped = wrapped
        return wrapped

    def chain(self, model: BaseChatModel) -> Runnable[LanguageModelInput, Any]:
        """The same flow as a Runnable, stage by stage: `StepRetriever | StepVerifier | StepPatcher`."""
        from stepcache_lc.chain import StepPatcher, StepRetriever, StepVerifier

        return StepRetriever(self, model) | StepVerifier(self) | StepPatcher(self, model)

    # ---------------------------------------------------------------------------------------------- control

    def using(
        self, *, namespace: str | None = None, policy: Policy | None = None, mode: str | None = None
    ) -> AbstractContextManager[None]:
        """Override namespace, policy or mode inside the block, sync or async.

        Raises:
            ConfigurationError: A value is wrong.
        """
        if namespace is not None:
            _check_namespace(namespace)
        if policy is not None and not isinstance(policy, Policy):
            raise ConfigurationError(f"policy must be a Policy, not {type(policy).__name__}: pass Policy(...)")
        if mode is not None:
            replace(policy or self._engine.policy, mode=cast("Mode", mode))  # validates
        return self._engine.using(namespace, policy, mode)

    def disabled(self) -> AbstractContextManager[None]:
        """Keep the cache out of the block."""
        return self.using(mode="off")

    def record(self) -> AbstractContextManager[list[Receipt]]:
        """Collect the block's receipts, also those of threads and tasks that it starts."""
        return self._engine.recording()

    def explain(self, messages: LanguageModelInput, model: BaseChatModel | None = None) -> Receipt:
        """Say what would happen to a request: no model call, nothing stored.

        `why` names the nearest entry, even outside the request's scope, and the first part that differs. Entries belong
        to a model: by default the cache's own, else the one wrapped last.
        """
        return explain(self._engine, messages, model or self.model or self._wrapped)

    async def aexplain(self, messages: LanguageModelInput, model: BaseChatModel | None = None) -> Receipt:
        """`explain` without blocking the event loop."""
        return await drivers.in_worker(self.explain, messages, model)

    def stats(self) -> Stats:
        """Counts per outcome, tokens, latency quantiles, errors and the unread share since construction."""
        stats, skipped = self._engine.recorder.snapshot(), self._engine.store.skipped
        kinds = (
            {**stats.error_kinds, "entry": stats.error_kinds.get("entry", 0) + skipped}
            if skipped
            else stats.error_kinds
        )
        return replace(stats, skipped=skipped, errors=stats.errors + skipped, error_kinds=kinds)

    def receipts(self, last: int = 20) -> list[Receipt]:
        """The last receipts, newest last (at most 1,000 are kept)."""
        return self._engine.receipts(last)

    def forget(
        self,
        entry_id: str | None = None,
        *,
        namespace: str | None = None,
        model: BaseChatModel | str | None = None,
        older_than: float | None = None,
    ) -> int:
        """Remove entries and all that descends from them.

        Args:
            entry_id: One entry, as named by a receipt.
            namespace: Only in this namespace; default: the one in force.
            model: Only this model's entries (the model, its `model_id`, or the name it reports).
            older_than: Only entries older than so many seconds.

        Returns:
            How many entries are gone.

        Raises:
            ConfigurationError: No criterion is given (use `clear()` to remove all), or one is wrong.
        """
        if namespace is not None:
            _check_namespace(namespace)
        return forget(self._engine, entry_id, namespace=namespace, model=model, older_than=older_than)

    async def aforget(self, entry_id: str | None = None, **criteria: Any) -> int:
        """`forget` without blocking the event loop."""
        return await drivers.in_worker(lambda: self.forget(entry_id, **criteria))

    def dump(self, path: str | Path) -> int:
        """Write the namespace's entries as JSON lines; returns how many."""
        return dump(self._engine, Path(path))

    def load(self, path: str | Path) -> int:
        """Read entries of the namespace in force that `dump` wrote; unreadable lines are skipped. Returns how many."""
        return load(self._engine, Path(path))

    def reindex(self) -> int:
        """Embed all stored texts again, after a change of `embeddings`; returns how many."""
        return reindex(self._engine)

    def close(self) -> None:
        """Deliver outstanding receipts and close the store. Idempotent."""
        self._engine.close()

    def __enter__(self) -> StepCache:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # ---------------------------------------------------------------------------------------------- inside

    def _held(self, prompt: str, llm_string: str, started: float) -> list[Generation] | None:
        """An exact hit from this process's memory: nothing is parsed, no store is asked, nothing blocks."""
        engine = self._engine
        namespace, policy, mode = engine.in_force()
        if is_asking() or policy.sampling != "cache" or policy.tool_turns != "exact":
            return None
        key = engine.aliases.get(engine.aliases.of(namespace, prompt, llm_string))
        hit = None if key is None else engine.hit(key, policy, mode)
        if hit is None:
            return None
        receipt = engine.finish_hit(hit, time.perf_counter() - started)
        return hit.generations(receipt.to_dict())

    def _prepare(self, prompt: str, llm_string: str) -> tuple[Call, drivers.Job] | None:
        if is_asking():
            return None
        engine = self._engine
        namespace, policy, mode = engine.in_force()
        if mode in ("off", "shadow"):  # in shadow mode nothing is served: `update` compares
            return None
        call, turns = call_of_strings(prompt, llm_string, namespace=namespace, policy=policy)
        if call.bypass:
            return None
        if policy.key is None:
            engine.aliases.put(engine.aliases.of(namespace, prompt, llm_string), call.request.key)
        may_ask = self._is_own(llm_string) and bool(turns)
        settings = engine.settings(call.request, policy, mode, streaming=False, may_ask=may_ask, may_ask_unread=False)
        calls: drivers.Model = drivers.Given()
        if may_ask and self.model is not None:
            calls = DirectCalls(
                self.model,
                messages_of(turns),
                stop=None,
                kwargs={},
                form="text",
                own_run=False,
                timeout=policy.model_timeout,
            )
        # Where LangChain may have to ask, nothing says when it is done: only calls that are answered here fly together.
        alone = not may_ask or call.keyed or engine.flies_alone(call.request, mode, call.temperature)
        flow, memory = serve(call.request, settings), engine.memory(policy, call.parts)
        return call, drivers.Job(flow, memory, calls, engine.flights, call.request.key, alone)

    def _looked_up(
        self, call: Call, calls: drivers.Model, result: Answer | Deferred, started: float
    ) -> list[Generation] | None:
        if isinstance(result, Deferred):
            self._pending.put(call.request.key, result)
            return None
        again = calls.again if isinstance(calls, DirectCalls) else None
        seconds = time.perf_counter() - started
        receipt = self._engine.finish(call.request, result, seconds, call.policy, again)
        return generations_of(result, receipt.to_dict())

    def _is_own(self, llm_string: str) -> bool:
        if self.model is None:
            return False
        own = llm_string == self.model._get_llm_string(stop=None)
        if not own and not self._said_foreign:
            self._said_foreign = True
            logger.info(
                "a call with bound arguments or of another model goes through the cache: it is served from memory, "
                "and LangChain calls its model; use cache.wrap(model) for the whole chain"
            )
        return own


class _Pending:
    """What look-ups found out, kept until LangChain reports the model's answer. Bounded."""

    _MOST = 256

    def __init__(self) -> None:
        self._items: OrderedDict[str, Deferred] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, key: str, deferred: Deferred) -> None:
        with self._lock:
            self._items[key] = deferred
            while len(self._items) > self._MOST:
                self._items.popitem(last=False)

    def take(self, key: str) -> Deferred | None:
        with self._lock:
            return self._items.pop(key, None)


def _checked_model(model: Any) -> BaseChatModel | None:
    if model is None or isinstance(model, BaseChatModel):
        return model
    if isinstance(model, RunnableBinding):
        raise ConfigurationError(
            "model is a bound model: pass the plain chat model here, and use cache.wrap(model).bind(...) for the rest"
        )
    raise ConfigurationError(
        f"model must be a langchain_core BaseChatModel, not {type(model).__name__}: pass e.g. ChatOpenAI(...)"
    )


def _checked_tasks(tasks: Any) -> list[Task]:
    if tasks is None:
        return default_tasks()
    if isinstance(tasks, (str, bytes)) or not isinstance(tasks, Iterable):
        raise ConfigurationError("tasks must be a list of Task objects: pass e.g. tasks=[MyTask(), *default_tasks()]")
    checked = list(tasks)
    for position, task in enumerate(checked):
        if isinstance(task, type) and issubclass(task, Task):
            raise ConfigurationError(
                f"tasks[{position}] is the class {task.__name__}: pass an instance, {task.__name__}()"
            )
        if not isinstance(task, Task):
            raise ConfigurationError(
                f"tasks[{position}] is a {type(task).__name__}, not a Task: subclass stepcache_lc.tasks.Task"
            )
    names = [task.name for task in checked]
    if len(set(names)) != len(names):
        raise ConfigurationError(f"tasks have the same name twice ({', '.join(names)}): give each its own `name`")
    return checked


def _check_namespace(namespace: Any) -> None:
    if not isinstance(namespace, str) or not namespace or len(namespace) > 500:
        raise ConfigurationError("namespace must be a text of 1 to 500 characters: pass e.g. a tenant's id")


def _opened(store: Store | str | Path | None, policy: Policy) -> Store:
    # Chroma takes most of a second to import: only for who uses it.
    from stepcache_lc.stores import ChromaStore, MemoryStore

    if isinstance(store, Store):
        return store
    if store is None:
        return ChromaStore()
    if not isinstance(store, (str, Path)):
        raise ConfigurationError(
            f"store must be None, a path or a Store, not {type(store).__name__}: for a Chroma client pass "
            "ChromaStore(client=...)"
        )
    try:
        return ChromaStore(store)
    except StoreLocked as error:
        if policy.on_locked == "raise":
            raise
        logger.warning("%s; this process keeps its entries in memory only", error)
        return MemoryStore()
