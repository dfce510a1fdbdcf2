"""One call of a LangChain host, as the cache sees it: which schema is demanded, which tool is forced, what is opaque.

The scope of a call covers every argument of it; what cannot be understood here makes the request partial.
"""

from __future__ import annotations

import itertools
import re
import uuid
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

from stepcache_lc.core.keys import canonical, digest
from stepcache_lc.core.types import Request
from stepcache_lc.hits import Aliases
from stepcache_lc.messages import (
    AS_SENT,
    Turn,
    canonical_turns,
    messages_of,
    parse_prompt,
    raw_request,
    request_of,
    turns_of,
)
from stepcache_lc.policy import Policy

STRUCTURED = "stepcache_structured"
"""Call argument that marks a forced tool as the shape of an answer, not as an action."""

# Arguments that change the form of an answer in a way that only their own task could follow.
_OPAQUE = (
    "tools",
    "functions",
    "tool_choice",
    "function_call",
    "response_format",
    "format",
    "prediction",
    "modalities",
)
_OPAQUE_IN_TEXT = re.compile(
    r"['\"](tools|functions|response_format|format|modalities|guided_json|json_schema|stop)['\"]\s*+[:,]\s*+"
    r"(?!None|null|\[\]|\{\}|\"\"|'')"
)
_TEMPERATURE_IN_TEXT = re.compile(r"['\"]temperature['\"]\s*[:,]\s*([0-9.]+)")


@dataclass(frozen=True, slots=True)
class Call:
    """A request, the parts of its scope, and how the host demands the answer."""

    request: Request
    parts: Mapping[str, Any]
    """What the scope is made of, by name."""
    policy: Policy
    bypass: str = ""
    """Why the policy keeps the cache out of this call; empty: it does not."""
    temperature: Any = None
    """As the call or the model sets it, if it does."""
    parse_as: Any = None
    """Pydantic class or dict schema under `response_format`: a served answer carries `parsed` to match."""

    @property
    def keyed(self) -> bool:
        """Whether calls of equal key may differ in what was sent: then they are no one flight."""
        return AS_SENT in self.parts


_SESSION = uuid.uuid4().hex
_numbers = itertools.count(1)
_unnamed: dict[int, int] = {}


def identity(model: BaseChatModel, model_id: str | None = None) -> str:
    """Identity of a model and its settings, without call arguments; never a secret in clear.

    It is the one that LangChain's own look-ups lead to, so `wrap` and `set_llm_cache` share entries. A model whose
    identifying parameters are empty cannot be told from another one of its class: it gets an identity of its own in
    this process, unless `model_id` names it.
    """
    return _named(model, model_id, _read_llm_string(model._get_llm_string(stop=None))[0])


def _named(model: BaseChatModel, model_id: str | None, found: str) -> str:
    """The identity, given the one behind LangChain's text form of the model."""
    if model_id is not None:
        return f"id-{digest(model_id)}"
    if not model.is_lc_serializable() and not model._identifying_params:
        return object_identity(model)
    return found


def object_identity(model: object) -> str:
    """Identity of this very object in this process; models are not hashable: kept under `id` while it lives."""
    key = id(model)
    if key not in _unnamed:
        _unnamed[key] = next(_numbers)
        weakref.finalize(model, _unnamed.pop, key, None)
    return f"object-{_SESSION}-{_unnamed[key]}"


@dataclass(frozen=True, slots=True)
class Bare:
    """What a call without arguments sends, of which there are most: a digest of it leads to its exact key.

    That is known before all the rest is, which an exact hit does not need.
    """

    turns: list[Turn]
    model: tuple[str, tuple[str, ...]]
    alias: bytes


def bare_call(
    model: BaseChatModel, messages: Sequence[BaseMessage], *, namespace: str, policy: Policy, model_id: str | None
) -> Bare | None:
    """Read what such a call sends; None where the policy has a say in its key, or keeps the cache out of it."""
    turns = turns_of(messages)
    if policy.key is not None or _bypass(turns, _setting("temperature", model, {}), policy):
        return None
    found = _read_llm_string(model._get_llm_string(stop=None))
    name = _named(model, model_id, found[0])
    return Bare(turns, found, Aliases.of(namespace, canonical(turns), f"wrapped {canonical([name, *found[1]])}"))


def call_of_messages(
    model: BaseChatModel | None,
    messages: Sequence[BaseMessage],
    *,
    stop: list[str] | None,
    kwargs: Mapping[str, Any],
    namespace: str,
    policy: Policy,
    model_id: str | None,
    bare: Bare | None = None,
) -> Call:
    """The call behind `_generate(messages, stop, **kwargs)` of a wrapped model; None: the model is not known yet.

    `bare` is what was read of it already.
    """
    if bare is not None:
        turns = bare.turns
    else:
        turns = turns_of(policy.key(list(messages)) if policy.key is not None else messages)
    settings = {name: value for name, value in kwargs.items() if name != STRUCTURED}
    schema, form, opaque = _shape(settings, bool(kwargs.get(STRUCTURED)), policy)
    if schema is not None and form == "text":
        # The schema is a demand that tasks read. What else the format says (its name, say) must be equal.
        settings["response_format"] = _without_schema(settings["response_format"])
    elif schema is not None:
        settings["tools"] = [_without_parameters(tool) for tool in settings["tools"]]
    many = _number_of_answers(model, kwargs)
    if stop:
        settings["stop"] = stop
        opaque = (*opaque, "stop")
    name = "unknown"
    if model is not None:
        found, hidden = bare.model if bare is not None else _read_llm_string(model._get_llm_string(stop=None))
        name, opaque = _named(model, model_id, found), tuple(dict.fromkeys((*opaque, *hidden)))
    request, parts = request_of(
        turns,
        namespace=namespace,
        model=name,
        settings={name: stable(value) for name, value in settings.items()},
        schema=schema,
        form=form,
        opaque=opaque,
        readable=many == 1,
    )
    if policy.key is not None:
        parts[AS_SENT] = canonical_turns(turns_of(messages))
    temperature = _setting("temperature", model, kwargs)
    return Call(request, parts, policy, _bypass(turns, temperature, policy), temperature, kwargs.get("response_format"))


def call_of_strings(prompt: str, llm_string: str, *, namespace: str, policy: Policy) -> tuple[Call, list[Turn]]:
    """The call behind `lookup(prompt, llm_string)`, and its turns (empty for a plain text prompt)."""
    model, opaque = _read_llm_string(llm_string)
    sent = parse_prompt(prompt)
    if sent is None:
        request, parts = raw_request(prompt, namespace=namespace, model=model)
        return Call(request, parts, policy), []
    turns = sent
    if policy.key is not None:
        turns = turns_of(policy.key(messages_of(sent)))
    request, parts = request_of(turns, namespace=namespace, model=model, settings={}, opaque=opaque)
    if policy.key is not None:
        parts[AS_SENT] = canonical_turns(sent)
    found = _TEMPERATURE_IN_TEXT.findall(llm_string)
    temperature = float(found[-1].rstrip(".") or 0) if found else None
    return Call(request, parts, policy, _bypass(turns, temperature, policy), temperature), sent


@lru_cache(maxsize=256)
def _read_llm_string(llm_string: str) -> tuple[str, tuple[str, ...]]:
    """The identity behind LangChain's text form of a model, and what it holds that changes an answer's form.

    Such arguments (a response format, say) cannot be read back from the text: they make a request partial.
    """
    hidden = tuple(dict.fromkeys(match.group(1) for match in _OPAQUE_IN_TEXT.finditer(llm_string)))
    return f"llm-{digest(llm_string)}", hidden


def _shape(
    kwargs: Mapping[str, Any], structured: bool, policy: Policy
) -> tuple[Mapping[str, Any] | None, str, tuple[str, ...]]:
    """The schema that the host demands, the form of the answer, and what stays opaque."""
    # An empty list of tools is none: agents bind one beside a response format.
    opaque = [name for name in _OPAQUE if kwargs.get(name) is not None and kwargs[name] != []]
    if "tools" in opaque:
        tools = kwargs["tools"]
        forced = _forced_tool(tools, kwargs.get("tool_choice"))
        if forced is not None and (structured or forced[0] in policy.safe_tools):
            rest = [name for name in opaque if name not in ("tools", "tool_choice")]
            if forced[2]:
                rest.append("description of the tool")
            return forced[1], f"tool:{forced[0]}", tuple(rest)
        return None, "text", tuple(opaque)
    if "response_format" in opaque:
        schema = schema_of(kwargs["response_format"])
        if schema is not None:
            opaque.remove("response_format")
            if _described(kwargs["response_format"]):
                opaque.append("description of the response format")
            return schema, "text", tuple(opaque)
    return None, "text", tuple(opaque)


def schema_of(response_format: Any) -> Mapping[str, Any] | None:
    """The JSON Schema behind a `response_format`, or None if it cannot be known."""
    if isinstance(response_format, type) and issubclass(response_format, BaseModel):
        return response_format.model_json_schema()
    if not isinstance(response_format, Mapping):
        return None
    if response_format.get("type") == "json_object":
        return {"type": "object"}
    wrapped = response_format.get("json_schema")
    schema = wrapped.get("schema") if isinstance(wrapped, Mapping) else None
    return schema if isinstance(schema, Mapping) else None


def _without_schema(response_format: Any) -> Any:
    if not isinstance(response_format, Mapping):
        return "class"  # its name and its docstring are in its schema
    wrapped = response_format.get("json_schema")
    if not isinstance(wrapped, Mapping):
        return response_format
    return {**response_format, "json_schema": {name: value for name, value in wrapped.items() if name != "schema"}}


def _without_parameters(tool: Any) -> Any:
    converted = convert_to_openai_tool(tool)
    function = {name: value for name, value in converted["function"].items() if name != "parameters"}
    return {**converted, "function": function}


def _described(response_format: Any) -> bool:
    """Whether the format says in words, beside its schema, what the answer is to be: no task reads that."""
    wrapped = response_format.get("json_schema") if isinstance(response_format, Mapping) else None
    return isinstance(wrapped, Mapping) and _says_more(wrapped.get("description"), wrapped.get("name"))


def _says_more(description: Any, name: Any) -> bool:
    """Whether a description says more than the name: "A ticket." beside `Ticket` does not."""
    said = re.sub(r"[^a-z0-9]", "", re.sub(r"^(?:an?|the)\s", "", str(description or "").strip().lower()))
    return said not in ("", re.sub(r"[^a-z0-9]", "", str(name).lower()))


def _forced_tool(tools: Any, choice: Any) -> tuple[str, Mapping[str, Any], bool] | None:
    """The one tool that the model must call: its name, its parameters, and whether its description says more."""
    if not isinstance(tools, Sequence) or len(tools) != 1:
        return None
    function = convert_to_openai_tool(tools[0]).get("function", {})
    name, parameters = function.get("name"), function.get("parameters")
    wanted = choice
    if isinstance(choice, Mapping):
        inner = choice.get("function")
        wanted = (inner if isinstance(inner, Mapping) else choice).get("name")
    if (
        not isinstance(name, str)
        or not isinstance(parameters, Mapping)
        or wanted not in (name, "any", "required", True)
    ):
        return None
    return name, parameters, _says_more(function.get("description"), name)


def _setting(name: str, model: BaseChatModel | None, kwargs: Mapping[str, Any]) -> Any:
    """A setting as the call makes it, else as the model has it; None if neither says."""
    if name in kwargs:
        return kwargs[name]
    # That a pydantic object has no such attribute takes it long to find out.
    return getattr(model, name, None) if model is not None and (model.model_extra or _has(type(model), name)) else None


@lru_cache(maxsize=256)
def _has(kind: type[BaseChatModel], name: str) -> bool:
    return name in kind.model_fields or any(name in vars(base) for base in kind.__mro__)


def _number_of_answers(model: BaseChatModel | None, kwargs: Mapping[str, Any]) -> int:
    number = _setting("n", model, kwargs)
    return number if isinstance(number, int) and number > 1 else 1


def _bypass(turns: Sequence[Turn], temperature: Any, policy: Policy) -> str:
    if policy.sampling == "bypass" and isinstance(temperature, (int, float)) and temperature > 0:
        return "the policy bypasses sampling requests"
    if policy.tool_turns == "bypass" and turns and turns[-1].get("type") in ("tool", "function"):
        return "the policy bypasses turns that hold tool results"
    return ""


def stable(value: Any) -> Any:
    """A JSON value that is the same for equal call arguments."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Mapping):
        return {str(key): stable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [stable(item) for item in value]
    if isinstance(value, type) and issubclass(value, BaseModel):
        return {"class": value.__qualname__, "schema": value.model_json_schema()}
    return repr(value)
