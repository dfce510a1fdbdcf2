"""From a request's text to its constraints, with every word accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from stepcache_lc.tasks.equations.algebra import Poly, Undefined, Unsupported, frozen, names, value_of
from stepcache_lc.tasks.equations.constraints import Demands, EquationConstraints
from stepcache_lc.tasks.equations.doubt import doubtful_notation
from stepcache_lc.tasks.equations.expressions import Chain, Name
from stepcache_lc.tasks.equations.lexer import TooLarge
from stepcache_lc.tasks.equations.scan import Item, lone_name, scan
from stepcache_lc.tasks.equations.solution import MAX_UNKNOWNS, Solution, solve
from stepcache_lc.tasks.equations.wording import KNOWN_WORDS, read_sentence
from stepcache_lc.tasks.equations.wordlists import words_of

MAX_REQUEST = 4_000
"""Longest request, in code points, that is read."""
MAX_ITEMS = 400
"""Longest request, in items, that is read."""

_ASKS = words_of(
    """
    solve solving solution solutions equation equations find determine calculate compute what isolate root roots
    value evaluate solves satisfies what's what’s work
    """
)
_OPERAND_WORD = re.compile(
    r"(?<![\w\\{])([A-Za-z]{2,20})(?=[ ]?[-+*/=^−·×])|(?<=[-+*/=(−·×])[ ]?([A-Za-z]{2,20})(?![\w{])"
)
_NEVER_NAMES = words_of(
    """
    equals equal plus minus times over json english french german spanish yes ok hello
    """
)
_REAL = re.compile(r"\breal\b")
_QUOTES = frozenset("\"“”'‘’`„")
_EXACT = _QUOTES | frozenset("#&_~*")
_FORM = re.compile(r"\\?[A-Za-z]\w{0,8}\s*=\s*")
_COLLAPSED = re.compile(r"\s+")


@dataclass
class _Reading:
    """The sentences of a request as canonical tokens, and what was found on the way."""

    sentences: list[list[str]] = field(default_factory=lambda: [[]])
    equations: list[tuple[Chain, str]] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    residue: list[str] = field(default_factory=list)
    foreign: bool = False
    """Something was met that no wording can account for."""

    def end_sentence(self) -> None:
        if self.sentences[-1]:
            self.sentences.append([])


def read_text(text: str) -> EquationConstraints | None:
    """Read a request's text; None if no equation is asked to be solved in it, or it is beyond the bounds."""
    if len(text) > MAX_REQUEST or ("=" not in text and " equals " not in text):
        return None
    return _read(text)


# An earlier request is read again whenever its answer is considered for another one.
@lru_cache(maxsize=512)
def _read(text: str) -> EquationConstraints | None:
    try:
        items = scan(text, _long_names(text))
    except TooLarge:
        return None
    if len(items) > MAX_ITEMS:
        return None
    reading = _canonical(items)
    if not reading.equations or len(reading.equations) > MAX_UNKNOWNS or not _asked(items, reading):
        return None
    try:
        sides = [(value_of(chain.sides[0]), value_of(chain.sides[1])) for chain, _ in reading.equations]
    except (Unsupported, Undefined):
        return None
    return _constraints(text, reading, sides)


def _long_names(text: str) -> frozenset[str]:
    """Words that stand as operands in the text, at least twice in all, and belong to no known wording."""
    found: set[str] = set()
    for match in _OPERAND_WORD.finditer(text):
        word = match[1] or match[2]
        if word.lower() not in KNOWN_WORDS and word.lower() not in _NEVER_NAMES:
            found.add(word)
    # "abc = 6" may be a product.
    alone = len(text) < 40
    return frozenset(word for word in found if len(re.findall(rf"\b{word}\b", text)) > 1 or (alone and len(word) > 3))


def _constraints(text: str, reading: _Reading, sides: list[tuple[Poly, Poly]]) -> EquationConstraints | None:
    present = sorted(set[str]().union(*(names(left) | names(right) for left, right in sides)))
    written = sorted({name for chain, _ in reading.equations for name in _names_in(chain)})
    solution = solve(sides)
    demands = Demands()
    soft: tuple[str, ...] = ()
    mentions = list(dict.fromkeys(reading.mentions))
    complete = solution is not None and not reading.foreign and present == written
    complete = complete and all(name in present for name in mentions + reading.forms)
    if complete:
        outcome = _sentences(reading.sentences)
        if outcome is None:
            complete = False
        else:
            demands, soft = outcome
            complete = solution is not None and _fits(demands, solution, mentions or present)
    doubt = _doubt(text, solution) if complete else ""
    complete = complete and not doubt
    residue: tuple[str, ...] = ()
    if not complete:
        demands, soft = Demands(), ()
        residue = (f"<{doubt}>", *reading.residue) if doubt else tuple(reading.residue)
        if doubt or any(mark in text for mark in _EXACT):
            residue += (text,)  # blanks and case matter inside quotes and code: such a request only equals itself
    asked = tuple(mentions) if complete and mentions else tuple(present)
    if demands.named:
        soft += (f'that the last line has the form "{asked[0]} = ..."',)
    return EquationConstraints(
        residue=residue,
        unchecked=soft,
        equations=tuple((frozen(left), frozen(right)) for left, right in sides),
        unknowns=asked,
        demands=demands,
        sources=tuple(source for _, source in reading.equations),
        solution=solution,
    )


def _doubt(text: str, solution: Solution | None) -> str:
    """What of the request can be read in two ways; empty if nothing can."""
    if solution is not None and solution.kind == "roots" and not solution.values and not _REAL.search(text):
        return "real or complex roots"  # "no real solution" and a pair of complex ones are both right
    return doubtful_notation(text) or ""


def _fits(demands: Demands, solution: Solution, asked: Sequence[str]) -> bool:
    """Whether the demands on the looks of the answer have one meaning for this kind of solution."""
    single = solution.kind == "unique" and len(asked) == 1
    special = demands.places is not None or demands.notation == "decimal" or demands.named or demands.only
    return single or not special


def _sentences(sentences: Sequence[Sequence[str]]) -> tuple[Demands, tuple[str, ...]] | None:
    """The demands of all sentences; None unless all are known wording and together ask for one thing once."""
    demands = Demands()
    soft: tuple[str, ...] = ()
    roles: list[str] = []
    bare = False
    for words in sentences:
        collapsed = _collapse(words)
        if not collapsed:
            continue
        sentence = read_sentence(tuple(collapsed), demands)
        if sentence is None:
            return None
        demands, soft = sentence.demands, soft + sentence.soft
        if sentence.role != "style":
            roles.append(sentence.role)
            bare = bare or collapsed[0] == "E"
    shape = " ".join(roles)
    if not _ROLES.fullmatch(shape) or ("asked" not in shape and "full" not in shape and not bare):
        return None  # "Consider the equation ..." asks nothing
    return demands, tuple(dict.fromkeys(soft))


_ROLES = re.compile(r"(?:given ){0,2}full(?: asked)?|(?:given ){1,3}asked|asked(?: given){1,3}|given(?: given){0,2}")


def _collapse(words: Sequence[str]) -> list[str]:
    """Lists of equations and of unknowns as one token each."""
    result: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        if word in ("E", "U") and result:
            tail = result[-3:]
            for separator in ((",", "and"), (",",), ("and",), (";",), ()):
                size = len(separator)
                joined = tuple(tail[len(tail) - size :]) == separator and (separator or word == "E")
                if joined and result[-size - 1 : len(result) - size] == [word]:
                    del result[len(result) - size :]
                    break
            else:
                result.append(word)
        else:
            result.append(word)
        index += 1
    return result


def _canonical(items: Sequence[Item]) -> _Reading:
    reading = _Reading()
    starting = True
    index = 0
    while index < len(items):
        item = items[index]
        kind = item.kind
        form = _form(items, index)
        if form is not None:
            token, name, index = form
            reading.sentences[-1].append(token)
            (reading.forms if token == "FORM" else reading.mentions).append(name)
            reading.residue.append(f"<{token.lower()} {name}>")
            if token == "Q":
                reading.end_sentence()
            starting = False
            continue
        index += 1
        if kind == "newline":
            if index < len(items) and items[index].kind == "newline" and not _open(reading.sentences[-1]):
                reading.end_sentence()
            starting = True
            continue
        if kind == "delimiter":
            starting = starting or item.text in (r"\]", "$$")  # a word behind display mathematics begins a line
            continue
        word = item.text
        if starting and kind == "word":
            word = word[:1].lower() + word[1:]
        if kind == "formula":
            word = _formula(item, reading)
        elif kind == "word" and word in ("a", "A", "I"):
            word = "i" if word == "I" else word
            word = _article(items, index - 1, reading, word)
        elif kind == "stop":
            reading.residue.append(word)
            if word != ";":
                if word == "?" and reading.sentences[-1] == ["E"]:
                    reading.foreign = True  # "2x + 3 = 13?" may ask whether it is true
                reading.end_sentence()
                starting = True
                continue
        elif kind == "arrow" and word in ("\\\\", "quad", "qquad"):  # between the equations of a system
            word = ","
        elif kind == "enum" and index < len(items) and items[index].kind == "formula":
            reading.residue.append(word)
            continue  # "1) x + y = 5": the number of an equation in a list
        elif kind in ("bad", "code", "bullet", "enum", "label", "arrow") or (kind == "punct" and word in _QUOTES):
            reading.foreign = True
        if kind != "stop":
            reading.residue.append(_COLLAPSED.sub(" ", word) if kind != "formula" else _shown(item, word, reading))
        starting = False
        reading.sentences[-1].append(word)
    return reading


def _open(words: Sequence[str]) -> bool:
    """Whether a sentence goes on behind a blank line, as in "Solve for x:"."""
    return not words or words[-1] in (":", ",")


def _formula(item: Item, reading: _Reading) -> str:
    name = lone_name(item)
    if name is not None:
        reading.mentions.append(name)
        return "U"
    if item.chain is not None and item.chain.relations == ("=",):
        reading.equations.append((item.chain, item.text))
        return "E"
    if item.text.isdigit():
        return item.text
    if item.text.replace(" ", "") in (r"\boxed{}", r"\boxed{...}"):
        return "BOX"
    reading.foreign = True
    return "?"


def _shown(item: Item, word: str, reading: _Reading) -> str:
    """A formula in the residue: typed, numbered, and as it is written."""
    written = _COLLAPSED.sub(" ", item.text)
    return f"<equation {len(reading.equations)}: {written}>" if word == "E" else f"<formula: {written}>"


def _article(items: Sequence[Item], index: int, reading: _Reading, word: str) -> str:
    """A lone `a` is the unknown where the equations speak of it and no noun phrase of the grammar follows."""
    following = items[index + 1] if index + 1 < len(items) else None
    used = any(items[index].text in _names_in(item.chain) for item in items if item.chain is not None)
    if not used or (following is not None and following.kind == "word" and following.text in _NOUNS):
        return word
    reading.mentions.append(items[index].text)
    return "U"


_NOUNS = words_of(
    """
    fraction simplified reduced decimal box numbered linear simple short step single an exact
    """
)


def _names_in(chain: Chain) -> set[str]:
    """All names that are written in a formula, also those that cancel."""
    found: set[str] = set()
    stack: list[object] = list(chain.sides)
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            found.add(node.name)
        elif isinstance(node, tuple):
            stack.extend(part for part in node if isinstance(part, tuple))
    return found


def _form(items: Sequence[Item], index: int) -> tuple[str, str, int] | None:
    """Recognise `x = ...` in quotes or bare (a demanded form), and `x = ?` (a question): token, name, next index."""
    at = index
    quoted = items[at].kind == "punct" and items[at].text in _QUOTES
    if quoted:
        at += 1
    if at + 1 >= len(items) or items[at].kind != "formula" or items[at].chain is not None:
        return None
    written = items[at].text
    if not _FORM.fullmatch(written):
        return None
    tail = items[at + 1]
    if tail.text == "?" and tail.kind == "stop" and not quoted:
        return "Q", written.rstrip("= \t\n"), at + 2
    if tail.text not in ("...", "…", "__", "___", "____"):
        return None
    at += 2
    if quoted:
        if at < len(items) and items[at].kind == "stop" and at + 1 < len(items) and items[at + 1].text in _QUOTES:
            at += 1
        if at >= len(items) or items[at].text not in _QUOTES:
            return None
        at += 1
    return "FORM", written.rstrip("= \t\n"), at


def _asked(items: Sequence[Item], reading: _Reading) -> bool:
    """Whether a word of asking stands in the text, or it is nothing but an equation."""
    if any(item.kind == "word" and item.text.lower() in _ASKS for item in items):
        return True
    return all(word in ("E", ",", "U", "Q") for words in reading.sentences for word in words)
