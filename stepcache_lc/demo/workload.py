"""What the demo asks: requests that look alike, each with the answer that is right for it.

Prompts and values were chosen so that the small model copies labelled fields correctly most of the time; at algebra it
is weak whatever is asked, and the second part shows that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from stepcache_lc.bench.truths import Fields, Number, Root, Truth

TICKETS: Final = "ticket form to JSON"
EQUATIONS: Final = "the paper's experiment: equations"

_FIELDS: Final = ("customer", "order", "item", "quantity")
_LABELS: Final = {"city": "Ship to"}
"""Labels in the form that are not the key itself: such a value is no one's but the model's to find."""
_ABOVE: Final = "{form}\n\nConvert the above into JSON with the keys {keys}. Output only JSON."
_PLEASE: Final = "{form}\n\nPlease put the above into a JSON object with the keys {keys}."
_TURN: Final = "Turn the following into JSON with the keys {keys}. Output only JSON.\n\n{form}"
_TICKET: Final = "{form}\n\nTurn the ticket above into JSON with the fields {keys}. No explanations."


@dataclass(frozen=True)
class Asked:
    """One request of the workload."""

    section: str
    change: str
    """What differs from the requests before it."""
    prompt: str
    truth: Truth
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    """JSON Schema that the model's decoding is held to."""
    added: frozenset[str] = frozenset()
    """Members that no earlier answer has: if the cache is any good, it asks the model for them alone."""

    @property
    def response_format(self) -> dict[str, Any] | None:
        """The `response_format` of the OpenAI API."""
        if self.schema is None:
            return None
        return {"type": "json_schema", "json_schema": {"name": "ticket", "strict": True, "schema": dict(self.schema)}}


Form = Mapping[str, str | int]


def ticket(
    change: str,
    form: Form,
    *,
    wording: str = _ABOVE,
    keys: tuple[str, ...] = _FIELDS,
    added: frozenset[str] = frozenset(),
) -> Asked:
    """Ask for some fields of a filled-in form as JSON."""
    lines = "\n".join(f"{_LABELS.get(key, key.capitalize())}: {value}" for key, value in form.items())
    schema = {
        "type": "object",
        "properties": {key: {"type": "integer" if isinstance(form[key], int) else "string"} for key in keys},
        "required": list(keys),
        "additionalProperties": False,
    }
    prompt = wording.format(form=lines, keys=", ".join(keys))
    return Asked(TICKETS, change, prompt, Fields({key: form[key] for key in keys}), schema, added)


def equation(change: str, prompt: str, truth: Truth) -> Asked:
    """Ask for the root of an equation."""
    return Asked(EQUATIONS, change, prompt, truth)


HUGO: Final[Form] = {
    "customer": "Hugo Alves",
    "order": "A-1042",
    "item": "floor lamp",
    "quantity": 3,
    "city": "Berlin",
}
LAURA: Final[Form] = {**HUGO, "customer": "Laura Stein", "order": "A-1043"}
EMMA: Final[Form] = {
    "customer": "Emma Brown",
    "order": "B-7731",
    "item": "garden hose",
    "quantity": 2,
    "city": "Berlin",
}
SALE: Final[Form] = {
    "seller": "Hugo Alves",
    "buyer": "Laura Stein",
    "order": "A-1042",
    "item": "floor lamp",
    "quantity": 3,
}
SALE_BACK: Final[Form] = {**SALE, "seller": "Laura Stein", "buyer": "Hugo Alves"}
_CITY: Final = frozenset(("city",))
_WITH_CITY: Final = (*_FIELDS, "city")


def look_alikes() -> tuple[Asked, Asked]:
    """Two requests that differ in a name and one digit."""
    return ticket("first", HUGO), ticket("another customer, another order", LAURA)


def workload() -> list[Asked]:
    """All requests, in the order in which they are asked."""
    five, seven, eight, three = Fraction(5), Fraction(7), Fraction(8), Fraction(3)
    return [
        ticket("first of its kind", HUGO),
        ticket("the same again", HUGO),
        ticket("reworded", HUGO, wording=_PLEASE),
        ticket("reworded, the form at the end", HUGO, wording=_TURN),
        ticket("one more field", HUGO, keys=_WITH_CITY, added=_CITY),
        ticket("another order", {**HUGO, "order": "A-1043"}),
        ticket("another customer", {**HUGO, "customer": "Laura Stein"}),
        ticket("another quantity, reworded", {**HUGO, "quantity": 5}, wording=_TICKET),
        ticket("another customer, order, item, quantity", EMMA),
        ticket("the same again", EMMA),
        ticket("reworded", EMMA, wording=_TICKET),
        ticket("one more field", EMMA, keys=_WITH_CITY, added=_CITY),
        ticket("fewer fields", HUGO, keys=("customer", "order")),
        ticket("another form: a sale", SALE, wording=_TURN, keys=tuple(SALE)),
        ticket("semantic change: seller and buyer swapped", SALE_BACK, wording=_TURN, keys=tuple(SALE)),
        equation("first of its kind", "Solve for x: 2x + 5 = 15", Root("x", five)),
        equation("the same again", "Solve for x: 2x + 5 = 15", Root("x", five)),
        equation("reworded", "Find x: 2x + 5 = 15", Root("x", five)),
        equation("another unknown", "Solve for y: 2y + 5 = 15", Root("y", five)),
        equation("another constant", "Solve for x: 2x + 5 = 19", Root("x", seven)),
        equation("another coefficient", "Solve for x: 3x + 5 = 29", Root("x", eight)),
        equation("another form", "Solve for x: 4(x - 1) = 8", Root("x", three)),
        equation("semantic change: what is 2x?", "If 2x + 5 = 15, what is 2x?", Number(Fraction(10))),
        equation("one that the model gets wrong", "Solve 3x + 4 = 19 for x.", Root("x", five)),
        equation("and again, another constant", "Solve 3x + 4 = 25 for x.", Root("x", seven)),
    ]
