"""One predictor through the cache: what each kind of change costs, and what is asked for."""

from __future__ import annotations

from typing import Any

import dspy
import pytest

from stepcache_lc import Policy, Receipt
from stepcache_lc.dspy import StepCacheModule
from tests.dspy.models import Script, algebra, scripted
from tests.support.algebra import root, stated

COT = "question -> answer"
FIRST = "Solve 2x + 3 = 13 for x."


def wrapped(cache: Any, program: Any = None, **settings: Any) -> StepCacheModule:
    return StepCacheModule(program or dspy.ChainOfThought(COT), cache=cache, **settings)


def outcome(prediction: Any) -> tuple[str, int]:
    return prediction._stepcache.outcome, prediction._stepcache.model_calls


def test_what_each_kind_of_change_costs(cache: Any) -> None:
    script = Script(algebra)
    program = wrapped(cache)
    with dspy.context(lm=scripted(script)):
        first = program(question=FIRST)
        assert outcome(first) == ("miss", 1)
        assert first._stepcache.verified
        again = program(question=FIRST)
        assert outcome(again) == ("exact", 0)
        assert (again.reasoning, again.answer) == (first.reasoning, first.answer)
        reworded = program(question="Find x: 2x + 3 = 13")
        assert outcome(reworded) == ("reuse", 0)
        assert reworded.answer == first.answer
        for question in ("Solve 2x + 3 = 15 for x.", "Solve 5x + 3 = 13 for x.", "Solve 2y + 3 = 13 for y."):
            changed = program(question=question)
            assert outcome(changed) == ("rewrite", 0)
            unknown = "y" if "y" in question else "x"
            assert stated(changed.answer, unknown) == stated(changed.reasoning, unknown) == root(question)
            assert changed._stepcache.verified
        assert script.calls == 1
        other = program(question="What is the capital of France?")
        assert outcome(other) == ("miss", 1)
        assert script.calls == 2


@pytest.mark.parametrize(
    "question",
    [
        "Solve 2x + 3 = 13 for x modulo 7.",
        "Solve 2x + 3 = 13 for x, rounded down.",
        "Solve 2x + 3 = 13 for x in French.",
        "If 2x + 3 = 13, what is 2x?",
        "Do not solve 2x + 3 = 13 for x.",
    ],
)
def test_a_semantic_change_is_a_full_call_and_the_models_own_answer(cache: Any, question: str) -> None:
    script = Script(algebra)
    program = wrapped(cache)
    with dspy.context(lm=scripted(script)):
        program(question=FIRST)
        script.answerer = lambda inputs, wanted: dict.fromkeys(wanted, "the model's own words")
        prediction = program(question=question)
        assert prediction.answer == "the model's own words"
        assert script.seen[-1][1] == ["reasoning", "answer"]
        assert script.calls == 2
        assert not prediction._stepcache.verified


def test_only_the_failing_fields_are_asked_for(cache: Any) -> None:
    """Work that says nothing of the numbers stands; the answer alone is asked for, the work among its inputs."""

    def terse(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
        fields = {
            "reasoning": "I isolate the variable.",
            "answer": f"So the solution of it is {root(inputs['question'])}",
        }
        return {name: fields[name] for name in wanted}

    script = Script(terse)
    program = wrapped(cache, verifiers={"predict": by_field})
    with dspy.context(lm=scripted(script)):
        first = program(question=FIRST)
        assert outcome(first) == ("miss", 1)
        patched = program(question="Solve 2x + 3 = 15 for x.")
        assert outcome(patched) == ("patch", 1)
        assert patched.reasoning == first.reasoning
        assert patched.answer.endswith("6")
        inputs, wanted = script.seen[-1]
        assert wanted == ["answer"]
        assert inputs == {"question": "Solve 2x + 3 = 15 for x.", "reasoning": "I isolate the variable."}
    assert [step.origin for step in patched._stepcache.steps] == ["cached", "patched"]


def by_field(inputs: Any, prediction: Any) -> dict[str, bool]:
    right = str(root(inputs.question))
    return {
        "reasoning": not any(char.isdigit() for char in prediction.reasoning),
        "answer": prediction.answer.split()[-1] == right,
    }


def test_a_field_that_fails_takes_the_later_ones_with_it(cache: Any) -> None:
    script = Script(algebra)
    program = wrapped(cache, verifiers={"predict": lambda inputs, prediction: {"reasoning": False, "answer": True}})
    with dspy.context(lm=scripted(script)):
        program(question=FIRST)
        program(question="Solve 2x + 3 = 15 for x.")
        assert all(wanted == ["reasoning", "answer"] for _, wanted in script.seen)


def test_a_wrong_fresh_answer_is_mended_or_solved(cache: Any) -> None:
    script = Script(lambda inputs, wanted: {name: f"2x = 10, so x = {len(script.seen)}" for name in wanted})
    program = wrapped(cache)
    with dspy.context(lm=scripted(script)):
        prediction = program(question=FIRST)
    assert prediction._stepcache.verified
    assert stated(prediction.answer, "x") == root(FIRST)
    assert script.calls <= 1 + Policy().max_repairs


def test_repairs_ask_for_a_fresh_rollout(cache: Any) -> None:
    script = Script(lambda inputs, wanted: dict.fromkeys(wanted, "x = 1"))
    lm = scripted(script, temperature=0.7)
    with dspy.context(lm=lm):
        wrapped(cache)(question=FIRST)
    rollouts = [entry["kwargs"].get("rollout_id") for entry in lm.history]
    assert rollouts[0] is None
    assert None not in rollouts[1:]
    assert len(set(rollouts)) == len(rollouts) > 1


def test_repairs_are_not_asked_for_in_the_same_words(cache: Any) -> None:
    """At temperature 0 they would get the same wrong answer."""
    script = Script(lambda inputs, wanted: dict.fromkeys(wanted, "x = 1"))
    lm = scripted(script, temperature=0.0, cache=False)
    with dspy.context(lm=lm):
        wrapped(cache)(question=FIRST)
    prompts = [str(entry["messages"]) for entry in lm.history]
    assert len(set(prompts)) == len(prompts) > 1
    assert "wrong" in prompts[-1]


def test_no_rollout_where_it_would_only_warn(cache: Any) -> None:
    script = Script(lambda inputs, wanted: dict.fromkeys(wanted, "x = 1"))
    lm = scripted(script, temperature=0.0)
    if not isinstance(lm, dspy.LM):
        pytest.skip("this LM does not warn")
    with dspy.context(lm=lm):
        wrapped(cache)(question=FIRST)
    assert [entry["kwargs"].get("cache") for entry in lm.history][1:] == [False, False]


def test_a_hit_in_dspys_own_cache_counts_as_no_call(cache: Any) -> None:
    script = Script(algebra)
    lm = scripted(script)
    if not isinstance(lm, dspy.LM):
        pytest.skip("DSPy does not cache this LM")
    with dspy.context(lm=lm):
        dspy.ChainOfThought(COT)(question=FIRST)
        prediction = wrapped(cache)(question=FIRST)
    assert script.calls == 1
    assert outcome(prediction) == ("miss", 0)
    assert prediction._stepcache.tokens.output == 0


def test_tokens_are_those_spent_now(cache: Any) -> None:
    program = wrapped(cache)
    with dspy.context(lm=scripted(Script(algebra))):
        first = program(question=FIRST)._stepcache
        again = program(question=FIRST)._stepcache
    assert first.tokens.input == 100
    assert first.tokens.output > 0
    assert (again.tokens.input, again.tokens.output) == (0, 0)
    assert again.saved == first.tokens


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_what_was_cut_off_or_refused_is_never_stored(cache: Any, reason: str) -> None:
    script = Script(algebra, finish_reason=reason)
    program = wrapped(cache)
    with dspy.context(lm=scripted(script)):
        for question in (FIRST, "What is the capital of France?"):
            assert [outcome(program(question=question))[0] for _ in range(2)] == ["miss", "miss"]


def test_without_history_nothing_is_stored(cache: Any) -> None:
    program = wrapped(cache)
    with dspy.context(lm=scripted(Script(algebra)), disable_history=True):
        assert [outcome(program(question=FIRST))[0] for _ in range(2)] == ["miss", "miss"]


def test_custom_instructions_count_as_residue_unless_vouched_for(make_cache: Any) -> None:
    signature = dspy.Signature(COT, "You are a maths teacher. Answer the question.")
    for vouched, expected in ((False, "miss"), (True, "rewrite")):
        program = wrapped(make_cache(policy=Policy(system_is_style=vouched)), dspy.ChainOfThought(signature))
        with dspy.context(lm=scripted(Script(algebra))):
            program(question=FIRST)
            assert outcome(program(question="Solve 2x + 3 = 15 for x."))[0] == expected


@pytest.mark.parametrize(
    "signature",
    [
        "question -> translation",
        "statement -> answer",
        "context, question -> answer",
        "question -> answer, topic",
        "question -> answer: list[str]",
    ],
)
def test_fields_of_other_names_or_types_are_answered_only_if_identical(cache: Any, signature: str) -> None:
    script = Script(lambda inputs, wanted: {name: ["x = 5"] if "list" in signature else "x = 5" for name in wanted})
    program = wrapped(cache, dspy.Predict(signature))
    with dspy.context(lm=scripted(script)):
        inputs = dict.fromkeys(program.module.signature.input_fields, FIRST)
        assert [outcome(program(**inputs))[0] for _ in range(2)] == ["miss", "exact"]
        reworded = {**inputs, list(inputs)[-1]: "Find x: 2x + 3 = 13"}
        assert outcome(program(**reworded)) == ("miss", 1)


def test_described_fields_are_residue(cache: Any) -> None:
    signature = dspy.Signature(COT).with_updated_fields("answer", desc="rounded to tens")
    program = wrapped(cache, dspy.ChainOfThought(signature))
    with dspy.context(lm=scripted(Script(algebra))):
        program(question=FIRST)
        assert outcome(program(question="Solve 2x + 3 = 15 for x.")) == ("miss", 1)


def test_demos_that_the_task_accepts_are_known_and_others_are_residue(make_cache: Any) -> None:
    good = dspy.Example(question="Solve 4x + 1 = 9 for x.", reasoning="4x = 8, so x = 2.", answer="x = 2")
    rounded = dspy.Example(question="Solve 3x + 1 = 9 for x.", reasoning="3x = 8.", answer="about 3")
    other = dspy.Example(question="What is the capital of Peru?", reasoning="Lima.", answer="Lima")
    for demos, expected in (([good], "rewrite"), ([rounded], "miss"), ([good, other], "miss")):
        program = wrapped(make_cache())
        program.module.predict.demos = demos
        with dspy.context(lm=scripted(Script(algebra))):
            program(question=FIRST)
            assert outcome(program(question="Solve 2x + 3 = 15 for x."))[0] == expected


def test_typed_results_are_checked_against_the_new_question(cache: Any) -> None:
    script = Script(lambda inputs, wanted: {"answer": float(root(inputs["question"]))})
    program = wrapped(cache, dspy.Predict("question -> answer: float"))
    with dspy.context(lm=scripted(script)):
        assert program(question=FIRST).answer == 5.0
        changed = program(question="Solve 2x + 3 = 16 for x.")
        assert changed.answer == 6.5
        assert isinstance(changed.answer, float)
        assert changed._stepcache.verified
        # A third has no float that is exactly right: the model alone answers.
        third = program(question="Solve 3x + 3 = 4 for x.")
        assert outcome(third) == ("miss", 1)


def test_the_receipt_is_no_output(cache: Any) -> None:
    with dspy.context(lm=scripted(Script(algebra)), trace=[]):
        prediction = wrapped(cache)(question=FIRST)
        trace = dspy.settings.trace
    assert isinstance(prediction._stepcache, Receipt)
    assert set(prediction.keys()) == {"reasoning", "answer"}
    assert "_stepcache" not in dict(prediction.items())
    assert len(trace) == 1
    assert trace[0][2] is prediction
    assert "_stepcache" not in dspy.Example(**trace[0][1], **prediction).toDict()
