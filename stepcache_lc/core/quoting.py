"""Words of a request or an answer inside what is said about them.

A reason quotes them between “ and ”, so that they can be taken out again: receipts hold no text of a prompt or an
answer unless it was asked for (`Policy(receipt_quotes=True)`).
"""

from __future__ import annotations

import re

_QUOTED = re.compile("“[^”]*”?")
# Keys and pointers to them.
_IDENTIFIER = re.compile(r"/?[A-Za-z_][A-Za-z0-9_]{0,39}(?:[/.-][A-Za-z0-9_]{1,40}){0,9}")
_MARKS = str.maketrans({"“": '"', "”": '"', "\n": " ", "\r": " "})


def quoted(text: object, most: int = 60) -> str:
    """The text between quotation marks that nothing in it can close, at most `most` code points of it."""
    shown = str(text)
    return f"“{(shown if len(shown) <= most else shown[: most - 1] + '…').translate(_MARKS)}”"


def without_quotes(said: str) -> str:
    """The same with “…” for each quotation."""
    return _QUOTED.sub("“…”", said)


def named(name: str) -> str:
    """A name that a request gives to a part of its answer: shown if it is a plain identifier, else quoted."""
    return name if _IDENTIFIER.fullmatch(name) else quoted(name)
