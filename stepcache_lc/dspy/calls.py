"""Calling the LM below the cache: how an `Ask` of the flow becomes an adapter call, and what came back.

The whole request is the plain adapter's own call, unchanged. A patch is a call with a reduced signature: fields that
stand become inputs, in the demos too. DSPy's own LM cache lies below; what is asked for because an earlier answer did
not do passes a fresh `rollout_id`, or it would get that answer again.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dspy

from stepcache_lc.core.effects import Ask
from stepcache_lc.core.types import Plan, Reply, Tokens
from stepcache_lc.dspy.fields import FieldError, frame, text_of, value_of
from stepcache_lc.dspy.scope import Asked
from stepcache_lc.dspy.wording import default_instructions
from stepcache_lc.messages import CUT_OFF, REFUSED
from stepcache_lc.model_calls import bounded

Completions = list[dict[str, Any]]
Call = Callable[[Any, dict[str, Any], Any, list[Any], dict[str, Any]], Completions]
Acall = Callable[[Any, dict[str, Any], Any, list[Any], dict[str, Any]], Coroutine[Any, Any, Completions]]


_ANEW = "An earlier answer to this was wrong. Work it out anew and check each step."
"""Said where the request is asked for again as it stands: in the same words it would get the same wrong answer."""


@dataclass
class _Listener:
    """Stands among the calling modules, so that DSPy notes each LM call in its history."""

    history: list[Mapping[str, Any]] = field(default_factory=list)


class FieldCalls:
    """The LM calls of one predictor's call."""

    timeout: float | None = None
    """Seconds that a patch may take."""

    def __init__(self, asked: Asked, call: Call, acall: Acall) -> None:
        """`call` and `acall` are the plain adapter's own."""
        self.asked = asked
        self.made = 0
        """LM calls that reached the model."""
        self.error: Exception | None = None
        """What the whole request raised: the host's own error."""
        self.whole: Reply | None = None
        """What the model answered to the whole request."""
        self._call, self._acall = call, acall
        self._again = False

    def planned(self, plan: Plan, mode: str) -> None:
        """Take note of what is going to be asked for: a regenerated answer must be a fresh one."""
        self._again = mode == "refresh" or getattr(plan, "outcome", "") == "regenerate"

    def ask(self, ask: Ask) -> Reply:
        """Call the model, synchronously."""
        if ask.kind == "patch":
            self._again = True
            if self.timeout is not None:
                return bounded(lambda: self._patch(ask), self.timeout)
            return self._patch(ask)
        asked = self.asked
        listener = _Listener()
        try:
            with _listening(listener, live=ask.live):
                found = self._call(asked.lm, self._config(), asked.signature, list(asked.demos), dict(asked.inputs))
        except Exception as error:
            self._count(listener)
            self.error = error
            raise
        return self._took(found, listener)

    async def aask(self, ask: Ask) -> Reply:
        """Call the model on the event loop."""
        if ask.kind == "patch":
            self._again = True
            pending = self._apatch(ask)
            return await (pending if self.timeout is None else asyncio.wait_for(pending, self.timeout))
        asked = self.asked
        listener = _Listener()
        try:
            with _listening(listener, live=ask.live):
                found = await self._acall(
                    asked.lm, self._config(), asked.signature, list(asked.demos), dict(asked.inputs)
                )
        except Exception as error:
            self._count(listener)
            self.error = error
            raise
        return self._took(found, listener)

    def in_background(self) -> Callable[[], Reply]:
        """The whole request once more, for another thread; the host's callbacks, trace and usage do not hear of it."""
        again = FieldCalls(self.asked, self._call, self._acall)
        again._again = True
        context = contextvars.copy_context()

        def ask() -> Reply:
            with dspy.context(callbacks=[], caller_modules=None, trace=None, usage_tracker=None):
                return again.ask(Ask("whole"))

        return lambda: context.run(ask)

    def live(self, ask: Ask, *, on_loop: bool) -> None:
        """DSPy streams by itself, from inside the LM call."""

    def _patch(self, ask: Ask) -> Reply:
        reduced = _Reduced.of(self.asked, ask)
        listener = _Listener()
        with _listening(listener, live=False):
            found = self._call(self.asked.lm, self._config(), reduced.signature, list(self.asked.demos), reduced.inputs)
        return self._reply(found, reduced.signature, listener)

    async def _apatch(self, ask: Ask) -> Reply:
        reduced = _Reduced.of(self.asked, ask)
        listener = _Listener()
        with _listening(listener, live=False):
            found = await self._acall(
                self.asked.lm, self._config(), reduced.signature, list(self.asked.demos), reduced.inputs
            )
        return self._reply(found, reduced.signature, listener)

    def _config(self) -> dict[str, Any]:
        """The call's settings, for a fresh answer where one is needed."""
        config = dict(self.asked.config)
        if not self._again:
            return config
        if isinstance(self.asked.lm, dspy.LM) and self.asked.setting("temperature") == 0:
            # There a rollout has no effect but a warning: what counts is that DSPy's own cache is left out.
            return {**config, "cache": False}
        return {**config, "rollout_id": uuid.uuid4().int >> 80}

    def _took(self, found: Completions, listener: _Listener) -> Reply:
        self._again = True
        self.whole = Reply("", raw=found, readable=False, storable=False)
        self.whole = self._reply(found, self.asked.signature, listener)
        return self.whole

    def _count(self, listener: _Listener) -> Tokens:
        """Count the calls that were no hits in DSPy's own cache, and their tokens."""
        tokens = Tokens()
        for entry in listener.history:
            if not _cached_below(entry):
                self.made += 1
                tokens = tokens + _tokens(entry.get("usage") or {})
        if not listener.history:
            self.made += 1
        return tokens

    def _reply(self, found: Completions, signature: Any, listener: _Listener) -> Reply:
        tokens = self._count(listener)
        note = "" if listener.history else "without DSPy's history nobody knows if this was cut off: not stored"
        for entry in listener.history[-1:]:
            note = _not_storable(entry.get("response"))
        text = ""
        try:
            if len(found) != 1:
                raise FieldError("several completions")
            values = found[0]
            text = frame(
                {name: text_of(values[name], item.annotation) for name, item in signature.output_fields.items()}
            )
        except (FieldError, KeyError) as error:
            note = note or f"{error}: not stored"
        return Reply(
            text=text,
            model_name=str(getattr(self.asked.lm, "model", "")),
            tokens=tokens,
            storable=not note,
            readable=bool(text),
            storage_note=note,
            raw=found,
        )


@dataclass(frozen=True, slots=True)
class _Reduced:
    """A signature that asks for some fields only; those that stand are inputs."""

    signature: Any
    inputs: dict[str, Any]

    @classmethod
    def of(cls, asked: Asked, ask: Ask) -> _Reduced:
        text, _, note = ask.messages[0].text.partition("\n")  # JSON, and what is said to a model that was wrong before
        wanted = json.loads(text)
        keep: Mapping[str, str] = wanted["keep"]
        signature = asked.signature
        if not keep:
            return cls(_noted(signature, note or _ANEW), dict(asked.inputs))
        fields: dict[str, Any] = {name: (item.annotation, item) for name, item in signature.input_fields.items()}
        inputs = dict(asked.inputs)
        for name, text in keep.items():
            item = signature.output_fields[name]
            extra = {key: value for key, value in (item.json_schema_extra or {}).items() if key == "desc"}
            fields[name] = (item.annotation, dspy.InputField(**extra))
            inputs[name] = value_of(text, item.annotation)
        for name in wanted["ask"]:
            item = signature.output_fields[name]
            fields[name] = (item.annotation, item)
        instructions = None if default_instructions(signature) else signature.instructions
        return cls(_noted(dspy.Signature(fields, instructions), note), inputs)


def _noted(signature: Any, note: str) -> Any:
    note = note.strip()
    return signature.with_instructions(f"{signature.instructions}\n{note}") if note else signature


def _listening(listener: _Listener, *, live: bool) -> Any:
    """DSPy settings under which the listener hears of each call; tokens are handed on only if they may be."""
    settings: dict[str, Any] = {"caller_modules": [listener, *(dspy.settings.caller_modules or [])]}
    if not live:
        settings["send_stream"] = None
    return dspy.context(**settings)


def _cached_below(entry: Mapping[str, Any]) -> bool:
    """Whether DSPy's own cache answered: it says so, or the call used nothing of what its response once used."""
    parts = _parts(entry.get("response"))
    if any(_value(part, "cache_hit") is True for part in parts):
        return True
    reported = any(getattr(getattr(part, "usage", None), "input_tokens", None) is not None for part in parts)
    return reported and not entry.get("usage")


def _parts(response: Any) -> Sequence[Any]:
    return response if isinstance(response, (list, tuple)) else (response,)


def _tokens(usage: Mapping[str, Any]) -> Tokens:
    def count(*names: str) -> int:
        return next((int(usage[name]) for name in names if usage.get(name)), 0)

    return Tokens(count("prompt_tokens", "input_tokens"), count("completion_tokens", "output_tokens"))


def _not_storable(response: Any) -> str:
    """Why an answer is returned, never stored: refused, or cut off."""
    for part in _parts(response):
        choices = _value(part, "choices")
        for item in (part, *(choices if isinstance(choices, (list, tuple)) else ())):
            for name in ("finish_reason", "status"):
                word = str(_value(item, name)).lower().rpartition(".")[2]
                if word in REFUSED:
                    return "refused: not stored"
                if word in CUT_OFF:
                    return "cut off: not stored"
    return ""


def _value(item: Any, name: str) -> Any:
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)
