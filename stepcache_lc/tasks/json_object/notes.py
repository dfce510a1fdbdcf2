"""What a description of a key may do to its value.

A description that is only another name for the key leaves an assigned value as it stands in the prompt. One that asks
for another notation, a part or a translation bends it: such a value is the model's to give.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stepcache_lc.core.align import vocabulary

_BENDING = vocabulary(
    """
    abbreviated abbreviation add added after before british calculate calculated capital capitalised capitalized caps
    case cents code compute computed convert converted currency day days decimal decimals digits divided double each
    english estimate estimated every except exclude excluded excluding expanded first format formatted french german
    half hyphen if in infer inferred initial initials int integer iso language last lower lowercase minus minutes month
    multiplied multiply normalise normalised normalize normalized omit only other out part percent percentage plural
    plus prefix prefixed rather replace replaced reverse reversed round rounded second seconds short shortened
    singular snake sort sorted spanish spelled split standard strip stripped suffix sum surname synonym third times
    title total translate translated translation trimmed truncated twice unit units unless upper uppercase when without
    words year years
    """
)
_NAMING = vocabulary(
    "a an as for full given id identifier is its name named no number of s stated text the their this value"
)
_MAX_WORDS = 24


def transforms(text: str) -> bool:
    """Whether a text has a word that may ask for another notation, a part or a translation."""
    return not _BENDING.isdisjoint(re.findall(r"\w+", text.lower()))


def bends(schema: Any, note: str = "") -> bool:
    """Whether what is said of a key may make its value another than the assigned one."""
    texts = [note]
    if isinstance(schema, Mapping):
        if "examples" in schema or schema.get("default") is not None or "pattern" in schema:
            return True
        texts.append(str(schema.get("description", "")))
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        if len(words) > _MAX_WORDS or _BENDING.intersection(words) or any(word.isdigit() for word in words):
            return True
    return False


def only_names(key: str, schema: Any, note: str = "") -> bool:
    """Whether a key's description says no more than the key itself."""
    own = {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", key)}
    described = note
    if isinstance(schema, Mapping):
        described = f"{note} {schema.get('title', '')} {schema.get('description', '')}"
    words = {word.removesuffix("s") for word in re.findall(r"[a-z]+", described.lower())}
    known = {word.removesuffix("s") for word in (*own, *_NAMING)}
    return words <= known | {"", "customer", "order", "item", "product", "person", "user"} and not bends(schema, note)
