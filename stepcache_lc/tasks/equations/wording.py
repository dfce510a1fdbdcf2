"""The wording of requests: whole phrases of a small grammar, never a bag of words.

A request is cut into sentences, each sentence into a canonical string in which an equation is `E`, a lone unknown `U`
and every word stands for itself. A sentence counts as read only if the whole of it matches one pattern, after known
closing phrases ("and box the answer") were taken off its end. One sentence that does not match leaves the whole request
with a residue. The patterns have no repetition inside a repetition, so that matching is linear in practice; sentences
beyond `MAX_WORDS` are not matched at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from stepcache_lc.tasks.equations.constraints import Demands

MAX_WORDS = 60
"""Longest sentence that is matched, in tokens."""

_POLITE = (
    r"(?:(?:hi|hello|hey)(?: there)? ,? ?)?(?:(?:now|so|first|ok|okay|next)(?: ,)? )?(?:(?:please|kindly) )?"
    r"(?:(?:can|could|would|will) you (?:please |kindly )?(?:help me )?(?:to )?|help me (?:to )?|"
    r"(?:i|we) (?:need|want|have|would like)(?: you)? to |i'd like (?:you )?to |let's |let us |your task is to |"
    r"i need help (?:to |with )?|i am trying to |i'm trying to |how (?:do|can|would) (?:i|you|we) )?(?:please )?"
)
_ADVERB = r"(?:algebraically |carefully )?"
_EQUATION = (
    r"(?:for )?(?:the |this |that )?(?:following |given |below )?(?:simple |basic )?(?:linear |algebraic |algebra |math )?"
    r"(?:equation |problem |equality )?(?:below |here )?(?:is )?(?:: )?E"
)
_VALUE = (
    r"(?:the )?(?:(?:exact |numerical |correct |unknown )?(?:value|solution)s? (?:of|for) )?(?:the )?"
    r"(?:unknown |variable |number )?U"
)
_FIND = (
    r"(?:find|determine|calculate|compute|get|obtain|derive|work out|figure out|give|give me|tell me|state|identify|"
    r"evaluate|solve for)"
)
_WHERE = (
    r"(?:such that|so that|if|when|where|given that|given|from|in|using|with|satisfying|that satisfies|which satisfies|"
    r"that solves|that makes|for which|for|knowing that|knowing|provided that|assuming that|assuming|:|,|, if|, given|"
    r", given that|, where)"
)
_TRUE = r"(?: (?:is )?true| holds| hold| is satisfied)?"
_ASK = (
    rf"(?:(?:then )?(?:please )?{_FIND} {_VALUE}|(?:then )?what(?: is|'s|’s) {_VALUE}(?: equal to)?|"
    r"what does U equal|what must U be|what should U be|U equals what|what is U equal to|what can U be|U is what|"
    r"what value does U have|Q|what value must U have|what value of U works|"
    r"then U equals what|then what does U equal|then what must U be|how much is U)"
)

_FULL = [
    rf"{_ADVERB}solve {_EQUATION}",
    rf"{_ADVERB}(?:solve|evaluate|work out|do|crack) {_EQUATION}(?: ,)? (?:for|to find|and find|to get|to determine) {_VALUE}",
    rf"{_ADVERB}solve for {_VALUE}(?: {_WHERE})? {_EQUATION}",
    rf"{_FIND} {_VALUE} {_WHERE} {_EQUATION}{_TRUE}",
    rf"{_FIND} (?:the |all )?(?:the )?(?:solution|root|answer)s? (?:to|of|for) {_EQUATION}",
    rf"(?:if|given that|given|suppose that|suppose|assuming that|assuming|assume|knowing that|when|since|for|let|as|in|from|"
    rf"with|consider|know that) {_EQUATION}{_TRUE}(?: ,)? {_ASK}",
    rf"what(?: is|'s|’s) {_VALUE} {_WHERE} {_EQUATION}{_TRUE}",
    rf"what(?: is|'s|’s) the (?:solution|root|answer) (?:to|of|for) {_EQUATION}",
    rf"what (?:value|number)s?(?: of| for)?(?: the variable| the unknown)? U (?:satisfies|solves|satisfy|fulfills) {_EQUATION}",
    rf"what (?:value|number)s?(?: of| for)? U (?:makes|make) {_EQUATION} (?:true|hold|correct)",
    rf"(?:which|what) U (?:satisfies|solves|fulfills) {_EQUATION}",
    rf"which (?:value|number)(?: of| for)? U (?:satisfies|solves|makes) {_EQUATION}(?: true)?",
    rf"for (?:what|which) (?:value of )?U (?:is|does|do|will|would) {_EQUATION}{_TRUE}",
    rf"what (?:must|should|does|would|can) U (?:be|equal)(?: ,)? (?:if|when|given|given that|so that|for) {_EQUATION}{_TRUE}",
    rf"isolate U (?:in|from) {_EQUATION}",
    rf"{_EQUATION}(?: [:,])? {_ASK}",
]
_GIVEN = [
    rf"(?:(?:consider|take|given|given that|suppose|suppose that|let|assume|assume that|we have|i have|we know that|we know|"
    rf"we are given|you are given|we are given that|it is given that|i know that|it is known that|say) )?{_EQUATION}",
    r"(?:here is|here's|this is) (?:the |an |my |a )?(?:linear |algebra )?(?:equation|problem)(?: to solve)?(?: :)? E",
    r"(?:the |my |an )?(?:linear )?(?:equation|problem)(?: (?:is|reads))?(?: :)? E",
]
_ASKED = [
    _ASK,
    r"(?:solve|solve it|solve this|solve this equation|solve the equation|find the solution|what is the solution|"
    r"what's the solution|find the root|solve this for U|solve it for U|solve the equation for U)",
]
_COURTESY = [
    r"(?:thanks|thank you|thank you very much|many thanks|thanks in advance|please|hi|hello|hi there|hello there|"
    r"please help|please help me|help me please|help|i need help|thanks a lot|good morning|hey)",
]


@dataclass(frozen=True)
class Closing:
    """A phrase that demands something of the answer's looks."""

    pattern: re.Pattern[str]
    demand: str


_ANSWER = r"(?:the |your |my )?(?:final |exact )?(?:answer|result|solution|value)"
_GIVE = r"(?:give|giving|write|writing|express|expressing|state|stating|report|present|leave|provide|return|put)"
_DIGIT = r"(?:(?P<digits>[0-9]|one|two|three|four))"

_CLOSINGS: list[tuple[str, str]] = [
    ("worked", r"(?:(?:and|by|while) )?(?:please )?(?:show|showing|include|including|write out|writing out|give|giving) "
               r"(?:me )?(?:all )?(?:of )?(?:your |the |each |every |all )?(?:full |intermediate |detailed )?"
               r"(?:work|working|workings|steps|step|calculations|solution steps|reasoning)(?: step by step| step-by-step|"
               r" clearly| in detail)?"),
    ("worked", r"(?:please )?(?:explain|explaining|describe|describing) (?:each|every|all|your|the|all the|all of the|"
               r"each of the|all your) (?:single )?(?:step|steps|reasoning|work|process|solution|working)"
               r"(?: clearly| in detail| briefly| as you go| along the way| you take| taken)?"),
    ("worked", r"(?:please )?(?:walk|take|guide) me through (?:the|all the|your|all|each of the|it|this)"
               r"(?: steps?| solution| process| reasoning| work)?(?: step by step| step-by-step)?"),
    ("worked", r"(?:please )?(?:go|work|working|going|think|do (?:it|this)|solve (?:it|this)|let's think|work it out|"
               r"let's work|proceed|explain|explain it|answer) (?:through it )?(?:step by step|step-by-step)"),
    ("worked", r"(?:in a |with a |with )?(?:step by step|step-by-step)(?: solution| explanation| manner| work)?"),
    ("worked", r"with (?:all |the |all the |full |detailed |clear )?(?:steps|working|work|explanation|explanations)"
               r"(?: shown)?"),
    ("brief", r"(?:please )?(?:keep (?:it|the answer|your answer|this) (?:short|brief|concise|simple)|be (?:brief|concise|short|quick)|"
              r"briefly|in short|concisely|short answer please|(?:a )?short answer)"),
    ("", r"(?:please )?(?:use|using|by using) (?:basic )?algebra"),
    ("checked", r"(?:check|verify|double-check) (?:your|the) (?:answer|solution|result|work)"),
    ("", r"(?:thanks|thank you|please|for me|clearly|carefully|in detail|thanks in advance)"),
    ("", r"(?:give|find|state|list) (?:the|all|all the|all of the) (?:solution|solutions|exact solution|exact value|exact answer)"),
    ("boxed", rf"(?:please )?box {_ANSWER}"),
    ("boxed", rf"(?:please )?(?:put|place|write|give|enclose|wrap|giving|state|putting) {_ANSWER} (?:in|inside|within) "
              r"(?:a box|BOX)"),
    ("boxed", rf"with {_ANSWER} (?:boxed|in a box)"),
    ("numbered", r"(?:please )?(?:number|numbering|enumerate|numerate) (?:each|the|your|all|every|all the|all of the)"
                 r"(?: of your)? (?:step|steps)"),
    ("numbered", r"(?:with|in|using|use|as) (?:numbered steps|a numbered list|a numbered list of steps)"),
    ("only", rf"(?:please )?(?:{_GIVE} |reply with |answer with |respond with |output |i want |i need |show )?(?:me )?"
             r"(?:only|just)(?: with)? (?:the |a )?(?:final )?(?:answer|result|number|value|solution)"),
    ("only", r"(?:please )?(?:only|just) (?:give|reply with|answer with|respond with|output|return|state|write|tell)(?: me)?"
             r"(?: the| a)? (?:final )?(?:answer|result|number|value|solution)"),
    ("only", r"(?:final )?(?:answer|result|value|number) only"),
    ("only", r"(?:with )?(?:no|without|without any|without an) (?:explanation|explanations|steps|work|working)"),
    ("only", r"(?:do not|don't) (?:show|include|give|explain) (?:any |the |your )?(?:steps|work|working|explanation|reasoning)"),
    ("fraction", rf"(?:(?:please )?{_GIVE} {_ANSWER} )?(?:as|in) (?:a |an )?(?:simplified |reduced |exact |common )?"
                 r"(?:fraction|fractions|fraction form|fractional form)(?: in (?:lowest|simplest) (?:terms|form))?"),
    ("decimal", rf"(?:(?:please )?{_GIVE} {_ANSWER} )?(?:as|in) (?:a |an )?(?:exact )?(?:decimal|decimals|decimal number|decimal form)"),
    ("places", rf"(?:(?:please )?{_GIVE} {_ANSWER} )?(?:(?:rounded|correct|accurate|round|rounding|round {_ANSWER}|rounding {_ANSWER}|round it) )?"
               rf"to {_DIGIT} (?:decimals?|decimal places?|decimal digits|places|digits after the decimal point)"),
    ("named", rf"(?:please )?(?:(?:{_GIVE}|finish with|end with) )?(?:{_ANSWER} )?(?:as|in the form|in the format|in form|in this form|like|:)"
              r"(?: :)? FORM"),
]  # fmt: skip
_JOIN = r"(?:(?: ,| ;)?(?: and| but| then| while)?(?: ,)? )"

_FULL_RE = re.compile(rf"{_POLITE}(?:{'|'.join(_FULL)})")
_GIVEN_RE = re.compile(rf"(?:{'|'.join(_GIVEN)})")
_ASKED_RE = re.compile(rf"{_POLITE}(?:{'|'.join(_ASKED)})")
_COURTESY_RE = re.compile(rf"(?:{'|'.join(_COURTESY)})")
_ALONE = [Closing(re.compile(pattern), demand) for demand, pattern in _CLOSINGS]
_AT_END = [Closing(re.compile(rf"{_JOIN}(?:{pattern})$"), demand) for demand, pattern in _CLOSINGS]
_IN_FRONT = re.compile(r"(?:step by step|step-by-step|using algebra|please) , ")
_BETWEEN = re.compile(
    r" ,(?: and)? ((?:explaining|showing) (?:each|every|all|your|the|all the|all your) (?:step|steps|work|working)"
    r"|step by step|step-by-step)(?: ,)?(?= :)"
)
_SOFT = {"brief": ("that it is short",), "checked": ("that it holds a check of the result",)}
_DIGITS = {"one": 1, "two": 2, "three": 3, "four": 4}


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
        alone = next((closing for closing in _ALONE if closing.pattern.fullmatch(text)), None)
        if alone is not None:
            updated = _demand(demands, alone, text)
            return None if updated is None else Sentence("style", updated, soft + _SOFT.get(alone.demand, ()))
        for closing in _AT_END:
            found = closing.pattern.search(text)
            if found is not None and found.start() > 0:
                updated = _demand(demands, closing, found[0])
                if updated is None:
                    return None
                demands, soft = updated, soft + _SOFT.get(closing.demand, ())
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


def _demand(demands: Demands, closing: Closing, text: str) -> Demands | None:
    """The demands with one more; None if it contradicts an earlier one."""
    kind = closing.demand
    if not kind or kind in _SOFT:
        return demands
    if kind == "places":
        found = closing.pattern.search(text)
        digits = found["digits"] if found is not None else ""
        places = _DIGITS.get(digits) or int(digits)
        return None if demands.places not in (None, places) or demands.notation else replace(demands, places=places)
    if kind in ("fraction", "decimal"):
        if demands.places is not None or demands.notation not in ("", kind):
            return None
        return replace(demands, notation="fraction" if kind == "fraction" else "decimal")
    if (kind == "only" and (demands.worked or demands.numbered)) or (kind in ("worked", "numbered") and demands.only):
        return None
    if kind == "boxed":
        return replace(demands, boxed=True)
    if kind == "numbered":
        return replace(demands, numbered=True)
    if kind == "worked":
        return replace(demands, worked=True)
    if kind == "only":
        return replace(demands, only=True)
    return replace(demands, named=True)
