"""One process per path: locks, deaths and forks, with real processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from stepcache_lc.errors import StoreLocked
from stepcache_lc.stores import ChromaStore
from tests.stores.samples import entry, exact
from tests.support.processes import Spawn

HOLD = """
store = ChromaStore(sys.argv[1])
store.bind_embedding("e")
for i in range(8):
    store.put(entry(f"a{i}"), [1.0, float(i)])
    store.put(exact(f"b{i}"), None)
say("open")
sys.stdin.read()
"""


def line(process: object) -> str:
    stdout = process.stdout  # type: ignore[attr-defined]
    return str(stdout.readline()).strip()


def test_a_path_open_in_another_process_is_locked_until_it_dies(tmp_path: Path, spawn: Spawn) -> None:
    holder = spawn(HOLD, tmp_path)
    assert line(holder) == "open"
    (tmp_path.parent / "link").symlink_to(tmp_path)
    for path in (tmp_path, tmp_path.parent / "link"):
        with pytest.raises(StoreLocked) as caught:
            ChromaStore(path)
        assert f"pid {holder.pid}" in str(caught.value)
        assert f"chroma run --path {tmp_path.resolve()}" in str(caught.value)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    # The dead process's pid still stands in the file; nothing that it was told is kept was lost.
    assert (tmp_path / "stepcache.lock").read_text().strip() == str(holder.pid)
    with ChromaStore(tmp_path) as store:
        store.bind_embedding("e")
        assert (tmp_path / "stepcache.lock").read_text().strip() == str(os.getpid())
        assert all(store.get("n", "m", f"a{i}") == entry(f"a{i}") for i in range(8))
        assert all(store.get("n", "m", f"b{i}") == exact(f"b{i}") for i in range(8))
        assert len(store.nearest("n", "m", [1.0, 1.0], 20)) == 8


def test_a_path_is_free_when_its_last_user_here_closed_it(tmp_path: Path, spawn: Spawn) -> None:
    first, second = ChromaStore(tmp_path), ChromaStore(tmp_path)
    first.close()
    script = """
try: ChromaStore(sys.argv[1]).close(); say("open")
except StoreLocked as error: say("locked", str(os.getppid()) in str(error))
"""
    assert line(spawn(script, tmp_path)) == "locked True"
    second.close()
    assert line(spawn(script, tmp_path)) == "open"


def test_a_lock_file_without_a_holder_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "stepcache.lock").write_text("1\nrubbish" * 100)
    with ChromaStore(tmp_path):
        assert (tmp_path / "stepcache.lock").read_text().strip() == str(os.getpid())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_keeps_off_the_parents_store_and_opens_its_own(tmp_path: Path, spawn: Spawn) -> None:
    script = """
path, other = sys.argv[1:]
store, memory = ChromaStore(path), ChromaStore()
store.put(entry("a"), [1.0])
memory.put(entry("a"), [1.0])
sys.stdout.flush()
pid = os.fork()
if pid == 0:
    def refused(call):
        try: call()
        except StoreLocked: return "locked"
        except StoreError as error: return "forked" if "fork" in str(error) else str(error)
        return "allowed"
    say(*[refused(call) for call in (
        lambda: store.get("n", "m", "a"), lambda: store.put(exact("b"), None), lambda: list(store.entries()),
        lambda: memory.nearest("n", "m", [1.0], 1), lambda: store.evict("n", 0), lambda: store.clear("n"),
        lambda: ChromaStore(path),
    )])
    store.close()
    memory.close()
    with ChromaStore(other) as own, ChromaStore() as fresh:
        own.put(entry("c"), [1.0]); fresh.put(entry("c"), [1.0])
        say(own.count(), fresh.count(), fresh.get("n", "m", "a"))
    sys.exit(7)
say(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
say(store.get("n", "m", "a") == entry("a"), store.count(), memory.count())
store.close(); memory.close()
say("closed")
"""
    process = spawn(script, tmp_path / "db", tmp_path / "other")
    assert line(process) == "forked forked forked forked forked forked locked"
    assert line(process) == "1 1 None"
    assert line(process) == "7"
    assert line(process) == "True 1 1"
    assert line(process) == "closed"
    assert process.wait() == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_surviving_child_does_not_keep_a_dead_parents_path_locked(tmp_path: Path, spawn: Spawn) -> None:
    script = """
store = ChromaStore(sys.argv[1])
store.put(entry("a"), [1.0])
ready, told = os.pipe()
pid = os.fork()
if pid == 0:
    os.write(told, b".")  # behind what runs at a fork, which lets go of the lock
    sys.stdin.read()
    os._exit(0)
os.read(ready, 1)
say(pid)
os.kill(os.getpid(), signal.SIGKILL)
"""
    process = spawn(script, tmp_path)
    child = int(line(process))
    try:
        process.wait()
        os.kill(child, 0)
        with ChromaStore(tmp_path) as store:
            assert store.get("n", "m", "a") == entry("a")
    finally:
        os.kill(child, signal.SIGKILL)
