"""All traps for requests with equations; the right values were worked out by hand."""

from __future__ import annotations

from tests.traps.equation_claims import CLAIMS
from tests.traps.equation_context import CONTEXT
from tests.traps.equation_endings import ENDINGS
from tests.traps.equation_families import FAMILIES
from tests.traps.equation_notation import NOTATION
from tests.traps.equation_other import OTHER
from tests.traps.equation_prose import PROSE
from tests.traps.equation_values import VALUES
from tests.traps.trap import Claim, Own, Value

TRAPS: list[Own | Value | Claim] = [*OTHER, *NOTATION, *VALUES, *CLAIMS, *PROSE, *CONTEXT, *FAMILIES, *ENDINGS]
