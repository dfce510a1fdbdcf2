"""JSON through a wrapped model: only what is missing is asked for, and nothing stale survives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.models import ScriptedModel
from tests.support.patches import wanted


def receipt(message: Any) -> dict[str, Any]:
    return message.response_metadata["stepcache"]


class Answers:
    """Gives the scripted answers in turn, and keeps what was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, messages: list[Any]) -> str:
        self.asked.append(str(messages[-1].content))
        answer = self.answers.pop(0)
        return answer if isinstance(answer, str) else json.dumps(answer)


def test_only_the_added_key_is_asked_for(make_cache) -> None:
    answers = Answers({"name": "Ann", "age": 30}, {"city": "Oslo"})
    chat = make_cache().wrap(ScriptedModel(answerer=answers))
    chat.invoke("Return a JSON object with keys name and age for Ann.")
    message = chat.invoke("Return a JSON object with keys name, age and city for Ann.")
    said = receipt(message)
    assert json.loads(message.text) == {"name": "Ann", "age": 30, "city": "Oslo"}
    assert (said["outcome"], said["model_calls"]) == ("patch", 1)
    assert wanted(answers.asked[1]) == ["city"]
    assert [step["origin"] for step in said["steps"] if step["verdict"] == "pass"] == ["cached", "cached", "patched"]


FORM = (
    "Customer: {customer}\nOrder: {order}\n\n"
    "Convert the above into JSON with the keys customer, order. Output only JSON."
)


def test_an_assigned_value_follows_by_rule(make_cache) -> None:
    answers = Answers({"customer": "Ann Lee", "order": 17})
    chat = make_cache().wrap(ScriptedModel(answerer=answers))
    chat.invoke(FORM.format(customer="Ann Lee", order=17))
    message = chat.invoke(FORM.format(customer="Bob Tran", order=18))
    assert json.loads(message.text) == {"customer": "Bob Tran", "order": 18}
    assert (receipt(message)["outcome"], receipt(message)["assurance"]) == ("rewrite", "assigned")


STALE = [
    (
        "another person",
        "Write a JSON user profile for Ann Lee with fields name, initials.",
        {"name": "Ann Lee", "initials": "AL"},
        "Write a JSON user profile for Bob Tran with fields name, initials.",
        {"name": "Bob Tran", "initials": "BT"},
    ),
    (
        "another city",
        "Write a JSON user profile for Ann from Paris with fields name, city, country.",
        {"name": "Ann", "city": "Paris", "country": "France"},
        "Write a JSON user profile for Ann from London with fields name, city, country.",
        {"name": "Ann", "city": "London", "country": "United Kingdom"},
    ),
    (
        "a swapped pair",
        "Return JSON with keys buyer, seller: Ann Lee sold the car to Bob Tran.",
        {"buyer": "Bob Tran", "seller": "Ann Lee"},
        "Return JSON with keys buyer, seller: Bob Tran sold the car to Ann Lee.",
        {"buyer": "Ann Lee", "seller": "Bob Tran"},
    ),
    (
        "a repeated number",
        "Return JSON with keys age, floor: a woman of 5 on floor 5.",
        {"age": 5, "floor": 5},
        "Return JSON with keys age, floor: a woman of 6 on floor 7.",
        {"age": 6, "floor": 7},
    ),
    (
        "a choice list",
        'Reply in JSON with keys sentiment (positive or negative). Text: "I love it"',
        {"sentiment": "positive"},
        'Reply in JSON with keys sentiment (positive or negative). Text: "I hate it"',
        {"sentiment": "negative"},
    ),
    (
        "a derived value",
        "Ann scored 3, Bob scored 5. Return JSON with keys winner, score.",
        {"winner": "Bob", "score": 5},
        "Ann scored 7, Bob scored 5. Return JSON with keys winner, score.",
        {"winner": "Ann", "score": 7},
    ),
]


@pytest.mark.parametrize(
    ("old", "first", "new", "second"), [case[1:] for case in STALE], ids=[case[0] for case in STALE]
)
def test_nothing_stale_survives(make_cache, old: str, first: Any, new: str, second: Any) -> None:
    answers = Answers(first, *[second] * 4)
    chat = make_cache().wrap(ScriptedModel(answerer=answers))
    chat.invoke(old)
    message = chat.invoke(new)
    assert json.loads(message.text) == second
    assert receipt(message)["outcome"] in ("regenerate", "patch", "miss")
