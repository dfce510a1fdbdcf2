"""Traps for JSON: a key more or less beside one that held what it is for."""

from __future__ import annotations

from tests.traps.forms import STRING, about, obj
from tests.traps.trap import Json

HOME = "Bob lives at 12 Main St, Paris."
MEETING = "Meet at 2024-05-01 10:00 in Rome."
SIBLINGS = [
    Json(
        "a surname beside a name",
        about("name, age", "Ann Lee is 30."),
        {"name": "Ann Lee", "age": 30},
        about("name, surname, age", "Ann Lee is 30."),
        {"name": "Ann", "surname": "Lee", "age": 30},
        "beside a surname the name is the first name",
    ),
    Json(
        "a time beside a date",
        about("date, place", MEETING),
        {"date": "2024-05-01 10:00", "place": "Rome"},
        about("date, time, place", MEETING),
        {"date": "2024-05-01", "time": "10:00", "place": "Rome"},
        "the time moves out of the date",
    ),
    Json(
        "a city beside an address",
        about("name, address", HOME),
        {"name": "Bob", "address": "12 Main St, Paris"},
        about("name, address, city", HOME),
        {"name": "Bob", "address": "12 Main St", "city": "Paris"},
        "the city moves out of the address",
    ),
    Json(
        "a city dropped beside an address",
        about("name, address, city", HOME),
        {"name": "Bob", "address": "12 Main St", "city": "Paris"},
        about("name, address", HOME),
        {"name": "Bob", "address": "12 Main St, Paris"},
        "the city moves back into the address",
    ),
    Json(
        "a brand beside a product",
        about("product", "A Bosch drill."),
        {"product": "Bosch drill"},
        about("brand, product", "A Bosch drill."),
        {"brand": "Bosch", "product": "drill"},
        "the brand moves out of the product",
    ),
    Json(
        "an earlier salary",
        about("salary", "Pay: 50 before, 60 now."),
        {"salary": "50, then 60"},
        about("salary, previousSalary", "Pay: 50 before, 60 now."),
        {"salary": 60, "previousSalary": 50},
        "a narrower key of the same thing",
    ),
    Json(
        "a nested city",
        "Convert to JSON: " + HOME,
        {"person": {"name": "Bob", "address": "12 Main St, Paris"}},
        "Convert to JSON: " + HOME,
        {"person": {"name": "Bob", "address": "12 Main St", "city": "Paris"}},
        "the city moves out of the address, one level down",
        old_schema=obj({"person": obj({"name": STRING, "address": STRING})}),
        schema=obj({"person": obj({"name": STRING, "address": STRING, "city": STRING})}),
    ),
]
