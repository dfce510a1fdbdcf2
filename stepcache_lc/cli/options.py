"""Options that several commands share, and the texts that stand for other values on a command line."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Annotated, Any, Final

import typer

from stepcache_lc.errors import ConfigurationError
from stepcache_lc.policy import Policy

StorePlace = Annotated[
    str,
    typer.Option(
        "--store", "-s", envvar="STEPCACHE_STORE", help="The store's directory, or http://HOST:PORT of a Chroma server."
    ),
]
Prefix = Annotated[str, typer.Option(help="What the names of the store's collections start with.")]
Namespace = Annotated[str, typer.Option("--namespace", "-n", help="The tenant.")]
AnyNamespace = Annotated[str | None, typer.Option("--namespace", "-n", help="Only this tenant; default: all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
EmbeddingsName = Annotated[
    str | None, typer.Option(help="wordllama, hashed, or MODULE:NAME of your own; default: what filled the store.")
]
PriceIn = Annotated[float | None, typer.Option(min=0.0, help="Price of a million input tokens.")]
PriceOut = Annotated[float | None, typer.Option(min=0.0, help="Price of a million output tokens.")]

_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([smhdw]?)")
_TRUTHS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_FUNCTIONS: Final = ("key", "admit")


def duration(text: str) -> float:
    """Seconds in a text such as `90`, `45s`, `12h` or `7d`.

    Raises:
        ConfigurationError: it is none.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ConfigurationError(f"{text!r} is no duration: give seconds, or a number with s, m, h, d or w, as in 7d")
    return float(match[1]) * _UNITS[match[2] or "s"]


def policy_of(assignments: list[str]) -> Policy:
    """A policy from texts such as `system_is_style=true`.

    Raises:
        ConfigurationError: there is no such field, it is a function, or the value is wrong.
    """
    names = [item.name for item in fields(Policy)]
    values: dict[str, Any] = {}
    for assignment in assignments:
        name, separator, text = assignment.partition("=")
        name = name.strip()
        if not separator or name not in names:
            raise ConfigurationError(f"--policy {assignment}: give FIELD=VALUE; the fields are {', '.join(names)}")
        if name in _FUNCTIONS:
            raise ConfigurationError(f"--policy {name}: it is a function; replay from Python to try one")
        values[name] = _value(getattr(Policy(), name), text.strip(), assignment)
    return Policy(**values)


def _value(default: Any, text: str, assignment: str) -> Any:
    if isinstance(default, bool):
        if text.lower() not in _TRUTHS:
            raise ConfigurationError(f"--policy {assignment}: give true or false")
        return _TRUTHS[text.lower()]
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if isinstance(default, str):
        return text
    if text.lower() == "none":
        return None
    try:
        return int(text) if isinstance(default, int) else float(text)
    except ValueError:
        raise ConfigurationError(f"--policy {assignment}: give a number") from None
