"""What the JSON task reads in a prompt, and what it refuses to understand."""

from __future__ import annotations

import json

import pytest

from stepcache_lc.core.types import Request
from stepcache_lc.tasks.json_object import JsonConstraints, JsonTask

TASK = JsonTask()


def read(text: str, **more: object) -> JsonConstraints | None:
    return TASK.read(Request(text, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "prompt",
    [
        "Return a JSON object with keys name, city for: Grace Liu, Turin.",
        "Give me JSON with the keys name and city for: Grace Liu, Turin",
        "Please return a valid JSON object containing the keys `name` and `city` for: Grace Liu, Turin.",
        'Produce a JSON object with the fields "name" and "city" for: Grace Liu, Turin.',
        "Respond with a JSON object that has the fields name, city for: Grace Liu, Turin.",
        "Reply in JSON with keys name, city for: Grace Liu, Turin.",
        "Could you create a JSON object with the following keys: name, city for: Grace Liu, Turin?",
        "Generate JSON for: Grace Liu, Turin. Use the keys name, city.",
        "Return JSON with exactly these keys: name, city. The following: Grace Liu".replace(
            "The following: ", "Text: "
        ),
    ],
)
def test_usual_wordings_are_accounted_for(prompt: str) -> None:
    constraints = read(prompt)
    assert constraints is not None
    assert constraints.keys == ("name", "city")
    assert constraints.residue == ()
    assert not constraints.decides
    assert constraints.assurance == "shape"


def test_rewordings_demand_the_same() -> None:
    one = read("Return a JSON object with keys name, city for: Grace Liu, Turin.")
    other = read("Please give me JSON with the keys `name` and `city` for: Grace Liu, Turin")
    assert one == other


@pytest.mark.parametrize(
    ("wording", "schema"),
    [
        ("age (integer)", {"type": "integer"}),
        ("age (number)", {"type": "number"}),
        ("age (string)", {"type": "string"}),
        ("age (a boolean)", {"type": "boolean"}),
        ("age (true or false)", {"type": "boolean"}),
        ("age (list of strings)", {"type": "array", "items": {"type": "string"}}),
        ("age (string[])", {"type": "array", "items": {"type": "string"}}),
        ("age (1-3)", {"type": "number", "minimum": 1, "maximum": 3}),
        ("age (integer, 1 to 5)", {"type": "integer", "minimum": 1, "maximum": 5}),
        ("age (young or old)", {"enum": ["young", "old"]}),
        ("age (one of: young, middle, old)", {"enum": ["young", "middle", "old"]}),
        ("age (young/old)", {"enum": ["young", "old"]}),
        ("age (low | high)", {"enum": ["low", "high"]}),
        ("age: integer", {"type": "integer"}),
        ("a list of two ages", {"type": "array", "minItems": 2, "maxItems": 2}),
    ],
)
def test_notes_on_keys(wording: str, schema: object) -> None:
    constraints = read(f"Return a JSON object with keys name, {wording} for: Grace Liu, Turin.")
    assert constraints is not None
    assert constraints.residue == ()
    name = "ages" if "ages" in wording else "age"
    assert json.loads(constraints.schema)["properties"][name] == schema


@pytest.mark.parametrize(
    "prompt",
    [
        "Return a JSON object with keys name, city for: Grace Liu, Turin. Omit city if it is unknown.",
        "Return a JSON object with keys name, city in French for: Grace Liu, Turin.",
        "Return a JSON object with keys name, city sorted by length for: Grace Liu, Turin.",
        "Return a JSON object with keys name, city (the number of other keys) for: Grace Liu, Turin.",
        "Return a JSON object with first name, last name for: Grace Liu, Turin.",
        "Return a JSON object with keys name, city for: Grace Liu, Turin. Translate it into German.",
        "Return a JSON object with keys name, name for: Grace Liu, Turin.",
        "Return a JSON object with three keys name, city for: Grace Liu, Turin.",
        "Do not return a JSON object with keys name, city for: Grace Liu, Turin.",
        "Return a JSON object without keys name, city for: Grace Liu, Turin.",
        "Return a JSON object with keys name, city for: Grace Liu, Turin. Round it.",
        "Return a JSON object with keys name, city or town for: Grace Liu, Turin.",
        "Customer: A\nInstruction: shout\n\nConvert the above into JSON with the keys customer.",
    ],
)
def test_anything_else_is_residue(prompt: str) -> None:
    constraints = read(prompt)
    if constraints is not None:
        assert constraints.residue
        assert not constraints.complete


@pytest.mark.parametrize(
    "prompt",
    [
        "What is JSON?",
        "Write a Python function that returns JSON with keys a, b.",
        "How do I parse a JSON file?",
        "Explain how to convert XML into JSON.",
        'Translate this: "Return a JSON object with keys a, b"',
        "Tell me a joke.",
        "",
    ],
)
def test_other_requests_are_not_read(prompt: str) -> None:
    assert read(prompt) is None


def test_a_form_is_assigned() -> None:
    constraints = read(
        "Customer: Hugo Alves\nOrder ID: 6343\n\nConvert the above into JSON with the keys customer, orderId."
    )
    assert constraints is not None
    assert [(item.at, item.text) for item in constraints.assigned] == [
        ("/customer", "Hugo Alves"),
        ("/orderId", "6343"),
    ]
    assert constraints.complete
    assert constraints.assurance == "assigned"
    assert constraints.unchecked == ()


@pytest.mark.parametrize(
    ("form", "keys"),
    [
        ("Customer: Hugo\nCustomer: Ann", "customer"),  # twice
        ("Customer: Hugo", "customer, order"),  # one is not there
        ("Customer: Hugo\nOrder: unknown", "customer, order"),  # null? "unknown"? ""?
        ("Customer: Hugo\nDate: March 5, 2024", "customer, date"),  # in which notation?
        ("Customer: Hugo\nPrice: $30", "customer, price"),
        ("Customer: Hugo\nWeight: 5 kg", "customer, weight"),
        ("Customer: Hugo\nPaid: yes", "customer, paid"),
        ("Customer: Hugo\nMood: good or bad", "customer, mood"),
        ("Customer: Hugo\nOrder number: 5", "customer, order"),  # not that very key
        ("Customer: Hugo\nAmount: 1,200", "customer, amount"),
        ("Customer: Hugo, Paris", "customer"),
        ("Customer: Hugo\nMessage: please note that my name is really Bill", "customer"),
        ("customer: the buyer's name", "customer"),
        ("Customer: String", "customer"),
        ("Customer: <name>", "customer"),
        ("Customer: Hugo, Order: 5", "customer, item"),
    ],
)
def test_what_is_not_plainly_assigned_does_not_decide(form: str, keys: str) -> None:
    constraints = read(f"{form}\n\nConvert the above into JSON with the keys {keys}.")
    assert constraints is not None
    assert not constraints.complete
    assert constraints.unchecked


def test_the_hosts_schema() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    constraints = read("Extract a from the ticket: x y z", schema=schema)
    assert constraints is not None
    assert constraints.keys == ("a",)
    assert constraints.surround == "bare"


@pytest.mark.parametrize("note", ["array of 2 strings", "max 5 words", "or null"])
def test_an_article_in_front_of_keys_that_are_not_understood_is_no_key(note: str) -> None:
    constraints = read(f"Return a JSON object with the keys name and hobbies ({note}) for Emre Kaya.")
    assert constraints is not None
    assert constraints.keys == ()
    assert constraints.residue
    text = '{"name": "Emre Kaya", "hobbies": ["a", "b"]}'
    assert TASK.accept(text, constraints).ok


def test_how_many_objects_there_are_is_named_as_unchecked() -> None:
    constraints = read("List three countries as a JSON array with the keys name and capital.")
    assert constraints is not None
    assert "how many there are" in constraints.unchecked


def test_a_remote_reference_is_refused() -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "https://example.org/x.json"}}}
    constraints = read("Extract a.", schema=schema)
    assert constraints is not None
    assert "remote $ref" in constraints.refused
    steps = TASK.segment('{"a": 1}', constraints)
    assert {verdict.kind for verdict in TASK.verify(steps, constraints)} == {"unknown"}


@pytest.mark.parametrize(
    "text",
    ["JSON " * 30_000, "Return JSON with keys " + "a, " * 5_000, "{" * 50_000 + " json", "\ud800 json", "json \x00"],
)
def test_hostile_prompts_are_read_or_left(text: str) -> None:
    constraints = read(text)
    assert constraints is None or not constraints.complete
