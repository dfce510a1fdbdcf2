"""The words of honest worked answers: a white list, because no black list ends.

A checked formula proves nothing if the words around it take it back: "x = 5 is what a careless student would say",
"x = 5. C'est faux.", "the answer is 5 million". Whoever lists the words that do harm forgets one; so every word outside
of the formulas has to be known, and one that is not known makes its step `UNKNOWN`.

Never in `PLAIN`, whatever model uses it:

- negations and words of doubt, retreat or irony (hardly, doubt, actually, however, wait, tempting, discard);
- number words, Roman numerals, scales and units (fifteen, million, squared, metres, percent, dozen);
- words that restrict or widen a result by themselves (if, unless, provided, only, many, any, every, other, else);
- who says it, or how sure of it (claims, believes, student, assume, suppose, roughly);
- words of other languages, of programs, and orders to the reader (ignore, reveal, instructions).
"""

from __future__ import annotations

from stepcache_lc.tasks.equations.wordlists import words_of

_GRAMMAR = words_of(
    """
    a an the this that these those i you we he she it they me us him her them my your our its their mine yours ours
    itself themselves myself yourself ourselves who whose which what how why where there here one
    and or so as then thus hence therefore because since while also both either
    of in on at to from by with into onto for about after before behind beside between during over through throughout
    toward towards under up down back upon via within along across around above below alongside out
    is am are was were be been being do does did doing done has have had having can will shall should must may let
    lets yes ok okay just simply still again already now later soon once always usually often
    first second firstly secondly lastly last next final finally initially ultimately eventually subsequently
    afterwards afterward accordingly consequently thereby therein herein wherein whereby whereas moreover furthermore
    additionally besides likewise similarly meanwhile namely specifically particularly especially essentially
    basically generally typically normally overall briefly respectively together apart altogether further well too
    i.e. e.g. etc. very quite much such
    """
)
"""Articles, pronouns, prepositions, connectives, auxiliaries, ordinals, adverbs of order."""

OBJECTS = words_of(
    """
    algebra algebraic algebraically arithmetic arithmetical math maths mathematics mathematical mathematically
    equation equations expression expressions formula formulas problem problems exercise task question questions
    statement statements identity system systems pair pairs set
    variable variables unknown unknowns letter letters symbol symbols constant constants coefficient coefficients term
    terms factor factors number numbers value values quantity quantities amount parameter sign signs
    side sides hand left right left-hand right-hand lefthand righthand lhs rhs l.h.s. r.h.s. part parts
    parenthesis parentheses paren parens bracket brackets bracketed grouping
    fraction fractions fractional numerator numerators denominator denominators quotient quotients ratio ratios
    decimal decimals product products sum sums difference differences multiple multiples multiplier divisor dividend
    reciprocal inverse inverses power degree line lines row column top bottom common lowest least greatest lcd lcm gcd
    gcf simplest form forms notation order
    answer answers solution solutions result results root roots outcome conclusion conclusions finding
    equality equalities equal equals equally equivalent equivalence equivalently balance balanced balances balancing
    linear single one-step two-step multi-step multistep one-variable single-variable first-degree single-step
    """
)
"""What algebra talks about."""

_OPERATIONS = words_of(
    """
    add adds added adding addition additions additive plus sum summed summing
    subtract subtracts subtracted subtracting subtraction subtractions subtractive minus deduct deducting
    multiply multiplies multiplied multiplying multiplication multiplications multiplicative times cross-multiply
    cross-multiplying cross-multiplication
    divide divides divided dividing division divisions divisible split splits splitting
    operation operations operator perform performs performed performing carry carries carried carrying
    apply applies applied applying application use uses used using useful utilize utilizes utilized utilizing utilise
    employ employing
    distribute distributes distributed distributing distribution distributive distributivity commutative associative
    expand expands expanded expanding expansion property properties law laws rule rules principle principles axiom
    combine combines combined combining combination collect collects collected collecting gather gathers gathered
    gathering group groups grouped regroup regrouping merge merges merged merging consolidate consolidating like
    like-terms similar alike
    cancel cancels canceled cancelled canceling cancelling cancellation eliminate eliminates eliminated eliminating
    elimination remove removes removed removing removal clear clears cleared clearing rid undo undoes undoing undone
    drop drops dropping neutralize neutralizes neutralizing counteract counteracts counteracting reverses reversing
    negate negates negating
    isolate isolates isolated isolating isolation alone separate separates separated separating standalone
    move moves moved moving shift shifts shifted shifting transfer transfers transferring transpose transposes
    transposed transposing transposition bring brings brought bringing switch switching swap swaps swapping flip
    flipping
    rearrange rearranges rearranged rearranging rearrangement reorder reordering reorganize reorganizing rewrite
    rewrites rewriting rewritten rewrote restate restates restated restating express expresses expressed expressing
    represent represents represented representing representation write writes writing written wrote convert converts
    converted converting transform transforms transformed transforming transformation turn turns turning turned
    simplify simplifies simplified simplifying simplification simplifications simple simpler simplest simply reduce
    reduces reduced reducing reduction condense condensing tidy
    substitute substitutes substituted substituting substitution substitutions back-substitute back-substitution
    back-substituting plug plugs plugged plugging insert inserts inserted inserting put puts putting replace replaces
    replaced replacing input
    evaluate evaluates evaluated evaluating evaluation compute computes computed computing computation computations
    calculate calculates calculated calculating calculation calculations manipulate manipulates manipulated
    manipulating manipulation manipulations
    solve solves solved solving solvable solver find finds found determine determines determined determining
    determination obtain obtains obtained obtaining get gets got getting gotten give gives gave given giving givens
    yield yields yielded yielding produce produces produced producing deduce deduced derive derives derived deriving
    arrive arrives arrived arriving reach reaches reached reaching lead leads leading led resulting resulted
    become becomes became becoming leave leaves leaving end ends ending
    """
)
"""What is done to an equation, and what comes of it."""

_WORK = words_of(
    """
    step steps step-by-step stepwise stage stages phase process processes procedure procedures method methods approach
    approaches strategy strategies technique techniques way ways manner plan goal goals aim aims objective objectives
    purpose target task idea concept concepts key reason reasoning logic detail details detailed breakdown overview
    summary summarize summarizes summarizing summarized recap explanation explanations explain explains
    explained explaining clarification clarifications clarity guide guides guided guiding guidance walkthrough walk
    walks walking work works worked working workings derivation proof section worksheet
    start starts started starting begin begins began beginning proceed proceeds proceeding continue continues continued
    continuing finish finishes finished finishing complete completes completed completing completion conclude
    concludes concluded concluding conclusion stop
    follow follows followed following take takes taken taking took go goes going gone come comes coming came make makes
    made making keep keeps keeping kept maintain maintains maintained maintaining preserve preserves preserving
    preserved ensure ensures ensured ensuring hold holds holding held remain remains remained remaining stay stays
    need needs needed needing require requires required requiring want wants wanted wanting try tries trying tried
    show shows showed shown showing display displayed displaying demonstrate demonstrates demonstrated demonstrating
    illustrate illustrates present presented presenting indicate indicates indicating mean means meaning meant
    see sees seen seeing look looks looking notice notices noticed noticing note notes noted noting observe observes
    observed observing recall recalls recognize recognizes recognizing recognise identify identifies identified
    identifying consider considers considered considering focus focuses focusing understand understands understanding
    understood know knows known knowing remember remembering learn learning tell tells telling define defined defines
    denote denotes denoted describe describes described describing state states stated stating mention mentioned
    name named label labeled labelled call called choose choosing choice pick decide
    contain contains containing contained include includes included including involve involves involved involving
    consist consists consisting attach attached attaches belong belongs
    allow allows allowed allowing enable enables help helps helped helping helpful achieve achieves achieved achieving
    accomplish accomplishes accomplished accomplishing address addressing handle handling deal dealing tackle tackling
    set sets setting box boxed boxes boxing highlight highlighted circle underline
    attempt attempting treat treating break breaks breaking broken
    act acts acting affect affects affecting change changes changing unchanged same copy copied
    """
)
"""How one works, and how one tells of it."""

_CHECKS = words_of(
    """
    check checks checked checking double-check double-checking double-checked double-checks cross-check verify verifies
    verified verifying verification confirm confirms confirmed confirming confirmation test tests tested testing
    validate validates validated validating validation prove proves proved proving
    satisfy satisfies satisfied satisfying fulfill fulfills fulfilled fit fits match matches matched matching agree
    agrees agreement true truth correct correctly correctness accurate accurately accuracy right valid validity
    consistent consistency indeed clearly exactly exact precisely directly exactness confidently confident successful
    successfully success properly proper
    original originally initial given current present resulting new newly previous previously prior above-mentioned
    intermediate simplified entire entirely full fully individual individually corresponding
    correspondingly respective particular appropriate appropriately suitable relevant necessary desired required
    important importantly main basic basics fundamental standard usual common regular general specific certain
    possible
    clear clean neat nice nicely easy easier easily easiest straightforward straight simple quick quickly short
    concise concisely brief careful carefully systematic systematically logical logically direct efficient elegant
    immediate immediately manual manually convenient convenience manageable readable familiar similar distinct unique
    real practical numeric numerical numerically worthwhile
    """
)
"""Checking, and harmless adjectives and adverbs."""

MANNERS = words_of(
    """
    sure certainly absolutely course definitely hello hi hey greetings welcome great good excellent perfect perfectly
    awesome wonderful fantastic well-done congratulations thanks thank please glad happy pleased pleasure delighted
    enjoy hope feel free ask asks asked asking reach assistance assist assisted assisting support share provide
    provides providing offer interested curious comfortable practice yourself friend
    feedback ready
    """
)
"""Greetings and offers."""

QUADRATICS = words_of(
    """
    quadratic quadratics discriminant trinomial trinomials binomial binomials polynomial polynomials monomial factorize
    factorizes factorized factorizing factorise factoring factored factorization factorisation foil squares
    repeated zero-product zeros non-zero nonzero squaring pairs cases case completing-the-square
    multiplicity
    """
)
SYSTEMS = words_of(
    """
    simultaneous simultaneously substitution elimination intersection intersect intersects point coordinates coordinate
    ordered triple matrix x-value y-value z-value
    """
)
SETS = words_of(
    """
    empty contradiction contradictory inconsistent identity arbitrary whatever matter regardless everywhere
    dependent depend depends parallel
    """
)
"""Of equations that nothing or everything solves."""

_FURTHER = words_of(
    """
    back inside completely fact facts figure figures front item items obviously own place point points reads read
    refer refers referring return returns review reviewing seek seeks seeking thing things ahead aligned align aligns
    among analyze analyzing analysis aware chosen compare compared corresponds direction directions divisors due
    enclose exponent exponents factored factoring factorise factorize factorization five-step four-step six-step
    three-step identical intersect linearly location nature neatly ordered ordinary phrase powers proportion reading
    receive received recognized rename renaming rest searching separately settle shortcut shortcuts space speak suits
    talk teaching thereafter walk-through worth wrapped x-coordinate z-term
    assemble assembled attain attained attaining beneficial boils breaking calculator careful
    commonly connected connecting consistency counterpart counterparts crucial deal deals definite desire dive
    double-sided drawn effect effects embedded encounter encounters enter equalities equalize essential
    explicit explicitly exploring explore faster firm glance happens hint hints ideally illustrates
    implicit inline instance investigating join joined joining leverage leveraging lesson located
    locate locating locks modify multi-term navigate observation observations obvious opening
    opposing organizes pin pinpoint pinpointing precision preparation prepare prepared preparing
    presenting pull pulling push pushing quickest reaching reapply reapplying recap
    reconfirm reinforce remind remark remarks resubstitute resubstituting revisit roadmap
    satisfactory scratchwork sequentially sequential shorten shortened simplification skill skills
    smooth stack standardized strip stripping structurally sub subbing swift tactic
    tutorial two-sided unwrap unwrapping unknown's valued vertical vertically visible walked wrap-up yourself
    ai alright anytime assistant assistants away beginner beginners cheers encourage encouraged heading homework
    intuition intuitive intuitively job language learner learners luck model models peel peeling recapping rundown
    sanity studies stuck thinking voila voilà
    able across although applicable assignment attention available avoid bottom choice closing combination
    comparing comparison component components concept condensed connect connects consequence constructing contribute
    cover covers create creates creating definition describing develop developed discuss discussed discussing
    effective effectively efficiently effort element elementary elements enclosed equate equated equates equating
    establish established establishes establishing examine examined examining extract extracted extracting facilitate
    finalize finalized finalizing gain ideal illustration implement implemented implementing implies
    imply implying inner inspect inspection introduce introduced investigate involvement isolating
    leftmost leftover leftovers leftovers level list listed lists logical mental mind
    monic occur occurs organize organized organizing outer outline outlined outlines outlining paper paragraph
    path pattern pen performing perspective piece pieces placed placing places plain plan plans plays portion portions
    position positions precede precise presence preserving primary prior rearranges reference reflect
    reflects relate related relates relation relations relationship reminder remainder reordered repeat repeating
    resolve resolved resolves resolving respond response responses retain retained retaining rewording rid
    rightmost role row rows scratch select selected selecting sense sentence separation sequence serves setup shorter
    shorthand situation slightly smoothly solely sorted spot stand stands structure structured style subject
    succinct summarised summation supplied symbolic symbolically symbols symmetric symmetry thorough thoroughly
    thought thoughts tie tip tips title tools topic topics total track traditional translate translates translating
    type types typical unified view visual visualize visualizing word words wording wrap wrapping
    adjust adjusting adjustment alternatively appear appearing appears attach balance-scale begun behind bold
    bonus bridge calls challenge clearer comment context contribute convey custom demonstrates discover
    discovering draw elegantly embark engage ensures evenly evident examples exploration extend familiarize
    fashion feature flow foundation framework freely fresh friendly gently gradually grasp hands-on handy
    highlights illustrates improve inform innermost insert insight insights instantly intend intention interpret
    interpretation interprets introduces isolates journey keeping layer layers leap learner's line-by-line link
    maintaining manages mark marked mastering mechanics milestone motion nearby notion offset offsets offsetting
    operating outermost outlook outside patience peels practise practising precede preceding presence preserve
    preserves progress proof-read proper proposed puzzle recap recover refine refresher regarding relate reliable
    reposition respecting restore restoring restructure reversing route routine satisfying save segment serve
    settles shape shifts signal sketch slide smoothly snapshot solid sought spells spotlight stack stepping story
    strategically stretch string structure study successive succinctly suffice suggests supply supporting surround
    survive takeaway tap tells theme thread tidied tidying track transition transitions traverse treats trim
    turning ultimately uncover uncovers undergo underneath understandable unfold unfolds unlock unlocking unravel
    unravelling unveil upper visually walkthroughs warm watch workable workflow write-up written-out yields zoom
    """
)
"""What else such answers are made of."""

PLAIN = _GRAMMAR | OBJECTS | _OPERATIONS | _WORK | _CHECKS | MANNERS | _FURTHER
"""Words that may stand anywhere in a worked answer."""
