"""Word lists, written as text."""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """The words of a text, which are separated by blanks."""
    return frozenset(text.split())
