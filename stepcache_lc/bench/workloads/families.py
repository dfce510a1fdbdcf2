"""The breadth of the two tasks: six families of equations and six ways to ask for JSON.

Of each family two base requests are asked, then each again, reworded (twice) and with other numbers or values (three
times).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from stepcache_lc.bench.truths import Fields
from stepcache_lc.bench.workloads import forms
from stepcache_lc.bench.workloads.base import Case, Record, Round
from stepcache_lc.bench.workloads.equations import FORMS, REQUESTS, Problem

_BASES: Final = 2
_REWORDED: Final = 2
_CHANGED: Final = 3

_WORDINGS: Final[Mapping[int, tuple[str, ...]]] = {
    1: REQUESTS,
    2: (
        "Solve the system {e}.",
        "Solve the system of equations {e} for {x} and {y}.",
        "Find {x} and {y}: {e}",
        "Solve {e} for {x} and {y}.",
    ),
}
"""Ways to ask, by how many unknowns there are."""
_QUADRATIC: Final = (
    "Solve {e} for {x}. Give all solutions.",
    "Find all solutions of {e}.",
    "What are the solutions of {e}?",
    "Find the roots of {e}.",
)

Facts = dict[str, Any]


def _people(random: Random) -> Facts:
    return {
        "name": random.choice(forms.PEOPLE),
        "city": random.choice(forms.CITIES),
        "product": random.choice(forms.ITEMS),
    }


def _order(random: Random) -> Facts:
    item = {"name": random.choice(forms.ITEMS), "qty": random.randint(2, 30)}
    return {"order_id": random.randint(1000, 9999), "items": [item], "city": random.choice(forms.CITIES)}


def _row(random: Random) -> Facts:
    return {
        "name": random.choice(forms.PEOPLE),
        "city": random.choice(forms.CITIES),
        "badge": random.randint(1000, 9999),
    }


def _ticket(random: Random) -> Facts:
    return {
        "customer": random.choice(forms.PEOPLE),
        "order_id": random.randint(1000, 9999),
        "product": random.choice(forms.ITEMS),
    }


def _lines(facts: Facts) -> str:
    return "\n".join(f"{key.capitalize()}: {value}" for key, value in facts.items())


def _table(facts: Facts) -> str:
    rule = "| " + " | ".join("---" for _ in facts) + " |"
    return "\n".join(("| " + " | ".join(facts) + " |", rule, "| " + " | ".join(map(str, facts.values())) + " |"))


Ask = Callable[[Facts], str]
_SHAPE: Final = '{"order_id": number, "items": [{"name": string, "qty": number}], "city": string}'


def _shipped(facts: Facts) -> str:
    item = facts["items"][0]
    return f"order {facts['order_id']}, {item['qty']} x {item['name']}, shipped to {facts['city']}."


def _told(facts: Facts) -> str:
    return (
        f"Hi, this is {facts['customer']}. My order {facts['order_id']} arrived with a broken {facts['product']}. "
        "Please help."
    )


_JSON: Final[Mapping[str, tuple[Callable[[Random], Facts], tuple[Ask, ...]]]] = {
    "keys in a sentence": (
        _people,
        (
            lambda facts: f"Return a JSON object with keys {', '.join(facts)} for: {', '.join(facts.values())}.",
            lambda facts: f"Give me a JSON object with the keys {', '.join(facts)} for: {', '.join(facts.values())}.",
            lambda facts: f"Write a JSON object with keys {', '.join(facts)} for: {', '.join(facts.values())}.",
        ),
    ),
    "an example object": (
        _order,
        (
            lambda facts: f"Give me JSON: {_SHAPE} for {_shipped(facts)}",
            lambda facts: f"Use this format: {_SHAPE}\n\nThe data: {_shipped(facts)}",
            lambda facts: f"Return JSON like {_SHAPE} for {_shipped(facts)}",
        ),
    ),
    "a table": (
        _row,
        (
            lambda facts: (
                f"{_table(facts)}\n\nConvert the row above into one JSON object with the keys "
                f"{', '.join(facts)}. Output only JSON."
            ),
            lambda facts: f"{_table(facts)}\n\nReturn this as one JSON object with the keys {', '.join(facts)}.",
            lambda facts: (
                f"Convert the following table into one JSON object with the keys {', '.join(facts)}:\n\n{_table(facts)}"
            ),
        ),
    ),
    "typed keys": (
        _row,
        (
            lambda facts: (
                f"{_lines(facts)}\n\nConvert the above into JSON with the keys name (string), city (string), "
                "badge (integer). Output only JSON."
            ),
            lambda facts: (
                f"{_lines(facts)}\n\nReturn this as a JSON object with the keys name (string), "
                "city (string), badge (integer)."
            ),
            lambda facts: (
                f"{_lines(facts)}\n\nGenerate a JSON object with these fields:\n- name: string\n"
                "- city: string\n- badge: integer"
            ),
        ),
    ),
    "keys in a list": (
        _row,
        (
            lambda facts: (
                f"{_lines(facts)}\n\nGenerate a JSON object with these fields:\n"
                + "\n".join(f"- {key}" for key in facts)
            ),
            lambda facts: (
                f"{_lines(facts)}\n\nReturn a JSON object with the following keys:\n"
                + "\n".join(f"- {key}" for key in facts)
            ),
            lambda facts: f"{_lines(facts)}\n\nFill in this JSON: {json.dumps(dict.fromkeys(facts, ''))}",
        ),
    ),
    "free text": (
        _ticket,
        (
            lambda facts: f'Extract customer, order_id and product as JSON from this ticket: "{_told(facts)}"',
            lambda facts: f'Ticket: "{_told(facts)}"\n\nReturn JSON with the keys customer, order_id, product.',
            lambda facts: f"Extract customer, order_id and product as JSON from the ticket below.\n\n{_told(facts)}",
        ),
    ),
}


class Families:
    """See the module."""

    name = "families"

    def draw(self, seed: int) -> Round:
        """Two base requests a family, then their variants in random order."""
        random = Random(f"families {seed}")
        warm_up: list[Case] = []
        evaluation: list[Case] = []
        for make in FORMS:
            for _ in range(_BASES):
                _equations(random, make, warm_up, evaluation)
        for family in _JSON:
            for _ in range(_BASES):
                _objects(random, family, warm_up, evaluation)
        random.shuffle(evaluation)
        return Round(tuple(warm_up), tuple(evaluation))


def _equations(random: Random, make: Callable[[Random], Problem], warm_up: list[Case], evaluation: list[Case]) -> None:
    family = make.__name__.replace("_", "-")
    wordings = _QUADRATIC if family == "quadratic" else _WORDINGS[len(make(random).unknowns)]
    wording, *others = random.sample(wordings, 1 + _REWORDED)
    base = make(random)

    def ask(words: str, problem: Problem) -> Case:
        x, y = (*problem.unknowns, "")[:2]
        return Case(family, "equations", words.format(e=problem.text, x=x, y=y), problem.truth, problem.derivation)

    warm_up.append(ask(wording, base))
    evaluation += [ask(wording, base), *(ask(other, base) for other in others)]
    evaluation += [ask(wording, make(random)) for _ in range(_CHANGED)]


def _objects(random: Random, family: str, warm_up: list[Case], evaluation: list[Case]) -> None:
    draw, wordings = _JSON[family]
    wording, *others = random.sample(wordings, 1 + _REWORDED)
    base = draw(random)

    def ask(words: Ask, facts: Facts) -> Case:
        truth = Fields(facts, typed=family == "typed keys", bare=False)
        return Case(family, "json", words(facts), truth, Record(facts))

    warm_up.append(ask(wording, base))
    evaluation += [ask(wording, base), *(ask(other, base) for other in others)]
    evaluation += [ask(wording, draw(random)) for _ in range(_CHANGED)]
