"""The JSON task: what a step and a right answer are when JSON is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stepcache_lc.core.types import Constraints, Message, Request, Step, Substitution, Verdict
from stepcache_lc.tasks.base import Task
from stepcache_lc.tasks.json_object import alignment, patch
from stepcache_lc.tasks.json_object.checks import extras, judge_steps, missing
from stepcache_lc.tasks.json_object.constraints import JsonConstraints
from stepcache_lc.tasks.json_object.extract import extract
from stepcache_lc.tasks.json_object.pointers import beneath
from stepcache_lc.tasks.json_object.reading import read_request
from stepcache_lc.tasks.json_object.rewrite import rewrite
from stepcache_lc.tasks.json_object.scan import JsonError
from stepcache_lc.tasks.json_object.solution import solution
from stepcache_lc.tasks.json_object.steps import cut


class JsonTask(Task):
    """Requests for a JSON value, by wording or by the host's schema.

    A step is a leaf of the value, named by its JSON pointer (RFC 6901). Values are checked for form, keys and types,
    and for equality where the prompt assigns them; what their content says beyond that is the model's own, and the
    receipt says `shape`.
    """

    name = "json"
    version = 4
    reads_schema = True

    def read(self, request: Request) -> JsonConstraints | None:
        """Read keys, types and content from the prompt, or the schema that the host demands."""
        return read_request(request)

    def segment(self, text: str, constraints: Constraints) -> list[Step]:
        """Cut at the leaves of the one JSON value; demanded members that are missing become holes."""
        demanded = _json(constraints)
        try:
            found = extract(text)
        except JsonError:
            return cut(text)
        steps = cut(text, missing(found, demanded))
        unwanted = set(extras(found, demanded))
        if not unwanted:
            return steps
        return [replace(step, data=patch.EXTRA) if beneath(step.name, unwanted) else step for step in steps]

    def verify(self, steps: Sequence[Step], constraints: Constraints) -> list[Verdict]:
        """Check form, keys, types and assigned values."""
        return judge_steps(steps, _json(constraints))

    def align(self, old: Constraints, new: Constraints) -> Substitution | None:
        """Compare contents token by token and shapes key by key."""
        return alignment.align(_json(old), _json(new))

    def rewrite(self, steps: Sequence[Step], old: Constraints, new: Constraints) -> list[Step] | None:
        """Replace assigned values, remove dropped keys, leave holes for what only the model knows."""
        return rewrite(steps, _json(old), _json(new))

    def block(self, steps: Sequence[Step], verdicts: Sequence[Verdict]) -> tuple[int, ...]:
        """Only the steps that may not stand: members do not depend on the ones in front of them."""
        return tuple(index for index, verdict in enumerate(verdicts) if not verdict.ok)

    def patch_prompt(
        self, request: Request, steps: Sequence[Step], block: Sequence[int], constraints: Constraints
    ) -> list[Message]:
        """Ask for a small object with the wanted keys; the settled values stand in the prompt as data."""
        return patch.patch_prompt(request, steps, block, _json(constraints))

    def patch_schema(
        self, request: Request, steps: Sequence[Step], block: Sequence[int], constraints: Constraints
    ) -> Mapping[str, Any] | None:
        """The schema of that small object."""
        return patch.patch_schema(steps, block, _json(constraints))

    def solve(self, constraints: Constraints) -> str | None:
        """The object itself, where every demanded value stands in the prompt."""
        return solution(_json(constraints))

    def merge(self, reply: str, steps: Sequence[Step], block: Sequence[int]) -> list[Step]:
        """Put the small object's values in their places, in the answer's own style.

        Raises:
            Conflict: the model reports that a settled value contradicts the request.
            MergeError: the reply does not fit.
        """
        return patch.merge(reply, steps, block)


def _json(constraints: Constraints) -> JsonConstraints:
    if not isinstance(constraints, JsonConstraints):
        raise TypeError(f"the JSON task was given {type(constraints).__name__}")
    return constraints
