"""Logs in the shapes that are seen; what is none is named by its line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, messages_to_dict

from stepcache_lc.bench import logs
from stepcache_lc.bench.logs import Logged, Skipped, read_line, read_log
from stepcache_lc.errors import ConfigurationError

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 2x?"}]
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
COMPLETION = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "gpt-small-2026",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "10", "refusal": None}}
    ],
    "usage": USAGE,
}
LIVE = [SystemMessage("Be brief."), HumanMessage("What is 2x?")]
SAID = AIMessage("10", usage_metadata={"input_tokens": 7, "output_tokens": 3, "total_tokens": 10})

SHAPES: dict[str, Any] = {
    "bodies": {"request": {"model": "m", "messages": ASKED, "temperature": 0}, "response": COMPLETION},
    "batch": {"custom_id": "1", "body": {"messages": ASKED}, "response": {"status_code": 200, "body": COMPLETION}},
    "flat, a text": {"messages": ASKED, "response": "10", "usage": USAGE},
    "flat, a message": {"messages": ASKED, "completion": {"role": "assistant", "content": "10"}},
    "flat, parts": {"messages": ASKED, "output": [{"type": "text", "text": "10"}]},
    "stored completion": {**COMPLETION, "messages": ASKED},
    "evaluation": {"item": {"input": ASKED}, "sample": {"outputs": [{"role": "assistant", "content": "10"}]}},
    "fine-tuning": {"messages": [*ASKED, {"role": "assistant", "content": "10", "weight": 1}]},
    "responses": {
        "request": {"instructions": "Be brief.", "input": "What is 2x?"},
        "response": {
            "output": [
                {"type": "reasoning", "summary": []},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "10"}]},
            ],
            "usage": {"input_tokens": 7, "output_tokens": 3},
        },
    },
    "messages_to_dict": {"messages": messages_to_dict(LIVE), "response": messages_to_dict([SAID])[0]},
    "a list of messages": messages_to_dict([*LIVE, SAID]),
    "dumpd": {"messages": [dumpd(message) for message in LIVE], "response": dumpd(SAID)},
    "a traced run": {
        "inputs": {"messages": [[dumpd(message) for message in LIVE]]},
        "outputs": {"generations": [[{"text": "10", "type": "ChatGeneration", "message": dumpd(SAID)}]]},
        "extra": {"invocation_params": {"model": "m", "temperature": 0, "_type": "openai-chat"}},
        "start_time": "2026-03-01T10:00:00",
        "end_time": "2026-03-01T10:00:02.5",
    },
}


def line(data: Any) -> Logged:
    found = read_line(json.dumps(data).encode(), 3)
    assert isinstance(found, Logged), found
    return found


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_says_the_same(name: str) -> None:
    found = line(SHAPES[name])
    assert found.number == 3
    assert [(message.type, message.text) for message in found.messages] == [
        ("system", "Be brief."),
        ("human", "What is 2x?"),
    ]
    assert (found.reply.type, found.reply.text) == ("ai", "10")
    if name not in ("flat, a message", "flat, parts", "evaluation", "fine-tuning"):
        assert found.reply.usage_metadata is not None
        assert (found.reply.usage_metadata["input_tokens"], found.reply.usage_metadata["output_tokens"]) == (7, 3)


def test_what_stands_beside_the_messages() -> None:
    body = {"model": "asked", "messages": ASKED, "temperature": 0.5, "user": "ann", "stream": False, "guided_json": {}}
    found = line({"request": body, "response": COMPLETION, "latency_ms": 1500})
    assert found.settings == {"temperature": 0.5, "guided_json": {}}
    assert (found.model, found.user, found.time, found.seconds) == ("asked", "ann", 1_700_000_000.0, 1.5)
    assert found.reply.response_metadata["finish_reason"] == "stop"
    flat = line(
        {"messages": ASKED, "response": "10", "n": 2, "note": "x", "timestamp": "2023-11-14T22:13:20Z", "latency": 2}
    )
    assert (flat.settings, flat.time, flat.seconds) == ({"n": 2}, 1_700_000_000.0, 2.0)
    run = line(SHAPES["a traced run"])
    assert (run.settings, run.model, run.seconds) == ({"temperature": 0}, "", 2.5)
    assert line({"prompt": "Hi", "completion": "Ho", "created_at": 1_700_000_000_000}).time == 1_700_000_000.0
    assert line({"messages": ASKED, "response": "10", "latency": 10**400}).seconds is None


def test_tool_calls_and_refusals_stay() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
    said = {"role": "assistant", "content": None, "tool_calls": [call]}
    found = line({"messages": [*ASKED, said, {"role": "tool", "tool_call_id": "c1", "content": "7"}], "response": said})
    assert [message.type for message in found.messages] == ["system", "human", "ai", "tool"]
    assert found.reply.tool_calls[0]["args"] == {"at": 1}
    refused = line({"messages": ASKED, "response": {"role": "assistant", "content": None, "refusal": "No."}})
    assert refused.reply.additional_kwargs["refusal"] == "No."


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "no JSON: "),
        (b"\xff{}", "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"7", "must be a JSON object"),
        (b"{}", "no request: none of the fields"),
        (b'{"messages": [{"role": "user", "content": "Hi"}]}', "no response"),
        (b'{"messages": [{"role": "assistant", "content": "Hi"}]}', "no request: the messages are empty"),
        (b'{"messages": {"0": 1}, "response": "a"}', "the messages are no list"),
        (b'{"messages": ["Hi", 7], "response": "a"}', "message 1 is no message: it has no role"),
        (b'{"messages": [{"role": "oracle", "content": "Hi"}], "response": "a"}', "message 1 cannot be read"),
        (b'{"messages": [{"lc": 1, "type": "secret", "id": []}], "response": "a"}', "message 1 is not a dump"),
        (b'{"prompt": "Hi", "response": {"error": {"message": "x"}}}', "the response is an error"),
        (b'{"prompt": "Hi", "response": {"choices": []}}', "the response holds no answer"),
        (b'{"prompt": "Hi", "response": {"role": "user", "content": "x"}}', "no message of the assistant"),
    ],
)
def test_what_cannot_be_read_is_named(content: bytes, why: str) -> None:
    found = read_line(content, 12)
    assert isinstance(found, Skipped)
    assert found.number == 12
    assert found.why.startswith(why) or why in found.why


def test_a_file_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.jsonl"
    good = json.dumps(SHAPES["flat, a text"]).encode()
    monkeypatch.setattr(logs, "LONGEST_LINE", 2_000)
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\n\n{\n" + b"x" * 10_000 + b"\n" + good)
    found = list(read_log(path))
    assert [(type(one), one.number) for one in found] == [(Logged, 1), (Skipped, 3), (Skipped, 4), (Logged, 5)]
    with pytest.raises(ConfigurationError, match=r"nothing\.jsonl cannot be read \(No such file"):
        list(read_log(tmp_path / "nothing.jsonl"))


NAMES = (
    *("messages", "role", "content", "type", "lc", "id", "kwargs", "data", "request", "response", "choices", "message"),
    *("input", "output", "usage", "tool_calls", "generations", "text", "name", "model", "user", "latency", "time"),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(values)
def test_whatever_stands_there_is_read_or_skipped(data: Any) -> None:
    for shape in (data, {"messages": data, "response": data}, {"messages": [data], "response": "x"}):
        assert isinstance(read_line(json.dumps(shape).encode(), 1), Logged | Skipped)
