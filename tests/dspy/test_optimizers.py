"""Optimizers, evaluation and sampling give on the wrapped program what they give on the plain one."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import dspy
import pytest

from stepcache_lc.dspy import StepCacheModule
from tests.dspy.models import Script, algebra, scripted
from tests.support.algebra import root

# Nothing checks answers to the first kind of question. What the LM says of the second is right: in an equation, the
# cache would not leave a wrong answer standing.
QUESTIONS = [
    *(f"How many legs do {n} spiders have?" for n in range(2, 8)),
    *(f"Solve {n}x + 3 = {3 + n * 4} for x." for n in range(2, 5)),
]


def truth(question: str) -> str:
    return str(root(question) if "=" in question else 8 * int(question.split()[4]))


TRAINSET = [dspy.Example(question=question, answer=truth(question)).with_inputs("question") for question in QUESTIONS]
Make = Callable[[Any], Any]


def metric(example: Any, prediction: Any, trace: Any = None, *rest: Any) -> float:
    return float(prediction.answer.split()[-1] == truth(example.question))


def unsure(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
    """Right of equations, and of even numbers of spiders."""
    question = inputs["question"]
    if "=" in question:
        return algebra(inputs, wanted)
    number = int(question.split()[4])
    fields = {"reasoning": f"Spiders, {number} of them.", "answer": str(8 * number - number % 2)}
    return {name: fields[name] for name in wanted}


def both(cache: Any, program: Callable[[], Any], run: Callable[[Any], Any], answerer: Any = unsure) -> tuple[Any, Any]:
    """What a run gives on the plain program, with the cache out of the way, and on the wrapped one."""
    found = []
    for make in (program, lambda: StepCacheModule(program(), cache=cache)):
        random.seed(0)
        dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)
        with dspy.context(lm=scripted(Script(answerer), temperature=0.5)):
            found.append(run(make()))
    assert cache.stats().errors == 0
    assert cache.stats().requests > 0
    return found[0], found[1]


def cot() -> Any:
    return dspy.ChainOfThought("question -> answer")


def demos(program: Any) -> list[list[dict[str, Any]]]:
    return [[dict(demo) for demo in predictor.demos] for predictor in program.predictors()]


def answers(program: Any) -> list[str]:
    return [program(question=question).answer for question in QUESTIONS]


def test_bootstrap_few_shot(cache: Any) -> None:
    def run(program: Any) -> Any:
        compiled = dspy.BootstrapFewShot(metric=metric, max_bootstrapped_demos=2, max_rounds=2).compile(
            program, trainset=TRAINSET
        )
        assert compiled._compiled
        return demos(compiled), answers(compiled)

    plain, ours = both(cache, cot, run)
    assert plain == ours
    assert all("_stepcache" not in demo for demo in ours[0][0])


def test_compiled_programs_are_cached_by_similarity_again(cache: Any) -> None:
    def run(program: Any) -> Any:
        compiled = dspy.LabeledFewShot(k=2).compile(program, trainset=TRAINSET)
        compiled._compiled = True
        return [
            compiled(question=q)._stepcache.outcome for q in ("Solve 2x + 3 = 13 for x.", "Solve 2x + 3 = 15 for x.")
        ]

    with dspy.context(lm=scripted(Script(algebra))):
        assert run(StepCacheModule(cot(), cache=cache)) == ["miss", "rewrite"]


@pytest.mark.filterwarnings("ignore")  # of optuna and its database layer
def test_miprov2(cache: Any) -> None:
    def propose(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
        if "question" in inputs and "answer" in wanted:
            return unsure(inputs, wanted)
        return {name: f"Work out {name} with care." for name in wanted}

    def run(program: Any) -> Any:
        optimizer = dspy.MIPROv2(
            metric=metric, auto=None, num_candidates=2, max_bootstrapped_demos=1, seed=1, num_threads=1
        )
        compiled = optimizer.compile(
            program,
            trainset=TRAINSET[:4],
            valset=TRAINSET[4:],
            num_trials=2,
            minibatch=False,
            program_aware_proposer=False,
            data_aware_proposer=False,
            fewshot_aware_proposer=False,
            tip_aware_proposer=False,
        )
        (predictor,) = compiled.predictors()
        return demos(compiled), predictor.signature.instructions, answers(compiled)

    plain, ours = both(cache, cot, run, propose)
    assert plain == ours


@pytest.mark.filterwarnings("ignore")  # of the gepa package
def test_gepa(cache: Any) -> None:
    def reflect(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
        return unsure(inputs, wanted) if wanted else {}

    def run(program: Any) -> Any:
        from dspy.utils.dummies import DummyLM

        reflection = DummyLM([{"new_instruction": "```\nWork it out with care.\n```"}] * 50)
        optimizer = dspy.GEPA(
            metric=lambda gold, pred, trace=None, name=None, names=None: metric(gold, pred),
            max_metric_calls=20,
            reflection_lm=reflection,
            num_threads=2,
            track_stats=True,
            seed=3,
        )
        compiled = optimizer.compile(program, trainset=TRAINSET[:4], valset=TRAINSET[4:])
        return compiled.detailed_results.val_aggregate_scores, answers(compiled)

    plain, ours = both(cache, cot, run, reflect)
    assert plain == ours


def sampled() -> Callable[[dict[str, str], list[str]], dict[str, Any]]:
    """Another wrong answer at each call, the third one right."""
    count = iter(range(100))

    def answer(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
        if "advice" in wanted or "discussion" in wanted:
            return {"discussion": "It is wrong.", "advice": {"predict": "Do better.", "module.predict": "Do better."}}
        at = next(count)
        return {name: f"attempt {at}" if name == "reasoning" else f"x = {at + 3}" for name in wanted}

    return answer


@pytest.mark.parametrize("kind", ["BestOfN", "Refine"])
def test_sampling_draws_as_many_distinct_samples(cache: Any, kind: str) -> None:
    results = []
    for make in (cot, lambda: StepCacheModule(cot(), cache=cache)):
        script = Script(sampled())
        seen: list[str] = []

        def reward(inputs: Any, prediction: Any, seen: list[str] = seen) -> float:
            seen.append(prediction.answer)
            return float(prediction.answer == "x = 5")

        with dspy.context(lm=scripted(script), trace=[]):
            best = getattr(dspy, kind)(module=make(), N=4, reward_fn=reward, threshold=1.0)
            prediction = best(question="Solve 2x + 3 = 13 for x.")
        results.append((prediction.answer, seen))
    assert results[0] == results[1]
    assert len(set(results[1][1])) == len(results[1][1]) == 3
    assert cache.stats().errors == 0


def test_a_sampling_program_inside_the_wrapper(cache: Any) -> None:
    for kind in (dspy.BestOfN, dspy.Refine):
        script = Script(sampled())
        program = kind(module=cot(), N=4, reward_fn=lambda inputs, p: float(p.answer == "x = 5"), threshold=1.0)
        with dspy.context(lm=scripted(script), trace=[]):
            assert StepCacheModule(program, cache=cache)(question="Solve 2x + 3 = 13 for x.").answer == "x = 5"
        answering = [wanted for _, wanted in script.seen if "answer" in wanted]
        assert len(answering) == 3


def test_react(cache: Any) -> None:
    def weather(city: str) -> str:
        """The weather in a city."""
        return f"sunny in {city}"

    def act(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
        if "next_tool_name" in wanted:
            done = any("sunny" in text for text in inputs.values())
            tool, arguments = ("finish", {}) if done else ("weather", {"city": "Rome"})
            return {"next_thought": "Look it up.", "next_tool_name": tool, "next_tool_args": arguments}
        return {"reasoning": "The tool said so.", "answer": "sunny"}

    def run(program: Any) -> Any:
        predictions = [program(question="How is the weather in Rome?") for _ in range(2)]
        return [(prediction.answer, prediction.trajectory) for prediction in predictions]

    plain, ours = both(cache, lambda: dspy.ReAct("question -> answer", tools=[weather]), run, act)
    assert plain == ours
    # The second run asks nothing: each turn is the very same call.
    assert cache.stats().model_calls == 3


@pytest.mark.parametrize("threads", [1, 4])
def test_evaluation(cache: Any, threads: int) -> None:
    def run(program: Any) -> Any:
        evaluate = dspy.Evaluate(devset=TRAINSET * 2, metric=metric, num_threads=threads, display_progress=False)
        result = evaluate(program)
        return result.score, [(example.question, score) for example, _, score in result.results]

    plain, ours = both(cache, cot, run)
    assert plain == ours
