"""A real Chroma server for the session, and scripts in processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chromadb
import pytest

Spawn = Callable[..., "subprocess.Popen[str]"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`chroma run` on a port of this machine, a free one unless it is given."""

    def __init__(self, path: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        self._log = (path / "server.log").open("wb")
        self.process = subprocess.Popen(
            [
                str(Path(sys.executable).with_name("chroma")),
                *("run", "--path", str(path / "data"), "--host", "127.0.0.1", "--port", str(self.port)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait()

    @contextmanager
    def client(self) -> Iterator[Any]:
        client = chromadb.HttpClient("127.0.0.1", self.port)
        try:
            yield client
        finally:
            # Chroma leaves its connections open, which is a ResourceWarning, and warnings are errors here.
            sessions = [part._server._session for part in (client, client._admin_client)]
            client.close()
            for session in sessions:
                session.close()

    def freeze(self) -> None:
        os.killpg(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.thaw()
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(5)
        self._log.close()

    def _wait(self) -> None:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return
        self.stop()
        raise RuntimeError("the Chroma server did not start")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that the test may stop or freeze."""
    running = Server(tmp_path)
    yield running
    running.stop()


PREAMBLE = """
import os, signal, sys
from stepcache_lc.errors import *
from stepcache_lc.stores import ChromaStore
from tests.stores.samples import entry, exact
def say(*words): print(*words, flush=True)
"""


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start a script in a process of its own; `sys.argv[1:]` are the arguments."""
    started: list[subprocess.Popen[str]] = []

    def start(script: str, *arguments: object) -> subprocess.Popen[str]:
        root = Path(__file__).parents[2]
        process = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + script, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
