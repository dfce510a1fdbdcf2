"""What every task must pass: subclass `TaskSuite`, give the task and a few requests with answers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from stepcache_lc import drivers
from stepcache_lc.core.flow import serve
from stepcache_lc.core.planner import Settings
from stepcache_lc.core.stitch import judge
from stepcache_lc.core.types import Answer, Candidate, Constraints, Entry, Reading, Reply, Request, Step, join
from stepcache_lc.tasks import Task, Verdict

HOSTILE = [
    "",
    " ",
    "\x00",
    "\ud800",
    "[" * 50_000,
    "{" * 50_000,
    "(" * 50_000,
    "9" * 100_000,
    "a " * 50_000,
    "\n" * 50_000,
]
# A generous bound on a busy machine: what it catches is work that grows with a power of the length.
MOST_SECONDS = 5.0


class World:
    """One entry, one scripted model."""

    def __init__(self, entry: Entry | None, reply: str) -> None:
        self.entry, self.reply, self.error = entry, reply, None
        self.troubles: list[str] = []

    def find(self, request: Request) -> Entry | None:
        return None

    def familiar(self, request: Request, *, other_numbers: bool) -> Candidate | None:
        return None

    def nearest(self, request: Request, k: int) -> list[Candidate]:
        return [Candidate(self.entry, 0.9)] if self.entry else []

    def save(self, save: Any) -> str:
        self.entry = save.entry
        return str(save.entry.id)

    def trouble(self, where: str, error: Exception) -> None:
        self.troubles.append(f"{where}: {error!r}")

    def ask(self, ask: Any) -> Reply:
        return Reply(self.reply, payload="[]")

    async def aask(self, ask: Any) -> Reply:
        return self.ask(ask)

    def live(self, ask: Any, *, on_loop: bool) -> None:
        return None


class TaskSuite:
    """The suite. `cases`: requests that the task reads, with a right answer each; `others`: what it must not read."""

    cases: Sequence[tuple[str, str]] = ()
    others: Sequence[str] = ("Tell me a joke.",)

    def make(self) -> Task:
        raise NotImplementedError

    @pytest.fixture
    def task(self) -> Task:
        return self.make()

    def read(self, task: Task, text: str) -> Constraints:
        constraints = task.read(Request(text))
        assert constraints is not None, text
        return constraints

    def test_it_has_a_name_and_a_version(self, task: Task) -> None:
        assert task.name
        assert task.version >= 1

    def test_it_reads_its_own_kind_only(self, task: Task) -> None:
        assert all(task.read(Request(text)) is None for text in self.others)
        assert self.cases

    def test_spans_tile_the_text(self, task: Task) -> None:
        for request, answer in self.cases:
            constraints = self.read(task, request)
            for text in (answer, answer * 2, "  " + answer + "\n\n", answer[: len(answer) // 2], *HOSTILE[:4]):
                steps = task.segment(text, constraints)
                assert join(steps) == text
                at = 0
                for step in steps:
                    assert step.start == at
                    at = step.end

    def test_reading_and_judging_are_pure(self, task: Task) -> None:
        for request, answer in self.cases:
            one, two = self.read(task, request), self.read(self.make(), request)
            assert one == two
            assert hash(one) == hash(two)
            steps = task.segment(answer, one)
            assert list(task.verify(steps, one)) == list(self.make().verify(steps, two))
            assert list(steps) == list(task.segment(answer, one))

    def test_a_right_answer_is_accepted_and_aligned_with_itself(self, task: Task) -> None:
        for request, answer in self.cases:
            constraints = self.read(task, request)
            assert task.accept(answer, constraints).kind == "pass", (request, answer)
            assert all(verdict.ok for verdict in task.verify(task.segment(answer, constraints), constraints))
            substitution = task.align(constraints, constraints)
            assert substitution is None or substitution.identity

    def test_a_hole_never_passes(self, task: Task) -> None:
        for request, answer in self.cases:
            constraints = self.read(task, request)
            steps = [*task.segment(answer, constraints), Step("", start=len(answer), name="/hole", hole=True)]
            assert judge(steps, Reading(task, constraints))[1].kind != "pass"

    def test_hostile_text_is_bounded_work(self, task: Task) -> None:
        for request, _ in self.cases[:2]:
            constraints = self.read(task, request)
            for text in HOSTILE:
                started = time.perf_counter()
                task.read(Request(text))
                task.read(Request(request + text))
                steps = task.segment(text, constraints)
                task.verify(steps, constraints)
                task.accept(text, constraints)
                assert time.perf_counter() - started < MOST_SECONDS

    def serve(self, task: Task, request: str, world: World) -> Answer:
        settings = Settings(tasks=(task,), max_repairs=1)
        answer = drivers.run(serve(Request(request, scope="s", key=request, model="m"), settings), world, world)
        assert isinstance(answer, Answer)
        return answer

    def test_unknown_never_serves(self, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
        for request, answer in self.cases:
            world = World(None, answer)
            self.serve(task, request, world)
            with monkeypatch.context() as patched:
                patched.setattr(
                    task, "verify", lambda steps, constraints: [Verdict.UNKNOWN("not understood") for _ in steps]
                )
                world.reply = "the model's own"
                again = self.serve(task, request + " ", replace_key(world))
                assert again.text == "the model's own"
                assert again.verified is False

    def test_a_rewrite_that_does_not_verify_is_dropped(self, task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
        for old, new in zip(self.cases, self.cases[1:], strict=False):
            world = World(None, old[1])
            self.serve(task, old[0], world)
            with monkeypatch.context() as patched:
                patched.setattr(task, "rewrite", lambda steps, before, after: [Step("nonsense 17", origin="rewritten")])
                world.reply = new[1]
                answer = self.serve(task, new[0], world)
                assert "nonsense" not in answer.text


def replace_key(world: World) -> World:
    """The same world; its entry belongs to another request, so that it is a candidate and no repeat."""
    if world.entry is not None:
        world.entry = replace(world.entry, id="another request")
    return world
