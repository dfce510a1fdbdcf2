"""Ask every system the same requests, in one run, and write down what came of it.

Order of events, for each seed: the systems start empty; the warm-up is asked of all of them; then each request of the
evaluation is asked of one system after the other, and which of them is first changes from request to request.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass

from langchain_core.embeddings import Embeddings

from stepcache_lc.bench.backends import Backend
from stepcache_lc.bench.meter import Replies
from stepcache_lc.bench.results import Observation, Results, now
from stepcache_lc.bench.systems import SYSTEMS, System
from stepcache_lc.bench.workloads.base import Case, Workload
from stepcache_lc.embeddings import default_embeddings
from stepcache_lc.errors import ConfigurationError, MissingExtra

SEEDS = (42, 43, 44)
"""The seeds that figures are reported on; nothing was tuned on them."""


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    done: int
    total: int
    seed: int
    kind: str
    """What is asked now."""


def run(
    workload: Workload,
    backend: Backend,
    *,
    seeds: Sequence[int] = SEEDS,
    systems: Sequence[str] = (),
    once: bool = True,
    at_most: int | None = None,
    command: str = "",
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_round: Callable[[Results], None] = lambda _: None,
) -> Results:
    """Run the benchmark.

    Args:
        workload: What is asked.
        backend: The model behind all systems.
        seeds: One round of the workload each.
        systems: Names from `SYSTEMS`; none: all whose libraries are installed.
        once: Whether a call that several systems make is made once, and stands for all of them.
        at_most: Requests of the evaluation per seed; None: all.
        command: The command line, for the results.
        on_progress: Called after each request.
        on_round: Called with the results so far when the requests of a seed are done: a long run that is stopped
            need not have been for nothing.

    Raises:
        ConfigurationError: an unknown system, no seed.
        MissingExtra: the library of a system that was asked for is not installed.
    """
    unknown = [name for name in systems if name not in SYSTEMS]
    if unknown:
        raise ConfigurationError(f"no such system: {', '.join(unknown)}; there are {', '.join(SYSTEMS)}")
    if not seeds:
        raise ConfigurationError("pass at least one seed")
    embeddings = default_embeddings()
    embeddings.embed_query("loads the weights before anything is timed")
    replies = Replies(backend.model, backend.preamble, once=once)
    missing = {} if systems else _missing(replies, backend.identity, embeddings)
    names = systems or [name for name in SYSTEMS if name not in missing]
    rounds = [(seed, workload.draw(seed)) for seed in seeds]
    total = sum(len(drawn.warm_up) + len(drawn.evaluation[:at_most]) for _, drawn in rounds)
    order = {name: at for at, name in enumerate(names)}
    observations: list[Observation] = []
    done = 0

    started = now()

    def results() -> Results:
        return Results(
            created=started,
            command=command,
            backend=backend.description,
            observations=tuple(sorted(observations, key=lambda seen: (seen.seed, seen.number, order[seen.system]))),
            notes=(*_notes(workload, backend, replies), *missing.values()),
        )

    for seed, drawn in rounds:
        if backend.simulated is not None:
            backend.simulated.learn((*drawn.warm_up, *drawn.evaluation))
        with ExitStack() as stack:
            under_test = [
                stack.enter_context(closing(SYSTEMS[name](replies, backend.identity, embeddings))) for name in names
            ]
            for number, case in enumerate((*drawn.warm_up, *drawn.evaluation[:at_most]), -len(drawn.warm_up)):
                for system in _from(under_test, number):
                    answered = _observed(system, workload.name, seed, number, case)
                    if number >= 0:
                        observations.append(answered)
                done += 1
                on_progress(Progress(done, total, seed, case.kind))
        on_round(results())
    return results()


def _missing(replies: Replies, identity: str, embeddings: Embeddings) -> dict[str, str]:
    """Systems that cannot be had here, and why."""
    found = {}
    for name, build in SYSTEMS.items():
        try:
            build(replies, identity, embeddings).close()
        except MissingExtra as error:
            found[name] = f"{name} was left out: {error}"
    return found


def _from(systems: Sequence[System], number: int) -> Sequence[System]:
    """The systems in turn, another one first for each request."""
    at = number % len(systems)
    return [*systems[at:], *systems[:at]]


def _observed(system: System, workload: str, seed: int, number: int, case: Case) -> Observation:
    answered = system.ask(case.prompt)
    return Observation.of(
        answered,
        system=system.name,
        workload=workload,
        seed=seed,
        number=max(0, number),
        kind=case.kind,
        task=case.task,
        request=case.prompt,
        expected=str(case.truth),
        correct=case.truth.holds(answered.answer),
    )


def _notes(workload: Workload, backend: Backend, replies: Replies) -> tuple[str, ...]:
    notes = [
        f"Workload {workload.name}: the systems are warmed up on the base requests first; that is not counted.",
        "The latency of a request is the system's own time, measured, plus the seconds of its model calls.",
    ]
    if replies.once:
        notes.append(
            f"A call with the same messages was made once ({replies.made:,} calls in all): its reply, its tokens and "
            "the seconds that it took stand for every system that makes it."
        )
    if backend.simulated is not None:
        notes.append("The model is simulated: its seconds were drawn from recorded ones, nobody waited for them.")
    return tuple(notes)
