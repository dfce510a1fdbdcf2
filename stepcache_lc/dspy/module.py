"""`StepCacheModule`: the wrapper around a DSPy program."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import dspy

from stepcache_lc.cache import StepCache
from stepcache_lc.dspy.adapter import Run, caching
from stepcache_lc.dspy.blocks import resumed
from stepcache_lc.dspy.handle import CacheHandle
from stepcache_lc.dspy.receipts import ReceiptCallback
from stepcache_lc.dspy.verifier import Verifier
from stepcache_lc.errors import ConfigurationError

_PREFIX = "module"


class StepCacheModule(dspy.Module):  # type: ignore[misc]
    """Any DSPy program, answered from verified steps where that is sound, and by its LM where it is not.

    The program itself is at `.module`; optimizers, `save`, `batch`, `streamify` and the rest of DSPy treat the wrapper
    as they treat the program. Every prediction carries its receipt at `prediction._stepcache`.

    In deep copies that are not compiled, only identical calls are answered from the cache: optimizers work on such
    copies, and must see what the LM itself does.
    """

    def __init__(
        self, program: dspy.Module, *, cache: StepCache, verifiers: Mapping[str, Verifier] | None = None
    ) -> None:
        """Wrap a program.

        Args:
            program: Any `dspy.Module`. It is not changed.
            cache: The cache to answer from; several programs may share one.
            verifiers: By predictor name as in `program.named_predictors()`: `verifier(inputs, prediction)` says whether
                the outputs are right for the inputs: True, False, None (cannot say), or these by output field.

        Raises:
            ConfigurationError: An argument is wrong; the message names it and the mend.
        """
        super().__init__()
        if isinstance(program, type) and issubclass(program, dspy.Module):
            raise ConfigurationError(
                f"program is the class {program.__name__}: pass an instance, {program.__name__}(...)"
            )
        if not isinstance(program, dspy.Module):
            raise ConfigurationError(
                f"program must be a dspy.Module, not {type(program).__name__}: pass e.g. dspy.Predict('q -> a')"
            )
        if not isinstance(cache, StepCache):
            raise ConfigurationError(
                f"cache must be a StepCache, not {type(cache).__name__}: pass cache=StepCache(...)"
            )
        self.module = program
        self._handle = CacheHandle(cache)
        self._verifiers = _checked(verifiers, program)
        self._copied = False

    @property
    def cache(self) -> StepCache:
        """The cache that the program is answered from."""
        return self._handle.cache

    @property
    def reuse(self) -> bool:
        """Whether answers to other requests may be considered; False in a deep copy until it is compiled.

        Set it to True on what an optimizer returned without marking it as compiled. Copies of it start anew.
        """
        return not self._copied or bool(self._compiled)

    @reuse.setter
    def reuse(self, wanted: bool) -> None:
        self._copied = not wanted

    # ------------------------------------------------------------------------------------------------- running

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program through the cache."""
        with self._running() as receipts:
            output = self.module(*args, **kwargs)
        receipts.sign(output)
        return output

    async def aforward(self, *args: Any, **kwargs: Any) -> Any:
        """Run the program through the cache, without blocking the event loop."""
        with self._running() as receipts:
            output = await self.module.acall(*args, **kwargs)
        receipts.sign(output)
        return output

    @contextmanager
    def _running(self) -> Iterator[ReceiptCallback]:
        receipts = ReceiptCallback()
        names = _predictor_names(self.module)
        run = Run(
            engine=self.cache._engine,
            receipts=receipts,
            program=f"{type(self.module).__module__}.{type(self.module).__qualname__}",
            predictors=names,
            verifiers=self._verifiers,
            similar=self._is_original(),
        )
        callbacks = [*dspy.settings.callbacks, receipts]
        adapter = dspy.settings.adapter
        try:
            adapter = caching(adapter, run)
        except Exception as error:  # an adapter that nothing can be derived from
            run.engine.trouble("adapter", error)
        with resumed(), dspy.context(adapter=adapter, callbacks=callbacks):
            yield receipts

    def _is_original(self) -> bool:
        """Whether this is no working copy of an optimizer: the one that was made, or one that was compiled."""
        return self.reuse or any(getattr(caller, "_compiled", False) for caller in dspy.settings.caller_modules or ())

    # ------------------------------------------------------------------------------------------ like the program

    def named_parameters(self) -> list[tuple[str, Any]]:
        """The program's parameters, under `module.`, also those of a compiled program."""
        return [(_prefixed(name), parameter) for name, parameter in self.module.named_parameters()]

    def set_lm(self, lm: Any) -> None:
        """Set the LM of the program's predictors."""
        self.module.set_lm(lm)

    def get_lm(self) -> Any:
        """The LM of the program's predictors."""
        return self.module.get_lm()

    def dump_state(self, *args: Any, **kwargs: Any) -> Any:
        """The program's own state: it loads into the plain program, too."""
        return self.module.dump_state(*args, **kwargs)

    def load_state(self, state: Any, **kwargs: Any) -> Any:
        """Load a state that was dumped from this or from the plain program."""
        loaded = self.module.load_state(state, **kwargs)
        return self if loaded is self.module else loaded

    def deepcopy(self) -> StepCacheModule:
        """A copy on the same cache; until it is compiled it answers identical calls only."""
        made: StepCacheModule = super().deepcopy()
        made._copied = True
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> StepCacheModule:
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update({name: copy.deepcopy(value, memo) for name, value in vars(self).items()})
        made._copied = True
        return made

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_copied": False}

    def __repr__(self) -> str:
        return f"StepCacheModule({self.module!r})"


def _prefixed(name: str) -> str:
    """`self` is how a predictor names itself; what holds it is the wrapper's attribute."""
    return _PREFIX if name == "self" else f"{_PREFIX}.{name}"


def _predictor_names(program: dspy.Module) -> dict[int, str]:
    """Names of all predictors in a program, by `id`: they stay the same when a part is compiled."""
    return {
        id(predictor): name.removeprefix("self.") for name, predictor in program.named_sub_modules(type_=dspy.Predict)
    }


def _checked(verifiers: Mapping[str, Verifier] | None, program: dspy.Module) -> dict[str, Verifier]:
    if verifiers is None:
        return {}
    if not isinstance(verifiers, Mapping):
        raise ConfigurationError(
            f"verifiers must be a mapping, not {type(verifiers).__name__}: pass {{name: callable}}"
        )
    by_id = _predictor_names(program)
    shown = dict(program.named_predictors())
    # DSPy names what stands in a dict in two ways; both will do, with or without the wrapper's prefix.
    names = {name: name for name in by_id.values()} | {name: by_id[id(at)] for name, at in shown.items()}
    names |= {_prefixed(name): inner for name, inner in names.items() if _prefixed(name) not in names}
    checked: dict[str, Verifier] = {}
    given: Any
    verifier: Any
    for given, verifier in verifiers.items():
        if given not in names:
            frozen = [name for at, name in by_id.items() if at not in map(id, shown.values())]
            raise ConfigurationError(
                f"verifiers names no predictor of this program: {given!r}; its predictors: "
                f"{', '.join(sorted([*shown, *frozen])) or 'none'}"
            )
        if not callable(verifier) or inspect.iscoroutinefunction(verifier):
            raise ConfigurationError(
                f"verifiers[{given!r}] must be callable with (inputs, prediction), and no coroutine function: "
                "pass a plain function"
            )
        checked[names[given]] = verifier
    return checked
