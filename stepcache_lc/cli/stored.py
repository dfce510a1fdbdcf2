"""Commands about what is stored: stats, show, forget, dump, load, clear, reindex."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from stepcache_lc import keeping, render
from stepcache_lc.annotate import annotated
from stepcache_lc.cli import overview
from stepcache_lc.cli.opening import opened_cache, opened_store
from stepcache_lc.cli.options import (
    AnyNamespace,
    AsJson,
    EmbeddingsName,
    Namespace,
    Prefix,
    StorePlace,
    Yes,
    duration,
)
from stepcache_lc.cli.screen import LOOK, bar, confirmed, hint, out, say, say_json
from stepcache_lc.core.types import Entry, Request
from stepcache_lc.errors import ConfigurationError
from stepcache_lc.stores.base import Store
from stepcache_lc.stores.chroma import DEFAULT_PREFIX
from stepcache_lc.tasks import default_tasks

_SHOWN_ID = 12
_MOST_LISTED = 10


def stats(
    store: StorePlace, namespace: AnyNamespace = None, prefix: Prefix = DEFAULT_PREFIX, as_json: AsJson = False
) -> None:
    """What is in a store: entries, namespaces, models, tasks, sizes.

    The counts of a running process (hits, tokens, latencies) are in its cache.stats(), not in the store.
    """
    with opened_store(store, prefix) as opened:
        version, embedding = opened.filled_by()
        with bar("counting", opened.count(namespace)) as ticker:
            found = overview.count_entries(opened.entries(namespace), ticker.advance)
        skipped = opened.skipped
    path = Path(store).expanduser()
    size = overview.bytes_on_disk(path) if path.is_dir() else None
    total = sum(one.entries for one in found.values())
    if as_json:
        say_json(
            {
                "store": store,
                "schema_version": version,
                "embedding": embedding,
                "entries": total,
                "skipped": skipped,
                "bytes_on_disk": size,
                "namespaces": {name: one.to_dict() for name, one in found.items()},
            }
        )
        return
    disk = "" if size is None else f", {size / 2**20:,.1f} MiB on disk"
    say(f"{store}: {_entries(total)} in {render.counted(len(found), 'namespace')}{disk}", "bold")
    say(f"embedding {embedding or 'not recorded'}", "dim")
    if skipped:
        say(f"{_entries(skipped)} cannot be read: damaged, or written by another version", "yellow")
    if found:
        out().print(overview.overview_table(found))


def show(
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="The entry's id, as a receipt names it, or its beginning.")
    ],
    store: StorePlace,
    namespace: AnyNamespace = None,
    prefix: Prefix = DEFAULT_PREFIX,
    as_json: AsJson = False,
) -> None:
    """One entry: its request, its answer in coloured steps, and what is known of it."""
    with opened_store(store, prefix) as opened:
        found = _found(opened, entry, namespace)
    steps = annotated(
        Request(found.request_text, schema=_schema(found), form=found.form),
        found.text,
        found.task or None,
        found.records,
        default_tasks(),
    )
    if as_json:
        say_json(
            {
                **{name: getattr(found, name) for name in _SHOWN},
                "unchecked": list(found.unchecked),
                "sources": list(found.sources),
                "tokens": {"input": found.tokens.input, "output": found.tokens.output},
                "steps": [{"text": step.text, "origin": step.origin, "verdict": step.verdict} for step in steps],
            }
        )
        return
    say(f"{found.id}", "bold")
    facts = [
        f"namespace {found.namespace}",
        f"model {found.model_name or found.model}",
        f"task {found.task}" if found.task else "no task read it",
        f"assurance {found.assurance}",
        "candidate" if found.candidate else "for this very request only",
        f"{found.tokens.input:,} in + {found.tokens.output:,} out tokens",
    ]
    say(render.one_line(" · ".join(facts), render.LONGEST_SHOWN), "dim")
    for name, values in (("unchecked", found.unchecked), ("derived from", found.sources)):
        if values:
            say(render.one_line(f"{name}: {', '.join(values)}", render.LONGEST_SHOWN), "yellow")
    for line in ("", *found.request_text.splitlines(), ""):
        say(render.one_line(line, render.LONGEST_SHOWN), "bold")
    out().print(render.rich_answer(steps))


_SHOWN = ("id", "namespace", "model", "model_name", "request_text", "text", "task", "assurance", "candidate", "created")


def forget(
    store: StorePlace,
    entry: Annotated[str | None, typer.Argument(metavar="[ENTRY]", help="One entry: its id, or its beginning.")] = None,
    namespace: Namespace = "default",
    model: Annotated[str | None, typer.Option(help="Only entries of this model: its model_id, or its name.")] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only entries older than 90, 12h, 7d ...")
    ] = None,
    prefix: Prefix = DEFAULT_PREFIX,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove entries, and all that was derived from them."""
    if entry is None and model is None and older_than is None:
        raise ConfigurationError("say what to forget: ENTRY, --model or --older-than; `stepcache clear` removes all")
    age = None if older_than is None else duration(older_than)
    with opened_cache(store, prefix, namespace) as cache:
        identifier = _found(cache._engine.store, entry, namespace).id if entry is not None else None
        what = [
            *([f"entry {identifier}"] if identifier else []),
            *([f"model {model}"] if model else []),
            *([f"older than {older_than}"] if older_than else []),
        ]
        confirmed(f"Forget in namespace {namespace!r}: {', '.join(what)}?", yes or identifier is not None)
        count = cache.forget(identifier, namespace=namespace, model=model, older_than=age)
    _done(as_json, f"{_entries(count)} forgotten", forgotten=count)


def dump(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, written.")],
    store: StorePlace,
    namespace: Namespace = "default",
    prefix: Prefix = DEFAULT_PREFIX,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a namespace's entries to a file."""
    if file.exists() and not force:
        raise ConfigurationError(f"{file} exists: give another name, or --force")
    with (
        opened_cache(store, prefix, namespace) as cache,
        bar("writing", cache._engine.store.count(namespace)) as ticker,
    ):
        count = keeping.dump(cache._engine, file, ticker.advance)
    _done(as_json, f"{_entries(count)} written to {file}", dumped=count, file=str(file))


def load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `stepcache dump` wrote.")],
    store: StorePlace,
    namespace: Namespace = "default",
    prefix: Prefix = DEFAULT_PREFIX,
    embeddings: EmbeddingsName = None,
    as_json: AsJson = False,
) -> None:
    """Read entries from a file; the store is made if it is not there. Lines of other namespaces are skipped.

    A file of which nothing could be used ends with exit code 1.
    """
    try:
        with file.open("rb") as opened:
            lines = sum(1 for line in opened if line.strip())
    except OSError as error:
        raise ConfigurationError(
            f"{file} cannot be read ({error.strerror}): give a file of `stepcache dump`"
        ) from error
    with (
        opened_cache(store, prefix, namespace, embeddings=embeddings, create=True) as cache,
        bar("reading", lines) as ticker,
    ):
        count = keeping.load(cache._engine, file, ticker.advance)
    _done(
        as_json,
        f"{_entries(count)} read from {file}, {render.counted(lines - count, 'line')} skipped",
        loaded=count,
        skipped=lines - count,
        file=str(file),
    )
    if lines and not count:
        hint(
            f"stepcache: nothing in {file} is an entry of namespace {namespace!r}: give a file of `stepcache dump`",
            "red",
        )
        raise typer.Exit(LOOK)


def clear(
    store: StorePlace,
    namespace: Namespace = "default",
    prefix: Prefix = DEFAULT_PREFIX,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Remove every entry of one namespace, and of no other."""
    with opened_cache(store, prefix, namespace) as cache:
        count = cache._engine.store.count(namespace)
        confirmed(f"Remove {_entries(count)}, all of namespace {namespace!r}?", yes)
        cache.clear()
    _done(as_json, f"{_entries(count)} removed", removed=count)


def reindex(
    store: StorePlace,
    prefix: Prefix = DEFAULT_PREFIX,
    embeddings: Annotated[
        str | None, typer.Option(help="wordllama (default), hashed, or MODULE:NAME of your own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Embed all stored requests again, in all namespaces, after a change of embeddings."""
    with (
        opened_cache(store, prefix, "default", embeddings=embeddings, anew=True) as cache,
        bar("embedding", cache._engine.store.count()) as ticker,
    ):
        count = keeping.reindex(cache._engine, ticker.advance)
    _done(as_json, f"{render.counted(count, 'request')} embedded again", reindexed=count)


# ------------------------------------------------------------------------------------------------------- inside


def _entries(count: int) -> str:
    return render.counted(count, "entry", "entries")


def _done(as_json: bool, text: str, **data: Any) -> None:
    if as_json:
        say_json(data)
    else:
        say(text)


def _found(store: Store, beginning: str, namespace: str | None) -> Entry:
    """The one entry whose id begins so."""
    wanted = beginning.rstrip("….")
    with bar("looking", store.count(namespace)) as ticker:
        found = list(_matching(_watched(store.entries(namespace), ticker.advance), wanted)) if wanted else []
    if len(found) == 1:
        return found[0]
    if not found:
        where = f"namespace {namespace!r}" if namespace else "this store"
        hint(f"stepcache: no entry in {where} has an id that begins with {beginning!r}", "red")
        raise typer.Exit(LOOK)
    for entry in found[:_MOST_LISTED]:
        hint(f"{entry.id}  {entry.namespace}  {render.one_line(entry.request_text, 80)}")
    hint(f"stepcache: {len(found):,} entries begin with {beginning!r}: give more of the id, or --namespace", "red")
    raise typer.Exit(LOOK)


def _watched(entries: Iterable[Entry], on_entry: Any) -> Iterator[Entry]:
    for entry in entries:
        on_entry()
        yield entry


def _matching(entries: Iterable[Entry], beginning: str) -> Iterator[Entry]:
    for entry in entries:
        if entry.id == beginning or entry.id.startswith(beginning):
            yield entry


def _schema(entry: Entry) -> dict[str, Any] | None:
    value = json.loads(entry.schema) if entry.schema else None
    return value if isinstance(value, dict) else None
