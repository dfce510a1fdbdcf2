"""A tiny task for tests of the flow: lines `name: value`, a request that states some values, and asks for some names.

Request text:  `a=1 b=2`            complete: the answer must be exactly these lines
               `a=1 b=? hello`      `hello` is residue, `?` a value that only the model can give
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepcache_lc.errors import MergeError
from stepcache_lc.tasks import Constraints, Message, Request, Step, Substitution, Task, Verdict


@dataclass(frozen=True)
class Lines(Constraints):
    wanted: tuple[tuple[str, str], ...] = ()


class KitchenTask(Task):
    name = "kitchen"

    def __init__(self, *, solver: bool = True) -> None:
        self.solver = solver

    def read(self, request: Request) -> Lines | None:
        words = request.text.split()
        pairs = tuple(tuple(word.split("=", 1)) for word in words if "=" in word)
        if not pairs:
            return None
        rest = tuple(word for word in words if "=" not in word)
        return Lines(wanted=pairs, residue=rest, decides=all(value != "?" for _, value in pairs))

    def segment(self, text: str, constraints: Constraints) -> Sequence[Step]:
        steps, at = [], 0
        for line in text.splitlines(keepends=True):
            steps.append(Step(line, at, name=line.partition(":")[0].strip()))
            at += len(line)
        return steps or [Step(text)]

    def verify(self, steps: Sequence[Step], constraints: Lines) -> Sequence[Verdict]:
        wanted = dict(constraints.wanted)
        verdicts = []
        for step in steps:
            name, colon, value = step.text.partition(":")
            if step.hole:
                verdicts.append(Verdict.UNKNOWN("a hole"))
            elif not colon:
                verdicts.append(Verdict.NEUTRAL)
            elif wanted.get(name.strip()) in (value.strip(), "?"):
                verdicts.append(Verdict.PASS)
            else:
                verdicts.append(Verdict.FAIL(f"{name.strip()} is wrong"))
        return verdicts

    def accept(self, text: str, constraints: Lines) -> Verdict:
        names = [step.name for step in self.segment(text, constraints) if ":" in step.text]
        if names != [name for name, _ in constraints.wanted]:
            return Verdict.FAIL("not these lines")
        return super().accept(text, constraints)

    def align(self, old: Lines, new: Lines) -> Substitution | None:
        if old.residue != new.residue or [name for name, _ in old.wanted] != [name for name, _ in new.wanted]:
            return None
        changed = [(a, b) for (_, a), (_, b) in zip(old.wanted, new.wanted, strict=True) if a != b]
        return Substitution(tuple(changed))

    def rewrite(self, steps: Sequence[Step], old: Lines, new: Lines) -> Sequence[Step] | None:
        if not new.complete:
            return None
        before, after = dict(old.wanted), dict(new.wanted)
        if any(value == "stubborn" for value in after.values()):
            return None
        return [
            Step(
                step.text.replace(before[step.name], after[step.name])
                if before[step.name] != after[step.name]
                else step.text,
                name=step.name,
                origin="rewritten" if before[step.name] != after[step.name] else "cached",
            )
            for step in steps
        ]

    def patch_prompt(
        self, request: Request, steps: Sequence[Step], block: Sequence[int], constraints: Constraints
    ) -> Sequence[Message]:
        return [Message("human", f"{request.text}\nfrom {steps[block[0]].name}")]

    def merge(self, reply: str, steps: Sequence[Step], block: Sequence[int]) -> Sequence[Step]:
        if ":" not in reply:
            raise MergeError("no line in the reply")
        lines = [Step(line, name=line.partition(":")[0].strip()) for line in reply.splitlines(keepends=True)]
        return [*steps[: block[0]], *lines]

    def solve(self, constraints: Lines) -> str | None:
        return "".join(f"{name}: {value}\n" for name, value in constraints.wanted) if self.solver else None
