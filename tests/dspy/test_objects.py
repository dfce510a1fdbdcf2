"""Values read out of a text: what it assigns is checked and follows by rule, everything else is asked for again."""

from __future__ import annotations

import re
from typing import Any, Literal

import dspy
import pydantic
import pytest

from stepcache_lc.dspy import StepCacheModule
from tests.dspy.models import Script, scripted

SIGNATURE = "ticket -> customer, city, quantity: int"


def ticket(customer: str = "Alice Meyer", city: str = "Paris", quantity: int = 3, more: str = "") -> str:
    return f"Customer: {customer}\nCity: {city}\nQuantity: {quantity}{more}"


def extract(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
    found = {name.lower(): value for name, value in re.findall(r"(\w+): (.+)", inputs["ticket"])}
    values = {**found, "quantity": int(found.get("quantity", 0)), "urgent": "urgent" in inputs["ticket"].lower()}
    values["mood"] = "angry" if "broke" in inputs["ticket"] else "happy"
    return {name: values[name] for name in wanted}


def run(cache: Any, signature: Any, *tickets: str) -> tuple[list[Any], Script]:
    script = Script(extract)
    program = StepCacheModule(dspy.Predict(signature), cache=cache)
    with dspy.context(lm=scripted(script)):
        return [program(ticket=text) for text in tickets], script


def test_assigned_values_follow_by_rule(cache: Any) -> None:
    predictions, script = run(cache, SIGNATURE, ticket(), ticket("Bob Stone", "London", 7))
    assert [p._stepcache.outcome for p in predictions] == ["miss", "rewrite"]
    assert predictions[1].toDict() == {"customer": "Bob Stone", "city": "London", "quantity": 7}
    assert isinstance(predictions[1].quantity, int)
    assert predictions[1]._stepcache.assurance == "assigned"
    assert script.calls == 1


@pytest.mark.parametrize(
    ("signature", "more", "other"),
    [
        (
            SIGNATURE.replace("quantity: int", "mood: Literal['angry', 'happy']"),
            "\nMessage: It broke.",
            "\nMessage: Fine.",
        ),
        (SIGNATURE.replace("quantity: int", "urgent: bool"), "\nMessage: urgent, please.", "\nMessage: No hurry."),
    ],
    ids=["choice", "bool"],
)
def test_what_is_assigned_nowhere_is_the_models(cache: Any, signature: str, more: str, other: str) -> None:
    predictions, _ = run(cache, signature, ticket(more=more), ticket("Bob Stone", "London", 7, other))
    field = list(predictions[0].keys())[-1]
    assert predictions[0][field] != predictions[1][field]
    assert predictions[1]._stepcache.model_calls == 1
    assert not predictions[1]._stepcache.verified


def test_only_what_is_assigned_nowhere_is_asked_for(cache: Any) -> None:
    signature = "ticket -> customer, city, urgent: bool"
    predictions, script = run(cache, signature, ticket(), ticket("Bob Stone", "London", 3))
    assert predictions[1]._stepcache.outcome == "patch"
    assert script.seen[1][1] == ["urgent"]
    assert script.seen[1][0]["customer"] == "Bob Stone"
    assert (predictions[1].customer, predictions[1].urgent) == ("Bob Stone", False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice beat Bob 3 to 2.", "Bob beat Alice 3 to 2."),
        ("Ticket of Alice, city A-17, 3 pieces.", "Ticket of Bob, city B-18, 4 pieces."),
        ("Customer: Alice\nCity: A-1742\nQuantity: three", "Customer: Alice\nCity: A-1742\nQuantity: four"),
    ],
)
def test_free_text_is_asked_for_anew(cache: Any, one: str, other: str) -> None:
    script = Script(
        lambda inputs, wanted: {
            n: {"customer": inputs["ticket"], "city": "o", "quantity": script.calls}[n] for n in wanted
        }
    )
    program = StepCacheModule(dspy.Predict(SIGNATURE), cache=cache)
    with dspy.context(lm=scripted(script)):
        first, second = program(ticket=one), program(ticket=other)
    assert script.calls == 2
    assert first.quantity != second.quantity


class Order(pydantic.BaseModel):
    number: str
    quantity: int


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Order, {"number": "A-1742", "quantity": 3}),
        (list[Order], [{"number": "A-1742", "quantity": 3}]),
        (Literal["angry", "happy"], "happy"),
        (dict[str, int], {"a": 1}),
        (float, 2.5),
        (bool, False),
        (str | None, None),
        (list[str], ["a", "b"]),
    ],
    ids=str,
)
def test_typed_values_come_back_as_they_were_and_never_for_another_input(cache: Any, kind: Any, value: Any) -> None:
    signature = dspy.Signature({"ticket": (str, dspy.InputField()), "found": (kind, dspy.OutputField())})
    script = Script(lambda inputs, wanted: {"found": value})
    program = StepCacheModule(dspy.Predict(signature), cache=cache)
    with dspy.context(lm=scripted(script, cache=False), adapter=dspy.JSONAdapter() if value is None else None):
        first, again = program(ticket=ticket()), program(ticket=ticket())
        assert [p._stepcache.outcome for p in (first, again)] == ["miss", "exact"]
        assert again.found == first.found
        assert type(again.found) is type(first.found)
        changed = program(ticket=ticket("Bob Stone", "London", 7))
    assert changed._stepcache.model_calls == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("Customer: Mr Alice Meyer\nCity: Paris", "Alice Meyer"),
        ("Customer: ALICE MEYER\nCity: Paris", "Alice Meyer"),
        ("Customer: Alice Meyer\nCity: Paris", "A. Meyer"),
    ],
)
def test_the_form_of_a_text_is_the_models_affair(cache: Any, form: str, said: str) -> None:
    """As on the plain program: what the model makes of this very text is not overruled, and no pattern for others."""
    script = Script(lambda inputs, wanted: {n: {"customer": said, "city": "Paris"}[n] for n in wanted})
    program = StepCacheModule(dspy.Predict("form -> customer, city"), cache=cache)
    with dspy.context(lm=scripted(script)):
        first, again = program(form=form), program(form=form)
        assert [first.customer, again.customer] == [said, said]
        assert [p._stepcache.outcome for p in (first, again)] == ["miss", "exact"]
        assert not first._stepcache.verified
        other = program(form=form.replace("Alice", "Bob").replace("ALICE", "BOB"))
    assert (other._stepcache.outcome, other._stepcache.model_calls) == ("miss", 1)


def test_a_number_that_contradicts_the_text_is_mended(cache: Any) -> None:
    script = Script(lambda i, wanted: {n: {"customer": "Eve", "city": "Rome", "quantity": 4}[n] for n in wanted})
    program = StepCacheModule(dspy.Predict(SIGNATURE), cache=cache)
    with dspy.context(lm=scripted(script)):
        prediction = program(ticket=ticket("Eve", "Rome", 3))
    assert (prediction.quantity, prediction._stepcache.assurance) == (3, "assigned")


def test_demos_that_show_other_values_are_residue(make_cache: Any) -> None:
    good = dspy.Example(ticket=ticket("Eve", "Oslo", 1), customer="Eve", city="Oslo", quantity=1)
    shouting = dspy.Example(ticket=ticket("Eve", "Oslo", 1), customer="EVE", city="Oslo", quantity=1)
    for demo, expected in ((good, "rewrite"), (shouting, "miss")):
        program = StepCacheModule(dspy.Predict(SIGNATURE), cache=make_cache())
        program.module.demos = [demo]
        with dspy.context(lm=scripted(Script(extract))):
            program(ticket=ticket())
            assert program(ticket=ticket("Bob Stone", "London", 7))._stepcache.outcome == expected


def test_several_inputs_are_known_one_by_one(cache: Any) -> None:
    signature = "customer_name, city -> customer, city_code: int"
    script = Script(
        lambda i, wanted: {n: {"customer": i["customer_name"], "city_code": len(i["city"])}[n] for n in wanted}
    )
    program = StepCacheModule(dspy.Predict(signature), cache=cache)
    with dspy.context(lm=scripted(script)):
        for name, city in (("Alice", "Paris"), ("Bob", "London"), ("Paris", "Alice")):
            prediction = program(customer_name=name, city=city)
            assert (prediction.customer, prediction.city_code) == (name, len(city))
