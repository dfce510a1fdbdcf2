"""Filled-in forms, and ways to ask for some of their lines as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from stepcache_lc.bench.truths import Fields
from stepcache_lc.bench.workloads.base import Case, Record

Value = str | int
Form = Mapping[str, Value]
"""Values by key, in the order of the lines."""
Draw = Callable[[Random], Value]

PEOPLE: Final = (
    "Hugo Alves", "Laura Stein", "Grace Liu", "Emre Kaya", "Fatima Noor", "Chidi Okafor", "Dana Petrov", "Zoe Kim",
    "Omar Haddad", "Ines Duarte", "Marek Novak", "Aiko Tanaka", "Lena Fischer", "Pablo Ruiz", "Nadia Haddad",
    "Tomas Berg",
)  # fmt: skip
ITEMS: Final = (
    "kettle", "floor lamp", "router", "headphones", "backpack", "blender", "garden hose", "toaster", "tent", "keyboard",
    "office chair", "camera",
)  # fmt: skip
CITIES: Final = (
    "Turin",
    "Oslo",
    "Lagos",
    "Kyoto",
    "Quito",
    "Leeds",
    "Porto",
    "Cairo",
    "Lima",
    "Ghent",
    "Tartu",
    "Accra",
)
_COLOURS: Final = ("red", "green", "blue", "black", "white", "silver")
_CARRIERS: Final = ("Falcon Air", "Nordwind", "Blue Jet", "Sunways")
_HOTELS: Final = ("Sea View", "Grand Plaza", "Old Mill", "Park Inn")
_BREEDS: Final = ("beagle", "poodle", "terrier", "collie")
_TITLES: Final = ("The Long Road", "Silent Rivers", "Blue Morning", "Paper Moons", "Winter Light")
_TEAMS: Final = ("payments", "search", "platform", "billing", "support")


def _one_of(values: Sequence[str]) -> Draw:
    return lambda random: random.choice(values)


def _between(low: int, high: int) -> Draw:
    return lambda random: random.randint(low, high)


def _code(prefix: str) -> Draw:
    return lambda random: f"{prefix}-{random.randint(1000, 9999)}"


@dataclass(frozen=True)
class Kind:
    """A sort of form: what its lines are called, and what stands in them."""

    name: str
    lines: Mapping[str, Draw]
    """Label and values; labels are the keys, capitalised."""
    asked: int
    """So many of the lines are asked for, from the top; the others can be added."""

    def fill(self, random: Random) -> Form:
        """A filled-in form, keyed as the answer is; no value stands in it twice."""
        while True:
            form = {_key(label): draw(random) for label, draw in self.lines.items()}
            if len(set(map(str, form.values()))) == len(form):
                return form

    def changed(self, random: Random, form: Form, keys: Sequence[str]) -> Form:
        """The same form with other values under these keys, values that stand nowhere in the old one."""
        while True:
            other = self.fill(random)
            new = {key: other[key] if key in keys else value for key, value in form.items()}
            fresh = all(str(new[key]) not in map(str, form.values()) for key in keys)
            if fresh and len(set(map(str, new.values()))) == len(new):
                return new


KINDS: Final = (
    Kind("ticket", {"Customer": _one_of(PEOPLE), "Order": _code("A"), "Item": _one_of(ITEMS),
         "Quantity": _between(2, 40), "City": _one_of(CITIES), "Colour": _one_of(_COLOURS)}, 4),
    Kind("booking", {"Guest": _one_of(PEOPLE), "Hotel": _one_of(_HOTELS), "Room": _between(100, 999),
         "Nights": _between(2, 14), "City": _one_of(CITIES), "Booking": _code("H")}, 4),
    Kind("flight", {"Passenger": _one_of(PEOPLE), "Flight": _code("FA"), "Carrier": _one_of(_CARRIERS),
         "Seat": _between(20, 60), "Gate": _between(1, 19), "Terminal": _between(61, 70)}, 4),
    Kind("employee", {"Employee": _one_of(PEOPLE), "Badge": _code("E"), "Team": _one_of(_TEAMS),
         "Office": _one_of(CITIES), "Extension": _between(2000, 2999), "Floor": _between(1, 30)}, 4),
    Kind("book", {"Title": _one_of(_TITLES), "Author": _one_of(PEOPLE), "Pages": _between(120, 900),
         "Shelf": _code("S"), "Copies": _between(2, 30), "Reader": _one_of(PEOPLE)}, 4),
    Kind("dog", {"Owner": _one_of(PEOPLE), "Breed": _one_of(_BREEDS), "Chip": _between(100000, 999999),
         "City": _one_of(CITIES), "Vet": _one_of(PEOPLE), "Age": _between(2, 15)}, 4),
    Kind("car", {"Driver": _one_of(PEOPLE), "Plate": _code("KX"), "Colour": _one_of(_COLOURS),
         "Mileage": _between(1000, 99999), "Garage": _one_of(CITIES), "Doors": _between(2, 5)}, 4),
    Kind("delivery", {"Parcel": _code("P"), "Sender": _one_of(PEOPLE), "Recipient": _one_of(PEOPLE),
         "City": _one_of(CITIES), "Boxes": _between(2, 60), "Courier": _one_of(_CARRIERS)}, 4),
    Kind("course", {"Course": _one_of(_TITLES), "Teacher": _one_of(PEOPLE), "Room": _between(100, 999),
         "Students": _between(5, 90), "Campus": _one_of(CITIES), "Code": _code("C")}, 4),
    Kind("repair", {"Device": _one_of(ITEMS), "Serial": _code("R"), "Owner": _one_of(PEOPLE),
         "Technician": _one_of(PEOPLE), "Workshop": _one_of(CITIES), "Shelf": _between(1, 80)}, 4),
)  # fmt: skip

BEHIND: Final = (
    "{form}\n\nConvert the above into JSON with the keys {keys}. Output only JSON.",
    "{form}\n\nReturn this as a JSON object with the keys {keys}.",
    "{form}\n\nRespond in JSON with the fields {keys} and nothing else.",
    "{form}\n\nPlease put the above into a JSON object with the keys {keys}.",
    "{form}\n\nCould you turn the above into a JSON object with the fields {keys}?",
    "{form}\n\nWrite a JSON object with the keys {keys} for the form above. No explanations.",
)
"""The form first, then what to do with it."""
IN_FRONT: Final = (
    "Convert the following form into JSON with the keys {keys}:\n\n{form}",
    "Please extract {keys} as JSON from the form below.\n\n{form}",
    "Turn the following into JSON with the keys {keys}. Output only JSON.\n\n{form}",
    "Using the information below, produce a JSON object with exactly the keys {keys}.\n\n{form}",
)
"""What to do first, then the form."""


def ask(kind: str, wording: str, form: Form, keys: Sequence[str]) -> Case:
    """A request for some lines of a form as JSON."""
    lines = "\n".join(f"{_label(key)}: {value}" for key, value in form.items())
    members = {key: form[key] for key in keys}
    # None of the wordings names a type, so "3" for 3 is right; only some forbid words around the object, and a model
    # that puts the object into a fence with a line above it has given the object.
    truth = Fields(members, typed=False, bare=False)
    return Case(kind, "json", wording.format(form=lines, keys=", ".join(keys)), truth, Record(members))


def _key(label: str) -> str:
    return label.lower().replace(" ", "_")


def _label(key: str) -> str:
    return key.capitalize().replace("_", " ")
