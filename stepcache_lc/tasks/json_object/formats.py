"""The `format` checks of JSON Schema that an answer can be held to, each in linear time on bounded strings."""

from __future__ import annotations

import datetime
import ipaddress
import re
import uuid
from collections.abc import Callable

from jsonschema import FormatChecker

_MAX_CHARS = 2_000
_DATE_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.\d{1,12})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_TIME = re.compile(r"(\d{2}:\d{2}:\d{2})(?:\.\d{1,12})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?", re.ASCII)
_DURATION = re.compile(r"P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?", re.ASCII)
_HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*")


def _date(text: str) -> bool:
    if len(text) != 10:
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _clock(text: str) -> bool:
    hours, minutes, seconds = (int(part) for part in text.split(":"))
    return hours <= 23 and minutes <= 59 and seconds <= 60


def _time(text: str) -> bool:
    match = _TIME.fullmatch(text)
    return match is not None and _clock(match.group(1))


def _date_time(text: str) -> bool:
    match = _DATE_TIME.fullmatch(text)
    return match is not None and _date(match.group(1)) and _clock(match.group(2))


def _hostname(text: str) -> bool:
    return len(text) <= 253 and all(_HOST_LABEL.fullmatch(label) for label in text.split("."))


def _email(text: str) -> bool:
    local, _, host = text.rpartition("@")
    return len(local) <= 64 and _LOCAL_PART.fullmatch(local) is not None and "." in host and _hostname(host)


def _uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _address(kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            kind(text)
        except ValueError:
            return False
        return "%" not in text

    return check


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _date,
    "time": _time,
    "date-time": _date_time,
    "duration": lambda text: _DURATION.fullmatch(text) is not None,
    "email": _email,
    "idn-email": _email,
    "hostname": _hostname,
    "ipv4": _address(ipaddress.IPv4Address),
    "ipv6": _address(ipaddress.IPv6Address),
    "uri": lambda text: _URI.fullmatch(text) is not None,
    "uuid": _uuid,
}
"""What each format demands of a string; a format that is not here is named as unchecked."""


def checker() -> FormatChecker:
    """A checker with exactly these formats."""
    made = FormatChecker(formats=())
    for name, check in FORMATS.items():
        made.checkers[name] = (_bounded(check), ())
    return made


def _bounded(check: Callable[[str], bool]) -> Callable[[object], bool]:
    def bounded(value: object) -> bool:
        return not isinstance(value, str) or (len(value) <= _MAX_CHARS and check(value))

    return bounded
