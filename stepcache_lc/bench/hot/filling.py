"""Entries at scale, without a model: what an app that asks a model many equations would have stored.

One answer is checked and admitted as any other is; the others are made after it, text by text, under keys of their own,
and put in bulk, since storing one at a time waits for the disk each time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from stepcache_lc.cache import StepCache
from stepcache_lc.calls import call_of_messages
from stepcache_lc.core.types import Entry
from stepcache_lc.messages import reply_of

_PAGE = 1_000
_FORMS = (
    "Solve {} for {}.",
    "Solve the equation {} for {}.",
    "Please solve {} for {}.",
    "Solve for {1}: {0}",
    "Find the value of {1} if {0}.",
)


@dataclass(frozen=True, slots=True)
class Equation:
    """`ax + b = c`, asked for in one of a few forms."""

    a: int
    b: int
    root: int
    unknown: str
    form: int

    @property
    def c(self) -> int:
        """The right side."""
        return self.a * self.root + self.b

    @property
    def prompt(self) -> str:
        """What is asked."""
        return _FORMS[self.form].format(f"{self.a}{self.unknown} + {self.b} = {self.c}", self.unknown)

    @property
    def answer(self) -> str:
        """A worked answer."""
        x = self.unknown
        return (
            f"1. Start with the equation: {self.a}{x} + {self.b} = {self.c}\n"
            f"2. Subtract {self.b} from both sides: {self.a}{x} = {self.c - self.b}\n"
            f"3. Divide both sides by {self.a}: {x} = {self.root}\n"
        )


def equations(seed: int = 1) -> Iterator[Equation]:
    """Distinct equations, always the same ones in the same order."""
    draw = random.Random(seed)
    seen: set[Equation] = set()
    while True:
        drawn = Equation(
            draw.randint(2, 99),
            draw.randint(1, 999),
            draw.randint(2, 99),
            draw.choice("abcdfghkmnpqrstuvwxyz"),
            draw.randrange(len(_FORMS)),
        )
        if drawn not in seen:
            seen.add(drawn)
            yield drawn


class Quiet(BaseChatModel):
    """A model that answers at once, and never twice the same: whatever is measured is not the model."""

    answer: str = ""
    name_of_model: str = "quiet"

    @property
    def _llm_type(self) -> str:
        return "quiet"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.name_of_model}

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=self.answer))])


def fill(cache: StepCache, model: Quiet, wanted: list[Equation]) -> None:
    """Store an answer to each of the equations."""
    prototype = _admitted(cache, model, wanted[0])
    engine = cache._engine
    for start in range(0, len(wanted), _PAGE):
        entries = [_like(prototype, cache, model, equation) for equation in wanted[start : start + _PAGE]]
        vectors = engine.embed([entry.request_text for entry in entries])
        engine.store.put_many(list(zip(entries, vectors, strict=True)))


def _admitted(cache: StepCache, model: Quiet, equation: Equation) -> Entry:
    """The entry of an answer that went the whole way."""
    model.answer = equation.answer
    receipt = cache.wrap(model).invoke(equation.prompt).response_metadata["stepcache"]
    engine = cache._engine
    entry = engine.front.get(receipt["stored"])
    if entry is None or not entry.candidate:
        raise RuntimeError(f"the first answer was not admitted: {receipt['why']}")
    return entry


def _like(prototype: Entry, cache: StepCache, model: Quiet, equation: Equation) -> Entry:
    """The entry that this equation's answer would have become."""
    engine = cache._engine
    namespace, policy, _ = engine.in_force()
    request = call_of_messages(
        model,
        [HumanMessage(equation.prompt)],
        stop=None,
        kwargs={},
        namespace=namespace,
        policy=policy,
        model_id=None,
    ).request
    payload = reply_of([ChatGeneration(message=AIMessage(content=equation.answer))]).payload
    return replace(
        prototype,
        id=request.key,
        model=request.model,
        scope=request.scope,
        request_text=request.text,
        text=equation.answer,
        payload=payload,
    )
