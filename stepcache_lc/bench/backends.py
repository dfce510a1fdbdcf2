"""The models behind the systems: simulated, local, any GGUF file, or an OpenAI-compatible endpoint."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from stepcache_lc.bench.simulate import ERROR_RATE, SimulatedModel
from stepcache_lc.errors import ConfigurationError, MissingExtra, StepCacheError

MAX_TOKENS: Final = 192
"""Longest answer of a real model; small ones sometimes do not find an end."""

EXAMPLES: Final[tuple[BaseMessage, ...]] = (
    HumanMessage("Solve 3x + 4 = 25 for x."),
    AIMessage("1. Subtract 4 from both sides: 3x = 25 - 4 = 21\n2. Divide both sides by 3: x = 21 / 3 = 7\n\nx = 7"),
    HumanMessage("What is the value of n if 5n - 8 = 22?"),
    AIMessage("1. Add 8 to both sides: 5n = 22 + 8 = 30\n2. Divide both sides by 5: n = 30 / 5 = 6\n\nn = 6"),
)
"""Worked examples that stand in front of every call of a local model, for all systems alike: without them a model of
half a billion parameters gets a third of linear equations wrong."""


@dataclass(frozen=True)
class Backend:
    """A model under test."""

    identity: str
    """Short name; keeps answers of different models apart."""
    description: str
    """What a reader of the results must know of it."""
    model: BaseChatModel
    preamble: Sequence[BaseMessage] = ()
    """Part of the model: goes in front of every call."""

    @property
    def simulated(self) -> SimulatedModel | None:
        """The simulated model, if this is one: it must learn the requests first."""
        return self.model if isinstance(self.model, SimulatedModel) else None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which model is wanted; the defaults are the small local one.

    Raises:
        ConfigurationError: two kinds of model at once, or half of an endpoint.
    """

    simulate: bool = False
    error_rate: float = ERROR_RATE
    """Share of wrong answers of the simulated model, 0..1."""
    base_url: str | None = None
    model: str | None = None
    gguf: Path | None = None
    examples: bool = True
    """Whether local models get `EXAMPLES`."""
    max_tokens: int = MAX_TOKENS

    def __post_init__(self) -> None:
        if (self.base_url is None) != (self.model is None):
            raise ConfigurationError("--base-url and --model go together")
        if self.simulate + (self.base_url is not None) + (self.gguf is not None) > 1:
            raise ConfigurationError("pass one of --simulate, --base-url and --gguf")
        if not 0.0 <= self.error_rate <= 1.0:
            raise ConfigurationError(f"the error rate is a share from 0 to 1, not {self.error_rate:g}")
        if self.max_tokens < 1:
            raise ConfigurationError(f"an answer has at least one token, not {self.max_tokens}")
        if self.gguf is not None and not self.gguf.is_file():
            raise ConfigurationError(f"there is no file {self.gguf}")


@contextmanager
def backend(choice: Choice) -> Iterator[Backend]:
    """The model that was chosen; a local server runs as long as the block.

    Raises:
        MissingExtra: what the backend needs is not installed.
        StepCacheError: the endpoint does not answer, the server does not start.
    """
    if choice.simulate:
        model = SimulatedModel(error_rate=choice.error_rate)
        yield Backend("simulated", f"simulated, {choice.error_rate:.1%} of its answers wrong", model)
    elif choice.base_url is not None and choice.model is not None:
        yield Backend(
            choice.model,
            f"{choice.model} at {choice.base_url}, at most {choice.max_tokens} tokens an answer",
            _connected(choice.base_url, choice.model, choice.max_tokens),
        )
    else:
        with _local(choice) as found:
            yield found


@contextmanager
def _local(choice: Choice) -> Iterator[Backend]:
    from stepcache_lc.demo.server import MODEL_NAME, local_model

    name = choice.gguf.name if choice.gguf is not None else MODEL_NAME
    # The systems ask in one run, each call is made once, and all begin with the same examples: with the prefix cache
    # on, these are read once and not before every call.
    with local_model(choice.gguf, prefix_cache=True) as url:
        yield Backend(
            name,
            f"{name} in llama.cpp on this machine, at most {choice.max_tokens} tokens an answer, "
            f"{'with two worked examples in front of every call' if choice.examples else 'no examples'}",
            _connected(url, name, choice.max_tokens),
            EXAMPLES if choice.examples else (),
        )


def _connected(base_url: str, name: str, max_tokens: int) -> BaseChatModel:
    try:
        import openai
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise MissingExtra(f"real models need langchain-openai ({error}): pip install 'stepcache-lc[demo]'") from error
    model = ChatOpenAI(
        base_url=base_url,
        api_key=os.environ.get("OPENAI_API_KEY", "unused"),  # type: ignore[arg-type]  # pydantic makes it secret
        model=name,
        temperature=0,
        max_completion_tokens=max_tokens,
        max_retries=0,
        cache=False,
    )
    try:
        model.invoke("Say hello.")
    except openai.OpenAIError as error:
        raise StepCacheError(f"no answer from {base_url} for the model {name!r}: {error}") from error
    return model
