"""Writing a new shape into the place of a cached one: edits of numbers, signs and names, tidied.

A negative number behind a sign of multiplication gets brackets, `+ -4` becomes `- 4`, `1x` becomes `x`. What cannot be
written in place without doubt (`3/2x`) is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from stepcache_lc.tasks.equations.expressions import Number
from stepcache_lc.tasks.equations.render import decimal
from stepcache_lc.tasks.equations.shape import Leaf, Node, Pow, Prod, Quot, Root, Sum, Term, Var, core, terms_of

MAX_DECIMALS = 6
"""Longest decimal that is written; a longer value is written as a fraction."""


class Unwritable(ValueError):
    """The new shape does not fit into the place of the cached one."""


class Edit(NamedTuple):
    """Replace the text between two offsets."""

    start: int
    end: int
    text: str


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made; they must not overlap."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits):
        if edit.start < at:
            raise Unwritable("two changes meet in one place")
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    pieces.append(text[at:])
    return "".join(pieces)


class Writer:
    """Collects the edits of one text."""

    def __init__(self, text: str, *, decimals: bool = False) -> None:
        self.text = text
        self.decimals = decimals
        """Whether a number that is not whole is a decimal, also where a whole one stood."""
        self.edits: list[Edit] = []
        self.latex = False

    def side(self, old: Sum, new: Sum, *, latex: bool) -> None:
        """Write one side of a formula.

        Raises:
            Unwritable: it does not fit.
        """
        self.latex = latex
        self._sum(old, new, "lead")

    def _put(self, start: int, end: int, text: str) -> None:
        if self.text[start:end] != text:
            self.edits.append(Edit(start, end, text))

    def _sum(self, old: Node, new: Node, context: str) -> None:
        before, after = terms_of(old), terms_of(new)
        if len(before) != len(after):
            raise Unwritable("another number of terms")
        bracket = _bracket(old)
        if len(after) == 1 and context in ("factor", "juxtaposed"):
            one, two = before[0], after[0]
            value = core(two.body)
            if isinstance(value, Leaf) and isinstance(core(one.body), (Leaf, Quot)):
                if two.sign < 0 and bracket is None:
                    place = old.place
                    self._put(*place, f"(-{self._literal(value.value, self.text[place[0] : place[1]])})")
                    return
                if two.sign > 0 and one.sign < 0 and bracket is not None and context == "factor":
                    self._put(*bracket.place, self._factor_literal(value.value, self.text[slice(*bracket.inner)]))
                    return
        if len(after) > 1 and bracket is None and context != "lead":
            raise Unwritable("a sum needs brackets")
        inner = "lead" if bracket is not None or context == "lead" else context
        for one, two in zip(before, after, strict=True):
            if two.sign < 0 and one.leading and inner != "lead" and one.sign > 0:
                raise Unwritable("a sign needs brackets")
            self._sign(one, two)
            first = inner == "lead" and one.leading and one.sign > 0 and two.sign > 0
            self._node(one.body, two.body, "lead" if first else "term" if len(after) > 1 or inner == "lead" else inner)

    def _sign(self, old: Term, new: Term) -> None:
        if old.sign == new.sign:
            return
        if 0 in (old.sign, new.sign):
            raise Unwritable("a double sign")
        start, end = old.slot
        written = self.text[start:end]
        if old.leading:
            self._put(start, end, self._minus() if new.sign < 0 else "")
            return
        blank = " " if any(char.isspace() for char in written) else ""
        self._put(start, end, (self._minus() if new.sign < 0 else "+") + blank)

    def _minus(self) -> str:
        return "−" if "−" in self.text else "-"

    def _node(self, old: Node, new: Node, context: str) -> None:
        if isinstance(old, Sum):
            self._sum(old, new, context)
            return
        new = core(new)
        if isinstance(old, Leaf) and isinstance(new, Leaf):
            if old.value != new.value:
                written = self.text[slice(*old.place)]
                tight = context in ("factor", "juxtaposed")
                text = self._factor_literal(new.value, written) if tight else self._literal(new.value, written)
                self._put(*old.place, text)
        elif isinstance(old, Var) and isinstance(new, Var):
            self._name(old, new.name)
        elif isinstance(old, Var) and isinstance(new, Prod):
            factor, name = core(new.left), core(new.right)
            if not isinstance(factor, Leaf) or not isinstance(name, Var) or len(name.name) > 1:
                raise Unwritable("no room for a factor")
            self._put(*old.place, self._coefficient(factor.value, "") + name.name)
        elif isinstance(old, Prod) and isinstance(new, Prod):
            self._product(old, new, context)
        elif isinstance(old, Quot) and isinstance(new, Quot):
            self._sum(old.top, new.top, "lead" if old.style == "frac" else _left(context, new.top))
            self._sum(old.bottom, new.bottom, "lead" if old.style == "frac" else "factor")
        elif isinstance(old, Quot) and isinstance(new, Leaf):
            self._put(*old.place, self._fraction(new.value, old, context))
        elif isinstance(old, Root) and isinstance(new, Root):
            self._sum(old.body, new.body, "lead" if self.text.startswith("\\", old.place[0]) else "juxtaposed")
        elif isinstance(old, Pow) and isinstance(new, Pow):
            self._sum(old.base, new.base, "juxtaposed")
            self._sum(old.exponent, new.exponent, "factor")
        else:
            raise Unwritable("another shape")

    def _product(self, old: Prod, new: Prod, context: str) -> None:
        left, right = core(new.left), core(new.right)
        if old.style == "juxtaposed" and isinstance(core(old.left), Leaf) and isinstance(left, Leaf):
            place = old.left.place
            if left.value == 1 and isinstance(right, Var):
                self._put(place[0], _start(old.right), "")
            elif left.value != core(old.left).value:  # type: ignore[union-attr]
                self._put(*place, self._coefficient(left.value, self.text[slice(*place)]))
        else:
            self._sum(old.left, new.left, _left(context, new.left))
        self._sum(old.right, new.right, "juxtaposed" if old.style == "juxtaposed" else "factor")

    def _name(self, old: Var, name: str) -> None:
        if old.name != name:
            self._put(*old.place, written_name(name, latex=self.latex))

    def _literal(self, value: Number, written: str) -> str:
        exact = Fraction(value)
        if exact.denominator == 1:
            return str(exact.numerator)
        if self.decimals or "." in written:
            shown = decimal(exact)
            if shown is not None and len(shown.partition(".")[2]) <= MAX_DECIMALS:
                return shown
        if self.latex:
            return rf"\frac{{{exact.numerator}}}{{{exact.denominator}}}"
        return f"{exact.numerator}/{exact.denominator}"

    def _factor_literal(self, value: Number, written: str) -> str:
        text = self._literal(value, written)
        return f"({text})" if "/" in text else text

    def _coefficient(self, value: Number, written: str) -> str:
        text = self._literal(value, written)
        if "/" in text:
            raise Unwritable("a fraction in front of a name")
        return text

    def _fraction(self, value: Number, old: Quot, context: str) -> str:
        exact = Fraction(value)
        if exact.denominator == 1:
            return str(exact.numerator)
        if old.style == "frac":
            head = self.text[old.place[0] : self.text.index("{", old.place[0])].rstrip()
            return f"{head}{{{exact.numerator}}}{{{exact.denominator}}}"
        text = f"{exact.numerator}/{exact.denominator}"
        return f"({text})" if context in ("factor", "juxtaposed") else text


def _left(context: str, node: Node) -> str:
    """The context of a first factor or a dividend: at the very start a sign needs no brackets."""
    return "lead" if context == "lead" and len(terms_of(node)) == 1 else "left"


def written_name(name: str, *, latex: bool) -> str:
    """A name as it is written: Greek letters as commands inside mathematics."""
    if len(name) > 1 and name.isalpha():
        return "\\" + name if latex else name
    return name


def _bracket(node: Node) -> Sum | None:
    """The innermost bracketed sum that a node's terms stand in, if it is nothing but brackets."""
    found = None
    while isinstance(node, Sum):
        if node.bracket:
            found = node
        if len(node.terms) != 1 or node.terms[0].sign != 1:
            break
        node = node.terms[0].body
    return found


def _start(node: Node) -> int:
    return node.place[0]
