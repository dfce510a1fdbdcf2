"""Whether two answers say the same: same text, same JSON, or the same values of the unknowns.

Shares nothing with the package's own verifiers. Where it cannot tell, it says that they differ: a difference is shown
to a person, an agreement is not.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any, Final

_LONGEST: Final = 200_000
_FENCED: Final = re.compile(r"\s*```\w*[ \t]*\n(.*?)\n?[ \t]*```\s*", re.DOTALL)
_LATEX_FRACTION: Final = re.compile(r"(-?)\\[dt]?frac\{(-?\d{1,15})\}\{(\d{1,15})\}")
_MARKUP: Final = re.compile(r"\*\*|\\boxed|\\left|\\right|\\[()\[\],;! ]|[$`{}]")
_CLAIM: Final = re.compile(r"(?<![\w.\\])([A-Za-z](?:_?\d{1,3})?)\s*=(?!=)")
_END: Final = re.compile(r"[\n;:≈~]|\.(?!\d)|\\approx|\bapprox")
_BETWEEN: Final = re.compile(r"\s*,\s*(?:or\b|and\b)?\s*|\s+(?:or|and)\s+")
_NUMBER: Final = re.compile(r"\(?\s*([-+]?\s*\d{1,15}(?:\.\d{1,15})?)\s*(?:/\s*(\d{1,15}))?\s*\)?")


def same_answer(one: str, other: str, task: str = "") -> bool:
    """Whether two answers to the same request say the same.

    Args:
        one: An answer.
        other: Another one.
        task: Name of the task that read the request. Values of unknowns are compared for `equation` only: elsewhere
            two texts with the same numbers may say different things.
    """
    if one.split() == other.split():
        return True
    if max(len(one), len(other)) > _LONGEST:
        return False
    values = [_json(text) for text in (one, other)]
    if None not in values:
        return bool(values[0] == values[1])
    if task != "equation":
        return False
    said = [_values(text) for text in (one, other)]
    if len(said[0]) == len(said[1]) == 1 and "" in said[0].keys() | said[1].keys():
        # "5" and "x = 5"
        return list(said[0].values()) == list(said[1].values())
    return bool(said[0]) and said[0] == said[1]


def _json(text: str) -> Any:
    """The JSON object or array that the text consists of, in a form in which equal means the same; None if none."""
    fenced = _FENCED.fullmatch(text)
    try:
        value = json.loads(fenced[1] if fenced else text, object_pairs_hook=_members)
        return _typed(value) if isinstance(value, dict | list) else None
    except (ValueError, RecursionError):
        return None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _typed(value: Any) -> Any:
    # In Python, True == 1.
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    return [_typed(item) for item in value] if isinstance(value, list) else value


def _values(text: str) -> dict[str, set[Fraction]]:
    """All numbers that the text says an unknown equals, under its name; the empty name for a bare number."""
    plain = _MARKUP.sub("", _LATEX_FRACTION.sub(r"\1\2/\3", text.replace("−", "-")))
    bare = _number(plain.strip().rstrip("."))
    if bare is not None:
        return {"": {bare}}
    found: dict[str, set[Fraction]] = {}
    claims = list(_CLAIM.finditer(plain))
    starts = [claim.start() for claim in claims]
    for claim, following in zip(claims, [*starts[1:], len(plain)], strict=False):
        said = _END.split(plain[claim.end() : following], maxsplit=1)[0]
        # "x = 12 - 7 = 5" ends in the value; "x = 15 - 2x" has none.
        numbers: set[Fraction] = set()
        for part in _BETWEEN.split(said.rsplit("=", 1)[-1]):
            number = _number(part)
            if number is None:
                break  # words follow the value
            numbers.add(number)
        if numbers:
            found.setdefault(claim[1], set()).update(numbers)
    return found


def _number(text: str) -> Fraction | None:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    top = Fraction(match[1].replace(" ", ""))
    if match[2] is None:
        return top
    return top / int(match[2]) if int(match[2]) else None
