"""A task: what "step" and "correct" mean for one kind of answer.

Only `read`, `segment` and `verify` must be written. The defaults of the others are safe: never align, never rewrite,
ask for the whole, accept if every step passes, no solver. All methods are pure and their work is bounded by counted
limits; prompts, answers and stored entries are hostile and are never evaluated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from stepcache_lc.core.types import Constraints, Message, Request, Step, Substitution, Verdict, tile
from stepcache_lc.errors import MergeError


class Task(ABC):
    """Domain knowledge about one kind of request and answer."""

    name: str = ""
    """Unique among the tasks of a cache; default: the class name."""
    version: int = 1
    """Raised whenever reading or checking changes: older entries are read and verified again at first use."""
    reads_schema: bool = False
    """Whether `read` takes `request.schema` and `request.form` into account. If not, a demanded schema is residue."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.__dict__.get("name"):
            cls.name = cls.__name__

    @abstractmethod
    def read(self, request: Request) -> Constraints | None:
        """Say what the request demands and what in it was not understood; None if it is not this task's kind."""

    @abstractmethod
    def segment(self, text: str, constraints: Constraints) -> Sequence[Step]:
        """Cut an answer into steps, lossless: the steps' spans tile the text."""

    @abstractmethod
    def verify(self, steps: Sequence[Step], constraints: Constraints) -> Sequence[Verdict]:
        """Judge each step against the request: one verdict a step."""

    def align(self, old: Constraints, new: Constraints) -> Substitution | None:
        """Say whether an answer to `old` may be considered for `new` at all, and under which changes; None: skip."""
        return None

    def rewrite(self, steps: Sequence[Step], old: Constraints, new: Constraints) -> Sequence[Step] | None:
        """Recompute by rule what changed. Steps that only the model can give are returned as holes. None: cannot."""
        return None

    def block(self, steps: Sequence[Step], verdicts: Sequence[Verdict]) -> tuple[int, ...]:
        """Indices of the steps to ask for again. Default: from the first that may not stand to the end."""
        for index, verdict in enumerate(verdicts):
            if not verdict.ok:
                return tuple(range(index, len(steps)))
        return ()

    def patch_prompt(
        self, request: Request, steps: Sequence[Step], block: Sequence[int], constraints: Constraints
    ) -> Sequence[Message]:
        """Build the smallest prompt that gets the failing block. Default: ask for the whole answer."""
        return [Message("human", request.text)]

    def patch_schema(
        self, request: Request, steps: Sequence[Step], block: Sequence[int], constraints: Constraints
    ) -> Mapping[str, Any] | None:
        """JSON Schema of the reply to `patch_prompt`, where the host can enforce one."""
        return None

    def merge(self, reply: str, steps: Sequence[Step], block: Sequence[int]) -> Sequence[Step]:
        """Put the reply in place of the block.

        Raises:
            MergeError: the reply does not fit. Never swallow it: a half-merged answer is a wrong answer.
        """
        if not reply.strip():
            raise MergeError("the reply is empty")
        return tile([Step(reply, origin="patched")])

    def accept(self, text: str, constraints: Constraints) -> Verdict:
        """Judge a whole answer, stitched or fresh. Default: every step stands and at least one passes."""
        verdicts = self.verify(self.segment(text, constraints), constraints)
        for verdict in verdicts:
            if not verdict.ok:
                return verdict
        if not any(verdict.kind == "pass" for verdict in verdicts):
            return Verdict.UNKNOWN("nothing in the answer could be checked")
        return Verdict.PASS

    def solve(self, constraints: Constraints) -> str | None:
        """Answer deterministically; used only after `max_repairs` failed, and only for complete requests."""
        return None
