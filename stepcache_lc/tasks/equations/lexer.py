"""From text to tokens: the one place that knows how numbers, signs, names and LaTeX are written.

The master pattern has no nested quantifiers, so that its work is linear in the text. Nothing is interpreted here
beyond spelling: what a token means is decided by the parser and by the reader of the prose around it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from stepcache_lc.tasks.equations.wordlists import words_of

MAX_TEXT = 8_000
"""Longest text (code points) that is looked at."""
MAX_LENGTH = 2_000
"""Most tokens of one text."""
MAX_DIGITS = 60
"""Longest number (digits) that is computed with."""


class TooLarge(ValueError):
    """The text, or something in it, is beyond the bounds on work."""


class Token(NamedTuple):
    """One token with its place in the text."""

    kind: str
    text: str
    """Normalised: every minus is `-`, every times `*`, every division `/`; a command without its backslash."""
    start: int
    end: int
    spaced: bool
    """Whether blanks stand before it."""
    math: bool
    """Whether it stands between math delimiters."""


_GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi rho sigma tau "
    "upsilon phi varphi chi psi omega"
)
GREEK_COMMANDS = frozenset(_GREEK.split())
_GREEK_LETTERS = dict(
    zip("αβγδεζηθικλμνξρστυφχψω", (name for name in _GREEK.split() if not name.startswith("var")), strict=True)
)
_TIMES = frozenset({"cdot", "times", "ast"})
_ARROWS = words_of(
    """
    implies Rightarrow rightarrow to Longrightarrow longrightarrow therefore iff Leftrightarrow Longleftrightarrow
    Downarrow downarrow quad qquad
    """
)
_BLANK_COMMANDS = words_of(
    """
    left right displaystyle bigl bigr Bigl Bigr big Big limits hspace checkmark
    """
)
_RELATIONS = {"approx": "≈", "neq": "≠", "ne": "≠", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "lt": "<", "gt": ">",
              "equiv": "≡"}  # fmt: skip
_BENEATH = "₀₁₂₃₄₅₆₇₈₉"
_VULGAR = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_SUPERSCRIPT = {"²": "2", "³": "3"}

_PATTERN = re.compile(
    r"""
      (?P<blank>[ \t\u00a0\u2009\u202f]+)
    | (?P<plain>[A-Za-z]{2,}(?![\w'’.\u2010-]|[ \t]+\#?[0-9])|[0-9]+(?![\w.,]))
    | (?P<newline>\r?\n)
    | (?P<fence>```)
    | (?P<display>\\\[|\\\]|\$\$)
    | (?P<inline>\\\(|\\\)|\$)
    | (?P<text>\\(?:text|textbf|textit|mathrm|mathbf|operatorname)\s?\{[^{}\\$]{0,200}\})
    | (?P<env>\\(?:begin|end)\{[a-z]{1,12}\*?\})
    | (?P<row>\\\\)
    | (?P<thin>\\[,;:!\ ])
    | (?P<escaped>\\[%$&\#_{}])
    | (?P<command>\\[A-Za-z]{1,20})
    | (?P<ordinal>[0-9]{1,60}(?:st|nd|rd|th)\b)
    | (?P<number>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)
    | (?P<vulgar>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])
    | (?P<abbr>(?:i\.e\.|e\.g\.|etc\.))
    | (?P<beneath>[^\W\d_][₀₁₂₃₄₅₆₇₈₉](?!\w))
    | (?P<subscript>[^\W\d_]_(?:\{[A-Za-z0-9]{1,8}\}|[A-Za-z0-9]{1,8}))
    | (?P<indexed>(?<![\w\\])[A-Za-z][0-9](?!\w|[.,]?[0-9]))
    | (?P<word>[^\W\d_²³½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]+(?:['’\u2010-][^\W\d_²³]{2,}|['’][^\W\d_²³])*)
    | (?P<arrow>=>|==>|-->|->|[⇒→⟹⟶∴⇔⟺➜←⇐⟸➡▶])
    | (?P<relation>==|!=|<=|>=|[=≈≠<>≤≥≡≅])
    | (?P<power>\*\*|\^)
    | (?P<radical>√)
    | (?P<pm>±)
    | (?P<operator>[-+−–*×·⋅∙÷/∕])
    | (?P<super>[²³])
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<stop>[.!?](?![.!?]))
    | (?P<dots>\.{2,}|…)
    | (?P<badcomma>(?<=[0-9]),(?=[0-9]))
    | (?P<comma>,)
    | (?P<picture>[✓✔✅☑🎉🎊😊🙂😀😃😄😉🤓🤗👋👉👍👌🎯💡📝📌📚🔢🔍🔎🧮🚀⭐🌟✨💪🙌🔹🔸🔵🟢✍📖🧠🏁🏆📐📏]
        [\ufe0f\U0001f3fb-\U0001f3ff]*)
    | (?P<punct>[;:—"“”„'‘’`\#~&_▪•◦‣])
    | (?P<percent>%)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

_ENUM = re.compile(
    r"(?:\#{1,6}[ \t]*)?(?:[-*+•][ \t]{1,4})?(?:\*\*|__)?\(?([0-9]{1,2})[.)](?=(?:\*\*|__)?[ \t]{1,9}\S)"
)
_BULLET = re.compile(r"[-*+•–][ \t]+")
_LABEL = re.compile(
    r"(?:step|method|case|part|option|approach|example|move|stage|phase)s?[ \t]+#?([0-9]{1,2})\b(?!\.[0-9])",
    re.IGNORECASE,
)
_RULE = re.compile(r"\|(?:[ \t]*:?-+:?[ \t]*\|)+")
_ROW_NUMBER = re.compile(r"\|[ \t]*((?:\*\*)?([0-9]{1,2})[.)]?(?:\*\*)?)[ \t]*\|")
_NUMBERING = re.compile(r"\|[ \t*]*(?:step|#|no\.?|number)?[ \t*]*\|", re.IGNORECASE)
_DIGITS = frozenset("0123456789")
_WORD_PARTS = re.compile("['’\u2010.-]+")
_LABEL_START = frozenset("smcpoaeSMCPOAE")


def tokenize(text: str) -> list[Token]:
    """Cut a text into tokens.

    Raises:
        TooLarge: the text or a number in it is longer than the bounds.
    """
    if len(text) > MAX_TEXT:
        raise TooLarge("the text is longer than what is looked at")
    dollars = _pair_dollars(text)
    cells = _cells(text)
    tokens: list[Token] = []
    append = tokens.append
    match_at = _PATTERN.match
    position, size = 0, len(text)
    prose_ends, outer = -1, False
    spaced, math, code, line_start = False, False, False, True
    while position < size:
        if len(tokens) > MAX_LENGTH:
            raise TooLarge("the text has too many parts")
        if code:
            close = text.find("```", position)
            close = size if close < 0 else close
            append(Token("code", text[position:close], position, close, False, False))
            position, code = close, False
            if close < size:
                position += 3
                append(Token("fence", "```", close, position, False, False))
            line_start = False
            continue
        if line_start and not math:
            found = _ENUM.match(text, position)
            if found is not None:
                append(Token("enum", found[1], position, found.end(), spaced, False))
                position, spaced, line_start = found.end(), False, False
                continue
            found = _BULLET.match(text, position)
            if found is not None:
                append(Token("bullet", found[0], position, found.end(), spaced, False))
                position, spaced, line_start = found.end(), True, False
                continue
        char = text[position]
        if char == " ":
            position, spaced = position + 1, True
            continue
        if not math and char in _LABEL_START and (position == 0 or not text[position - 1].isalnum()):
            found = _LABEL.match(text, position)
            if found is not None:
                append(Token("label", found[1], position, found.end(), spaced, False))
                position, spaced, line_start = found.end(), False, False
                continue
        match = match_at(text, position)
        assert match is not None  # the last alternative matches any character
        kind = match.lastgroup or "other"
        value, end = match[0], match.end()
        if kind == "blank":
            position, spaced = end, True
            continue
        if kind == "newline":
            append(Token("newline", "\n", position, end, spaced, math))
            position, spaced, line_start = end, True, True
            continue
        line_start = False
        if kind == "text":  # its content is prose, which is read like any other
            start = position + value.index("{") + 1
            append(Token("delimiter", text[position:start], position, start, spaced, math))
            position, spaced, prose_ends, outer, math = start, True, end - 1, math, False
            continue
        if position == prose_ends:
            append(Token("delimiter", "}", position, position + 1, spaced, False))
            position, spaced, prose_ends, math = position + 1, True, -1, outer
            continue
        if position in cells:
            kind, value, end = cells[position]
            append(Token(kind, value, position, end, spaced, False))
            position, spaced = end, True
            continue
        if kind in ("display", "inline"):
            if value == "$":
                role = dollars.get(position)
                if role is None:
                    append(Token("other", value, position, end, spaced, math))
                    position, spaced = end, False
                    continue
                math = role
            elif value == "$$":
                math = dollars.get(position, False)
            else:
                math = value in (r"\[", r"\(")
            append(Token("delimiter", value, position, end, spaced, math))
        elif kind == "fence":
            append(Token("fence", value, position, end, spaced, False))
            code = True
        elif kind == "plain" and (math or len(value) > MAX_DIGITS):
            append(_normalise("number" if value[0] in _DIGITS else "word", value, position, end, spaced, math))
        elif kind == "plain":  # most of a text
            append(Token("number" if value[0] in _DIGITS else "word", value, position, end, spaced, False))
        else:
            append(_normalise(kind, value, position, end, spaced, math))
        position, spaced = end, False
    return tokens


def _pair_dollars(text: str) -> dict[int, bool]:
    """Offsets of paired `$` and `$$`: True opens, False closes. Pairs never span a blank line."""
    roles: dict[int, bool] = {}
    if "$" not in text:
        return roles
    opened: dict[str, int] = {}
    position, size = 0, len(text)
    while position < size:
        char = text[position]
        if char == "\\":
            position += 2
            continue
        if char == "\n" and text[position + 1 : position + 2] == "\n":
            opened.pop("$", None)
        elif char == "$":
            mark = "$$" if text[position + 1 : position + 2] == "$" and "$" not in opened else "$"
            start = opened.pop(mark, None)
            if start is None:
                opened[mark] = position
            else:
                roles[start], roles[position] = True, False
            position += len(mark)
            continue
        position += 1
    return roles


def _cells(text: str) -> dict[int, tuple[str, str, int]]:
    """The marks of Markdown tables by their offset: kind, text, end. A table is known by the line under its head."""
    marks: dict[int, tuple[str, str, int]] = {}
    if "|" not in text:
        return marks
    lines: list[tuple[int, str]] = []
    position = 0
    for line in text.splitlines(keepends=True):
        lines.append((position, line.rstrip()))
        position += len(line)
    inside = numbered = False
    for index, (start, line) in enumerate(lines):
        row = line.lstrip()
        start += len(line) - len(row)
        below = lines[index + 1][1].strip() if index + 1 < len(lines) else ""
        head = _RULE.fullmatch(below) is not None
        inside = len(row) > 1 and row[0] == row[-1] == "|" and (inside or head)
        if not inside:
            continue
        if head:
            numbered = _NUMBERING.match(row) is not None
        if _RULE.fullmatch(row):
            marks[start] = ("cell", "|", start + len(row))
            continue
        marks |= {start + at: ("cell", "|", start + at + 1) for at, char in enumerate(row) if char == "|"}
        number = _ROW_NUMBER.match(row) if numbered else None
        if number is not None:
            marks[start + number.start(1)] = ("label", number[2], start + number.end(1))
    return marks


def _normalise(kind: str, value: str, start: int, end: int, spaced: bool, math: bool) -> Token:
    if kind == "operator":
        if value in "−–":
            value = "-"
        elif value in "×·⋅∙":
            value = "*"
        elif value in "÷∕":
            value = "/"
    elif kind == "number":
        if len(value) > MAX_DIGITS:
            raise TooLarge("a number has too many digits")
        value = value.replace(",", "")
    elif value == "~":  # a blank of LaTeX; elsewhere "about", or a mark that strikes text out
        kind = "thin" if math else "other"
    elif kind == "pm":
        value = "pm"
    elif kind == "radical":
        kind = "sqrt"
    elif kind == "power":
        value = "^" if value == "^" else "**"
    elif kind == "super":
        kind, value = "super", _SUPERSCRIPT[value]
    elif kind == "relation":
        value = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "≅": "≈"}.get(value, value)
    elif kind == "command":
        kind, value = _command(value[1:])
    elif kind == "escaped":
        kind, value = ("percent", "%") if value == r"\%" else ("open", "{") if value == r"\{" else (
            ("close", "}") if value == r"\}" else ("other", value)
        )  # fmt: skip
    elif kind == "abbr":
        kind = "word"
    elif kind == "badcomma":  # a decimal comma or a list: which of them cannot be told
        kind = "other"
    elif kind == "word" and len(value) > 1 and value in GREEK_COMMANDS and math:
        kind = "name"
    elif kind == "beneath":
        kind, value = "name", f"{value[0]}_{_BENEATH.index(value[1])}"
    elif kind == "indexed":  # x1 for the first of two roots
        kind, value = "name", f"{value[0]}_{value[1]}"
    elif kind == "subscript":
        kind, value = "name", value.replace("{", "").replace("}", "")
    elif kind == "picture":  # one that says nothing, or "right"; any other is not understood
        kind, value = "punct", "✓"
    if kind == "word" and not (
        value.isalpha() or all(part.isalpha() for part in re.split("['’\u2010.-]", value) if part)
    ):
        kind = "other"  # numerals of other scripts count as letters for the pattern
    if kind == "word" and len(value) == 1:
        kind, value = "name", _GREEK_LETTERS.get(value, value)
    return Token(kind, value, start, end, spaced, math)


def _command(name: str) -> tuple[str, str]:
    """Kind and normal spelling of a LaTeX command."""
    if name in ("frac", "dfrac", "tfrac", "cfrac"):
        return "frac", "frac"
    if name in _TIMES:
        return "operator", "*"
    if name == "div":
        return "operator", "/"
    if name in ("boxed", "fbox"):
        return "boxed", "boxed"
    if name == "sqrt":
        return "sqrt", "sqrt"
    if name in ("pm", "mp"):
        return "pm", name
    if name in _ARROWS:
        return "arrow", name
    if name in _BLANK_COMMANDS:
        return "thin", name
    if name in _RELATIONS:
        return "relation", _RELATIONS[name]
    if name in GREEK_COMMANDS or name in ("Delta", "Gamma", "Theta", "Lambda", "Sigma", "Omega", "Phi", "Psi"):
        return "name", name
    return "other", "\\" + name
