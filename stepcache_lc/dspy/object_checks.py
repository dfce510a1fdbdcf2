"""Values read out of an input: the output fields are the keys of one JSON object, and schema-reading tasks check it.

`ticket -> customer, order, quantity: int`: a value that the input assigns to that very key ("Customer: Alice") is
checked against it and follows it by rule; what stands in the input in no such way is asked for again when the input
changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, create_model

from stepcache_lc.core.keys import canonical
from stepcache_lc.core.types import Constraints, Request, Substitution, Verdict, join, tile
from stepcache_lc.dspy.checks import Checks, Texts
from stepcache_lc.dspy.fields import FieldError, value_of
from stepcache_lc.dspy.wording import role
from stepcache_lc.tasks.base import Task
from stepcache_lc.tasks.json_object.constraints import JsonConstraints
from stepcache_lc.tasks.json_object.pointers import pointer, tokens

_PLAIN_INPUTS = (str, int, float, bool)
_STRICT = (int, float, bool)
"""Types whose values have one form only."""


def fits_object(signature: Any) -> bool:
    """Whether the inputs are plain values that can be read, and nothing is a question to be answered."""
    return all(field.annotation in _PLAIN_INPUTS for field in signature.input_fields.values()) and not any(
        role(name) for name in signature.fields
    )


def output_schema(signature: Any) -> Mapping[str, Any] | None:
    """The JSON Schema of an object of the output fields; None if a field's type has none."""
    fields: dict[str, Any] = {name: (field.annotation, ...) for name, field in signature.output_fields.items()}
    try:
        model = create_model("Outputs", __config__=ConfigDict(extra="forbid"), **fields)
        schema: dict[str, Any] = model.model_json_schema()
    except Exception:  # pydantic runs the user's own schema hooks
        return None
    schema.pop("title", None)
    for sub in schema.get("properties", {}).values():
        sub.pop("title", None)
    return schema


class ObjectChecks(Checks):
    """One schema-reading task's checks on the output fields."""

    def __init__(self, task: Task, signature: Any, schema: Mapping[str, Any]) -> None:
        """`signature` is one that `fits_object`, `schema` that of its outputs."""
        self.name, self.version = task.name, task.version
        self._task = task
        self._types = {name: field.annotation for name, field in signature.output_fields.items()}
        self._schema = schema

    def read(self, inputs: Texts) -> Constraints | None:
        """Read the inputs; None unless they assign a value to one of the outputs."""
        if len(inputs) == 1:
            (text,) = inputs.values()
        elif any("\n" in value for value in inputs.values()):
            return None
        else:
            text = "\n".join(f"{name}: {value}" for name, value in inputs.items())
        constraints = self._task.read(Request(text, schema=self._schema))
        if constraints is None or constraints.residue or not self._covered(constraints):
            return None
        return constraints

    def _covered(self, constraints: Constraints) -> frozenset[str]:
        """The outputs whose very value the inputs say; of the others only the shape can be checked."""
        if isinstance(constraints, JsonConstraints):
            assigned = constraints.assignments()
            exact = (name for name in self._types if (at := assigned.get(pointer((name,)))) is not None and at.exact)
            return frozenset(exact)
        return frozenset(self._types if constraints.complete else ())

    def accepts_demo(self, inputs: Texts, demo: Texts) -> bool:
        """Whether a demonstration shows values as they stand in its inputs."""
        constraints = self.read(inputs)
        if constraints is None or tuple(demo) != tuple(self._types):
            return False
        return self.whole(demo, constraints).kind == "pass"

    def judge(self, outputs: Texts, constraints: Constraints, fresh: frozenset[str]) -> Mapping[str, list[Verdict]]:
        """Each field by its type, then by what the task says of its leaves."""
        judged: dict[str, list[Verdict]] = {name: [] for name in outputs}
        for name, text in outputs.items():
            try:
                value_of(text, self._types[name])
            except FieldError as error:
                judged[name] = [Verdict.FAIL(str(error))]
        if any(judged.values()):
            return {name: verdicts or [Verdict.UNKNOWN("another field fails")] for name, verdicts in judged.items()}
        steps = self._task.segment(self._object(outputs), constraints)
        for step, verdict in zip(steps, self._task.verify(steps, constraints), strict=True):
            path = tokens(step.name) if step.name else ()
            for name in (path[0],) if path and path[0] in judged else () if step.hole else tuple(judged):
                judged[name].append(self._of_fresh(name, verdict) if name in fresh else verdict)
        covered = self._covered(constraints)
        for name, verdicts in judged.items():
            if name not in covered and name not in fresh:
                verdicts.append(Verdict.UNKNOWN("nothing in the inputs says what this value must be"))
        return {name: [_worst(verdicts)] for name, verdicts in judged.items()}

    def _of_fresh(self, name: str, verdict: Verdict) -> Verdict:
        """A model that read this very input may write a value in another form ("Mr Bell" as "Bell"): its own affair.

        A number or a yes that differs from what stands there is no other form of it.
        """
        if verdict.kind == "fail" and self._types[name] not in _STRICT:
            return Verdict.UNKNOWN(f"the model gave another form of it: {verdict.reason}")
        return verdict

    def whole(self, outputs: Texts, constraints: Constraints) -> Verdict:
        """The object as the task accepts it."""
        judged = self.judge(outputs, constraints, frozenset(outputs))
        worst = _worst([verdicts[0] for verdicts in judged.values()])
        return self._task.accept(self._object(outputs), constraints) if worst.ok else worst

    def align(self, old: Constraints, new: Constraints) -> Substitution | None:
        """As the task says."""
        return self._task.align(old, new)

    def rewrite(self, outputs: Texts, old: Constraints, new: Constraints) -> Mapping[str, str | None] | None:
        """Replace what both inputs assign; the rest is left to the model.

        In an answer to this very input, texts stay as the model wrote them.
        """
        steps = self._task.rewrite(tile(self._task.segment(self._object(outputs), new)), old, new)
        if steps is None:
            return None
        lost = {tokens(step.name)[0] for step in steps if step.hole and step.name}
        found = json.loads(join(steps))
        if not isinstance(found, dict):
            return None
        changed: dict[str, str | None] = {}
        for name, annotation in self._types.items():
            value = found.get(name)
            if old == new and annotation not in _STRICT:
                changed[name] = outputs[name]
            elif name in lost or name not in found or (annotation is str and not isinstance(value, str)):
                changed[name] = None
            elif annotation is str:
                changed[name] = value
            else:
                same = canonical(value) == canonical(json.loads(outputs[name]))
                changed[name] = outputs[name] if same else canonical(value)
        return changed

    def solve(self, constraints: Constraints) -> Texts | None:
        """The task's own solution, where it has one."""
        text = self._task.solve(constraints)
        if text is None:
            return None
        found = json.loads(text)
        if not isinstance(found, dict) or set(found) != set(self._types):
            return None
        return {
            name: found[name] if annotation is str and isinstance(found[name], str) else canonical(found[name])
            for name, annotation in self._types.items()
        }

    def _object(self, outputs: Texts) -> str:
        values = {name: text if self._types[name] is str else json.loads(text) for name, text in outputs.items()}
        return json.dumps(values, ensure_ascii=False)


_RANK = {"neutral": 0, "pass": 1, "unknown": 2, "fail": 3}


def _worst(verdicts: list[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: _RANK[verdict.kind], default=Verdict.UNKNOWN("nothing checks this field"))
