"""Names of test cases that are the same in each process, so that the tests can be shared out."""

from __future__ import annotations

import re


def shown(value: object) -> str:
    """`repr` without addresses."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))
