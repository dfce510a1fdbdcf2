"""Questions in one field, answered in text: the cache's own tasks read the question and check what is answered.

`question -> answer`, `question -> reasoning, answer` and the like: the last output is the result, those in front of it
are the work. The result must be accepted by itself, and the work and the result together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stepcache_lc.core.types import Constraints, Request, Step, Substitution, Verdict, join, tile
from stepcache_lc.dspy.checks import Checks, Texts
from stepcache_lc.dspy.fields import FieldError, value_of
from stepcache_lc.dspy.wording import role
from stepcache_lc.tasks.base import Task

_GAP = "\n\n"
_RESULTS = (str, int, float)
_FRACTION = re.compile(r"(-?\d{1,15})/([1-9]\d{0,14})", re.ASCII)


def fits_text(signature: Any) -> bool:
    """Whether a signature asks for the answer to one question, as far as its names and types say."""
    inputs, outputs = signature.input_fields, signature.output_fields
    *work, result = outputs
    return (
        len(inputs) == 1
        and all(role(name) == "question" and field.annotation is str for name, field in inputs.items())
        and all(role(name) == "working" and outputs[name].annotation is str for name in work)
        and role(result) == "result"
        and outputs[result].annotation in _RESULTS
    )


class TextChecks(Checks):
    """One task's checks on the fields of an answer."""

    def __init__(self, task: Task, signature: Any) -> None:
        """`signature` is one that `fits_text`."""
        self.name, self.version = task.name, task.version
        self._task = task
        self._outputs = tuple(signature.output_fields)
        self._result = self._outputs[-1]
        self._type = signature.output_fields[self._result].annotation

    def read(self, inputs: Texts) -> Constraints | None:
        """Read the question; None unless every word of it was accounted for, and the fields can hold an answer."""
        (question,) = inputs.values()
        constraints = self._task.read(Request(question))
        if constraints is None or constraints.residue:
            return None
        # A demand on the whole answer ("number the steps", a fraction in a float field) may be one that fields cannot
        # meet: then the model's answers would fail their checks for ever.
        if (len(self._outputs) > 1 or self._type is not str) and self.solve(constraints) is None:
            return None
        return constraints

    def accepts_demo(self, inputs: Texts, demo: Texts) -> bool:
        """Whether a demonstration shows nothing but what the task itself expects of an answer."""
        constraints = self.read(inputs) if len(inputs) == 1 else None
        if constraints is None or not constraints.complete:
            return False
        judged = self.judge(demo, constraints, frozenset())
        given = [name for name in self._outputs if name in demo]
        if self._result in given and self._task.accept(demo[self._result], constraints).kind != "pass":
            return False
        return bool(given) and all(verdict.ok for name in given for verdict in judged[name])

    def pieces(self, name: str, text: str, constraints: Constraints) -> Sequence[str]:
        """The task's own steps."""
        return [step.text for step in self._task.segment(text, constraints)]

    def judge(self, outputs: Texts, constraints: Constraints, fresh: frozenset[str]) -> Mapping[str, list[Verdict]]:
        """Every step of the work, and the result by itself."""
        judged: dict[str, list[Verdict]] = {}
        for name, text in outputs.items():
            verdicts = list(self._task.verify(self._task.segment(text, constraints), constraints))
            if name == self._result:
                whole = self._fits(text) or self._task.accept(text, constraints)
                if whole.kind != "pass" and all(verdict.ok for verdict in verdicts):
                    verdicts = [whole if not whole.ok else Verdict.UNKNOWN("the result could not be checked")]
            judged[name] = verdicts or [Verdict.NEUTRAL]
        return judged

    def _typed(self, name: str, text: str) -> str:
        """A result in its field's type: `x = 13/2` is 6.5 to a float. What does not convert fails its check later."""
        if name != self._result or self._type is str or self._fits(text) is None:
            return text
        stated = text.rpartition("=")[2].strip(" .$*")
        fraction = _FRACTION.fullmatch(stated)
        if fraction is not None and self._type is float:
            return repr(int(fraction[1]) / int(fraction[2]))
        return stated

    def _fits(self, text: str) -> Verdict | None:
        try:
            value_of(text, self._type)
        except FieldError as error:
            return Verdict.FAIL(str(error))
        return None

    def whole(self, outputs: Texts, constraints: Constraints) -> Verdict:
        """The result by itself, then work and result in one."""
        result = outputs[self._result]
        verdict = self._fits(result) or self._task.accept(result, constraints)
        if verdict.kind == "pass" and len(outputs) > 1:
            verdict = self._task.accept(_GAP.join(text for text in outputs.values() if text.strip()), constraints)
        return verdict

    def align(self, old: Constraints, new: Constraints) -> Substitution | None:
        """As the task says."""
        return self._task.align(old, new)

    def rewrite(self, outputs: Texts, old: Constraints, new: Constraints) -> Mapping[str, str | None] | None:
        """Work and result as one derivation; where that does not do, each field by itself."""
        together = self._together(outputs, old, new)
        if together is not None:
            return together
        changed: dict[str, str | None] = {}
        for name, text in outputs.items():
            steps = self._task.rewrite(tile(self._task.segment(text, new)), old, new)
            lost = steps is None or any(step.hole for step in steps) or None in changed.values()
            changed[name] = None if lost or steps is None else self._typed(name, join(steps))
        return None if next(iter(changed.values())) is None else changed

    def _together(self, outputs: Texts, old: Constraints, new: Constraints) -> Mapping[str, str | None] | None:
        steps: list[Step] = []
        ends: list[int] = []
        for name, text in outputs.items():
            steps.extend(self._task.segment(text, new))
            ends.append(len(steps))
            if name != self._result and steps:
                steps[-1] = replace(steps[-1], text=steps[-1].text + _GAP)
        changed = self._task.rewrite(tile(steps), old, new)
        if changed is None or len(changed) != len(steps) or any(step.hole for step in changed):
            return None
        texts: dict[str, str | None] = {}
        start = 0
        for name, end in zip(outputs, ends, strict=True):
            text = join(changed[start:end])
            if name != self._result:
                if not text.endswith(_GAP):
                    return None
                text = text.removesuffix(_GAP)
            texts[name], start = self._typed(name, text), end
        return texts

    def solve(self, constraints: Constraints) -> Texts | None:
        """The task's solution as the work, its last line (or what that states) as the result."""
        text = self._task.solve(constraints)
        if text is None or len(self._outputs) > 2:
            return None
        last = text.strip().rpartition("\n")[2].strip()
        results = (text, last) if len(self._outputs) == 1 else (last,)
        for result in (self._typed(self._result, result) for result in results):
            solved = dict(zip(self._outputs, (text, result) if len(self._outputs) == 2 else (result,), strict=True))
            if self.whole(solved, constraints).kind == "pass":
                return solved
        return None
