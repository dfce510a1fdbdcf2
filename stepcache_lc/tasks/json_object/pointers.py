"""JSON pointers (RFC 6901)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator


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


def upward(text: str) -> Iterator[str]:
    """A pointer, its container, and so on up to the root."""
    yield text
    while text:
        text = parent(text)
        yield text


def beneath(text: str, places: Container[str]) -> bool:
    """Whether one of the places is the pointer or contains it; as much work as the pointer is deep."""
    return any(place in places for place in upward(text))
