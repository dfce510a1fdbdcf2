"""Traps for equations: steps out of nowhere, and what is said behind a result or instead of one."""

from __future__ import annotations

from tests.traps.trap import Claim

ENDINGS: list[Claim] = [
    # other problems with the same root
    Claim("your equation", "Your equation: x + 1 = 6\nx = 5", "x + 1 = 6", "another equation with the same root"),
    Claim("as you wrote", "As you wrote, x + 1 = 6. x = 5", "x + 1 = 6", "another equation with the same root"),
    Claim(
        "problem and answer", "Problem: x + 1 = 6\nAnswer: x = 5", "x + 1 = 6", "another equation with the same root"
    ),
    Claim("said behind it", "x + 1 = 6 is the original equation\nx = 5", "x + 1 = 6", "it is another equation"),
    Claim("out of nowhere", "3x = 15\nx = 5", "3x = 15", "nothing leads to it"),
    # what numbers are
    Claim("another coefficient", "x has a coefficient of 3. x = 5", "coefficient of 3", "it is 2"),
    Claim("another constant", "The constant is 2. 2x = 10\nx = 5", "constant is 2", "it is 3"),
    Claim("in front of x", "The 3 in front of x is removed: x = 5", "3 in front", "2 stands there"),
    Claim("multiplied by x", "Since 3 is multiplied by x, x = 5", "3 is multiplied", "2 is"),
    Claim("on another side", "13 is on the left side. 2x = 10\nx = 5", "on the left", "it is on the right"),
    Claim("the value of a side", "2x = 10\nx = 5\nThe left side is 5.", "side is 5", "it is 13"),
    Claim("the value of both sides", "2x = 10\nx = 5\nBoth sides equal 5.", "equal 5", "they are 13"),
    Claim("what a term gives", "2x gives 13. x = 5", "gives 13", "it is 10"),
    Claim("what a number becomes", "3 is moved and becomes 13. x = 5", "becomes 13", "it becomes -3"),
    Claim("a sum in words", "Subtract 3 and 2: 2x = 10\nx = 5", "3 and 2", "only 3 is subtracted"),
    Claim("one side only", "Subtract 3 from the left side only: 2x = 10\nx = 5", "only", "from both"),
    Claim(
        "another denominator",
        "The denominator is 2. x/3 = 3\nx = 9",
        "denominator is 2",
        "it is 3",
        asked="Solve x/3 + 2 = 5 for x.",
        again="Find x: x/3 + 2 = 5",
    ),
    Claim(
        "an exact rounding",
        "x is exactly 3.33",
        "exactly",
        "it is rounded",
        asked="Solve 3x = 10 for x. Round to two decimals.",
        again="Find x: 3x = 10. Round to two decimals.",
    ),
    Claim("the square of it in words", "2x = 10\nx = 5\nThus, the square of x is 5.", "square", "it is 25"),
    Claim("a coefficient for a result", "2x = 10\nThe coefficient to the equation is x = 5.", "coefficient", "it is 2"),
    Claim("added from", "Add -3 from both sides: 2x = 10\nx = 5", "-3 from", "it is added to both"),
    Claim("a second equation", "2x = 10\nx = 5\nPut x = 5 into the second equation: 13 = 13", "second", "there is one"),
    Claim(
        "another operation undone",
        "Undo the division. We divide both sides by 2: x = 5",
        "Undo the division",
        "a multiplication is undone",
    ),
    Claim(
        "brackets on the other side",
        "Distribute the 4 on the right side: 4x - 12 = 20\n4x = 32\nx = 8",
        "right side",
        "they are on the left",
        asked="Solve 4(x - 3) = 20 for x.",
        again="Find x: 4(x - 3) = 20",
    ),
    Claim("an equation that is about so", "2x + 3 ≈ 13\n2x = 10\nx = 5", "≈", "it is exact"),
    # what stands behind the result
    Claim("and similar values", "2x = 10\nx = 5 and similar values work.", "similar values", "one solution"),
    Claim("and up", "2x = 10\nx = 5 and up", "and up", "one solution"),
    Claim("and so on", "2x = 10\nx = 5 and so on", "so on", "one solution"),
    Claim("one more operation", "2x = 10\nx = 5, then subtract the constant.", "subtract the", "x is 5"),
    Claim("a sign in front", "2x = 10\nx = 5. Now put the sign in front.", "sign in front", "x is 5"),
    *(
        Claim(
            name,
            answer,
            wrong,
            why,
            asked="Solve x^2 - 5x + 6 = 0.",
            again="Find all solutions of x^2 - 5x + 6 = 0.",
        )
        for name, answer, wrong, why in (
            ("a root is dropped", "x = 2 or x = 3. So x = 3.", "So x = 3", "2 as well"),
            ("one root is the answer", "x = 2 or x = 3. So the answer is 3.", "answer is 3", "2 as well"),
            ("one root is kept", "x = 2 or x = 3. We keep x = 2.", "keep", "3 as well"),
            ("the first root is kept", "x = 2 or x = 3. We keep the first.", "keep", "3 as well"),
            ("a root is chosen", "x = 2 or x = 3, choose the first one.", "choose", "3 as well"),
            ("one solution of two", "The discriminant is 1, so there is one solution. x = 2 or x = 3", "one", "two"),
            ("discriminant zero", "The discriminant is zero. x = 2 or x = 3", "zero", "it is 1"),
            ("equal roots", "The roots are equal. x = 2 or x = 3", "equal", "they are not"),
            ("a double root", "The repeated root is x = 2 or x = 3", "repeated", "two roots"),
            ("half of the factors", "x - 3 = 0 or x - 2 = 1\nx = 2 or x = 3", "x - 2 = 1", "2 is lost"),
            ("one index for two", "x_1 = 2 and x_1 = 3", "x_1 = 3", "it is x_2"),
            (
                "another pair",
                "Two numbers whose product is 6 and whose difference is -5. x = 2 or x = 3",
                "diff",
                "sum",
            ),
            ("a vertex", "The vertex is x = 2. x = 2 or x = 3", "vertex", "it is 5/2"),
            ("a sum that is a root", "The sum is x = 2. x = 3 or x = 2", "sum", "it is 5"),
        )
    ),
    Claim(
        "positive roots",
        "Both roots are positive. x = -2 or x = 3",
        "Both roots",
        "one is",
        asked="Solve x^2 - x - 6 = 0.",
        again="Find all solutions of x^2 - x - 6 = 0.",
    ),
    *(
        Claim(
            name,
            answer,
            wrong,
            why,
            asked="Solve x + y = 10 and x - y = 4.",
            again="Find x and y: x + y = 10, x - y = 4",
        )
        for name, answer, wrong, why in (
            ("another system", "Your equations: x + 2y = 13, x = 7\ny = 3", "x + 2y = 13", "it is another one"),
            ("the other equation", "The first equation: x - y = 4. x = 7, y = 3", "first", "the second"),
            (
                "isolated in the other one",
                "From the first equation, isolate y: y = x - 4. x = 7, y = 3",
                "first",
                "second",
            ),
            ("from the other one", "From the first equation, y = x - 4. x = 7, y = 3", "first", "from the second"),
            (
                "put into the other one",
                "Substitute y = 3 into the second equation: x + 3 = 10. x = 7, y = 3",
                "second",
                "into the first",
            ),
            (
                "the other one multiplied",
                "Multiply the second equation by 2: 2x + 2y = 20. x = 7, y = 3",
                "second",
                "the first",
            ),
            (
                "subtracted for added",
                "Subtract the second equation from the first: 2x = 14. x = 7, y = 3",
                "Subtract",
                "they are added",
            ),
            ("parallel lines", "The lines are parallel. x = 7, y = 3", "parallel", "they meet"),
            ("a dependent system", "The system is dependent. x = 7, y = 3", "dependent", "it is not"),
            ("one name for two", "x = 7 and y = 3. The solution is y.", "is y", "it is both"),
        )
    ),
    *(
        Claim(
            name,
            answer,
            wrong,
            "it denies what it states",
            asked="Solve 2x + 3 = 2x + 5 for x.",
            again="Find x: 2x + 3 = 2x + 5",
        )
        for name, answer, wrong in (
            ("false that none", "It is false that there is no solution.", "false"),
            ("not true that none", "It is not true that there is no solution.", "not true"),
            ("the statement is false", 'The statement "there is no solution" is false.', "false"),
            ("never say none", "Never say there is no solution.", "Never"),
            ("none is impossible", "That there is no solution is impossible.", "impossible"),
            ("none and all", "There is no solution. There are infinitely many solutions.", "infinitely"),
            ("an inequality", "Subtract 2x: 3 < 5. There is no solution.", "3 < 5"),
            ("a true one", "-5 = -5, a contradiction. There is no solution.", "-5 = -5"),
            ("no contradiction", "3 = 5. This is no contradiction, so there is no solution.", "no contra"),
            ("true", "3 = 5. This statement is true, so there is no solution.", "is true"),
            ("never false", "3 = 5 is never false, so there is no solution.", "never false"),
            ("none and one", "3 = 5, a contradiction. There is no solution.\n\nAnswer: There is a solution.", "is a"),
            ("no step", "There is no solution step to show.", "step"),
        )
    ),
]
