"""The words that may stand in a step that is rewritten.

They say what is done, never what the numbers are like: a step with any other word is left to the model (soundness
rule 6), because "since 10 is even" or "a negative number" may stop being true when the numbers change.
"""

from __future__ import annotations

from stepcache_lc.tasks.equations.wordlists import words_of

STEP_WORDS = words_of(
    """
    a about above absolutely accordingly add added adding addition additional adds afterwards again aim algebra
    algebraic algebraically all alone also always an and another answer any apply applying approach approaches are
    arithmetic arrange as ask assist at back balance balanced balances basically be because become becomes before
    begin beginning being below both box boxed break breakdown bring bringing brings broken but by calculate
    calculated calculating calculation calculations can cancel canceled canceling cancelled cancelling cancels
    carefully carry carrying certainly change check checked checking checks clarity clear clearing clearly
    coefficient coefficients collect collecting collects combine combined combines combining comes complete
    completely compute computed computing conclude concluded concluding conclusion confirm confirmed confirming
    confirms consider constant constants contain containing contains correct correctly correctness course dealing
    decide denominator derive describe detail detailed determine determined determining did directly distribute
    distributed distributes distributing distribution distributive divide divided dividing division divisor do does
    doing done double-check down each easily eliminate eliminated eliminates eliminating end ensure ensures ensuring
    entire equal equality equals equation equations equivalent essentially evaluate evaluated evaluating every
    everything exact exactly example expand expanded expanding explain explained explaining explanation explanations
    express expressed expression expressions fact factor feel figure final finally find finding finds first fits
    focus follow following follows for form formula formulas found fraction fractions from front fully further
    furthermore get gets getting give given gives giving glad go goal going good got great group grouping guidance
    guide had happy has have having held hello help helps hence here here's hi hold holds hope how i i'd i'll i'm
    idea identified identify identifying if immediately in indeed individual initial inside instead interested into
    inverse involve involved involves involving is isolate isolated isolates isolating isolation it it's item its
    itself just keep keeping keeps know known last later leave leaves leaving left left-hand lefthand let let's
    letter lhs like like-terms linear lines list look looking main maintain maintained maintaining maintains make
    makes making manipulate manually match matches math mathematical mathematically mathematics meaning means
    mentioned method method's methods minus more moreover move moved moves moving multiplication multiplied
    multiplies multiply multiplying must my name namely need needed needs new next notation notice now number
    numbers numerator numerical objective observe obtain obtained obtaining obtains obviously occurs of off ok okay
    on once one onto operation operations or order original other our out over overall own pair parentheses
    parenthesis part particular parts perform performed performing performs place plan please plug plugged plugging
    plus point possible previous previously principle problem procedure proceed proceeding process product proof
    properties property provide provided purpose put putting quantity question questions quick quickly quotient
    reach reached reaches reads rearrange rearranged rearranging reason recall reciprocal reduce reduces reducing
    refer remain remaining remains remember remove removed removes removing repeat replace replaced replacing
    represent required respectively result resulting results returns review rewrite rewriting rewritten rhs right
    right-hand righthand rule same satisfied satisfies satisfy satisfying say second section see seek sense separate
    sequence set share short should show showing shown shows side side's side-by-side sides sign signs similar
    similarly simple simpler simplification simplifications simplified simplifies simplify simplifying simply since
    single so solution solutions solve solved solver solves solving some specific specifically stage standard stands
    start started starting starts stated statement stay step step-by-step steps still straight straightforward
    strategy subsequently substitute substituted substituting substitution subtract subtracted subtracting
    subtraction subtracts such suitable sum summarize summary sure switch symbol symbolically take taken takes
    taking target task technique tells term terms than thank thanks that that's the their them then there there's
    thereby therefore these they thing things think third this thorough those through throughout thus to together
    top transform transformed transforming true try trying two-step under understand understanding understood undo
    undoing undone unknown unknowns until up upon us use used useful uses using usual usually value values variable
    variables verification verified verifies verify verifying want was way ways we we'd we'll we're we've welcome
    well were what when where whether which while who whose why will with within without work worked working works
    would write writes writing written x-term yes yield yielding yields you you'd you'll you're your
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

QUADRATIC_WORDS = words_of(
    """
    both case cases discriminant distinct each either factor factored factoring factorization factors product
    quadratic real root roots square standard states two zero
    """
)
"""Words that may stand besides where a quadratic with as many roots is solved."""
