"""Importing the package loads nothing that is not needed yet, and opens, starts and downloads nothing."""

from __future__ import annotations

import subprocess
import sys

# What is loaded when it is first needed, if at all.
LATER = {"dspy", "json_repair", "langchain", "langgraph", "matplotlib", "openai", "scipy", "sympy", "wordllama"}

NAMES = "[getattr(stepcache_lc, name) for name in stepcache_lc.__all__]"
LOADED = "print(*{name.split('.')[0] for name in sys.modules}, sep='\\n')"
WATCH = """
import sys
seen = []
def watch(event, arguments):
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if writes or event in {"socket.connect", "subprocess.Popen", "os.system", "os.mkdir", "sqlite3.connect"}:
        seen.append(f"{event} {arguments[0]}")
sys.addaudithook(watch)
"""


def run(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_the_package_alone_loads_next_to_nothing() -> None:
    loaded = run(f"import sys, stepcache_lc; {LOADED}")
    assert not (LATER | {"chromadb", "langchain_core", "numpy", "pydantic"}) & set(loaded)


def test_all_public_names_load_nothing_that_is_not_needed_yet() -> None:
    names = "[getattr(stepcache_lc, name) for name in stepcache_lc.__all__]"
    loaded = run(
        f"import sys, stepcache_lc; {names}; print(*{{name.split('.')[0] for name in sys.modules}}, sep='\\n')"
    )
    assert {"chromadb", "langchain_core"} <= set(loaded)
    assert not LATER & set(loaded)


def test_nothing_is_opened_started_or_downloaded() -> None:
    code = f"{WATCH}\nimport threading, stepcache_lc\n{NAMES}\nprint(*seen, sep='\\n')\nprint(threading.active_count())"
    assert [line for line in run(code) if line] == ["1"]
