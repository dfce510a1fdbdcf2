"""Exact hits from this process's memory: what serving an entry again needs is made once, and copied for each hit.

An exact hit never enters the flow. Each copy is fresh: its own message id, its own tool-call ids, no usage, and its
own receipt; nothing that a host may change in it is shared with another copy.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from copy import copy
from hashlib import blake2b
from typing import Any, Final

from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, Generation

from stepcache_lc.answers import generations_of
from stepcache_lc.core.admission import repeat_of
from stepcache_lc.core.types import Entry
from stepcache_lc.messages import new_message_id, usage_of
from stepcache_lc.receipt import Receipt

_MOST_ALIASES: Final = 16_384
_UNCHANGEABLE: Final = (str, int, float, bool, type(None))


class Hit:
    """An entry, ready to be served again and again."""

    __slots__ = ("_answer", "_pattern", "entry", "receipt")

    def __init__(self, entry: Entry) -> None:
        """Read the stored message.

        Raises:
            ValueError: It cannot be read.
        """
        self.entry = entry
        self._answer = repeat_of(entry)
        self.receipt = Receipt.of(self._answer, elapsed_ms=0.0)
        """The receipt of any such hit, but for the time that it took."""
        self._pattern = _Pattern.of(generations_of(self._answer, {}))

    def generations(self, receipt: dict[str, Any], parse_as: Any = None) -> list[Generation]:
        """The answer as LangChain generations, with a receipt of its own in it."""
        if self._pattern is None or parse_as is not None:
            return generations_of(self._answer, receipt, parse_as)
        return [self._pattern.copy(receipt)]


class _Pattern:
    """One message of plain text: it can be copied field by field instead of being read and validated again."""

    __slots__ = ("_generation", "_info", "_message", "_metadata")

    def __init__(self, generation: ChatGeneration) -> None:
        self._generation = generation
        self._info = generation.generation_info
        self._message = generation.message
        self._metadata = generation.message.response_metadata

    @classmethod
    def of(cls, generations: list[Generation]) -> _Pattern | None:
        """The pattern; None where the answer holds anything that a copy would share."""
        if len(generations) != 1 or type(generations[0]) is not ChatGeneration:
            return None
        generation = generations[0]
        message = generation.message
        if type(message) is not AIMessage or not isinstance(message.content, str):
            return None
        message.response_metadata.pop("stepcache")
        values = [*message.response_metadata.values(), *(generation.generation_info or {}).values()]
        if (
            message.additional_kwargs
            or message.tool_calls
            or message.invalid_tool_calls
            or message.model_extra
            or not all(isinstance(value, _UNCHANGEABLE) for value in values)
        ):
            return None
        return cls(generation)

    def copy(self, receipt: dict[str, Any]) -> ChatGeneration:
        """A fresh message."""
        message, generation = copy(self._message), copy(self._generation)
        # As `model_copy(update=...)` does, at a third of its time.
        vars(message).update(
            id=new_message_id(),
            response_metadata={**self._metadata, "stepcache": receipt},
            usage_metadata=usage_of(),
            additional_kwargs={},
            tool_calls=[],
            invalid_tool_calls=[],
        )
        vars(generation).update(message=message, generation_info=None if self._info is None else dict(self._info))
        return generation


class Aliases:
    """Exact keys of the texts that `lookup` was given lately, by their digest: the same texts are the same request."""

    def __init__(self) -> None:
        self._keys: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def of(namespace: str, prompt: str, llm_string: str) -> bytes:
        """A 160-bit digest of what `lookup` is given; the lengths tell where each text ends."""
        framed = f"{len(namespace)} {len(prompt)} {namespace}{prompt}{llm_string}"
        return blake2b(framed.encode("utf-8", "surrogatepass"), digest_size=20).digest()

    def get(self, alias: bytes) -> str | None:
        """The exact key behind a digest, if it is known."""
        return self._keys.get(alias)

    def put(self, alias: bytes, key: str) -> None:
        """Remember it; what was put first makes room."""
        with self._lock:
            self._keys[alias] = key
            if len(self._keys) > _MOST_ALIASES:
                self._keys.popitem(last=False)
