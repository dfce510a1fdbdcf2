"""What LangChain demands of a cache: ids, usage, tool calls, structured output, refusals, several answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler, UsageMetadataCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from pydantic import BaseModel, create_model

from stepcache_lc import Policy
from tests.support.algebra import bad, good
from tests.support.models import ScriptedModel, StreamingModel

PROMPT = "Solve 2x + 3 = 13 for x."


def receipt(message: Any) -> dict[str, Any]:
    return message.response_metadata["stepcache"]


@pytest.mark.parametrize("front_door", ["wrap", "lookup", "chain"])
@pytest.mark.parametrize("answerer", [good, bad], ids=["right", "wrong"])
def test_each_token_is_reported_once(make_cache, global_cache, front_door: str, answerer: Any) -> None:
    model = ScriptedModel(answerer=answerer)
    cache = make_cache(model)
    chat: Any = {"wrap": lambda: cache.wrap(model), "chain": lambda: cache.chain(model), "lookup": lambda: model}[
        front_door
    ]()
    if front_door == "lookup":
        global_cache(cache)
    for prompt in (PROMPT, PROMPT, "Find x: 2x + 3 = 13", "Solve 2x + 3 = 15 for x.", "Tell me a joke."):
        handler = UsageMetadataCallbackHandler()
        if prompt == "Tell me a joke.":
            model.answerer = lambda messages: "Ha ha ha."
        message = (
            ChatPromptTemplate.from_messages([("human", "{text}")])
            .pipe(chat)
            .invoke({"text": prompt}, config={"callbacks": [handler]})
        )
        said = receipt(message)
        seen = handler.usage_metadata.get("scripted", {"input_tokens": 0, "output_tokens": 0})
        assert (seen["input_tokens"], seen["output_tokens"]) == (said["tokens"]["input"], said["tokens"]["output"])
        assert message.usage_metadata["input_tokens"] == said["tokens"]["input"]
        assert message.usage_metadata["output_tokens"] == said["tokens"]["output"]
        assert message.usage_metadata["total_tokens"] == sum(said["tokens"].values())


@pytest.mark.parametrize("front_door", ["wrap", "lookup"])
def test_patches_show_as_tagged_runs_and_leak_no_token(make_cache, global_cache, front_door: str) -> None:
    class Runs(BaseCallbackHandler):
        def __init__(self) -> None:
            self.chains: list[tuple[str, list[str]]] = []
            self.models = 0
            self.tokens: list[str] = []

        def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
            self.chains.append((kwargs.get("name"), kwargs.get("tags")))

        def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
            self.models += 1

        def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
            self.tokens.append(token)

    model = StreamingModel(answerer=bad)
    cache = make_cache(model)
    chat: Any = cache.wrap(model)
    if front_door == "lookup":
        chat = model
        global_cache(cache)
    runs = Runs()
    chain = ChatPromptTemplate.from_messages([("human", "{text}")]) | chat
    message = chain.invoke({"text": PROMPT}, config={"callbacks": [runs]})
    patches = [tags for name, tags in runs.chains if name == "stepcache_patch"]
    assert len(patches) == 2
    assert all({"nostream", "stepcache"} <= set(tags) for tags in patches)
    assert runs.models == 1
    assert "".join(runs.tokens) in ("", message.content)


def test_message_ids_usage_and_metadata_are_no_key_material(make_cache) -> None:
    model = ScriptedModel(answerer=lambda messages: "fine")
    chat = make_cache().wrap(model)
    history = [
        HumanMessage("hi", id="1"),
        AIMessage(
            "hello",
            id="2",
            response_metadata={"a": 1},
            usage_metadata={"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
        ),
        HumanMessage("how are you", id="3"),
    ]
    chat.invoke(history)
    again = chat.invoke([HumanMessage("hi"), AIMessage("hello"), HumanMessage("how are you", id="9")])
    assert receipt(again)["outcome"] == "exact"
    assert (
        receipt(chat.invoke([HumanMessage("hi"), AIMessage("hello!"), HumanMessage("how are you")]))["outcome"]
        == "miss"
    )
    assert (
        receipt(chat.invoke([HumanMessage("hi"), AIMessage("hello"), HumanMessage("how are you", name="bob")]))[
            "outcome"
        ]
        == "miss"
    )


def _turns(call_id: str) -> list[Any]:
    return [
        HumanMessage("weather in Paris?"),
        AIMessage("", tool_calls=[{"name": "weather", "args": {"city": "Paris"}, "id": call_id}]),
        ToolMessage("sunny", tool_call_id=call_id),
    ]


def test_tool_call_ids_are_renumbered_in_keys_and_fresh_in_answers(make_cache) -> None:
    asked = AIMessage("", tool_calls=[{"name": "weather", "args": {"city": "Rome"}, "id": "call_original"}])
    model = ScriptedModel(answerer=lambda messages: asked)
    chat = make_cache().wrap(model)
    chat.invoke(_turns("random1"))
    one, two = chat.invoke(_turns("random2")), chat.invoke(_turns("random3"))
    assert model.calls == 1
    assert receipt(one)["outcome"] == "exact"
    assert one.tool_calls[0]["args"] == {"city": "Rome"}
    assert len({one.tool_calls[0]["id"], two.tool_calls[0]["id"], "call_original"}) == 3


def test_turns_with_tool_results_can_be_bypassed(make_cache) -> None:
    model = ScriptedModel(answerer=lambda messages: "sunny")
    chat = make_cache(policy=Policy(tool_turns="bypass")).wrap(model)
    assert [receipt(chat.invoke(_turns("1")))["outcome"] for _ in range(2)] == ["bypass", "bypass"]


def test_sampling_requests_can_be_bypassed(make_cache, global_cache) -> None:
    model = ScriptedModel(answerer=lambda messages: "sunny")
    chat = make_cache(policy=Policy(sampling="bypass")).wrap(model)
    assert receipt(chat.invoke("hello", temperature=0.7))["outcome"] == "bypass"
    assert receipt(chat.invoke("hello", temperature=0.0))["outcome"] == "miss"
    global_cache(make_cache(policy=Policy(sampling="bypass")))
    for _ in range(2):
        assert "stepcache" not in model.invoke("hello", temperature=0.7).response_metadata


def test_the_callers_objects_stay_as_they_are(make_cache) -> None:
    answer = AIMessage("hello", response_metadata={"x": {"deep": [1]}})
    model = ScriptedModel(answerer=lambda messages: answer)
    chat = make_cache().wrap(model)
    first = chat.invoke("hi")
    first.response_metadata["x"]["deep"].append("changed by the caller")
    first.content = "changed"
    assert chat.invoke("hi").content == "hello"
    assert "stepcache" not in answer.response_metadata


@pytest.mark.parametrize("reason", ["length", "max_tokens", "content_filter", "MAX_TOKENS", "SAFETY", "refusal"])
def test_refused_and_cut_off_answers_are_never_stored(make_cache, reason: str) -> None:
    model = ScriptedModel(answerer=lambda messages: "I cannot", finish_reason=reason)
    chat = make_cache().wrap(model)
    assert [receipt(chat.invoke("hello"))["outcome"] for _ in range(2)] == ["miss", "miss"]
    assert receipt(chat.invoke("hello"))["stored"] is None


def test_a_refusal_is_handed_on_as_it_is(make_cache) -> None:
    model = ScriptedModel(answerer=lambda messages: AIMessage("", additional_kwargs={"refusal": "no"}))
    message = make_cache().wrap(model).invoke(PROMPT)
    assert (message.content, message.additional_kwargs["refusal"], model.calls) == ("", "no", 1)


def test_media_is_answered_only_if_identical(make_cache) -> None:
    def image(data: str) -> list[Any]:
        return [HumanMessage([{"type": "text", "text": PROMPT}, {"type": "image_url", "image_url": {"url": data}}])]

    model = ScriptedModel(answerer=good)
    chat = make_cache().wrap(model)
    model.answerer = lambda messages: "a cat"
    assert receipt(chat.invoke(image("data:a")))["task"] is None
    assert receipt(chat.invoke(image("data:b")))["outcome"] == "miss"
    assert receipt(chat.invoke(image("data:a")))["outcome"] == "exact"


def test_text_blocks_are_read_like_text(make_cache) -> None:
    model = ScriptedModel(answerer=good)
    chat = make_cache().wrap(model)
    chat.invoke(PROMPT)
    said = receipt(chat.invoke([HumanMessage([{"type": "text", "text": PROMPT}])]))
    assert said["outcome"] == "reuse"


def test_several_answers_are_stored_whole_and_served_only_for_repeats(make_cache, global_cache) -> None:
    class Many(ScriptedModel):
        n: int = 2

        def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
            self.seen.append(messages)
            return ChatResult(generations=[ChatGeneration(message=AIMessage(text)) for text in ("one", "two")])

    model = Many(answerer=good)
    chat = make_cache().wrap(model)
    for _ in range(2):
        result = chat.generate([[HumanMessage(PROMPT)]])
        assert [generation.text for generation in result.generations[0]] == ["one", "two"]
    assert model.calls == 1
    global_cache(make_cache(model))
    for _ in range(2):
        result = model.generate([[HumanMessage(PROMPT)]])
        assert [generation.text for generation in result.generations[0]] == ["one", "two"]
    assert model.calls == 2


class Person(BaseModel):
    """A person."""

    name: str
    age: int


def test_structured_output_by_tool_calls_is_the_plain_models(make_cache) -> None:
    call = AIMessage("", tool_calls=[{"name": "Person", "args": {"name": "Ann", "age": 30}, "id": "c1"}])
    model = ScriptedModel(answerer=lambda messages: call)
    chat = make_cache().wrap(model)
    plain = model.with_structured_output(Person).invoke("Describe a person.")
    for _ in range(2):
        assert chat.with_structured_output(Person).invoke("Describe a person.") == plain == Person(name="Ann", age=30)
    assert model.calls == 2
    raw = chat.with_structured_output(Person, include_raw=True).invoke("Describe a person.")
    assert receipt(raw["raw"])["outcome"] == "exact"
    assert raw["parsed"] == plain


def _form(**fields: Any) -> type[BaseModel]:
    """A class of one name, as it was before and after a field was added."""
    return create_model("Form", **{name: (kind, ...) for name, kind in fields.items()})


class _Address(BaseModel):
    street: str
    city: str


@pytest.mark.parametrize("nested", [False, True])
def test_a_field_more_in_a_structured_output_by_tool_call_is_patched(make_cache, nested: bool) -> None:
    before = {"name": str, "address": _Address} if nested else {"name": str, "age": int}
    values = {"name": "Ann", "age": 30, "address": {"street": "Elm Street 12", "city": "Oslo"}, "email": "ann@x.org"}
    text = "Ann, 30, lives at Elm Street 12 in Oslo and reads ann@x.org."

    def answer(messages: list[Any]) -> Any:
        if messages[-1].content != text:
            return json.dumps({"email": values["email"]})
        parameters = model.kwargs_seen[-1]["tools"][0]["function"]["parameters"]["properties"]
        args = {name: values[name] for name in parameters}
        return AIMessage("", tool_calls=[{"name": "Form", "args": args, "id": f"c{model.calls}"}])

    model = ScriptedModel(answerer=answer)
    chat = make_cache().wrap(model)
    first = chat.with_structured_output(_form(**before)).invoke(text)
    raw = chat.with_structured_output(_form(**before, email=str), include_raw=True).invoke(text)
    assert receipt(raw["raw"])["outcome"] == "patch"
    assert model.calls == 2
    assert raw["parsed"].model_dump() == {**first.model_dump(), "email": "ann@x.org"}
    (call,) = raw["raw"].tool_calls
    assert call["id"] not in {"c1", "c2"}
    # Other words about the same schema are another matter.
    other = chat.with_structured_output(_form(**before), include_raw=True).invoke(text.replace("Ann", "Eve"))
    assert receipt(other["raw"])["outcome"] in ("miss", "regenerate")


def test_bound_tools_reach_the_inner_model(make_cache) -> None:
    def weather(city: str) -> str:
        """Weather of a city."""
        return city

    model = ScriptedModel(answerer=lambda messages: "ok")
    make_cache().wrap(model).bind_tools([weather]).invoke("hello")
    assert model.kwargs_seen[0]["tools"][0]["function"]["name"] == "weather"
    assert "stepcache_structured" not in model.kwargs_seen[0]


def test_a_bound_model_can_be_wrapped(make_cache) -> None:
    model = ScriptedModel(answerer=lambda messages: "ok")
    chat = make_cache().wrap(model.bind(temperature=0.3))
    assert [receipt(chat.invoke("hello"))["outcome"] for _ in range(2)] == ["miss", "exact"]
    assert model.kwargs_seen == [{"temperature": 0.3}]


def test_the_wrapper_says_what_the_inner_model_says(make_cache) -> None:
    model = ScriptedModel(answerer=good, profile={"max_input_tokens": 7})
    chat = make_cache().wrap(model)
    assert chat.profile == model.profile
    assert chat._get_ls_params() == model._get_ls_params()
    assert chat.cache is False


def test_a_live_stream_of_an_unread_request_carries_the_models_own_chunks(make_cache) -> None:
    model = StreamingModel(answerer=lambda messages: "a longer joke about cats")
    chat = make_cache().wrap(model)
    chunks = list(chat.stream("Tell me a joke."))
    assert len(chunks) > 3
    assert "".join(chunk.text for chunk in chunks) == "a longer joke about cats"
    assert [("stepcache" in chunk.response_metadata) for chunk in chunks].count(True) == 1
    assert "stepcache" in chunks[-1].response_metadata
    assert chunks[-1].chunk_position == "last"


async def test_a_model_that_streams_only_asynchronously_is_streamed_live(make_cache) -> None:
    class AsyncOnly(StreamingModel):
        _stream = BaseChatModel._stream

    chat = make_cache().wrap(AsyncOnly(answerer=lambda messages: "a rather long joke"))
    pieces = [chunk.text async for chunk in chat.astream("Tell me a joke.")]
    assert [piece for piece in pieces if piece] == ["a rathe", "r long ", "joke"]
    again = [chunk async for chunk in chat.astream("Tell me a joke.")]
    assert "".join(chunk.text for chunk in again) == "a rather long joke"
    assert again[-1].response_metadata["stepcache"]["outcome"] == "exact"
    # Called synchronously it cannot stream: it is asked for the whole.
    assert "".join(chunk.text for chunk in chat.stream("Tell me another joke.")) == "a rather long joke"


def test_a_checkable_request_is_not_streamed_before_it_is_checked(make_cache) -> None:
    model = StreamingModel(answerer=bad)
    chat = make_cache().wrap(model)
    text = "".join(chunk.text for chunk in chat.stream(PROMPT))
    assert "x = 5" in text
    live = make_cache(policy=Policy(stream="live")).wrap(StreamingModel(answerer=bad))
    chunks = list(live.stream(PROMPT))
    assert "x = 5" not in "".join(chunk.text for chunk in chunks)
    assert receipt(chunks[-1])["verified"] is False
    assert receipt(chunks[-1])["stored"] is None


def test_models_without_identifying_parameters_do_not_share_entries(make_cache) -> None:
    class Nameless(ScriptedModel):
        @property
        def _identifying_params(self) -> dict[str, Any]:
            return {}

    cache = make_cache()
    one, two = Nameless(answerer=lambda m: "one"), Nameless(answerer=lambda m: "two")
    assert [cache.wrap(model).invoke("hi").content for model in (one, two, one)] == ["one", "two", "one"]
    assert (one.calls, two.calls) == (1, 1)
    shared = [cache.wrap(model, model_id="m").invoke("hi").content for model in (one, two)]
    assert shared == ["one", "one"]


def test_look_ups_of_other_models_are_served_from_memory_only(make_cache, global_cache) -> None:
    model = ScriptedModel(answerer=bad)
    global_cache(make_cache())
    assert "x = 5" not in model.invoke(PROMPT).text  # no model of the cache's own: nothing is repaired
    assert receipt(model.invoke(PROMPT))["verified"] is False
    model.answerer = good
    assert receipt(model.invoke(PROMPT))["outcome"] == "miss"
    assert receipt(model.invoke("Solve 2x + 3 = 15 for x."))["outcome"] == "rewrite"


def test_the_serialised_prompt_is_only_ever_parsed_as_json(make_cache) -> None:
    cache = make_cache()
    hostile = json.dumps(
        [{"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {"content": "x", "type": "human"}}]
    )
    assert cache.lookup(hostile, "llm") is None
    assert cache.stats().errors == 0


def test_a_system_message_in_the_middle_is_history(make_cache) -> None:
    model = ScriptedModel(answerer=lambda messages: "ok")
    chat = make_cache().wrap(model)
    chat.invoke([HumanMessage("a"), SystemMessage("b"), HumanMessage("c")])
    assert receipt(chat.invoke([HumanMessage("a"), SystemMessage("B"), HumanMessage("c")]))["outcome"] == "miss"


def _greeting(user: str) -> list[Any]:
    return [SystemMessage(f"You serve {user}."), HumanMessage("Send me what I ordered.")]


@pytest.mark.parametrize(("tools", "expected"), [((), ["Ann", "Bob", "Bob"]), (("send",), ["Ann", "Ann", "Ann"])])
def test_a_key_that_drops_the_user_never_sends_one_user_what_another_ordered(
    make_cache, global_cache, tools: tuple[str, ...], expected: list[str]
) -> None:
    def send(messages: list[Any]) -> AIMessage:
        user = str(messages[0].content).removeprefix("You serve ").removesuffix(".")
        return AIMessage("", tool_calls=[{"name": "send", "args": {"to": user}, "id": "c1"}])

    policy = Policy(key=lambda messages: messages[1:], safe_tools=tools)
    wrapped = make_cache(policy=policy).wrap(ScriptedModel(answerer=send))
    assert [wrapped.invoke(_greeting(user)).tool_calls[0]["args"]["to"] for user in ("Ann", "Bob", "Bob")] == expected
    global_cache(make_cache(policy=policy))
    plain = ScriptedModel(answerer=send)
    assert [plain.invoke(_greeting(user)).tool_calls[0]["args"]["to"] for user in ("Ann", "Bob", "Bob")] == expected


def test_what_a_key_drops_does_not_matter_to_answers_in_words(make_cache) -> None:
    model = ScriptedModel(answerer=lambda messages: "It is on its way.")
    chat = make_cache(policy=Policy(key=lambda messages: messages[1:])).wrap(model)
    assert [receipt(chat.invoke(_greeting(user)))["outcome"] for user in ("Ann", "Bob")] == ["miss", "exact"]


def test_a_wrapped_model_keeps_its_tags_metadata_and_callbacks(make_cache) -> None:
    class Seen(BaseCallbackHandler):
        def __init__(self) -> None:
            self.runs: list[tuple[list[str], str]] = []

        def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
            self.runs.append((kwargs["tags"], kwargs["metadata"]["team"]))

    seen = Seen()
    model = ScriptedModel(answerer=good, tags=["nostream"], metadata={"team": "a"}, callbacks=[seen])
    make_cache().wrap(model).invoke(PROMPT)
    assert seen.runs == [(["nostream"], "a")]


def test_a_model_that_must_not_stream_does_not_stream_behind_the_cache(make_cache) -> None:
    class Buffered(StreamingModel):
        streaming: bool = True

    model = Buffered(answerer=lambda messages: "a longer joke about cats", streaming=False)
    assert len(list(make_cache().wrap(model).stream("Tell me a joke."))) <= 3


def test_a_provider_may_give_every_tool_call_the_same_id(make_cache) -> None:
    model = ScriptedModel(answerer=lambda messages: "sunny")
    chat = make_cache().wrap(model)
    for first, second in (("call_1", "call_1"), ("a", "b"), ("b", "a")):
        chat.invoke([*_turns(first), AIMessage("sunny"), *_turns(second)])
    assert model.calls == 1
    crossed = [*_turns("a"), AIMessage("sunny"), *_turns("b")]
    crossed[-1] = ToolMessage("sunny", tool_call_id="a")
    chat.invoke(crossed)
    assert model.calls == 2
