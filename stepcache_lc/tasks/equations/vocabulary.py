"""The words that an answer may be made of.

`STEP_WORDS` may stand in a step that is rewritten: they say what is done, never what the numbers are like, because
"since 10 is even" or "a negative number" may stop being true when the numbers change (soundness rule 6). `TALK_WORDS`
may stand besides in a step that is only checked. Any other word makes a step `UNKNOWN`: it may be a number in words, a
unit, a condition, or the opposite of what the formulas say.
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

TALK_WORDS = words_of(
    """
    able accept accomplish according accurate accurately achieve across address advance agree agrees ahead aligned
    allow allowing allows already although among analysis analyze anything applicable appropriate aside assignment
    assistance associative attempt attention available avoid aware bit bottom bracket bracketed brackets case cases
    certain changed changes changing choice choose chosen closer closing coefficient's combination come coming
    comment common commutative compare compared comparing comparison component components concept concise condensed
    condition confident confirms connect consequently consistent constructing context continue continued continues
    continuing contribute convenient convert converted converting copy corresponding corresponds cover create
    creates creating cross-multiplication cross-multiply deal decimal decimals define defined definition demonstrate
    demonstrated demonstrates depend depends derivation derived deriving descending described detailing details
    difference direct direction discriminant discuss displayed distinct distributing distributive divisor divisors
    double-checked double-checking dropping due effectively efficient effort either element elementary elements
    elimination enclose enclosed entirely equally equals equate equated equating equivalence equivalently establish
    exactly examine examining expand expansion expected exponent exponents express expressing extra extract
    facilitate factored factoring factorisation factorise factorization factorize factors familiar feasible field
    finalize finish finished finishing five-step flip flipped flipping fraction's fractional fundamental gain gather
    gathered gathering gave general generally gets gone group grouped hand handle handling happen happens helpful
    helping highlight how's i've ideal identical illustrate illustrates implies imply inner inspect inspection
    instruct instruction instructions interpret interpretation intersect introduce introduced inverses invert
    inverted investigate involving key kind label labeled labelled layout lead leading leads learn led left-side
    leftmost leftover level likewise line linearly list listed location logic logical long look looks made mean
    means meant mental merge merged mind monic multiple multiples multiplicative multiplier name named nature neat
    neatly nice nicely normally noted noting numerically occur one's one-step ones option options ordered ordinary
    organize organized original outcome outer outline outlined outside pairs paper paragraph parameter path pattern
    pen permit perspective phase phrase piece placed placing plain plays plugs portion pose position positions power
    powers practice precede precise precisely presence present presented preserve preserved preserves preserving
    primary prior produce produces producing products properly proportion prove proved proves quadratic quadratics
    quickly quote radical radicals raise raised raising ratio read reading ready real really rearrangement reasoning
    receive recognise recognize recognized reduced reducing reference reflect relate related relation relationship
    remark reminder rename reorder reordered reordering represents request require requires respective respond rest
    restate restated restating retain reveal reveals reverse reversed reverses reversing rid right-side rightmost
    root roots row rows runs said satisfaction save says scale scaled scratch searching seen select selecting send
    sentence separate separated separately separating sets setting settle setup shortcut shorter shorthand sides
    simultaneous simultaneously situation six-step skip slightly smoothly solely solver's something source space
    speak split splitting spot square squared squares squaring stages state statements states stays strategies
    structure style subject success successful successfully succinct suggest suggests suits summarized summation
    supplied support surface symbols symmetric symmetry system systematic systematically systems table tackle talk
    teaching techniques tell test tested testing tests text thereafter three-step tidy tie tip tips title tools
    topic total toward towards transfer transferred transferring translate transpose transposed transposing
    transposition treat treated treating turn turned turning turns type typical typically unchanged undoes unified
    unique valid validate validated validates validating validity variable's view visual visualize vocabulary walk
    walk-through walked walking whenever wherever whichever word wording words workings worth wrap wrapped wrapping
    x-coordinate x-intercept x-value x-values y-term zero-product
    """
)
