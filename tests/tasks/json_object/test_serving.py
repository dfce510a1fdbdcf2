"""The ladder: reuse, rewrite, patch, regenerate."""

from __future__ import annotations

import json

import pytest

from tests.support.patches import wanted
from tests.tasks.json_object.serving import TASK, admitted, serve

FENCED = '```json\n{\n  "customer": "Hugo Alves",\n  "order": 6343,\n  "item": "desk lamp",\n  "quantity": 8\n}\n```'
KEYS = "customer, order, item, quantity"


def form(
    customer: str = "Hugo Alves", order: str = "6343", item: str = "desk lamp", quantity: str = "8", keys: str = KEYS
) -> str:
    return (
        f"Customer: {customer}\nOrder: {order}\nItem: {item}\nQuantity: {quantity}\n\n"
        f"Convert the above into JSON with the keys {keys}. Output only JSON."
    )


def test_the_same_form_is_reused() -> None:
    again = form().replace("Convert the above into", "Please turn the above into")
    assert serve(form(), FENCED, again).outcome == "reuse"


def test_changed_values_are_rewritten_in_the_answers_own_style() -> None:
    served = serve(form(), FENCED, form("Bob Tran", "77", "kettle"))
    assert served.outcome == "rewrite"
    assert served.text == FENCED.replace("Hugo Alves", "Bob Tran").replace("6343", "77").replace("desk lamp", "kettle")


@pytest.mark.parametrize("style", [{"indent": 4}, {"separators": (",", ":")}, {"indent": "\t"}, {}])
def test_styles_are_kept(style: dict[str, object]) -> None:
    value = {"order": "6343", "customer": "Hugo Alves", "quantity": 8, "item": "desk lamp"}
    served = serve(form(), json.dumps(value, **style), form("Zoë Kim", "0077"))  # type: ignore[arg-type]
    assert served.outcome == "rewrite"
    assert served.text == json.dumps({**value, "customer": "Zoë Kim", "order": "0077"}, ensure_ascii=False, **style)  # type: ignore[arg-type]


def test_a_number_does_not_become_an_identifier() -> None:
    served = serve(form(), FENCED, form(order="0077"))
    assert served.outcome != "reuse"
    assert served.outcome == "regenerate" or served.asked == ("/order",)


def test_a_dropped_key_goes() -> None:
    served = serve(form(), FENCED, form(keys="customer, order, item"))
    assert served.outcome == "rewrite"
    assert served.value == {"customer": "Hugo Alves", "order": 6343, "item": "desk lamp"}
    assert served.text.startswith("```json\n{\n  ")


def test_only_the_added_key_is_asked_for() -> None:
    prompt = "Return a JSON object with keys name, city{} for: Grace Liu, Turin."
    answer = '{"name": "Grace Liu", "city": "Turin"}'
    seen: list[str] = []

    def model(text: str) -> str:
        seen.append(text)
        return '```json\n{"country": "Italy"}\n```'

    served = serve(prompt.format(""), answer, prompt.format(", country"), model=model)
    assert served.outcome == "patch"
    assert served.asked == ("/country",)
    assert served.text == '{"name": "Grace Liu", "city": "Turin", "country": "Italy"}'
    assert '"name": "Grace Liu"' in seen[0]


def test_an_added_key_in_the_middle_keeps_the_order() -> None:
    prompt = "Return a JSON object with keys name, {}city for: Grace Liu, Turin, Italy, red."
    served = serve(
        prompt.format(""),
        '{\n "name": "Grace Liu",\n "city": "Turin"\n}',
        prompt.format("hue, "),
        model=lambda _: '{"hue": "red"}',
    )
    assert served.text == '{\n "name": "Grace Liu",\n "hue": "red",\n "city": "Turin"\n}'


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "Italy",
        "{}",
        '{"country": "Italy", "name": "Eve"}',
        '{"land": "Italy"}',
        '["Italy"]',
        '{"country": "Italy"',
        '{"conflict": "no"} {"country": "x"}',
    ],
)
def test_a_reply_that_does_not_fit_is_an_error(reply: str) -> None:
    prompt = "Return a JSON object with keys name, city{} for: Grace Liu, Turin."
    served = serve(
        prompt.format(""), '{"name": "Grace Liu", "city": "Turin"}', prompt.format(", country"), model=lambda _: reply
    )
    assert served.outcome == "merge error"


def test_a_conflict_is_told_apart() -> None:
    prompt = "Return a JSON object with keys name, city{} for: Grace Liu, Turin."
    served = serve(
        prompt.format(""),
        '{"name": "Grace Liu", "city": "Turin"}',
        prompt.format(", country"),
        model=lambda _: '{"conflict": "Turin is a name"}',
    )
    assert served.why.startswith("Conflict")


def test_another_customer_and_a_free_key() -> None:
    keys = f"{KEYS}, mood"
    answer = FENCED.replace("8\n", '8,\n  "mood": "calm"\n')
    served = serve(form(keys=keys), answer, form("Bob Tran", keys=keys), model=lambda _: '{"mood": "angry"}')
    assert served.outcome == "patch"
    assert served.asked == ("/mood",)
    assert served.value == {"customer": "Bob Tran", "order": 6343, "item": "desk lamp", "quantity": 8, "mood": "angry"}


def test_nested_keys_are_asked_for_item_by_item() -> None:
    item = {"type": "object", "properties": {"n": {"type": "string"}}, "required": ["n"], "additionalProperties": False}
    more = {**item, "properties": {**item["properties"], "p": {"type": "number"}}, "required": ["n", "p"]}  # type: ignore[dict-item]

    def schema(inner: object) -> dict[str, object]:
        return {
            "type": "object",
            "properties": {"who": {"type": "string"}, "items": {"type": "array", "items": inner}},
            "required": ["who", "items"],
        }

    answer = '{"who": "Al", "items": [{"n": "a"}, {"n": "b"}]}'
    prompt = 'Extract the order from this ticket: "Al wants a at 2 and b at 3."'
    served = serve(
        prompt,
        answer,
        prompt,
        old_schema=schema(item),
        new_schema=schema(more),
        model=lambda _: '{"/items/0/p": 2, "/items/1/p": 3}',
    )
    assert served.asked == ("/items/0/p", "/items/1/p")
    assert served.text == '{"who": "Al", "items": [{"n": "a", "p": 2}, {"n": "b", "p": 3}]}'


def test_fresh_answers_are_checked() -> None:
    assert admitted(form(), FENCED)
    assert not admitted(form(), FENCED.replace("6343", "6344"))
    assert not admitted(form(), FENCED.replace("8\n", '8,\n  "extra": 1\n'))
    assert not admitted(form(), "Here it is:\n" + FENCED)
    assert not admitted(form(), FENCED.replace("8\n", "8,\n"))


def test_a_fresh_answer_is_mended_by_asking_for_what_is_missing() -> None:
    from stepcache_lc.core.types import Request, join

    request = Request("Return a JSON object with keys name, city, hue for: Grace Liu, Turin, red.")
    constraints = TASK.read(request)
    assert constraints is not None
    steps = TASK.segment('{\n  "name": "Grace Liu",\n  "city": "Turin"\n}', constraints)
    block = TASK.block(steps, TASK.verify(steps, constraints))
    assert [steps[index].name for index in block] == ["/hue"]
    assert wanted(TASK.patch_prompt(request, steps, block, constraints)[-1].text) == ["hue"]
    schema = TASK.patch_schema(request, steps, block, constraints)
    assert schema is not None
    assert schema["required"] == ["hue"]
    merged = TASK.merge('{"hue": "red"}', steps, block)
    assert join(merged) == '{\n  "name": "Grace Liu",\n  "city": "Turin",\n  "hue": "red"\n}'
    assert TASK.accept(join(merged), constraints).kind == "pass"
    assert [step.origin for step in merged] == ["cached", "cached", "patched", "cached"]


def test_a_broken_answer_is_asked_for_whole() -> None:
    from stepcache_lc.core.types import Request, join

    request = Request("Return a JSON object with keys name, city for: Grace Liu, Turin.")
    constraints = TASK.read(request)
    assert constraints is not None
    steps = TASK.segment('{"name": "Grace', constraints)
    block = TASK.block(steps, TASK.verify(steps, constraints))
    assert len(block) == len(steps) == 1
    merged = TASK.merge('```json\n{"name": "Grace Liu", "city": "Turin"}\n```', steps, block)
    assert TASK.accept(join(merged), constraints).kind == "pass"


PYDANTIC = {
    "title": "Order",
    "description": "An order of a customer.",
    "type": "object",
    "properties": {
        "customer": {"title": "Customer", "type": "string", "description": "The customer's name"},
        "order": {"title": "Order", "type": "integer"},
        "city": {"title": "City", "anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    },
    "required": ["customer", "order"],
}


@pytest.mark.parametrize("form_name", ["text", "tool:Order"])
def test_a_form_under_the_hosts_schema(form_name: str) -> None:
    old, new = "Customer: Ann\nOrder: 12\nCity: Rome", "Customer: Bob Tran\nOrder: 77\nCity: Rome"
    answer = '{"customer":"Ann","order":12,"city":"Rome"}'
    assert admitted(old, answer, PYDANTIC, form_name)
    assert not admitted(old, f"```json\n{answer}\n```", PYDANTIC, form_name)
    served = serve(old, answer, new, old_schema=PYDANTIC, new_schema=PYDANTIC, form=form_name)
    assert served.outcome == "rewrite"
    assert served.text == '{"customer":"Bob Tran","order":77,"city":"Rome"}'


def test_another_schema_over_the_same_context_is_patched() -> None:
    more = {
        **PYDANTIC,
        "properties": {**PYDANTIC["properties"], "mood": {"type": "string"}},
        "required": ["customer", "order", "mood"],
    }  # type: ignore[dict-item]
    prompt = "Ann from Rome called about her order 12, which is broken."
    answer = '{"customer": "Ann", "order": 12, "city": "Rome"}'
    served = serve(prompt, answer, prompt, old_schema=PYDANTIC, new_schema=more, model=lambda _: '{"mood": "sad"}')
    assert served.outcome == "patch"
    assert served.text == '{"customer": "Ann", "order": 12, "city": "Rome", "mood": "sad"}'
    other = prompt.replace("Ann", "Eve").replace("12", "13")
    assert serve(prompt, answer, other, old_schema=PYDANTIC, new_schema=PYDANTIC).outcome == "regenerate"


def test_what_the_prompt_spells_out_can_be_solved() -> None:
    from stepcache_lc.core.types import Request

    constraints = TASK.read(Request(form("Zoë", "0077")))
    assert constraints is not None
    text = TASK.solve(constraints)
    assert text is not None
    assert json.loads(text) == {"customer": "Zoë", "order": "0077", "item": "desk lamp", "quantity": 8}
    assert TASK.accept(text, constraints).kind == "pass"
    free = TASK.read(Request(form(keys=f"{KEYS}, mood")))
    assert free is not None
    assert TASK.solve(free) is None


def test_an_array_that_fails_as_a_whole_is_asked_for_whole() -> None:
    from stepcache_lc.core.types import Request, join

    request = Request("Return a JSON object with keys name, age, a list of two hobbies for: Ann, 5.")
    constraints = TASK.read(request)
    assert constraints is not None
    answer = '{\n  "name": "Ann",\n  "age": 5,\n  "hobbies": ["a", "b", "c"]\n}'
    steps = TASK.segment(answer, constraints)
    block = TASK.block(steps, TASK.verify(steps, constraints))
    assert [steps[index].name for index in block] == ["/hobbies/0", "/hobbies/1", "/hobbies/2"]
    schema = TASK.patch_schema(request, steps, block, constraints)
    assert schema is not None
    assert schema["required"] == ["hobbies"]
    merged = TASK.merge('{"hobbies": ["x", "y"]}', steps, block)
    assert json.loads(join(merged)) == {"name": "Ann", "age": 5, "hobbies": ["x", "y"]}
    assert TASK.accept(join(merged), constraints).kind == "pass"


def test_only_the_failing_leaf_of_an_array_is_asked_for() -> None:
    from stepcache_lc.core.types import Request, join

    request = Request('Return JSON in this format: {"items": [{"name": string, "qty": number}]} for: 5 a, 6 b.')
    constraints = TASK.read(request)
    assert constraints is not None
    answer = '{"items": [{"name": "a", "qty": 5}, {"name": "b", "qty": "six"}]}'
    steps = TASK.segment(answer, constraints)
    block = TASK.block(steps, TASK.verify(steps, constraints))
    assert [steps[index].name for index in block] == ["/items/1/qty"]
    merged = TASK.merge('{"/items/1/qty": 6}', steps, block)
    assert join(merged) == answer.replace('"six"', "6")


def test_keys_with_slashes_dots_and_tildes() -> None:
    prompt = 'Return a JSON object with keys "a/b", "c~d", "e.f"{} for: 1, 2, 3.'
    served = serve(
        prompt.format(""),
        '{"a/b": 1, "c~d": 2, "e.f": 3}',
        prompt.format(', "~1"'),
        model=lambda _: '{"~1": 4}',
    )
    assert served.outcome == "patch"
    assert served.value == {"a/b": 1, "c~d": 2, "e.f": 3, "~1": 4}


def test_what_was_said_around_a_changed_value_goes() -> None:
    answer = f"This customer is new, and the name is short:\n{FENCED}"
    prompt = form().replace(" Output only JSON.", "")
    assert admitted(prompt, answer)
    served = serve(prompt, answer, prompt.replace("Hugo Alves", "Bob Tran"), model=lambda _: '{"customer": "Bob Tran"}')
    assert served.outcome in ("regenerate", "patch")
    assert "short" not in served.text
    intro = f"Here is the JSON object:\n{FENCED}"
    served = serve(prompt, intro, prompt.replace("Hugo Alves", "Bob Tran"))
    assert served.outcome == "rewrite"
    assert served.text == intro.replace("Hugo Alves", "Bob Tran")
