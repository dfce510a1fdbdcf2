"""How requests change in practice: ten request styles, ten answer styles, and what becomes of each change.

`shares()` counts the outcomes per perturbation; what is served is checked against the form by code that shares nothing
with the package.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.support.patches import wanted
from tests.tasks.json_object.serving import admitted, serve

Form = dict[str, str]

REQUESTS: tuple[str, ...] = (
    "{form}\n\nConvert the above into JSON with the keys {keys}. Output only JSON.",
    "{form}\n\nReturn this as a JSON object with keys {keys}.",
    "Convert the following form into JSON with the keys {keys}:\n\n{form}",
    "Here is a ticket form:\n{form}\n\nReply with a JSON object containing the keys {keys}.",
    "Please extract {keys} as JSON from the form below.\n\n{form}",
    "Using the information below, produce a JSON object with exactly the keys {keys}.\n\n{form}",
    "{form}\n\nRespond in JSON with the fields {keys} and nothing else.",
    "{form}\n\nCould you turn the above into a JSON object with the fields {keys}?",
    "Fill in this JSON: {{{shape}}}\n\n{form}",
    "{form}\n\nGenerate a JSON object with these fields:\n{bullets}",
)


def _fenced(text: str) -> str:
    return f"```json\n{text}\n```"


ANSWERS: tuple[Callable[[dict[str, Any]], str], ...] = (
    lambda value: json.dumps(value),
    lambda value: json.dumps(value, indent=2),
    lambda value: json.dumps(value, indent=4, ensure_ascii=False),
    lambda value: json.dumps(value, separators=(",", ":")),
    lambda value: _fenced(json.dumps(value, indent=2)),
    lambda value: _fenced(json.dumps(value, indent="\t")),
    lambda value: _fenced(json.dumps(value)) + "\n",
    lambda value: _fenced(json.dumps({key: str(item) for key, item in value.items()}, indent=2)),
    lambda value: json.dumps(dict(reversed(value.items())), indent=2),
    lambda value: "{ " + ", ".join(f"{json.dumps(key)} : {json.dumps(item)}" for key, item in value.items()) + " }",
)

NAMES = ("Grace Liu", "Hugo Alves", "Emre Kaya", "Fatima Noor", "Chidi Okafor", "Dana Petrov", "Zoë Kim")
ITEMS = ("kettle", "desk lamp", "router", "headphones", "backpack", "blender")
CITIES = ("Turin", "Oslo", "Lagos", "Kyoto", "Quito", "Leeds")
KEYS = ("customer", "order", "item", "city")


def _form(rng: random.Random) -> Form:
    return {
        "Customer": rng.choice(NAMES),
        "Order": str(rng.randrange(1000, 9999)),
        "Item": rng.choice(ITEMS),
        "City": rng.choice(CITIES),
    }


def _prompt(style: str, form: Form, keys: tuple[str, ...]) -> str:
    return style.format(
        form="\n".join(f"{label}: {value}" for label, value in form.items()),
        keys=", ".join(keys),
        shape=", ".join(f'"{key.split()[0]}": {"string" if "string" in key else "any"}' for key in keys),
        bullets="\n".join(f"- {key}" for key in keys),
    )


def _value(form: Form, keys: tuple[str, ...], free: str) -> dict[str, Any]:
    stated = {label.lower(): int(value) if value.isdigit() else value for label, value in form.items()}
    return {key: stated.get(key, free) for key in keys}


def _changed(rng: random.Random, form: Form, *labels: str) -> Form:
    """Another value under these labels, one that stands nowhere else in the form."""
    while True:
        other = _form(rng)
        new = {label: other[label] if label in labels else value for label, value in form.items()}
        if all(new[label] != form[label] for label in labels):
            return new


MOOD = "mood"
Change = tuple[Form, tuple[str, ...], tuple[str, ...]]
"""The new form, the earlier keys, the new keys."""
PERTURBATIONS: dict[str, Callable[[random.Random, Form], Change]] = {
    "repeat": lambda rng, form: (form, KEYS, KEYS),
    "rewording": lambda rng, form: (form, KEYS, KEYS),
    "added key": lambda rng, form: (form, KEYS, (*KEYS, MOOD)),
    "dropped key": lambda rng, form: (form, KEYS, KEYS[:-1]),
    "retyped key": lambda rng, form: (form, KEYS, ("customer", "order (string)", "item", "city")),
    "changed assigned value": lambda rng, form: (_changed(rng, form, "Order"), KEYS, KEYS),
    "three changed assigned values": lambda rng, form: (_changed(rng, form, "Customer", "Order", "Item"), KEYS, KEYS),
    "changed assigned value beside a free key": lambda rng, form: (
        _changed(rng, form, "Customer"),
        (*KEYS, MOOD),
        (*KEYS, MOOD),
    ),
    "changed free value": lambda rng, form: (_changed(rng, form, "Customer"), ("order", MOOD), ("order", MOOD)),
}


def shares(seed: int = 7, rounds: int = 1) -> tuple[dict[str, Counter[str]], list[str]]:
    """Outcomes per perturbation over all request and answer styles, and what was served wrongly."""
    rng = random.Random(seed)
    table: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    for name, change in PERTURBATIONS.items():
        outcomes = table.setdefault(name, Counter())
        for _ in range(rounds):
            for number, style in enumerate(REQUESTS):
                for answer in ANSWERS:
                    form = _form(rng)
                    new, old_keys, new_keys = change(rng, form)
                    other = REQUESTS[(number + 1) % len(REQUESTS)] if name == "rewording" else style
                    old_prompt, new_prompt = _prompt(style, form, old_keys), _prompt(other, new, new_keys)
                    text = answer(_value(form, old_keys, "calm"))
                    if not admitted(old_prompt, text):
                        outcomes["not admitted"] += 1
                        continue
                    served = serve(old_prompt, text, new_prompt, model=_model(new))
                    outcomes[served.outcome] += 1
                    if served.outcome in ("reuse", "rewrite", "patch"):
                        free = "calm" if new == form and MOOD in old_keys else "angry"
                        plain = tuple(re.sub(r" .*", "", key) for key in new_keys)
                        expected = {key: str(item) for key, item in _value(new, plain, free).items()}
                        if {key: str(item) for key, item in served.value.items()} != expected:
                            wrong.append(f"{name}: {new_prompt!r} -> {served.text!r}")
    return table, wrong


def _model(form: Form) -> Callable[[str], str]:
    """A model that answers each part of the form rightly, and always finds the customer angry."""

    def reply(prompt: str) -> str:
        value = _value(form, tuple(wanted(prompt)), "angry")
        return json.dumps({key: str(item) if "string" in prompt else item for key, item in value.items()})

    return reply


def render(table: dict[str, Counter[str]]) -> str:
    """The table as Markdown, in per cent."""
    columns = ("reuse", "rewrite", "patch", "regenerate")
    lines = ["| change | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    for name, outcomes in table.items():
        total = sum(outcomes.values())
        lines.append(f"| {name} | " + " | ".join(f"{100 * outcomes[column] / total:.0f}" for column in columns) + " |")
    return "\n".join(lines)
