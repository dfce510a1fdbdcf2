"""Traps for equations: what the words, tables and arrows of a fresh answer say is checked, or not vouched for."""

from __future__ import annotations

from tests.traps.trap import Claim

_BRACKETS = "Solve 4(x - 3) = 20 for x."
_FRACTION = "Solve 6x = 4 for x."
_SYSTEM = "Solve x + y = 10 and x - y = 4."
_QUADRATIC = "Solve x^2 - 5x + 6 = 0."

PROSE: list[Claim] = [
    # operations and roles
    Claim(
        "distributed by another number",
        "Distribute the 5 across the parentheses: 4x - 12 = 20\n4x = 32\nx = 8",
        "the 5",
        "4 is distributed",
        asked=_BRACKETS,
        again="Find x: 4(x - 3) = 20",
    ),
    Claim(
        "multiplied by another number",
        "2x = 10\nSince x is multiplied by 3, divide both sides by 2: x = 5",
        "multiplied by 3",
        "x is multiplied by 2",
    ),
    Claim("minus in front of the unknown", "2x = 10\nminus x = 5", "minus x", "x is -5 then"),
    Claim("the opposite of the unknown", "2x = 10\nThe opposite of x = 5", "opposite", "x is -5 then"),
    Claim("the square of the unknown", "2x = 10\nThe square of x = 5", "square", "x is another number then"),
    Claim("the sum of the unknown", "2x = 10\nThe sum of x = 5", "sum", "it is not said of x"),
    Claim("an empty set", "The solution set is empty. x = 5", "empty", "it contradicts the result"),
    Claim(
        "an impossible result", "2x = 10\nThe result is impossible. x = 5", "impossible", "it contradicts the result"
    ),
    Claim("divided in words", "2x = 10\nSince x is divided by 2, x = 5", "divided by 2", "x is multiplied by 2"),
    Claim("subtracted in words", "Since 3 is subtracted from 2x, 2x = 10\nx = 5", "is subtracted", "3 is added"),
    Claim("undone division", "2x = 10\nTo undo the division by 2, x = 5", "division by 2", "x is multiplied by 2"),
    Claim("idle addition", "Add 0 to both sides: 2x = 10\nx = 5", "Add 0", "3 is subtracted"),
    Claim("claim behind", "2x = 10 after subtracting 4 from both sides\nx = 5", "subtracting 4", "3 is subtracted"),
    Claim("claim in brackets", "2x = 10 (add 3)\nx = 5 (divide by 2)", "(add 3)", "3 is subtracted"),
    Claim("second claim in brackets", "2x = 10 (subtract 3)\nx = 5 (subtract 2)", "(subtract 2)", "2 divides"),
    Claim(
        "claim with more",
        "Add 2x to both sides: 5x - 2x = 14 - 8\nx = 2",
        "Add 2x",
        "2x is subtracted",
        asked="Solve 5x + 8 = 2x + 14 for x.",
        again="Find x: 5x + 8 = 2x + 14",
    ),
    Claim("taken away", "Take 13 away from both sides: 2x = 10\nx = 5", "Take 13", "3 is subtracted"),
    Claim("a root is taken", "2x = 10. Take the square root of both sides: x = 5", "square root", "2 divides"),
    Claim(
        "reduced by another number",
        "x = \\frac{4}{6}. Divide the numerator and denominator by 3: x = \\frac{2}{3}",
        "by 3",
        "they are divided by 2",
        asked=_FRACTION,
        again="Find x: 6x = 4",
    ),
    Claim(
        "divisible",
        "x = 4/6. Both 4 and 6 are divisible by 4, so x = 2/3.",
        "divisible by 4",
        "6 is not divisible by 4",
        asked=_FRACTION,
        again="Find x: 6x = 4",
    ),
    Claim(
        "another reciprocal",
        "Multiply both sides by the reciprocal of 2/3, which is 2/3: x = 12",
        "which is 2/3",
        "it is 3/2",
        asked="Solve \\frac{2}{3}x = 8 for x.",
        again="Find x: \\frac{2}{3}x = 8",
    ),
    # numbers that are said to be equal
    Claim("numbers are equal", "Because 13 is 3, 2x = 10\nx = 5", "13 is 3", "they are not equal"),
    Claim("numbers equal the others", "The 13 equals the 3. 2x = 10\nx = 5", "equals the 3", "they are not equal"),
    Claim("compared wrongly", "2x = 10 and 10 < 5, so x = 5", "10 < 5", "it is greater"),
    Claim(
        "another contradiction",
        "Subtract 3x from both sides: 6 ≠ -2, so there is no solution.",
        "6 ≠ -2",
        "5 and -2 are left",
        asked="Solve 3x + 5 = 3x - 2.",
        again="Solve the equation 3x + 5 = 3x - 2",
    ),
    # systems and quadratics
    Claim(
        "subtracted where added",
        "Subtract the two equations: 2x = 14\nx = 7\ny = 3",
        "Subtract",
        "they are added",
        asked=_SYSTEM,
        again="Find x and y: x + y = 10, x - y = 4",
    ),
    Claim(
        "another factorization",
        "(x - 3)(x - 3) = 0\nx = 2 or x = 3",
        "(x - 3)(x - 3)",
        "a factor is wrong",
        asked=_QUADRATIC,
        again="Find the roots of x^2 - 5x + 6 = 0",
    ),
    Claim(
        "an arrow to another root",
        "(x - 2)(x - 3) = 0\nx - 2 = 0 → x = 3\nx - 3 = 0 → x = 2\nx = 2 or x = 3",
        "x - 2 = 0 → x = 3",
        "it does not follow",
        asked=_QUADRATIC,
        again="Find the roots of x^2 - 5x + 6 = 0",
    ),
    Claim(
        "numbers of other factors",
        "The numbers are -1 and -3, so (x - 2)(x - 3) = 0 and x = 2 or x = 3.",
        "-1 and -3",
        "their product is 3",
        asked=_QUADRATIC,
        again="Find the roots of x^2 - 5x + 6 = 0",
    ),
    # tables, pictures, text commands
    Claim("wrong row", "| Step | Equation |\n|---|---|\n| 1 | 2x = 12 |\n| 2 | x = 5 |", "2x = 12", "a wrong step"),
    Claim("value in a table", "| # | x |\n|---|---|\n| 1 | 6 |\n\nx = 5", "| 6 |", "two results"),
    Claim("first column", "| Answer |\n|---|\n| 6 |\n\nx = 5", "| 6 |", "two results"),
    Claim("a cross", "x = 5 ❌", "❌", "taken back"),
    Claim("thumbs down", "x = 5 👎", "👎", "taken back"),
    Claim("wrong step in text", "2x = 10 \\quad \\text{(add 3)}\nx = 5", "add 3", "3 is subtracted"),
    Claim("another result in text", "\\text{The answer is 6.}\n\nx = 5", "is 6", "two results"),
    Claim("a prime", "x = 5'", "5'", "feet, or a derivative"),
    # talk
    Claim("talk behind the result", "2x = 10\nx = 5\nThat would be ludicrous.", "ludicrous", "taken back"),
    Claim("talk that leads to it", "A parrot squawked: x = 5", "parrot", "somebody else says so"),
    Claim("a harmful word in front", "The result is merely hypothetical.\nx = 5", "hypothetical", "not asserted"),
    Claim("mostly strange words", "Moo quux frobnicate blargh.\nx = 5", "frobnicate", "not understood"),
    Claim("scratch that", "2x = 10\nx = 5. Scratch that.", "Scratch that", "taken back"),
    Claim("negated at the end", "2x = 10\nx = 5. Now negate.", "negate", "worked on afterwards"),
    Claim("a strange farewell", "x = 5. Feel free to disbelieve it.", "disbelieve", "taken back"),
]
