"""What a model sees of DSPy: fields in a prompt, and an answer in the form that it asks for."""

from __future__ import annotations

import json
import re
from typing import Any

_SECTION = re.compile(r"\[\[ ## (\w+) ## \]\]\n")


def asked(content: str) -> tuple[dict[str, str], list[str]]:
    """Input fields and wanted output fields of a prompt's last message."""
    body, _, demand = content.rpartition("Respond with")
    parts = _SECTION.split(body)
    inputs = {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    names = re.findall(r"\[\[ ## (\w+) ## \]\]", demand) or re.findall(r"`(\w+)`", demand)
    return inputs, [name for name in names if name != "completed"]


def wants_json(content: str) -> bool:
    """Whether the prompt asks for one JSON object."""
    return "JSON object" in content.rpartition("Respond with")[2]


def written(fields: dict[str, Any], as_json: bool = False) -> str:
    """An answer in the form that the prompt asks for."""
    if as_json:
        return json.dumps(fields)
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    return "\n\n".join(f"[[ ## {name} ## ]]\n{text}" for name, text in texts.items()) + "\n\n[[ ## completed ## ]]"
