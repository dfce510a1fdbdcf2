"""How the output fields of one predictor are checked: what an answer to these inputs must satisfy, field by field."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from stepcache_lc.core.types import Constraints, Substitution, Verdict

Texts = Mapping[str, str]
"""Fields by name, in the signature's order, as `fields.text_of` writes them."""


class Checks(ABC):
    """Checks of one predictor's outputs. The parallel of a `Task`, on fields instead of one text."""

    name: str = ""
    """What the receipt calls it."""
    version: int = 1

    @abstractmethod
    def read(self, inputs: Texts) -> Constraints | None:
        """Say what the inputs demand of the outputs; None: nothing that can be checked."""

    @abstractmethod
    def judge(self, outputs: Texts, constraints: Constraints, fresh: frozenset[str]) -> Mapping[str, Sequence[Verdict]]:
        """Judge each field: one verdict for each of its pieces, or one for all of them.

        A field that is still to be asked for is not among the outputs; `fresh` names those that were given to this very
        request.
        """

    @abstractmethod
    def whole(self, outputs: Texts, constraints: Constraints) -> Verdict:
        """Judge all fields together."""

    @abstractmethod
    def align(self, old: Constraints, new: Constraints) -> Substitution | None:
        """Say whether outputs for `old` may be considered for `new`."""

    def pieces(self, name: str, text: str, constraints: Constraints) -> Sequence[str]:
        """Cut a long field; the pieces tile it."""
        return [text]

    def rewrite(self, outputs: Texts, old: Constraints, new: Constraints) -> Mapping[str, str | None] | None:
        """Recompute outputs by rule; a field that only the model can give is None. None: it cannot be done."""
        return None

    def solve(self, constraints: Constraints) -> Texts | None:
        """Give the outputs by rule alone."""
        return None
