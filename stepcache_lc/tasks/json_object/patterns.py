"""Regular expressions of schemas, run in linear time.

Python's `re` backtracks: a pattern such as `(a+)+$` runs for ever on a short string, and a running match cannot be
stopped. Here a pattern is compiled to a nondeterministic automaton (Thompson 1968) that is stepped through the text
one character at a time, all states at once; the work is counted. What needs memory (back references, look-around) is
refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from stepcache_lc.core.quoting import quoted

MAX_PATTERN = 1_000
_MAX_STATES = 2_000
_MAX_REPEAT = 500
MAX_STEPS = 60_000
"""States looked at, over all strings and patterns of one check."""

Test = Callable[[str], bool]


class PatternRefused(ValueError):
    """The pattern cannot be run here; the message says why."""


@dataclass(slots=True)
class Steps:
    """How many more states may be looked at."""

    left: int = MAX_STEPS


@dataclass(slots=True)
class _State:
    """A state: an edge that consumes a character that passes `test`, or empty edges; `anchor` guards the empty ones."""

    test: Test | None = None
    out: int = -1
    empty: tuple[int, ...] = ()
    anchor: str = ""


@dataclass(frozen=True, eq=False)
class Pattern:
    """A compiled pattern."""

    states: tuple[_State, ...]
    start: int
    final: int

    def search(self, text: str, steps: Steps | None = None) -> bool:
        """Whether the pattern occurs anywhere in the text (ECMA-262 semantics: unanchored).

        Args:
            text: Where to look.
            steps: What the work is taken from, if several searches share it.

        Raises:
            PatternRefused: it takes too much work.
        """
        current: set[int] = set()
        steps = steps or Steps()
        for at in range(len(text) + 1):
            current |= self._closure({self.start}, at, len(text))
            if self.final in current:
                return True
            if at == len(text):
                break
            steps.left -= 2 + len(current)
            if steps.left < 0:
                raise PatternRefused("matching takes too much work")
            char = text[at]
            step = {
                self.states[index].out
                for index in current
                if (test := self.states[index].test) is not None and test(char)
            }
            current = self._closure(step, at + 1, len(text))
            if self.final in current:
                return True
        return False

    def _closure(self, seeds: set[int], at: int, length: int) -> set[int]:
        found: set[int] = set()
        stack = list(seeds)
        while stack:
            index = stack.pop()
            if index in found:
                continue
            state = self.states[index]
            found.add(index)
            if state.anchor == "^" and at != 0:
                continue
            if state.anchor == "$" and at != length:
                continue
            stack.extend(state.empty)
        return found


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Pattern:
    """Compile a pattern.

    Raises:
        PatternRefused: it is too long, malformed, or needs more than a finite automaton.
    """
    if len(pattern) > MAX_PATTERN:
        raise PatternRefused(f"the pattern has more than {MAX_PATTERN} characters")
    return _Compiler(pattern).compile()


_CLASSES: dict[str, Test] = {
    "d": lambda char: "0" <= char <= "9",
    "D": lambda char: not "0" <= char <= "9",
    "w": lambda char: char.isascii() and (char.isalnum() or char == "_"),
    "W": lambda char: not (char.isascii() and (char.isalnum() or char == "_")),
    "s": lambda char: char.isspace() or char == "\ufeff",
    "S": lambda char: not (char.isspace() or char == "\ufeff"),
}
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_MAX_NESTING = 40


class _Compiler:
    """Recursive descent over the pattern; fragments are (start, end) states joined by empty edges."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0
        self.states: list[_State] = []

    def compile(self) -> Pattern:
        start, end = self._alternatives()
        if self.at < len(self.pattern):
            raise PatternRefused(f"unexpected {quoted(self.pattern[self.at])} in the pattern")
        return Pattern(tuple(self.states), start, end)

    def _state(self, test: Test | None = None, anchor: str = "") -> int:
        if len(self.states) >= _MAX_STATES:
            raise PatternRefused(f"the pattern needs more than {_MAX_STATES} states")
        self.states.append(_State(test, anchor=anchor))
        return len(self.states) - 1

    def _link(self, source: int, target: int) -> None:
        self.states[source].empty += (target,)

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _alternatives(self) -> tuple[int, int]:
        self.depth += 1
        if self.depth > _MAX_NESTING:
            raise PatternRefused("the pattern is nested too deep")
        start, end = self._state(), self._state()
        while True:
            first, last = self._sequence()
            self._link(start, first)
            self._link(last, end)
            if self._peek() != "|":
                break
            self.at += 1
        self.depth -= 1
        return start, end

    def _sequence(self) -> tuple[int, int]:
        start = end = self._state()
        while self._peek() not in ("", "|", ")"):
            first, last = self._repeated()
            self._link(end, first)
            end = last
        return start, end

    def _repeated(self) -> tuple[int, int]:
        begin = self.at
        atom = self._atom()
        stop = self.at
        bounds = self._bounds()
        if bounds is None:
            return atom
        if self.pattern[begin] in "^$":
            raise PatternRefused("a repetition of an anchor")
        low, high = bounds
        if self._peek() == "?":
            self.at += 1  # lazy or greedy: the same strings match
        if self._peek() in ("*", "+", "{") or self._peek() == "?":
            raise PatternRefused("a repetition of a repetition")
        after = self.at
        # The atom is compiled anew for each copy.
        start = end = self._state()
        copies = high if high is not None else max(low, 1)
        exits: list[int] = []
        last_first = -1
        for number in range(copies):
            if number >= low:
                exits.append(end)
            self.at = begin
            first, last = self._atom()
            if self.at != stop:
                raise PatternRefused("the pattern is malformed")
            self._link(end, first)
            end, last_first = last, first
        final = self._state()
        self._link(end, final)
        for state in exits:
            self._link(state, final)
        if high is None:
            self._link(end, last_first)
            if low == 0:
                self._link(start, final)
        if copies == 0:
            self._link(start, final)
        self.at = after
        return start, final

    def _bounds(self) -> tuple[int, int | None] | None:
        char = self._peek()
        if char in ("*", "+", "?") and char:
            self.at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[char]
        if char != "{":
            return None
        close = self.pattern.find("}", self.at)
        body = self.pattern[self.at + 1 : close] if close > 0 else ""
        low, comma, high = body.partition(",")
        if not (
            low.isascii() and low.isdigit() and len(low) <= 4 and (high == "" or (high.isascii() and high.isdigit()))
        ):
            raise PatternRefused("a brace that is no repetition")
        least = int(low)
        most = least if not comma else (int(high[:5]) if high else None)
        if least > _MAX_REPEAT or (most is not None and (most > _MAX_REPEAT or most < least)):
            raise PatternRefused(f"a repetition of more than {_MAX_REPEAT}")
        self.at = close + 1
        return least, most

    def _atom(self) -> tuple[int, int]:
        char = self._peek()
        self.at += 1
        if char == "(":
            if self.pattern.startswith("?:", self.at):
                self.at += 2
            elif self._peek() == "?":
                raise PatternRefused("look-around and named groups are not run here")
            inner = self._alternatives()
            if self._peek() != ")":
                raise PatternRefused("a group that is not closed")
            self.at += 1
            return inner
        if char in ("^", "$"):
            state, after = self._state(anchor=char), self._state()
            self._link(state, after)
            return state, after
        if char == "[":
            return self._consuming(self._class())
        if char == ".":
            return self._consuming(lambda seen: seen not in "\n\r\u2028\u2029")
        if char == "\\":
            return self._consuming(self._escape())
        if char in ("*", "+", "?", "{", ")"):
            raise PatternRefused(f"unexpected {quoted(char)} in the pattern")
        return self._consuming(lambda seen: seen == char)

    def _consuming(self, test: Test) -> tuple[int, int]:
        state = self._state(test)
        after = self._state()
        self.states[state].out = after
        return state, after

    def _escape(self) -> Test:
        char = self._peek()
        self.at += 1
        if char in _CLASSES and char:
            return _CLASSES[char]
        literal = self._literal(char)
        return lambda seen: seen == literal

    def _literal(self, char: str) -> str:
        if char in _CONTROLS and char:
            return _CONTROLS[char]
        if char in ("x", "u") and char:
            size = 2 if char == "x" else 4
            digits = self.pattern[self.at : self.at + size]
            if len(digits) != size or any(digit not in "0123456789abcdefABCDEF" for digit in digits):
                raise PatternRefused("a malformed escape")
            self.at += size
            return chr(int(digits, 16))
        if not char or char.isalnum():
            raise PatternRefused(f"the escape \\{char} is not run here")
        return char

    def _class(self) -> Test:
        negated = self._peek() == "^"
        self.at += negated
        singles: set[str] = set()
        ranges: list[tuple[str, str]] = []
        tests: list[Test] = []
        while True:
            char = self._peek()
            self.at += 1
            if not char:
                raise PatternRefused("a character class that is not closed")
            if char == "]":
                break
            if char == "\\":
                escaped = self._peek()
                self.at += 1
                if escaped in _CLASSES and escaped:
                    tests.append(_CLASSES[escaped])
                    continue
                char = "\b" if escaped == "b" else self._literal(escaped)
            if self._peek() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                upper = self._peek()
                self.at += 1
                if upper == "\\":
                    escaped = self._peek()
                    self.at += 1
                    upper = self._literal(escaped)
                if upper < char:
                    raise PatternRefused("a range that runs backwards")
                ranges.append((char, upper))
            else:
                singles.add(char)

        def test(seen: str) -> bool:
            inside = (
                seen in singles
                or any(low <= seen <= high for low, high in ranges)
                or any(other(seen) for other in tests)
            )
            return inside != negated

        return test
