"""Traps for equations: steps out of nowhere, and what is said behind a result or instead of one."""

from __future__ import annotations

from tests.traps.trap import Claim

ENDINGS: list[Claim] = [
    # other problems with the same root
    Claim("your equation", "Your equation: x + 1 = 6\nx = 5", "x + 1 = 6", "another equation with the same root"),
    Claim("as you wrote", "As you wrote, x + 1 = 6. x = 5", "x + 1 = 6", "another equation with the same root"),
    Claim(
        "problem and answer", "Problem: x + 1 = 6\nAnswer: x = 5", "x + 1 = 6", "another equation with the same root"
    ),
    Claim("said behind it", "x + 1 = 6 is the original equation\nx = 5", "x + 1 = 6", "it is another equation"),
    Claim("out of nowhere", "3x = 15\nx = 5", "3x = 15", "nothing leads to it"),
]
