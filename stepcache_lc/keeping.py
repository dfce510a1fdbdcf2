"""Looking after what is stored: forget with descendants, dump, load, reindex."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from langchain_core.language_models import BaseChatModel

from stepcache_lc.calls import identity
from stepcache_lc.core.keys import digest
from stepcache_lc.core.types import Entry
from stepcache_lc.engine import Engine
from stepcache_lc.errors import ConfigurationError
from stepcache_lc.stores.codec import CodecError, decode_entry, encode_entry

logger = logging.getLogger("stepcache_lc")

PAGE: Final = 500
"""Entries embedded and stored together."""

Progress = Callable[[int], object]
"""Told how many entries more are done."""


def _unwatched(_: int) -> None:
    """Nobody watches the progress."""


def forget(
    engine: Engine,
    entry_id: str | None,
    *,
    namespace: str | None,
    model: BaseChatModel | str | None,
    older_than: float | None,
) -> int:
    """Remove the entries that meet every given criterion, and all that descends from them; returns how many."""
    if entry_id is None and namespace is None and model is None and older_than is None:
        raise ConfigurationError("forget() needs entry_id, namespace, model or older_than; clear() removes everything")
    if older_than is not None and not _is_age(older_than):
        raise ConfigurationError(f"older_than must be a number of seconds, zero or more, not {older_than!r}")
    if not isinstance(model, BaseChatModel | str | None):
        raise ConfigurationError(f"model must be a chat model, its model_id or its name, not {type(model).__name__}")
    if namespace is None:
        namespace = engine.in_force()[0]
    wanted = _wanted(engine, entry_id, model, older_than)
    known = {entry.id: entry for entry in engine.front.entries() if entry.namespace == namespace}
    known.update({entry.id: entry for entry in engine.stored(namespace)})
    children: dict[str, list[str]] = defaultdict(list)
    for entry in known.values():
        for source in entry.sources:
            children[source].append(entry.id)
    doomed: set[str] = set()
    # A source may be gone from the store, evicted say, while its descendants are still there.
    gone_before = [entry_id] if entry_id and entry_id not in known else []
    todo = [entry.id for entry in known.values() if wanted(entry)] + gone_before
    while todo:
        current = todo.pop()
        if current not in doomed:
            doomed.add(current)
            todo.extend(children[current])
    by_model: dict[str, list[str]] = defaultdict(list)
    for gone in doomed & known.keys():
        by_model[known[gone].model].append(gone)
    for partition, ids in by_model.items():
        engine.patiently(partial(engine.store.delete, namespace, partition, ids))
    engine.front.drop(lambda entry: entry.namespace == namespace and entry.id in doomed)
    return len(doomed & known.keys())


def _is_age(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _wanted(
    engine: Engine, entry_id: str | None, model: BaseChatModel | str | None, older_than: float | None
) -> Callable[[Entry], bool]:
    models: set[str] = set()
    if isinstance(model, BaseChatModel):
        models = {identity(getattr(model, "inner", model), getattr(model, "scope_name", None))}
    elif model is not None:
        models = {model, f"id-{digest(model)}"}
    deadline = None if older_than is None else engine.clock() - older_than

    def wanted(entry: Entry) -> bool:
        return (
            (entry_id is None or entry.id == entry_id)
            and (not models or entry.model in models or entry.model_name in models)
            and (deadline is None or entry.created < deadline)
        )

    return wanted


def dump(engine: Engine, path: Path, on_progress: Progress = _unwatched) -> int:
    """Write the namespace's stored entries as JSON lines."""
    namespace = engine.in_force()[0]
    count = 0
    try:
        with path.open("w", encoding="ascii") as file:
            for entry in engine.stored(namespace):
                file.write(encode_entry(entry) + "\n")
                count += 1
                on_progress(1)
    except OSError as error:
        raise ConfigurationError(
            f"path {str(path)!r} cannot be written ({error.strerror}): pass a writable file"
        ) from error
    return count


def load(engine: Engine, path: Path, on_progress: Progress = _unwatched) -> int:
    """Read entries that `dump` wrote; those of another namespace come into the one in force only if they match it."""
    namespace = engine.in_force()[0]
    count = skipped = 0
    try:
        lines = path.open("r", encoding="utf-8", errors="replace", newline="\n")
    except OSError as error:
        raise ConfigurationError(
            f"path {str(path)!r} cannot be read ({error.strerror}): pass a file of dump()"
        ) from error
    page: list[Entry] = []
    with lines:
        for line in lines:
            if not line.strip():
                continue
            try:
                entry = decode_entry(line.strip())
            except CodecError:
                skipped += 1
                continue
            if entry.namespace != namespace:
                skipped += 1
                continue
            page.append(entry)
            count += 1
            if len(page) == PAGE:
                _put(engine, page)
                on_progress(len(page))
                page = []
    _put(engine, page)
    on_progress(len(page))
    if skipped:
        logger.warning("load: %d lines were unreadable or of another namespace, and are skipped", skipped)
        engine.recorder.error("load")
    return count


def reindex(engine: Engine, on_progress: Progress = _unwatched) -> int:
    """Embed every stored candidate again, in all namespaces."""
    candidates = [entry for entry in engine.stored() if entry.candidate]
    for start in range(0, len(candidates), PAGE):
        page = candidates[start : start + PAGE]
        _put(engine, page)
        on_progress(len(page))
    engine.reindexed()
    return len(candidates)


def _put(engine: Engine, entries: Sequence[Entry]) -> None:
    """Store a page of entries, their texts embedded."""
    vectors = iter(engine.embed([entry.request_text for entry in entries if entry.candidate]))
    items = [(entry, next(vectors) if entry.candidate else None) for entry in entries]
    engine.patiently(lambda: engine.store.put_many(items))
