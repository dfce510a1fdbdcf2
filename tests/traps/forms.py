"""How the traps for JSON word their requests."""

from __future__ import annotations

FORM = "Convert the above into JSON with the keys {}. Output only JSON."
ASK = "Return a JSON object with keys {} for: {}"


def form(lines: str, keys: str) -> str:
    return f"{lines}\n\n{FORM.format(keys)}"


def about(keys: str, text: str) -> str:
    return ASK.format(keys, text)


def obj(properties: dict[str, object], **more: object) -> dict[str, object]:
    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {**schema, **more}


STRING = {"type": "string"}
NUMBER = {"type": "number"}
TABLE = "| name | age |\n|---|---|\n| Ann | 30 |\n| Bob | 31 |"
LIVES = "Ann Lee lives in Oslo."
TICKET = "Extract the data from this ticket: Ann Lee wants 3 lamps in Oslo."
PEOPLE = "Name: Ann\nCity: Oslo\nAge: 30"
