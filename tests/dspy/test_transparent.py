"""The wrapper is transparent: everything that DSPy does to a program works on the wrapped one."""

from __future__ import annotations

import asyncio
import copy
import pickle  # noqa: TID251 - what users do with programs
import time
from pathlib import Path
from typing import Any

import cloudpickle
import dspy
import pytest
from dspy.utils.callback import BaseCallback

from stepcache_lc import MemoryStore, StepCache
from stepcache_lc.dspy import StepCacheModule
from tests.dspy.models import Script, algebra, scripted

FIRST = "Solve 2x + 3 = 13 for x."
CAPITAL = "What is the capital of France?"


class Pipeline(dspy.Module):
    """Two predictors, one in a list, one in a compiled part."""

    def __init__(self) -> None:
        super().__init__()
        self.think = dspy.ChainOfThought("question -> answer")
        self.parts = [dspy.Predict("question, answer -> comment")]

    def forward(self, question: str) -> Any:
        thought = self.think(question=question)
        comment = self.parts[0](question=question, answer=thought.answer)
        return dspy.Prediction(answer=thought.answer, comment=comment.comment)

    async def aforward(self, question: str) -> Any:
        thought = await self.think.acall(question=question)
        comment = await self.parts[0].acall(question=question, answer=thought.answer)
        return dspy.Prediction(answer=thought.answer, comment=comment.comment)


def wrapped(cache: Any, program: Any = None) -> StepCacheModule:
    return StepCacheModule(program or dspy.ChainOfThought("question -> answer"), cache=cache)


@pytest.mark.parametrize(
    ("program", "names"),
    [
        (dspy.Predict("question -> answer"), ["module"]),
        (dspy.ChainOfThought("question -> answer"), ["module.predict"]),
        (Pipeline(), ["module.think.predict", "module.parts[0]"]),
    ],
    ids=["Predict", "ChainOfThought", "Pipeline"],
)
def test_parameters_are_the_programs_under_a_prefix(cache: Any, program: Any, names: list[str]) -> None:
    module = wrapped(cache, program)
    assert [name for name, _ in module.named_predictors()] == names
    assert [name for name, _ in module.named_parameters()] == names
    assert module.predictors() == program.predictors()
    module.map_named_predictors(lambda predictor: predictor)
    assert module.predictors() == program.predictors()


class Nested(dspy.Module):
    """Predictors in a part, in a list and in a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.part = Pipeline()
        self.table = {"key": dspy.Predict("question -> answer"), "part": Pipeline()}

    def forward(self, question: str) -> Any:
        return self.table["key"](question=question)


def test_parameters_of_a_nested_program(cache: Any) -> None:
    program = Nested()
    module = wrapped(cache, program)
    plain = [f"module.{name}" for name, _ in program.named_predictors()]
    assert [name for name, _ in module.named_predictors()] == plain
    assert "module.table['key']" in plain
    made: list[Any] = []
    module.map_named_predictors(lambda predictor: made.append(predictor.deepcopy()) or made[-1])
    assert module.predictors() == made
    program.part._compiled = True
    assert [f"module.{name}" for name, _ in program.named_predictors()] == [n for n, _ in module.named_predictors()]


def test_loading_a_state_gives_back_the_wrapper(cache: Any) -> None:
    module = wrapped(cache, dspy.Predict("question -> answer"))
    state = module.dump_state()
    assert module.load_state(state) is module
    assert wrapped(cache, Pipeline()).load_state(Pipeline().dump_state()) is None


def test_a_compiled_program_keeps_its_parameters(cache: Any) -> None:
    program = dspy.ChainOfThought("question -> answer")
    program._compiled = True
    module = wrapped(cache, program)
    assert [name for name, _ in module.named_predictors()] == ["module.predict"]
    lm = scripted(Script(algebra))
    module.set_lm(lm)
    assert module.get_lm() is lm is program.predict.lm


def test_state_is_that_of_the_plain_program(cache: Any, tmp_path: Path) -> None:
    for make in (Pipeline, lambda: dspy.Predict("question -> answer")):
        program = make()
        module = wrapped(cache, program)
        demo = {"question": "a", "answer": "b", "comment": "c"}
        module.predictors()[0].demos = [demo]
        assert module.dump_state() == program.dump_state()
        module.save(str(tmp_path / "wrapped.json"))
        plain = make()
        plain.load(str(tmp_path / "wrapped.json"))
        assert dict(plain.predictors()[0].demos[0]) == demo
        plain.save(str(tmp_path / "plain.json"))
        other = wrapped(cache, make())
        other.load(str(tmp_path / "plain.json"))
        assert dict(other.predictors()[0].demos[0]) == demo


def test_copies_share_the_cache_and_answer_identical_calls_only(cache: Any) -> None:
    module = wrapped(cache)
    with dspy.context(lm=scripted(Script(algebra))):
        module(question=FIRST)
        for made in (module.deepcopy(), module.reset_copy(), copy.deepcopy(module), copy.deepcopy([module])[0]):
            assert made.cache is cache
            assert made.module is not module.module
            assert made(question=FIRST)._stepcache.outcome == "exact"
            assert made(question="Find x: 2x + 3 = 13")._stepcache.outcome == "miss"
            made._compiled = True
            assert made(question="Solve 2x + 3 = 15 for x.")._stepcache.outcome == "rewrite"
            cache.clear()
            module(question=FIRST)
        assert module(question="What is x if 2x + 3 = 13?")._stepcache.outcome == "reuse"


def test_reuse_is_switched_on_again_by_hand(cache: Any) -> None:
    module = wrapped(cache)
    assert module.reuse
    optimized = module.deepcopy()  # what MIPROv2 and GEPA give back is a copy without any mark
    assert not optimized.reuse
    with dspy.context(lm=scripted(Script(algebra))):
        module(question=FIRST)
        assert optimized(question="Find x: 2x + 3 = 13")._stepcache.outcome == "miss"
        optimized.reuse = True
        assert optimized(question="What is x if 2x + 3 = 13?")._stepcache.outcome == "reuse"
        assert not optimized.deepcopy().reuse
        optimized.reuse = False
        assert optimized(question="Solve 2x + 3 = 15 for x.")._stepcache.outcome == "miss"


def test_a_copy_inside_a_program_wakes_up_when_that_is_compiled(cache: Any) -> None:
    class Outer(dspy.Module):
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, question: str) -> Any:
            return self.inner(question=question)

    outer = Outer(wrapped(cache)).deepcopy()
    with dspy.context(lm=scripted(Script(algebra))):
        outer(question=FIRST)
        assert outer(question="Find x: 2x + 3 = 13")._stepcache.outcome == "miss"
        outer._compiled = True
        outer(question="Solve 4x + 3 = 11 for x.")
        assert outer(question="What is x if 4x + 3 = 11?")._stepcache.outcome == "reuse"


class Ask(dspy.Signature):  # a class that pickle can name; its text is what DSPy writes by itself
    """Given the fields `question`, produce the fields `answer`."""

    question: str = dspy.InputField()
    answer: str = dspy.OutputField()


@pytest.mark.parametrize(
    ("dump", "program"),
    [(pickle.dumps, dspy.Predict(Ask)), (cloudpickle.dumps, dspy.ChainOfThought("question -> answer"))],
    ids=["pickle", "cloudpickle"],
)
def test_a_pickle_finds_its_cache_again(cache: Any, dump: Any, program: Any) -> None:
    module = wrapped(cache, program)
    with dspy.context(lm=scripted(Script(algebra))):
        module(question=FIRST)
        again = pickle.loads(dump(module))  # noqa: S301
        assert again.cache is cache
        assert again(question="Find x: 2x + 3 = 13")._stepcache.outcome == "reuse"


def test_a_pickle_reopens_a_store_by_its_path(make_cache: Any, tmp_path: Path, monkeypatch: Any) -> None:
    from stepcache_lc.dspy import handle

    first = make_cache(store=tmp_path / "store", namespace="tenant")
    module = wrapped(first)
    lm = scripted(Script(algebra))
    with dspy.context(lm=lm):
        module(question=FIRST)
        stored = cloudpickle.dumps(module)
        first.close()
        monkeypatch.setattr(handle, "_live", {})
        again = pickle.loads(stored)  # noqa: S301
        assert again.cache is not first
        assert again(question=FIRST)._stepcache.outcome == "exact"
        again.cache.close()


def test_a_pickled_memory_starts_empty_elsewhere(monkeypatch: Any) -> None:
    from stepcache_lc.dspy import handle

    with StepCache(store=MemoryStore()) as cache:
        module = wrapped(cache)
        with dspy.context(lm=scripted(Script(algebra))):
            module(question=FIRST)
            stored = cloudpickle.dumps(module)
            monkeypatch.setattr(handle, "_live", {})
            again = pickle.loads(stored)  # noqa: S301
            assert again(question=FIRST)._stepcache.outcome == "miss"
            again.cache.close()


def test_a_saved_program_loads(cache: Any, tmp_path: Path) -> None:
    module = wrapped(cache)
    module.predictors()[0].demos = [{"question": "a", "answer": "b"}]
    module.save(str(tmp_path / "program"), save_program=True)
    loaded = dspy.load(str(tmp_path / "program"), allow_pickle=True)
    assert isinstance(loaded, StepCacheModule)
    assert loaded.predictors()[0].demos == module.predictors()[0].demos


def test_programs_of_several_predictors(cache: Any) -> None:
    script = Script(lambda inputs, wanted: algebra(inputs, wanted) if "reasoning" in wanted else {"comment": "fine"})
    module = wrapped(cache, Pipeline())
    with dspy.context(lm=scripted(script)), cache.record() as receipts:
        first = module(question=FIRST)
        assert (first.answer, first.comment) == ("x = 5", "fine")
        assert [receipt.outcome for receipt in receipts] == ["miss", "miss"]
        assert (first._stepcache.model_calls, first._stepcache.verified) == (2, False)
        second = module(question="Find x: 2x + 3 = 13")
    assert [receipt.outcome for receipt in receipts[2:]] == ["reuse", "miss"]
    assert second._stepcache.outcome == "miss"
    assert second._stepcache.model_calls == 1


async def test_async(cache: Any) -> None:
    script = Script(lambda inputs, wanted: algebra(inputs, wanted) if "reasoning" in wanted else {"comment": "fine"})
    module = wrapped(cache, Pipeline())
    with dspy.context(lm=scripted(script)), cache.record() as receipts:
        first = await module.acall(question=FIRST)
        again = await module.acall(question=FIRST)
        assert again.toDict() == first.toDict()
        together = await asyncio.gather(*(module.acall(question=f"Solve {n}x + 3 = 13 for x.") for n in range(3, 9)))
    assert [receipt.outcome for receipt in receipts[:4]] == ["miss", "miss", "exact", "exact"]
    assert all(prediction._stepcache is not None for prediction in together)
    assert script.calls == 2 + 6


async def test_asyncify(cache: Any) -> None:
    module = wrapped(cache)
    with dspy.context(lm=scripted(Script(algebra))):
        run = dspy.asyncify(module)
        outcomes = [(await run(question=FIRST))._stepcache.outcome for _ in range(2)]
    assert outcomes == ["miss", "exact"]


def test_batch_and_parallel(cache: Any) -> None:
    module = wrapped(cache)
    questions = [f"Solve {n}x + 3 = 13 for x." for n in range(2, 8)]
    examples = [dspy.Example(question=question).with_inputs("question") for question in questions]
    with dspy.context(lm=scripted(Script(algebra))), cache.record() as receipts:
        module(question=FIRST)
        found = module.batch(examples, num_threads=3, disable_progress_bar=True)
        assert len(found) == len(examples)
        runs = dspy.Parallel(num_threads=3, disable_progress_bar=True)([(module, example) for example in examples])
    # Blocks around a program hold in DSPy's worker threads, too.
    assert len(receipts) == 1 + 2 * len(examples)
    assert [run.answer for run in runs] == [prediction.answer for prediction in found]
    assert {receipt.outcome for receipt in receipts[-len(examples) :]} == {"exact"}


def test_blocks_hold_in_worker_threads(cache: Any) -> None:
    module = wrapped(cache)
    examples = [dspy.Example(question=q).with_inputs("question") for q in ("Find x: 2x + 3 = 13", "x? 2x + 3 = 13")]
    with dspy.context(lm=scripted(Script(algebra))):
        module(question=FIRST)
        with cache.using(mode="exact"), cache.record() as receipts:
            module.batch(examples, num_threads=2, disable_progress_bar=True)
        assert [receipt.outcome for receipt in receipts] == ["miss", "miss"]
        with cache.using(namespace="other"):
            found = module.batch(examples[:1] * 2, num_threads=2, disable_progress_bar=True)
        assert {prediction._stepcache.outcome for prediction in found} <= {"miss", "exact"}
    assert cache.stats().errors == 0


def test_configuring_dspy_inside_a_block_has_its_effect(cache: Any) -> None:
    from dspy.dsp.utils.settings import thread_local_overrides

    before = dict(thread_local_overrides.get())
    with cache.using(mode="exact"):
        assert set(thread_local_overrides.get()) - set(before) == {"_stepcache_blocks"}
    assert dict(thread_local_overrides.get()) == before


def test_usage_is_tracked(cache: Any) -> None:
    module = wrapped(cache)
    with dspy.context(lm=scripted(Script(algebra), cache=False), track_usage=True):
        plain = dspy.ChainOfThought("question -> answer")(question=FIRST)
        first, again = module(question=FIRST), module(question=FIRST)
    assert first.get_lm_usage() == plain.get_lm_usage()
    assert again.get_lm_usage() == {}
    assert first._stepcache.tokens.input == 100


class Heard(BaseCallback):
    def __init__(self) -> None:
        self.calls: list[str] = []

    def on_module_start(self, call_id: str, instance: Any, inputs: Any) -> None:
        self.calls.append(type(instance).__name__)

    def on_adapter_format_start(self, call_id: str, instance: Any, inputs: Any) -> None:
        self.calls.append(f"format {type(instance).__name__}")

    def on_adapter_parse_start(self, call_id: str, instance: Any, inputs: Any) -> None:
        self.calls.append("parse")

    def on_lm_start(self, call_id: str, instance: Any, inputs: Any) -> None:
        self.calls.append("lm")


def test_callbacks_hear_what_they_hear_of_the_plain_program(cache: Any) -> None:
    heard = []
    for program in (dspy.ChainOfThought("question -> answer"), wrapped(cache)):
        callback = Heard()
        with dspy.context(lm=scripted(Script(algebra), cache=False), callbacks=[callback]):
            program(question=FIRST)
        heard.append(callback.calls)
    assert heard[1] == ["StepCacheModule", *heard[0]]


def test_history_and_trace_are_those_of_the_plain_program(cache: Any) -> None:
    lm = scripted(Script(algebra), cache=False)
    module = wrapped(cache)
    with dspy.context(lm=lm, trace=[]):
        module(question=FIRST)
        module(question=FIRST)
        assert len(lm.history) == len(module.history) == len(module.module.history) == 1
        predictors = [step[0] for step in dspy.settings.trace]
    assert predictors == [module.module.predict] * 2


def test_the_adapter_keeps_its_name_and_class(cache: Any) -> None:
    class Seen(dspy.Module):
        def forward(self, question: str) -> Any:
            return dspy.Prediction(adapter=dspy.settings.adapter)

    for adapter in (None, dspy.ChatAdapter(), dspy.JSONAdapter(), dspy.XMLAdapter()):
        with dspy.context(lm=scripted(Script(algebra)), adapter=adapter):
            seen = wrapped(cache, Seen())(question="q").adapter
        kind = dspy.ChatAdapter if adapter is None else type(adapter)
        assert isinstance(seen, kind)
        assert type(seen).__name__ == kind.__name__


def test_wrappers_in_wrappers(make_cache: Any) -> None:
    inner, outer = make_cache(), make_cache()
    module = StepCacheModule(wrapped(inner), cache=outer)
    with dspy.context(lm=scripted(Script(algebra))):
        assert [module(question=FIRST)._stepcache.outcome for _ in range(2)] == ["miss", "exact"]
    assert (inner.stats().requests, outer.stats().requests) == (2, 0)


def test_a_json_adapter_program(cache: Any) -> None:
    module = wrapped(cache)
    script = Script(algebra)
    with dspy.context(lm=scripted(script), adapter=dspy.JSONAdapter()):
        assert module(question=FIRST)._stepcache.outcome == "miss"
        assert module(question="Solve 2x + 3 = 15 for x.").answer == "x = 6"
    assert script.calls == 1


def test_errors_of_the_model_are_the_hosts_and_errors_of_ours_are_not(cache: Any, monkeypatch: Any) -> None:
    def broken(inputs: Any, wanted: Any) -> Any:
        raise ZeroDivisionError("the model is down")

    module = wrapped(cache)
    with dspy.context(lm=scripted(Script(broken), cache=False)), pytest.raises(Exception, match=r"down|ZeroDivision"):
        module(question=FIRST)
    assert cache.stats().errors == 0
    script = Script(algebra)
    monkeypatch.setattr("stepcache_lc.dspy.adapter.request_of", broken)
    with dspy.context(lm=scripted(script)):
        prediction = module(question=FIRST)
    assert prediction.answer == "x = 5"
    assert (prediction._stepcache.outcome, prediction._stepcache.model_calls) == ("bypass", 1)
    assert (cache.stats().errors, script.calls) == (1, 1)


def test_an_adapter_that_nothing_derives_from_is_used_as_it_is(cache: Any) -> None:
    class Sealed(dspy.ChatAdapter):
        def __init_subclass__(cls, **settings: Any) -> None:
            raise TypeError("sealed")

    script = Script(algebra)
    with dspy.context(lm=scripted(script), adapter=Sealed()):
        assert wrapped(cache)(question=FIRST).answer == "x = 5"
    assert (cache.stats().error_kinds, script.calls) == ({"adapter": 1}, 1)


@pytest.mark.parametrize("text", ["", "\x1e\x1f", "\ud800", "x" * 200_000, "9**9**9 = x", "\x00"], ids=repr)
def test_hostile_text(cache: Any, text: str) -> None:
    from dspy.utils.dummies import DummyLM

    lm = DummyLM([{"answer": text.replace("\ud800", "") or "x"}] * 4)
    module = wrapped(cache, dspy.Predict("question -> answer"))
    plain = dspy.Predict("question -> answer")
    question = text.replace("\ud800", "")
    with dspy.context(lm=lm):
        expected = plain(question=question).answer
        assert module(question=question).answer == expected
        assert module(question=question).answer == expected


def test_an_entry_that_cannot_be_read_is_no_answer(cache: Any) -> None:
    from dataclasses import replace

    module = wrapped(cache)
    script = Script(algebra)
    with dspy.context(lm=scripted(script, cache=False)):
        module(question=FIRST)
        engine = cache._engine
        for entry in list(engine.store.entries()):
            engine.front.put(replace(entry, text="torn"))
        assert module(question=FIRST).answer == "x = 5"
    assert script.calls == 2
    assert cache.stats().errors == 1


def test_identical_calls_at_the_same_time_ask_once(cache: Any) -> None:
    script = Script(lambda inputs, wanted: time.sleep(0.2) or algebra(inputs, wanted))
    module = wrapped(cache)
    example = dspy.Example(question=CAPITAL).with_inputs("question")
    with dspy.context(lm=scripted(script, cache=False)):
        found = module.batch([example] * 4, num_threads=4, disable_progress_bar=True)
    assert script.calls == 1
    assert sorted(prediction._stepcache.outcome for prediction in found) == ["exact", "exact", "exact", "miss"]
