"""Texts that try to keep a parser busy, or to make it stumble. What they have in common: no rule may pass them."""

from __future__ import annotations

import json

EQUATION = "Solve {} for x."
FORM = "Return a JSON object with the keys name and age.\n\n{}"
LABELLED = "Text: {}\n\nExtract JSON with the keys name (string) and age (integer)."


def _refs(length: int) -> str:
    """A schema of local references, each to the next."""
    chain = {f"d{at}": {"$ref": f"#/$defs/d{at + 1}"} for at in range(length)}
    return json.dumps({"$ref": "#/$defs/d0", "$defs": {**chain, f"d{length}": {"type": "string"}}})


def _fan(depth: int) -> str:
    """A schema that says two times as much with each level: exponential, if it is followed without counting."""
    defs = {f"d{at}": {"allOf": [{"$ref": f"#/$defs/d{at + 1}"}] * 2} for at in range(depth)}
    return json.dumps({"$ref": "#/$defs/d0", "$defs": {**defs, f"d{depth}": {"type": "string"}}})


def _pattern(pattern: str) -> str:
    return json.dumps({"type": "object", "properties": {"name": {"type": "string", "pattern": pattern}}})


TEXTS: dict[str, str] = {
    "towers of powers": "9**9**9 = x",
    "towers with carets": "9^9^9^9^9x = 9",
    "factorials": "99999999!! = x",
    "a million digits": "9" * 1_000_000 + "x = 1",
    "a million decimals": "0." + "3" * 1_000_000 + "x = 1",
    "a number with an exponent": "1e999999999x = 1",
    "parentheses, open": "(" * 100_000 + "x = 1",
    "parentheses, matched": "(" * 50_000 + "x" + ")" * 50_000 + " = 1",
    "brackets and braces": "([{" * 30_000 + "x = 1",
    "fractions in fractions": r"\frac{" * 20_000 + "x" + "}{2}" * 20_000 + " = 1",
    "many signs": "-" * 100_000 + "x = 1",
    "many equals": "x = " * 50_000 + "1",
    "many equations": "2x + 3 = 13. " * 20_000,
    "many unknowns": " + ".join(f"x{at}" for at in range(20_000)) + " = 1",
    "many terms": " + ".join(["x"] * 50_000) + " = 1",
    "products of sums": "(x + 1)" * 20_000 + " = 1",
    "a high degree": "x^100000 + 1 = 0",
    "deep JSON": '{"a": ' * 50_000 + "1" + "}" * 50_000,
    "deep lists": "[" * 100_000 + "]" * 100_000,
    "open JSON": '{"a": [' * 50_000,
    "wide JSON": json.dumps({f"k{at}": at for at in range(30_000)}),
    "one key often": "{" + ", ".join(['"a": 1'] * 30_000) + "}",
    "escapes": '{"a": "' + "\\u0041" * 50_000 + '"}',
    "quotes": '"' * 100_000,
    "backslashes": "\\" * 100_000,
    "code fences": "```\n" * 30_000,
    "table rows": "| a | b |\n" * 30_000,
    "key lists": "name, " * 50_000,
    "a chain of references": _refs(5_000),
    "references in a circle": json.dumps({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}),
    "references that double": _fan(60),
    "a remote reference": json.dumps({"$ref": "http://127.0.0.1:9/schema.json"}),
    "a file reference": json.dumps({"$ref": "file:///etc/passwd"}),
    "a catastrophic pattern": _pattern("^(a+)+$"),
    "another one": _pattern("^(a|aa)+$"),
    "a third one": _pattern("(.*)*(.*)*(.*)*b"),
    "a pattern that repeats": _pattern("(a{1,1000}){1,1000}"),
    "a pattern that looks back": _pattern(r"(a+)\1+b"),
    "bidi": "\u202e31 = 3 + x2\u202c",
    "homoglyphs": "2\u0445 + 3 = 13",
    "digits of other scripts": "\u0662x + \u0663 = \u0661\u0663",
    "full width": "\uff12\uff58 + \uff13 = \uff11\uff13",
    "combining marks": "x" + "\u0301" * 50_000 + " = 1",
    "zero-width": "2\u200bx\u200d + 3 = 1\u20603",
    "NUL": "2x + 3 = 1\x003",
    "lone surrogates": "2x + 3 = \ud8001\udfff3",
    "private use": "\ue000\ue001\uf8ff = x",
    "controls": "".join(map(chr, range(32))) + "= x",
    "blank lines": "\n" * 200_000,
    "blanks": " " * 200_000 + "x = 1",
    "blanks between": "x" + " " * 200_000 + "= 1",
    "carriage returns": "\r" * 200_000,
    "labelled lines": "a: b\n" * 40_000,
    "short sentences": "Mr. " * 40_000,
    "one long word": "a" * 500_000,
    "many words": "word " * 100_000,
    "many sentences": "Then do this. " * 30_000,
}

# What would leave a mark if anybody evaluated it; `{canary}` is a path.
CODE: list[str] = [
    "__import__('os').system('touch {canary}')",
    "exec(\"open('{canary}','w')\")",
    "(lambda: open('{canary}','w'))()",
    "[c for c in ().__class__.__base__.__subclasses__()][0]; open('{canary}', 'w')",
    "x.__class__.__init__.__globals__['os'].system('touch {canary}')",
    "Symbol('x').func(open('{canary}','w'))",
    "{{{{ cycler.__init__.__globals__.os.popen('touch {canary}').read() }}}}",
    "{{0.__class__.__init__.__globals__[os].system('touch {canary}')}}",
    "${{jndi:ldap://127.0.0.1/a}} $(touch {canary}) `touch {canary}`",
    "!!python/object/apply:os.system ['touch {canary}']",
    "cos\nsystem\n(S'touch {canary}'\ntR.",
    '{{"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {{"command": "touch {canary}"}}}}',
    '{{"lc": 1, "type": "secret", "id": ["HOME"]}}',
    '{{"py/reduce": [{{"py/function": "os.system"}}, {{"py/tuple": ["touch {canary}"]}}]}}',
    '{{"__proto__": {{"polluted": "{canary}"}}, "constructor": {{"prototype": {{}}}}}}',
    '\\input{{|"touch {canary}"}} = x',
    "'; DROP TABLE embeddings; -- touch {canary}",
]
