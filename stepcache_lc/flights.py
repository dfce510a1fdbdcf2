"""Single flight: identical requests at the same time ask the model once.

The first one flies; the others wait for what it brings: its answer, or its error. A leader that is cancelled strands
nobody: one of those who wait takes over.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from stepcache_lc.core.admission import repeated
from stepcache_lc.core.types import Answer, Deferred
from stepcache_lc.interrupts import bubbles_up


class Caller(Protocol):
    """A model call; `error` is what the model itself raised on the whole request, if it did."""

    error: Exception | None


class Abandoned(Exception):
    """The leader gave up without an answer and without an error of its own."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place on a flight."""

    key: str
    leads: bool
    result: concurrent.futures.Future[Answer]


class Flights:
    """The model calls under way in this process, by exact key. Thread-safe; serves threads and event loops alike."""

    def __init__(self) -> None:
        self._under_way: dict[str, concurrent.futures.Future[Answer]] = {}
        self._lock = threading.Lock()

    def board(self, key: str) -> Ticket:
        """Lead a new flight, or join the one under way."""
        with self._lock:
            result = self._under_way.get(key)
            if result is not None:
                return Ticket(key, False, result)
            result = self._under_way[key] = concurrent.futures.Future()
            result.set_running_or_notify_cancel()  # one who waits and is cancelled must not cancel it for all
            return Ticket(key, True, result)

    def land(self, ticket: Ticket, answer: Answer | None = None, error: BaseException | None = None) -> None:
        """End a flight that one leads: with an answer, an error, or (neither) abandoned."""
        with self._lock:
            if self._under_way.get(ticket.key) is not ticket.result:
                return
            del self._under_way[ticket.key]
        if answer is not None:
            ticket.result.set_result(answer)
        else:
            ticket.result.set_exception(error or Abandoned())

    def join(self, key: str, calls: Caller) -> Ticket | Answer:
        """Wait until one leads the flight, or has the answer that another leader got.

        Raises:
            Exception: What the model raised to that leader. An error of the cache's own is not handed on.
        """
        while True:
            ticket = self.board(key)
            if ticket.leads:
                return ticket
            try:
                return repeated(ticket.result.result())
            except Abandoned:
                continue
            except Exception as error:
                calls.error = error
                raise

    async def ajoin(self, key: str, calls: Caller) -> Ticket | Answer:
        """`join` without blocking the event loop. Being cancelled while waiting leaves the others alone."""
        while True:
            ticket = self.board(key)
            if ticket.leads:
                return ticket
            try:
                return repeated(await asyncio.shield(asyncio.wrap_future(ticket.result)))
            except Abandoned:
                continue
            except Exception as error:
                calls.error = error
                raise

    @contextmanager
    def leading(self, ticket: Ticket | None, calls: Caller) -> Iterator[list[Answer | Deferred]]:
        """Lead a flight through the block, which puts its answer into the list; None: there is no flight to lead.

        However the block ends, those who wait are served: with the answer, with the model's own error, or with leave to
        take over.
        """
        landed: list[Answer | Deferred] = []
        error: BaseException | None = None
        try:
            yield landed
        except BaseException as caught:
            # What pauses the leader's graph is no answer to those who wait in others.
            error = caught if caught is calls.error and not bubbles_up(caught) else None
            raise
        finally:
            if ticket is not None:
                answer = landed[0] if landed and isinstance(landed[0], Answer) else None
                self.land(ticket, answer, error)
