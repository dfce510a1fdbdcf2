"""Verifiers of one's own: what they may say, what they cover, and what happens when they raise."""

from __future__ import annotations

import logging
from typing import Any

import dspy
import pytest

from stepcache_lc.dspy import StepCacheModule
from stepcache_lc.tasks import Verdict
from tests.dspy.models import Script, scripted

SIGNATURE = "numbers: list[int] -> plan, total: int"


def add(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
    numbers = [int(part) for part in inputs["numbers"].strip("[]").split(",")]
    fields = {"plan": "Add them up.", "total": sum(numbers)}
    return {name: fields[name] for name in wanted}


def run(cache: Any, verifier: Any, *inputs: list[int], script: Script | None = None) -> tuple[list[Any], Script]:
    script = script or Script(add)
    program = StepCacheModule(dspy.Predict(SIGNATURE), cache=cache, verifiers={"module": verifier})
    with dspy.context(lm=scripted(script)):
        return [program(numbers=numbers) for numbers in inputs], script


def right(inputs: Any, prediction: Any) -> bool:
    return bool(prediction.total == sum(inputs["numbers"]))


def test_a_verifier_decides_for_the_new_inputs(cache: Any) -> None:
    predictions, script = run(cache, right, [1, 2, 3], [3, 2, 1], [1, 2, 4])
    assert [p._stepcache.outcome for p in predictions] == ["miss", "reuse", "regenerate"]
    assert [p.total for p in predictions] == [6, 6, 7]
    assert all(p._stepcache.verified and p._stepcache.task == "verifier" for p in predictions)
    assert script.calls == 2


def test_it_sees_inputs_and_outputs_as_they_are(cache: Any) -> None:
    seen: list[Any] = []

    def look(inputs: Any, prediction: Any) -> bool:
        seen.append((inputs.numbers, inputs["numbers"], prediction.total, prediction["plan"], set(prediction.keys())))
        return True

    run(cache, look, [1, 2])
    assert seen == [([1, 2], [1, 2], 3, "Add them up.", {"plan", "total"})]


def test_by_field_only_the_failing_one_is_asked_for(cache: Any) -> None:
    def each(inputs: Any, prediction: Any) -> dict[str, Any]:
        return {"plan": Verdict.PASS, "total": right(inputs, prediction)}

    predictions, script = run(cache, each, [1, 2, 3], [1, 2, 4])
    assert predictions[1]._stepcache.outcome == "patch"
    assert (predictions[1].plan, predictions[1].total) == ("Add them up.", 7)
    assert script.seen[1] == ({"numbers": "[1, 2, 4]", "plan": "Add them up."}, ["total"])


def test_a_field_without_a_verdict_stands_in_identical_requests_only(cache: Any) -> None:
    predictions, script = run(cache, lambda i, p: {"total": right(i, p)}, [1, 2], [1, 2], [2, 1])
    assert [p._stepcache.outcome for p in predictions] == ["miss", "exact", "regenerate"]
    assert script.seen[-1][1] == ["plan", "total"]


def test_a_field_without_a_verdict_behind_good_ones_is_asked_for_alone(cache: Any) -> None:
    predictions, script = run(cache, lambda i, p: {"plan": True}, [1, 2], [5, 1])
    assert predictions[1]._stepcache.outcome == "patch"
    assert (script.seen[-1][1], predictions[1].total) == (["total"], 6)


def test_a_wrong_fresh_answer_is_asked_for_again_and_never_stored_if_it_stays_wrong(cache: Any) -> None:
    script = Script(lambda inputs, wanted: {name: {"plan": "Guess.", "total": script.calls}[name] for name in wanted})
    predictions, _ = run(cache, right, [1, 1], script=script)
    assert predictions[0].total == 2
    assert script.calls == 2
    stubborn = Script(lambda inputs, wanted: {name: {"plan": "Guess.", "total": 99}[name] for name in wanted})
    predictions, _ = run(cache, right, [5, 5], script=stubborn)
    receipt = predictions[0]._stepcache
    assert (predictions[0].total, receipt.verified, receipt.stored) == (99, False, None)
    assert stubborn.calls == 3


@pytest.mark.parametrize(
    "verifier",
    [
        pytest.param(lambda i, p: 1 / 0, id="raises"),
        pytest.param(lambda i, p: None, id="cannot say"),
        pytest.param(lambda i, p: "yes", id="nonsense"),
        pytest.param(lambda i, p: {"nonsense": True}, id="unknown field"),
        pytest.param(lambda i: True, id="wrong signature"),
    ],
)
def test_without_a_verdict_only_identical_requests_are_served(cache: Any, verifier: Any, caplog: Any) -> None:
    with caplog.at_level(logging.WARNING, logger="stepcache_lc"):
        predictions, script = run(cache, verifier, [1, 2], [1, 2], [2, 1])
    assert [p._stepcache.outcome for p in predictions[:2]] == ["miss", "exact"]
    assert predictions[2]._stepcache.model_calls == 1
    assert not any(p._stepcache.verified for p in predictions)
    assert script.calls == 2
    raised = verifier is not None and "verifier" in caplog.text
    assert raised == (cache.stats().errors > 0)


def test_an_exception_is_logged_by_its_type_only(cache: Any, caplog: Any) -> None:
    def leaky(inputs: Any, prediction: Any) -> bool:
        raise ValueError(f"secret {inputs.numbers}")

    with caplog.at_level(logging.WARNING, logger="stepcache_lc"):
        run(cache, leaky, [4711])
    assert "ValueError" in caplog.text
    assert "4711" not in caplog.text
    assert cache.stats().errors == 1


def test_a_verifier_is_only_for_its_predictor(cache: Any) -> None:
    class Two(dspy.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = dspy.Predict(SIGNATURE)
            self.two = dspy.Predict(SIGNATURE)

        def forward(self, numbers: list[int]) -> Any:
            return dspy.Prediction(one=self.one(numbers=numbers).total, two=self.two(numbers=numbers).total)

    program = StepCacheModule(Two(), cache=cache, verifiers={"one": right})
    with dspy.context(lm=scripted(Script(add))), cache.record() as receipts:
        program(numbers=[1, 2])
        program(numbers=[2, 1])
    assert [receipt.outcome for receipt in receipts] == ["miss", "miss", "reuse", "miss"]


def test_predictors_in_parts_and_in_dicts_are_named_as_dspy_names_them(cache: Any) -> None:
    class Part(dspy.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add = dspy.Predict(SIGNATURE)

        def forward(self, numbers: list[int]) -> Any:
            return self.add(numbers=numbers)

    class Whole(dspy.Module):
        def __init__(self) -> None:
            super().__init__()
            self.part, self.table = Part(), {"key": dspy.Predict(SIGNATURE), "part": Part()}

        def forward(self, numbers: list[int]) -> Any:
            found = [
                self.part(numbers=numbers),
                self.table["key"](numbers=numbers),
                self.table["part"](numbers=numbers),
            ]
            return dspy.Prediction(totals=[prediction.total for prediction in found])

    program = Whole()
    names = [name for name, _ in program.named_predictors()]
    assert names == ["part.add", "table['key']", "table['part'].add"]
    module = StepCacheModule(program, cache=cache, verifiers=dict.fromkeys(names, right))
    program.part._compiled = True  # its verifier stays
    with dspy.context(lm=scripted(Script(add))), cache.record() as receipts:
        module(numbers=[1, 2])
        module(numbers=[2, 1])
    assert [receipt.outcome for receipt in receipts] == ["miss"] * 3 + ["reuse"] * 3


def test_what_a_verifier_does_to_its_inputs_is_its_own_affair(cache: Any) -> None:
    def spoils(inputs: Any, prediction: Any) -> bool:
        verdict = right(inputs, prediction)
        inputs.numbers.clear()
        return verdict

    numbers = [[1, 2, 3], [3, 2, 1]]
    predictions, _ = run(cache, spoils, *numbers)
    assert numbers == [[1, 2, 3], [3, 2, 1]]
    assert [p._stepcache.outcome for p in predictions] == ["miss", "reuse"]


def test_verdicts_may_come_from_numpy(cache: Any) -> None:
    import numpy as np

    predictions, _ = run(cache, lambda i, p: np.bool_(p.total == sum(i.numbers)), [1, 2], [2, 1])
    assert [p._stepcache.outcome for p in predictions] == ["miss", "reuse"]


def test_a_verdict_of_another_kind_is_named_in_the_log(cache: Any, caplog: Any) -> None:
    with caplog.at_level(logging.WARNING, logger="stepcache_lc"):
        run(cache, lambda i, p: 0.7, [1, 2])
    assert "returns True, False, None" in caplog.text
    assert "float" in caplog.text


def test_fields_may_be_named_like_arguments_of_dspy(cache: Any) -> None:
    seen: list[Any] = []
    program = StepCacheModule(
        dspy.Predict("base, form -> args, kwargs"),
        cache=cache,
        verifiers={"self": lambda i, p: seen.append((i["base"], p["args"])) or True},
    )
    with dspy.context(lm=scripted(Script(lambda inputs, wanted: dict.fromkeys(wanted, "fine")))):
        program(base="a", form="b")
    assert seen == [("a", "fine")]
    assert cache.stats().errors == 0


def test_custom_instructions_and_described_fields_are_the_verifiers_business(cache: Any) -> None:
    signature = dspy.Signature(SIGNATURE, "Add the numbers, please.")
    program = StepCacheModule(dspy.Predict(signature), cache=cache, verifiers={"self": right})
    with dspy.context(lm=scripted(Script(add))):
        assert [program(numbers=n)._stepcache.outcome for n in ([1, 2], [2, 1])] == ["miss", "reuse"]
