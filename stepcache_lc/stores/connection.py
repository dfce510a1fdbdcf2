"""Open Chroma databases: in memory, by path, or through a client of the caller's.

A `Connection` is what all stores of this process share that use the same database: the client, a bounded set of open
collection handles, the order of last use. Nothing here holds a lock while it talks to Chroma, so that one call that
hangs on a frozen server does not block the others.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import chromadb.telemetry.product.posthog as product_telemetry
import httpx
from chromadb.api import ClientAPI, ServerAPI
from chromadb.api.client import Client
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import Settings, System
from chromadb.errors import InternalError, NotFoundError
from chromadb.telemetry.product import ProductTelemetryClient

from stepcache_lc.errors import ConfigurationError, StoreError, StoreUnavailable
from stepcache_lc.stores.known import KnownRows
from stepcache_lc.stores.lock import PathLock
from stepcache_lc.stores.recency import Recency, Sizes

if sys.platform != "win32":
    import resource

T = TypeVar("T")

OPEN_HANDLES: Final = 256
OPEN_INDEXES: Final = 256
"""Most indexes that an embedded database has open; fewer where the process may not open that many files."""
INDEX_FILES: Final = 5
NO_LIMIT: Final = 1_000_000
"""What Chroma is given for the number of its indexes, since it loses rows when it keeps to one."""
IDLE_SECONDS: Final = 2.0
"""How long a call that would use one index too many waits for those under way; then it goes on without."""
RENEW_SECONDS: Final = 30.0
"""How long a call waits for a database that is being opened afresh."""
ABSENCE_SECONDS: Final = 5.0
"""How long a collection is believed not to be on a shared server. A stale belief is a missed hit, never a wrong one."""
HEARTBEAT_SECONDS: Final = 5.0
PAGE: Final = 500
TRIES: Final = 5
"""How often a call meets a collection that was dropped under it before it gives up."""
REOPEN_SECONDS: Final = 5.0
"""How long a database that failed stays closed before it is opened again."""
FREE_BYTES: Final = 16 * 2**20
"""Room on the disk below which nothing is written: an index sync writes several megabytes at once."""


class Connection:
    """One open Chroma database.

    An embedded Chroma keeps the files of every index open that was used, up to a fifth of all files that the process
    may open. Beyond that it sets indexes aside, and with them the rows that are not yet synced: a query does not find
    them, or fails, until the database is opened again (Chroma 1.5.9). So it is given no limit, and is opened afresh
    where that many indexes were used.

    Args:
        client: Chroma's client.
        prefix: What the names of the collections start with.
        exclusive: Whether nobody else writes to these collections.
        directory: Where an embedded database lies; None: in memory, or on a server.
        lock: What keeps other processes from that directory.
    """

    def __init__(
        self,
        client: Any,
        prefix: str,
        *,
        exclusive: bool,
        directory: Path | None = None,
        lock: PathLock | None = None,
    ) -> None:
        self._client = client
        self._directory = directory
        self._closed_until: float | None = None
        """Monotonic time before which a database that failed is not opened again; None: it is open."""
        self.prefix = prefix
        self.exclusive = exclusive
        """Whether nobody else writes to these collections, so that what is known of them stays true."""
        self.lock = lock
        self.users = 1
        self.recency = Recency()
        self.sizes = Sizes(exact=exclusive)
        self.known = KnownRows() if exclusive else None
        """Which rows there are; None where others may write, too."""
        self.stamp = object()
        """Another object after each removal through this connection."""
        self._pid = os.getpid()
        self._handles: OrderedDict[str, tuple[Any | None, float]] = OrderedDict()
        self._memory = threading.Lock()
        self._indexes: set[str] = set()
        """Collections used since the database was opened."""
        self._most_indexes = _most_indexes()
        self._calls = 0
        """How many calls to an embedded database are under way."""
        self._renewing = False
        self._turn = threading.Condition(self._memory)

    @property
    def inherited(self) -> bool:
        """Whether this process got the connection through a fork; then the database must not be touched."""
        return os.getpid() != self._pid

    @property
    def client(self) -> Any:
        """Chroma's client; a database that failed is opened again, now and then.

        Raises:
            StoreUnavailable: it failed a moment ago, or cannot be opened yet.
        """
        if self._closed_until is not None:
            self._reopen()
        return self._client

    def read(self, name: str, call: Callable[[Any], T], absent: T) -> T:
        """Call with the collection, or return `absent` if there is none, or if it goes away again and again."""
        with self._watched(name):
            for _ in range(TRIES):
                handle = self._find(name)
                if handle is None:
                    break
                try:
                    return call(handle)
                except (NotFoundError, InternalError) as error:
                    if not _is_dropped(error):
                        raise
                    # Dropped, and maybe created anew, by another thread or process since the handle was opened.
                    self.lose(name)
            return absent

    def write(self, name: str, metadata: Mapping[str, Any], call: Callable[[Any], T]) -> T:
        """Call with the collection, created if need be.

        Raises:
            StoreUnavailable: the disk is as good as full.
        """
        self._demand_room()
        with self._watched(name):
            for _ in range(TRIES):
                try:
                    return call(self._find(name) or self._create(name, metadata))
                except (NotFoundError, InternalError) as error:
                    if not _is_dropped(error):
                        raise
                    # Cleared meanwhile, and maybe again while it was created anew.
                    self.lose(name)
            return call(self._create(name, metadata))

    def lose(self, name: str) -> None:
        """Forget the handle of a collection."""
        with self._memory:
            self._handles.pop(name, None)

    def removed(self) -> None:
        """Note that entries were removed: what was read before is not to be trusted any more."""
        self.stamp = object()

    def names(self) -> list[str]:
        """Names of all collections in the database that start with the prefix."""
        found: dict[str, None] = {}
        offset = 0
        with self._watched():
            while page := self.client.list_collections(limit=PAGE, offset=offset):
                found.update((collection.name, None) for collection in page)
                offset += len(page)
        return [name for name in found if name.startswith(f"{self.prefix}.")]

    def drop(self, name: str) -> None:
        """Delete a collection with all in it."""
        with self._watched(), suppress(NotFoundError):
            self.client.delete_collection(name)
        self.lose(name)

    def about(self, initial: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What is recorded of the database as a whole; `initial` is recorded if nothing is."""
        name = f"{self.prefix}.about"
        with self._watched():
            if initial is not None:
                return dict(self._create(name, initial).metadata or {})
            try:
                return dict(self.client.get_collection(name, embedding_function=None).metadata or {})
            except NotFoundError:
                return {}

    def record(self, about: Mapping[str, Any]) -> None:
        """Record this of the database as a whole."""
        with self._watched():
            self._create(f"{self.prefix}.about", about).modify(metadata=dict(about))

    def close(self) -> None:
        """Close the database; closed already if it failed."""
        if self._closed_until is None:
            self._client.close()

    @contextmanager
    def _watched(self, name: str | None = None) -> Iterator[None]:
        """Count a call to an embedded database, and close the database if the disk refused it.

        After a write that the disk refused, a later one through the same client blocks for ever, and keeps the
        interpreter's lock meanwhile (Chroma 1.5.9): the whole process would stand still. A client that is closed and
        opened again is sound.
        """
        if self._directory is None:
            yield
            return
        self._enter(name)
        try:
            yield
        except InternalError as error:
            # "disk I/O error", "database or disk is full"; what else fails inside (a clear under way) leaves it sound.
            if "disk" in str(error).lower():
                self._shut()
            raise
        finally:
            with self._turn:
                self._calls -= 1
                self._turn.notify_all()

    def _enter(self, name: str | None) -> None:
        """Wait for a database that is opened afresh; do so, if this call would use one index too many."""
        with self._turn:
            if not self._turn.wait_for(lambda: not self._renewing, RENEW_SECONDS):
                raise StoreUnavailable("the database is being opened afresh")
            if name is None or name in self._indexes or len(self._indexes) < self._most_indexes:
                self._calls += 1
                if name is not None:
                    self._indexes.add(name)
                return
            self._renewing = True
            idle = self._turn.wait_for(lambda: self._calls == 0, IDLE_SECONDS)
        renewed = False
        try:
            if idle:
                self._renew()
            renewed = True
        finally:
            with self._turn:
                self._renewing = False
                if renewed:
                    self._indexes.add(name)
                    self._calls += 1
                self._turn.notify_all()

    def _renew(self) -> None:
        """Close the database and open it again, while no call is under way."""
        with _opening:
            if self._closed_until is not None or self.users == 0:
                return
            with self._memory:
                self._handles.clear()
                self._indexes.clear()
            try:
                self._client.close()
                _give_back_memory()
                assert self._directory is not None
                self._client = _persistent(self._directory)
            except BaseException:
                self._closed_until = time.monotonic() + REOPEN_SECONDS
                _let_go(self._directory)
                raise

    def _shut(self) -> None:
        with self._memory:
            if self._closed_until is not None:
                return
            self._closed_until = time.monotonic() + REOPEN_SECONDS
            self._handles.clear()
            self._indexes.clear()
        # Whatever closing says: it is not used again.
        with suppress(Exception):
            self._client.close()
        _let_go(self._directory)

    def _reopen(self) -> None:
        with _opening:
            if self._closed_until is None:
                return
            if self.users == 0 or time.monotonic() < self._closed_until:
                raise StoreUnavailable("the database failed a moment ago and is closed; it is opened again soon")
            self._closed_until = time.monotonic() + REOPEN_SECONDS
            self._demand_room()
            assert self._directory is not None
            try:
                self._client = _persistent(self._directory)
            except BaseException:
                _let_go(self._directory)
                raise
            self._closed_until = None

    def _demand_room(self) -> None:
        if self._directory is None:
            return
        free = shutil.disk_usage(self._directory).free
        if free < FREE_BYTES:
            raise StoreUnavailable(f"the disk of {str(self._directory)!r} is full: {free} bytes are free")

    def _find(self, name: str) -> Any | None:
        with self._memory:
            handle, since = self._handles.get(name, (None, None))
            if since is not None:
                self._handles.move_to_end(name)
                if handle is not None or self.exclusive or time.monotonic() - since < ABSENCE_SECONDS:
                    return handle
        try:
            handle = self.client.get_collection(name, embedding_function=None)
        except NotFoundError:
            return self._keep(name, None)
        return self._keep(name, handle)

    def _create(self, name: str, metadata: Mapping[str, Any]) -> Any:
        # A write costs in proportion to the log that is not yet synced to the index, hence the low thresholds.
        index = {"space": "cosine", "sync_threshold": 100, "batch_size": 100}
        handle = self.client.get_or_create_collection(
            name, configuration={"hnsw": index}, metadata=dict(metadata), embedding_function=None
        )
        return self._keep(name, handle)

    def _keep(self, name: str, handle: Any | None) -> Any | None:
        with self._memory:
            known, _ = self._handles.get(name, (None, None))
            if handle is None and known is not None:
                return known  # created by another thread while this one was told that there is none
            self._handles[name] = (handle, time.monotonic())
            self._handles.move_to_end(name)
            if len(self._handles) > OPEN_HANDLES:
                self._handles.popitem(last=False)
        return handle


_by_path: dict[Path, Connection] = {}
_opening = threading.RLock()


def _persistent(directory: Path) -> Any:
    return _client(Settings(anonymized_telemetry=False, persist_directory=str(directory), is_persistent=True))


def _is_dropped(error: Exception) -> bool:
    """Whether a call failed because its collection is gone, or is going: then a part of it is missing."""
    return isinstance(error, NotFoundError) or "Missing field" in str(error)


def _client(settings: Settings) -> Any:
    """Chroma's own client, in which no index is set aside; see `Connection`.

    If another client of this process has the database open, it is shared, as Chroma does.
    """
    system = System(settings)
    system.instance(ProductTelemetryClient)  # type: ignore[type-abstract]
    server: Any = system.instance(ServerAPI)  # type: ignore[type-abstract]
    taken = SharedSystemClient._get_identifier_from_settings(settings) in SharedSystemClient._identifier_to_system
    if taken or not isinstance(getattr(server, "hnsw_cache_size", None), int):
        return Client(settings=settings)
    server.hnsw_cache_size = NO_LIMIT
    system.start()
    return Client.from_system(system)


def _most_indexes() -> int:
    """How many indexes may be open: with their files, at most half of what the process may open."""
    if sys.platform == "win32":
        return OPEN_INDEXES
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return OPEN_INDEXES if files == resource.RLIM_INFINITY else max(1, min(OPEN_INDEXES, files // (2 * INDEX_FILES)))


def _give_back_memory() -> None:
    """Give freed memory back to the system where the C library (glibc) keeps it: else it grows with each index used."""
    trim = getattr(ctypes.pythonapi, "malloc_trim", None)
    if trim is not None:
        trim(0)


def _let_go(directory: Path | None) -> None:
    """Make Chroma forget a database that it could not open or close cleanly, else it hands out the wreck again.

    Not if another client of this process, which is not ours, still uses it.
    """
    if not getattr(SharedSystemClient, "_identifier_to_refcount", {}).get(str(directory)):
        SharedSystemClient._identifier_to_system.pop(str(directory), None)


def open_memory() -> Connection:
    """Open the in-memory database under a prefix of its own.

    All in-memory clients of a process share their data, whoever created them, and Chroma demands that they agree on
    their settings. So these are the settings of a plain `EphemeralClient()`, unless this Chroma release has telemetry
    to be switched off.
    """
    silent = Settings(anonymized_telemetry=False, is_persistent=False)
    plain = Settings(is_persistent=False)
    wanted = [silent, plain] if hasattr(product_telemetry, "posthog") else [plain, silent]
    with _opening:
        try:
            client = _client(wanted[0])
        except ValueError:
            client = _client(wanted[1])
    return Connection(client, f"m{uuid.uuid4().hex}", exclusive=True)


def open_path(path: str | os.PathLike[str], prefix: str) -> Connection:
    """Open a persistent database, or join the users of one that this process has open already.

    Raises:
        ConfigurationError: the path is no path.
        StoreLocked: another process has it open.
        StoreUnavailable: it is not a writable directory, or what is in it is no Chroma database.
    """
    directory = _directory(path)
    with _opening:
        shared = _by_path.get(directory)
        if shared is not None:
            if shared.prefix != prefix:
                raise ConfigurationError(f"prefix: {str(directory)!r} is already open with prefix {shared.prefix!r}")
            shared.users += 1
            return shared
        lock = PathLock(directory)
        lock.acquire()
        try:
            with translated(f"store: open {str(directory)!r}"):
                client = _persistent(directory)
        except StoreError as error:
            lock.release()
            raise StoreUnavailable(
                f"{error}; use another directory, or move what is in it out of the way"
            ) from error.__cause__
        except BaseException:
            lock.release()
            raise
        connection = Connection(client, prefix, exclusive=True, directory=directory, lock=lock)
        _by_path[directory] = connection
        return connection


def open_client(client: Any, prefix: str) -> Connection:
    """Use a client of the caller's, which stays the caller's to close.

    Raises:
        ConfigurationError: it is no synchronous Chroma client.
        StoreUnavailable: it does not answer.
    """
    if not isinstance(client, ClientAPI):
        raise ConfigurationError(
            f"client: a synchronous chromadb client is needed (chromadb.HttpClient(...)), not {type(client).__name__}"
        )
    failure: list[BaseException] = []

    def beat() -> None:
        try:
            client.heartbeat()
        except BaseException as error:  # handed to the waiting thread, which reports it
            failure.append(error)

    # Chroma's HTTP client has no timeout: a frozen server would hold the constructor for ever.
    probe = threading.Thread(target=beat, name="stepcache-heartbeat", daemon=True)
    probe.start()
    probe.join(HEARTBEAT_SECONDS)
    mend = "start it with `chroma run`, or give the client its right host and port"
    if probe.is_alive():
        raise StoreUnavailable(f"store: the Chroma server does not answer within {HEARTBEAT_SECONDS:g} s; {mend}")
    if failure:
        raise StoreUnavailable(f"store: the Chroma server does not answer ({failure[0]}); {mend}") from failure[0]
    return Connection(client, prefix, exclusive=False)


def release(connection: Connection) -> None:
    """Leave a connection; its last user closes the database, unless it is the caller's own or was inherited."""
    with _opening:
        connection.users -= 1
        if connection.users or connection.inherited or not connection.exclusive:
            return
        try:
            with translated("store: close"):
                if connection.lock is None:
                    for name in connection.names():
                        connection.drop(name)
                connection.close()
        finally:
            if connection.lock is not None:
                for path in [path for path, other in _by_path.items() if other is connection]:
                    del _by_path[path]
                connection.lock.release()


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn what Chroma raises into `StoreError`.

    Chroma raises its own errors, bare `Exception`s for answers it does not know, httpx errors, and, where its Rust core
    panics on a damaged file, a `PanicException` that is no `Exception`: this is the one place that sees them all.
    """
    try:
        yield
    except StoreError:
        raise
    except (httpx.TransportError, ConnectionError) as error:
        raise StoreUnavailable(f"{doing}: the Chroma server does not answer ({error})") from error
    except Exception as error:
        raise StoreError(f"{doing}: {type(error).__name__}: {error}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise StoreError(f"{doing}: the database is damaged ({error})") from error


def _directory(path: str | os.PathLike[str]) -> Path:
    try:
        text = os.fsdecode(path)
        if not text.strip() or "\0" in text:
            raise ConfigurationError(f"store: {path!r} is no path; give a directory, or None for in memory")
        text.encode("utf-8")  # all that Chroma's core can open
        directory = Path(os.path.realpath(Path(text).expanduser()))
    except TypeError:
        raise ConfigurationError(f"store: a path is needed, not {type(path).__name__}") from None
    except (UnicodeError, RuntimeError) as error:
        raise ConfigurationError(f"store: {path!r} is no path ({error})") from error
    try:
        directory.mkdir(parents=True, exist_ok=True)
        os.listdir(directory)
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreUnavailable(f"store: {text!r} is not a directory; give a directory") from error
    except OSError as error:
        raise StoreUnavailable(
            f"store: {text!r} cannot be opened ({error.strerror}); give a directory that this process may write to"
        ) from error
    return directory


def _after_fork_in_child() -> None:
    global _opening
    for connection in _by_path.values():
        if connection.lock is not None:
            connection.lock.abandon()
    # The parent's open databases are out of reach from now on, else Chroma would hand them out again to whoever opens
    # the same path, or anything in memory, in this process. They are never destroyed here, not even at exit: they would
    # wait for ever for threads that only the parent has.
    inherited = ctypes.py_object([dict(_by_path), dict(SharedSystemClient._identifier_to_system)])
    ctypes.pythonapi.Py_IncRef(inherited)
    SharedSystemClient.clear_system_cache()
    _by_path.clear()
    _opening = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
