"""Keys: which requests are the very same, and which may be compared at all.

A digest covers the canonical JSON of a list of parts, so no two lists of parts share a text (injective framing).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from stepcache_lc.core.types import Message


def canonical(value: Any) -> str:
    """One text per JSON value: sorted keys, no blanks.

    Not escaped to ASCII: a pair of lone surrogates would then read like the one character that it stands for.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(*parts: Any) -> str:
    """A 160-bit BLAKE2b digest of the parts, as 40 hexadecimal digits."""
    return hashlib.blake2b(canonical(parts).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def scope_parts(
    *,
    namespace: str,
    model: str,
    system: str,
    history: Sequence[Message],
    form: str,
    settings: Mapping[str, Any],
) -> dict[str, str]:
    """Digest, part by part, all that must be equal before two requests are compared.

    `explain` names the first part that differs.
    """
    return {
        "namespace": digest(namespace),
        "model": digest(model),
        "system prompt": digest(system),
        "history": digest([message.data for message in history]),
        "answer form": digest(form),
        "settings": digest(settings),
    }


def exact_key(scope: str, last: str, schema: Mapping[str, Any] | None) -> str:
    """The key of a whole request: its scope, the exact last turn, and the demanded schema."""
    return digest("request", scope, last, None if schema is None else canonical(schema))
