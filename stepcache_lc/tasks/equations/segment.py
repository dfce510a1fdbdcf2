"""Cutting an answer into steps: enumerations, "Step 1:", headings, paragraphs and lines; the steps tile the text.

Display mathematics and code stay with the words that lead to them.
"""

from __future__ import annotations

import re
from itertools import pairwise

from stepcache_lc.tasks.equations.lexer import MAX_TEXT

MAX_STEPS = 80
"""Most steps of one answer; the rest of a longer one is its last step."""

_MARKER = re.compile(
    r"[ \t]{0,3}(?:#{1,6}[ \t]+|(?:[-*+•][ \t]+)?(?:\*\*|__)?\(?[0-9]{1,2}[.)](?:\*\*|__)?[ \t]+\S"
    r"|(?:[-*+•][ \t]+)?(?:\*\*|__)?(?:step|method|case|part)[ \t]+[0-9]{1,2}\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_FORMULA_ONLY = re.compile(r"\\(?:frac|dfrac|boxed|cdot|times|div|left|right|implies|quad|text|Rightarrow)")


def cut(text: str) -> list[str]:
    """The pieces of a text, which join to it; one that is too long to be looked at is one piece."""
    if not text:
        return []
    if len(text) > MAX_TEXT:
        return [text]
    starts = _starts(text)
    bounds = [*starts, len(text)]
    return [text[a:b] for a, b in pairwise(bounds) if b > a]


def _starts(text: str) -> list[int]:
    """Offsets at which a step begins; the first is 0."""
    starts = [0]
    position = 0
    inside = _Inside()
    blank_before = False
    listed = False
    previous = ""
    seen = False
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if not bare:
            blank_before = True
            position += len(line)
            continue
        if seen and not inside.anything and len(starts) < MAX_STEPS:
            marked = _MARKER.match(line) is not None
            if marked or _begins(line, bare, previous, blank_before, listed):
                starts.append(position)
                listed = marked
            elif blank_before and not line[0].isspace() and not _leads(bare):
                listed = False
        elif not seen:
            listed = _MARKER.match(line) is not None
        inside.feed(bare)
        seen, blank_before, previous = True, False, bare
        position += len(line)
    return starts


def _begins(line: str, bare: str, previous: str, blank_before: bool, listed: bool) -> bool:
    """Whether an unmarked line begins a step."""
    if _leads(bare) or previous.endswith(":") or line[:2].isspace():
        return False
    if bare.startswith("|") and previous.startswith("|"):
        return False  # the rows of a table stay together
    if not _WORD.search(_FORMULA_ONLY.sub("", bare)):
        return False  # a line of mathematics belongs to what leads to it
    return blank_before or not (listed or previous.endswith(","))


def _leads(bare: str) -> bool:
    """Whether a line opens display mathematics or code."""
    return bare.startswith((r"\[", "$$", "```", r"\begin", "\\("))


class _Inside:
    """Whether the reading position is inside display mathematics or a fence."""

    def __init__(self) -> None:
        self.fence = False
        self.brackets = False
        self.dollars = False

    @property
    def anything(self) -> bool:
        return self.fence or self.brackets or self.dollars

    def feed(self, line: str) -> None:
        if line.count("```") % 2:
            self.fence = not self.fence
        if self.fence:
            return
        opened, closed = line.rfind(r"\["), line.rfind(r"\]")
        if opened != closed:
            self.brackets = opened > closed
        if line.count("$$") % 2:
            self.dollars = not self.dollars
