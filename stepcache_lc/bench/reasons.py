"""Why requests of a log were not served from the cache, and which field of the policy would change it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from stepcache_lc.bench.results import Finding
from stepcache_lc.calls import Call
from stepcache_lc.core.keys import digest, part_digests
from stepcache_lc.core.reading import context_residue
from stepcache_lc.core.types import Candidate, Generate, Patch, Recall
from stepcache_lc.explain import first_difference
from stepcache_lc.policy import Policy

WHY: Final = "Why requests were not served"
NOT_KEPT: Final = "Recorded answers that the cache would not keep"

_MOST_NUMBERS: Final = 1_000
_MOST_VARIANTS: Final = 16
_JUST_BELOW: Final = 0.15
_VARYING: Final = re.compile(
    r"\d+|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:january|february|march|april|may|june|july|august|"
    r"september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)\b",
    re.IGNORECASE,
)
_DETAIL: Final = re.compile(r"“[^”]*”|'[^']*'|\"[^\"]*\"|-?\d[\d.,/]*")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, and what would change it (empty: nothing that a setting could)."""

    text: str
    advice: str = ""


ONLY_IDENTICAL: Final = Reason("it was not asked before, word for word", "Policy(mode='serve')")
FIRST_OF_ITS_KIND: Final = Reason("nothing comparable was asked before")
UNREAD: Final = Reason("no task reads the request", "a task of your own: StepCache(tasks=[MyTask(), *default_tasks()])")
UNREADABLE: Final = Reason("its last turn is no plain question: images, tool results, several answers at once")
PART: Final = Reason("live, only a part of the answer would have been asked for; a replay has only the whole answer")
VOLATILE: Final = Reason(
    "the system prompt changes from call to call (a date, a name, an id)",
    "Policy(key=...) that leaves out what changes, if it cannot matter",
)
SYSTEM: Final = Reason("the system prompt may change what is correct", "Policy(system_is_style=True), if it cannot")
BELOW: Final = Reason("the nearest earlier request is just below min_similarity", "a lower Policy(min_similarity=...)")
MANY_STEPS: Final = Reason("too many steps would have to be asked for", "a higher Policy(max_patch_share=...)")

_OTHER_PART: Final = {
    "namespace": Reason("another user asked it before", "replay without --per-user, if users may share answers"),
    "model": Reason("it was asked before, but of another model"),
    "system prompt": VOLATILE,
    "history": Reason(
        "it, or one like it, was asked before, but in another conversation",
        "Policy(key=...) that leaves out earlier turns, if they cannot matter",
    ),
    "answer form": Reason("it, or one like it, was asked before, but with another response format"),
    "settings": Reason("it, or one like it, was asked before, but with other settings (temperature, tools, stop, ...)"),
}
_CONTEXT: Final = {
    "<system prompt>": SYSTEM,
    "<history>": Reason(
        "earlier turns may change what is correct", "Policy(key=...) that leaves them out, if they cannot matter"
    ),
    "<tools>": Reason("tools are bound to the call", "Policy(safe_tools=...) for one forced tool without side effects"),
}


@dataclass(slots=True)
class _Tally:
    count: int = 0
    numbers: list[int] = field(default_factory=list)
    """Where, the first ones."""


class Reasons:
    """Counts reasons, and remembers what was asked before."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._found: dict[tuple[str, Reason], _Tally] = {}
        self._asked: dict[str, list[Mapping[str, str]]] = {}
        """Digest of a request's text -> the parts under which it was asked."""
        self._systems: dict[str, set[str]] = {}
        """Digest of a system prompt without what varies -> digests of what it was."""

    def meet(self, call: Call) -> None:
        """Remember a request, in whatever way it was answered."""
        request = call.request
        asked = self._asked.setdefault(digest(request.text), [])
        parts = part_digests(call.parts)
        if parts not in asked and len(asked) < _MOST_VARIANTS:
            asked.append(parts)
        if request.system:
            variants = self._systems.setdefault(digest(_VARYING.sub("#", request.system)), set())
            if len(variants) < _MOST_VARIANTS:
                variants.add(digest(request.system))

    def add(self, topic: str, reason: Reason, number: int) -> None:
        """Count one request under a reason."""
        tally = self._found.setdefault((topic, reason), _Tally())
        tally.count += 1
        if len(tally.numbers) < _MOST_NUMBERS:
            tally.numbers.append(number)

    def findings(self) -> Iterator[Finding]:
        """What was counted, most frequent first."""
        for (topic, reason), tally in sorted(self._found.items(), key=lambda item: -item[1].count):
            yield Finding(
                topic=topic, text=reason.text, count=tally.count, advice=reason.advice, numbers=tuple(tally.numbers)
            )

    # ------------------------------------------------------------------------------------------ which reason it is

    def why(self, call: Call, recalled: Recall, plan: Patch | Generate, nearest: Sequence[Candidate]) -> Reason:
        """The reason why one request was not served.

        Args:
            call: The request, before `meet` was told of it.
            recalled: What memory had for it.
            plan: What was made of that.
            nearest: The nearest entries, of whatever scope, best first.
        """
        request, floor = call.request, self._policy.min_similarity
        part = self._other_part(call)
        if part is not None:
            return _OTHER_PART[part]
        if self._policy.mode == "exact":
            return ONLY_IDENTICAL
        if recalled.reading is None:
            return UNREAD if request.readable else UNREADABLE
        if isinstance(plan, Patch):
            return PART
        if not recalled.candidates:
            best = nearest[0].similarity if nearest else -1.0
            if best < floor:
                return BELOW if best >= floor - _JUST_BELOW else FIRST_OF_ITS_KIND
            return _OTHER_PART.get(first_difference(nearest[0].entry.note, part_digests(call.parts)), FIRST_OF_ITS_KIND)
        context = context_residue(request, system_is_style=self._policy.system_is_style)
        if context:
            reason = _CONTEXT.get(context[0], Reason(f"{context[0].strip('<>')}: it may change what is correct"))
            return VOLATILE if reason is SYSTEM and self._is_volatile(request.system) else reason
        if "would have to be asked for" in plan.why:
            return MANY_STEPS
        return Reason(general(plan.why))

    def _other_part(self, call: Call) -> str | None:
        """In which part alone this request differs from one of the same text that was asked before."""
        parts = part_digests(call.parts)
        for earlier in self._asked.get(digest(call.request.text), ()):
            differing = [name for name in parts if earlier.get(name) != parts[name]]
            if len(differing) == 1 and differing[0] in _OTHER_PART:
                return differing[0]
        return None

    def _is_volatile(self, system: str) -> bool:
        return bool(self._systems.get(digest(_VARYING.sub("#", system)), set()) - {digest(system)})


def general(why: str) -> str:
    """A reason without what is of one request only, so that like ones are counted together."""
    return _DETAIL.sub("…", why.split(":", 1)[0] if why.startswith("the whole does not hold") else why)
