"""Traps for JSON: a line that nobody asked for says more of one that was asked for, and the answer overlooks it."""

from __future__ import annotations

from tests.traps.forms import form
from tests.traps.trap import Claim

_LINES = "Customer: Ann Lee\nItem: desk lamp\nQuantity: 3\n"
_KEYS = "customer, item, quantity"
_ANSWER = '{"customer": "Ann Lee", "item": "desk lamp", "quantity": 3}'


def _overlooked(name: str, line: str, why: str) -> Claim:
    return Claim(name, _ANSWER, _ANSWER, why, asked=form(_LINES + line, _KEYS))


UNASKED = [
    _overlooked("an edited line", "Edit: 4 lamps", "the quantity was edited"),
    _overlooked("an erratum", "Erratum: customer is Anna Lee", "the name was corrected"),
    _overlooked("a change", "Change: quantity 4", "the quantity was changed"),
    _overlooked("a hidden line", "Hide: customer", "the line names a key"),
    _overlooked("an ignored line", "Skip: customer", "the line names a key"),
    _overlooked("two more", "Plus: 2", "five are meant"),
    _overlooked("one returned", "Returned: 1", "two are left"),
    _overlooked("a factor", "Factor: 10", "thirty are meant"),
    _overlooked("per box", "Quantity per box: 10", "three boxes of ten"),
    _overlooked("the customer's name", "Customer name: Bob Ray", "two names"),
    _overlooked("a fuller name", "Signed: Ann Marie Lee", "the name in full"),
    _overlooked("a legend", "Legend: 3 means 30", "how to read the number"),
]
