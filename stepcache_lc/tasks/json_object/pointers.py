"""JSON pointers (RFC 6901)."""

from __future__ import annotations

from collections.abc import Iterable


def escape(token: str) -> str:
    """Escape one reference token."""
    return token.replace("~", "~0").replace("/", "~1")


def pointer(path: Iterable[str | int]) -> str:
    """The pointer of a path of keys and indices; the root's is the empty string."""
    return "".join("/" + escape(str(part)) for part in path)


def tokens(text: str) -> tuple[str, ...]:
    """The unescaped reference tokens of a pointer."""
    if not text:
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/"))


def parent(text: str) -> str:
    """The pointer of the container; the root is its own."""
    return text.rpartition("/")[0]


def last(text: str) -> str:
    """The unescaped last reference token; empty for the root."""
    return tokens(text)[-1] if text else ""


def within(text: str, container: str) -> bool:
    """Whether a pointer is the other or lies beneath it."""
    return text == container or text.startswith(container + "/")
