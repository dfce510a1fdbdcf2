"""Whether an answer is right, judged against a truth that is known beforehand.

Shares nothing with the package's own verifiers: `json.loads` and `Fraction`, by hand. Strict on purpose: an answer that
does not say the right thing plainly is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*?)\n\s*```\s*", re.DOTALL)
_NUMBER = re.compile(r"[-−]?\d{1,12}(?:\.\d{1,12})?(?:\s*/\s*\d{1,12})?")
_EMPHASIS = re.compile(r"\*\*|\\boxed|[$`{}\\()\[\]]")


@dataclass(frozen=True)
class Fields:
    """The answer must be a JSON object with exactly these members."""

    members: Mapping[str, str | int]

    def holds(self, answer: str, apart_from: frozenset[str] = frozenset()) -> bool:
        """Whether the answer is right; of the members `apart_from` only the presence counts."""
        fenced = _FENCED.fullmatch(answer)
        try:
            value = json.loads(fenced[1] if fenced else answer, object_pairs_hook=_members)
        except ValueError:
            return False
        return (
            isinstance(value, dict)
            and value.keys() == self.members.keys()
            and all(
                key in apart_from or (type(value[key]) is type(wanted) and value[key] == wanted)
                for key, wanted in self.members.items()
            )
        )

    def __str__(self) -> str:
        return json.dumps(dict(self.members), ensure_ascii=False)


@dataclass(frozen=True)
class Root:
    """The last thing that the answer says of the unknown must be this value."""

    unknown: str
    value: Fraction

    def holds(self, answer: str) -> bool:
        """Whether the answer is right."""
        said = _EMPHASIS.sub("", answer)
        claims = re.split(rf"(?<![\w.]){re.escape(self.unknown)}\s*=", said)[1:]
        if not claims:
            return False
        claim = re.split(r"[,;:\n]|\.(?!\d)", claims[-1], maxsplit=1)[0]
        # "x = 12 - 7 = 5" ends in the value; "x = 15 - 2x" does not.
        return _value(claim.rsplit("=", 1)[-1]) == self.value

    def __str__(self) -> str:
        return f"{self.unknown} = {self.value}"


@dataclass(frozen=True)
class Number:
    """The last number in the answer must be this one."""

    value: Fraction

    def holds(self, answer: str) -> bool:
        """Whether the answer is right."""
        numbers = _NUMBER.findall(_EMPHASIS.sub("", answer))
        return bool(numbers) and _value(numbers[-1]) == self.value

    def __str__(self) -> str:
        return str(self.value)


Truth = Fields | Root | Number


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
