"""What is wrong is said at once, with the mend; what is missing, too."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import Any

import dspy
import pytest

from stepcache_lc.dspy import StepCacheModule, check_version
from stepcache_lc.errors import ConfigurationError, MissingExtra
from tests.support.ids import shown


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (None, "dspy.Module"),
        ("question -> answer", "dspy.Module"),
        (lambda question: question, "dspy.Module"),
        (dspy.ChainOfThought, "instance"),
        (dspy.Signature("question -> answer"), "dspy.Module"),
    ],
    ids=shown,
)
def test_no_program(cache: Any, program: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as caught:
        StepCacheModule(program, cache=cache)
    assert isinstance(caught.value, ValueError)


async def _later(inputs: Any, prediction: Any) -> bool:
    return True


@pytest.mark.parametrize("given", [None, "path", object()], ids=shown)
def test_no_cache(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="StepCache"):
        StepCacheModule(dspy.Predict("question -> answer"), cache=given)


@pytest.mark.parametrize(
    ("verifiers", "says"),
    [
        ({"prdict": print}, "prdict.*predict"),
        ({"module.nothing": print}, "nothing"),
        ({3: print}, "3"),
        ({"predict": "yes"}, "callable"),
        ({"predict": _later}, "coroutine.*plain function"),
        ([print], "mapping"),
        (print, "mapping"),
    ],
    ids=shown,
)
def test_wrong_verifiers(cache: Any, verifiers: Any, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache, verifiers=verifiers)


@pytest.mark.parametrize("name", ["predict", "module.predict"])
def test_both_names_of_a_predictor_will_do(cache: Any, name: str) -> None:
    StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=cache, verifiers={name: print})


@pytest.mark.parametrize("version", ["3.2.0", "3.2.1", "3.3.9", "3.4.1", "3.4.2rc1"])
def test_supported_versions(version: str) -> None:
    check_version(version)


@pytest.mark.parametrize("version", ["2.6.27", "3.1.3", "3.5.0", "3.10.0", "4.0", "", "unknown"])
def test_other_versions_are_refused_with_the_mend(version: str) -> None:
    with pytest.raises(ConfigurationError, match=r"pip install .dspy>=3\.2,<3\.5"):
        check_version(version)


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_without_dspy_the_extra_is_named() -> None:
    said = _run(
        """
        import sys
        sys.modules["dspy"] = None
        from stepcache_lc.errors import MissingExtra
        import stepcache_lc
        try:
            import stepcache_lc.dspy
        except MissingExtra as error:
            print(error)
        """
    )
    assert 'extra "dspy"' in said
    assert "stepcache-lc[dspy]" in said
    assert issubclass(MissingExtra, ImportError)


def test_an_unsupported_dspy_is_a_clear_error() -> None:
    said = _run(
        """
        import sys, types
        sys.modules["dspy"] = module = types.ModuleType("dspy")
        module.__version__ = "3.1.0"
        from stepcache_lc.errors import ConfigurationError
        try:
            import stepcache_lc.dspy
        except ConfigurationError as error:
            print(error)
        """
    )
    assert "dspy 3.1.0 is not supported" in said
