"""What must be equal before two calls are compared, and which calls the cache leaves alone."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Literal

import dspy
import pydantic
import pytest
from dspy.utils.callback import BaseCallback

from stepcache_lc import Policy
from stepcache_lc.dspy import StepCacheModule
from tests.dspy.models import HAS_ENGINES, Script, algebra, scripted

FIRST = "Solve 2x + 3 = 13 for x."


def outcomes(
    cache: Any, *runs: Callable[[StepCacheModule], Any], program: Callable[[], Any] | None = None
) -> list[str]:
    """Outcomes of runs, each on a wrapper of its own around a program of its own."""
    make = program or (lambda: dspy.ChainOfThought("question -> answer"))
    return [run(StepCacheModule(make(), cache=cache))._stepcache.outcome for run in runs]


def ask(lm: Any, question: str = FIRST, before: Callable[[Any], None] = lambda module: None, **settings: Any) -> Any:
    def run(wrapped: StepCacheModule) -> Any:
        before(wrapped.module)
        with dspy.context(lm=lm, **settings):
            return wrapped(question=question)

    return run


def test_the_same_call_of_another_wrapper_is_the_same(cache: Any) -> None:
    lm = scripted(Script(algebra))
    assert outcomes(cache, ask(lm), ask(lm)) == ["miss", "exact"]


def describe(module: Any, **changes: Any) -> None:
    module.predict.signature = module.predict.signature.with_updated_fields("answer", **changes)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda lm, question: ask(scripted(Script(algebra), "scripted/two"), question), id="other model"),
        pytest.param(lambda lm, question: ask(lm.copy(temperature=0.5), question), id="temperature of the LM"),
        pytest.param(lambda lm, question: ask(lm.copy(rollout_id=7, temperature=0.5), question), id="rollout"),
        pytest.param(lambda lm, question: ask(lm.copy(max_tokens=77), question), id="token limit"),
        pytest.param(lambda lm, question: ask(lm, question, adapter=dspy.JSONAdapter()), id="adapter"),
        pytest.param(
            lambda lm, question: ask(lm, question, adapter=dspy.ChatAdapter(use_json_adapter_fallback=False)),
            id="adapter setting",
        ),
        pytest.param(
            lambda lm, question: ask(lm, question, before=lambda m: setattr(m.predict, "config", {"temperature": 0.9})),
            id="call config",
        ),
        pytest.param(
            lambda lm, question: ask(
                lm,
                question,
                before=lambda m: setattr(m.predict, "signature", m.predict.signature.with_instructions("Be brief.")),
            ),
            id="instructions",
        ),
        pytest.param(
            lambda lm, question: ask(
                lm,
                question,
                before=lambda m: setattr(
                    m.predict,
                    "demos",
                    [dspy.Example(question="Solve x + 1 = 2 for x.", reasoning="x = 1", answer="x = 1")],
                ),
            ),
            id="demos",
        ),
        pytest.param(
            lambda lm, question: ask(lm, question, before=lambda m: describe(m, desc="a number")), id="description"
        ),
        pytest.param(lambda lm, question: ask(lm, question, before=lambda m: describe(m, type_=Any)), id="type"),
        pytest.param(
            lambda lm, question: ask(lm, question, before=lambda m: describe(m, constraints="maximum length: 9")),
            id="constraint",
        ),
    ],
)
@pytest.mark.parametrize("question", [FIRST, "What is the capital of France?"])
def test_each_part_of_a_call_forces_a_miss(cache: Any, change: Callable[..., Any], question: str) -> None:
    lm = scripted(Script(algebra), cache=False)
    assert outcomes(cache, ask(lm, question)) == ["miss"]
    program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache)
    receipt = change(lm, question)(program)._stepcache
    assert (receipt.outcome, receipt.model_calls) == ("miss", 1)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Person(pydantic.BaseModel):
    name: str


class Named(pydantic.BaseModel):
    name: str = pydantic.Field(description="in capitals")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Literal["red", "blue"], Literal["red", "green"]),
        (Literal["red", "blue"], Literal["blue", "red"]),
        (list[str], list[Colour]),
        (Person, Named),
        (int, bool),
        (str | None, str),
    ],
    ids=str,
)
def test_no_part_of_an_annotation_is_lost(cache: Any, one: Any, other: Any) -> None:
    answers = {"name": "Ann"}

    def answer(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
        return dict.fromkeys(wanted, value_for(kind))

    def value_for(kind: Any) -> Any:
        if kind in (Person, Named):
            return answers
        if kind in (list[str], list[Colour]):
            return ["red"]
        return {int: 1, bool: True}.get(kind, "red")

    lm = scripted(Script(answer))
    seen = []
    for kind in (one, other, one):
        signature = dspy.Signature({"text": (str, dspy.InputField()), "value": (kind, dspy.OutputField())})
        with dspy.context(lm=lm):
            seen.append(StepCacheModule(dspy.Predict(signature), cache=cache)(text="some text")._stepcache.outcome)
    assert seen == ["miss", "miss", "exact"]


def test_constraints_of_a_field_are_in_the_scope(cache: Any) -> None:
    lm = scripted(Script(lambda inputs, wanted: {"value": 3}))
    seen = []
    for most in (5, 9, 5):
        signature = dspy.Signature({"text": (str, dspy.InputField()), "value": (int, dspy.OutputField(le=most))})
        with dspy.context(lm=lm):
            seen.append(StepCacheModule(dspy.Predict(signature), cache=cache)(text="some text")._stepcache.outcome)
    assert seen == ["miss", "miss", "exact"]


def identity(**settings: Any) -> str:
    from stepcache_lc.dspy.scope import _model_identity

    return str(_model_identity(dspy.LM("openai/some-model", **settings)))


@pytest.mark.parametrize(
    "settings",
    [
        lambda secret: {"api_key": secret},
        lambda secret: {"headers": {"X-Api-Key": secret}},
        lambda secret: {"extra_headers": {"Authorization": f"Bearer {secret}"}},
        lambda secret: {"extra_headers": {"X-Forwarded": f"Bearer {secret}"}},
        lambda secret: {"headers": {"Cookie": secret}},
        lambda secret: {"extra_body": {"nested": [{"api_key": secret}]}},
        lambda secret: {"aws_access_key_id": secret, "aws_secret_access_key": secret, "aws_session_token": secret},
        lambda secret: {"azure_ad_token": secret},
        lambda secret: {"vertex_credentials": secret},
        lambda secret: {"api_base": f"https://user:{secret}@host/v1"},
        lambda secret: {"api_base": f"https://host/v1?version=2&api-key={secret}"},
    ],
)
def test_secrets_are_no_part_of_the_scope(settings: Callable[[str], dict[str, Any]]) -> None:
    assert identity(**settings("one-secret")) == identity(**settings("other-secret"))
    assert "one-secret" not in identity(**settings("one-secret"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"api_base": "http://a"}, {"api_base": "http://b"}),
        ({"api_base": "http://a/v1?version=1"}, {"api_base": "http://a/v1?version=2"}),
        ({"max_tokens": 5}, {"max_tokens": 6}),
        ({"headers": {"X-Route": "a"}}, {"headers": {"X-Route": "b"}}),
        ({"extra_body": {"eos_token": "a"}}, {"extra_body": {"eos_token": "b"}}),
    ],
)
def test_what_may_change_an_answer_is_part_of_the_scope(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert identity(**one) != identity(**other)


def test_an_address_in_the_environment_is_part_of_the_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    before = identity()
    monkeypatch.setenv("OPENAI_API_BASE", "http://elsewhere")
    assert identity() != before


def test_no_secret_is_stored(cache: Any, tmp_path: Any) -> None:
    from dspy.utils.dummies import DummyLM

    lm = DummyLM([{"answer": "Rome"}])
    lm.kwargs |= {"api_key": "sk-1234", "headers": {"X-Api-Key": "sk-1234"}}
    assert outcomes(cache, ask(lm), program=lambda: dspy.Predict("question -> answer")) == ["miss"]
    cache.dump(tmp_path / "dump.jsonl")
    assert "sk-1234" not in (tmp_path / "dump.jsonl").read_text()


def test_lms_of_ones_own_stand_for_themselves(cache: Any) -> None:
    """Two LMs of one class and one name may answer differently: what else they hold is unknown."""
    from dspy.utils.dummies import DummyLM

    one, two = (DummyLM([{"answer": text}] * 3) for text in ("one", "two"))
    program = StepCacheModule(dspy.Predict("question -> answer"), cache=cache)
    seen = []
    for lm in (one, two, one):
        with dspy.context(lm=lm):
            seen.append(program(question="Which?").answer)
    assert seen == ["one", "two", "one"]
    assert (len(one.history), len(two.history)) == (1, 1)


@pytest.mark.skipif(not HAS_ENGINES, reason="DSPy has no engines yet")
def test_engines_that_write_their_state_down_are_told_apart_by_it(cache: Any) -> None:
    from tests.dspy.models import Engine

    class Dumped(Engine):
        def __init__(self, script: Script, place: str) -> None:
            super().__init__(script)
            self.place = place

        def dump_state(self) -> dict[str, Any]:
            return {"place": self.place, "api_key": str(id(self))}

    def run(place: str) -> Any:
        return ask(dspy.LM("scripted/one", engine=Dumped(Script(algebra), place)))

    assert outcomes(cache, run("a"), run("a"), run("b")) == ["miss", "exact", "miss"]


def test_text_for_one_predictor_is_never_reused_for_another(cache: Any) -> None:
    class Two(dspy.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one = dspy.Predict("question -> answer")
            self.two = dspy.Predict("question -> answer")

        def forward(self, question: str) -> Any:
            return dspy.Prediction(one=self.one(question=question).answer, two=self.two(question=question).answer)

    script = Script(lambda inputs, wanted: {"answer": f"answer {script.calls}"})
    program = StepCacheModule(Two(), cache=cache)
    with dspy.context(lm=scripted(script, cache=False)):
        first = program(question="Which?")
        assert first.one != first.two
        again = program(question="Which?")
    assert (again.one, again.two) == (first.one, first.two)
    assert script.calls == 2


def test_predictors_made_on_the_way_are_answered_only_if_identical(cache: Any) -> None:
    class Making(dspy.Module):
        def forward(self, question: str) -> Any:
            return dspy.ChainOfThought("question -> answer")(question=question)

    program = StepCacheModule(Making(), cache=cache)
    with dspy.context(lm=scripted(Script(algebra))):
        questions = (FIRST, FIRST, "Find x: 2x + 3 = 13")
        assert [program(question=q)._stepcache.outcome for q in questions] == ["miss", "exact", "miss"]


def test_namespaces_are_apart(cache: Any) -> None:
    lm = scripted(Script(algebra))
    program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache)
    with dspy.context(lm=lm):
        assert program(question=FIRST)._stepcache.outcome == "miss"
        with cache.using(namespace="other"):
            assert program(question=FIRST)._stepcache.outcome == "miss"
        assert program(question=FIRST)._stepcache.outcome == "exact"


# --------------------------------------------------------------------------------------------------------- bypass


def bypassed(program: Any, cache: Any, lm: Any, inputs: dict[str, Any], **settings: Any) -> list[str]:
    wrapped = StepCacheModule(program, cache=cache)
    with dspy.context(lm=lm, **settings):
        return [wrapped(**inputs)._stepcache.outcome for _ in range(2)]


@pytest.mark.parametrize("config", [{"n": 2, "temperature": 0.9}, {"cache": False}], ids=str)
def test_calls_that_the_cache_leaves_alone(cache: Any, config: dict[str, Any]) -> None:
    from dspy.utils.dummies import DummyLM

    lm = DummyLM([{"answer": str(number)} for number in range(20)])
    program = dspy.Predict("question -> answer", **config)
    assert bypassed(program, cache, lm, {"question": "Which?"}) == ["bypass", "bypass"]
    assert cache.stats().errors == 0


def test_log_probabilities_are_left_alone() -> None:
    from stepcache_lc.dspy.scope import Asked, why_bypass

    signature = dspy.Signature("question -> answer")
    lm = scripted(Script(algebra))
    for asking, config in ((lm, {"logprobs": True}), (lm.copy(logprobs=True), {})):
        asked = Asked(asking, config, signature, [], {"question": "q"}, "self")
        assert "probabilities" in why_bypass(asked, dspy.ChatAdapter(), Policy())


def test_an_lm_without_a_cache_of_its_own_is_still_cached(cache: Any) -> None:
    lm = scripted(Script(algebra), cache=False)
    assert bypassed(dspy.Predict("question -> answer"), cache, lm, {"question": FIRST}) == ["miss", "exact"]


def test_types_that_dspy_handles_itself_are_left_alone(cache: Any) -> None:
    from dspy.utils.dummies import DummyLM

    image = dspy.Image("https://example.org/one.png")
    lm = DummyLM([{"answer": "a cat"}] * 9)
    signature = dspy.Signature({"picture": (dspy.Image, dspy.InputField()), "answer": (str, dspy.OutputField())})
    assert bypassed(dspy.Predict(signature), cache, lm, {"picture": image}) == ["bypass", "bypass"]
    from stepcache_lc.dspy.scope import Asked, why_bypass

    nested = dspy.Signature({"pictures": (list[dspy.Image], dspy.InputField()), "answer": (str, dspy.OutputField())})
    asked = Asked(lm, {}, nested, [], {"pictures": [image]}, "self")
    assert "pictures" in why_bypass(asked, dspy.ChatAdapter(), Policy())


def test_native_tools_are_left_alone(cache: Any) -> None:
    from stepcache_lc.dspy.scope import Asked, why_bypass

    lm = scripted(Script(algebra))
    signature = dspy.Signature("question -> answer")
    tools = [{"type": "function", "function": {"name": "f"}}]
    asked = Asked(lm, {"tools": tools}, signature, [], {"question": "q"}, "self")
    assert "tools" in why_bypass(asked, dspy.JSONAdapter(), Policy())
    calling = dspy.Signature(
        {
            "question": (str, dspy.InputField()),
            "tools": (list[dspy.Tool], dspy.InputField()),
            "calls": (dspy.ToolCalls, dspy.OutputField()),
        }
    )
    assert "tools" in why_bypass(Asked(lm, {}, calling, [], {}, "self"), dspy.JSONAdapter(), Policy())


def test_adapters_with_calls_of_their_own_are_left_alone(cache: Any) -> None:
    class Hinting(dspy.ChatAdapter):
        hint = "one"

        def __call__(self, lm: Any, lm_kwargs: Any, signature: Any, demos: Any, inputs: Any) -> Any:
            return super().__call__(
                lm, lm_kwargs, signature, demos, {**inputs, "question": inputs["question"] + self.hint}
            )

    lm = scripted(Script(algebra))
    program = dspy.Predict("question -> answer")
    assert bypassed(program, cache, lm, {"question": "Which?"}, adapter=Hinting()) == ["bypass", "bypass"]


def test_adapters_with_prompts_of_their_own_are_answered_only_if_identical(cache: Any) -> None:
    class Dated(dspy.ChatAdapter):
        day = "Monday"

        def format_task_description(self, signature: Any) -> str:
            return f"{super().format_task_description(signature)}\nToday is {self.day}."

    lm = scripted(Script(algebra))
    program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache)
    with dspy.context(lm=lm, adapter=Dated()):
        assert program(question=FIRST)._stepcache.outcome == "miss"
        assert program(question=FIRST)._stepcache.outcome == "exact"
        assert program(question="Find x: 2x + 3 = 13")._stepcache.outcome == "miss"
        Dated.day = "Tuesday"
        assert program(question=FIRST)._stepcache.outcome == "miss"


@pytest.mark.skipif(not HAS_ENGINES, reason="DSPy has no decisions yet")
def test_decisions_are_left_alone(cache: Any) -> None:
    from dspy.adapters.types.decision import Noul

    from stepcache_lc.dspy.scope import Asked, why_bypass

    decision = dspy.Signature(
        {"question": (str, dspy.InputField()), "fair": (Noul, dspy.OutputField(desc="Is it fair?"))}
    )
    asked = Asked(scripted(Script(algebra)), {}, decision, [], {}, "self")
    assert "fair" in why_bypass(asked, dspy.ChatAdapter(), Policy())
    lm = scripted(Script(lambda inputs, wanted: {"fair": {"noul": 0.9}}))
    assert bypassed(dspy.Predict(decision), cache, lm, {"question": "Is it?"}) == ["bypass", "bypass"]


def test_sampling_is_left_alone_if_the_policy_says_so(make_cache: Any) -> None:
    lm = scripted(Script(algebra), temperature=0.7)
    program = dspy.Predict("question -> answer")
    assert bypassed(program, make_cache(policy=Policy(sampling="bypass")), lm, {"question": "q"}) == ["bypass"] * 2
    assert bypassed(program, make_cache(), lm, {"question": "q"}) == ["miss", "exact"]


def test_answers_are_forgotten_by_the_name_of_their_lm(cache: Any) -> None:
    program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache)
    with dspy.context(lm=scripted(Script(algebra), "scripted/one", cache=False)):
        assert program(question=FIRST)._stepcache.outcome == "miss"
        assert cache.forget(model="scripted/two") == 0
        assert cache.forget(model="scripted/one") == 1
        assert program(question=FIRST)._stepcache.outcome == "miss"


def test_a_key_of_the_policys_own(make_cache: Any) -> None:
    """It gets the messages as LangChain has them; whoever wrote it vouches for what it drops."""
    from langchain_core.messages import BaseMessage

    seen: list[Any] = []

    def undated(messages: Any) -> Any:
        seen.extend(messages)
        return [m.model_copy(update={"content": str(m.content).replace("today", "")}) for m in messages]

    cache = make_cache(policy=Policy(key=undated))
    lm = scripted(Script(algebra))
    questions = ("Who won?", "Who won today?", "Who lost today?")
    assert outcomes(cache, *(ask(lm, question) for question in questions)) == ["miss", "miss", "miss"]
    assert all(isinstance(message, BaseMessage) for message in seen)
    questions = ("Who won today?", "Who won ?", "Who lost ?")
    assert outcomes(cache, *(ask(lm, question) for question in questions)) == ["exact", "exact", "exact"]


def test_served_answers_are_checked_in_the_background(make_cache: Any) -> None:
    script = Script(algebra)
    lm = scripted(script)
    cache = make_cache(policy=Policy(shadow_share=1.0))
    program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache)
    heard: list[Any] = []

    class Heard(BaseCallback):
        def on_lm_start(self, call_id: str, instance: Any, inputs: Any) -> None:
            heard.append(instance)

    with dspy.context(lm=lm, trace=[], callbacks=[Heard()]):
        for question in (FIRST, FIRST, "Solve 2x + 3 = 15 for x.", "What is the capital of France?"):
            program(question=question)
        assert len(dspy.settings.trace) == 4
        cache._engine._shadow.close()  # waits for the checks under way, which are to hear the first answers
        script.answerer = lambda inputs, wanted: dict.fromkeys(wanted, "something else")
        program(question="What is the capital of France?")
        cache.close()
    counts = {(item.task, item.outcome): (item.agreed, item.disagreed) for item in cache.stats().shadow}
    assert counts["equation", "rewrite"] == counts["equation", "exact"] == (1, 0)
    assert counts["unread", "exact"] == (0, 1)
    assert len(heard) == 2
    assert cache.stats().errors == 0


def test_modes(cache: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(algebra)
    program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache)
    with dspy.context(lm=scripted(script)):
        program(question=FIRST)
        with cache.disabled():
            assert program(question=FIRST)._stepcache.outcome == "bypass"
        with cache.using(mode="exact"):
            assert program(question="Find x: 2x + 3 = 13")._stepcache.outcome == "miss"
        with cache.using(mode="refresh"):
            assert program(question=FIRST)._stepcache.model_calls == 1
        with cache.using(mode="shadow"):
            receipt = program(question="Solve 2x + 3 = 15 for x.")._stepcache
            assert "would have served rewrite" in receipt.why
        monkeypatch.setenv("STEPCACHE_MODE", "off")
        assert program(question=FIRST)._stepcache.outcome == "bypass"
        monkeypatch.setenv("STEPCACHE_MODE", "serve")
        with cache.disabled():
            assert program(question=FIRST)._stepcache.outcome == "bypass"
