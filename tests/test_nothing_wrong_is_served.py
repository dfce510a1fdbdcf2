"""The promise: whatever is asked, and however wrong the model is, nothing served from the cache is wrong.

Requests come from seeded generators; the checker works on the generator's own numbers and shares no code with the
package.
"""

from __future__ import annotations

import json
import random
from fractions import Fraction
from typing import Any

import pytest

from stepcache_lc import MemoryStore, StepCache
from tests.support.algebra import stated, worked
from tests.support.models import ScriptedModel

SERVED = ("exact", "reuse", "rewrite", "solved", "patch")
STYLES = [
    "Solve {equation} for {x}.",
    "Find {x}: {equation}",
    "Solve for {x}: {equation}",
    "What is the value of {x} if {equation}?",
    "Determine {x} such that {equation}. Show your work step by step.",
]
TWISTS = [" Give the result modulo 7.", " Then add one.", " Answer in French.", " Round down."]


def _equation(rng: random.Random) -> tuple[str, str, Fraction]:
    a = rng.choice([-7, -3, -2, 2, 3, 4, 5, 9])
    b = rng.choice([-9, -4, -1, 1, 2, 3, 8])
    c = rng.randint(-20, 20)
    x = rng.choice("xyzt")
    return f"{a}{x} {'+' if b >= 0 else '-'} {abs(b)} = {c}", x, Fraction(c - b, a)


@pytest.mark.parametrize("seed", range(6))
def test_equations(seed: int) -> None:
    rng = random.Random(seed)
    truth: dict[str, tuple[str, Fraction | None]] = {}

    def answer(messages: list[Any]) -> str:
        text = str(messages[0].content)
        kind = rng.random()
        if kind < 0.6:
            return worked(text)
        if kind < 0.85:
            return worked(text, off_by=rng.randint(1, 9))
        return rng.choice(["I don't know.", "x = 3", "5", "The answer is clear.", "", worked(text)[:40]])

    served = 0
    with StepCache(store=MemoryStore()) as cache:
        chat = cache.wrap(ScriptedModel(answerer=answer))
        for _ in range(60):
            equation, x, value = _equation(rng)
            prompt = rng.choice(STYLES).format(equation=equation, x=x)
            twisted = rng.random() < 0.2
            if twisted:
                prompt += rng.choice(TWISTS)
            truth[prompt] = (x, None if twisted else value)
            if rng.random() < 0.3:
                prompt = rng.choice(list(truth))
            x, expected = truth[prompt]
            message = chat.invoke(prompt)
            said = message.response_metadata["stepcache"]
            if said["outcome"] in SERVED and expected is not None:
                served += 1
                assert stated(message.text, x) == expected, (prompt, message.text, said)
            if said["verified"]:
                assert expected is not None, (prompt, said)
                assert stated(message.text, x) == expected, (prompt, message.text, said)
            if expected is None:
                assert said["outcome"] not in ("rewrite", "solved", "patch"), (prompt, said)
    assert served > 10


NAMES = ["Ann", "Annette", "Bob Tran", "Grace Liu", "Emre Kaya", "Fatima Noor"]
CITIES = ["Paris", "London", "Oslo", "Quito"]
COUNTRY = {"Paris": "France", "London": "United Kingdom", "Oslo": "Norway", "Quito": "Ecuador"}
FORM = (
    "Customer: {name}\nCity: {city}\nOrder: {order}\n\n"
    "Convert the above into JSON with the keys {keys}. Output only JSON."
)
PROSE = "Return a JSON object with keys {keys} for: {name}, {city}, {order}."


@pytest.mark.parametrize("seed", range(6))
def test_json(seed: int) -> None:
    rng = random.Random(1000 + seed)
    facts: dict[str, dict[str, Any]] = {}

    def answer(messages: list[Any]) -> str:
        text = "\n".join(str(message.content) for message in messages)
        known = max((prompt for prompt in facts if prompt in text), key=len, default=None)
        if known is None or rng.random() < 0.1:
            return "{}"
        wanted = dict(facts[known])
        if len(text) > len(known) + 5:  # a patch: give what is asked for, and nothing else
            asked = [key for key in wanted if f'"{key}"' in text.replace(known, "")]
            wanted = {key: wanted[key] for key in asked}
        if rng.random() < 0.15:
            wanted = {key: value for key, value in wanted.items() if rng.random() < 0.6}
        return json.dumps(wanted, indent=rng.choice([None, 2]))

    with StepCache(store=MemoryStore()) as cache:
        chat = cache.wrap(ScriptedModel(answerer=answer))
        for _ in range(50):
            name, city, order = rng.choice(NAMES), rng.choice(CITIES), rng.randint(1, 30)
            values = {"customer": name, "city": city, "order": order, "country": COUNTRY[city]}
            keys = rng.sample(["customer", "city", "order"], rng.randint(1, 3))
            if rng.random() < 0.4:
                keys.append("country")
            prompt = rng.choice([FORM, PROSE]).format(name=name, city=city, order=order, keys=", ".join(keys))
            facts[prompt] = {key: values[key] for key in keys}
            message = chat.invoke(prompt)
            said = message.response_metadata["stepcache"]
            if said["outcome"] in ("reuse", "rewrite", "patch"):
                served = json.loads(message.text[message.text.index("{") : message.text.rindex("}") + 1])
                for key, value in served.items():
                    assert str(value) == str(facts[prompt][key]), (prompt, message.text, said)
                assert set(served) == set(keys)
