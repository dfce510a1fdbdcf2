"""What may be served, and how hard to try: one frozen value, checked when it is made.

`effective_mode` is the kill switch: the environment variable `STEPCACHE_MODE` wins over every policy, so an operator
can turn the cache off, or back to repeats only, without a deploy.
"""

from __future__ import annotations

import difflib
import logging
import math
import numbers
import os
import reprlib
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any, Literal, get_args

from stepcache_lc.core.types import Answer, Request
from stepcache_lc.errors import ConfigurationError

Mode = Literal["serve", "shadow", "exact", "refresh", "off"]
Sampling = Literal["cache", "bypass"]
ToolTurns = Literal["exact", "bypass"]
Stream = Literal["verified", "live"]
OnLocked = Literal["raise", "memory"]

MODE_VARIABLE = "STEPCACHE_MODE"
"""Name of the environment variable that overrides `Policy.mode`."""

_MODES: Mapping[str, Mode] = {mode: mode for mode in get_args(Mode)}
_STRICTER: Sequence[Mode] = ("serve", "exact", "shadow", "refresh", "off")
"""From the mode that serves the most to the one that leaves the cache out."""
_MOST_TOOLS = 10_000
_MOST_ENTRIES = 1_000_000_000
_LONGEST_WAIT = 86_400.0
_MOST_WARNINGS = 64

logger = logging.getLogger("stepcache_lc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the cache may serve, what it may store, and what it may spend.

    Change one with `dataclasses.replace(policy, mode="shadow")`; the result is checked again.

    Raises:
        ConfigurationError: a value is of the wrong type or out of range; the message names field, value and mend.
    """

    mode: Mode = "serve"
    """`serve`: answer from the cache what can be verified. `shadow`: always ask the model, and record what would have
    been served and whether it agrees. `exact`: serve identical requests only. `refresh`: answer afresh and replace.
    `off`: hand every call to the model. The environment variable `STEPCACHE_MODE` overrides it. Default `serve`:
    nothing is served unverified, so there is nothing to opt into."""
    shadow_share: float = 0.0
    """Share (0..1) of served answers that are also checked against a fresh one in the background. Default 0: each such
    check costs a whole model call."""
    top_k: int = 5
    """Candidates that recall proposes, 1..100. Default 5: the nearest entry is not always the one that verifies, and
    five cost hardly more than one."""
    min_similarity: float = 0.5
    """Cosine similarity, -1..1, below which an entry is not proposed. It never decides that one is served. Default
    0.5: low, since checks decide and a rewording may lie far off; it only spares hopeless checks."""
    max_repairs: int = 2
    """Model calls to repair one failing answer, 0..100. Default 2: a model that failed twice rarely gets it right the
    third time."""
    max_patch_share: float = 0.5
    """Share (0..1) of failing steps above which the whole answer is made afresh. Default 0.5: beyond half, a patch
    with its checkpoint costs about as much as a new answer."""
    rewrite: bool = True
    """Whether steps may be recomputed by rule. Default True: a rewrite is verified like any answer and costs no model
    call. `Policy.paper()` turns it off."""
    system_is_style: bool = False
    """Vouches that the system prompt cannot change what is correct. Default False: an unknown system prompt may change
    what is correct, so the request then counts as only partly read."""
    key: Callable[[Sequence[Any]], Sequence[Any]] | None = None
    """`messages -> messages`, used for keys and alignment only: drop a date or a user name that cannot matter. The
    model still gets the original. Default None; whoever sets it vouches for it."""
    admit: Callable[[Request, Answer], bool] | None = None
    """`(request, answer) -> bool`: False keeps an answer out of the store. Default None: what passed is stored."""
    sampling: Sampling = "cache"
    """Requests with temperature > 0: `cache` serves them like others, `bypass` leaves them to the model. Default
    `cache`: it is what LangChain's own caches do."""
    tool_turns: ToolTurns = "exact"
    """Requests whose last turn holds tool results: `exact` serves identical ones only, `bypass` none. Default `exact`:
    no task reads tool results, and an identical request got the identical answer."""
    safe_tools: Collection[str] = ()
    """Names of tools whose calls may be served from the cache for requests that are not byte-identical. Kept as a
    sorted tuple. Default none: a cached call may act on the world a second time."""
    stream: Stream = "verified"
    """On a miss of a checkable request: `verified` holds the text back until it is checked, `live` hands the model's
    tokens on unverified. Default `verified`: what was streamed cannot be taken back."""
    ttl: float | None = None
    """Seconds that an entry lives, > 0; None: for ever. Default None: what was verified against a request does not
    age; set it where answers do."""
    max_entries: int = 100_000
    """Entries kept per namespace; the least recently used go first. Default 100,000: recall stays at a few
    milliseconds up to there."""
    receipt_quotes: bool = False
    """Whether receipts may quote words of the request and the answer, as in “2x = 11” does not follow. Default False:
    receipts are logged, traced and shown to others; without it such words are “…”."""
    store_timeout: float = 1.0
    """Seconds that one call to the store may take, > 0, at most a day. Default 1.0: some hundred times a healthy call,
    and still less than the model call that follows when it is over."""
    model_timeout: float | None = None
    """Seconds that one patch call to the model may take, > 0, at most a day; None: the model's own limit. Default
    None: the model's client has timeouts and retries of its own."""
    on_locked: OnLocked = "raise"
    """What to do when another process has the store's path open: `raise` StoreLocked, or go on in `memory` with a
    warning. Default `raise`: a cache that silently forgets is found out late."""

    def __post_init__(self) -> None:
        # `object.__setattr__` because the class is frozen: values are brought to one plain type, so that equal
        # policies compare equal however they were written.
        put = object.__setattr__
        for name, options in _CHOICES.items():
            put(self, name, _choice(name, getattr(self, name), options))
        for name, (least, most) in _COUNTS.items():
            put(self, name, _count(name, getattr(self, name), least, most))
        for name, (low, high) in _SHARES.items():
            put(self, name, _between(name, getattr(self, name), low, high))
        for name, (longest, optional) in _SECONDS.items():
            put(self, name, _seconds(name, getattr(self, name), longest, optional))
        for name in ("rewrite", "system_is_style", "receipt_quotes"):
            if not isinstance(getattr(self, name), bool):
                raise _wrong(name, getattr(self, name), "pass True or False")
        for name, signature in (("key", "messages -> messages"), ("admit", "(request, answer) -> bool")):
            value = getattr(self, name)
            if value is not None and not callable(value):
                raise _wrong(name, value, f"pass a function {signature}, or None")
        put(self, "safe_tools", _names("safe_tools", self.safe_tools))

    @classmethod
    def paper(cls) -> Policy:
        """The paper's algorithm (Nouri, arXiv 2603.28795): one candidate, no rewriting by rule."""
        return cls(top_k=1, rewrite=False)


def effective_mode(policy: Policy, environ: Mapping[str, str] | None = None, block: Mode | None = None) -> Mode:
    """The mode in force: `STEPCACHE_MODE` if it is set and not blank, else the block's, else the policy's.

    The environment replaces the policy's mode. Where a block of code asks for a mode of its own, the stricter of the
    two holds: neither `cache.disabled()` nor a kill switch can be undone by the other.

    A value that is no mode means `off`, with one warning a value: whoever touches the kill switch wants less of the
    cache, and a typing error in it must neither crash serving nor leave the cache on.

    Args:
        policy: Says the mode where nothing else does.
        environ: Instead of `os.environ`, which is read at each call.
        block: The mode that a block of code asks for, if it does.
    """
    switch = _switch(os.environ if environ is None else environ)
    if switch is None or block is None:
        return switch or block or policy.mode
    return max(switch, block, key=_STRICTER.index)


def _switch(environ: Mapping[str, str]) -> Mode | None:
    """What the environment says, if it says anything."""
    value = environ.get(MODE_VARIABLE)
    if value is None:
        return None
    mode = _MODES.get(value)
    if mode is not None:
        return mode
    name = value.strip().lower()
    if not name:
        return None
    mode = _MODES.get(name)
    if mode is not None:
        return mode
    _warn_once(value)
    return "off"


_warned: set[str] = set()
_warned_lock = threading.Lock()


def _warn_once(value: str) -> None:
    with _warned_lock:
        if value in _warned or len(_warned) >= _MOST_WARNINGS:
            return
        _warned.add(value)
    logger.warning(
        "%s=%s is no mode: the cache is off until it is unset or one of %s%s",
        MODE_VARIABLE,
        _shown(value),
        ", ".join(_MODES),
        _suggestion(value, _MODES),
    )


# ------------------------------------------------------------------------------------------------------- checks

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "mode": get_args(Mode),
    "sampling": get_args(Sampling),
    "tool_turns": get_args(ToolTurns),
    "stream": get_args(Stream),
    "on_locked": get_args(OnLocked),
}
_COUNTS = {"top_k": (1, 100), "max_repairs": (0, 100), "max_entries": (1, _MOST_ENTRIES)}
_SHARES = {"shadow_share": (0.0, 1.0), "min_similarity": (-1.0, 1.0), "max_patch_share": (0.0, 1.0)}
_SECONDS = {"ttl": (math.inf, True), "store_timeout": (_LONGEST_WAIT, False), "model_timeout": (_LONGEST_WAIT, True)}


def _wrong(name: str, value: object, mend: str) -> ConfigurationError:
    return ConfigurationError(f"Policy({name}={_shown(value)}): {mend}")


def _shown(value: object) -> str:
    try:
        return reprlib.repr(value)
    except Exception:  # a value whose repr fails (an int of 5,000 digits, a broken __repr__) is named by its type
        return f"<{type(value).__name__}>"


def _suggestion(value: str, options: Iterable[str]) -> str:
    near = difflib.get_close_matches(value[:40].strip().lower(), list(options), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _choice(name: str, value: object, options: tuple[str, ...]) -> str:
    if isinstance(value, str):
        for option in options:
            if value == option:
                return option
    listed = ", ".join(repr(option) for option in options)
    raise _wrong(name, value, f"pass one of {listed}{_suggestion(value, options) if isinstance(value, str) else ''}")


def _count(name: str, value: object, least: int, most: int) -> int:
    mend = f"pass a whole number from {least} to {most}"
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not least <= int(value) <= most:
        raise _wrong(name, value, mend)
    return int(value)


def _number(name: str, value: object, mend: str) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise _wrong(name, value, mend)
    try:
        number = float(value)
    except (OverflowError, ValueError):
        raise _wrong(name, value, mend) from None
    if not math.isfinite(number):
        raise _wrong(name, value, mend)
    return number


def _between(name: str, value: object, low: float, high: float) -> float:
    mend = f"pass a number from {low:g} to {high:g}"
    number = _number(name, value, mend)
    if not low <= number <= high:
        raise _wrong(name, value, mend)
    return number


def _seconds(name: str, value: object, longest: float, optional: bool) -> float | None:
    if value is None and optional:
        return None
    limit = "" if math.isinf(longest) else f" and at most {longest:g}"
    mend = f"pass seconds, a number above 0{limit}{', or None' if optional else ''}"
    if isinstance(value, timedelta):
        raise _wrong(name, value, f"{mend}; a timedelta has .total_seconds()")
    number = _number(name, value, mend)
    if not 0.0 < number <= longest:
        raise _wrong(name, value, mend)
    return number


def _names(name: str, value: object) -> tuple[str, ...]:
    mend = 'pass the names of tools, for example ("search", "lookup")'
    # A mapping such as {"buy": False} reads as an exclusion, and its keys alone would say the opposite.
    if isinstance(value, str | bytes | bytearray | Mapping) or not isinstance(value, Iterable):
        raise _wrong(name, value, mend)
    names: set[str] = set()
    for index, item in enumerate(islice(value, _MOST_TOOLS + 1)):
        if index == _MOST_TOOLS:
            raise _wrong(name, value, f"{mend}; at most {_MOST_TOOLS}")
        if not isinstance(item, str) or not item.strip():
            hint = ", not the tool itself: use its .name" if hasattr(item, "name") else ""
            raise ConfigurationError(f"Policy({name}=...): {_shown(item)} is no tool name; {mend}{hint}")
        names.add(str(item))
    return tuple(sorted(names))
