"""Which models are worth asking for repairs (soundness rule 10)."""

from __future__ import annotations

import threading
from collections import OrderedDict

GIVE_UP_AFTER = 3
"""Failed repairs in a row after which a scope's model is not asked for repairs."""
TRY_AGAIN_EVERY = 20
"""Answers after which one repair is tried again."""
_MOST_SCOPES = 4096


class RepairRecord:
    """Counts, per scope, repairs that failed in a row. Thread-safe and bounded."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def why_skip(self, scope: str) -> str:
        """Why the model should not be asked for repairs in this scope now; empty if it should."""
        with self._lock:
            failed = self._failed.get(scope, 0)
        if failed < GIVE_UP_AFTER or (failed - GIVE_UP_AFTER) % TRY_AGAIN_EVERY == TRY_AGAIN_EVERY - 1:
            return ""
        return f"repairs are skipped: this model failed its last {GIVE_UP_AFTER} repairs here"

    def note(self, scope: str, succeeded: bool) -> None:
        """Take in how a repair, or one that was skipped, went."""
        with self._lock:
            if succeeded:
                self._failed.pop(scope, None)
                return
            self._failed[scope] = self._failed.pop(scope, 0) + 1
            while len(self._failed) > _MOST_SCOPES:
                self._failed.popitem(last=False)
