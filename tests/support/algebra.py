"""A model that works equations `ax + b = c` out, and a checker of roots; shares no code with the package."""

from __future__ import annotations

import re
from fractions import Fraction

from langchain_core.messages import BaseMessage

_EQUATION = re.compile(r"(-?\d*)\s*\*?\s*([a-z])\s*([+-])\s*(\d+)\s*=\s*(-?\d+)")


def parsed(text: str) -> tuple[Fraction, str, Fraction, Fraction] | None:
    """a, unknown, b, c of the first `ax + b = c` in the text."""
    match = _EQUATION.search(text)
    if match is None:
        return None
    a = Fraction({"": "1", "-": "-1"}.get(match[1], match[1]))
    b = Fraction(match[4]) * (-1 if match[3] == "-" else 1)
    return a, match[2], b, Fraction(match[5])


def root(text: str) -> Fraction:
    found = parsed(text)
    assert found is not None, text
    a, _, b, c = found
    return (c - b) / a


def worked(text: str, off_by: int = 0) -> str:
    """A worked answer to the first equation in the text; `off_by` makes its last two steps wrong."""
    found = parsed(text)
    assert found is not None, text
    a, x, b, c = found
    right = c - b + off_by
    verb = f"Subtract {b} from" if b >= 0 else f"Add {-b} to"
    sign = "+" if b >= 0 else "-"
    return (
        f"1. Start with the equation: {a}{x} {sign} {abs(b)} = {c}\n"
        f"2. {verb} both sides: {a}{x} = {right}\n"
        f"3. Divide both sides by {a}: {x} = {right / a}\n"
    )


def stated(text: str, unknown: str) -> Fraction | None:
    """The last `x = number` that the text states."""
    found = re.findall(rf"\b{unknown}\s*=\s*(-?\d+(?:/\d+)?)(?![\d.])", text)
    return Fraction(found[-1]) if found else None


def last_human(messages: list[BaseMessage]) -> str:
    return str(messages[-1].content)


def good(messages: list[BaseMessage]) -> str:
    return worked(last_human(messages))


def bad(messages: list[BaseMessage]) -> str:
    return worked(last_human(messages), off_by=7)
