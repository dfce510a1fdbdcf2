"""Which wording of a signature is known: what it may say without changing what a correct answer is.

DSPy puts instructions, field names and descriptions into the system prompt. What it writes there by itself is known;
what a user wrote counts as residue, unless the policy vouches for it. Names of fields are never vouched for: a field
`translation` asks for something else than a field `answer`.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from stepcache_lc.core.align import vocabulary

Role = Literal["question", "working", "result"]

_DEFAULT = re.compile(r"Given the fields ((?:`\w+`(?:, )?)+), produce the fields ((?:`\w+`(?:, )?)+)\.")
_QUESTIONS = vocabulary("question problem equation query task prompt request exercise math_problem")
_WORKINGS = vocabulary("reasoning rationale explanation working derivation steps solution_steps work")
_RESULTS = vocabulary("answer solution result response output final_answer reply")


def default_instructions(signature: Any) -> bool:
    """Whether the instructions are DSPy's own for these fields; `ChainOfThought` adds its field to them later."""
    match = _DEFAULT.fullmatch(signature.instructions)
    if match is None:
        return False
    inputs, outputs = (re.findall(r"`(\w+)`", part) for part in match.groups())
    rest = iter(signature.output_fields)
    return inputs == list(signature.input_fields) and all(name in rest for name in outputs)


def plain_field(name: str, field: Any) -> bool:
    """Whether a signature says nothing of a field but its name and its type."""
    extra = field.json_schema_extra or {}
    return (
        extra.get("desc", f"${{{name}}}") == f"${{{name}}}"
        and not extra.get("constraints")
        and not field.metadata
        and not field.description
    )


def known_wording(signature: Any, *, vouched: bool) -> bool:
    """Whether the signature's wording is known, or vouched for; names apart."""
    if vouched:
        return True
    return default_instructions(signature) and all(plain_field(*item) for item in signature.fields.items())


def role(name: str) -> Role | None:
    """What a field of that name holds, in a signature that asks for the answer to a question."""
    if name in _QUESTIONS:
        return "question"
    if name in _WORKINGS:
        return "working"
    return "result" if name in _RESULTS else None
