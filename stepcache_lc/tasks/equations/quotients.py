"""Results that are written as a quotient: a reduced one stays reduced when its numbers change.

A fraction in lowest terms at the end of a line may be a result ("x = 13/2") or a division still to be done; both
look alike. Replayed on other numbers it must not end as `x = 12/4` or `x = -13/(-2)`: the value is what counts.
"""

from __future__ import annotations

import math
import re
from fractions import Fraction

_RESULT = re.compile(r"(=[ ]*)(-?[0-9]{1,30})/(?:\((-[0-9]{1,30})\)|([0-9]{1,30}))(?=[.$]?[ ]*$)")


def reduced(old: str, new: str) -> str:
    """The replayed text, the results at its lines' ends in lowest terms wherever the old text's were."""
    before, after = old.split("\n"), new.split("\n")
    if len(before) != len(after):
        return new
    return "\n".join(_line(one, other) for one, other in zip(before, after, strict=True))


def _line(old: str, new: str) -> str:
    was, now = _RESULT.search(old), _RESULT.search(new)
    if now is None or (was is not None and not _in_lowest_terms(was)):
        return new
    denominator = int(now[3] or now[4])
    if denominator == 0:
        return new
    return new[: now.start()] + now[1] + str(Fraction(int(now[2]), denominator)) + new[now.end() :]


def _in_lowest_terms(match: re.Match[str]) -> bool:
    return match[4] is not None and math.gcd(int(match[2]), int(match[4])) == 1
