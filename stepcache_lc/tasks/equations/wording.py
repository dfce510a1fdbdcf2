"""The wording of requests: whole phrases of a small grammar, never a bag of words.

A request is cut into sentences, each sentence into a canonical string in which an equation (or a list of them) is `E`,
a lone unknown (or a list) `U` and every word stands for itself. A sentence counts as read only if the whole of it
matches one pattern, after known closing phrases ("and box the answer") were taken off its end. One sentence that does
not match leaves the whole request with a residue. The patterns have no repetition inside a repetition, and sentences
beyond `MAX_WORDS` are not matched at all, so that the work is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from stepcache_lc.tasks.equations.constraints import Demands

MAX_WORDS = 60
"""Longest sentence that is matched, in tokens."""


def _any(*choices: str) -> str:
    """A group that matches one of the choices."""
    return f"(?:{'|'.join(choices)})"


def _maybe(*choices: str) -> str:
    """One of the choices with a blank behind it, or nothing."""
    return f"(?:{_any(*choices)} )?"


_POLITE = (
    r"(?:(?:hi|hello|hey)(?: there)? ,? ?)?"
    + _maybe("now", "so", "first", "ok", "okay", "next")
    + _maybe("please", "kindly")
    + "(?:"
    + _any(
        r"(?:can|could|would|will) you (?:please |kindly )?(?:help me )?(?:to )?",
        r"help me (?:to )?",
        r"(?:i|we) (?:need|want|have|would like)(?: you)? to ",
        r"i'd like (?:you )?to ",
        r"let's ",
        r"let us ",
        r"your task is to ",
        r"i need help (?:to |with )?",
        r"i am trying to ",
        r"i'm trying to ",
        r"how (?:do|can|would) (?:i|you|we) ",
    )
    + ")?(?:please )?"
)
_KIND = _maybe("simple", "basic", "easy") + _maybe(
    "linear", "algebraic", "algebra", "math", "quadratic", "simultaneous"
)
_COUNT = _maybe("two", "three", "2", "3")
_NOUN = _any(
    rf"system(?: of {_COUNT}{_KIND}equations)?",
    "pair of equations",
    "equations?",
    "problem",
    "equality",
    "quadratic",
)
_EQUATION = (
    _maybe("the", "this", "that", "these", "both")
    + _maybe("following", "given", "below")
    + f"(?:{_COUNT}{_KIND}{_NOUN} )?"
    + _maybe("below", "here")
    + _maybe("is", "are")
    + "(?:: )?E"
)
_VALUE = (
    _maybe("the", "all", "all the", "both", "all of the")
    + r"(?:(?:exact |numerical |correct |unknown |real |possible )?(?:value|solution)s? (?:of|for) )?"
    + _maybe("the")
    + _maybe("unknowns?", "variables?", "number", "both")
    + "U"
)
_FIND = _any(
    "find", "determine", "calculate", "compute", "get", "obtain", "derive", "work out", "figure out", "give", "give me",
    "tell me", "state", "identify", "evaluate", "solve for",
)  # fmt: skip
_WHERE = _any(
    "such that", "so that", "if", "when", "where", "given that", "given", "from", "in", "using", "with", "satisfying",
    "that satisfy", "that satisfies", "which satisfies", "that solves", "that solve", "that makes", "for which", "for",
    "knowing that", "knowing", "provided that", "assuming that", "assuming", ":", ",", ", if", ", given",
    ", given that", ", where",
)  # fmt: skip
_TRUE = r"(?: (?:is )?true| holds| hold| is satisfied| are satisfied)?"
_IS = r"(?: is| are|'s|’s)"
_OF = "(?:to|of|for)"
_ROOTS = r"(?:the |all |all the |both |all of the |any )?(?:real |exact |possible )?(?:solution|root|answer|zero)s?"
_ASK = _any(
    rf"(?:then )?(?:please )?{_FIND} {_VALUE}",
    rf"(?:then )?what{_IS} {_VALUE}(?: equal to)?",
    "(?:then )?what (?:does|must|should|can|do) U (?:equal|be)",
    "(?:then )?U equals what",
    "what is U equal to",
    "U is what",
    "what value (?:does|must) U have",
    "Q",
    "what value of U works",
    "how much is U",
)
_GIVEN_WORD = _any(
    "if", "given that", "given", "suppose that", "suppose", "assuming that", "assuming", "assume", "knowing that",
    "when", "since", "for", "let", "as", "in", "from", "with", "consider", "know that",
)  # fmt: skip

_FULL = (
    rf"(?:algebraically |carefully )?(?:solve|work out|do|crack) {_EQUATION}"
    rf"(?:(?: ,)? (?:for|to find|and find|to get|to determine) {_VALUE})?",
    rf"solve for {_VALUE}(?: {_WHERE})? {_EQUATION}",
    rf"solve (?:the |this |these )?(?:following |given )?{_COUNT}{_KIND}{_NOUN} for {_VALUE} : E",
    rf"{_FIND} {_VALUE} {_WHERE} {_EQUATION}{_TRUE}",
    rf"{_FIND} {_ROOTS} {_OF} {_EQUATION}",
    rf"{_GIVEN_WORD} {_EQUATION}{_TRUE}(?: ,)? {_ASK}",
    rf"what{_IS} {_VALUE} {_WHERE} {_EQUATION}{_TRUE}",
    rf"what{_IS} {_ROOTS} {_OF} {_EQUATION}",
    rf"(?:what|which) (?:value|number)s?(?: of| for)?(?: the variable| the unknown)? U "
    rf"(?:satisf(?:y|ies)|solves?|fulfills?) {_EQUATION}",
    rf"(?:what|which) (?:value|number)s?(?: of| for)? U makes? {_EQUATION}(?: (?:true|hold|correct))?",
    rf"(?:which|what) U (?:satisfies|solves|fulfills) {_EQUATION}",
    rf"for (?:what|which) (?:values? of )?U (?:is|does|do|will|would) {_EQUATION}{_TRUE}",
    rf"what (?:must|should|does|would|can) U (?:be|equal)(?: ,)? (?:if|when|given|given that|so that|for) "
    rf"{_EQUATION}{_TRUE}",
    rf"isolate U (?:in|from) {_EQUATION}",
    rf"{_EQUATION}(?: [:,])? {_ASK}",
    rf"{_GIVEN_WORD} {_EQUATION}(?: ,)?(?: then| and)? (?:please )?solve {_EQUATION}(?: for {_VALUE})?",
    rf"{_GIVEN_WORD} {_EQUATION}(?: ,)?(?: then| and)? {_FIND} {_VALUE} {_WHERE} {_EQUATION}",
    rf"{_GIVEN_WORD} {_EQUATION} (?:and|,) {_EQUATION}(?: ,)? {_ASK}",
    rf"solve {_EQUATION}(?: for {_VALUE})?(?: ,)? (?:if|given that|given|when|where|with|knowing that) {_EQUATION}",
)
_GIVEN = (
    r"(?:(?:consider|take|given|given that|suppose|suppose that|let|assume|assume that|we have|i have|we know that|"
    r"we know|we are given|you are given|we are given that|it is given that|i know that|it is known that|say) )?"
    + _EQUATION,
    rf"(?:here (?:is|are)|here's|this is|these are) (?:the |an |my |a )?{_KIND}(?:{_NOUN})(?: to solve)?(?: :)? E",
    rf"(?:the |my |an )?{_KIND}(?:{_NOUN})(?: (?:is|are|reads))?(?: :)? E",
)
_ASKED = (
    _ASK,
    rf"(?:solve|solve it|solve this|solve them|solve (?:this|the|these) {_KIND}{_NOUN}|find the solution|"
    r"what is the solution|"
    r"what's the solution|find the roots?|find all solutions|what are the solutions|"
    rf"solve (?:this|it|them|for|the {_KIND}{_NOUN} for) {_VALUE})",
)
_COURTESY = (
    r"(?:thanks|thank you|thank you very much|many thanks|thanks in advance|please|hi|hello|hi there|hello there|"
    r"please help|please help me|help me please|help|i need help|thanks a lot|good morning|hey)"
)

_ANSWER = r"(?:the |your |my )?(?:final |exact )?(?:answers?|results?|solutions?|values?)"
_GIVE = _any(
    "give", "giving", "write", "writing", "express", "expressing", "state", "stating", "report", "present", "leave",
    "provide", "return", "put",
)  # fmt: skip
_GIVE_ANSWER = rf"(?:(?:please )?(?:{_GIVE} {_ANSWER}|answer) )?"
_DIGIT = r"(?P<digits>[0-9]|one|two|three|four)"
_BY_STEP = r"(?:step by step|step-by-step)"

_CLOSINGS: tuple[tuple[str, str], ...] = (
    (
        "worked",
        _maybe("and", "by", "while")
        + _maybe("please")
        + "(?:show|showing|include|including|write out|writing out|give|giving) "
        + _maybe("me")
        + _maybe("all", "all of")
        + _maybe("your", "the", "each", "every", "all")
        + _maybe("full", "intermediate", "detailed")
        + "(?:work|working|workings|steps|step|calculations|solution steps|reasoning)"
        + rf"(?: {_BY_STEP}| clearly| in detail)?",
    ),
    (
        "worked",
        "(?:please )?(?:explain|explaining|describe|describing) "
        "(?:each|every|all|your|the|all the|all of the|each of the|all your) (?:single )?"
        "(?:step|steps|reasoning|work|process|solution|working)"
        "(?: clearly| in detail| briefly| as you go| along the way| you take| taken)?",
    ),
    (
        "worked",
        "(?:please )?(?:walk|take|guide) me through (?:the|all the|your|all|each of the|it|this)"
        rf"(?: steps?| solution| process| reasoning| work)?(?: {_BY_STEP})?",
    ),
    (
        "worked",
        "(?:please )?(?:go|work|working|going|think|do (?:it|this)|solve (?:it|this)|let's think|work it out|"
        rf"let's work|proceed|explain|explain it|answer) (?:through it )?{_BY_STEP}",
    ),
    (
        "worked",
        rf"(?:please )?{_GIVE}(?: me)? (?:a|the) (?:detailed |clear |full |complete |short )?(?:{_BY_STEP} )?"
        "(?:solution|explanation)",
    ),
    ("worked", rf"(?:in a |with a |with )?{_BY_STEP}(?: solution| explanation| manner| work)?"),
    (
        "worked",
        "with (?:all |the |all the |full |detailed |clear )?(?:steps|working|work|explanation|explanations)(?: shown)?",
    ),
    (
        "brief",
        "(?:please )?(?:keep (?:it|the answer|your answer|this) (?:short|brief|concise|simple)|"
        "be (?:brief|concise|short|quick)|briefly|in short|concisely|short answer please|(?:a )?short answer)",
    ),
    ("", "(?:please )?(?:use|using|by using) (?:basic )?algebra"),
    ("checked", "(?:please )?(?:check|verify|double-check) (?:your|the) (?:answer|solution|result|work)"),
    ("", "(?:thanks|thank you|please|for me|clearly|carefully|in detail|thanks in advance)"),
    (
        "",
        "(?:give|find|state|list|provide|giving|show) (?:the|all|all the|all of the|both|every) "
        "(?:real )?(?:solutions?|roots?|exact solutions?|exact values?|exact answers?|answers)",
    ),
    ("boxed", rf"(?:please )?box {_ANSWER}"),
    (
        "boxed",
        rf"(?:please )?(?:put|place|write|give|enclose|wrap|giving|state|putting) {_ANSWER} (?:in|inside|within) "
        "(?:a box|BOX)",
    ),
    ("boxed", rf"with {_ANSWER} (?:boxed|in a box)"),
    (
        "numbered",
        "(?:please )?(?:number|numbering|enumerate|numerate) (?:each|the|your|all|every|all the|all of the)"
        "(?: of your)? (?:step|steps)",
    ),
    ("numbered", "(?:with|in|using|use|as) (?:numbered steps|a numbered list|a numbered list of steps)"),
    (
        "only",
        rf"(?:please )?(?:{_GIVE} |reply with |answer with |respond with |output |i want |i need |show )?(?:me )?"
        "(?:only|just)(?: with)? (?:the |a )?(?:final )?(?:answer|result|number|value|solution)",
    ),
    (
        "only",
        "(?:please )?(?:only|just) (?:give|reply with|answer with|respond with|output|return|state|write|tell)(?: me)?"
        "(?: the| a)? (?:final )?(?:answer|result|number|value|solution)",
    ),
    ("only", "(?:final )?(?:answer|result|value|number) only"),
    ("only", "(?:with )?(?:no|without|without any|without an) (?:explanation|explanations|steps|work|working)"),
    (
        "only",
        "(?:do not|don't) (?:show|include|give|explain) (?:any |the |your )?"
        "(?:steps|work|working|explanation|reasoning)",
    ),
    (
        "fraction",
        rf"{_GIVE_ANSWER}(?:as|in) (?:a |an )?(?:simplified |reduced |exact |common )?"
        "(?:fraction|fractions|fraction form|fractional form)(?: in (?:lowest|simplest) (?:terms|form))?",
    ),
    (
        "decimal",
        rf"{_GIVE_ANSWER}(?:as|in) (?:a |an )?(?:exact )?(?:decimal|decimals|decimal number|decimal form)",
    ),
    (
        "places",
        rf"{_GIVE_ANSWER}(?:(?:rounded|correct|accurate|round|rounding|round {_ANSWER}|rounding {_ANSWER}|round it) )?"
        rf"to {_DIGIT} (?:decimals?|decimal places?|decimal digits|places|digits after the decimal point)",
    ),
    (
        "named",
        rf"(?:please )?(?:(?:{_GIVE}|finish with|end with) )?(?:{_ANSWER} )?"
        "(?:as|in the form|in the format|in form|in this form|like|:)(?: :)? FORM",
    ),
)
_JOIN = r"(?:(?: ,| ;)?(?: and| but| then| while)?(?: ,)? )"

_FULL_RE = re.compile(rf"{_POLITE}{_any(*_FULL)}")
_GIVEN_RE = re.compile(_any(*_GIVEN))
_ASKED_RE = re.compile(rf"{_POLITE}{_any(*_ASKED)}")
_COURTESY_RE = re.compile(_COURTESY)
_ALONE = tuple((re.compile(pattern), demand) for demand, pattern in _CLOSINGS)
_AT_END = tuple((re.compile(rf"{_JOIN}(?:{pattern})$"), demand) for demand, pattern in _CLOSINGS)
_IN_FRONT = re.compile(r"(?:step by step|step-by-step|using algebra|please) , ")
_BETWEEN = re.compile(
    r" ,(?: and)? ((?:explaining|showing) (?:each|every|all|your|the|all the|all your) (?:step|steps|work|working)"
    r"|step by step|step-by-step)(?: ,)?(?= :)"
)
_DIGITS = {"one": 1, "two": 2, "three": 3, "four": 4}
_SOFT = {
    "brief": ("that it is short",),
    "checked": ("that it holds a check of the result",),
}
_PLAIN_WORD = re.compile(r"[a-z]{2,}")
KNOWN_WORDS = frozenset(
    word
    for source in (_FULL_RE.pattern, _GIVEN_RE.pattern, _ASKED_RE.pattern, _COURTESY, *(p for _, p in _CLOSINGS))
    for word in _PLAIN_WORD.findall(source)
)
"""All words of the grammar: none of them is taken for an unknown's name."""


@dataclass(frozen=True)
class Sentence:
    """What a sentence does: `full` (asks and holds the equation), `given`, `asked`, or `style`."""

    role: str
    demands: Demands
    soft: tuple[str, ...] = ()
    """Demands that no check covers."""


def read_sentence(words: tuple[str, ...], demands: Demands) -> Sentence | None:
    """Match one sentence, given as canonical tokens without its closing mark; None if it is not known wording."""
    if len(words) > MAX_WORDS:
        return None
    text = " ".join(words).strip()
    soft: tuple[str, ...] = ()
    if text.startswith("how "):
        demands = replace(demands, worked=True)
    if (front := _IN_FRONT.match(text)) is not None:
        text = text[front.end() :]
        if "step" in front[0]:
            demands = replace(demands, worked=True)
    if (between := _BETWEEN.search(text)) is not None:
        text = text[: between.start()] + text[between.end() :]
        demands = replace(demands, worked=True)
    for _ in range(5):
        text = text.rstrip(" ,;")
        role = _role(text)
        if role is not None:
            return Sentence(role, demands, soft)
        for pattern, kind in _ALONE:
            found = pattern.fullmatch(text)
            if found is not None:
                updated = _demand(demands, kind, found)
                return None if updated is None else Sentence("style", updated, soft + _SOFT.get(kind, ()))
        for pattern, kind in _AT_END:
            found = pattern.search(text)
            if found is not None and found.start() > 0:
                updated = _demand(demands, kind, found)
                if updated is None:
                    return None
                demands, soft = updated, soft + _SOFT.get(kind, ())
                text = text[: found.start()]
                break
        else:
            return None
    return None


def _role(text: str) -> str | None:
    if _FULL_RE.fullmatch(text):
        return "full"
    if _GIVEN_RE.fullmatch(text):
        return "given"
    if _ASKED_RE.fullmatch(text):
        return "asked"
    if _COURTESY_RE.fullmatch(text):
        return "style"
    return None


def _demand(demands: Demands, kind: str, found: re.Match[str]) -> Demands | None:
    """The demands with one more; None if it contradicts an earlier one."""
    if not kind or kind in _SOFT:
        return demands
    if kind == "places":
        places = _DIGITS.get(found["digits"]) or int(found["digits"])
        return None if demands.places not in (None, places) or demands.notation else replace(demands, places=places)
    if kind == "fraction" or kind == "decimal":
        if demands.places is not None or demands.notation not in ("", kind):
            return None
        return replace(demands, notation="fraction" if kind == "fraction" else "decimal")
    if kind == "only":
        return None if demands.worked or demands.numbered else replace(demands, only=True)
    if kind in ("worked", "numbered") and demands.only:
        return None
    if kind == "worked":
        return replace(demands, worked=True)
    if kind == "numbered":
        return replace(demands, numbered=True)
    return replace(demands, boxed=True) if kind == "boxed" else replace(demands, named=True)
