"""What a patch prompt for JSON asks for, read from its words as a model would read them."""

from __future__ import annotations

import json
import re

_ASKS = re.compile(r"Reply with the missing keys? (.+?) only, as a JSON object\.")
_NAME = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,()"]+(?=(?: \(\w+\))?(?:,|$))')


def wanted(prompt: str) -> list[str]:
    """The names that are asked for; none if the whole answer is."""
    found = _ASKS.findall(prompt)
    if not found:
        return []
    return [json.loads(name) if name.startswith('"') else name for name in _NAME.findall(found[-1])]
