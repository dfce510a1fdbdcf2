"""Support traffic: tickets to JSON, with changing customers, fields and texts.

Two thirds are filled-in forms, a third is free text that no rule can read values from. Some requests come again, as
they do in practice.

| kind | share | what changes against the requests before it |
| --- | ---: | --- |
| `repeat` | 15 % | nothing |
| `another customer` | 30 % | the values in the form |
| `other fields` | 15 % | which lines of a known form are asked for |
| `another template` | 10 % | the words around a known form |
| `free text` | 20 % | customer, order and product in a sentence |
| `free text, judged` | 10 % | the same, and the mood of it is asked for |
"""

from __future__ import annotations

from random import Random
from typing import Final

from stepcache_lc.bench.truths import Fields
from stepcache_lc.bench.workloads import forms
from stepcache_lc.bench.workloads.base import Case, Record, Round

_WARM_UP: Final = 12
_REQUESTS: Final = 200
_SHARES: Final = {
    "repeat": 15,
    "another customer": 30,
    "other fields": 15,
    "another template": 10,
    "free text": 20,
    "free text, judged": 10,
}
_TICKET: Final = forms.KINDS[0]
_KEYS: Final = ("customer", "order", "item", "quantity", "city", "colour")
_TEXTS: Final = (
    ("Hi, this is {customer}. My order {order} arrived with a broken {item}. Please help.", "negative"),
    ("Hello, {customer} here. The {item} from order {order} stopped working, I am very disappointed.", "negative"),
    ("I am {customer}. Thank you for order {order}, the {item} is wonderful!", "positive"),
)
_EXTRACT: Final = 'Extract customer, order_id and product as JSON from this ticket: "{text}"'
_JUDGE: Final = (
    "Read the ticket and reply in JSON with keys customer, order_id, product and mood (positive or negative). "
    'Ticket: "{text}"'
)


class Tickets:
    """See the module."""

    name = "tickets"

    def draw(self, seed: int) -> Round:
        """A few tickets to begin with, then two hundred."""
        random = Random(f"tickets {seed}")
        asked = [_form("base", random, _TICKET.fill(random), _KEYS[:4]) for _ in range(_WARM_UP)]
        warm_up = tuple(case for case, _ in asked)
        evaluation: list[Case] = []
        for kind in random.choices(list(_SHARES), list(_SHARES.values()), k=_REQUESTS):
            case, form = _next(kind, random, asked)
            evaluation.append(case)
            asked.append((case, form))
        return Round(warm_up, tuple(evaluation))


Asked = tuple[Case, forms.Form | None]
"""A request, and the form that it is about; None: it is free text."""


def _next(kind: str, random: Random, asked: list[Asked]) -> Asked:
    if kind == "repeat":
        old, form = random.choice(asked)
        return Case(kind, old.task, old.prompt, old.truth, old.outline), form
    if kind.startswith("free text"):
        return _text(kind, random), None
    form = random.choice([form for _, form in asked if form is not None])
    if kind == "other fields":
        return _form(kind, random, form, random.sample(_KEYS, random.randint(2, 5)), forms.BEHIND[0])
    if kind == "another template":
        return _form(kind, random, form, _KEYS[:4], random.choice((*forms.BEHIND, *forms.IN_FRONT)))
    changed = _TICKET.changed(random, form, random.sample(_KEYS, random.randint(1, 4)))
    return _form(kind, random, changed, _KEYS[:4])


def _form(
    kind: str, random: Random, form: forms.Form, keys: tuple[str, ...] | list[str], wording: str | None = None
) -> Asked:
    # Three teams send tickets, each with a template of its own.
    return forms.ask(kind, wording or random.choice(forms.BEHIND[:3]), form, keys), form


def _text(kind: str, random: Random) -> Case:
    customer, item = random.choice(forms.PEOPLE), random.choice(forms.ITEMS)
    order = random.randint(1000, 9999)
    wording, mood = random.choice(_TEXTS)
    text = wording.format(customer=customer, order=order, item=item)
    members: dict[str, forms.Value] = {"customer": customer, "order_id": order, "product": item}
    if kind != "free text":
        members["mood"] = mood
    prompt = (_EXTRACT if kind == "free text" else _JUDGE).format(text=text)
    return Case(kind, "json", prompt, Fields(members, typed=False, bare=False), Record(members))
