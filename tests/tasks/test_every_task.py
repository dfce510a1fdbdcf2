"""The built-in tasks, and the one that the documentation shows, against the suite for tasks."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc.tasks import Task
from stepcache_lc.tasks.equations import EquationTask
from stepcache_lc.tasks.json_object import JsonTask
from tests.support.kitchen import KitchenTask
from tests.support.models import ScriptedModel
from tests.tasks.task_suite import TaskSuite

FORM = (
    "Customer: {name}\nOrder: {order}\n\nConvert the above into JSON with the keys customer, order. Output only JSON."
)


class TestEquations(TaskSuite):
    cases = (
        ("Solve 2x + 3 = 13 for x.", "1. Subtract 3 from both sides: 2x = 10\n2. Divide both sides by 2: x = 5"),
        ("Solve 2y + 3 = 15 for y.", "1. Subtract 3 from both sides: 2y = 12\n2. Divide both sides by 2: y = 6"),
        ("Solve x^2 - 5x + 6 = 0. Give all solutions.", "(x - 2)(x - 3) = 0\nx = 2 or x = 3"),
        ("Solve 2x + 3 = 13 for x modulo 7.", "x = 5"),
    )

    def make(self) -> Task:
        return EquationTask()


class TestJson(TaskSuite):
    cases = (
        (FORM.format(name="Ann Lee", order=17), '{"customer": "Ann Lee", "order": 17}'),
        (FORM.format(name="Bob Tran", order=18), '{\n  "customer": "Bob Tran",\n  "order": 18\n}'),
        ("Return a JSON object with keys name and age for Ann.", '```json\n{"name": "Ann", "age": 30}\n```'),
    )

    def make(self) -> Task:
        return JsonTask()


class TestKitchen(TaskSuite):
    cases = (("a=1 b=2", "a: 1\nb: 2\n"), ("a=1 b=3", "a: 1\nb: 3\n"))

    def make(self) -> Task:
        return KitchenTask()


class TestRecipe(TaskSuite):
    cases = (
        ("Cook chicken with 2 cloves of garlic.", "Chop onions.\nFry 2 cloves of garlic.\nAdd the chicken.\n"),
        ("Cook chicken with 5 cloves of garlic.", "Chop onions.\nFry 5 cloves of garlic.\nAdd the chicken.\n"),
    )

    @pytest.fixture(autouse=True)
    def _example(self, tmp_path: Path) -> None:
        page = (Path(__file__).parents[2] / "docs" / "tasks.md").read_text(encoding="utf-8")
        code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]  # type: ignore[index]
        path = tmp_path / "recipe.py"
        path.write_text(code[: code.index("cache = ")], encoding="utf-8")
        self.example: dict[str, Any] = runpy.run_path(str(path), init_globals={"model": ScriptedModel(answerer=[""])})

    def make(self) -> Task:
        return self.example["RecipeTask"]()
