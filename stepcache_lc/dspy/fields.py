"""Output fields as one text, and back: what is stored of a prediction, and what steps tile.

Each field is `RS name US text`, in the signature's order. The two control characters are what ASCII has for it; a value
that holds one of them cannot be told apart, so such a prediction is not stored. A field of type `str` stands as it is,
any other as the JSON text of its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

RECORD, UNIT = "\x1e", "\x1f"


class FieldError(ValueError):
    """A value or a text that cannot be told back from what would be stored."""


def frame(texts: Mapping[str, str]) -> str:
    """One text for the fields, in their order."""
    return "".join(f"{header(name)}{text}" for name, text in texts.items())


def header(name: str) -> str:
    """What stands in front of a field's text."""
    return f"{RECORD}{name}{UNIT}"


def unframe(text: str) -> dict[str, str]:
    """The fields of a text, in their order.

    Raises:
        FieldError: The text was not made by `frame`.
    """
    first, *parts = text.split(RECORD)
    fields: dict[str, str] = {}
    for part in parts:
        name, mark, value = part.partition(UNIT)
        if not mark or UNIT in value or name in fields:
            raise FieldError("the stored fields cannot be told apart")
        fields[name] = value
    if first or not fields:
        raise FieldError("the stored text holds no fields")
    return fields


def text_of(value: Any, annotation: Any) -> str:
    """The text of one field's value.

    Raises:
        FieldError: The value would not come back from it as it is.
    """
    try:
        if annotation is str:
            if type(value) is not str:
                raise FieldError("a text field holds no text")
            text = value
        else:
            text = _adapter(annotation).dump_json(value, warnings="error").decode()
            if not _same(value_of(text, annotation), value):
                raise FieldError("the value does not survive being stored")
    except FieldError:
        raise
    except Exception as error:  # pydantic runs the user's own serializers and validators
        raise FieldError(f"the value cannot be stored: {type(error).__name__}") from error
    if RECORD in text or UNIT in text:
        raise FieldError("the value holds a control character that separates fields")
    return text


def value_of(text: str, annotation: Any) -> Any:
    """The value behind a field's text, of the field's own type.

    Raises:
        FieldError: It is none of that type.
    """
    if annotation is str:
        return text
    try:
        return _adapter(annotation).validate_json(text)
    except Exception as error:
        raise FieldError(f"the text is no value of that type: {type(error).__name__}") from error


def schema_of(annotation: Any) -> Any:
    """The JSON Schema of a type, or None if it has none."""
    try:
        return _schema(annotation)
    except Exception:
        return None


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same types all the way down: `True == 1` is not enough."""
    return type(one) is type(other) and bool(one == other) and repr(one) == repr(other)


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    try:
        return _cached_adapter(annotation)
    except TypeError:  # an annotation that cannot be hashed
        return TypeAdapter(annotation)


def _schema(annotation: Any) -> Any:
    try:
        return _cached_schema(annotation)
    except TypeError:
        return TypeAdapter(annotation).json_schema()


@lru_cache(maxsize=512)
def _cached_adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


@lru_cache(maxsize=512)
def _cached_schema(annotation: Any) -> Any:
    return TypeAdapter(annotation).json_schema()
