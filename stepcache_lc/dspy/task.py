"""The internal task of one DSPy call: the output fields are the steps, long ones cut further by what checks them.

The first step of a field begins with the field's header; a field that is still to be asked for is a hole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from stepcache_lc.core.keys import canonical
from stepcache_lc.core.types import Assurance, Constraints, Message, Request, Step, Substitution, Verdict, join, tile
from stepcache_lc.dspy.checks import Checks
from stepcache_lc.dspy.fields import FieldError, frame, header, unframe
from stepcache_lc.dspy.scope import inputs_of
from stepcache_lc.errors import MergeError
from stepcache_lc.tasks.base import Task

FIELDS = "dspy fields"
"""Role of the one message of a patch: JSON with the fields to keep and the fields to ask for."""


@dataclass(frozen=True)
class FieldConstraints(Constraints):
    """What the inputs of a call demand of its outputs."""

    inputs: tuple[tuple[str, str], ...] = ()
    inner: Constraints | None = None
    """As read by what checks the fields."""

    @property
    def assurance(self) -> Assurance:
        """As far as the checks assure it."""
        return "none" if self.inner is None else self.inner.assurance


class FieldsTask(Task):
    """Reads requests of one predictor of one program, in the scope of one call."""

    reads_schema = True

    def __init__(self, checks: Checks, outputs: Sequence[str], inputs: Mapping[str, str], share: float) -> None:
        """`outputs`: names of the output fields; `share`: of failing fields, above which all are asked for again."""
        self.name = checks.name
        self.version = checks.version
        self._checks = checks
        self._outputs = tuple(outputs)
        self._share = share
        self._here = self._constraints(inputs)

    def read(self, request: Request) -> FieldConstraints | None:
        """Read the inputs, field by field."""
        return self._constraints(inputs_of(request.text))

    def _constraints(self, inputs: Mapping[str, str]) -> FieldConstraints | None:
        inner = self._checks.read(inputs)
        if inner is None or inner.residue:
            return None
        return FieldConstraints(
            inputs=tuple(inputs.items()), inner=inner, decides=inner.decides, unchecked=inner.unchecked
        )

    def segment(self, text: str, constraints: Constraints) -> list[Step]:
        """Cut at the fields, and long fields into pieces."""
        try:
            fields = unframe(text)
        except FieldError:
            return [Step(text)]
        return self._steps(fields, _inner(constraints))

    def _steps(self, fields: Mapping[str, str | None], inner: Constraints) -> list[Step]:
        steps: list[Step] = []
        for name, text in fields.items():
            if text is None:
                steps.append(Step("", name=name, hole=True))
                continue
            first, *rest = (self._checks.pieces(name, text, inner) if text else ()) or ("",)
            steps.append(Step(header(name) + first, name=name))
            steps.extend(Step(piece, name=name) for piece in rest)
        return tile(steps)

    def verify(self, steps: Sequence[Step], constraints: Constraints) -> list[Verdict]:
        """Judge field by field."""
        holes = {step.name for step in steps if step.hole}
        try:
            given = _given(steps)
        except FieldError as error:
            return [Verdict.FAIL(str(error)) for _ in steps]
        if tuple(given) != tuple(name for name in self._outputs if name not in holes):
            return [Verdict.FAIL("these are not the fields of the signature") for _ in steps]
        fresh = frozenset(step.name for step in steps if step.origin in ("generated", "patched"))
        judged = self._checks.judge(given, _inner(constraints), fresh)
        pieces = Counter(step.name for step in steps)
        passed: Counter[str] = Counter()
        verdicts: list[Verdict] = []
        for step in steps:
            if step.hole:
                verdicts.append(Verdict.UNKNOWN(f"field {step.name!r} is still to be asked for"))
                continue
            own = judged[step.name]
            verdicts.append(own[passed[step.name]] if len(own) == pieces[step.name] else _worst(own))
            passed[step.name] += 1
        return verdicts

    def accept(self, text: str, constraints: Constraints) -> Verdict:
        """The fields are those of the signature, and hold together."""
        try:
            fields = unframe(text)
        except FieldError as error:
            return Verdict.FAIL(str(error))
        if tuple(fields) != self._outputs:
            return Verdict.FAIL("these are not the fields of the signature")
        return self._checks.whole(fields, _inner(constraints))

    def align(self, old: Constraints, new: Constraints) -> Substitution | None:
        """As what checks the fields says."""
        return self._checks.align(_inner(old), _inner(new))

    def rewrite(self, steps: Sequence[Step], old: Constraints, new: Constraints) -> list[Step] | None:
        """Recompute fields by rule; those that only the model can give become holes."""
        fields = _given(steps)
        changed = self._checks.rewrite(fields, _inner(old), _inner(new))
        if changed is None or all(text is None for text in changed.values()):
            return None
        before = {(step.name, step.text): step for step in steps}
        return [
            replace(step, source=before[step.name, step.text].source, origin=before[step.name, step.text].origin)
            if (step.name, step.text) in before and not step.hole
            else replace(step, origin="rewritten")
            for step in self._steps({name: changed[name] for name in fields}, _inner(new))
        ]

    def block(self, steps: Sequence[Step], verdicts: Sequence[Verdict]) -> tuple[int, ...]:
        """From the first failing field on: what comes later was written with it in view."""
        failing = [step.name for step, verdict in zip(steps, verdicts, strict=True) if not verdict.ok]
        if not failing:
            return ()
        names = list(self._outputs)
        first = min((names.index(name) for name in failing if name in names), default=0)
        asked = set(names[first:])
        if not names or len(asked) > self._share * len(names):
            return tuple(range(len(steps)))
        return tuple(index for index, step in enumerate(steps) if step.name in asked)

    def patch_prompt(
        self, request: Request, steps: Sequence[Step], block: Sequence[int], constraints: Constraints
    ) -> list[Message]:
        """Name the fields to ask for and those that stand; the host makes a reduced signature of them."""
        asked = {steps[index].name for index in block}
        kept = {name: text for name, text in _given(steps).items() if name not in asked}
        return [Message(FIELDS, canonical({"keep": kept, "ask": [name for name in self._outputs if name in asked]}))]

    def merge(self, reply: str, steps: Sequence[Step], block: Sequence[int]) -> list[Step]:
        """Put the fields of the reply in their places.

        Raises:
            MergeError: The reply holds other fields than those that were asked for.
        """
        asked = {steps[index].name for index in block}
        try:
            fields = unframe(reply)
        except FieldError as error:
            raise MergeError(str(error)) from error
        if set(fields) != asked or self._here is None:
            raise MergeError("the reply holds other fields than those that were asked for")
        given = _given(steps)
        merged = {name: fields[name] if name in asked else given[name] for name in self._outputs}
        known = {(step.name, step.text): step for step in steps if step.name not in asked}
        return [
            known.get((step.name, step.text), replace(step, origin="patched"))
            for step in self._steps(merged, _inner(self._here))
        ]

    def solve(self, constraints: Constraints) -> str | None:
        """The fields by rule alone, where that can be done."""
        solved = self._checks.solve(_inner(constraints))
        return None if solved is None else frame({name: solved[name] for name in self._outputs})


def _inner(constraints: Constraints) -> Constraints:
    if not isinstance(constraints, FieldConstraints) or constraints.inner is None:
        raise TypeError(f"the task of a DSPy call was given {type(constraints).__name__}")
    return constraints.inner


def _given(steps: Sequence[Step]) -> dict[str, str]:
    """The fields that are there."""
    text = join(steps)
    return unframe(text) if text else {}


_RANK = {"neutral": 0, "pass": 1, "unknown": 2, "fail": 3}


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: _RANK[verdict.kind], default=Verdict.NEUTRAL)
