"""Keys: which requests are the very same, and which may be compared at all.

A digest covers the canonical JSON of a list of parts, so no two lists of parts share a text (injective framing).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(value: Any) -> str:
    """One text per JSON value: sorted keys, no blanks.

    Not escaped to ASCII: a pair of lone surrogates would then read like the one character that it stands for.
    """
    return _encoder.encode(value)


def digest(*parts: Any) -> str:
    """A 160-bit BLAKE2b digest of the parts, as 40 hexadecimal digits."""
    return hashlib.blake2b(canonical(parts).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def scope_digest(parts: Mapping[str, Any]) -> str:
    """Digest of all that must be equal before two requests are compared, given part by part."""
    return digest("scope", dict(parts))


def part_digests(parts: Mapping[str, Any]) -> dict[str, str]:
    """A digest for each part of a scope, kept with an entry: `explain` names the first part that differs."""
    return {name: digest(part) for name, part in parts.items()}


def exact_key(scope: str, last: str, schema: Mapping[str, Any] | None) -> str:
    """The key of a whole request: its scope, the exact last turn, and the demanded schema."""
    return digest("request", scope, last, None if schema is None else canonical(schema))
