"""Whether a whole answer may be served: its steps, its result, and the demands on its looks."""

from __future__ import annotations

from stepcache_lc.core.types import Verdict
from stepcache_lc.tasks.equations.constraints import Demands, EquationConstraints
from stepcache_lc.tasks.equations.expressions import Expr, Group, Neg, Op
from stepcache_lc.tasks.equations.lexer import MAX_TEXT
from stepcache_lc.tasks.equations.scan import scan
from stepcache_lc.tasks.equations.segment import cut
from stepcache_lc.tasks.equations.verify import Account, Checker, Final

_RESULT_WORDS = frozenset(
    [
        "the",
        "final",
        "answer",
        "is",
        "solution",
        "value",
        "of",
        "so",
        "therefore",
        "thus",
        "hence",
        "and",
        "equals",
        "to",
        "for",
    ]
)


def judge(text: str, constraints: EquationConstraints) -> Verdict:
    """Judge a whole answer against complete constraints."""
    if not text.strip():
        return Verdict.FAIL("the answer is empty")
    if len(text) > MAX_TEXT:
        return Verdict.UNKNOWN("the answer is longer than what is looked at")
    checker = Checker(constraints)
    for verdict in checker.run(cut(text)):
        if not verdict.ok:
            return verdict
    if not checker.account.finals:
        return Verdict.UNKNOWN("no final value is stated")
    return _looks(text, constraints.demands, checker.account)


def _looks(text: str, demands: Demands, account: Account) -> Verdict:
    """Check what the request demands of the answer's form."""
    last = account.finals[-1]
    if demands.boxed and not any(final.boxed for final in account.finals):
        return Verdict.FAIL("the result is not boxed")
    if demands.named and not any(final.named for final in account.finals):
        return Verdict.FAIL("the result is not stated as an equation")
    if demands.numbered and not _counts(account.numbers):
        return Verdict.FAIL("the steps are not numbered")
    if demands.worked and not account.worked:
        return Verdict.FAIL("the work is not shown")
    if demands.only and not _bare_result(text, account):
        return Verdict.FAIL("more than the result is there")
    style = _written(last)
    if (demands.notation == "fraction" and style == "decimal") or (
        demands.notation == "decimal" and style == "fraction"
    ):
        return Verdict.FAIL(f"the result is not written as a {demands.notation}")
    if demands.places is not None and not _has_places(last, demands.places):
        return Verdict.FAIL(f"the result is not given to {demands.places} decimals")
    return Verdict.PASS


def _counts(numbers: list[int]) -> bool:
    """Whether an enumeration 1, 2, ... is there."""
    return (
        bool(numbers)
        and numbers[0] == 1
        and all(b in (a, a + 1, 1) for a, b in zip(numbers, numbers[1:], strict=False))
    )


def _bare_result(text: str, account: Account) -> bool:
    items = scan(text)
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
    expression: Expr = final.expression
    while isinstance(expression, (Group, Neg)):
        expression = expression.body
    if isinstance(expression, Op):
        return "fraction"
    return "decimal" if "." in final.text.rstrip(". ") else "whole"


def _has_places(final: Final, places: int) -> bool:
    tail = final.text.rstrip("} .")
    head, dot, decimals = tail.rpartition(".")
    return bool(dot and head) and decimals.isdigit() and len(decimals) == places
