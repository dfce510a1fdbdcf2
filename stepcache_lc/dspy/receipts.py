"""Receipts of a DSPy program: on each prediction that a predictor makes, and on what the program makes of them."""

from __future__ import annotations

import contextvars
from collections.abc import Sequence
from typing import Any, get_args

import dspy
from dspy.utils.callback import BaseCallback

from stepcache_lc.core.types import Assurance, Outcome, Tokens
from stepcache_lc.receipt import Receipt

ATTRIBUTE = "_stepcache"
"""Where a prediction carries its receipt: no output key, so that it never gets into a demo."""

# From the cheapest to the dearest, and from the strongest to the weakest.
_COST: Sequence[Outcome] = ("exact", "reuse", "rewrite", "solved", "patch", "regenerate", "miss", "bypass")
_WEAKNESS: Sequence[Assurance] = ("proved", "assigned", "shape", "none")
assert set(_COST) == set(get_args(Outcome))
assert set(_WEAKNESS) == set(get_args(Assurance))


_calls: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("stepcache_dspy_calls", default=())
"""Ids of the module calls that this code runs in, outermost first."""


class ReceiptCallback(BaseCallback):  # type: ignore[misc]
    """Hears of each module call, and puts the receipt of its adapter call onto its prediction."""

    def __init__(self) -> None:
        self.made: list[Receipt] = []
        """All receipts of the program's run, in the order in which they were made."""
        self._pending: dict[str, Receipt] = {}

    def on_module_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        """Remember which call is the innermost."""
        _calls.set((*_calls.get(), call_id))

    def on_module_end(self, call_id: str, outputs: Any, exception: BaseException | None = None) -> None:
        """Hand over the call's receipt."""
        _calls.set(tuple(call for call in _calls.get() if call != call_id))
        receipt = self._pending.pop(call_id, None)
        if receipt is not None and isinstance(outputs, dspy.Prediction):
            setattr(outputs, ATTRIBUTE, receipt)

    def put(self, receipt: Receipt) -> None:
        """Take the receipt of the innermost call."""
        self.made.append(receipt)
        calls = _calls.get()
        if calls:
            self._pending[calls[-1]] = receipt

    def sign(self, output: Any) -> None:
        """Give a prediction that the program made of others a receipt that sums theirs up."""
        prediction = output[0] if isinstance(output, tuple) and output else output
        if self.made and isinstance(prediction, dspy.Prediction) and getattr(prediction, ATTRIBUTE, None) is None:
            setattr(prediction, ATTRIBUTE, summed(self.made))


def summed(receipts: Sequence[Receipt]) -> Receipt:
    """One receipt for several: the dearest outcome, the weakest assurance, everything else added up."""
    if len(receipts) == 1:
        return receipts[0]
    dearest = max(receipts, key=lambda receipt: _COST.index(receipt.outcome))
    tasks = {receipt.task for receipt in receipts}
    return Receipt(
        outcome=dearest.outcome,
        task=tasks.pop() if len(tasks) == 1 else None,
        assurance=max((receipt.assurance for receipt in receipts), key=_WEAKNESS.index),
        verified=all(receipt.verified for receipt in receipts),
        unchecked=tuple(dict.fromkeys(demand for receipt in receipts for demand in receipt.unchecked)),
        steps=tuple(step for receipt in receipts for step in receipt.steps),
        model_calls=sum(receipt.model_calls for receipt in receipts),
        tokens=sum((receipt.tokens for receipt in receipts), Tokens()),
        saved=sum((receipt.saved for receipt in receipts), Tokens()),
        elapsed_ms=sum(receipt.elapsed_ms for receipt in receipts),
        why=f"sum of {len(receipts)} predictor calls" + (f"; {dearest.why}" if dearest.why else ""),
    )
