"""Traps for JSON: the same content in another shape, where words that nobody reads speak of the whole object."""

from __future__ import annotations

from typing import Any

from tests.traps.json_pairs import Pair, traps

ASK = "{} Return a JSON object with the keys {}."


def _beside(name: str, words: str, old: dict[str, Any], right: dict[str, Any], why: str, wording: str = ASK) -> Pair:
    """The same words, and a key more or less: the values of the other keys are others as well."""
    return name, wording.format(words, ", ".join(old)), old, wording.format(words, ", ".join(right)), right, why


RENT = {"rent": 600, "food": 400}
LATER = {"rent": 500, "food": 300, "travel": 200}
PAIRS: list[Pair] = [
    _beside("money to be split", "I have 1000 euros a month to split.", RENT, LATER, "the shares change"),
    _beside("a budget", "Make a budget of 1000 euros.", RENT, LATER, "the shares change"),
    _beside("money to be spread", "Spread 1000 euros over these purposes.", RENT, LATER, "the shares change"),
    _beside("percentages", "Say in percent what I should spend on what.", RENT, LATER, "they add up to 100"),
    _beside("adding up", "The numbers must add up to 1000.", RENT, LATER, "they add up"),
    _beside(
        "no number twice", "Use no number twice.", {"a": 1, "b": 2}, {"a": 3, "b": 2, "c": 1}, "numbers are shared"
    ),
    _beside("a ranking", "Rank these sports.", {"golf": 1, "polo": 2}, {"golf": 2, "polo": 3, "judo": 1}, "ranks move"),
    _beside("all the same", "They are all the same.", {"a": 1, "b": 1}, {"a": 2, "b": 2, "c": 2}, "equal values"),
    _beside("rhymes", "Make the lines rhyme.", {"a": "sun", "b": "fun"}, {"a": "me", "b": "see", "c": "tea"}, "rhymes"),
    _beside("a sequence", "Continue the sequence 2, 4.", {"a": 6}, {"a": 6.0, "b": 8}, "numbered members"),
    _beside("alphabet", "Go through the alphabet backwards.", {"a": "Z"}, {"b": "Z", "a": "Y"}, "the place counts"),
    _beside(
        "last one", "Write the last one in capitals.", {"a": "x", "b": "Y"}, {"a": "x", "b": "y", "c": "Z"}, "last"
    ),
    _beside("first one", "Leave the first one empty.", {"b": "", "c": "x"}, {"a": "", "b": "y", "c": "x"}, "first"),
    _beside("the rest", "Put the rest into notes.", {"notes": "a b"}, {"a": "a", "notes": "b"}, "the rest is less"),
    _beside("anything else", "Notes hold anything else.", {"notes": "a b"}, {"a": "a", "notes": "b"}, "else is less"),
    _beside("word limit", "Use 10 words in total.", {"a": "ten words"}, {"a": "five", "b": "five"}, "a limit for all"),
    _beside("short", "Keep it under 20 characters.", {"a": "12345678"}, {"a": "1234", "b": "5"}, "a limit for all"),
    _beside("counted", "Size is how many you list.", {"size": 1}, {"size": 2, "name": "x"}, "the count grows"),
    _beside("wins", "Only one of them wins.", {"ann": True}, {"ann": False, "bob": True}, "one winner"),
    _beside(
        "largest", "Mark the largest.", {"a": True, "b": False}, {"a": False, "b": False, "c": True}, "another wins"
    ),
    _beside("opposites", "They are opposites.", {"a": "hot"}, {"a": "up", "b": "down"}, "values refer to each other"),
    _beside("average", "Their mean is 5.", {"a": 5}, {"a": 4, "b": 6}, "the mean of all"),
    _beside("growing", "The numbers are growing.", {"a": 9}, {"a": 1, "b": 9}, "each above the one before"),
    _beside("probabilities", "Give probabilities.", {"rain": 1.0}, {"rain": 0.7, "snow": 0.3}, "they add up to one"),
    _beside("odds", "What are the odds?", {"rain": 1.0}, {"rain": 0.7, "snow": 0.3}, "they add up to one"),
    _beside("likelihood", "Estimate the likelihood.", {"rain": 1.0}, {"rain": 0.7, "snow": 0.3}, "they add up to one"),
    _beside("weights", "Give weights.", {"x": 1.0}, {"x": 0.5, "y": 0.5}, "weights add up"),
    _beside("versus", "It is one against the other.", {"a": 1}, {"a": 0, "b": 1}, "one against the other"),
    _beside("turns", "Take turns.", {"ann": "all"}, {"ann": "odd", "bob": "even"}, "turns"),
    _beside("German", "Verteile 1000 Euro auf diese Zwecke.", RENT, LATER, "no list of words speaks German"),
    _beside("Spanish", "Reparte 1000 euros entre estos fines.", RENT, LATER, "no list of words speaks Spanish"),
    _beside("French", "R\u00e9partis 1000 euros selon ces besoins.", RENT, LATER, "no list of words speaks French"),
    _beside("numbered", "Number them from the end.", {"a": 1}, {"a": 2, "b": 1}, "numbered from the end"),
    _beside(
        "budget in the instruction",
        "a monthly budget of 1000 euros",
        RENT,
        LATER,
        "the shares change",
        "Return a JSON object for {} with the keys {}.",
    ),
    _beside(
        "a split in the instruction",
        "a fair split of 1000 euros",
        RENT,
        LATER,
        "the shares change",
        "Create a JSON object describing {} with keys {}.",
    ),
    _beside(
        "dropped beside words",
        "Ann is 30, and Bob is 31.",
        {"ann": 30, "bob": 31, "older": "bob"},
        {"ann": 30, "bob": 32},
        "a key is dropped beside words that nobody reads",
    ),
    _beside(
        "currency added beside words",
        "The mug costs 12.",
        {"price": 12},
        {"price": 13, "currency": "USD"},
        "a currency may change the price",
    ),
    (
        "choice list beside words",
        "Ann is furious. Return a JSON object with the keys name, mood (calm or angry).",
        {"name": "Ann", "mood": "angry"},
        "Ann is furious. Return a JSON object with the keys name, mood (calm or furious).",
        {"name": "Ann", "mood": "furious"},
        "other alternatives",
    ),
    (
        "words moved",
        "Do that twice. Return a JSON object with the keys n. The text is below.",
        {"n": 2},
        "Return a JSON object with the keys n. Do that twice. The text is below.",
        {"n": 4},
        "what is not understood may speak of what stands in front of it",
    ),
    (
        "number in the words",
        "Think of 3 animals. Return a JSON object with the keys cats, dogs.",
        {"cats": 1, "dogs": 2},
        "Think of 4 animals. Return a JSON object with the keys cats, dogs.",
        {"cats": 2, "dogs": 2},
        "a number in words that nobody reads",
    ),
    (
        "name in the words",
        "Ann wrote to us. Return a JSON object with the keys name, mood.",
        {"name": "Ann", "mood": "calm"},
        "Bob wrote to us. Return a JSON object with the keys name, mood.",
        {"name": "Bob", "mood": "angry"},
        "a name in words that nobody reads",
    ),
    (
        "case in the words",
        "Use polish. Return a JSON object with the keys name.",
        {"name": "wax"},
        "Use Polish. Return a JSON object with the keys name.",
        {"name": "wosk"},
        "another word",
    ),
    (
        "negation in the words",
        "The shop is open. Return JSON with name and status.",
        {"name": "shop", "status": "open"},
        "The shop is not open. Return JSON with name and status.",
        {"name": "shop", "status": "closed"},
        "one word turns it round",
    ),
    (
        "loose keys in another order",
        "List my colours red, green. Return JSON with a and b.",
        {"a": "red", "b": "green"},
        "List my colours red, green. Return JSON with b and a.",
        {"b": "red", "a": "green"},
        "values in the order of the keys",
    ),
    (
        "key list as long as the values",
        "My colours are red, green, blue. Return JSON with a and c.",
        {"a": "red", "c": "green"},
        "My colours are red, green, blue. Return JSON with a, b and c.",
        {"a": "red", "b": "green", "c": "blue"},
        "three keys for three values",
    ),
    (
        "a list that is no list of keys",
        "Describe a house with doors, windows and stairs. Answer in JSON.",
        {"house": "old"},
        "Describe a house with doors, windows, stairs and roofs. Answer in JSON.",
        {"house": "new"},
        "the list says what the object is about",
    ),
    (
        "parser wording with another tail",
        'Return JSON that matches this JSON schema: {"type": "object", "properties": {"a": {"type": "string"}}}. Joke.',
        {"a": "ha"},
        'Return JSON that matches this JSON schema: {"type": "object", "properties": {"a": {"type": "string"}}}. Poem.',
        {"a": "oh"},
        "the words behind the schema differ",
    ),
    (
        "either shape",
        "Name three cities. Return them as JSON with the keys name and country.",
        '[{"name": "Oslo", "country": "Norway"}]',
        "Name four cities. Return them as JSON with the keys name and country.",
        '[{"name": "Rome", "country": "Italy"}]',
        "another number of cities",
    ),
]
BESIDE = traps(PAIRS)
