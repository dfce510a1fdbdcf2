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


class Item(NamedTuple):
    """A piece of a scanned text.

    Kinds: `formula` (with `chain`, or None and the reason in `note`), `word`, `stop`, `comma`, `colon`, `punct`,
    `newline`, `enum` and `label` (`note` holds the number), `bullet`, `code`, `arrow`, `delimiter`, `bad`.
    """

    kind: str
    text: str
    start: int
    end: int
    math: bool
    chain: Chain | None = None
    note: str = ""
    spaced: bool = True


_RUN = frozenset({"number", "vulgar", "name", "operator", "power", "relation", "open", "close", "frac", "sqrt", "boxed",
                  "pm", "super", "thin"})  # fmt: skip
_OPERAND_END = frozenset({"number", "vulgar", "name", "close", "super"})
_OPERAND_START = frozenset({"number", "vulgar", "name", "open", "frac", "sqrt", "boxed"})
_CONTENT = frozenset({"number", "vulgar", "name", "frac", "sqrt", "boxed"})
_ARTICLES = frozenset({"a", "A", "I"})
_SKIPPED = frozenset({"&", "#", "_", "~", "`", "✓", "✔", "✅", "☑", "🎉", "😊", "▪", "•", "◦", "‣"})


@lru_cache(maxsize=512)
def scan(text: str, long_names: frozenset[str] = frozenset()) -> tuple[Item, ...]:
    """Cut a text into items.

    Args:
        text: a request, an answer, or a step of one.
        long_names: words that name an unknown, such as `price`.

    Raises:
        TooLarge: it is beyond the bounds of the lexer.
    """
    tokens = _markup(tokenize(text), long_names)
    items: list[Item] = []
    run: list[Token] = []
    size = len(tokens)
    for index, token in enumerate(tokens):
        kind = token.kind
        if kind in _RUN:
            if run and _splits(run[-1], token, items):
                _close_run(run, items, text)
                run = []
            run.append(token)
            continue
        if kind == "newline" and token.math and run:
            continue  # a line end inside display mathematics is a blank
        if kind == "punct" and token.text in "&" and run:
            continue  # the alignment mark of `align`
        if run:
            following = tokens[index + 1] if index + 1 < size else None
            _close_run(run, items, text, token, following)
            run = []
        if kind not in ("punct", "env") or token.text not in _SKIPPED:
            items.append(_item(token))
    if run:
        _close_run(run, items, text)
    return tuple(items)


def _markup(tokens: list[Token], long_names: frozenset[str]) -> list[Token]:
    """Tell stars that multiply from stars that mark text, and words that name unknowns from other words."""
    result: list[Token] = []
    size = len(tokens)
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.text in long_names:
            token = token._replace(kind="name")
        elif token.text in ("**", "*") and not token.math and token.kind in ("power", "operator"):
            before = tokens[index - 1] if index else None
            after = tokens[index + 1] if index + 1 < size else None
            left = before is not None and (before.kind in _OPERAND_END or before.text in long_names)
            right = after is not None and (
                after.kind in _OPERAND_START or after.text == "-" or after.text in long_names
            )
            if not (
                left and right and (token.text == "*" or not (token.spaced or (after is not None and after.spaced)))
            ):
                continue
            if token.text == "*" and after is not None and token.spaced != after.spaced:
                token = token._replace(kind="other")
        result.append(token)
    return result


def _splits(previous: Token, token: Token, items: list[Item]) -> bool:
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
    if kind in ("enum", "label"):
        note = token.text
    elif kind == "punct":
        kind = "colon" if token.text == ":" else "stop" if token.text == ";" else "punct"
    elif kind == "row":
        kind = "arrow"
    elif kind == "text":
        kind = "word"
    elif kind in ("env", "fence"):
        kind = "delimiter"
    elif kind in ("other", "percent", "ordinal", "dots"):
        kind = "bad"
    return Item(kind, token.text, token.start, token.end, token.math, None, note, token.spaced)


def _close_run(
    run: Sequence[Token], items: list[Item], text: str, stopper: Token | None = None, following: Token | None = None
) -> None:
    """Turn a run into a formula, a word or punctuation."""
    del following
    tokens = list(run)
    while tokens and tokens[0].kind == "thin":
        del tokens[0]
    while tokens and tokens[-1].kind == "thin":
        del tokens[-1]
    if not tokens:
        return
    before, after = _trim(tokens)
    items.extend(Item("punct", token.text, token.start, token.end, token.math, spaced=token.spaced) for token in before)
    if tokens:
        first, last = tokens[0], tokens[-1]
        literal = text[first.start : last.end]
        if len(tokens) == 1 and first.kind == "name" and first.text in _ARTICLES and not first.math:
            items.append(Item("word", literal, first.start, last.end, False, spaced=first.spaced))
        elif stopper is not None and stopper.kind == "dots" and not stopper.spaced:
            items.append(
                Item("formula", literal, first.start, last.end, first.math, None, "digits left out", first.spaced)
            )
        else:
            chain: Chain | None = None
            note = ""
            try:
                chain = parse_chain(tokens)
            except Unreadable as error:
                note = str(error)
            items.append(Item("formula", literal, first.start, last.end, first.math, chain, note, first.spaced))
    items.extend(Item("punct", token.text, token.start, token.end, token.math, spaced=token.spaced) for token in after)


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
    if tokens and tokens[-1].text == "-" and tokens[-1].spaced:
        after.insert(0, tokens.pop())
    return before, after


def lone_name(item: Item) -> str | None:
    """The name, if the item is nothing but one name."""
    chain = item.chain
    if chain is not None and len(chain.sides) == 1 and isinstance(chain.sides[0], Name):
        return chain.sides[0].name
    return None
