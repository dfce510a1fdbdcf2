"""The receipt: where each step of an answer came from, what checked it, and what nothing checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from stepcache_lc import render
from stepcache_lc.core.quoting import without_quotes
from stepcache_lc.core.types import Answer, Assurance, Origin, Outcome, StepRecord, Tokens, VerdictKind
from stepcache_lc.errors import ConfigurationError

if TYPE_CHECKING:
    from rich.console import RenderableType

VERSION = 1
"""Version of the JSON form."""

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What an answer says of itself; `to_dict` is the JSON at `response_metadata["stepcache"]`.

    Texts are kept to one printable line each, so that a receipt can be logged, sent as UTF-8 and shown as it is.
    `verified` is never true under an assurance other than `proved` or `assigned`.
    """

    version: int = VERSION
    """Version of the JSON form."""
    outcome: Outcome
    """How the answer came about; `exact`, `reuse` and `rewrite` took no model call."""
    task: str | None = None
    """Name of the task that read the request; None: no task read it."""
    assurance: Assurance = "none"
    """`proved`: checked against constraints that decide it. `assigned`: every value stands assigned in the prompt.
    `shape`: syntax, keys and types only. `none`: not checked."""
    verified: bool = False
    """Whether the answer passed its checks under the assurance `proved` or `assigned`."""
    unchecked: tuple[str, ...] = ()
    """Demands of the request that nothing checked."""
    source: str | None = None
    """Id of the entry that the answer was taken or derived from."""
    stored: str | None = None
    """Id under which this answer is remembered; None: it is not."""
    similarity: float | None = None
    """Cosine similarity, -1..1, of the source's (or nearest) request; it proposed the entry and decided nothing."""
    steps: tuple[StepRecord, ...] = ()
    """One record a step, in the answer's order."""
    model_calls: int = 0
    """Model calls made for this answer."""
    tokens: Tokens = Tokens()
    """Model tokens spent now."""
    saved: Tokens = Tokens()
    """Tokens that the source answer cost when the model made it, less those spent now; never below 0."""
    elapsed_ms: float = 0.0
    """Milliseconds from request to answer, model calls included."""
    why: str = ""
    """One line: why not a cheaper outcome."""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "task", render.one_line(self.task) if self.task else None)
        # A label may claim too little but never too much (soundness rule 10).
        put(self, "verified", bool(self.verified) and self.assurance in ("proved", "assigned"))
        put(self, "unchecked", tuple(render.one_line(demand) for demand in self.unchecked))
        put(self, "similarity", None if self.similarity is None else _finite(self.similarity))
        put(self, "steps", tuple(_clean(step) for step in self.steps))
        put(self, "elapsed_ms", max(0.0, _finite(self.elapsed_ms) or 0.0))
        put(self, "why", render.one_line(self.why))

    @classmethod
    def of(cls, answer: Answer, *, elapsed_ms: float, quotes: bool = False) -> Receipt:
        """The receipt of an answer that took `elapsed_ms` milliseconds.

        Without `quotes`, what reasons quote of the request or the answer is left out.
        """
        said = _as_it_is if quotes else without_quotes
        return cls(
            outcome=answer.outcome,
            task=answer.task,
            assurance=answer.assurance,
            verified=answer.verified,
            unchecked=tuple(map(said, answer.unchecked)),
            source=answer.source,
            stored=answer.stored,
            # Stores compute with single precision; more digits would say nothing.
            similarity=None if answer.similarity is None else round(answer.similarity, 6),
            steps=tuple(replace(step, reason=said(step.reason)) if step.reason else step for step in answer.records),
            model_calls=answer.model_calls,
            tokens=answer.tokens,
            saved=answer.saved,
            elapsed_ms=elapsed_ms,
            why=said(answer.why),
        )

    def timed(self, elapsed_ms: float) -> Receipt:
        """The same receipt for an answer that took `elapsed_ms` milliseconds; nothing is checked again."""
        twin: Receipt = object.__new__(Receipt)
        vars(twin).update(vars(self), elapsed_ms=elapsed_ms)
        return twin

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: plain types, fresh containers, keys in the documented order."""
        return {
            "version": self.version,
            "outcome": self.outcome,
            "task": self.task,
            "assurance": self.assurance,
            "verified": self.verified,
            "unchecked": list(self.unchecked),
            "source": self.source,
            "stored": self.stored,
            "similarity": self.similarity,
            "steps": [
                {"origin": step.origin, "source": step.source, "verdict": step.verdict, "reason": step.reason}
                for step in self.steps
            ],
            "model_calls": self.model_calls,
            "tokens": {"input": self.tokens.input, "output": self.tokens.output},
            "saved": {"input": self.saved.input, "output": self.saved.output},
            "elapsed_ms": self.elapsed_ms,
            "why": self.why,
        }

    def __getitem__(self, key: str) -> Any:
        """A value of the JSON form: `receipt["outcome"]` reads alike on a receipt and on what a message carries."""
        return self.to_dict()[key]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Receipt:
        """Read the JSON form. Keys that are not known are ignored, so that a later minor addition can be read.

        Raises:
            ConfigurationError: a key is missing or holds a value of the wrong type; the message names it.
        """
        if not isinstance(data, Mapping):
            raise ConfigurationError(f"a receipt is a mapping, not {type(data).__name__}: pass the parsed JSON object")
        if _get(data, "version", int) != VERSION:
            raise ConfigurationError(f"receipt: 'version' must be {VERSION}; it was written by another version")
        assurance: Assurance = _one_of(data, "assurance", get_args(Assurance))
        verified = _get(data, "verified", bool)
        if verified and assurance not in ("proved", "assigned"):
            raise ConfigurationError(f"receipt: 'verified' cannot be true under the assurance {assurance!r}")
        return cls(
            outcome=_one_of(data, "outcome", get_args(Outcome)),
            task=_optional_text(data, "task"),
            assurance=assurance,
            verified=verified,
            unchecked=tuple(_text(item, "unchecked") for item in _list(data, "unchecked")),
            source=_optional_text(data, "source"),
            stored=_optional_text(data, "stored"),
            similarity=None if _present(data, "similarity") is None else _real(data, "similarity"),
            steps=tuple(_step(item) for item in _list(data, "steps")),
            model_calls=_natural(data, "model_calls"),
            tokens=_tokens(data, "tokens"),
            saved=_tokens(data, "saved"),
            elapsed_ms=_real(data, "elapsed_ms"),
            why=_text(_present(data, "why"), "why"),
        )

    def __str__(self) -> str:
        return render.plain(render.receipt_layout(self))

    def __rich__(self) -> RenderableType:
        return render.rich(render.receipt_layout(self))

    def _repr_html_(self) -> str:
        return render.html(render.receipt_layout(self))


def _finite(value: float) -> float | None:
    number = float(value)  # a NumPy scalar is no JSON number
    return number if math.isfinite(number) else None


def _as_it_is(said: str) -> str:
    return said


def _clean(step: StepRecord) -> StepRecord:
    reason = render.one_line(step.reason)
    return step if reason == step.reason else replace(step, reason=reason)


# ------------------------------------------------------------------------------------------ reading the JSON form


def _present(data: Mapping[str, Any], key: str) -> Any:
    if key not in data:
        raise ConfigurationError(f"receipt: {key!r} is missing")
    return data[key]


def _get(data: Mapping[str, Any], key: str, kind: type[_T]) -> _T:
    value = _present(data, key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ConfigurationError(f"receipt: {key!r} must be of type {kind.__name__}, not {type(value).__name__}")
    return value


def _one_of(data: Mapping[str, Any], key: str, options: tuple[str, ...]) -> Any:
    value = _present(data, key)
    if not isinstance(value, str) or value not in options:
        raise ConfigurationError(f"receipt: {key!r} must be one of {', '.join(options)}")
    return value


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"receipt: {key!r} must hold text, not {type(value).__name__}")
    return value


def _optional_text(data: Mapping[str, Any], key: str) -> str | None:
    value = _present(data, key)
    return None if value is None else _text(value, key)


def _list(data: Mapping[str, Any], key: str) -> Sequence[Any]:
    value = _present(data, key)
    if not isinstance(value, list | tuple):
        raise ConfigurationError(f"receipt: {key!r} must be a list, not {type(value).__name__}")
    return value


def _real(data: Mapping[str, Any], key: str) -> float:
    value = _present(data, key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:  # an int of 400 digits has no float
            number = math.inf
        if math.isfinite(number):
            return number
    raise ConfigurationError(f"receipt: {key!r} must be a finite number")


def _natural(data: Mapping[str, Any], key: str) -> int:
    value = _get(data, key, int)
    if value < 0:
        raise ConfigurationError(f"receipt: {key!r} must not be negative")
    return value


def _tokens(data: Mapping[str, Any], key: str) -> Tokens:
    value = _present(data, key)
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"receipt: {key!r} must be an object with 'input' and 'output'")
    return Tokens(_natural(value, "input"), _natural(value, "output"))


def _step(value: Any) -> StepRecord:
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"receipt: 'steps' must hold objects, not {type(value).__name__}")
    return StepRecord(
        origin=_one_of(value, "origin", get_args(Origin)),
        verdict=_one_of(value, "verdict", get_args(VerdictKind)),
        source=_optional_text(value, "source"),
        reason=_text(_present(value, "reason"), "reason"),
    )
