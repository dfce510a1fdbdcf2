"""Whether a whole answer may be served: its steps, its result, and the demands on its looks."""

from __future__ import annotations

from itertools import pairwise

from stepcache_lc.core.types import Verdict
from stepcache_lc.tasks.equations.constraints import EquationConstraints
from stepcache_lc.tasks.equations.expressions import Expr, Group, Neg, Op
from stepcache_lc.tasks.equations.finals import Account, Final, says_all
from stepcache_lc.tasks.equations.lexer import MAX_TEXT
from stepcache_lc.tasks.equations.scan import scan
from stepcache_lc.tasks.equations.segment import cut
from stepcache_lc.tasks.equations.verify import check
from stepcache_lc.tasks.equations.wordlists import words_of

_RESULT_WORDS = words_of(
    """
    the final answer is solution value of so therefore thus hence and equals to for
    """
)
# "The value of x = 5" states x; "the square of x = 5" states something else.
_STATED_OF = words_of(
    "value values solution solutions result results answer answers equation equations form instead side sides"
)
# An operation in words in front of "x = 5" belongs to its left side.
_OPERATING = words_of("minus plus times negative opposite inverse reciprocal over twice half")


def judge(text: str, constraints: EquationConstraints) -> Verdict:
    """Judge a whole answer against complete constraints."""
    if not text.strip():
        return Verdict.FAIL("the answer is empty")
    if len(text) > MAX_TEXT:
        return Verdict.UNKNOWN("the answer is longer than what is looked at")
    steps = tuple(cut(text))
    verdicts, account = check(steps, constraints)
    for verdict in verdicts:
        if not verdict.ok:
            return verdict
    # Step by step, as they were just scanned: a step ends with a line, and no such phrase goes on behind one.
    if any(_of_something_else(step, constraints) for step in steps):
        return Verdict.UNKNOWN("a result is stated of something else than the unknown")
    missing = _missing(account, constraints)
    return Verdict.UNKNOWN(missing) if missing else _looks(text, constraints, account)


def _of_something_else(step: str, constraints: EquationConstraints) -> bool:
    items = scan(step, constraints.long_names)
    for before, word, formula in zip([None, *items], items, items[1:], strict=False):
        if formula.kind != "formula" or "=" not in formula.text or word.kind != "word":
            continue
        said = word.text.lower()
        if said in _OPERATING and constraints.solution is not None and constraints.solution.kind != "roots":
            return True
        if said == "of" and before is not None and before.kind == "word" and before.text.lower() not in _STATED_OF:
            return True
    return False


def _missing(account: Account, constraints: EquationConstraints) -> str:
    """What of the result is not stated; empty if all of it is."""
    solution = constraints.solution
    assert solution is not None
    if solution.kind in ("none", "all"):
        return "" if solution.kind in account.statements else "the solution set is not stated"
    if solution.kind == "roots" and not solution.values:
        return "" if "none" in account.statements else "that there is no real solution is not stated"
    finals = account.finals
    if not finals:
        return "no final value is stated"
    groups = [finals]
    if any(final.boxed for final in finals):
        groups.append([final for final in finals if final.boxed])
    if solution.kind == "roots" and finals[-1].step in account.concluding:
        groups.append([final for final in finals if final.step == finals[-1].step])
    if all(says_all(group, solution, constraints.unknowns) for group in groups):
        return ""
    return f"not all {'solutions' if solution.kind == 'roots' else 'unknowns'} are stated"


def _looks(text: str, constraints: EquationConstraints, account: Account) -> Verdict:
    """Check what the request demands of the answer's form."""
    demands, finals = constraints.demands, account.finals
    if demands.boxed and not any(final.boxed for final in finals) and r"\boxed" not in text:
        return Verdict.FAIL("the result is not boxed")
    if demands.boxed and finals and not any(final.boxed for final in finals):
        return Verdict.FAIL("the result is not boxed")
    if demands.named and not any(final.name for final in finals):
        return Verdict.FAIL("the result is not stated as an equation")
    if demands.numbered and not _counts(account.numbers):
        return Verdict.FAIL("the steps are not numbered")
    if demands.worked and not account.worked:
        return Verdict.FAIL("the work is not shown")
    if demands.only and not _bare_result(text, constraints, account):
        return Verdict.FAIL("more than the result is there")
    if not finals:
        return Verdict.PASS
    asked = [final for final in finals if final.name in ("", *constraints.unknowns)]
    last = asked[-1]
    style = _written(last)
    if {demands.notation, style} == {"fraction", "decimal"}:
        return Verdict.FAIL(f"the result is not written as a {demands.notation}")
    if demands.places is not None and not _has_places(last, demands.places):
        return Verdict.FAIL(f"the result is not given to {demands.places} decimals")
    return Verdict.PASS


def _counts(numbers: list[int]) -> bool:
    """Whether an enumeration 1, 2, ... is there."""
    return bool(numbers) and numbers[0] == 1 and all(b in (a, a + 1, 1) for a, b in pairwise(numbers))


def _bare_result(text: str, constraints: EquationConstraints, account: Account) -> bool:
    items = scan(text, constraints.long_names)
    words = [item.text.lower() for item in items if item.kind == "word"]
    formulas = [item for item in items if item.kind == "formula"]
    return (
        len(words) <= 10
        and len(formulas) <= 2
        and len(account.finals) == 1
        and not account.worked
        and all(word in _RESULT_WORDS for word in words)
    )


def _written(final: Final) -> str:
    """How a result is written: `whole`, `fraction` or `decimal`."""
    expression: Expr | None = final.expression
    while isinstance(expression, (Group, Neg)):
        expression = expression.body
    if isinstance(expression, Op):
        return "fraction"
    return "decimal" if "." in final.text.rstrip(". ") else "whole"


def _has_places(final: Final, places: int) -> bool:
    head, dot, decimals = final.text.rstrip("} .").rpartition(".")
    return bool(dot and head) and decimals.isdigit() and len(decimals) == places
