"""What a flow asks of the world. A driver answers; store effects never raise into the flow."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stepcache_lc.core.types import Answer, Deferred, Entry, Message, Request


@dataclass(frozen=True, slots=True)
class Find:
    """Effect: the entry with this very key, or None."""

    request: Request


@dataclass(frozen=True, slots=True)
class Familiar:
    """Effect: a candidate from this process that answered the same words, maybe with other numbers; or None."""

    request: Request
    other_numbers: bool


@dataclass(frozen=True, slots=True)
class Nearest:
    """Effect: up to `k` candidates, best cosine similarity first."""

    request: Request
    k: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Effect: call the model. `patch` sends `messages`; `whole` sends the host's own request unchanged."""

    kind: Literal["whole", "patch"]
    messages: tuple[Message, ...] = ()
    schema: Mapping[str, Any] | None = None
    live: bool = False
    """A streaming host may be handed the tokens as they come."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Answer to an `Ask` for a patch that the model did not answer."""

    why: str


@dataclass(frozen=True, slots=True)
class Emit:
    """Effect: these first characters of the answer are final; a streaming host may have them now."""

    text: str


@dataclass(frozen=True, slots=True)
class Save:
    """Effect: remember. Returns the id if it is stored (acknowledged), else None.

    `durable=False` keeps it in this process only: it is cheap to make again.
    """

    entry: Entry
    request: Request
    answer: Answer
    durable: bool = True


@dataclass(frozen=True, slots=True)
class Trouble:
    """Effect: something inside the cache failed; log and count it. The flow goes on without the cache."""

    where: str
    error: Exception


Effect = Find | Familiar | Nearest | Ask | Emit | Save | Trouble
Flow = Generator[Effect, Any, Answer | Deferred]
