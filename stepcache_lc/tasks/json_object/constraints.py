"""What a JSON request demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stepcache_lc.core.align import Token
from stepcache_lc.core.types import Assurance, Constraints
from stepcache_lc.tasks.json_object.pointers import tokens
from stepcache_lc.tasks.json_object.schemas import Compiled, compiled, resolved

Surround = Literal["any", "lean", "bare"]
"""What may stand around the value: anything; one fence; blanks only."""


@dataclass(frozen=True)
class Assigned:
    """A value that stands in the prompt under that very key."""

    at: str
    """Pointer of the member."""
    text: str
    """The value as it is written in the prompt."""
    exact: bool = True
    """Whether an answer can only give it as it is written (no date, amount, unit or word for nothing)."""


@dataclass(frozen=True)
class JsonConstraints(Constraints):
    """The demands of a request for JSON; equal ones demand the same, word for word."""

    schema: str = ""
    """Canonical text of the JSON Schema of the answer; empty: any JSON value."""
    keys: tuple[str, ...] = ()
    """The demanded members of the answer's object, in the order of the request."""
    notes: tuple[tuple[str, str], ...] = ()
    """Words that describe a key and that no check covers: (key, words)."""
    wishes: tuple[str, ...] = ()
    """What is said of all values and is not checked, such as null for missing ones."""
    surround: Surround = "any"
    form: str = "text"
    """`text`, or `tool:NAME`."""
    content: tuple[Token, ...] = ()
    """What the request is about, token by token: equal, or equal but for literals."""
    assigned: tuple[Assigned, ...] = ()
    data_only: bool = False
    """The content is labelled values only: nothing in it can bend what an assigned value becomes."""
    running: bool = False
    """The content holds running text as well, which may say more of an assigned value."""
    spelled: bool = False
    """Every labelled value stands under a demanded key: no line can be an instruction."""
    reaching: bool = False
    """Words may speak of the object as a whole: beside them one member more or less changes the others."""
    refused: str = ""
    """Why no answer to this can be checked; empty: it can."""

    @property
    def assurance(self) -> Assurance:
        """`assigned` if every demanded value stands in the prompt, else `shape`."""
        return "assigned" if self.complete else "shape"

    def compiled(self) -> Compiled | None:
        """The schema, ready to check."""
        return compiled(self.schema) if self.schema and not self.refused else None

    def assignments(self) -> Mapping[str, Assigned]:
        """The assigned values by pointer."""
        return {item.at: item for item in self.assigned}

    def schema_at(self, at: str) -> Any:
        """The schema of a place of the answer, references at its top followed; empty if there is none."""
        ready = self.compiled()
        if ready is None:
            return {}
        schema: Any = resolved(ready.schema, ready.schema)
        for token in tokens(at):
            if not isinstance(schema, dict):
                return {}
            properties = schema.get("properties", {})
            if token in properties:
                schema = properties[token]
            elif isinstance(schema.get("items"), dict) and token.isdigit():
                schema = schema["items"]
            else:
                return {}
            schema = resolved(ready.schema, schema)
        return schema
