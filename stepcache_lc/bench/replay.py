"""Replay a log of model calls: what the cache would have served, saved, and got wrong. No model is called.

Order of events, for each recorded call: look it up; where the cache would serve it, compare what it serves with the
recorded answer; where it would not, note why, and let it take in the recorded answer as if the model had just given it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from stepcache_lc import drivers
from stepcache_lc.annotate import annotated
from stepcache_lc.bench.agreement import same_answer
from stepcache_lc.bench.logs import Logged, Skipped, read_log
from stepcache_lc.bench.reasons import NOT_KEPT, WHY, Reason, Reasons, general
from stepcache_lc.bench.results import Finding, Observation, Results
from stepcache_lc.cache import StepCache
from stepcache_lc.calls import Call, call_of_messages
from stepcache_lc.core.flow import admit, fulfil, recall, verify
from stepcache_lc.core.reading import read
from stepcache_lc.core.types import Answer, Deferred, Patch, Repeat, Reply, Reuse, Rewrite, Tokens
from stepcache_lc.errors import ConfigurationError
from stepcache_lc.messages import reply_of
from stepcache_lc.policy import Policy
from stepcache_lc.render import one_line
from stepcache_lc.tasks.base import Task

RECORDED: Final = "recorded"
REPLAYED: Final = "StepCache"
DIFFERS: Final = "Served, but unlike the recorded answer"
UNREADABLE_LINES: Final = "Lines that could not be read"
WORKLOAD: Final = "replay"

MOST_CALLS: Final = 400_000
_CHARACTERS_PER_TOKEN: Final = 4
_MOST_SHOWN: Final = 160


@dataclass(frozen=True)
class Progress:
    """How far a replay is."""

    done: int
    total: int
    served: int
    differing: int


def replay(
    path: str | os.PathLike[str],
    *,
    policy: Policy | None = None,
    per_user: bool = False,
    tasks: Iterable[Task] | None = None,
    embeddings: Embeddings | None = None,
    command: str = "",
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Results:
    """Replay a log.

    Args:
        path: JSON lines in one of the shapes of `stepcache_lc.bench.logs`.
        policy: The policy to try; its mode is `serve` or `exact`.
        per_user: Whether each user of the log has a namespace.
        tasks: The cache's tasks; None: `default_tasks()`.
        embeddings: None: the built-in one.
        command: The command line, for the results.
        on_progress: Called after each call of the log.

    Returns:
        For each call an observation of the system `recorded` and one of `StepCache`; their `number` is the line, and
        `correct` means agreement with the recorded answer. In `findings`: what was served and differs, why requests
        were not served, recorded answers that would not be kept, and lines that could not be read.

    Raises:
        ConfigurationError: there is no such file, or no line of it can be read; the mode is another one.
    """
    policy = policy if policy is not None else Policy()
    if policy.mode not in ("serve", "exact"):
        raise ConfigurationError(f"a replay tries mode 'serve' or 'exact', not {policy.mode!r}")
    calls, skipped, cut = _read(path)
    timed = all(logged.time is not None for logged in calls)
    if timed:
        calls.sort(key=lambda logged: logged.time or 0.0)
    with StepCache(policy=policy, tasks=tasks, embeddings=embeddings) as cache:
        run = _Run(cache, policy, per_user, any(logged.seconds is not None for logged in calls))
        for done, logged in enumerate(calls, start=1):
            failure = run.ask(logged)
            if failure is not None:
                skipped.append(failure)
            on_progress(Progress(done, len(calls), run.served, len(run.differing)))
    if not run.observations:
        raise ConfigurationError(
            f"{os.fspath(path)}: no call can be replayed; line {skipped[0].number}: {skipped[0].why}"
        )
    return Results(
        command=command,
        backend="recorded answers; no model was called",
        observations=tuple(run.observations),
        reference="record",
        findings=(*run.differing, *run.reasons.findings(), *_unreadable(skipped)),
        notes=tuple(_notes(run, calls, skipped, timed, cut)),
    )


def _read(path: str | os.PathLike[str]) -> tuple[list[Logged], list[Skipped], bool]:
    calls: list[Logged] = []
    skipped: list[Skipped] = []
    for found in read_log(path):
        if isinstance(found, Skipped):
            skipped.append(found)
        elif len(calls) == MOST_CALLS:
            return calls, skipped, True
        else:
            calls.append(found)
    if not calls:
        first = f"; line {skipped[0].number}: {skipped[0].why}" if skipped else ": it is empty"
        raise ConfigurationError(
            f"{os.fspath(path)}: no line holds a call that can be read{first}. One JSON object a line is needed; of a "
            "file that is one array, `jq -c '.[]'` makes lines"
        )
    return calls, skipped, False


class _Recorded(BaseChatModel):
    """Stands for the model of the log, which is known by its name only."""

    @property
    def _llm_type(self) -> str:
        return "recorded"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError("a replay calls no model")


class _Run:
    """One replay under way."""

    def __init__(self, cache: StepCache, policy: Policy, per_user: bool, times: bool) -> None:
        self._engine = cache._engine
        self._policy = policy
        self._per_user = per_user
        self._times = times
        self._model = _Recorded()
        self.reasons = Reasons(policy)
        self.observations: list[Observation] = []
        self.differing: list[Finding] = []
        self.served = 0
        self.estimated = 0
        """Calls whose tokens the log does not say."""

    def ask(self, logged: Logged) -> Skipped | None:
        """Take one call of the log; says why if it cannot be replayed."""
        try:
            call = self._call(logged)
            reply = reply_of([ChatGeneration(message=logged.reply)], form=call.request.form)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # A converter of LangChain's refuses the tools or the response format.
            return Skipped(logged.number, f"its arguments cannot be read ({type(error).__name__})")
        if logged.time is not None:
            moment = logged.time
            self._engine.clock = lambda: moment
        if call.bypass:
            mend = "Policy(sampling='cache')" if "sampling" in call.bypass else "Policy(tool_turns='exact')"
            self.reasons.add(WHY, Reason(call.bypass, mend), logged.number)
            self._observe(logged, call, reply, None, "", 0.0)
            return None
        started = time.perf_counter()
        settings = self._engine.settings(call.request, self._policy, self._policy.mode, streaming=False, may_ask=False)
        memory = self._engine.memory(self._policy, call.parts)
        recalled = drivers.run(recall(call.request, settings), memory, drivers.Given())
        plan = drivers.run(verify(recalled, settings), memory, drivers.Given())
        result = drivers.run(fulfil(plan, settings), memory, drivers.Given())
        seconds = time.perf_counter() - started
        if isinstance(plan, Repeat | Reuse | Rewrite):
            assert isinstance(result, Answer)
            self._served(logged, call, reply, result, seconds)
        else:
            assert isinstance(result, Deferred)
            nearest = memory.nearest(call.request, 1) if recalled.reading and not recalled.candidates else ()
            self.reasons.add(WHY, self.reasons.why(call, recalled, plan, nearest), logged.number)
            kept = drivers.run(admit(call.request, result, reply, settings), memory, drivers.Given(reply))
            assert isinstance(kept, Answer)
            if kept.stored is None:
                self.reasons.add(NOT_KEPT, Reason(general(kept.why.rpartition("not stored: ")[2])), logged.number)
            if isinstance(plan, Patch):
                why = f"{len(plan.block)} of {len(plan.draft.steps)} steps would have been asked for: {plan.why}"
                self._observe(logged, call, reply, replace(kept, why=why), "patch", seconds)
            else:
                self._observe(logged, call, reply, kept, plan.outcome, seconds)
        self.reasons.meet(call)
        return None

    def _call(self, logged: Logged) -> Call:
        settings = dict(logged.settings)
        stop = settings.pop("stop", None)
        return call_of_messages(
            self._model,
            list(logged.messages),
            stop=[stop] if isinstance(stop, str) else stop,
            kwargs=settings,
            namespace=logged.user if self._per_user and logged.user else "default",
            policy=self._policy,
            model_id=logged.model or "unknown",
        )

    def _served(self, logged: Logged, call: Call, reply: Reply, answer: Answer, seconds: float) -> None:
        self.served += 1
        agrees = same_answer(answer.text, reply.text, answer.task or "")
        if not agrees:
            shown = one_line(call.request.text, _MOST_SHOWN)
            self.differing.append(
                Finding(
                    topic=DIFFERS,
                    text=f"{answer.outcome}: {shown}",
                    count=1,
                    advice=self._judged(call, reply),
                    numbers=(logged.number,),
                )
            )
        self._observe(logged, call, reply, answer, answer.outcome, seconds, agrees=agrees, served=True)

    def _judged(self, call: Call, reply: Reply) -> str:
        """What the cache's own check says of the recorded answer."""
        reading = read(call.request, self._engine.tasks, system_is_style=self._policy.system_is_style)
        if reading is None:
            return ""
        try:
            verdict = reading.task.accept(reply.text, reading.constraints)
        except Exception as error:  # a task may be anybody's
            self._engine.trouble("verify", error)
            return ""
        return f"the recorded answer fails the cache's own check: {verdict.reason}" if verdict.kind == "fail" else ""

    def _observe(
        self,
        logged: Logged,
        call: Call,
        reply: Reply,
        answer: Answer | None,
        outcome: str,
        seconds: float,
        *,
        agrees: bool = True,
        served: bool = False,
    ) -> None:
        tokens = self._tokens(logged, reply)
        spent = Tokens() if served else tokens
        waited = logged.seconds or 0.0
        text = answer.text if answer is not None else reply.text
        task = answer.task if answer is not None else None
        common: dict[str, Any] = {
            "workload": WORKLOAD,
            "seed": 0,
            "number": logged.number,
            "kind": task or "unread",
            "task": task or "",
            "request": call.request.text,
            "expected": reply.text,
        }
        self.observations.append(
            Observation(
                **common,
                system=RECORDED,
                answer=reply.text,
                correct=True,
                outcome="miss",
                from_cache=False,
                latency_s=waited,
                overhead_s=0.0,
                input_tokens=tokens.input,
                output_tokens=tokens.output,
                model_calls=1,
            )
        )
        # Without recorded times there is nothing that the cache's own could be added to or held against.
        latency = (seconds if served else waited + seconds) if self._times else 0.0
        self.observations.append(
            Observation(
                **common,
                system=REPLAYED,
                answer=text,
                correct=agrees,
                outcome=outcome or "bypass",
                from_cache=served,
                latency_s=latency,
                overhead_s=seconds,
                input_tokens=spent.input,
                output_tokens=spent.output,
                model_calls=0 if served else 1,
                assurance=answer.assurance if answer is not None else "",
                steps=annotated(call.request, text, task, answer.records, self._engine.tasks) if answer else (),
                why=answer.why if answer is not None else call.bypass,
            )
        )

    def _tokens(self, logged: Logged, reply: Reply) -> Tokens:
        if logged.reply.usage_metadata is not None:
            return reply.tokens
        self.estimated += 1
        given = sum(len(message.text) for message in logged.messages)
        return Tokens(-(-given // _CHARACTERS_PER_TOKEN), -(-len(reply.text) // _CHARACTERS_PER_TOKEN))


def _unreadable(skipped: Sequence[Skipped]) -> list[Finding]:
    found: dict[str, list[int]] = {}
    for line in skipped:
        found.setdefault(general(line.why), []).append(line.number)
    return [
        Finding(topic=UNREADABLE_LINES, text=why, count=len(numbers), numbers=tuple(numbers[:1000]))
        for why, numbers in found.items()
    ]


def _notes(run: _Run, calls: Sequence[Logged], skipped: Sequence[Skipped], timed: bool, cut: bool) -> Iterable[str]:
    yield (
        "Recorded answers stand in for the model. A disagreement is no error yet: the recorded answer may be the wrong "
        "one, or the model answers differently each time."
    )
    if skipped:
        yield f"{len(skipped):,} of {len(skipped) + len(calls):,} lines could not be read, and are left out."
    if cut:
        yield f"Only the first {MOST_CALLS:,} calls were replayed."
    if run.estimated:
        yield (
            f"{run.estimated:,} of {len(calls):,} calls do not say their tokens: they are estimated, one for "
            f"{_CHARACTERS_PER_TOKEN} characters."
        )
    untimed = sum(logged.seconds is None for logged in calls)
    if untimed:
        yield f"{untimed:,} of {len(calls):,} calls do not say how long they took: no time is counted for them."
    if not timed:
        yield "Not every call says when it was made: they are replayed in the order of the file, and nothing expires."
