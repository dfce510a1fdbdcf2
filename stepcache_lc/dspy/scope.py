"""What must be equal before two DSPy calls are compared, and which calls the cache leaves alone.

The exact key covers the very messages that the adapter makes of a call, so that whatever an adapter or a type puts into
the prompt is in it. The scope covers the rest of the call part by part, the inputs left out.
"""

from __future__ import annotations

import copy
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dspy
from langchain_core.messages import convert_to_messages

from stepcache_lc.calls import object_identity, stable
from stepcache_lc.core.keys import canonical, digest, exact_key, scope_digest
from stepcache_lc.core.types import Request
from stepcache_lc.dspy.fields import schema_of
from stepcache_lc.messages import turns_of
from stepcache_lc.policy import Policy

# Adapters that are nothing but a form of prompt and answer: what they do follows from their class and their settings.
_PLAIN_ADAPTERS = frozenset({"ChatAdapter", "JSONAdapter", "XMLAdapter", "BAMLAdapter"})
_CALLING = ("__call__", "acall", "_call_preprocess", "_call_postprocess")
_SECRET = re.compile(
    r"api[-_]?key|access[-_]?key|secret|passw(?:or)?d|credential|authorization|cookie"
    r"|(?:access|auth|bearer|session|refresh)[-_]?token|(?<!eos)(?<!bos)(?<!pad)(?<!stop)[-_]token$|^token$",
    re.IGNORECASE,
)
_SECRET_VALUE = re.compile(r"(?:bearer|basic)\s+\S|sk-", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=//)[^/@\s]{1,400}@|(?<=[?&])(?:sig|[\w-]{0,40}(?:token|key))=[^&\s]{1,4000}", re.IGNORECASE)
"""What in an address is for one user: a login, a key."""
# Settings of a call that change the form of its answer, or what the model may do: only identical calls are comparable.
_OPAQUE = ("stop", "response_format", "prediction", "modalities", "functions", "function_call", "tool_choice")


@dataclass(frozen=True, slots=True)
class Asked:
    """One predictor's call, as it arrives at the adapter."""

    lm: Any
    config: Mapping[str, Any]
    signature: Any
    demos: Sequence[Any]
    inputs: Mapping[str, Any]
    predictor: str
    """Name of the predictor in its program, or empty: one that the program makes as it runs."""

    def setting(self, name: str) -> Any:
        """A setting of the call, else of its LM."""
        value = self.config.get(name)
        return value if value is not None else getattr(self.lm, "kwargs", {}).get(name)


def why_bypass(asked: Asked, adapter: Any, policy: Policy) -> str:
    """Why the cache keeps out of this call; empty: it does not."""
    if asked.config.get("cache") is False:
        return "the call says cache=False"
    many = [asked.setting(name) for name in ("n", "num_generations")]
    if any(isinstance(number, int) and number > 1 for number in many):
        return "several completions are asked for"
    if asked.setting("logprobs"):
        return "log probabilities are asked for"
    if asked.setting("tools"):
        return "native tools are in play"
    for name, field in asked.signature.fields.items():
        if _special(field.annotation):
            return f"field {name!r} is of a type that DSPy handles itself"
    if not all(_from_dspy(getattr(type(adapter), name, None)) for name in _CALLING):
        return f"adapter {type(adapter).__name__!r} makes calls of its own"
    temperature = asked.setting("temperature")
    if policy.sampling == "bypass" and isinstance(temperature, (int, float)) and temperature > 0:
        return "the policy bypasses sampling requests"
    return ""


def request_of(
    asked: Asked,
    adapter: Any,
    texts: Mapping[str, str] | None,
    *,
    namespace: str,
    policy: Policy,
    program: str,
    checks: Sequence[Any],
) -> tuple[Request, dict[str, Any]]:
    """The request behind a call, and the parts of its scope by name.

    Args:
        asked: The call.
        adapter: The plain adapter in force.
        texts: The inputs as texts, where they can be read; None: only an identical call is comparable.
        namespace: The tenant.
        policy: Its `key` says what of the messages belongs into keys.
        program: Class of the program.
        checks: Names and versions of what would check an answer.
    """
    messages = _messages(adapter, asked)
    if policy.key is not None:
        # Whoever wrote it expects messages as LangChain's front doors have them.
        messages = list(turns_of(policy.key(convert_to_messages(messages))))
    model = _model_identity(asked.lm)
    settings = {
        name: stable(value) for name, value in sorted(_without_secrets(asked.config).items()) if name != "cache"
    }
    parts: dict[str, Any] = {
        "namespace": namespace,
        "model": model,
        "predictor": [program, asked.predictor],
        "instructions": asked.signature.instructions,
        "fields": [[name, _field(field)] for name, field in asked.signature.fields.items()],
        "demos": [_demo(demo) for demo in asked.demos],
        "adapter": _adapter_identity(adapter),
        "settings": settings,
        "tasks": list(checks),
        "prompt before the inputs": digest(messages[:-1]),
    }
    scope = scope_digest(parts)
    readable = (
        texts is not None
        and bool(asked.predictor)
        and type(adapter).__module__.startswith("dspy.adapters.")
        and type(adapter).__name__ in _PLAIN_ADAPTERS
        and not any(asked.setting(name) for name in _OPAQUE)
    )
    request = Request(
        text=request_text(asked.signature.instructions, texts or {}),
        namespace=namespace,
        # Recall looks among the answers of one predictor: what other predictors said would only be in the way.
        model=f"dspy-{digest(_model_identity(asked.lm, rollout=False), program, asked.predictor)}",
        scope=scope,
        key=exact_key(scope, canonical(stable(messages)), None),
        readable=readable,
    )
    return request, parts


def request_text(instructions: str, inputs: Mapping[str, str]) -> str:
    """What is embedded and read: as in a prompt, the instructions go before the inputs."""
    return canonical([instructions, list(inputs.items())])


def inputs_of(text: str) -> dict[str, str]:
    """The inputs in a request's text."""
    return dict(json.loads(text)[1])


def _messages(adapter: Any, asked: Asked) -> list[Any]:
    """The messages that the adapter makes of the call, without its callbacks hearing of it."""
    quiet = copy.copy(adapter)
    quiet.callbacks = []
    with dspy.context(callbacks=[]):
        messages: list[Any] = quiet.format(asked.signature, list(asked.demos), dict(asked.inputs))
    return messages


def _special(annotation: Any) -> bool:
    """Whether a `dspy.Type` (or a decision, which becomes one of DSPy's own evidence models) is in an annotation."""
    if dspy.Type.extract_custom_type_from_annotation(annotation):
        return True
    return isinstance(annotation, type) and annotation.__module__.startswith("dspy.adapters.decision")


def _from_dspy(method: Any) -> bool:
    return method is None or str(getattr(method, "__module__", "")).startswith("dspy.adapters.")


def _adapter_identity(adapter: Any) -> list[Any]:
    state = {name: value for name, value in vars(adapter).items() if name != "callbacks"}
    return [_path(type(adapter)), _described(state)]


def _model_identity(lm: Any, *, rollout: bool = True) -> list[Any]:
    """Class, model, engine, address and settings of an LM, secrets left out.

    What a class of the user's own keeps besides is unknown: unless it can write its state down, each object stands for
    itself.
    """
    identity: list[Any] = [_path(type(lm)), getattr(lm, "model", ""), getattr(lm, "model_type", "")]
    settings = {name: stable(value) for name, value in _without_secrets(lm.kwargs).items()}
    identity.append(settings if rollout else {name: settings[name] for name in settings if name != "rollout_id"})
    if not lm.kwargs.get("api_base") and not lm.kwargs.get("base_url"):
        provider = str(identity[1]).partition("/")[0].upper()
        identity.append([_cleaned(os.environ.get(f"{provider}_{name}", "")) for name in ("API_BASE", "BASE_URL")])
    identity.append(bool(getattr(lm, "use_developer_role", False)))
    if type(lm) is not dspy.LM:
        identity.append(_state_of(lm, (dspy.BaseLM, dspy.LM)))
    engine = getattr(lm, "_engine_spec", None)
    if type(lm) is dspy.LM and engine is not None:
        identity.append(engine if isinstance(engine, str) else [_path(type(engine)), _state_of(engine, ())])
        identity.append([repr(getattr(binding, "definition", binding)) for binding in getattr(lm, "_providers", ())])
    return identity


def _state_of(thing: Any, bases: Sequence[type]) -> Any:
    """The state that an object writes down itself, else its identity in this process."""
    dump = getattr(type(thing), "dump_state", None)
    if dump is None or any(dump is getattr(base, "dump_state", None) for base in bases):
        return object_identity(thing)
    return stable(_without_secrets(thing.dump_state()))


def _without_secrets(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(name): _cleaned(value)
        for name, value in settings.items()
        if not _SECRET.search(str(name)) and not (isinstance(value, str) and _SECRET_VALUE.match(value))
    }


def _cleaned(value: Any) -> Any:
    """A value without the secrets in it: entries of such a name, and logins in addresses."""
    if isinstance(value, Mapping):
        return _without_secrets(value)
    if isinstance(value, (list, tuple)):
        return [_cleaned(item) for item in value]
    return _LOGIN.sub("", value) if isinstance(value, str) and "://" in value else value


def _field(field: Any) -> list[Any]:
    """All that a signature says of one field: nothing of its annotation or its constraints may be lost."""
    return [
        repr(field.annotation),
        stable(schema_of(field.annotation)),
        stable(field.json_schema_extra),
        field.description,
        [repr(item) for item in field.metadata],
        repr(field.default),
        repr(field.default_factory),
    ]


def _demo(demo: Any) -> Any:
    items = demo.items() if hasattr(demo, "items") else ()
    return [[str(name), stable(value)] for name, value in items]


def _described(value: Any) -> Any:
    """A settings value of an adapter: classes by their path, other LMs by their identity."""
    if isinstance(value, type):
        return _path(value)
    if isinstance(value, dspy.BaseLM):
        return _model_identity(value)
    if isinstance(value, Mapping):
        return {str(name): _described(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_described(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return object_identity(value)


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
