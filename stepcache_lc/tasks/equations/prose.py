"""Whether the words around the formulas of an answer may stand there.

Each has to be one of `plain`, or of the kind of equation that is asked about. Some are honest in one place only ("any
questions", "the other side"): they stand in `_PLACES`, with the words that must be beside them. `_PHRASES` are wholes
that take a result back although each word in them is plain. Which negations and counts may stand in an answer to an
equation without or with two solutions is said in `words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stepcache_lc.core.quoting import quoted
from stepcache_lc.core.types import Verdict
from stepcache_lc.tasks.equations.algebra import names
from stepcache_lc.tasks.equations.expressions import Chain, Expr, Group, Neg, Num, Op
from stepcache_lc.tasks.equations.plain import OBJECTS, PLAIN, QUADRATICS, SETS, SYSTEMS
from stepcache_lc.tasks.equations.scan import Item, lone_name
from stepcache_lc.tasks.equations.truth import Truth
from stepcache_lc.tasks.equations.wordlists import words_of

_COMPOUNDS = words_of(
    """
    by check common constant easy equal equals equation expression factor fraction hand left like line linear number
    plug in re right side sign step term terms the to unknown value values variable variables well known write
    coefficient coefficients of both double cross multiply multiplying out single isolate simplified
    """
)
"""What words with hyphens may be made of, besides the names of the unknowns: `x-term`, `left-hand`."""

_STEMS = words_of(
    """
    i you we they it that there here what let how who where this which these those
    """
)
_ENDINGS = ("'s", "'ll", "'re", "'ve", "'d", "'m")
_VERBS_IN_ING = re.compile(r"[a-z]{3,}ing$")
_NEEDING = words_of(
    """
    you we i you'd you're we're necessary needed desired both so
    """
)
_ASKED_FOR = words_of(
    """
    question questions help problem problems doubts clarification clarifications explanation explanations assistance
    details detail examples example practice information equations tasks topics
    """
)


class _Place(NamedTuple):
    """Where a word is honest: behind one of some words, or in front of one of others."""

    behind: frozenset[str] = frozenset()
    ahead: frozenset[str] = frozenset()


def _place(behind: str = "", ahead: str = "") -> _Place:
    return _Place(words_of(behind), words_of(ahead))


_PLACES = {
    "additional": _place(
        "any", "questions question help steps step details explanation information practice examples clarification"
    ),
    "all": _place(
        "we'll that's that first and",
        "the of terms steps that sides like we you you'll done variables constants constant variable unknowns set "
        "equations parts things set this our these other occurrences your",
    ),
    "another": _place("one", "way step method approach equation question form look problem example exercise one"),
    "any": _place(
        "",
        "further more other questions question additional like doubts doubt step steps part parts help clarification "
        "fractions parentheses remaining concerns issues problems terms need equation of "
        "specific",
    ),
    "anything": _place("need with have there's"),
    "case": _place("this our that each", ""),
    "complex": _place("more seem look less", "expressions equations numbers"),
    "could": _place("we you i that they", "also you we i"),
    "double": _place("", "check checks checked checking"),
    "each": _place(
        "",
        "side sides term terms step steps part parts equation of other individual factor fraction operation stage line "
        "variable unknown expression",
    ),
    "else": _place("anything"),
    "every": _place("", "step term part side single time operation equation line"),
    "everything": _place("", "by on in else from is to we correctly up together inside"),
    "example": _place("this our the"),
    "expected": _place("as"),
    "far": _place("so"),
    "forward": _place("straight"),
    "if": _Place(
        words_of("check checks verify see know confirm determine checking verifying test tell ensure"),
        _NEEDING | {"E"},
    ),
    "many": _place("infinitely"),
    "more": _Place(
        words_of("once any learn one some with few"),
        _ASKED_FOR
        | words_of(
            "detailed clearly simply easily manageable simple step straightforward readable formally help familiar "
            "explicitly complex efficient concise about"
        ),
    ),
    "most": _place("the", "common straightforward efficient direct important"),
    "off": _place("peel peeling start starting"),
    "only": _place(
        "",
        "solution root value answer variable unknown term one step need needs the have has contains on to thing U",
    ),
    "opposite": _place("", "side sides operation operations sign signs of"),
    "other": _Place(
        words_of("each"),
        _ASKED_FOR
        | words_of(
            "side sides side's words terms term equation equations operation operations unknown unknowns variable "
            "variables constants steps factor factors part"
        ),
    ),
    "provided": _place("you've i've you we the equation as", "equation the problem step steps"),
    "reverse": _place("", "operation operations order the"),
    "square": _place("the perfect", "root roots"),
    "some": _place("", "basic algebra simple help algebraic steps more practice context"),
    "something": _place("if"),
    "squared": _place("U unknown variable"),
    "think": _place("", "of about through"),
    "time": _place("this a"),
    "whether": _Place(
        words_of("check checks verify see confirm determine checking verifying test know"),
    ),
    "whatever": _place("that", "we you is operation operations i"),
    "when": _Place(
        frozenset(),
        words_of("we you i E both the it there combined simplified done plugged checked substituted a"),
    ),
    "without": _place("", "changing affecting altering using"),
    "would": _place("", "like get have give need substitute look you"),
    "you'd": _place("", "like prefer need want"),
}
"""Words that are honest only beside others; `E` is an equation, `U` an unknown."""

PLACED = frozenset(_PLACES)
"""Words with a place of their own."""

_RESULT = r"(?:answers?|solutions?|results?|roots?|values?|conclusions?|E)"
_AUX = (
    r"(?:also|then|now|still|simply|just|so|thus|therefore|value|solution|answer|result|will|has|have|had|needs?|must"
    r"|should|can|could|may|to|again|later|always|already|we|i|you|wrote|gave|found|got|which|that)"
)
_UNMADE = (
    r"(?:eliminated|removed|cancell?ed|dropped|replaced|changed|reversed|switched|swapped|undone|cleared|negated"
    r"|neglected|broken|transformed|converted|shifted)"
)
_UNMAKE = (
    r"(?:eliminat|remov|cancell?|drop|dropp|replac|chang|revers|switch|swap|swapp|undo|clear|negat|stop|flip|flipp)"
    r"(?:e|es|s|ed|ing|d)?"
)
_HOLDS = (
    r"(?:(?:the|our|your|a|an|indeed|also|then|therefore|thus|now|only|final|correct|right|exact|same|required|desired"
    r"|original|given|new|resulting|simplified|linear|simple|first|unique|already|fully) ){0,8}"
    r"(?:correct|right|true|solution|answer|value|result|root|valid|verified|confirmed|satisfied|equivalent|linear|exact"
    r"|equation|simplified|solved|given|quadratic|balanced|isolated|obtained|found|same|problem|what we|in|equal"
    r"|[EMU])\b|[:,]"
)
"""What an equation may be said to be."""
_OTHER_VALUE = r"(?:opposite|inverse|reciprocal|sum|product|quotient|square|multiple|negative|reverse)"

_PHRASES = re.compile(
    "|".join(
        (
            rf"\b{_RESULT} (?:{_AUX} ){{0,8}}(?:is|are|was|were|be|been|being|gets?) (?:{_AUX} ){{0,8}}{_UNMADE}\b",
            rf"\b(?:it|this|that) (?:{_AUX} ){{0,8}}(?:is|was|be|been) (?:{_AUX} ){{0,8}}{_UNMADE}"
            r"(?! (?:by|from|out|using|with|to))",
            rf"\b{_UNMAKE} (?:(?:the|this|that|these|our|my|your|all|final|correct|of|both|above|previous) ){{0,8}}"
            rf"{_RESULT}\b",
            rf"\bE (?:is|are) (?!{_HOLDS})[a-z]|\b(?:E|it|this|that) (?:was|were) (?:the|a|an|our|my|your|one)\b",
            r"\b(?:possible|common|first|previous|prior|initial|usual|typical|last) (?:answer|result|value)\b",
            r"\bpossible (?:solution|root)\b|\bin part\b|\bto the (?:power|degree)\b|\bgive or take\b",
            r"\bE (?:should|has to|have to|as (?:a|an|my|our))\b|\bshould be (?:right|correct|true|valid)\b",
            rf"\b(?:it|this|that) is (?:the|an?|its) {_OTHER_VALUE}(?! (?:operation|of (?:M|add|mult|divi|subt)|root))",
            rf"\bU is (?:the|its|a|an) (?:constant|coefficient|numerator|denominator|{_OTHER_VALUE})\b",
            rf"\b(?:E|M|U) and (?:its|the|their) {_OTHER_VALUE}\b",
            rf"\bwith (?:the |a |an |its )?(?:minus|plus|{_OTHER_VALUE})(?! (?:operation|propert))",
            rf"\b(?:take|takes|taking) (?:the|its) {_OTHER_VALUE}(?! (?:root )?of (?:both|each|M|the))",
            r"\b(?:flip|switch|chang|negat|turn|revers)\w* (?:it|them|that|the signs?)\b(?! (?:when|as|of|into))",
            r"\b(?:add|subtract|multipl|divid)\w* (?:the |this |that |our |it ){0,8}(?:answer|solution|root)\b",
            r"\b(?:add|subtract|multipl|divid)\w* (?:\w+ ){1,4}(?:to|by|from|with) "
            r"(?:it|this|that|itself|the (?:answer|solution|result|root))$",
            rf"\b{_RESULT} (?:is|are|was|remains?|becomes?|be|:) (?:(?:the|a|an|its|still|now|just|also|therefore) )"
            r"{0,8}"
            r"(?:opposite|inverse|reciprocal|sum|product|quotient|numerator|denominator|constant|coefficient"
            r"|variable|unknown|square|question|negative|reverse|multiple|factor|out|up|down|above|below|over|under|before"
            r"|after|wrong|left|next|meant|between|around)\b",
            r"\b(?:E|M) (?:if|or so|more|too)\b|\bE (?:times|plus|minus|over)\b|\bor so\b",
            r"\bas if\b|\bif only\b|\bwhat if\b|\bin question\b",
            r"\b(?:answer|solution|result|correct|valid|right|true|works|holds|satisfied|so) if\b",
            r"\bvalid (?:when|if|for|in|only|as|under|on|where|while|with)\b|\bonly (?:when|if|valid)\b",
            r"\bE when (?!E\b|we\b|you\b|i\b|[a-z]+ing\b)",
            r"\bused to (?:be|hold|work)\b|\bstop(?:s|ped)? (?:being|working|holding)\b",
            r"\b(?:take|takes|took|taken|taking) (?:(?:it|this|that|them|all|the|answer|solution|result|of|E) )"
            r"{0,8}back\b",
            r"\b(?:scratch|strike|skip|drop|forget) (?:that|this|it)\b|\b(?:negat|revers|flip|invert)\w*$",
            r"\bleft out\b|\bleav(?:e|es|ing) (?:(?:it|this|that|the|answer|solution|result|E) )+out\b",
            r"\brules? (?:\w+ ){0,3}out\b|\bset (?:(?:it|this|that|the|answer|solution|result|E) )+apart\b",
            r"\b(?:is|are|equals|be|was) M (?:times|plus|minus|over|more|multiplied|divided|added)\b",
            r"\b(?:hope|wish|want|try|tried|trying) (?:for|that)? ?(?:E|M)\b|\bhope (?:that )?(?:U|the)\b",
            r"\bprovided (?:that|E)\b|\bin (?:base|terms of the reader)\b|\bsame time\b|\bfree of\b",
            r"\bE (?:must|should|can|could|may|will|needs?) (?:to )?(?:stop|go|change|end|move|leave|turn)\b",
            r"\b(?:is|was) (?:what|how|where) (?:you|they|we|i|one|he|she) (?:would|should|could|want|wanted)\b",
            r"\bone (?:would|could|may|should) (?:think|call|state|get|have|find)\b",
            r"\band so (?:on|forth)\b|\b(?:sum|product|difference|quotient|coefficient|constant) (?:is|equals) [UE]\b"
            r"|\bside only\b|\bU is U\b|\bU and U are (?:identical|the same|equal(?! to))\b"
            r"|\b(?:solution|answer|result) is U$",
            r"\b(?!(?:values?|solutions?|coefficients?|terms?|sides?|roots?|set)\b)\w+ of (?:the )?"
            r"(?:unknown |variable )?U (?:is|equals|becomes)\b",
            r"\b(?:sum|product|difference|quotient|coefficient|constant|variable|term)s? (?:to|for) (?:the|this) "
            r"(?:\w+ )?(?:equation|system|problem)\b"
            r"|(?:^|: )(?:sum|product|difference|quotient|coefficient|constant) : [EM]\b",
            r"\badd(?:ing|s)? M from\b|\bsubtract(?:ing|s)? M to (?:both|each)\b",
            r"\b(first|second|third)(?: equation| one)? (?:from|to) (?:the )?\1\b",
        )
    )
)
"""Wholes that take a result back, or restrict it, in words of which each is plain. The repeats are bounded: the work
is linear in the text."""
_ROOTED = re.compile(r"\btak(?:e|es|ing|en) (?:the |a |its )?(?:square |cube |cubic )?roots?\b")
_EVERYTHING = re.compile(
    r"\b(?:each|all|every|any)(?: of)?(?: the| these| those)? (?:values?|numbers?|U(?! (?:terms?|and))|real)\b"
)

_OF_TWO = re.compile(
    r"\b(?:roots?|solutions?|values?|they) (?:are|is) (?:both )?(?:equal(?! to)|identical|the same|repeated)\b"
    r"|\b(?:equal|identical|repeated|double|same|coincident) (?:real )?(?:roots?|solutions?)\b|\bmultiplicity\b"
    r"|\bdiscriminant (?:is|equals|:|being)(?: equal to)? (?:zero|negative)\b"
    r"|\b(?:exactly|only|just|there is|there's|has|have|a single) (?:exactly |only |just )?"
    r"(?:(?:one|a single|a unique|single|unique) )?(?:real |distinct |possible )?(?:solution|root)\b"
    r"|\b(?:first|second|this|it|one|latter|former) is (?:the|our) (?:\w+ )?(?:root|solution|answer|value)\b"
)
"""What is said of a quadratic with one root only."""
_OF_ONE = re.compile(r"\b(?:two|both|distinct|different|pair of) (?:real |distinct |different )*(?:roots|solutions)\b")
"""What is said of a quadratic with two roots only."""
_SINGLE = re.compile(
    r"\b(?:second|third|two) equations?\b"
    r"|\b(?:square|cube|opposite|reciprocal|inverse|negative|double|half) of (?:the )?U\b"
)
"""What is not said of one equation in one unknown."""
_NOT_NONE = re.compile(
    r"\b(?:no|not an?|not|isn't an?|isn't|never|cannot be|can't be) (?:contradiction|contradictory|false|impossible"
    r"|inconsistent)\b|\b(?:identity|infinite|infinitely|arbitrary|dependent)\b"
)
"""What is not said of an equation without a solution."""
_TRUE = re.compile(r"\btrue\b|\b(?:is|has|have|exists?) (?:a|an|one|the) (?:\w+ ){0,2}(?:solution|value|root)\b")
_DENIES = re.compile(r"\b(?:no|not|never|cannot|can't|isn't|doesn't|don't|nothing|nor|without|impossible)\b")
_NOT_ALL = re.compile(r"\b(?:contradict\w*|inconsistent|empty|parallel|distinct|different|unequal)\b")
_PAIR_OF = re.compile(r"\bwhose (?:difference|quotient)\b")


def _of_this_kind(text: str, truth: Truth) -> str:
    """What a sentence says that is not so of the kind of equation that is asked about; empty if nothing is found."""
    found: re.Match[str] | None = None
    if truth.solution.kind == "none":
        found = _NOT_NONE.search(text)
        claimed = _TRUE.search(text)
        if found is None and claimed is not None and _DENIES.search(text[: claimed.end()]) is None:
            found = claimed
    elif truth.solution.kind == "all":
        found = _NOT_ALL.search(text)
    elif truth.solution.kind == "roots":
        found = _PAIR_OF.search(text)
    elif len(truth.problems) == 1:
        found = _SINGLE.search(text)
    return "" if found is None else found[0]


_EXACT = re.compile(r"\b(?:exact|exactly|exactness|precisely)\b")
_OF_SIGNS = re.compile(
    r"\b(?:both|all|roots|solutions|values|they) (?:\w+ ){0,2}(?:are|is|being) (?:\w+ )?(?:positive|negative)\b"
)

_ASKING = re.compile(
    r"(?:(?:so|now|and|but|then|well|first|next|ok|okay|great) ,? ?)?"
    r"(?:what(?! if)|how|why|which|would you|do you|do we|can you|can i|can we|want|need|any|have you|ready|shall we)\b"
)
_STRUCK = re.compile(
    r"~~|\\(?:[xb]?cancel(?:to)?|sout|st|not|square|Box|blacksquare|h?phantom|vphantom|overline)(?![a-z])"
)


def doubtful_prose(text: str, items: Sequence[Item], truth: Truth, talk: list[tuple[int, str]]) -> Verdict | None:
    """The first thing in a step that no honest worked answer says, although its words are known; None if there is none.

    Args:
        text: the step as it is written.
        items: the step, scanned.
        truth: what the request's equations say.
        talk: gets the words in strange places that may be harmless.
    """
    struck = _STRUCK.search(text)
    if struck is not None:
        return Verdict.UNKNOWN(f"{quoted(struck[0])} is not understood")
    for sentence in split_sentences(items):
        reason = _misplaced(sentence, truth, talk) or _strange_whole(sentence, truth)
        if reason:
            return Verdict.UNKNOWN(reason)
    return None


class Sentence(NamedTuple):
    """A sentence of a step in canonical words."""

    words: list[str]
    """In lower case; a relation is `E`, an unknown `U`, any other formula `M`; a comma and a colon are themselves."""
    places: list[int]
    """The offset of each word."""
    formulas: list[Item]
    mark: str
    """The sign that ends it."""


def split_sentences(items: Sequence[Item]) -> Iterator[Sentence]:
    """The sentences of a step."""
    sentence = Sentence([], [], [], "")
    newlines = 0
    for item in items:
        newlines = newlines + 1 if item.kind == "newline" else 0
        if newlines > 1 or item.kind in ("stop", "enum", "bullet", "cell", "arrow", "code"):
            if sentence.words:
                yield sentence._replace(mark=item.text if item.kind == "stop" else "")
                sentence = Sentence([], [], [], "")
        elif item.kind == "word":
            sentence.words.append(item.text.lower().replace("’", "'").replace("\u2010", "-"))
            sentence.places.append(item.start)
        elif item.kind in ("comma", "colon"):
            sentence.words.append(item.text)
            sentence.places.append(item.start)
        elif item.kind == "formula":
            sentence.places.append(item.start)
            sentence.formulas.append(item)
            related = item.chain is not None and bool(item.chain.relations)
            sentence.words.append("E" if related else "M" if lone_name(item) is None else "U")
    if sentence.words:
        yield sentence


def special_words(truth: Truth) -> frozenset[str]:
    """The words of the kind of equation that is asked about."""
    if truth.solution.kind == "roots":
        return QUADRATICS
    sets = SETS if truth.solution.kind != "unique" else frozenset()
    return (SYSTEMS | sets if sets else SYSTEMS) if len(truth.problems) > 1 else sets


def is_known(word: str, truth: Truth) -> bool:
    """Whether a word in lower case may stand in a worked answer, some only where `doubtful_prose` lets them."""
    word = word.replace("\u2010", "-")
    if word in PLAIN or word in _PLACES:
        return True
    return word in special_words(truth) or _derived(word, frozenset(name.lower() for name in truth.names))


_LOOSE = words_of(
    """
    additional another anything case could each everything example expected far forward most reverse some something
    think time whatever when whether would you'd opposite other all every any more if only
    """
)
"""Words that are at most talk where they are not honest."""


def _misplaced(sentence: Sentence, truth: Truth, talk: list[tuple[int, str]]) -> str:
    words = sentence.words
    for index, word in enumerate(words):
        place = _PLACES.get(word)
        if place is None:
            continue
        before = words[index - 1] if index else ""
        after = words[index + 1] if index + 1 < len(words) else ""
        if before in place.behind or after in place.ahead or _widens(word, truth):
            continue
        if word == "when" and _VERBS_IN_ING.match(after) is not None:
            continue
        reason = f"{quoted(word)} is not understood where it stands"
        if word not in _LOOSE:
            return reason
        talk.append((sentence.places[index], reason))
    return ""


def _widens(word: str, truth: Truth) -> bool:
    """Whether a word that speaks of all numbers, or of a second one, is about what was checked."""
    if truth.solution.kind == "all":
        return word in ("all", "any", "every", "each", "many", "only", "whatever")
    return truth.solution.kind == "roots" and word in ("each", "other")


def _derived(word: str, own: frozenset[str]) -> bool:
    """Whether a word is a name, or made of plain words: `equation's`, `we'll`, `x-term`."""
    if word in own:
        return True
    if "'" in word:
        for ending in _ENDINGS:
            if word.endswith(ending):
                stem = word[: -len(ending)]
                return stem in _STEMS or (ending == "'s" and stem in OBJECTS)
        return word.endswith("s'") and word[:-1] in OBJECTS
    if "-" in word:
        return all(part in _COMPOUNDS or part in own for part in word.split("-"))
    return False


def _strange_whole(sentence: Sentence, truth: Truth) -> str:
    text = " ".join(sentence.words)
    found = _PHRASES.search(text)
    if found is None and truth.solution.kind != "all":
        found = _EVERYTHING.search(text)
    if found is None and truth.solution.kind == "roots" and truth.solution.values:
        found = (_OF_ONE if len(truth.solution.values) == 1 else _OF_TWO).search(text) or _OF_SIGNS.search(text)
    if found is not None:
        return f"{quoted(found[0])} may take the result back"
    wrong = _of_this_kind(text, truth)
    if wrong:
        return f"{quoted(wrong)} is not so"
    if truth.inexact and _EXACT.search(text) is not None and sentence.formulas:
        return "a rounded result is called exact"
    if truth.solution.kind != "roots" and _ROOTED.search(text) is not None:
        return "a root is taken"
    for item in sentence.formulas:
        if item.chain is not None and _bracketed(item):
            return f"{quoted(item.text)} is not understood: brackets around a value"
    if sentence.mark == "?" and not _honest_question(text, sentence.formulas, truth):
        return "a question is no result"
    return ""


def _bracketed(item: Item) -> bool:
    """Whether a value stands alone in square or curly brackets: the whole part, a set, or a slip."""
    assert item.chain is not None
    for side in item.chain.sides:
        style = ""
        inner: Expr = side
        while isinstance(inner, (Group, Neg)):
            if isinstance(inner, Group) and inner.style in ("[", "{") and not (inner.style == "{" and item.math):
                style = inner.style
            inner = inner.body
        plain = isinstance(inner, Num) or (isinstance(inner, Op) and inner.op == "/")
        if style and plain:
            return True
    return False


def _honest_question(text: str, formulas: Sequence[Item], truth: Truth) -> bool:
    """Whether a question asks how to go on, restates the problem, or asks for a sum that comes out."""
    related = [item.chain for item in formulas if item.chain is not None and item.chain.relations]
    if any(not _holds_anyway(chain, truth) for chain in related):
        return False
    return bool(related) or _ASKING.match(text) is not None


def _holds_anyway(chain: Chain, truth: Truth) -> bool:
    """Whether a relation is the problem itself, or a true sum without an unknown."""
    variants = truth.variants(chain.sides)
    if isinstance(variants, Verdict) or len(variants) != 1 or len(variants[0]) != 2 or chain.relations != ("=",):
        return False
    left, right = variants[0]
    if (left, right) in truth.problems or (right, left) in truth.problems:
        return True
    return left == right and not names(left)
