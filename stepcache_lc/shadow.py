"""Sampled checks in the background: some served answers are compared with a fresh one (`Policy.shadow_share`)."""

from __future__ import annotations

import queue
import random
import threading
from collections.abc import Callable

from stepcache_lc.core.flow import agree
from stepcache_lc.core.types import Answer, Outcome, Reading, Reply

_SERVED = frozenset({"exact", "reuse", "rewrite", "solved", "patch"})
_MOST_WAITING = 64


class ShadowChecks:
    """Asks the model again, in a thread of its own, for a share of what was served. What is too much is left out."""

    def __init__(
        self,
        note: Callable[[str, Outcome, bool], None],
        trouble: Callable[[str, Exception], None],
        draw: Callable[[], float] = random.random,
    ) -> None:
        """`note(task, outcome, agreed)` counts a comparison; `draw` gives numbers in 0..1."""
        self._note = note
        self._trouble = trouble
        self._draw = draw
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def maybe(self, answer: Answer, reading: Reading | None, share: float, ask: Callable[[], Reply]) -> None:
        """Check this answer with probability `share`."""
        if answer.outcome not in _SERVED or share <= 0.0 or self._draw() >= share:
            return

        def check() -> None:
            agreed = agree(answer.text, ask().text, reading)
            self._note(answer.task or "unread", answer.outcome, agreed)

        try:
            self._queue.put_nowait(check)
        except queue.Full:
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="stepcache-shadow", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (check := self._queue.get()) is not None:
            try:
                check()
            except Exception as error:
                self._trouble("shadow", error)

    def close(self) -> None:
        """Finish what is waiting, for at most a few seconds."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._queue.put(None)
            thread.join(timeout=10.0)
