"""The words that may stand in a step that is rewritten.

They say what is done, never what the numbers are like: a step with any other word is left to the model (soundness
rule 6), because "since 10 is even" or "a negative number" may stop being true when the numbers change.
"""

from __future__ import annotations

from stepcache_lc.tasks.equations.wordlists import words_of

STEP_WORDS = words_of(
    """
    a about above add added adding addition additional adds again algebra algebraic algebraically all also always an
    and another answer any apply applying approach are arrange arithmetic as at back balance balanced be because
    become becomes before begin beginning being below both box boxed break broken bring bringing brings but by
    calculate calculated calculating calculation calculations can cancel canceled canceling cancelled cancelling
    cancels carefully carry carrying certainly change check checked checking checks clear clearly clearing
    coefficient coefficients collect collecting collects combine combined combines combining complete completely
    compute computed computing conclude conclusion confirm confirmed confirming confirms consider constant constants
    contain containing contains correct correctly course denominator derive describe detail detailed determine
    determined determining did directly distribute distributed distributes distributing distribution distributive
    divide divided dividing division divisor do does doing done down each easily eliminate eliminated eliminates
    eliminating end ensure ensures ensuring equal equality equals equation equations equivalent evaluate evaluated
    evaluating every everything exact exactly example expand expanded expanding explain explained explaining
    explanation express expressed expression expressions factor final finally find finding finds first fits follow
    following follows for form found fraction fractions from front further get gets getting give given gives giving
    go goal going good got great group grouping guide had happy has have having held help helps hence here here's
    hold holds how i i'd i'll i'm if in indeed inside instead into inverse involve involved involves involving is
    isolate isolated isolates isolating isolation it it's item its itself just keep keeping keeps know known last
    leave leaves leaving left left-hand lefthand let let's letter lhs like like-terms linear look looking make makes
    making manipulate manually match matches mathematical mathematically mathematics math means meaning method minus
    move moved moves moving multiplication multiplied multiplies multiply multiplying must my name need needed needs
    new next notice now number numbers numerator numerical obtain obtained obtaining obtains of off okay ok on once
    one only onto operation operations opposite or order original other our out over own parentheses parenthesis
    part parts perform performed performing performs place plug plugged plugging please plus point possible problem
    procedure proceed process product properties property provide provided put putting quantity question quick
    quotient reach rearrange rearranged rearranging recall reciprocal reduce reduces reducing remain remaining
    remains remember remove removed removes removing replace replaced replacing represent required result resulting
    results rewrite rewriting rewritten rhs right right-hand righthand rule same satisfied satisfies satisfy
    satisfying say see separate set share should show showing shown shows side side's sides similar similarly simple
    simpler simplification simplified simplifies simplify simplifying simply since single so solution solutions
    solve solved solver solves solving some specific specifically start started starting starts stated statement
    step step-by-step steps still straightforward substitute substituted substituting substitution subtract
    subtracted subtracting subtraction subtracts such sum sure take taken takes taking task tells term terms than
    that that's the their them then there there's therefore these they thing things think this those through
    throughout thus to together top true try trying two-step under undo undoing unknown until up upon us use used
    useful uses using value values variable variables verification verified verifies verify verifying want was way
    ways we we'd we'll we're we've were what when where whether which while who whole whose why will with within
    without work worked working works would write writes writing written x-term yes yield yielding yields you you'd
    you'll you're your absolutely accordingly afterwards aim alone approaches ask assist balances basically believe
    breakdown bringing carrying clarity comes conclude concluding concluded correctness dealing decide desired
    double-check eliminates entire essentially explanations fact feel figure focus following free fully furthermore
    given glad going guidance hello hi hope identified identify identifying idea immediately individual initial
    interested keep later lines list main maintain maintained maintaining maintains many mentioned method's methods
    more moreover namely notation objective observe obviously occurs overall pair particular plan prefer previous
    previously principle proceeding proof purpose questions quickly reached reaches reads reason refer repeat
    respectively returns review second section seek sense sequence short side-by-side sign signs simplifications
    stage standard stands stay straight strategy subtracted subsequently suitable summarize summary switch symbol
    symbolically target taught technique third thank thanks thereby thorough thought track transform transformed
    transforming understand understanding understood undone usual usually welcome well wish wondering
    """
)

ADDITIVE_NOUNS = frozenset({"addition", "subtraction", "sum", "difference"})
"""Words that name an additive operation: they turn with its sign, so they only stand if no sign turned."""

FRACTION_WORDS = frozenset({"fraction", "fractions", "numerator", "denominator"})
"""Words that stand only where a fraction still is."""
