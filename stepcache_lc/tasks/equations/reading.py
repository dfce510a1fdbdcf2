"""From a request's text to its constraints, with every word accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from stepcache_lc.tasks.equations.algebra import Poly, Undefined, Unsupported, add, frozen, names, scale, value_of
from stepcache_lc.tasks.equations.constraints import Demands, EquationConstraints
from stepcache_lc.tasks.equations.expressions import Chain, Name
from stepcache_lc.tasks.equations.lexer import TooLarge
from stepcache_lc.tasks.equations.linear import root_of
from stepcache_lc.tasks.equations.scan import Item, lone_name, scan
from stepcache_lc.tasks.equations.wording import read_sentence

MAX_REQUEST = 4_000
"""Longest request, in code points, that is read."""
MAX_ITEMS = 400
"""Longest request, in items, that is read."""

_ASKS = frozenset(
    [
        "solve",
        "solving",
        "solution",
        "solutions",
        "equation",
        "equations",
        "find",
        "determine",
        "calculate",
        "compute",
        "what",
        "isolate",
        "root",
        "roots",
        "value",
        "evaluate",
    ]
)
_QUOTES = frozenset("\"“”'‘’`„")
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
    if len(text) > MAX_REQUEST or "=" not in text:
        return None
    try:
        items = scan(text)
    except TooLarge:
        return None
    if len(items) > MAX_ITEMS:
        return None
    reading = _canonical(items)
    if not reading.equations or not _asked(items, reading):
        return None
    try:
        sides = [(value_of(chain.sides[0]), value_of(chain.sides[1])) for chain, _ in reading.equations]
    except (Unsupported, Undefined):
        return None
    return _constraints(text, reading, sides)


def _constraints(text: str, reading: _Reading, sides: list[tuple[Poly, Poly]]) -> EquationConstraints | None:
    present: set[str] = set().union(*(names(left) | names(right) for left, right in sides))
    unknown = next(iter(present)) if len(present) == 1 else None
    root = None
    if unknown is not None and len(sides) == 1:
        root = root_of(add(sides[0][0], scale(sides[0][1], -1)), unknown)
    demands = Demands()
    soft: tuple[str, ...] = ()
    complete = root is not None and not reading.foreign
    complete = complete and all(name == unknown for name in reading.mentions + reading.forms)
    if complete:
        outcome = _sentences(reading.sentences)
        if outcome is None:
            complete = False
        else:
            demands, soft = outcome
    residue: tuple[str, ...] = ()
    if not complete:
        residue = tuple(reading.residue)
        if any(quote in text for quote in _QUOTES):
            residue += (text,)  # blanks and case matter inside quotes: such a request only equals itself
    if demands.named:
        soft += (f'that the last line has the form "{unknown} = ..."',)
    return EquationConstraints(
        residue=residue,
        unchecked=soft,
        equations=tuple((frozen(left), frozen(right)) for left, right in sides),
        unknowns=(unknown,) if unknown is not None else tuple(sorted(present)),
        demands=demands,
        sources=tuple(source for _, source in reading.equations),
        root=root,
    )


def _sentences(sentences: Sequence[Sequence[str]]) -> tuple[Demands, tuple[str, ...]] | None:
    """The demands of all sentences; None unless all are known wording and together ask for one thing once."""
    demands = Demands()
    soft: tuple[str, ...] = ()
    roles: list[str] = []
    equations = 0
    for words in sentences:
        if not words:
            continue
        sentence = read_sentence(tuple(words), demands)
        if sentence is None:
            return None
        demands, soft = sentence.demands, soft + sentence.soft
        equations += words.count("E")
        if sentence.role != "style":
            roles.append(sentence.role)
    if equations != 1 or roles not in (["full"], ["given", "asked"], ["asked", "given"], ["full", "asked"], ["given"]):
        return None
    if roles == ["given"] and not any(list(words)[:1] == ["E"] for words in sentences):
        return None  # "Consider the equation ..." asks nothing
    return demands, tuple(dict.fromkeys(soft))


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
                reading.end_sentence()
                starting = True
                continue
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
    used = any(
        item.chain is not None and any(_mentions(item.chain, items[index].text) for _ in (0,))
        for item in items
        if item.kind == "formula"
    )
    if not used or (following is not None and following.kind == "word" and following.text in _NOUNS):
        return word
    reading.mentions.append(items[index].text)
    return "U"


_NOUNS = frozenset(
    [
        "fraction",
        "simplified",
        "reduced",
        "decimal",
        "box",
        "numbered",
        "linear",
        "simple",
        "short",
        "step",
        "single",
        "an",
        "exact",
    ]
)


def _mentions(chain: Chain, name: str) -> bool:
    stack: list[object] = list(chain.sides)
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            if node.name == name:
                return True
        elif isinstance(node, tuple):
            stack.extend(part for part in node if isinstance(part, tuple))
    return False


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
