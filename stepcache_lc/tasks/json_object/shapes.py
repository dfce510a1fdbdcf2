"""Shapes shown in a prompt: an example object, a JSON Schema, a TypeScript-like or a Pydantic-like type.

Each becomes a JSON Schema. The type language is read by a small grammar of its own; nothing is evaluated. A shape that
says more than is understood (comments that are demands, generics, functions) is refused: then only the very same
request is comparable.
"""

from __future__ import annotations

import re
from typing import Any

from stepcache_lc.core.quoting import named, quoted
from stepcache_lc.tasks.json_object.keylist import describe
from stepcache_lc.tasks.json_object.scan import JsonError, Node, loads

_MAX_CHARS = 20_000
_MAX_DEPTH = 24
_MAX_PARTS = 2_000

_TOKEN = re.compile(
    r"""\s+|(?P<comment>//[^\n]*|\#[^\n]*|/\*.*?\*/)|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_$][\w$]*)|(?P<mark>\.\.\.|[{}\[\]()<>:;,|?=.@])""",
    re.DOTALL,
)
_SCALARS: dict[str, dict[str, Any]] = {
    **{name: {"type": "string"} for name in ("string", "str", "text", "String")},
    **{name: {"type": "number"} for name in ("number", "float", "decimal", "double", "Number")},
    **{name: {"type": "integer"} for name in ("integer", "int", "bigint")},
    **{name: {"type": "boolean"} for name in ("boolean", "bool", "Boolean")},
    **{name: {"type": "null"} for name in ("null", "None", "undefined")},
    **{name: {} for name in ("any", "unknown", "Any", "object_")},
    **{name: {"type": "object"} for name in ("object", "dict", "Dict")},
    **{name: {"type": "array"} for name in ("array", "list", "List", "Array")},
}
_PLACEHOLDER_WORDS = re.compile(r"<[^<>]{1,60}>|\.\.\.|…|")


class ShapeRefused(ValueError):
    """The shape says more than is understood."""


def shape_schema(text: str) -> dict[str, Any]:
    """The JSON Schema of a shape shown in a prompt.

    Raises:
        ShapeRefused: it is none of the known kinds, or too large.
    """
    if len(text) > _MAX_CHARS:
        raise ShapeRefused("the shape is too long")
    try:
        root = loads(text)
    except JsonError:
        return _Types(text).read()
    if root.kind == "object" and _is_schema(root.value):
        schema: dict[str, Any] = {"type": "object", **root.value} if "properties" in root.value else root.value
        return schema
    if root.kind not in ("object", "array") or root.leaf:
        raise ShapeRefused("an example without members")
    return _example(root, 0)


def _is_schema(value: dict[str, Any]) -> bool:
    if "$schema" in value or "$defs" in value:
        return True
    properties = value.get("properties")
    if value.get("type", "object") == "object" and isinstance(properties, dict):
        # LangChain's parsers leave the type out.
        return "type" in value or ("required" in value and all(isinstance(sub, dict) for sub in properties.values()))
    return value.get("type") == "array" and isinstance(value.get("items"), dict)


def _example(node: Node, depth: int) -> dict[str, Any]:
    """The schema of values like this one."""
    if depth > _MAX_DEPTH:
        raise ShapeRefused("the example is nested too deep")
    if node.kind == "object":
        return {
            "type": "object",
            "properties": {member.key: _example(member.value, depth + 1) for member in node.members},
            "required": [member.key for member in node.members],
            "additionalProperties": False,
        }
    if node.kind == "array":
        kinds = [_example(item, depth + 1) for item in node.items]
        if not kinds:
            return {"type": "array"}
        if any(kind != kinds[0] for kind in kinds):
            raise ShapeRefused("the example's items differ")
        return {"type": "array", "items": kinds[0]}
    if node.kind == "string":
        return _example_text(node.value)
    if node.kind == "null":
        return {"examples": [None]}
    if node.kind == "number" and node.value == 0:
        return {"type": "number"}
    # The value itself is kept: two prompts with other examples may want other things.
    return {"type": "boolean" if node.kind in ("true", "false") else "number", "examples": [node.value]}


def _example_text(text: str) -> dict[str, Any]:
    """A string in an example stands for a string, unless it names a type."""
    name = text.strip()
    if name in _SCALARS:
        return dict(_SCALARS[name])
    if not name or name == "...":
        return {}
    if _PLACEHOLDER_WORDS.fullmatch(name):
        return {"examples": [name]}
    if "|" in name or re.search(r"\bor\b", name):
        parts = [part.strip() for part in re.split(r"\||\bor\b", name)]
        if all(part in _SCALARS for part in parts):
            return _union([dict(_SCALARS[part]) for part in parts])
    known = describe(name, lambda _: None)
    if known is not None and known[0] and known[2]:
        return known[0]
    return {"type": "string", "examples": [text]}


def _union(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    """A value of one of these kinds."""
    if any(not kind for kind in kinds):
        return {}
    values = [kind for kind in kinds if set(kind) == {"enum"}]
    if len(values) == len(kinds):
        return {"enum": [value for kind in kinds for value in kind["enum"]]}
    if all(set(kind) == {"type"} and isinstance(kind["type"], str) for kind in kinds):
        names = list(dict.fromkeys(kind["type"] for kind in kinds))
        return {"type": names[0] if len(names) == 1 else names}
    return {"anyOf": kinds}


class _Types:
    """A recursive-descent reader of type notations, with bounded depth and size."""

    def __init__(self, text: str) -> None:
        self.tokens = self._cut(text)
        self.at = 0
        self.parts = 0
        self.classes: dict[str, dict[str, Any]] = {}
        self.used: set[str] = set()

    @staticmethod
    def _cut(text: str) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        at = 0
        line_has_token = False
        indent = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ShapeRefused(f"unexpected {quoted(text[at])}")
            kind = match.lastgroup
            if kind == "comment":
                raise ShapeRefused("a comment may be a demand")
            if kind is None:
                if "\n" in match.group() and tokens:
                    indent = len(match.group().rpartition("\n")[2])
                    line_has_token = False
            else:
                if tokens and not line_has_token and at:
                    tokens.append(("line", str(indent)))
                line_has_token = True
                tokens.append((kind, match.group()))
            at = match.end()
        return tokens

    def read(self) -> dict[str, Any]:
        """The schema of the shape.

        Raises:
            ShapeRefused: it is not understood.
        """
        self._skip_lines()
        if self._peek() == ("word", "class") or self._peek() == ("word", "from") or self._peek() == ("word", "import"):
            return self._pydantic()
        root: dict[str, Any] | None = None
        while self.at < len(self.tokens):
            self._take_if("word", "export")
            if self._take_if("word", "interface") or self._take_if("word", "type"):
                name = self._word()
                self._take_if("mark", "=")
                self._skip_lines()
                self.classes[name] = self._type(0)
                self._take_if("mark", ";")
            elif root is None:
                root = self._type(0)
            else:
                raise ShapeRefused("two shapes")
            self._skip_lines()
        return self._rooted(root)

    def _rooted(self, root: dict[str, Any] | None) -> dict[str, Any]:
        """The one shape that no other refers to, with the others as definitions."""
        if root is None:
            tops = [name for name in self.classes if name not in self.used]
            if len(tops) != 1:
                raise ShapeRefused("it is not clear which type is wanted")
            root = self.classes.pop(tops[0])
        if self.used - set(self.classes):
            raise ShapeRefused(f"unknown type {quoted(sorted(self.used - set(self.classes))[0])}")
        if root.get("type") not in ("object", "array"):
            raise ShapeRefused("no object")
        return {**root, "$defs": self.classes} if self.classes else root

    def _pydantic(self) -> dict[str, Any]:
        while self.at < len(self.tokens):
            self._skip_lines()
            if self._peek()[1] in ("from", "import"):
                while self.at < len(self.tokens) and self._peek()[0] != "line":
                    self.at += 1
                continue
            if self.at >= len(self.tokens):
                break
            self._expect("word", "class")
            name = self._word()
            if self._take_if("mark", "("):
                base = self._word()
                if base not in ("BaseModel", "TypedDict"):
                    raise ShapeRefused(f"a class of {base}")
                self._expect("mark", ")")
            self._expect("mark", ":")
            self.classes[name] = self._fields()
        return self._rooted(None)

    def _fields(self) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        required: list[str] = []
        while self._peek()[0] == "line" and self._peek()[1] != "0":
            self.at += 1
            name = self._word()
            self._expect("mark", ":")
            schema = self._type(0)
            optional = False
            if self._take_if("mark", "="):
                optional = True
                kind, value = self._next()
                if kind not in ("string", "number") and value not in ("None", "True", "False"):
                    raise ShapeRefused("a default that is not understood")
            if name in properties:
                raise ShapeRefused(f"{named(name)} stands twice")
            properties[name] = schema
            if not optional:
                required.append(name)
        if not properties:
            raise ShapeRefused("a class without fields")
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def _type(self, depth: int) -> dict[str, Any]:
        self.parts += 1
        if depth > _MAX_DEPTH or self.parts > _MAX_PARTS:
            raise ShapeRefused("the shape is too large")
        self._skip_lines()
        self._take_if("mark", "|")
        kinds = [self._single(depth)]
        while self._bar():
            kinds.append(self._single(depth))
        return kinds[0] if len(kinds) == 1 else _union(kinds)

    def _bar(self) -> bool:
        at = self.at
        self._skip_lines()
        if self._take_if("mark", "|") or self._take_if("word", "or"):
            self._skip_lines()
            return True
        self.at = at
        return False

    def _single(self, depth: int) -> dict[str, Any]:
        kind, text = self._next()
        schema: dict[str, Any]
        if kind == "string":
            inside = text[1:-1]
            if "\\" in inside:
                raise ShapeRefused("an escape in a name")
            schema = dict(_SCALARS[inside]) if inside in _SCALARS else {"enum": [inside]}
        elif kind == "number":
            schema = {"enum": [float(text) if "." in text else int(text)]}
        elif (kind, text) == ("mark", "{"):
            schema = self._object(depth)
        elif (kind, text) == ("mark", "["):
            schema = {"type": "array", "items": self._type(depth + 1)}
            self._skip_lines()
            if self._take_if("mark", ","):
                self._skip_lines()
                self._expect("mark", "...")
                self._skip_lines()
            self._expect("mark", "]")
        elif (kind, text) == ("mark", "...") and self._peek() in (
            ("mark", ","),
            ("mark", "}"),
            ("line", self._peek()[1]),
        ):
            schema = {}
        elif (kind, text) == ("mark", "("):
            schema = self._type(depth + 1)
            self._expect("mark", ")")
        elif kind == "word":
            schema = self._named(text, depth)
        else:
            raise ShapeRefused(f"unexpected {quoted(text)}")
        while self._peek() == ("mark", "[") and self._peek(1) == ("mark", "]"):
            self.at += 2
            schema = {"type": "array", "items": schema}
        return schema

    def _named(self, name: str, depth: int) -> dict[str, Any]:
        opener = self._peek()[1] if self._peek()[0] == "mark" and self._peek()[1] in ("<", "[") else ""
        if opener == "[" and self._peek(1) == ("mark", "]"):
            opener = ""
        if opener:
            closer = ">" if opener == "<" else "]"
            self.at += 1
            arguments = [self._type(depth + 1)]
            while self._take_if("mark", ","):
                arguments.append(self._type(depth + 1))
            self._expect("mark", closer)
            return self._generic(name, arguments)
        if name in ("true", "false", "True", "False"):
            return {"enum": [name.lower() == "true"]}
        if name in _SCALARS:
            return dict(_SCALARS[name])
        if name in ("Date", "datetime", "date", "Decimal", "UUID", "of"):
            raise ShapeRefused(f"{name} can be written in several ways")
        self.used.add(name)
        return {"$ref": f"#/$defs/{name}"}

    @staticmethod
    def _generic(name: str, arguments: list[dict[str, Any]]) -> dict[str, Any]:
        if name in ("Array", "list", "List", "Sequence") and len(arguments) == 1:
            return {"type": "array", "items": arguments[0]}
        if name == "Optional" and len(arguments) == 1:
            return _union([arguments[0], {"type": "null"}])
        if name in ("Union", "Literal"):
            return _union(arguments)
        if name in ("dict", "Dict", "Record") and len(arguments) == 2:
            return {"type": "object", "additionalProperties": arguments[1]}
        raise ShapeRefused(f"{name} is not understood")

    def _object(self, depth: int) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        required: list[str] = []
        while True:
            self._skip_lines()
            if self._take_if("mark", "}"):
                break
            kind, text = self._next()
            if kind not in ("word", "string"):
                raise ShapeRefused(f"unexpected {quoted(text)}")
            name = text[1:-1] if kind == "string" else text
            if "\\" in name or name in properties:
                raise ShapeRefused(f"{named(name)} stands twice or is escaped")
            optional = self._take_if("mark", "?")
            self._expect("mark", ":")
            properties[name] = self._type(depth + 1)
            if not optional:
                required.append(name)
            if not (self._take_if("mark", ",") or self._take_if("mark", ";") or self._peek()[0] == "line"):
                self._skip_lines()
                self._expect("mark", "}")
                break
        if not properties:
            raise ShapeRefused("an object without members")
        return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        index = self.at + ahead
        return self.tokens[index] if index < len(self.tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        if token[0] == "end":
            raise ShapeRefused("the shape is cut off")
        self.at += 1
        return token

    def _take_if(self, kind: str, text: str) -> bool:
        if self._peek() == (kind, text):
            self.at += 1
            return True
        return False

    def _expect(self, kind: str, text: str) -> None:
        if not self._take_if(kind, text):
            raise ShapeRefused(f"expected {quoted(text)}")

    def _word(self) -> str:
        kind, text = self._next()
        if kind != "word":
            raise ShapeRefused("a name was expected")
        return text

    def _skip_lines(self) -> None:
        while self._peek()[0] == "line":
            self.at += 1
