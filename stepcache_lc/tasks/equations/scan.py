"""From tokens to items: where in a text the formulas are, and what stands between them.

Requests and answers are scanned alike. A formula is a maximal run of mathematical tokens; words, sentence marks, line
ends and delimiters bound it. A run that does not parse stays in the list with its error: nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from stepcache_lc.tasks.equations.expressions import Chain, Name, Unreadable, parse_chain
from stepcache_lc.tasks.equations.lexer import Token, tokenize
from stepcache_lc.tasks.equations.wordlists import words_of


class Item(NamedTuple):
    """A piece of a scanned text.

    Kinds: `formula` (with `chain`, or None and the reason in `note`; the note `side`: it is said to be a side's value),
    `word`, `stop`, `comma`, `colon`, `punct`, `newline`, `enum` and `label` (`note` holds the number), `bullet`,
    `cell`, `code`, `arrow`, `delimiter`, `bad`.
    """

    kind: str
    text: str
    start: int
    end: int
    math: bool
    chain: Chain | None = None
    note: str = ""
    spaced: bool = True


_RUN = words_of(
    """
    number vulgar name operator power relation open close frac sqrt boxed pm super thin percent
    """
)
_OPERAND_END = frozenset({"number", "vulgar", "name", "close", "super", "percent"})
_OPERAND_START = frozenset({"number", "vulgar", "name", "open", "frac", "sqrt", "boxed"})
_CONTENT = frozenset({"number", "vulgar", "name", "frac", "sqrt", "boxed"})
_ARTICLES = frozenset({"a", "A", "I"})
_SKIPPED = words_of(
    """
    & # _ ` ✓ ▪ • ◦ ‣
    """
)
_STARRED = frozenset({"operator", "power"})
_SIDES = frozenset({"lhs", "rhs", "side"})
_FUNCTIONS = words_of(
    """
    and or for if sin cos tan log ln exp mod lcm gcd abs max min
    """
)


_SHORT = 250
_MAX_CACHED = 4_000
"""Longest texts (code points) whose items are kept for the next look at them: many short ones, some longer ones."""


def scan(text: str, long_names: frozenset[str] = frozenset()) -> tuple[Item, ...]:
    """Cut a text into items.

    Args:
        text: a request, an answer, or a step of one.
        long_names: words that name an unknown, such as `price`.

    Raises:
        TooLarge: it is beyond the bounds of the lexer.
    """
    if len(text) <= _SHORT:
        return _scan_short(text, long_names)
    return _scan_long(text, long_names) if len(text) <= _MAX_CACHED else _scan(text, long_names)


def _scan(text: str, long_names: frozenset[str]) -> tuple[Item, ...]:
    tokens = _markup(tokenize(text), long_names, text)
    boxes = _open_boxes(tokens)
    items: list[Item] = []
    run: list[Token] = []
    depth = 0
    for index, token in enumerate(tokens):
        kind = token.kind
        if kind in _RUN:
            if run and _splits(run[-1], token):
                _close_run(run, items, text, boxes)
                run, depth = [], 0
            run.append(token)
            depth += (kind == "open") - (kind == "close")
            continue
        if run and kind == "newline" and token.math:
            continue  # a line end inside display mathematics is a blank
        if run and kind == "punct" and token.text == "&":
            continue  # the alignment mark of `align`
        if run and kind == "comma" and depth > 0 and _closes_soon(tokens, index):
            run.append(token)
            continue
        if run:
            _close_run(run, items, text, boxes, token)
            run, depth = [], 0
        if kind not in ("punct", "env") or token.text not in _SKIPPED:
            items.append(_item(token))
    if run:
        _close_run(run, items, text, boxes)
    return tuple(items)


# The steps of answers that are served again and again, in this form or another, are not scanned each time.
_scan_short = lru_cache(maxsize=2_048)(_scan)
_scan_long = lru_cache(maxsize=64)(_scan)


def _closes_soon(tokens: Sequence[Token], index: int) -> bool:
    """Whether a comma stands inside brackets of a list of values: nothing but mathematics up to the closing one."""
    depth = 1
    for token in tokens[index + 1 : index + 40]:
        if token.kind == "open":
            depth += 1
        elif token.kind == "close":
            depth -= 1
            if depth == 0:
                return True
        elif (token.kind not in _RUN and token.kind != "comma") or token.kind == "relation":
            return False
    return False


def _open_boxes(tokens: list[Token]) -> list[tuple[int, int]]:
    """Boxes that hold a list or words: their braces become delimiters, and where they stand is returned."""
    places: list[tuple[int, int]] = []
    for index, token in enumerate(tokens):
        if token.kind != "boxed" or index + 1 >= len(tokens) or tokens[index + 1].text != "{":
            continue
        depth = 0
        plain = True
        round_brackets = 0
        for at in range(index + 1, min(len(tokens), index + 80)):
            other = tokens[at]
            if other.kind == "open":
                depth += 1
                round_brackets += other.text == "("
            elif other.kind == "close":
                depth -= 1
                round_brackets -= other.text == ")"
                if depth == 0:
                    if not plain:
                        tokens[index] = token._replace(kind="delimiter")
                        tokens[index + 1] = tokens[index + 1]._replace(kind="delimiter")
                        tokens[at] = other._replace(kind="delimiter")
                        places.append((token.start, other.end))
                    break
            elif other.kind in ("word", "delimiter", "arrow", "row") or (other.kind == "comma" and not round_brackets):
                plain = False
    return places


def _markup(tokens: list[Token], long_names: frozenset[str], written: str) -> list[Token]:
    """Tell stars that multiply from stars that mark text, and words that name or relate from other words."""
    result: list[Token] = []
    size = len(tokens)
    for index, token in enumerate(tokens):
        kind = token.kind
        if kind == "word":
            text = token.text
            if len(text) <= 3 or text == "equals" or text in long_names:
                result.extend(_word(token, tokens, index, long_names))
            else:  # most of a text
                result.append(token)
            continue
        if kind in _STARRED and token.text in ("**", "*") and not token.math and written[token.start] == "*":
            before = tokens[index - 1] if index else None
            after = tokens[index + 1] if index + 1 < size else None
            left = before is not None and (before.kind in _OPERAND_END or before.text in long_names)
            right = after is not None and (
                after.kind in _OPERAND_START or after.text == "-" or after.text in long_names
            )
            tight = not (token.spaced or (after is not None and after.spaced))
            if not (left and right and (token.text == "*" or tight)):
                continue
            if token.text == "*" and after is not None and token.spaced != after.spaced:
                token = token._replace(kind="other")
        result.append(token)
    return result


def _word(token: Token, tokens: list[Token], index: int, long_names: frozenset[str]) -> list[Token]:
    """A word as it is, as a name, as a relation ("equals"), or as a product of names inside mathematics (`4ac`)."""
    text = token.text
    if text in long_names:
        return [token._replace(kind="name")]
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if text == "equals" and before is not None and after is not None:
        if before.kind in _OPERAND_END and (after.kind in _OPERAND_START or after.text == "-"):
            return [token._replace(kind="relation", text="=")]
    elif text == "of" and before is not None and before.kind == "percent" and after is not None:
        if after.kind in _OPERAND_START:
            return [token._replace(kind="operator", text="*")]
    elif len(text) <= 3 and text.isascii() and text.isalpha() and text.lower() not in _FUNCTIONS:
        behind_number = before is not None and before.kind == "number" and not token.spaced
        if behind_number or (token.math and before is not None and before.kind in _RUN | {"delimiter"}):
            return [
                Token("name", letter, token.start + at, token.start + at + 1, token.spaced and not at, token.math)
                for at, letter in enumerate(text)
            ]
    return [token]


def _splits(previous: Token, token: Token) -> bool:
    """Whether a new run begins in prose: in "for x 2x = 4" the first x is no factor."""
    return (
        token.kind in ("number", "vulgar")
        and token.spaced
        and not token.math
        and previous.kind == "name"
    )  # fmt: skip


def _item(token: Token) -> Item:
    kind = token.kind
    note = ""
    if kind == "word":  # most of a text
        pass
    elif kind in ("enum", "label"):
        note = token.text
    elif kind == "punct":
        kind = "colon" if token.text == ":" else "stop" if token.text == ";" else "punct"
    elif kind == "row":
        kind = "arrow"
    elif kind in ("env", "fence"):
        kind = "delimiter"
    elif kind in ("other", "ordinal", "dots"):
        kind = "bad"
    return Item(kind, token.text, token.start, token.end, token.math, None, note, token.spaced)


def _close_run(
    run: Sequence[Token],
    items: list[Item],
    text: str,
    boxes: Sequence[tuple[int, int]],
    stopper: Token | None = None,
) -> None:
    """Turn a run into a formula, a word or punctuation."""
    tokens = list(run)
    while tokens and tokens[0].kind == "thin":
        del tokens[0]
    while tokens and tokens[-1].kind == "thin":
        del tokens[-1]
    if not tokens:
        return
    note = ""
    first = tokens[0]
    word = next((item for item in reversed(items) if item.kind != "delimiter"), None) if first.text == "=" else None
    if word is not None and word.kind == "word" and word.text.lower() in _SIDES:
        note = "side"  # "LHS = 2(5) + 3 = 13", "LHS = RHS"
        first = tokens.pop(0)
        items.append(_punct(first))
        if not tokens:
            return
    before, after = _trim(tokens)
    if before:
        items.extend(_punct(token) for token in before)
    if tokens:
        formula = _formula(tokens, text, boxes, stopper if not after else None)
        items.append(formula._replace(note=note) if note and formula.chain is not None else formula)
    if after:
        items.extend(_punct(token) for token in after)


def _punct(token: Token) -> Item:
    return Item("punct", token.text, token.start, token.end, token.math, spaced=token.spaced)


def _formula(tokens: Sequence[Token], text: str, boxes: Sequence[tuple[int, int]], stopper: Token | None) -> Item:
    first, last = tokens[0], tokens[-1]
    literal = text[first.start : last.end]
    if len(tokens) == 1 and first.kind == "name" and first.text in _ARTICLES and not first.math:
        return Item("word", literal, first.start, last.end, False, spaced=first.spaced)
    chain: Chain | None = None
    note = ""
    if stopper is not None and stopper.kind == "dots" and not stopper.spaced:
        note = "digits left out"
    else:
        try:
            chain = parse_chain(tokens)
            if any(start <= first.start and last.end <= end for start, end in boxes):
                chain = chain._replace(boxed=True)
        except Unreadable as error:
            note = str(error)
    return Item("formula", literal, first.start, last.end, first.math, chain, note, first.spaced)


def _trim(tokens: list[Token]) -> tuple[list[Token], list[Token]]:
    """Take brackets and dashes of the prose off both ends of a run."""
    before: list[Token] = []
    after: list[Token] = []
    if not any(token.kind in _CONTENT for token in tokens):
        taken = list(tokens)
        if all(token.kind in ("open", "close") or token.text in "-*" for token in tokens):
            tokens.clear()
            return taken, []
        return [], []
    if tokens[0].math:
        return [], []
    depth = 0
    unopened = 0
    for token in tokens:
        if token.kind == "open":
            depth += 1
        elif token.kind == "close":
            if depth:
                depth -= 1
            else:
                unopened += 1
    for _ in range(depth):
        if tokens and tokens[0].kind == "open":
            before.append(tokens.pop(0))
    for _ in range(unopened):
        if tokens and tokens[-1].kind == "close":
            after.insert(0, tokens.pop())
    if tokens and tokens[-1].spaced and (tokens[-1].text == "-" or tokens[-1].kind == "open"):
        after.insert(0, tokens.pop())  # "2x = 10 - this", "2x = 10 (subtract 3)"
    return before, after


def lone_name(item: Item) -> str | None:
    """The name, if the item is nothing but one name."""
    chain = item.chain
    if chain is not None and len(chain.sides) == 1 and isinstance(chain.sides[0], Name):
        return chain.sides[0].name
    return None
