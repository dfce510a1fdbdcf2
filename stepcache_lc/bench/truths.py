"""Whether an answer is right, judged against a truth that is known beforehand.

Shares nothing with the package's own verifiers: `json.loads` and `Fraction`, by hand. Strict on purpose: an answer that
does not say the right thing plainly is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.DOTALL)
_FENCE_WITHIN = re.compile(r"```(?:json)?[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL)
_NUMBER = re.compile(r"[-−]?\d{1,12}(?:\.\d{1,12})?(?:\s*/\s*\d{1,12})?")
_EMPHASIS = re.compile(r"\*\*|\\boxed|[$`{}\\()\[\]]")
_FRACTION = re.compile(r"\\d?frac\{(-?\d{1,12})\}\{(\d{1,12})\}")
_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Fields:
    """The answer must be a JSON object with exactly these members."""

    members: Mapping[str, Any]
    typed: bool = True
    """Whether `"3"` for `3` is wrong. Where the request names no type, both are right."""
    bare: bool = True
    """Whether words around the object are wrong. Where the request does not forbid them, they are not."""

    def holds(self, answer: str, apart_from: frozenset[str] = frozenset()) -> bool:
        """Whether the answer is right; of the members `apart_from` only the presence counts."""
        return any(self._matches(text, apart_from) for text in self._objects(answer))

    def _objects(self, answer: str) -> Iterator[str]:
        fenced = _FENCED.fullmatch(answer)
        yield fenced[1] if fenced else answer
        if not self.bare:
            within = _FENCE_WITHIN.findall(answer)
            if within:
                # Two fences that differ are no plain answer.
                yield from within if len(set(within)) == 1 else ()
            elif "{" in answer:
                yield answer[answer.index("{") : answer.rfind("}") + 1]

    def _matches(self, text: str, apart_from: frozenset[str]) -> bool:
        try:
            value = json.loads(text, object_pairs_hook=_members)
        except (ValueError, RecursionError):
            return False
        return (
            isinstance(value, dict)
            and value.keys() == self.members.keys()
            and all(key in apart_from or self._equal(value[key], wanted) for key, wanted in self.members.items())
        )

    def _equal(self, value: Any, wanted: Any) -> bool:
        if isinstance(wanted, Mapping):
            return (
                isinstance(value, dict)
                and value.keys() == wanted.keys()
                and all(self._equal(value[key], item) for key, item in wanted.items())
            )
        if isinstance(wanted, list | tuple):
            return (
                isinstance(value, list)
                and len(value) == len(wanted)
                and all(self._equal(one, other) for one, other in zip(value, wanted, strict=True))
            )
        if not self.typed and type(wanted) in (int, str) and type(value) in (int, str):
            return str(value) == str(wanted)
        return type(value) is type(wanted) and bool(value == wanted)

    def __str__(self) -> str:
        return json.dumps(dict(self.members), ensure_ascii=False)


@dataclass(frozen=True)
class Root:
    """The last thing that the answer says of the unknown must be this value."""

    unknown: str
    value: Fraction

    def holds(self, answer: str) -> bool:
        """Whether the answer is right."""
        claims = _claims(answer, self.unknown)
        if not claims or claims[-1] != self.value:
            return False
        return all(_value(box.rsplit("=", 1)[-1]) == self.value for box in _BOXED.findall(answer)[-1:])

    def __str__(self) -> str:
        return f"{self.unknown} = {self.value}"


@dataclass(frozen=True)
class Roots:
    """The answer must state exactly these values of one unknown at its end, in any order."""

    unknown: str
    values: frozenset[Fraction]

    def holds(self, answer: str) -> bool:
        """Whether the answer is right."""
        claims = _claims(answer, self.unknown)
        return len(claims) >= len(self.values) and set(claims[-len(self.values) :]) == self.values

    def __str__(self) -> str:
        return " or ".join(f"{self.unknown} = {value}" for value in sorted(self.values))


@dataclass(frozen=True)
class Values:
    """The last thing that the answer says of each unknown must be its value."""

    values: Mapping[str, Fraction]

    def holds(self, answer: str) -> bool:
        """Whether the answer is right."""
        return all(_claims(answer, unknown)[-1:] == [value] for unknown, value in self.values.items())

    def __str__(self) -> str:
        return ", ".join(f"{unknown} = {value}" for unknown, value in self.values.items())


@dataclass(frozen=True)
class Number:
    """The last number in the answer must be this one."""

    value: Fraction

    def holds(self, answer: str) -> bool:
        """Whether the answer is right."""
        numbers = _NUMBER.findall(_EMPHASIS.sub("", _FRACTION.sub(r"\1/\2", answer)))
        return bool(numbers) and _value(numbers[-1]) == self.value

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True)
class Said:
    """The answer must hold these words in a row, and none of the other answers (case does not count)."""

    words: str
    others: tuple[str, ...] = ()
    """What is right for the requests that look like this one."""

    def holds(self, answer: str) -> bool:
        """Whether the answer is right."""
        said, wanted = _words(answer), _words(self.words)
        # "not open" holds "open": others are looked for in what is left, but for those that hold what is wanted.
        rest = said.replace(wanted, " | ")
        found = (_words(other) in (said if wanted in _words(other) else rest) for other in self.others)
        return wanted in said and not any(found)

    def __str__(self) -> str:
        return self.words


Truth = Fields | Root | Roots | Values | Number | Said


def _words(text: str) -> str:
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _claims(answer: str, unknown: str) -> list[Fraction | None]:
    """What the answer says of the unknown, one after the other; None where that is no number."""
    said = _EMPHASIS.sub("", _FRACTION.sub(r"\1/\2", answer))
    found: list[Fraction | None] = []
    for part in re.split(rf"(?<![\w.]){re.escape(unknown)}\s*=", said)[1:]:
        claim = re.split(r"[,;:\n]|\.(?!\d)| (?:and|or) (?=[a-z]\b|$)", part, maxsplit=1)[0]
        # "x = 12 - 7 = 5" ends in the value; "x = 15 - 2x" does not.
        found.append(_value(claim.rsplit("=", 1)[-1]))
    return found


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _value(text: str) -> Fraction | None:
    compact = text.strip().replace("−", "-")
    if not _NUMBER.fullmatch(compact):
        return None
    top, _, bottom = compact.partition("/")
    if not bottom:
        return Fraction(top)
    return Fraction(top.strip()) / Fraction(bottom.strip()) if Fraction(bottom.strip()) else None
