"""Read a log of model calls: JSON lines in the shapes that are really seen, parsed with `json` only.

A line holds a request and its response. Understood are, alone or mixed in one file:

- `{"request": {...}, "response": {...}}`: bodies of OpenAI's chat completions or responses, or of their batch files
- `{"messages": [...], "response": ...}` (also `completion`, `output`, `answer`), `{"prompt": ..., "completion": ...}`
- stored completions: a chat completion that carries its `messages`; items of an evaluation with `item` and `sample`
- fine-tuning examples: `{"messages": [...]}` whose last message is the assistant's
- LangChain: `messages_to_dict` and `dumpd` of the messages, and runs with `inputs` and `outputs`

Beside them a line may say `model`, `user`, a time and how long the call took. What cannot be read is reported with its
line number and skipped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, convert_to_messages, messages_from_dict

from stepcache_lc.errors import ConfigurationError
from stepcache_lc.messages import messages_of, parse_prompt

LONGEST_LINE: Final = 16 * 1024 * 1024
"""Bytes of a line; a longer one is skipped."""
MOST_MESSAGES: Final = 5_000


@dataclass(frozen=True, slots=True)
class Logged:
    """One recorded call."""

    number: int
    """Its line, from 1."""
    messages: tuple[BaseMessage, ...]
    reply: AIMessage
    """With `usage_metadata` if the log has it, and the finish reason."""
    settings: Mapping[str, Any]
    """Arguments of the call beside model and messages (temperature, tools, response_format, ...)."""
    model: str = ""
    user: str = ""
    time: float | None = None
    """Unix seconds."""
    seconds: float | None = None
    """How long the call took."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that cannot be read."""

    number: int
    why: str


class _Unreadable(Exception):
    """Says why a line is skipped."""


def read_log(path: str | os.PathLike[str]) -> Iterator[Logged | Skipped]:
    """Read a log line by line; blank lines are passed over.

    Raises:
        ConfigurationError: there is no such file, or it cannot be read.
    """
    source = Path(path)
    try:
        file = source.open("rb")
    except OSError as error:
        raise ConfigurationError(f"{source} cannot be read ({error.strerror}): give a file of JSON lines") from error
    with file:
        number = 0
        while True:
            try:
                line = file.readline(LONGEST_LINE + 1)
            except OSError as error:
                raise ConfigurationError(f"{source} cannot be read ({error.strerror})") from error
            if not line:
                return
            number += 1
            if len(line) > LONGEST_LINE:
                while line and not line.endswith(b"\n"):
                    line = file.readline(LONGEST_LINE)
                yield Skipped(number, f"longer than {LONGEST_LINE:,} bytes")
            elif line.strip():
                yield read_line(line, number)


def read_line(line: bytes, number: int) -> Logged | Skipped:
    """Read one line."""
    try:
        return _logged(json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant), number)
    except UnicodeDecodeError:
        return Skipped(number, "not UTF-8 text")
    except json.JSONDecodeError as error:
        return Skipped(number, f"no JSON: {error.msg} (column {error.colno})")
    except RecursionError:
        return Skipped(number, "nested too deeply")
    except _Unreadable as error:
        return Skipped(number, str(error))
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
        # LangChain's converters and pydantic refuse in all these ways; their messages may hold the whole input.
        return Skipped(number, f"not a call that can be read ({type(error).__name__})")


def _no_constant(name: str) -> float:
    raise _Unreadable(f"{name} is no JSON number")


# ------------------------------------------------------------------------------------------------------ one line

_REQUESTS: Final = ("request", "body", "inputs", "input", "item")
_RESPONSES: Final = ("response", "completion", "output", "outputs", "answer", "sample", "result")
_MESSAGES: Final = ("messages", "input", "prompt", "prompts")
# What says who asked, when and for whom: never a part of what was asked.
_NOT_SETTINGS: Final = frozenset(
    {*_MESSAGES, "model", "user", "stream", "stream_options", "store", "metadata", "service_tier", "instructions"}
    | {"safety_identifier", "prompt_cache_key", "id", "object", "created", "created_at", "_type", "model_name"}
    | {"request_id", "trace_id", "run_id", "session_id", "conversation_id", "thread_id", "timestamp", "time"}
)
_ROLES: Final = ("role", "type", "lc")


def _logged(data: Any, number: int) -> Logged:
    if isinstance(data, list):
        data = {"messages": data}
    if not isinstance(data, dict):
        raise _Unreadable("a line must be a JSON object")
    outer = data
    request = _request_of(data)
    messages = _messages(_first(request, _MESSAGES))
    if isinstance(request.get("instructions"), str):
        messages = [*convert_to_messages([("system", request["instructions"])]), *messages]
    response = _response_of(data, request)
    if response is None:
        if not messages or not isinstance(messages[-1], AIMessage):
            raise _Unreadable("no response: neither a field for it nor a last message of the assistant's")
        messages, reply = messages[:-1], messages[-1]
        body: Mapping[str, Any] = {}
        assert isinstance(reply, AIMessage)
    else:
        reply, body = _reply(response)
    if not messages:
        raise _Unreadable("no request: the messages are empty")
    usage = _usage(outer, None).get("usage_metadata")
    if reply.usage_metadata is None and usage is not None:
        reply = reply.model_copy(update={"usage_metadata": usage})
    sources = (outer, request, body, _mapping(outer.get("metadata")), _mapping(request.get("metadata")))
    return Logged(
        number=number,
        messages=tuple(messages),
        reply=reply,
        settings=_settings(outer, request),
        model=_word(sources, ("model", "model_name", "ls_model_name")),
        user=_word(sources, ("user", "user_id", "end_user", "tenant", "safety_identifier")),
        time=_time(sources, ("time", "timestamp", "created_at", "start_time", "created")),
        seconds=_seconds(sources),
    )


# Arguments of a call that may stand beside its messages, among much else.
_SETTINGS: Final = (
    *("temperature", "top_p", "top_k", "n", "stop", "seed", "max_tokens", "max_completion_tokens", "logit_bias"),
    *("presence_penalty", "frequency_penalty", "response_format", "format", "tools", "tool_choice", "functions"),
    *(
        "function_call",
        "parallel_tool_calls",
        "reasoning_effort",
        "reasoning",
        "modalities",
        "prediction",
        "extra_body",
    ),
)


def _settings(outer: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the call. In a body of its own everything counts: what is unknown may change the answer."""
    if request is outer:
        found = {name: outer[name] for name in _SETTINGS if name in outer}
    else:
        found = {name: value for name, value in request.items() if name not in _NOT_SETTINGS}
    invoked = _mapping(_mapping(outer.get("extra")).get("invocation_params"))
    found.update((name, value) for name, value in invoked.items() if name not in _NOT_SETTINGS)
    return {name: value for name, value in found.items() if value is not None}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(data: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((data[name] for name in names if data.get(name) not in (None, "", [])), None)


def _request_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object that holds the messages."""
    if _first(data, ("messages", "prompt", "prompts")) is not None:
        return data
    for name in _REQUESTS:
        inner = data.get(name)
        if isinstance(inner, dict):
            inner = inner["body"] if isinstance(inner.get("body"), dict) else inner
            if _first(inner, _MESSAGES) is not None:
                return inner
        elif isinstance(inner, list | str) and inner:
            return {**{key: data[key] for key in (*_SETTINGS, "instructions") if key in data}, "messages": inner}
    raise _Unreadable("no request: none of the fields messages, request, prompt, inputs")


def _response_of(data: Mapping[str, Any], request: Mapping[str, Any]) -> Any:
    if isinstance(data.get("choices"), list):
        return data
    for name in _RESPONSES:
        if isinstance(data.get(name), str | dict | list) and data[name] is not request and data[name] not in ("", []):
            return data[name]
    return None


def _messages(value: Any) -> list[BaseMessage]:
    if isinstance(value, str):
        return list(convert_to_messages([("human", value)]))
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]  # LangChain's runs hold a list of conversations
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return list(convert_to_messages([("human", value[0])]))
    if not isinstance(value, list):
        raise _Unreadable("the messages are no list")
    if len(value) > MOST_MESSAGES:
        raise _Unreadable(f"more than {MOST_MESSAGES:,} messages")
    return [_message(item, place) for place, item in enumerate(value, start=1)]


def _message(item: Any, place: int) -> BaseMessage:
    """A message in OpenAI's form, or as `messages_to_dict` or `dumpd` write it."""
    if not isinstance(item, dict) or not any(name in item for name in _ROLES):
        raise _Unreadable(f"message {place} is no message: it has no role")
    try:
        if "lc" in item:
            turns = parse_prompt(json.dumps([item]))
            if turns is None:
                raise _Unreadable(f"message {place} is not a dump of a message")
            return messages_of(turns)[0]
        if "role" in item:
            kept = {name: value for name, value in item.items() if name not in ("weight", "refusal", "annotations")}
            kept["content"] = _content(kept.get("content"))
            message = convert_to_messages([kept])[0]
            if item.get("refusal"):
                message.additional_kwargs["refusal"] = item["refusal"]
            return message
        return messages_from_dict([item if "data" in item else {"type": item["type"], "data": item}])[0]
    except _Unreadable:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError) as error:
        raise _Unreadable(f"message {place} cannot be read ({type(error).__name__})") from None


def _content(value: Any) -> Any:
    """OpenAI's Responses name their parts of text in two more ways."""
    if not isinstance(value, list):
        return "" if value is None else value
    texts = ("input_text", "output_text")
    return [
        {"type": "text", "text": part.get("text", "")} if isinstance(part, dict) and part.get("type") in texts else part
        for part in value
    ]


_WITHIN: Final = (
    *("choices", "message", "generations", "outputs", "output", "body"),
    *("output_text", "text", "content", "data"),
)


def _reply(value: Any) -> tuple[AIMessage, Mapping[str, Any]]:
    """The answer's message, and the object around it, which may say model, usage and times."""
    body: Mapping[str, Any] = {}
    finish: Any = None
    for _ in range(6):  # how deep the known shapes nest
        if isinstance(value, str):
            return AIMessage(content=value, **_usage(body, finish)), body
        if isinstance(value, list):
            # Alternatives, generations, or the parts of OpenAI's Responses: the first one that is a message.
            value = next((one for one in value if not (isinstance(one, dict) and one.get("type") == "reasoning")), None)
            continue
        if not isinstance(value, dict):
            break
        if _is_message(value):
            message = _message({"role": "assistant", **value} if not any(n in value for n in _ROLES) else value, 1)
            if not isinstance(message, AIMessage):
                raise _Unreadable("the response is no message of the assistant's")
            own = _mapping(value.get("kwargs")) or _mapping(value.get("data"))
            usage = _usage({**body, "usage": own["usage_metadata"]} if "usage_metadata" in own else body, finish)
            metadata = {**message.response_metadata, **usage.pop("response_metadata", {})}
            return message.model_copy(update={**usage, "response_metadata": metadata}), body
        if value.get("error"):
            raise _Unreadable("the response is an error")
        finish = value.get("finish_reason") or value.get("status_reason") or finish
        if finish is None and value.get("status") == "incomplete":
            finish = "length"
        if any(name in value for name in ("choices", "generations", "usage", "output", "outputs")):
            body = value
        value = _first(value, _WITHIN)
    raise _Unreadable("the response holds no answer")


def _is_message(value: Mapping[str, Any]) -> bool:
    if "lc" in value or "role" in value:
        return True
    if value.get("type") in ("ai", "AIMessageChunk"):
        return True
    return "content" in value and "tool_calls" in value


def _usage(body: Mapping[str, Any], finish: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    usage = _mapping(body.get("usage")) or _mapping(_mapping(body.get("llm_output")).get("token_usage"))
    counts = [
        next((usage[name] for name in names if _is_count(usage.get(name))), None)
        for names in (("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens"))
    ]
    if None not in counts:
        given, made = int(counts[0] or 0), int(counts[1] or 0)
        found["usage_metadata"] = {"input_tokens": given, "output_tokens": made, "total_tokens": given + made}
    if isinstance(finish, str):
        found["response_metadata"] = {"finish_reason": finish}
    return found


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12


# ------------------------------------------------------------------------------------------ who, when, how long


def _word(sources: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    for source in sources:
        for name in names:
            if isinstance(source.get(name), str | int) and not isinstance(source[name], bool):
                return str(source[name])[:500]
    return ""


def _time(sources: Sequence[Mapping[str, Any]], names: Sequence[str]) -> float | None:
    for source in sources:
        for name in names:
            found = _moment(source.get(name))
            if found is not None:
                return found
    return None


def _moment(value: Any) -> float | None:
    """Unix seconds or milliseconds, or ISO 8601 (UTC where it names no zone)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float) and 0 < value < 1e14:
        return value / 1000.0 if value > 1e11 else float(value)
    if isinstance(value, str) and 8 <= len(value) <= 40:
        try:
            found = datetime.fromisoformat(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    return None


_IN_SECONDS: Final = (
    *("seconds", "latency_s", "duration_s", "elapsed_s", "response_time_s"),
    *("latency", "duration", "elapsed", "response_time"),
)
_IN_MILLISECONDS: Final = (
    *("latency_ms", "duration_ms", "elapsed_ms"),
    *("response_time_ms", "response_ms", "total_time_ms"),
)


def _seconds(sources: Sequence[Mapping[str, Any]]) -> float | None:
    for source in sources:
        for names, scale in ((_IN_SECONDS, 1.0), (_IN_MILLISECONDS, 1e-3)):
            for name in names:
                value = source.get(name)
                if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 86_400 / scale:
                    return float(value) * scale
        start, end = _moment(source.get("start_time")), _moment(source.get("end_time"))
        if start is not None and end is not None and 0 <= end - start < 86_400:
            return end - start
    return None
