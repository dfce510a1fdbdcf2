"""What a benchmark or a replay measured, and its JSON file.

`Observation` is one request answered by one system; `Results` is a run: all its observations, and what is needed to
judge and to repeat it. Figures are computed from this and nothing else (`stepcache_lc.bench.figures`).
"""

from __future__ import annotations

import json
import math
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast

from stepcache_lc.annotate import AnnotatedStep
from stepcache_lc.errors import ConfigurationError

SCHEMA_VERSION: Final = 1
"""Raised whenever the JSON form changes; a file of another version is refused."""

MOST_BYTES: Final = 512 * 1024 * 1024
MOST_OBSERVATIONS: Final = 1_000_000
MOST_STEPS: Final = 10_000
_LIBRARIES: Final = (
    "stepcache-lc",
    "langchain-core",
    "langchain-community",
    "chromadb",
    "wordllama",
    "gptcache",
    "dspy",
    "numpy",
    "scipy",
    "matplotlib",
)


def now() -> str:
    """The time in UTC, to the second, as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a system answered to one request, and what it cost."""

    answer: str
    outcome: str
    """An outcome of a receipt; for other systems `exact`, `similar` (a hit by similarity) or `miss`."""
    from_cache: bool
    """Whether the answer, or a part of it, came from the cache or was derived from what is in it."""
    latency_s: float
    """Seconds from request to answer."""
    overhead_s: float
    """The part of `latency_s` that no model took."""
    input_tokens: int
    output_tokens: int
    model_calls: int
    assurance: str = ""
    """As the receipt says; empty for systems that check nothing."""
    steps: tuple[AnnotatedStep, ...] = ()
    """The answer in its steps, as `stepcache_lc.annotate.annotated` makes them; empty if the system knows none."""
    why: str = ""
    """One line: why not a cheaper outcome; empty if the system does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation(Answered):
    """One request, answered by one system. Warm-up requests are not observed."""

    system: str
    """Name of the system under test."""
    workload: str
    seed: int
    number: int
    """Position in the run of this workload and seed, from 0; the same request for every system."""
    kind: str
    """Kind of perturbation (`repeat`, `constant changed`, ...)."""
    task: str
    """What sort of request it is (`equation`, `json`, ...), as the workload says; empty: none."""
    request: str
    expected: str
    """What a right answer is, for a person to read; empty if the workload cannot say."""
    correct: bool
    """The verdict of the workload's own checker (in a replay: agreement with the recorded answer)."""

    @classmethod
    def of(cls, answered: Answered, **about: Any) -> Observation:
        """What was answered, and the fields that say to what."""
        return cls(**{known.name: getattr(answered, known.name) for known in fields(Answered)}, **about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that a run turned up, to be looked at beside the figures."""

    topic: str
    """Findings of one topic are listed together."""
    text: str
    count: int
    """How often."""
    advice: str = ""
    """What would change it; empty: nothing known."""
    numbers: tuple[int, ...] = ()
    """Where to look: `Observation.number`s, or lines of a log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A run: its observations, and where and how they came about."""

    command: str
    """The command line that made it."""
    backend: str
    """The model behind all systems, and how it was reached."""
    observations: tuple[Observation, ...]
    created: str = field(default_factory=now)
    """When it was made: ISO 8601, UTC."""
    machine: Mapping[str, str] = field(default_factory=lambda: this_machine())
    versions: Mapping[str, str] = field(default_factory=lambda: library_versions())
    reference: Literal["truth", "record"] = "truth"
    """What answers are held against: a truth that is known, or the answer that was recorded."""
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader must know to judge the figures, one sentence each."""
    schema_version: int = SCHEMA_VERSION

    @property
    def systems(self) -> tuple[str, ...]:
        """The systems in the order in which they were first observed."""
        return tuple(dict.fromkeys(observation.system for observation in self.observations))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: plain types, fresh containers."""
        return {**self._head(), "observations": [_plain(observation) for observation in self.observations]}

    def _head(self) -> dict[str, Any]:
        return {
            "schema_version": self.schema_version,
            "created": self.created,
            "command": self.command,
            "backend": self.backend,
            "machine": dict(self.machine),
            "versions": dict(self.versions),
            "reference": self.reference,
            "findings": [_plain(finding) for finding in self.findings],
            "notes": list(self.notes),
        }

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the JSON file, one observation a line, so that two runs can be compared by a text tool.

        The old file stays until the new one is complete.

        Raises:
            ConfigurationError: the place cannot be written, or a measured number is not finite.
        """
        try:
            write_whole(path, self._lines())
        except ConfigurationError:
            raise
        except ValueError as error:
            raise ConfigurationError(f"results: {error}") from error

    def _lines(self) -> Iterator[str]:
        head = json.dumps(self._head(), indent=1, allow_nan=False)
        yield head.removesuffix("\n}") + ',\n "observations": [\n'
        last = len(self.observations) - 1
        for index, observation in enumerate(self.observations):
            yield json.dumps(_plain(observation), allow_nan=False) + (",\n" if index < last else "\n")
        yield "]}\n"

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Results:
        """Read a file that `write` wrote.

        Raises:
            ConfigurationError: there is no such file, it is too large, or it is not such a file; the message says
                which, and where in it.
        """
        source = Path(path)
        try:
            size = source.stat().st_size
            if size > MOST_BYTES:
                raise ConfigurationError(f"{source}: {size:,} bytes are more than the {MOST_BYTES:,} of a results file")
            text = source.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise ConfigurationError(f"{source}: there is no such file") from None
        except OSError as error:
            raise ConfigurationError(f"{source}: {error.strerror or error}") from error
        except UnicodeDecodeError:
            raise ConfigurationError(f"{source}: this is not UTF-8 text, so no results file") from None
        try:
            data = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(f"{source}: this is no JSON file: {error}") from None
        try:
            return cls.from_dict(data)
        except ConfigurationError as error:
            raise ConfigurationError(f"{source}: {error}") from None

    @classmethod
    def from_dict(cls, data: Any) -> Results:
        """Read the JSON form. Keys that are not known are ignored, so that a later addition can be read.

        Raises:
            ConfigurationError: a key is missing or holds a value of the wrong type; the message names it.
        """
        if not isinstance(data, Mapping):
            raise ConfigurationError("results must be a JSON object: this is no results file")
        version = data.get("schema_version")
        if version != SCHEMA_VERSION or isinstance(version, bool):
            shown = version if isinstance(version, int) else "none"
            raise ConfigurationError(
                f"results: schema_version is {shown}, and this release reads {SCHEMA_VERSION}: run the benchmark again"
            )
        listed = _value(data, "observations", "results", list)
        if len(listed) > MOST_OBSERVATIONS:
            raise ConfigurationError(f"results: more than {MOST_OBSERVATIONS:,} observations")
        return cls(
            command=_value(data, "command", "results", str),
            backend=_value(data, "backend", "results", str),
            created=_value(data, "created", "results", str),
            machine=_texts_by_name(data, "machine"),
            versions=_texts_by_name(data, "versions"),
            reference=_reference(data),
            findings=tuple(
                _read(Finding, item, f"finding {index}")
                for index, item in enumerate(_value(data, "findings", "results", list))
            ),
            notes=tuple(_value(data, "notes", "results", list, of=str)),
            observations=tuple(_read(Observation, item, f"observation {index}") for index, item in enumerate(listed)),
        )


def this_machine() -> dict[str, str]:
    """What the figures depend on: system, processor, cores, memory, Python."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "memory": _memory(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                name, _, value = line.partition(":")
                if name.strip() == "model name":
                    return value.strip()
    except OSError:
        pass  # not Linux
    return platform.processor() or platform.machine()


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not POSIX
        return "unknown"
    return f"{size / 2**30:.1f} GiB"


def library_versions() -> dict[str, str]:
    """Versions of what takes part, as far as it is installed."""
    found: dict[str, str] = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def command_line(arguments: Sequence[str] | None = None) -> str:
    """The command line of this process, or of these arguments, as it can be typed again."""
    given = list(sys.argv if arguments is None else arguments)
    if given:
        given[0] = Path(given[0]).name
    return shlex.join(given)


# ------------------------------------------------------------------------------------------ reading the JSON form


_NAMES: Final[Mapping[type, str]] = {str: "text", list: "a list", dict: "an object"}


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _value(data: Mapping[str, Any], key: str, where: str, kind: type, of: type | None = None) -> Any:
    if key not in data:
        raise ConfigurationError(f"{where}: {key!r} is missing")
    value = data[key]
    fits = isinstance(value, kind) and (of is None or all(isinstance(item, of) for item in cast("list[Any]", value)))
    if not fits:
        raise ConfigurationError(f"{where}: {key!r} must hold {_NAMES[of or kind]}{' in a list' if of else ''}")
    return value


def _texts_by_name(data: Mapping[str, Any], key: str) -> dict[str, str]:
    found = _value(data, key, "results", dict)
    if not all(isinstance(value, str) for value in found.values()):
        raise ConfigurationError(f"results: {key!r} must hold text under each name")
    return dict(found)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("text")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**63:
        raise ValueError("a whole number")
    return value


def _count(value: Any) -> int:
    if _whole(value) < 0:
        raise ValueError("a number of 0 or more")
    return int(value)


def _seconds(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12 and math.isfinite(value):
        return float(value)
    raise ValueError("seconds, a number of 0 or more")


def _steps(value: Any) -> tuple[AnnotatedStep, ...]:
    if not isinstance(value, list) or len(value) > MOST_STEPS:
        raise ValueError(f"a list of at most {MOST_STEPS:,} steps")
    for item in value:
        if not isinstance(item, list) or len(item) != 3 or not all(isinstance(part, str) for part in item):
            raise ValueError("steps of text, origin and verdict")
    return tuple(AnnotatedStep(*item) for item in value)


def _numbers(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of numbers")
    return tuple(_count(item) for item in value)


_READERS: Final[Mapping[str, Callable[[Any], object]]] = {
    "str": _text,
    "bool": _truth,
    "float": _seconds,
    "int": _count,
    "tuple[int, ...]": _numbers,
    "tuple[AnnotatedStep, ...]": _steps,
}

_Record = TypeVar("_Record", Observation, Finding)


def _read(kind: type[_Record], data: Any, where: str) -> _Record:
    if not isinstance(data, dict):
        raise ConfigurationError(f"{where} must be an object")
    values: dict[str, Any] = {}
    for item in fields(kind):
        if item.name not in data:
            raise ConfigurationError(f"{where}: {item.name!r} is missing")
        # Annotations are kept as text (`from __future__ import annotations`). A seed alone may be negative.
        reader = _whole if item.name == "seed" else _READERS[str(item.type)]
        try:
            values[item.name] = reader(data[item.name])
        except ValueError as error:
            raise ConfigurationError(f"{where}: {item.name!r} must hold {error}") from None
    return kind(**values)


def _reference(data: Mapping[str, Any]) -> Literal["truth", "record"]:
    value = data.get("reference")
    if value == "truth":
        return "truth"
    if value == "record":
        return "record"
    raise ConfigurationError("results: 'reference' must be 'truth' or 'record'")


def _plain(record: Observation | Finding) -> dict[str, Any]:
    values = {item.name: getattr(record, item.name) for item in fields(record)}
    return {
        name: [list(part) if isinstance(part, tuple) else part for part in value] if isinstance(value, tuple) else value
        for name, value in values.items()
    }


def write_whole(path: str | os.PathLike[str], pieces: Iterable[str]) -> None:
    """Write a text file; an older file of that name stays until the new one is complete.

    Raises:
        ConfigurationError: the place cannot be written; the message says why.
    """
    target = Path(path)
    part = target.with_name(target.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
        part.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written ({error.strerror}): give a writable file") from error
    finally:
        part.unlink(missing_ok=True)
