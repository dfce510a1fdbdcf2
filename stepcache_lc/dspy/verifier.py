"""Verifiers that users write for one predictor: `verifier(inputs, prediction)`.

It may return one verdict for the whole prediction (True, False, None for "cannot say", or a `Verdict`), or a mapping
from field names to such verdicts. A field that it does not cover stands only in an answer to the very same request.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dspy

from stepcache_lc.core.types import Constraints, Substitution, Verdict
from stepcache_lc.dspy.checks import Checks, Texts
from stepcache_lc.dspy.fields import FieldError, value_of

logger = logging.getLogger("stepcache_lc")

Verifier = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Vouched(Constraints):
    """Demands that only the user's verifier knows."""

    inputs: tuple[tuple[str, str], ...] = ()


class VerifierChecks(Checks):
    """A user's verifier as checks of the output fields; it decides."""

    name = "verifier"

    def __init__(
        self,
        verifier: Verifier,
        signature: Any,
        inputs: Mapping[str, Any],
        trouble: Callable[[str, Exception], None],
    ) -> None:
        """`inputs` are those of the call, as they are; `trouble` counts what the verifier raises."""
        self._verifier = verifier
        self._types = {name: field.annotation for name, field in signature.output_fields.items()}
        self._inputs = {name: value for name, value in inputs.items() if name in signature.input_fields}
        self._trouble = trouble
        self._said: dict[tuple[tuple[str, str], ...], Mapping[str, Verdict] | None] = {}

    def read(self, inputs: Texts) -> Constraints:
        """The inputs, word for word."""
        return Vouched(inputs=tuple(inputs.items()))

    def judge(self, outputs: Texts, constraints: Constraints, fresh: frozenset[str]) -> Mapping[str, list[Verdict]]:
        """Ask the verifier, once for the same outputs."""
        missing = [name for name in self._types if name not in outputs]
        if missing:
            return {name: [Verdict.UNKNOWN(f"field {missing[0]!r} is not there yet")] for name in outputs}
        said = self._ask(outputs)
        if said is None:
            return {name: [Verdict.UNKNOWN("the verifier raised")] for name in outputs}
        judged: dict[str, list[Verdict]] = {}
        for name in outputs:
            verdict = said.get(name)
            if verdict is None:
                own = name in fresh
                verdict = Verdict.NEUTRAL if own else Verdict.UNKNOWN("no verifier covers this field")
            judged[name] = [verdict]
        return judged

    def whole(self, outputs: Texts, constraints: Constraints) -> Verdict:
        """What the verifier says of the fields that it covers."""
        verdicts = list((self._ask(outputs) or {}).values())
        for verdict in verdicts:
            if not verdict.ok:
                return verdict
        if any(verdict.kind == "pass" for verdict in verdicts):
            return Verdict.PASS
        return Verdict.UNKNOWN("the verifier vouches for no field")

    def align(self, old: Constraints, new: Constraints) -> Substitution:
        """Any earlier outputs may be considered: the verifier sees them with the new inputs."""
        return Substitution(reshaped=True)

    def _ask(self, outputs: Texts) -> Mapping[str, Verdict] | None:
        """The verdicts by field; None if the verifier raised."""
        key = tuple(outputs.items())
        if key not in self._said:
            try:
                values = {name: value_of(text, self._types[name]) for name, text in outputs.items()}
            except FieldError as error:
                self._said[key] = dict.fromkeys(outputs, Verdict.FAIL(str(error)))
                return self._said[key]
            try:
                # Copies: what a verifier does to them is nobody else's business.
                inputs = dspy.Example(copy.deepcopy(self._inputs)).with_inputs(*self._inputs)
                said = self._verifier(inputs, dspy.Prediction(values))
            except Exception as error:
                logger.warning("a verifier raised %s: its verdict counts as unknown", type(error).__name__)
                self._trouble("verifier", error)
                self._said[key] = None
                return None
            try:
                self._said[key] = _by_field(said, tuple(outputs))
            except (TypeError, ValueError) as error:
                logger.warning("%s; its verdict counts as unknown", error)
                self._trouble("verifier", error)
                self._said[key] = None
        return self._said[key]


def _by_field(said: Any, names: tuple[str, ...]) -> dict[str, Verdict]:
    if not isinstance(said, Mapping):
        return dict.fromkeys(names, _verdict(said))
    unknown = [name for name in said if name not in names]
    if unknown:
        raise ValueError(f"the verifier names {unknown[0]!r}, which is no output field: {', '.join(names)} are")
    return {name: _verdict(said[name]) for name in names if name in said}


def _verdict(said: Any) -> Verdict:
    if isinstance(said, Verdict):
        return said
    if said is True:
        return Verdict.PASS
    if said is False:
        return Verdict.FAIL("the verifier refuses it")
    if said is None:
        return Verdict.UNKNOWN("the verifier cannot say")
    if type(said).__module__ == "numpy" and type(said).__name__ in ("bool_", "bool"):
        return _verdict(bool(said))
    raise TypeError(f"a verifier returns True, False, None, a Verdict or a mapping of these, not {type(said).__name__}")
