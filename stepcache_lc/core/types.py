"""The types that travel along the data path.

Order of travel: `Request` -> `Recall` -> `Plan` -> `Answer`, and `Entry` is what is remembered. All are frozen; an
outcome is a union of small dataclasses that is matched to the end, never a set of flags.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

if TYPE_CHECKING:
    from stepcache_lc.tasks.base import Task

Outcome = Literal["exact", "reuse", "rewrite", "solved", "patch", "regenerate", "miss", "bypass"]
Assurance = Literal["proved", "assigned", "shape", "none"]
Origin = Literal["cached", "rewritten", "patched", "generated", "solved"]
VerdictKind = Literal["pass", "fail", "unknown", "neutral"]
Repairs = Literal["succeeded", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, host-neutral.

    `text` is the turn's text; `data` is canonical JSON of all that is key material in it (role, exact content, name,
    tool calls with renumbered ids); `media` says that it holds something that is not text.
    """

    role: str
    text: str
    data: str = ""
    media: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What a host asked, as the cache sees it.

    Only `text` is needed to try a task by hand: `task.read(Request("Solve 2x + 3 = 13 for x."))`.
    """

    text: str
    """The last human turn: what tasks read and what is embedded."""
    system: str = ""
    """The system prompt's text."""
    history: tuple[Message, ...] = ()
    """All turns between the system prompt and the last human turn."""
    schema: Mapping[str, Any] | None = field(default=None, hash=False)
    """The JSON Schema that the host demands of the answer (`response_format`, a forced tool), or None."""
    form: str = "text"
    """`text`, or `tool:NAME` when the answer is the arguments of a call to that tool."""
    opaque: tuple[str, ...] = ()
    """Parts of the call whose meaning is unknown here (bound tools, an unreadable response format): residue."""
    namespace: str = "default"
    model: str = ""
    """Identity of the model and its settings."""
    scope: str = ""
    """Digest of all that must be equal before two requests are compared at all."""
    key: str = ""
    """Digest of the whole request: equal keys are the very same request."""
    readable: bool = True
    """False: media, tool results, several answers at once, ...: `exact` only."""
    origin: Any = field(default=None, compare=False, repr=False)
    """What the host needs to send the request on; opaque to the core."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of one step or of a whole answer.

    Use `Verdict.PASS`, `Verdict.NEUTRAL`, `Verdict.FAIL("why")`, `Verdict.UNKNOWN("why")`. `UNKNOWN` never serves;
    `NEUTRAL` means that there is nothing checkable in the step.
    """

    kind: VerdictKind
    reason: str = ""

    PASS: ClassVar[Verdict]
    NEUTRAL: ClassVar[Verdict]

    @staticmethod
    def FAIL(reason: str) -> Verdict:  # noqa: N802 - reads as the constant that it is in the design
        """The step contradicts the request."""
        return Verdict("fail", reason)

    @staticmethod
    def UNKNOWN(reason: str) -> Verdict:  # noqa: N802
        """The step could not be judged; it is never served."""
        return Verdict("unknown", reason)

    @property
    def ok(self) -> bool:
        """Whether a step with this verdict may stand (`PASS` or `NEUTRAL`)."""
        return self.kind in ("pass", "neutral")


Verdict.PASS = Verdict("pass")
Verdict.NEUTRAL = Verdict("neutral")


@dataclass(frozen=True, slots=True)
class Step:
    """A contiguous piece of an answer. The steps of an answer tile its text."""

    text: str
    start: int = 0
    """Offset of the first character in the answer, in code points."""
    name: str = ""
    """A name that is stable under rewriting: a JSON pointer, a field, or empty."""
    hole: bool = False
    """True: nothing is there yet, the step must be asked for. Its text is empty and it never serves."""
    origin: Origin = "cached"
    source: str | None = None
    """Id of the entry that the text was taken or derived from."""
    data: Any = field(default=None, compare=False, repr=False)
    """The task's own parse of the step, if it wants to keep one."""

    @property
    def end(self) -> int:
        """Offset just behind the last character."""
        return self.start + len(self.text)


def tile(steps: Iterable[Step]) -> list[Step]:
    """Renumber the offsets so that the steps tile their joined text from 0."""
    placed: list[Step] = []
    at = 0
    for step in steps:
        placed.append(step if step.start == at else replace(step, start=at))
        at += len(step.text)
    return placed


def join(steps: Iterable[Step]) -> str:
    """The text that the steps tile."""
    return "".join(step.text for step in steps)


@dataclass(frozen=True)
class Constraints:
    """What a request demands, as a task read it; each task subclasses it with what it reads (frozen, comparable).

    Two requests of one task whose constraints compare equal demand the same of an answer, word for word.
    """

    residue: tuple[str, ...] = field(default=(), kw_only=True)
    """Empty if every word was accounted for. Else the whole ordered token sequence, placeholders included."""
    unchecked: tuple[str, ...] = field(default=(), kw_only=True)
    """Demands that were understood but that no check covers; named in the receipt."""
    decides: bool = field(default=True, kw_only=True)
    """Whether the constraints decide if an answer is correct (an equation does; a list of keys does not)."""

    @property
    def complete(self) -> bool:
        """Whether the constraints decide correctness and nothing else is asked (soundness rule 2)."""
        return self.decides and not self.residue

    @property
    def assurance(self) -> Assurance:
        """How far an answer that `accept` passed is assured."""
        return "proved" if self.complete else "shape"


@dataclass(frozen=True)
class Substitution:
    """Under which changes an old answer may be considered for a new request."""

    pairs: tuple[tuple[str, str], ...] = ()
    """Old literal -> new literal, distinct, in order of appearance."""
    reshaped: bool = False
    """The constraints changed in a way that is no literal (keys added, another form of the equation)."""
    replay: bool = False
    """Old steps may not stand as they are, even if each passes: they may be about the old request (a restated problem
    with the same root, say). Only what `rewrite` returns may."""

    @property
    def identity(self) -> bool:
        """Whether nothing changed that matters: the old steps may stand as they are if they pass."""
        return not self.pairs and not self.reshaped


@dataclass(frozen=True, slots=True)
class Tokens:
    """Model tokens, input and output."""

    input: int = 0
    output: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.input + other.input, self.output + other.output)

    def less(self, other: Tokens) -> Tokens:
        """The difference, never below zero."""
        return Tokens(max(0, self.input - other.input), max(0, self.output - other.output))


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said to one call."""

    text: str
    payload: str = ""
    """The host's snapshot of the message(s), JSON text; opaque to the core."""
    model_name: str = ""
    """What the model calls itself; usage is reported under this name."""
    tokens: Tokens = Tokens()
    storable: bool = True
    """False: refused, cut off, filtered: returned, never stored."""
    readable: bool = True
    """False: the answer is not one that a task can look at (a tool call where text was expected, several answers)."""
    storage_note: str = ""
    """Why it is not storable."""
    raw: Any = field(default=None, compare=False, repr=False)
    """The host's live result; passed through untouched, never stored."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One line of a receipt, and what is stored of a step besides its text."""

    origin: Origin
    verdict: VerdictKind
    source: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One remembered answer."""

    id: str
    """The exact key of the request that it answered."""
    namespace: str
    model: str
    scope: str
    request_text: str
    text: str
    """The answer's text."""
    payload: str
    """The host's message snapshot, JSON text; empty for a text that the cache put together."""
    model_name: str = ""
    schema: str = ""
    """Canonical JSON of the schema that the host demanded, or empty."""
    form: str = "text"
    task: str = ""
    """Name of the task that read the request; empty: unread, `exact` only."""
    task_version: int = 0
    candidate: bool = False
    """Whether it may be proposed for other requests."""
    assurance: Assurance = "none"
    unchecked: tuple[str, ...] = ()
    records: tuple[StepRecord, ...] = ()
    sources: tuple[str, ...] = ()
    """Ids of the entries that it was derived from."""
    solved: bool = False
    """Whether the deterministic fallback made one of its steps, or of its sources' steps."""
    tokens: Tokens = Tokens()
    """What the answer cost when it was made by the model (its source's cost for a derived answer)."""
    created: float = 0.0
    """Unix seconds."""
    note: str = ""
    """The parts that scope is made of, digested one by one, for `explain`: JSON text."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that recall proposes, with its cosine similarity (-1..1)."""

    entry: Entry
    similarity: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A task, and what it read in the request (the context's residue added)."""

    task: Task
    constraints: Constraints


@dataclass(frozen=True, slots=True)
class Recall:
    """What memory has for a request: the very answer, or candidates in the order of similarity."""

    request: Request
    reading: Reading | None = None
    exact: Entry | None = None
    candidates: tuple[Candidate, ...] = ()
    why: str = ""
    """Why there is no more here."""
    more: bool = False
    """The candidate is a familiar one; the store was not asked for others yet."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer in the making: steps, one verdict a step, and the candidate it comes from."""

    steps: tuple[Step, ...]
    verdicts: tuple[Verdict, ...]
    source: Candidate | None = None
    stale: tuple[str, ...] = ()
    """Old literals that must not remain in the stitched answer (soundness rule 7)."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """This very request was answered before."""

    recall: Recall
    entry: Entry


@dataclass(frozen=True, slots=True)
class Reuse:
    """Every step of a candidate passed the new request's checks, unchanged."""

    recall: Recall
    reading: Reading
    draft: Draft


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Failing steps were recomputed by rule, and the whole passed."""

    recall: Recall
    reading: Reading
    draft: Draft


@dataclass(frozen=True, slots=True)
class Patch:
    """The steps in `block` must be asked for; the others stand."""

    recall: Recall
    reading: Reading
    draft: Draft
    block: tuple[int, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Generate:
    """The model must answer the whole."""

    recall: Recall
    reading: Reading | None
    outcome: Literal["regenerate", "miss"]
    why: str
    nearest: Candidate | None = None


Plan = Repeat | Reuse | Rewrite | Patch | Generate


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Body of an answer: the stored message(s), served as they are but for ids and usage."""

    payload: str


@dataclass(frozen=True, slots=True)
class Passed:
    """Body of an answer: the model's own live result, untouched."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Made:
    """Body of an answer: a text that the cache put together from a model's steps."""

    text: str
    form: str
    model_name: str


Body = Snapshot | Passed | Made


@dataclass(frozen=True, slots=True)
class Answer:
    """What the host gets, and everything that its receipt says."""

    outcome: Outcome
    text: str
    body: Body
    task: str | None = None
    assurance: Assurance = "none"
    verified: bool = False
    unchecked: tuple[str, ...] = ()
    source: str | None = None
    stored: str | None = None
    similarity: float | None = None
    records: tuple[StepRecord, ...] = ()
    model_calls: int = 0
    tokens: Tokens = Tokens()
    saved: Tokens = Tokens()
    why: str = ""
    repair: Repairs | None = None
    """How asking the model for repairs went; None if none was called for."""
    shadow: tuple[Outcome, bool] | None = None
    """In shadow mode: what would have been served, and whether it agrees with the fresh answer."""


@dataclass(frozen=True, slots=True)
class Deferred:
    """The flow ends here because it may not ask the model; the host asks and reports back."""

    recall: Recall
    outcome: Literal["regenerate", "miss"]
    why: str
    similarity: float | None = None
    source: str | None = None
