"""The code in `docs/dspy.md` runs as it stands, and prints what stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "dspy.md"

PRELUDE = """
import contextlib, sys, warnings
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import dspy
from tests.dspy.models import Script, algebra, scripted


def answer(inputs, wanted):
    if "numbers" in inputs:
        numbers = [int(part) for part in inputs["numbers"].strip("[]").split(",")]
        return {name: {"plan": "Add them up.", "total": sum(numbers)}[name] for name in wanted}
    return algebra(inputs, wanted)


dspy.configure(lm=scripted(Script(answer)))
dspy.configure_cache(enable_disk_cache=False)
"""


def test_the_page_shows_what_its_code_prints() -> None:
    page = PAGE.read_text()
    code = "\n".join(re.findall(r"```python\n(.*?)```", page, re.S))
    shown = "".join(re.findall(r"```text\n(.*?)```", page, re.S))
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + code], capture_output=True, text=True, cwd=ROOT, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    printed = [line for line in done.stdout.splitlines() if not line.startswith("Bootstrapped")]
    assert printed == shown.splitlines()


def test_the_page_names_the_known_fields() -> None:
    from stepcache_lc.dspy import wording

    page = PAGE.read_text()
    for names in (wording._QUESTIONS, wording._WORKINGS, wording._RESULTS):
        for name in names:
            assert f"`{name}`" in page, name
