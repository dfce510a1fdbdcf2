"""Shapes shown in a prompt become JSON Schemas; what says more than is understood is refused."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepcache_lc.core.types import Request
from stepcache_lc.tasks.json_object import JsonTask
from stepcache_lc.tasks.json_object.shapes import ShapeRefused, shape_schema
from tests.tasks.json_object.serving import admitted, serve

STRING, NUMBER = {"type": "string"}, {"type": "number"}


def thing(optional: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("text", "schema"),
    [
        ('{"a": string, "b": number}', thing(a=STRING, b=NUMBER)),
        ('{"a": "string", "b": "integer"}', thing(a=STRING, b={"type": "integer"})),
        ('{"a": [{"b": string}]}', thing(a={"type": "array", "items": thing(b=STRING)})),
        ('{"a": [{"b": string}, ...]}', thing(a={"type": "array", "items": thing(b=STRING)})),
        (
            "{ a: string; b?: number; c: string[] }",
            thing(("b",), a=STRING, b=NUMBER, c={"type": "array", "items": STRING}),
        ),
        ('{ a: "x" | "y"; b: number | null }', thing(a={"enum": ["x", "y"]}, b={"type": ["number", "null"]})),
        ("{\n  a: string\n  b: Array<number>\n}", thing(a=STRING, b={"type": "array", "items": NUMBER})),
        ("interface T { a: string }", thing(a=STRING)),
        ("export type T = { a: string };", thing(a=STRING)),
        (
            "class T(BaseModel):\n    a: str\n    b: float | None = None\n",
            thing(("b",), a=STRING, b={"type": ["number", "null"]}),
        ),
        (
            'class T(BaseModel):\n    a: Optional[str]\n    b: Literal["x", "y"]\n',
            thing(a={"type": ["string", "null"]}, b={"enum": ["x", "y"]}),
        ),
        (
            '{"type": "object", "properties": {"a": {"type": "string"}}}',
            {"type": "object", "properties": {"a": {"type": "string"}}},
        ),
        (
            '{"a": "Ann", "b": 5, "c": true}',
            thing(
                a={"type": "string", "examples": ["Ann"]},
                b={"type": "number", "examples": [5]},
                c={"type": "boolean", "examples": [True]},
            ),
        ),
        ('{"a": "good|bad"}', thing(a={"enum": ["good", "bad"]})),
        ('{"a": "<the name>"}', thing(a={"examples": ["<the name>"]})),
    ],
)
def test_shapes(text: str, schema: dict[str, Any]) -> None:
    assert shape_schema(text) == schema


def test_types_refer_to_each_other() -> None:
    schema = shape_schema("interface T { a: P[] }\ninterface P { x: number }")
    assert schema["properties"]["a"] == {"type": "array", "items": {"$ref": "#/$defs/P"}}
    assert schema["$defs"] == {"P": thing(x=NUMBER)}
    assert shape_schema("class P(BaseModel):\n    x: float\n\nclass T(BaseModel):\n    a: list[P]\n") == schema


@pytest.mark.parametrize(
    "text",
    [
        "{ a: string // in uppercase\n}",
        "{ a: Foo }",
        "{ a: string } { b: string }",
        "{ a: () => void }",
        "interface A { x: string } interface B { y: string }",
        "class T(Base):\n    a: str\n",
        "class T(BaseModel):\n    a: str = f()\n",
        "class T(BaseModel):\n    a: str\n    def f(self): pass\n",
        '{"a": [1, "x"]}',
        '{"a": 1, "a": 2}',
        "{}",
        "[]",
        "{" * 1000,
        "{ a: " * 1000,
        "a | " * 1000,
        "{ a: Date }",
        "not a shape",
        "",
        '{"a": __import__("os")}',
    ],
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(ShapeRefused):
        shape_schema(text)


@given(st.text(alphabet='{}[]<>|:;,?"\n abT=.()', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ShapeRefused):
        assert isinstance(shape_schema(text), dict)


PROMPT = (
    'Give me JSON: {"order_id": number, "items": [{"name": string, "qty": number}], "city": string} for order 6559.'
)
ANSWER = '{"order_id": 6559, "items": [{"name": "desk lamp", "qty": 6}], "city": "Lagos"}'


def test_a_shape_is_checked() -> None:
    assert admitted(PROMPT, ANSWER)
    assert not admitted(PROMPT, ANSWER.replace("6559", '"6559"'))
    assert not admitted(PROMPT, ANSWER.replace('"qty": 6', '"quantity": 6'))
    assert not admitted(PROMPT, ANSWER.replace(', "city": "Lagos"', ""))


def test_an_added_member_of_a_shape_is_asked_for() -> None:
    more = PROMPT.replace('"city": string', '"city": string, "gift": boolean')
    served = serve(PROMPT, ANSWER, more, model=lambda _: '{"gift": true}')
    assert served.outcome == "patch"
    assert served.value == {"order_id": 6559, "items": [{"name": "desk lamp", "qty": 6}], "city": "Lagos", "gift": True}


def test_a_shape_that_is_not_understood_is_left_to_the_model() -> None:
    constraints = JsonTask().read(Request('Give me JSON: {"a": string /* loud */} for Bob.'))
    assert constraints is not None
    assert constraints.residue


@pytest.mark.parametrize(
    "prompt",
    [
        "Return JSON matching this TypeScript type:\n"
        "```ts\ninterface T {\n  name: string;\n  age: number;\n}\n```\nText: Bob is 5.",
        "Return JSON for this model:\n"
        "```python\nclass T(BaseModel):\n    name: str\n    age: float\n```\nText: Bob is 5.",
        "Return JSON of this type:\ninterface T { name: string; age: number }\n\nText: Bob is 5.",
        'Fill in this JSON: {"name": string, "age": number}\n\nText: Bob is 5.',
        'Return JSON that follows this schema: {"type": "object", "properties": {"name": {"type": "string"}, '
        '"age": {"type": "number"}}, "required": ["name", "age"], "additionalProperties": false}. Text: "Bob is 5."',
    ],
)
def test_all_notations_demand_the_same(prompt: str) -> None:
    constraints = JsonTask().read(Request(prompt))
    assert constraints is not None
    assert constraints.residue == ()
    assert constraints.keys == ("name", "age")
    assert admitted(prompt, '{"name": "Bob", "age": 5}')
    assert not admitted(prompt, '{"name": "Bob", "age": "5"}')
