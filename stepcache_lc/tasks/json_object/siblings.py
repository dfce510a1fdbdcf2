"""Keys that share what they say: beside a surname a name may be the first name only.

A member of such a pair that is added or dropped changes what the other one holds, although neither its name nor the
content changed: an address that held the city no longer does once there is a key for the city.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from stepcache_lc.core.align import vocabulary

_FAMILIES: Final = tuple(
    (vocabulary(wholes), vocabulary(parts))
    for wholes, parts in (
        (
            "name names fullname person people customer client user employee guest passenger contact owner author buyer"
            " seller sender recipient speaker patient student teacher member candidate applicant who",
            "surname lastname last forename firstname first middlename middle given family maiden title salutation"
            " honorific prefix suffix nickname alias role",
        ),
        (
            "address addresses location place residence where venue destination origin birthplace site",
            "city town village country region state province county district zip zipcode postcode postal street house"
            " apartment building floor suburb continent area lat latitude lon longitude",
        ),
        (
            "date datetime when timestamp time start end begin deadline due schedule appointment birthday period",
            "time hour hours minute minutes second seconds year month day weekday date end start am pm zone duration",
        ),
        (
            "price prices cost costs amount total fee value salary pay revenue subtotal",
            "tax taxes vat gst discount rebate net gross shipping tip fees surcharge deposit bonus",
        ),
        (
            "product item model car vehicle device name article phone laptop thing goods",
            "brand make manufacturer maker vendor model version variant color colour size year",
        ),
        ("phone telephone mobile fax number", "prefix code extension ext country area"),
        ("ingredient ingredients items products", "quantity quantities amounts"),
        ("title name headline", "subtitle subheading tagline"),
        ("description text summary body content note notes", "title heading conclusion introduction"),
        ("email mail", "domain"),
        ("filename file path url link", "extension domain host protocol directory folder suffix"),
    )
)
_NO_PARTS: Final = vocabulary("id ids")


def split(changed: str, kept: Iterable[str]) -> str | None:
    """The first kept key whose value may change because a key is added or dropped; None if there is none."""
    own = _words(changed)
    for key in kept:
        words = _words(key)
        narrowed = bool(words) and words < own and not own & _NO_PARTS
        if narrowed or any(words & wholes and own & parts and words != own for wholes, parts in _FAMILIES):
            return key
    return None


def _words(key: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", key))
