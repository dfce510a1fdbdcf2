"""Which checks fit one predictor's call: the user's verifier, else one of the cache's own tasks, else none.

None means that only the identical call is answered from the cache. Every word around the inputs must be known: DSPy's
own instructions and plain field names, and demos that show nothing but what the task itself expects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from stepcache_lc.dspy.checks import Checks
from stepcache_lc.dspy.fields import FieldError, text_of
from stepcache_lc.dspy.object_checks import ObjectChecks, fits_object, output_schema
from stepcache_lc.dspy.scope import Asked
from stepcache_lc.dspy.text_checks import TextChecks, fits_text
from stepcache_lc.dspy.verifier import Verifier, VerifierChecks
from stepcache_lc.dspy.wording import known_wording
from stepcache_lc.policy import Policy
from stepcache_lc.tasks.base import Task


def input_texts(asked: Asked) -> dict[str, str] | None:
    """The inputs as texts, in the signature's order; None if one is missing or cannot be written as text."""
    texts: dict[str, str] = {}
    for name, field in asked.signature.input_fields.items():
        if name not in asked.inputs:
            return None
        value = asked.inputs[name]
        try:
            texts[name] = value if isinstance(value, str) else text_of(value, field.annotation)
        except FieldError:
            return None
    return texts


def checks_for(
    asked: Asked,
    texts: Mapping[str, str],
    tasks: Sequence[Task],
    policy: Policy,
    verifier: Verifier | None,
    trouble: Callable[[str, Exception], None],
) -> Checks | None:
    """The checks of a call's outputs, or None."""
    if verifier is not None:
        return VerifierChecks(verifier, asked.signature, asked.inputs, trouble)
    if not known_wording(asked.signature, vouched=policy.system_is_style):
        return None
    demos = _demos(asked)
    if demos is None:
        return None
    if fits_text(asked.signature):
        for task in tasks:
            checks = TextChecks(task, asked.signature)
            if checks.read(texts) is not None and all(checks.accepts_demo(*demo) for demo in demos):
                return checks
    if fits_object(asked.signature):
        schema = output_schema(asked.signature)
        for task in tasks if schema is not None else ():
            if task.reads_schema and schema is not None:
                found = ObjectChecks(task, asked.signature, schema)
                if found.read(texts) is not None and all(found.accepts_demo(*demo) for demo in demos):
                    return found
    return None


def _demos(asked: Asked) -> list[tuple[dict[str, str], dict[str, str]]] | None:
    """Inputs and outputs of the demos that DSPy would show, as texts; None if one cannot be written as text."""
    found: list[tuple[dict[str, str], dict[str, str]]] = []
    fields = asked.signature.fields
    for demo in asked.demos:
        given = {name: demo[name] for name in fields if name in demo and demo[name] is not None}
        try:
            texts = {
                name: value if isinstance(value, str) else text_of(value, fields[name].annotation)
                for name, value in given.items()
            }
        except FieldError:
            return None
        inputs = {name: texts[name] for name in asked.signature.input_fields if name in texts}
        outputs = {name: texts[name] for name in asked.signature.output_fields if name in texts}
        if inputs and outputs:
            found.append((inputs, outputs))
    return found
