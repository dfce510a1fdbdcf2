"""The words that may stand in a step that is rewritten.

They say what is done, never what the numbers are like: a step with any other word is left to the model (soundness
rule 6), because "since 10 is even" or "a negative number" may stop being true when the numbers change.
"""

from __future__ import annotations

from stepcache_lc.tasks.equations.plain import PLAIN
from stepcache_lc.tasks.equations.wordlists import words_of

_OF_NUMBERS = words_of(
    """
    simplest lowest least greatest common lcd lcm gcd gcf decimal decimals divisible multiple multiples reciprocal
    inverses opposing counterpart counterparts distinct remainder remaining-part neat neatly nice nicely clean perfect
    perfectly unchanged identical slightly quickest shorter short repeated parallel intersection intersect intersects
    special unique monic readable convenient convenience worthwhile awesome total totals figures signs-of balance-of
    fraction fractions fractional numerator numerators denominator denominators consistent inconsistent ordered quick
    """
)
"""Plain words that may say what the numbers, or the work on them, are like."""

_IN_PLACES = words_of(
    """
    additional all another any anything case could each else every everything example expected far forward if more most
    only other provided reverse some something think time when whether without would you'd double
    """
)
"""Words with a place of their own that say nothing of numbers."""

STEP_WORDS = (PLAIN | _IN_PLACES) - _OF_NUMBERS | words_of(
    """
    a also always can't cancelled exactly fraction fractions here's i'd i'll i'm instead it's let's must numerator
    denominator side's that's there's we'd we'll we're we've x-term you'd you'll you're second quick quickly short
    """
)

ADDITIVE_WORDS = words_of(
    """
    add added adding addition adds difference minus plus subtract subtracted subtracting subtraction subtracts sum
    """
)
"""Words for additive operations: they turn with a sign, so where one turned they stand only beside their number."""

FRACTION_WORDS = frozenset({"fraction", "fractions", "numerator", "denominator"})
"""Words that stand only where a fraction still is."""

SYSTEM_WORDS = words_of(
    """
    both either eliminate eliminated eliminating elimination original second simultaneous system systems third three
    two unknowns variables
    """
)
"""Words that may stand besides where a system is solved."""

SET_WORDS = words_of(
    """
    always contradiction contradictory contradicts disappear disappears empty every exist exists false identical
    identity impossible inconsistent infinite infinitely left many means matter never no none not real regardless
    statement true untrue variable whatever cannot can't doesn't don't isn't
    """
)
"""Words that may stand besides where every number, or none, solves the equation, and still does."""

QUADRATIC_WORDS = words_of(
    """
    both case cases discriminant distinct each either factor factored factoring factorization factors product
    quadratic real root roots square standard states two zero
    """
)
"""Words that may stand besides where a quadratic with as many roots is solved."""
