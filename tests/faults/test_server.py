"""A real Chroma server that two processes share, and that dies, freezes, fails and comes back empty."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc import ChromaStore, Policy, StepCache, engine
from stepcache_lc.embeddings import HashedEmbeddings
from stepcache_lc.errors import StoreError
from stepcache_lc.stores import guard
from tests.support.algebra import good
from tests.support.models import ScriptedModel
from tests.support.processes import Server, Spawn

PROMPT = "Solve {}x + 3 = 13 for x."
# Far above what a healthy call takes on a busy machine, far below what a host would wait.
BOUND = 2.0


@pytest.fixture(autouse=True)
def _short_circuit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "OPEN_SECONDS", 0.2)


@contextmanager
def _cache(server: Server, **policy: Any) -> Iterator[tuple[StepCache, ScriptedModel]]:
    with (
        server.client() as client,
        StepCache(
            store=ChromaStore(client=client),
            embeddings=HashedEmbeddings(),
            policy=Policy(store_timeout=BOUND, **policy),
        ) as cache,
    ):
        yield cache, ScriptedModel(answerer=good)


def _outcome(cache: StepCache, model: ScriptedModel, number: int) -> str:
    """Outcome of a request; whatever the store does, the answer is there and right."""
    message = cache.wrap(model).invoke(PROMPT.format(number))
    assert f"x = {Fraction(10, number)}" in message.text
    return str(message.response_metadata["stepcache"]["outcome"])


def _recovers(cache: StepCache, model: ScriptedModel, first: int) -> bool:
    """Whether new answers come to be stored again, without anybody's help."""
    for number in range(first, first + 200):
        message = cache.wrap(model).invoke(PROMPT.format(number), stop=[f"never {number}"])
        if message.response_metadata["stepcache"]["stored"] is not None:
            return True
        time.sleep(0.05)
    return False


CHILD = """
import chromadb
from stepcache_lc import StepCache
from stepcache_lc.embeddings import HashedEmbeddings
from tests.support.algebra import good
from tests.support.models import ScriptedModel
client = chromadb.HttpClient("127.0.0.1", int(sys.argv[1]))
cache = StepCache(store=ChromaStore(client=client), embeddings=HashedEmbeddings())
chat = cache.wrap(ScriptedModel(answerer=good))
for line in sys.stdin:
    say(chat.invoke(line.strip()).response_metadata["stepcache"]["outcome"])
"""


def test_two_processes_see_each_others_entries(own_server: Server, spawn: Spawn) -> None:
    child = spawn(CHILD, own_server.port)
    assert child.stdin is not None
    assert child.stdout is not None

    def theirs(number: int) -> str:
        child.stdin.write(PROMPT.format(number) + "\n")
        child.stdin.flush()
        return str(child.stdout.readline()).strip()

    with _cache(own_server) as (cache, model):
        assert _outcome(cache, model, 2) == "miss"
        assert theirs(2) == "exact"
        assert theirs(5) == "rewrite"
        assert theirs(5) == "exact"
        assert _outcome(cache, model, 10) == "rewrite"
        assert model.calls == 1
        # What the other one clears is gone here as well, at the latest when the front's stated time is over.
        cache.clear()
        assert theirs(50) == "miss"


def _kill(server: Server, path: Path) -> Callable[[], None]:
    server.stop()
    return lambda: None


def _freeze(server: Server, path: Path) -> Callable[[], None]:
    server.freeze()
    return server.thaw


def _failing(server: Server, path: Path) -> Callable[[], None]:
    """Something else answers on the port, with 500 to everything."""

    class Failing(BaseHTTPRequestHandler):
        def _fail(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(500)
            self.send_header("content-length", "4")
            self.end_headers()
            self.wfile.write(b"oops")

        do_GET = do_POST = do_PUT = do_DELETE = _fail  # noqa: N815

        def log_message(self, *args: Any) -> None:
            return

    server.stop()
    ThreadingHTTPServer.allow_reuse_address = True
    impostor = ThreadingHTTPServer(("127.0.0.1", server.port), Failing)
    thread = threading.Thread(target=impostor.serve_forever, daemon=True)
    thread.start()

    def end() -> None:
        impostor.shutdown()
        impostor.server_close()
        thread.join(10)

    return end


@pytest.mark.parametrize("fault", [_kill, _freeze, _failing])
def test_a_broken_server_costs_one_bounded_wait_and_nothing_else(
    fault: Callable[[Server, Path], Callable[[], None]], own_server: Server, tmp_path: Path, monkeypatch: Any
) -> None:
    with _cache(own_server) as (cache, model):
        assert _outcome(cache, model, 2) == "miss"
        assert _outcome(cache, model, 4) == "rewrite"
        monkeypatch.setattr(guard, "OPEN_SECONDS", 3600.0)
        heal = fault(own_server, tmp_path)
        try:
            started = time.monotonic()
            outcomes = [_outcome(cache, model, number) for number in range(20, 60)]
            waited = time.monotonic() - started
        finally:
            heal()
        assert set(outcomes) <= {"miss", "regenerate"}, outcomes
        # Forty requests, each of which would wait twice if nothing broke the circuit.
        assert waited < 10 * BOUND
        assert model.calls == 41
        assert cache.stats().errors > 0


@pytest.mark.parametrize(("fault", "empty"), [(_kill, False), (_kill, True), (_freeze, False), (_failing, False)])
def test_recovery_is_automatic(
    fault: Callable[[Server, Path], Callable[[], None]], empty: bool, own_server: Server, tmp_path: Path
) -> None:
    with _cache(own_server) as (cache, model):
        assert _outcome(cache, model, 2) == "miss"
        heal = fault(own_server, tmp_path)
        assert _outcome(cache, model, 5) in ("miss", "regenerate")
        heal()
        home = tmp_path / "empty" if empty else tmp_path
        home.mkdir(exist_ok=True)
        running = own_server if fault is _freeze else Server(home, own_server.port)
        try:
            assert _recovers(cache, model, 100)
            again = _outcome(cache, model, 20)
            assert again == ("miss" if empty else "rewrite"), again
            assert _outcome(cache, model, 40) == "rewrite"
        finally:
            if running is not own_server:
                running.stop()


async def test_asynchronous_callers_are_not_held_either(own_server: Server) -> None:
    with _cache(own_server) as (cache, model):
        chat = cache.wrap(model)
        await chat.ainvoke(PROMPT.format(2))
        own_server.freeze()
        try:
            started = time.monotonic()
            for number in range(20, 40):
                message = await chat.ainvoke(PROMPT.format(number))
                assert f"x = {Fraction(10, number)}" in message.text
            assert time.monotonic() - started < 10 * BOUND
        finally:
            own_server.thaw()


@pytest.mark.parametrize("fault", [_kill, _freeze, _failing])
def test_who_looks_after_the_store_is_told_so_and_not_held(
    own_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[Server, Path], Any]
) -> None:
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", BOUND)
    with _cache(own_server) as (cache, model):
        cache.wrap(model).invoke(PROMPT.format(2))
        asked: list[Callable[[], Any]] = [
            cache.clear,
            lambda: cache.forget(older_than=0),
            lambda: cache.dump(tmp_path / "dump"),
            lambda: cache.explain(PROMPT.format(5), model=model),
            cache.reindex,
        ]
        end = fault(own_server, tmp_path)
        try:
            for work in asked:
                time.sleep(guard.OPEN_SECONDS)
                started = time.monotonic()
                with suppress(StoreError):
                    work()
                assert time.monotonic() - started < 3 * BOUND
        finally:
            end()
