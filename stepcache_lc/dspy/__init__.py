"""`StepCacheModule`: any DSPy program through the cache, unchanged. Needs the extra `dspy` (DSPy >=3.2,<3.5).

    from stepcache_lc import StepCache
    from stepcache_lc.dspy import StepCacheModule

    program = StepCacheModule(dspy.ChainOfThought("question -> answer"), cache=StepCache())
    prediction = program(question="Solve 2x + 3 = 13 for x.")
    print(prediction.answer, prediction._stepcache)

Order of a call: the wrapper runs the program with a step-caching subclass of the adapter in force; each predictor's
call arrives there with its signature, demos, LM, settings and inputs -> bypass or request -> the flow that all front
doors share -> output fields, which `Predict` traces as if the model had just given them.
"""

from __future__ import annotations

import re

from stepcache_lc.errors import ConfigurationError, MissingExtra

SUPPORTED = ">=3.2,<3.5"
"""The DSPy versions that this release works with."""


def check_version(version: str) -> None:
    """Refuse a DSPy that this package was not made for.

    Raises:
        ConfigurationError: The version is outside `SUPPORTED`.
    """
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or not (3, 2) <= (int(numbers[1]), int(numbers[2])) < (3, 5):
        raise ConfigurationError(
            f"dspy {version} is not supported: stepcache_lc.dspy needs dspy{SUPPORTED}; "
            f'install it with pip install "dspy{SUPPORTED}"'
        )


try:
    import dspy as _dspy
except ModuleNotFoundError as error:
    if error.name != "dspy":
        raise
    raise MissingExtra(
        'stepcache_lc.dspy needs DSPy: install the extra "dspy" with pip install "stepcache-lc[dspy]"'
    ) from error

check_version(str(_dspy.__version__))

from stepcache_lc.dspy.module import StepCacheModule  # noqa: E402 - only once it is known that DSPy is there

__all__ = ["SUPPORTED", "StepCacheModule", "check_version"]
