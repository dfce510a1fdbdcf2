"""The task: equations to solve, and worked answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stepcache_lc.core.types import Constraints, Message, Request, Step, Substitution, Verdict, join, tile
from stepcache_lc.tasks.base import Task
from stepcache_lc.tasks.equations.acceptance import judge
from stepcache_lc.tasks.equations.constraints import EquationConstraints
from stepcache_lc.tasks.equations.prompts import continuation, patch_messages
from stepcache_lc.tasks.equations.quotients import reduced
from stepcache_lc.tasks.equations.reading import read_text
from stepcache_lc.tasks.equations.replay import replay
from stepcache_lc.tasks.equations.segment import cut
from stepcache_lc.tasks.equations.solve import worked_solution
from stepcache_lc.tasks.equations.sources import alike
from stepcache_lc.tasks.equations.verify import check


class EquationTask(Task):
    """Reads requests to solve an equation, checks every step of an answer exactly, and replays derivations."""

    name = "equation"
    version = 2

    def read(self, request: Request) -> EquationConstraints | None:
        """Read the request's text; None if no equation is asked to be solved, or another form of answer is due."""
        if request.schema is not None or request.form != "text":
            return None
        return read_text(request.text)

    def segment(self, text: str, constraints: Constraints) -> Sequence[Step]:
        """Cut an answer at its enumeration, headings, paragraphs and lines."""
        return tile([Step(piece) for piece in cut(text)])

    def verify(self, steps: Sequence[Step], constraints: Constraints) -> Sequence[Verdict]:
        """Judge each step; without complete constraints nothing is checked, and every step says so."""
        if not isinstance(constraints, EquationConstraints) or not constraints.complete:
            reason = "not checked: the request holds more than is understood"
            return [Verdict("neutral", reason) for _ in steps]
        verdicts, _ = check(tuple(step.text for step in steps), constraints)
        return [
            Verdict.UNKNOWN("not there yet") if step.hole else verdict
            for step, verdict in zip(steps, verdicts, strict=True)
        ]

    def align(self, old: Constraints, new: Constraints) -> Substitution | None:
        """Allow reuse under equal constraints, and of complete requests under any change of the equation."""
        if not isinstance(old, EquationConstraints) or not isinstance(new, EquationConstraints):
            return None
        reshaped = old.equations != new.equations or not alike(old.sources, new.sources, old.long_names)
        if old == new and not reshaped:
            return Substitution()
        if not old.complete or not new.complete:
            return None
        pairs = tuple(
            (before, after) for before, after in zip(old.unknowns, new.unknowns, strict=False) if before != after
        )
        # Words such as "the equation is 3x - 2 = 13" pass under another equation with the same root: replay them.
        return Substitution(pairs=pairs, reshaped=reshaped, replay=reshaped or bool(pairs))

    def rewrite(self, steps: Sequence[Step], old: Constraints, new: Constraints) -> Sequence[Step] | None:
        """Replay the derivation on the new equation; None where it does not replay or does not verify."""
        if not isinstance(old, EquationConstraints) or not isinstance(new, EquationConstraints):
            return None
        if not old.complete or not new.complete or not judge(join(steps), old).ok:
            return None
        texts = replay([step.text for step in steps], old, new)
        if texts is not None:
            texts = [reduced(step.text, text) for step, text in zip(steps, texts, strict=True)]
        if texts is None or not judge("".join(texts), new).ok:
            return None
        return tile(
            [
                step if step.text == text else replace(step, text=text, origin="rewritten", data=None)
                for step, text in zip(steps, texts, strict=True)
            ]
        )

    def patch_prompt(
        self, request: Request, steps: Sequence[Step], block: Sequence[int], constraints: Constraints
    ) -> Sequence[Message]:
        """Ask for the rest, with the verified steps as a quoted checkpoint."""
        return patch_messages(request.text, steps, block)

    def merge(self, reply: str, steps: Sequence[Step], block: Sequence[int]) -> Sequence[Step]:
        """Put the continuation behind the verified steps; a checkpoint that the reply repeats is dropped."""
        return continuation(reply, steps, block)

    def accept(self, text: str, constraints: Constraints) -> Verdict:
        """Every step stands, a result is stated and right, and the demands on its looks are met."""
        if not isinstance(constraints, EquationConstraints) or not constraints.complete:
            return Verdict.PASS if text.strip() else Verdict.FAIL("the answer is empty")
        return judge(text, constraints)

    def solve(self, constraints: Constraints) -> str | None:
        """A short worked solution from a template."""
        if not isinstance(constraints, EquationConstraints) or not constraints.complete:
            return None
        return worked_solution(constraints)
