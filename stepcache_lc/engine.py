"""What every front door shares: the store and its front, the policy in force, receipts, statistics, repair record.

A `StepCache` owns one engine. A front door builds a request, lets `serving()` give it the settings and the memory for
that call, drives the flow, and hands the answer to `finish()`.
"""

from __future__ import annotations

import contextvars
import json
import logging
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar, cast

from langchain_core.embeddings import Embeddings

from stepcache_lc.core.effects import Save
from stepcache_lc.core.keys import canonical, part_digests
from stepcache_lc.core.planner import Settings
from stepcache_lc.core.reading import is_outdated, read
from stepcache_lc.core.types import Answer, Candidate, Entry, Reply, Request
from stepcache_lc.embeddings import cosine, fingerprint
from stepcache_lc.familiar import Familiar
from stepcache_lc.flights import Flights
from stepcache_lc.front import Front
from stepcache_lc.hits import Aliases, Hit
from stepcache_lc.messages import AS_SENT, restore, tools_called
from stepcache_lc.policy import Mode, Policy, effective_mode
from stepcache_lc.receipt import Receipt
from stepcache_lc.repairs import RepairRecord
from stepcache_lc.shadow import ShadowChecks
from stepcache_lc.stats import StatsRecorder
from stepcache_lc.stores.base import Store
from stepcache_lc.stores.guard import StoreGuard
from stepcache_lc.tasks.base import Task

logger = logging.getLogger("stepcache_lc")

_RECEIPTS_KEPT = 1000
_QUIET_SECONDS = 60.0
_OPENING_SECONDS = 5.0
"""A store may take longer to open than to answer."""
PATIENCE_SECONDS = 30.0
"""Bound on a store call that somebody waits for who looks after the store: more may be done in it than in a look-up."""
_ENTRIES_PAGE = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Override:
    """What a `using` block changes, for one engine."""

    engine: Engine
    namespace: str | None
    policy: Policy | None
    mode: str | None


_overrides: contextvars.ContextVar[tuple[_Override, ...]] = contextvars.ContextVar("stepcache_using", default=())
_recordings: contextvars.ContextVar[tuple[tuple[Engine, list[Receipt]], ...]] = contextvars.ContextVar(
    "stepcache_record", default=()
)


@dataclass(frozen=True, slots=True)
class Blocks:
    """The `using` and `record` blocks around a piece of code."""

    overrides: tuple[_Override, ...]
    recordings: tuple[tuple[Engine, list[Receipt]], ...]

    @classmethod
    def here(cls) -> Blocks:
        """The blocks around the caller."""
        return cls(_overrides.get(), _recordings.get())

    @contextmanager
    def resumed(self) -> Iterator[None]:
        """Be inside these blocks again, in a thread that a host started without copying its context."""
        overrides, recordings = _overrides.set(self.overrides), _recordings.set(self.recordings)
        try:
            yield
        finally:
            _recordings.reset(recordings)
            _overrides.reset(overrides)


carriers: list[Callable[[Blocks], AbstractContextManager[None]]] = []
"""Entered inside each `using` and `record` block: how a host whose threads do not copy the context hears of them."""


@contextmanager
def _carried() -> Iterator[None]:
    with ExitStack() as stack:
        for carrier in carriers:
            stack.enter_context(carrier(Blocks.here()))
        yield


class Engine:
    """The shared part of a cache. Thread-safe; nothing in it raises into a host at serving time."""

    def __init__(
        self,
        *,
        store: Store,
        embeddings: Embeddings,
        tasks: Sequence[Task],
        policy: Policy,
        namespace: str,
        on_receipt: Callable[[Receipt], object] | None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives Unix seconds; injected by tests."""
        self.store = store
        self.guard = StoreGuard(store)
        self.embeddings = embeddings
        self.tasks = tuple(tasks)
        self.policy = policy
        self.namespace = namespace
        self.clock = clock
        self.front = Front(time.monotonic, lambda: store.stamp, shared=store.shared)
        self.familiar = Familiar(self.front.get)
        self.aliases = Aliases()
        self.recorder = StatsRecorder()
        self.repairs = RepairRecord()
        self.flights = Flights()
        self._quiet_until: dict[tuple[str, str], float] = {}
        self._receipts: deque[Receipt] = deque(maxlen=_RECEIPTS_KEPT)
        self._observer = _Observer(on_receipt) if on_receipt is not None else None
        self._shadow = ShadowChecks(self.recorder.shadow, self.trouble)
        self._recalls = self.guard.call(
            lambda: store.bind_embedding(fingerprint(embeddings)), max(policy.store_timeout, _OPENING_SECONDS)
        )
        if not self._recalls:
            logger.warning(
                "this store was filled by another embedding: only identical requests are served until "
                "cache.reindex() has embedded its texts again"
            )

    # ------------------------------------------------------------------------------ what is in force just now

    @contextmanager
    def using(self, namespace: str | None, policy: Policy | None, mode: str | None) -> Iterator[None]:
        """Override the given values inside the block, in this thread or task and those it starts."""
        override = _Override(self, namespace, policy, mode)
        token = _overrides.set((*_overrides.get(), override))
        try:
            with _carried():
                yield
        finally:
            _overrides.reset(token)

    @contextmanager
    def recording(self) -> Iterator[list[Receipt]]:
        """Collect the block's receipts."""
        receipts: list[Receipt] = []
        token = _recordings.set((*_recordings.get(), (self, receipts)))
        try:
            with _carried():
                yield receipts
        finally:
            _recordings.reset(token)

    def in_force(self, namespace: str | None = None, policy: Policy | None = None) -> tuple[str, Policy, str]:
        """Namespace, policy and mode of this call: the innermost `using` wins; the environment may be stricter."""
        namespace, policy = namespace or self.namespace, policy or self.policy
        mode: str | None = None
        for override in _overrides.get():
            if override.engine is self:
                namespace = override.namespace or namespace
                if override.policy is not None:
                    policy, mode = override.policy, None
                mode = override.mode or mode
        return namespace, policy, effective_mode(policy, os.environ, cast("Mode | None", mode))

    def settings(
        self,
        request: Request,
        policy: Policy,
        mode: str,
        *,
        streaming: bool,
        may_ask: bool,
        may_ask_unread: bool = True,
    ) -> Settings:
        """What the flow's decisions depend on."""
        return Settings(
            tasks=self.tasks,
            mode=mode,
            top_k=policy.top_k,
            min_similarity=policy.min_similarity,
            max_repairs=policy.max_repairs,
            max_patch_share=policy.max_patch_share,
            rewrite=policy.rewrite,
            system_is_style=policy.system_is_style,
            stream_live=policy.stream == "live",
            streaming=streaming,
            may_ask=may_ask,
            may_ask_unread=may_ask_unread,
            skip_repairs=self.repairs.why_skip(request.scope),
        )

    # ---------------------------------------------------------------------------------------------- exact hits

    def hit(self, key: str, policy: Policy, mode: str) -> Hit | None:
        """The answer that this very request got before, if this process holds it and it may be served as it is.

        None does not mean that there is none: the flow asks the store, and checks what an older version of a task let
        pass.
        """
        # A key of the policy's own, or a share that is checked in the background, needs more than the key; a receipt
        # with quotations is not the one that is kept.
        if (
            mode not in ("serve", "exact")
            or policy.key is not None
            or policy.shadow_share > 0.0
            or policy.receipt_quotes
        ):
            return None
        try:
            hit = self.front.hit(key, self._touch)
        except Exception as error:
            self.trouble("store", error)
            return None
        if hit is None or self.expired(hit.entry, policy) or is_outdated(hit.entry, self.tasks):
            return None
        return hit

    def finish_hit(self, hit: Hit, seconds: float) -> Receipt:
        """`finish` for an exact hit from this process's memory."""
        receipt = hit.receipt.timed(seconds * 1000.0)
        self._deliver(receipt)
        return receipt

    def expired(self, entry: Entry, policy: Policy) -> bool:
        """Whether the policy's lifetime of the entry is over.

        One that is dated further ahead than it may live was written while the clock was wrong: its age is not known.
        """
        return policy.ttl is not None and abs(self.clock() - entry.created) > policy.ttl

    def _touch(self, entry: Entry) -> None:
        self.store.touch(entry.namespace, entry.model, entry.id)

    # ------------------------------------------------------------------------------------------ after an answer

    def finish(
        self,
        request: Request,
        answer: Answer,
        seconds: float,
        policy: Policy | None = None,
        again: Callable[[], Reply] | None = None,
        tasks: Sequence[Task] | None = None,
    ) -> Receipt:
        """Make the receipt, count it, and hand it to whoever listens.

        `again` asks the model for the whole request once more, for sampled checks in the background; `tasks` read the
        request for these, by default the cache's own.
        """
        quotes = (policy or self.policy).receipt_quotes
        receipt = Receipt.of(answer, elapsed_ms=seconds * 1000.0, quotes=quotes)
        if answer.repair is not None:
            self.repairs.note(request.scope, answer.repair == "succeeded")
        if answer.repair == "skipped":
            self.recorder.repair_skipped()
        if answer.shadow is not None:
            would, agreed = answer.shadow
            self.recorder.shadow(answer.task or "unread", would, agreed)
        if policy is not None and policy.shadow_share > 0.0 and again is not None:
            reading = read(request, self.tasks if tasks is None else tasks, system_is_style=policy.system_is_style)
            self._shadow.maybe(answer, reading, policy.shadow_share, again)
        self._deliver(receipt)
        return receipt

    def _deliver(self, receipt: Receipt) -> None:
        self.recorder.record(receipt)
        self._receipts.append(receipt)
        for engine, receipts in _recordings.get():
            if engine is self:
                receipts.append(receipt)
        if self._observer is not None:
            self._observer.put(receipt)

    def receipts(self, last: int) -> list[Receipt]:
        """The last receipts, newest last."""
        return list(self._receipts)[-last:] if last > 0 else []

    def trouble(self, where: str, error: Exception) -> None:
        """Count a failure inside the cache, and log it: the first of its kind, then one in a minute.

        A server that is away would else write a line for each request. What the error says may hold words of a prompt:
        it is logged at DEBUG only.
        """
        self.recorder.error(where)
        kind, now = (where, type(error).__name__), time.monotonic()
        level = logging.DEBUG
        if now >= self._quiet_until.get(kind, now):
            self._quiet_until[kind] = now + _QUIET_SECONDS
            level = logging.WARNING
        logger.log(level, "stepcache failed in %s (%s); the model answers", *kind)
        logger.debug("details", exc_info=error)

    # ----------------------------------------------------------------------------------------------- the store

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Embed texts for retrieval. Runs of blanks count as one: they would drown the words."""
        return self.embeddings.embed_documents([" ".join(text.split()) for text in texts])

    def embed_query(self, text: str) -> list[float]:
        """Embed a request."""
        return self.embeddings.embed_query(" ".join(text.split()))

    def flies_alone(self, request: Request, mode: str, temperature: object) -> bool:
        """Whether this call must not wait for an identical one that is under way.

        Sampling requests want answers of their own, and what this process holds needs no flight.
        """
        if mode not in ("serve", "exact") or (isinstance(temperature, (int, float)) and temperature > 0):
            return True
        return self.front.get(request.key) is not None

    def memory(self, policy: Policy, parts: Mapping[str, Any]) -> CallMemory:
        """The memory of one call, whose scope has these parts."""
        return CallMemory(self, policy, parts)

    def can_recall(self) -> bool:
        """Whether the store's vectors are of this cache's embedding."""
        return self._recalls

    def reindexed(self) -> None:
        """The store was embedded again by this cache's embedding."""
        self.patiently(lambda: self.store.reset_embedding(fingerprint(self.embeddings)))
        self._recalls = True

    def patiently(self, work: Callable[[], T]) -> T:
        """Call the store for somebody who waits; bounded all the same, since a frozen server never answers.

        Raises:
            StoreUnavailable: it did not answer, or failed a moment ago.
            StoreError: it failed.
        """
        return self.guard.call(work, PATIENCE_SECONDS)

    def stored(self, namespace: str | None = None) -> Iterator[Entry]:
        """The entries of the store, a page at a time.

        Raises:
            StoreError: it failed, or did not answer.
        """
        entries = self.store.entries(namespace)
        while page := self.patiently(lambda: list(islice(entries, _ENTRIES_PAGE))):
            yield from page

    def close(self) -> None:
        """Deliver outstanding receipts, finish sampled checks, and close the store."""
        self._shadow.close()
        if self._observer is not None:
            self._observer.close()
        self.store.close()


class CallMemory:
    """The store effects of one call: bounded, counted, and never raising."""

    def __init__(self, engine: Engine, policy: Policy, parts: Mapping[str, Any]) -> None:
        self._engine = engine
        self._policy = policy
        self._parts = parts
        self._vector: list[float] = []
        self._proposed = False

    def find(self, request: Request) -> Entry | None:
        """The entry with the request's key, from this process or from the store."""
        engine = self._engine
        entry = engine.front.get(request.key)
        try:
            if entry is None:
                stamp = engine.front.stamp()
                entry = engine.guard.call(
                    lambda: engine.store.get(request.namespace, request.model, request.key), self._policy.store_timeout
                )
                if entry is not None and entry.payload and restore(entry.payload, None) is None:
                    raise ValueError("the stored message cannot be read")
                if entry is not None:
                    engine.front.put(entry, stamp)
            if entry is None or engine.expired(entry, self._policy) or not self._may_act(entry):
                return None
            engine.store.touch(request.namespace, request.model, entry.id)
        except Exception as error:
            engine.trouble("store", error)
            return None
        return entry

    def familiar(self, request: Request, *, other_numbers: bool) -> Candidate | None:
        """A candidate that this process holds for the same words, without asking the store."""
        engine = self._engine
        # Where others may write, the store must be asked: they may have removed the entry.
        if not engine.can_recall() or engine.store.shared:
            return None
        try:
            entry = engine.familiar.propose(request, other_numbers=other_numbers)
            if entry is None or engine.expired(entry, self._policy):
                return None
            similarity = cosine(self._embedded(request), engine.familiar.vector(entry, engine.embed_query))
            engine.store.touch(request.namespace, request.model, entry.id)
        except Exception as error:
            engine.trouble("store", error)
            return None
        self._proposed = True
        return Candidate(entry, similarity)

    def nearest(self, request: Request, k: int) -> Sequence[Candidate]:
        """Candidates of the request's partition."""
        engine = self._engine
        if not engine.can_recall():
            return []
        if self._proposed:
            engine.familiar.bar(request)
        try:
            vector, stamp = self._embedded(request), engine.front.stamp()
            found = engine.guard.call(
                lambda: engine.store.nearest(request.namespace, request.model, vector, k), self._policy.store_timeout
            )
            for candidate in reversed(found):  # the nearest is noted last, and so proposed first
                engine.store.touch(request.namespace, request.model, candidate.entry.id)
                if engine.familiar.note(candidate.entry, of=request):
                    engine.front.put(candidate.entry, stamp)
        except Exception as error:
            engine.trouble("store", error)
            return []
        return [candidate for candidate in found if not engine.expired(candidate.entry, self._policy)]

    def _embedded(self, request: Request) -> list[float]:
        if not self._vector:
            self._vector = self._engine.embed_query(request.text)
        return self._vector

    def save(self, save: Save) -> str | None:
        """Remember an entry; its id if the store acknowledged it."""
        engine, policy = self._engine, self._policy
        entry = replace(
            save.entry, created=save.entry.created or engine.clock(), note=canonical(part_digests(self._parts))
        )
        try:
            stamp = engine.front.stamp()
            if policy.admit is not None and not policy.admit(save.request, save.answer):
                return None
            if not save.durable:
                engine.front.put(entry, stamp)
                return None
            vector = engine.embed([entry.request_text])[0] if entry.candidate else None
            engine.guard.call(lambda: engine.store.put(entry, vector), policy.store_timeout)
            # It may be as old as what it is made of, or the clock may have gone back: it is used now.
            engine.store.touch(entry.namespace, entry.model, entry.id)
            engine.front.put(entry, stamp)
            engine.familiar.note(entry)
        except Exception as error:
            engine.trouble("store", error)
            return None
        self._make_room(entry.namespace)
        return entry.id

    def _make_room(self, namespace: str) -> None:
        """Evict what is too much; what was just stored stays acknowledged whatever happens here."""
        engine, policy = self._engine, self._policy
        try:
            gone = set(
                engine.guard.call(lambda: engine.store.evict(namespace, policy.max_entries), policy.store_timeout)
            )
        except Exception as error:
            engine.trouble("evict", error)
            return
        if gone:
            engine.front.drop(lambda held: held.id in gone)

    def trouble(self, where: str, error: Exception) -> None:
        """Log and count."""
        self._engine.trouble(where, error)

    def _may_act(self, entry: Entry) -> bool:
        """Whether the entry calls no tool that is not safe, or was the answer to the very messages of this call.

        `Policy(key=...)` may make different messages equal; it vouches for answers, not for what they do to the world.
        """
        sent = self._parts.get(AS_SENT)
        if sent is None or entry.form != "text" or tools_called(entry.payload) <= set(self._policy.safe_tools):
            return True
        noted = json.loads(entry.note)
        return isinstance(noted, dict) and noted.get(AS_SENT) == part_digests({AS_SENT: sent})[AS_SENT]


class ReadOnlyMemory(CallMemory):
    """The memory of a dry run: nothing is stored."""

    def save(self, save: Save) -> str | None:
        """Store nothing."""
        return None


class _Observer:
    """Calls the user's `on_receipt`, in order, in a thread of its own."""

    def __init__(self, callback: Callable[[Receipt], object]) -> None:
        self._callback = callback
        self._queue: queue.SimpleQueue[Receipt | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def put(self, receipt: Receipt) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="stepcache-receipts", daemon=True)
                self._thread.start()
        self._queue.put(receipt)

    def _run(self) -> None:
        while (receipt := self._queue.get()) is not None:
            try:
                self._callback(receipt)
            except Exception as error:
                logger.warning("on_receipt raised %s", type(error).__name__)
                logger.debug("details", exc_info=error)

    def close(self) -> None:
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._queue.put(None)
            thread.join(timeout=5.0)
