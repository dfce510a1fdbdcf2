"""LangChain messages <-> `Request`, `Reply` and answers. The only file that knows what a LangChain message looks like.

A *turn* is a plain dict of a message's own fields: what `dumps` writes under `kwargs`, and what `model_dump` gives for
a live message. Both spellings of one message become the same turn, so every front door computes the same key.
"""

from __future__ import annotations

import json
import os
import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, messages_from_dict
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, Generation
from pydantic import BaseModel

from stepcache_lc.core.keys import canonical, exact_key, scope_digest
from stepcache_lc.core.types import Message, Reply, Request, Tokens

Turn = dict[str, Any]

# They drift from call to call, or are never sent to the model.
_NOT_KEY_MATERIAL = frozenset({"id", "usage_metadata", "response_metadata", "chunk_position", "tool_call_chunks"})
# Finish reasons, of any provider, of an answer that was cut off or refused: such an answer is never stored.
CUT_OFF = frozenset({"length", "max_tokens", "max_output_tokens", "model_length", "incomplete", "error", "pause_turn"})
REFUSED = frozenset(
    {"content_filter", "refusal", "safety", "recitation", "blocklist", "prohibited_content", "spii", "guardrail"}
)
_KEPT_METADATA = ("model_name", "model", "model_provider", "finish_reason", "stop_reason", "logprobs")
_TOOL_BLOCKS = frozenset({"tool_use", "tool_call", "function_call", "server_tool_call"})


# ------------------------------------------------------------------------------------------------ reading prompts


def parse_prompt(prompt: str) -> list[Turn] | None:
    """Parse LangChain's serialised messages; None for any other text. Never constructs an object from it."""
    if not prompt.startswith("["):
        return None
    try:
        items = json.loads(prompt)
    except (ValueError, RecursionError):
        return None
    turns: list[Turn] = []
    if not isinstance(items, list) or not items:
        return None
    for item in items:
        if not (isinstance(item, dict) and item.get("lc") == 1 and item.get("type") == "constructor"):
            return None
        kwargs, path = item.get("kwargs"), item.get("id")
        if not isinstance(kwargs, dict) or not isinstance(path, list) or not path:
            return None
        turns.append(_turn({"type": _TYPES.get(str(path[-1]), str(path[-1])), **kwargs}))
    return turns


_TYPES = {
    "HumanMessage": "human",
    "AIMessage": "ai",
    "SystemMessage": "system",
    "ToolMessage": "tool",
    "FunctionMessage": "function",
    "ChatMessage": "chat",
}


def turns_of(messages: Iterable[BaseMessage]) -> list[Turn]:
    """The turns of live messages."""
    return [_turn_of(message) for message in messages]


def messages_of(turns: Sequence[Turn]) -> list[BaseMessage]:
    """Live messages again, for a user's `Policy(key=...)`."""
    return messages_from_dict([{"type": str(turn.get("type", "human")), "data": dict(turn)} for turn in turns])


def _turn_of(message: BaseMessage) -> Turn:
    content = message.content
    plain = isinstance(content, str) and not (message.additional_kwargs or message.name or message.model_extra)
    if plain and type(message) in (HumanMessage, SystemMessage):  # most of them: nothing else to be read
        return {"content": content, "type": message.type}
    return _turn(message.model_dump())


def _turn(fields: Mapping[str, Any]) -> Turn:
    """Key material of one message: nothing that drifts, nothing that is empty."""
    return {
        name: _plain(value)
        for name, value in fields.items()
        if name not in _NOT_KEY_MATERIAL and not (name != "content" and _is_default(name, value))
    }


def _is_default(name: str, value: Any) -> bool:
    return (
        value is None
        or value == []
        or value == {}
        or (name == "status" and value == "success")
        or (name == "example" and value is False)
    )


def _plain(value: Any) -> Any:
    """JSON value of anything that a message may hold."""
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else repr(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return repr(value)


def text_of(content: Any) -> tuple[str, bool]:
    """The text of a message's content, and whether there is anything in it that is not text."""
    if isinstance(content, str):
        return content, False
    if not isinstance(content, list):
        return "", content is not None
    parts: list[str] = []
    other = False
    for block in content:
        if isinstance(block, str):
            parts.append(block)
        elif (
            isinstance(block, dict)
            and block.get("type") in ("text", "output_text")
            and isinstance(block.get("text"), str)
        ):
            parts.append(block["text"])
        else:
            other = True
    return "".join(parts), other


AS_SENT = "messages as sent"
"""Part of a call, though not of its scope, where `Policy(key=...)` makes different messages equal."""


def canonical_turns(turns: Sequence[Turn]) -> list[str]:
    """The turns as canonical JSON, tool-call ids renumbered."""
    return [canonical(turn) for turn in _renumber(turns)]


def tools_called(payload: str) -> set[str]:
    """The names of the tools that a stored answer calls; empty also for one that cannot be read."""
    messages = [g.message for g in restore(payload, None) or () if isinstance(g, ChatGeneration)] if payload else []
    names: set[str] = set()
    for message in messages:
        names.update(str(call.get("name")) for call in getattr(message, "tool_calls", ()))
        function = message.additional_kwargs.get("function_call")
        if isinstance(function, Mapping):
            names.add(str(function.get("name")))
    return names


def _renumber(turns: Sequence[Turn]) -> list[Turn]:
    """Replace tool-call ids by their position: providers draw them at random, and some give the same one every turn."""
    names: dict[str, str] = {}
    count = 0
    renumbered: list[Turn] = []
    for turn in turns:
        made = [call.get("id") for call in _calls_of(turn)]
        for call_id in dict.fromkeys(call_id for call_id in made if isinstance(call_id, str)):
            names[call_id], count = f"call_{count}", count + 1
        answered = turn.get("tool_call_id")
        if isinstance(answered, str) and answered not in names:
            names[answered], count = f"call_{count}", count + 1
        renumbered.append(rename_calls(turn, names) if names else turn)
    return renumbered


def _calls_of(turn: Turn) -> list[Mapping[str, Any]]:
    calls = [*turn.get("tool_calls", ()), *turn.get("invalid_tool_calls", ())]
    return [call for call in calls if isinstance(call, Mapping)]


def rename_calls(turn: Turn, names: Mapping[str, str]) -> Turn:
    """A copy of a turn with tool-call ids replaced in every place where a message repeats them."""
    turn = dict(turn)
    for field in ("tool_calls", "invalid_tool_calls"):
        if field in turn:
            turn[field] = [_renamed(call, names) for call in turn[field]]
    if isinstance(turn.get("tool_call_id"), str):
        turn["tool_call_id"] = names.get(turn["tool_call_id"], turn["tool_call_id"])
    extra = turn.get("additional_kwargs")
    if isinstance(extra, dict) and isinstance(extra.get("tool_calls"), list):
        turn["additional_kwargs"] = {**extra, "tool_calls": [_renamed(call, names) for call in extra["tool_calls"]]}
    if isinstance(turn.get("content"), list):
        turn["content"] = [
            _renamed(block, names) if isinstance(block, dict) and block.get("type") in _TOOL_BLOCKS else block
            for block in turn["content"]
        ]
    return turn


def _renamed(call: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(call, dict):
        return call
    return {
        key: names.get(value, value) if key in ("id", "call_id") and isinstance(value, str) else value
        for key, value in call.items()
    }


def request_of(
    turns: Sequence[Turn],
    *,
    namespace: str,
    model: str,
    settings: Mapping[str, Any],
    schema: Mapping[str, Any] | None = None,
    form: str = "text",
    opaque: tuple[str, ...] = (),
    readable: bool = True,
) -> tuple[Request, dict[str, Any]]:
    """Build the request, and the parts of its scope by name (for `explain`).

    The last human turn is read and embedded; all before it is scope. A conversation that ends in anything else, or
    holds media, is answered only if identical.
    """
    turns = _renumber(turns)
    data = [canonical(turn) for turn in turns]
    parts = [text_of(turn.get("content")) for turn in turns]
    leading = 0
    while leading < len(turns) - 1 and turns[leading].get("type") == "system":
        leading += 1
    history = tuple(
        Message(str(turns[at].get("type", "")), parts[at][0], data[at], parts[at][1])
        for at in range(leading, len(turns) - 1)
    )
    last: Turn = turns[-1] if turns else {}
    text, media = parts[-1] if parts else ("", False)
    # Whatever else the last turn says of itself (a speaker's name, say) must be equal, too.
    manner = {name: value for name, value in last.items() if name not in ("content", "type")}
    if media or any(part[1] for part in parts[:leading]) or last.get("type") != "human" or not text.strip():
        readable = False
    parts_of_scope = _scope_parts(
        namespace, model, data[:leading], data[leading:-1], form, dict(settings), manner, list(opaque)
    )
    bare = len(turns) == 1 and not (settings or manner or opaque)
    scope = _bare_scope(namespace, model, form) if bare else scope_digest(parts_of_scope)
    request = Request(
        text=text,
        system="\n".join(part[0] for part in parts[:leading]),
        history=history,
        schema=schema,
        form=form,
        opaque=opaque,
        namespace=namespace,
        model=model,
        scope=scope,
        key=exact_key(scope, data[-1] if data else "", schema),
        readable=readable,
    )
    return request, parts_of_scope


def _scope_parts(
    namespace: str,
    model: str,
    system: list[str],
    history: list[str],
    form: str,
    call: dict[str, Any],
    manner: dict[str, Any],
    opaque: list[str],
) -> dict[str, Any]:
    """All that must be equal before two requests are compared, part by part."""
    return {
        "namespace": namespace,
        "model": model,
        "system prompt": system,
        "history": history,
        "answer form": form,
        "settings": {"call": call, "last turn": manner, "opaque": opaque},
    }


@lru_cache(maxsize=1024)
def _bare_scope(namespace: str, model: str, form: str) -> str:
    """The scope of a single turn without settings, which most requests have in common."""
    return scope_digest(_scope_parts(namespace, model, [], [], form, {}, {}, []))


def raw_request(prompt: str, *, namespace: str, model: str) -> tuple[Request, dict[str, Any]]:
    """The request behind a plain text prompt (a completion model): answered only if identical."""
    parts_of_scope = {"namespace": namespace, "model": model, "answer form": "raw"}
    scope = scope_digest(parts_of_scope)
    request = Request(
        text=prompt,
        namespace=namespace,
        model=model,
        scope=scope,
        key=exact_key(scope, canonical(["raw", prompt]), None),
        readable=False,
    )
    return request, parts_of_scope


def to_langchain(messages: Sequence[Message]) -> list[BaseMessage]:
    """A task's prompt as messages for the model."""
    return messages_from_dict([{"type": message.role, "data": {"content": message.text}} for message in messages])


# ------------------------------------------------------------------------------------------------ reading answers


def reply_of(
    generations: Sequence[Generation],
    *,
    form: str = "text",
    llm_output: Mapping[str, Any] | None = None,
    raw: Any = None,
) -> Reply:
    """What the model said, with a snapshot of it. The live objects are only read."""
    # In the model's own order of keys: a tool's arguments are served as they were given.
    items = [_snapshot(generation, llm_output or {}) for generation in generations]
    snapshot = json.dumps(items, ensure_ascii=False, separators=(",", ":"))
    first = generations[0] if generations else None
    if not isinstance(first, ChatGeneration):
        return Reply(
            text=first.text if first else "", payload=snapshot, readable=False, storable=bool(generations), raw=raw
        )
    messages = [generation.message for generation in generations if isinstance(generation, ChatGeneration)]
    tokens = Tokens()
    for message in messages:
        usage = getattr(message, "usage_metadata", None)
        if usage:
            tokens = tokens + Tokens(int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0))
    if len(messages) > 1:  # providers report the whole call's input with every choice
        inputs = [int((getattr(m, "usage_metadata", None) or {}).get("input_tokens") or 0) for m in messages]
        tokens = Tokens(max(inputs), tokens.output)
    message = messages[0]
    metadata = {**(llm_output or {}), **(first.generation_info or {}), **message.response_metadata}
    text, media = text_of(message.content)
    calls = list(getattr(message, "tool_calls", ()) or ())
    broken = list(getattr(message, "invalid_tool_calls", ()) or ())
    readable = len(messages) == 1 and not media and not broken
    if form.startswith("tool:"):
        wanted = [call for call in calls if f"tool:{call.get('name')}" == form]
        readable = len(messages) == 1 and len(calls) == len(wanted) == 1 and not broken
        text = json.dumps(wanted[0]["args"], ensure_ascii=False) if readable else text
    elif calls:
        readable = False
    note = _not_storable(message, metadata, text, bool(calls), bool(broken))
    return Reply(
        text=text,
        payload=snapshot,
        model_name=str(metadata.get("model_name") or metadata.get("model") or ""),
        tokens=tokens,
        storable=not note,
        readable=readable and not (note and note.startswith("refused")),
        storage_note=note,
        raw=raw,
    )


def _not_storable(message: BaseMessage, metadata: Mapping[str, Any], text: str, calls: bool, broken: bool) -> str:
    if message.additional_kwargs.get("refusal"):
        return "refused: not stored"
    reasons = [metadata.get(name) for name in ("finish_reason", "stop_reason", "done_reason", "status")]
    for reason in reasons:
        word = str(reason).lower().rpartition(".")[2]
        if word in REFUSED:
            return "refused: not stored"
        if word in CUT_OFF:
            return "cut off: not stored"
    if isinstance(message.content, list) and any(
        isinstance(block, dict) and (block.get("type") == "refusal" or "refusal" in block) for block in message.content
    ):
        return "refused: not stored"
    if broken:
        return "an unreadable tool call: not stored"
    if not text.strip() and not calls and not message.content:
        return "empty: not stored"
    return ""


def _snapshot(generation: Generation, llm_output: Mapping[str, Any]) -> dict[str, Any]:
    """JSON value of a generation, without what must not be served again (ids, usage, headers)."""
    if not isinstance(generation, ChatGeneration):
        return {"kind": "text", "text": generation.text, "info": _plain(generation.generation_info)}
    message = generation.message
    fields = {
        name: _plain(value)
        for name, value in message.model_dump().items()
        if name not in _NOT_KEY_MATERIAL and name != "type" and not (name != "content" and _is_default(name, value))
    }
    if isinstance(fields.get("content"), list):
        fields["content"] = [
            {name: value for name, value in block.items() if name != "id" or block.get("type") in _TOOL_BLOCKS}
            if isinstance(block, dict)
            else block
            for block in fields["content"]
        ]
    metadata = {**llm_output, **(generation.generation_info or {}), **message.response_metadata}
    fields["response_metadata"] = {name: _plain(metadata[name]) for name in _KEPT_METADATA if name in metadata}
    kind = "ai" if isinstance(message, AIMessage) else message.type
    return {"kind": "chat", "type": kind, "data": fields}


# ------------------------------------------------------------------------------------------------ making answers


def usage_of(tokens: Tokens = Tokens()) -> UsageMetadata:
    """Usage as LangChain counts it: the tokens spent now, full zeroes where there were none."""
    return UsageMetadata(
        input_tokens=tokens.input, output_tokens=tokens.output, total_tokens=tokens.input + tokens.output
    )


def restore(payload: str, receipt: Mapping[str, Any] | None) -> list[Generation] | None:
    """Fresh generations from a snapshot: new message ids, new tool-call ids, no usage; None if it cannot be read."""
    try:
        items = json.loads(payload)
        return [_restored(item, receipt) for item in items] or None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _restored(item: Mapping[str, Any], receipt: Mapping[str, Any] | None) -> Generation:
    if item["kind"] == "text":
        return Generation(text=item["text"], generation_info=item["info"])
    fields = dict(item["data"])
    names = {
        call["id"]: new_call_id()
        for call in [*fields.get("tool_calls", ()), *fields.get("invalid_tool_calls", ())]
        if isinstance(call.get("id"), str)
    }
    fields = rename_calls(fields, names)
    metadata = dict(fields.pop("response_metadata", {}))
    if receipt is not None:
        metadata["stepcache"] = receipt
    if item["type"] != "ai":
        (message,) = messages_from_dict([{"type": item["type"], "data": {**fields, "response_metadata": metadata}}])
        return ChatGeneration(message=message)
    return ChatGeneration(
        message=AIMessage(**fields, id=new_message_id(), response_metadata=metadata, usage_metadata=usage_of()),
        generation_info={name: metadata[name] for name in ("finish_reason", "logprobs") if name in metadata} or None,
    )


def made(
    text: str,
    form: str,
    *,
    model_name: str,
    tokens: Tokens,
    receipt: Mapping[str, Any] | None,
    parsed: Any = None,
) -> ChatGeneration:
    """A message around a text that the cache put together; for `tool:NAME`, a call of that tool."""
    metadata: dict[str, Any] = {"model_name": model_name} if model_name else {}
    metadata["finish_reason"] = "tool_calls" if form.startswith("tool:") else "stop"
    if receipt is not None:
        metadata["stepcache"] = receipt
    fields: dict[str, Any] = {"content": text}
    if form.startswith("tool:"):
        fields = {
            "content": "",
            "tool_calls": [
                {"name": form[5:], "args": json.loads(text), "id": new_call_id(), "type": "tool_call"},
            ],
        }
    if parsed is not None:
        fields["additional_kwargs"] = {"parsed": parsed}
    return ChatGeneration(
        message=AIMessage(**fields, id=new_message_id(), response_metadata=metadata, usage_metadata=usage_of(tokens)),
        generation_info={"finish_reason": metadata["finish_reason"]},
    )


def new_message_id() -> str:
    """An id in the form that LangChain gives to its own messages."""
    return f"lc_run--{_new_uuid()}"


def new_call_id() -> str:
    """A tool-call id that no other message carries."""
    return f"call_{_new_uuid().hex[:24]}"


# Seeded by the system, in each process anew: asking the system for every id costs a hit several microseconds.
_random = random.Random()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_random.seed)


def _new_uuid() -> uuid.UUID:
    """A random UUID (RFC 4122, version 4)."""
    return uuid.UUID(int=_random.getrandbits(128), version=4)
