"""Traps for JSON: lists of keys with words on what each holds. A right answer must come through as it is."""

from __future__ import annotations

from tests.traps.trap import Json

_ANN = {"name": "Ann Lee", "age": 30}
_TEXT = "Ann Lee is 30.\n\nConvert the above into JSON with the keys "


def _whole(name: str, prompt: str, right: object = _ANN) -> Json:
    return Json(name, "", "", prompt, right, "each of these is a key", fresh=True, untouched=True)


KEYS = [
    _whole("described keys", "Return a JSON object with the keys name: the full name, age: in years for Ann Lee, 30."),
    _whole("described quoted keys", "Return JSON with `name`: the full name; `age`: the age in years for Ann Lee, 30."),
    _whole("keys described behind a text", f"{_TEXT}name: the full name and age: in years."),
    _whole("a described and an optional key", f'{_TEXT}"name": the full name, "age" (optional).'),
    _whole("keys of somebody", 'Return JSON with "name" of the person plus "age" of the person for Ann Lee, 30.'),
    _whole("keys in lines", f"{_TEXT}name\n- age."),
    _whole("typed keys in lines", f"{_TEXT}name (string)\n- age: number"),
    _whole("keys with a stroke", f"{_TEXT}name/age."),
    _whole("short descriptions", f"{_TEXT}name, age: years since birth."),
]
