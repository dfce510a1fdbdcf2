"""Which rows a collection has, so that a request that was never asked before need not ask the database.

Only where nobody else writes to the database. A row that is known need not be there any more; a row that is not known
is not there. Thread-safe; nothing here holds a lock while it talks to Chroma.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

MOST_ROWS: Final = 250_000
"""Rows known at a time, about 100 bytes each; the collections asked least recently are forgotten.

A collection with more rows than that is always asked: to read them all would take seconds.
"""


class _Rows:
    __slots__ = ("complete", "moved", "rows", "too_many")

    def __init__(self) -> None:
        self.rows: set[bytes] = set()
        self.complete = False
        self.too_many = False
        self.moved = False
        """Whether rows were deleted while the pages were read, so that one may have been passed over."""


class KnownRows:
    """Rows by collection; a collection's rows are read once, when it is first asked."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most = most
        self._known: OrderedDict[str, _Rows] = OrderedDict()
        self._lock = threading.Lock()

    def lacks(self, name: str, row: str, read: Callable[[], Iterable[Sequence[str]]]) -> bool:
        """Whether the collection certainly has no such row; `read` gives all its rows, page by page."""
        with self._lock:
            found = self._known.get(name)
            if found is not None:
                self._known.move_to_end(name)
                return found.complete and bytes.fromhex(row) not in found.rows
            found = self._known[name] = _Rows()
        try:
            for page in read():
                self._add(found, page)
                if found.too_many:
                    return False
        except BaseException:
            self.forget(name)
            raise
        with self._lock:
            if found.moved:
                self._known.pop(name, None)
                return False
            found.complete = True
            while sum(len(rows.rows) for rows in self._known.values()) > self._most:
                self._known.popitem(last=False)
            return bytes.fromhex(row) not in found.rows

    def put(self, name: str, rows: Sequence[str]) -> None:
        """Note rows: before they are written, and again after, for a reading that began in between."""
        with self._lock:
            found = self._known.get(name)
        if found is not None:
            self._add(found, rows)

    def deleted(self, name: str) -> None:
        """Note that rows were deleted. They stay known: another thread may be putting one of them again just now."""
        with self._lock:
            found = self._known.get(name)
            if found is not None:
                found.moved = True

    def forget(self, name: str) -> None:
        """Know nothing of a collection any more."""
        with self._lock:
            self._known.pop(name, None)

    def _add(self, found: _Rows, rows: Sequence[str]) -> None:
        with self._lock:
            if not found.too_many:
                found.rows.update(bytes.fromhex(row) for row in rows)
            if len(found.rows) > self._most:
                found.too_many, found.complete = True, False
                found.rows.clear()
