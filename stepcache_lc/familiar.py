"""Requests in the very words of late ones, with other numbers: what answered those is tried before the store is asked.

Applications fill in templates. Under the same words, the entry that served the last request of a template is as good a
proposal as any that a search by similarity would bring, and it is in this process already. Like all candidates it is
only proposed: it is checked and recomputed for the new request, and where that fails, the store is asked.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from stepcache_lc.core.types import Entry, Request

_MOST_TEMPLATES: Final = 1_024
_MOST_ENTRIES: Final = 64
"""Entries remembered of one template, each with other numbers."""
_LONGEST_TEXT: Final = 4_000

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")

_Key = tuple[str, str, str, str, str]
_Place = tuple[_Key, tuple[str, ...]]


@dataclass(slots=True)
class _Template:
    entries: OrderedDict[tuple[str, ...], str] = field(default_factory=OrderedDict)
    """Ids of entries by the numbers in their requests; the last is proposed for other numbers."""
    barred: bool = False
    """What was proposed for other numbers did not serve."""
    measured: str = ""
    vector: Sequence[float] = ()
    """The embedding of the request of the entry `measured`."""


class Familiar:
    """A bounded, thread-safe map from the words of requests to entries of the same scope that answered them."""

    def __init__(self, held: Callable[[str], Entry | None]) -> None:
        """`held` gives an entry that this process holds and may still use, by its id."""
        self._held = held
        self._templates: OrderedDict[_Key, _Template] = OrderedDict()
        self._lock = threading.Lock()

    def propose(self, request: Request, *, other_numbers: bool) -> Entry | None:
        """An entry for the request's own numbers; if `other_numbers`, else the last one for any others; or None."""
        place = _place(request, request.text)
        if place is None:
            return None
        key, numbers = place
        with self._lock:
            template = self._templates.get(key)
            if template is None:
                return None
            self._templates.move_to_end(key)
            if numbers not in template.entries:
                if not other_numbers or template.barred or not template.entries:
                    return None
                numbers = next(reversed(template.entries))
            entry = self._held(template.entries[numbers])
            if entry is None:
                del template.entries[numbers]
            return entry

    def note(self, entry: Entry, *, of: Request | None = None) -> bool:
        """Remember an entry that was admitted, or found: then only if it answered the same words as this request.

        Returns:
            Whether it is remembered.
        """
        place = _place(entry, entry.request_text)
        if place is None or not entry.candidate:
            return False
        key, numbers = place
        if of is not None:
            asked = _place(of, of.text)
            if asked is None or asked[0] != key:
                return False
        with self._lock:
            template = self._templates.setdefault(key, _Template())
            self._templates.move_to_end(key)
            template.entries[numbers] = entry.id
            template.entries.move_to_end(numbers)
            if of is None:
                template.barred = False
            if len(template.entries) > _MOST_ENTRIES:
                template.entries.popitem(last=False)
            if len(self._templates) > _MOST_TEMPLATES:
                self._templates.popitem(last=False)
        return True

    def bar(self, request: Request) -> None:
        """Propose nothing for other numbers until another entry is admitted: what was proposed did not serve."""
        with self._lock:
            template = self._known(_place(request, request.text))
            if template is not None:
                template.barred = True

    def vector(self, entry: Entry, embed: Callable[[str], Sequence[float]]) -> Sequence[float]:
        """The embedding of the entry's request; kept for the entry that was proposed last of its template."""
        with self._lock:
            template = self._known(_place(entry, entry.request_text))
            if template is not None and template.measured == entry.id:
                return template.vector
        vector = embed(entry.request_text)
        if template is not None:
            with self._lock:
                template.measured, template.vector = entry.id, vector
        return vector

    def _known(self, place: _Place | None) -> _Template | None:
        return None if place is None else self._templates.get(place[0])


def _place(what: Request | Entry, text: str) -> _Place | None:
    """Where a request's entries are kept, and its numbers; None if it is too long."""
    if len(text) > _LONGEST_TEXT:
        return None
    words, numbers = _parted(text)
    return (what.namespace, what.model, what.scope, what.form, words), numbers


@lru_cache(maxsize=1_024)
def _parted(text: str) -> tuple[str, tuple[str, ...]]:
    return _NUMBER.sub("0", " ".join(text.split())), tuple(_NUMBER.findall(text))
