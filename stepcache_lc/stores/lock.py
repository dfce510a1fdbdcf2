"""One process per directory: an OS lock on a file in it.

Embedded Chroma is for one process. Two that write to one path corrupt its index silently and for good, so the path is
locked. The operating system's lock decides and goes with its process, however that dies; the pid in the file is only
there to be shown.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from stepcache_lc.errors import StoreLocked, StoreUnavailable

FILE_NAME: Final = "stepcache.lock"


class PathLock:
    """The lock of one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock, also one that a dead process left behind.

        Raises:
            StoreLocked: another process holds it.
            StoreUnavailable: the directory is not writable, or its file system has no locks.
        """
        file = self._directory / FILE_NAME
        try:
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        except OSError as error:
            raise StoreUnavailable(
                f"store: {str(self._directory)!r} is not writable ({error.strerror}); "
                "give a directory that this process may write to"
            ) from error
        try:
            _lock(descriptor)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0) if hasattr(os, "pread") else file.read_bytes()[:32]
            os.close(descriptor)
            raise StoreLocked(_held(self._directory, holder)) from None
        except OSError as error:
            os.close(descriptor)
            raise StoreUnavailable(
                f"store: the file system of {str(self._directory)!r} cannot lock files ({error.strerror}); "
                "use a local directory or a Chroma server"
            ) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d\n" % os.getpid())
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would race with a process that is just opening it."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            _unlock(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None

    def abandon(self) -> None:
        """In a forked child: let go of the inherited file without unlocking what is still the parent's.

        Else the child would keep the path locked after the parent's death.
        """
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _held(directory: Path, holder: bytes) -> str:
    pid = holder.decode("ascii", "replace").strip() or "unknown"
    return (
        f"store: {str(directory)!r} is open in another process (pid {pid}). Close it there, use another path, or share "
        f"it through a server: run `chroma run --path {directory}` and pass "
        "store=ChromaStore(client=chromadb.HttpClient(...))"
    )


if sys.platform == "win32":
    import msvcrt

    # Far behind the pid: on Windows a locked range cannot be read by others.
    _OFFSET: Final = 1 << 20

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            raise BlockingIOError from None
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _OFFSET, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
