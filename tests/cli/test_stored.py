"""The commands about what is stored, and every way in which a store cannot be used."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc import ChromaStore, StepCache
from stepcache_lc.cli import opening
from stepcache_lc.embeddings import HashedEmbeddings
from tests.cli.conftest import EQUATION, UNREAD
from tests.support.models import ScriptedModel

Run = Callable[..., Any]


def data(result: Any) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def ids(store: Path) -> dict[str, str]:
    with ChromaStore(store) as opened:
        return {f"{entry.namespace}: {entry.request_text}": entry.id for entry in opened.entries()}


def test_stats_counts_what_is_there(run: Run, filled: Path) -> None:
    found = data(run("stats", "--store", filled, "--json"))
    assert (found["entries"], found["skipped"], found["schema_version"]) == (3, 0, 1)
    assert "WordLlama" in found["embedding"]
    assert found["bytes_on_disk"] > 10_000
    default, tenant = found["namespaces"]["default"], found["namespaces"]["tenant"]
    assert (default["entries"], default["candidates"], default["tasks"]) == (2, 1, {"equation": 1, "unread": 1})
    assert (tenant["entries"], tenant["candidates"]) == (1, 0)
    assert default["oldest"] <= default["newest"]
    shown = run("stats", env={"STEPCACHE_STORE": str(filled)})
    assert shown.exit_code == 0
    assert "3 entries in 2 namespaces" in shown.stdout
    assert "tenant" in shown.stdout
    assert "1 entry in 1 namespace," in run("stats", "--store", filled, "-n", "tenant").stdout
    narrow = run("stats", "--store", filled, env={"COLUMNS": "80"}).stdout
    for word in (
        "namespace",
        "entries",
        "candidates",
        "models",
        "tasks",
        "scripted 2",
        "equation 1",
        "default",
        "tenant",
    ):
        assert word in narrow, narrow
    assert data(run("stats", "--store", filled, "--namespace", "tenant", "--json"))["entries"] == 1


def test_show_prints_an_entry_with_its_steps(run: Run, filled: Path) -> None:
    known = ids(filled)
    equation = known[f"default: {EQUATION}"]
    shown = run("show", equation[:10] + "…", "--store", filled)
    assert shown.exit_code == 0
    for text in (equation, "task equation", "assurance proved", EQUATION, "generated  pass", "So, the solution"):
        assert text in shown.stdout, text
    found = data(run("show", equation, "--store", filled, "--json"))
    assert [step["origin"] for step in found["steps"]] == ["generated"] * 3
    assert "".join(step["text"] for step in found["steps"]) == found["text"]
    unread = run("show", known[f"tenant: {UNREAD}"], "--store", filled, "--namespace", "tenant")
    assert "Tell me of [bold]Rome[/bold]." in unread.stdout
    assert "\x1b" not in unread.stdout


def test_show_says_what_it_did_not_find(run: Run, filled: Path) -> None:
    missing = run("show", "zzz", "--store", filled)
    assert missing.exit_code == 1
    assert "no entry in this store has an id that begins with 'zzz'" in missing.stderr
    elsewhere = run("show", ids(filled)[f"default: {EQUATION}"], "--store", filled, "-n", "tenant")
    assert elsewhere.exit_code == 1
    everything = run("show", "", "--store", filled)
    assert everything.exit_code == 1


def test_forget_and_clear_remove_what_they_were_told(run: Run, filled: Path) -> None:
    known = ids(filled)
    assert run("forget", "--store", filled).exit_code == 2
    assert run("forget", "--store", filled, "--older-than", "soon").exit_code == 2
    assert run("forget", "--store", filled, "--older-than", "7d", input="n\n").exit_code == 1
    asked = run("forget", "--store", filled, "--older-than", "7d", input="")
    assert asked.exit_code == 2
    assert "add --yes" in asked.stderr
    assert data(run("forget", "--store", filled, "--older-than", "7d", "-y", "--json")) == {"forgotten": 0}
    assert data(run("forget", known[f"default: {UNREAD}"][:12], "--store", filled, "--json")) == {"forgotten": 1}
    assert len(ids(filled)) == 2
    assert data(run("forget", "--model", "scripted", "--store", filled, "--yes", "--json")) == {"forgotten": 1}
    assert list(ids(filled)) == [f"tenant: {UNREAD}"]
    assert (
        "Remove 1 entry, all of namespace 'tenant'?"
        in run("clear", "--store", filled, "-n", "tenant", input="n\n").stderr
    )
    assert data(run("clear", "--store", filled, "-n", "tenant", "--yes", "--json")) == {"removed": 1}
    assert ids(filled) == {}


def test_dump_load_and_reindex_go_around(run: Run, filled: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "entries.jsonl", tmp_path / "other"
    assert data(run("dump", file, "--store", filled, "--json")) == {"dumped": 2, "file": str(file)}
    refused = run("dump", file, "--store", filled)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert "2 entries written" in run("dump", file, "--store", filled, "--force").stdout
    file.write_text(file.read_text() + "{bro\rken\n\n", newline="")
    assert data(run("load", file, "--store", other, "--json"))["skipped"] == 1
    assert {key: ids(filled)[key] for key in ids(other)} == ids(other)
    assert data(run("reindex", "--store", other, "--embeddings", "hashed", "--json")) == {"reindexed": 1}
    # The copy serves: from another embedding, in another place.
    with StepCache(store=other, embeddings=HashedEmbeddings()) as cache:
        chat = cache.wrap(ScriptedModel(answerer=["no"]), model_id="scripted")
        assert chat.invoke(EQUATION).response_metadata["stepcache"]["outcome"] == "exact"
        assert chat.invoke("Solve for x: 2x + 5 = 25").response_metadata["stepcache"]["outcome"] == "rewrite"
    # Without being told, load takes the embedding that filled the store.
    assert data(run("load", file, "--store", other, "--json"))["loaded"] == 2
    assert "hashed" in data(run("stats", "--store", other, "--json"))["embedding"].lower()
    nothing = run("load", tmp_path / "nothing.jsonl", "--store", other)
    assert nothing.exit_code == 2
    assert "cannot be read (No such file" in nothing.stderr
    wrong = run("load", file, "--store", other, "--namespace", "nobody", "--json")
    assert (wrong.exit_code, json.loads(wrong.stdout)["loaded"]) == (1, 0)
    assert "is an entry of namespace 'nobody'" in wrong.stderr


class Own(HashedEmbeddings):
    """An embedding that only the application knows."""

    stepcache_fingerprint = "tests.Own"


def test_an_embedding_of_ones_own_is_named(run: Run, tmp_path: Path, filled: Path) -> None:
    file, other = tmp_path / "entries.jsonl", tmp_path / "own"
    run("dump", file, "--store", filled)
    with StepCache(store=other, embeddings=Own()):
        pass
    asked = run("load", file, "--store", other)
    assert asked.exit_code == 2
    assert "filled by the embedding 'tests.Own'" in asked.stderr
    assert run("load", file, "--store", other, "--embeddings", "tests.cli.test_stored:Own").exit_code == 0
    # Looking, dumping and forgetting need no embedding.
    assert data(run("stats", "--store", other, "--json"))["embedding"] == "tests.Own"
    assert data(run("dump", tmp_path / "again.jsonl", "--store", other, "--json"))["dumped"] == 2
    assert data(run("forget", "--model", "scripted", "--store", other, "-y", "--json"))["forgotten"] == 2
    for name in ("nothing", "tests.cli.test_stored:Nobody", "no.such.module:x", "json:dumps"):
        wrong = run("reindex", "--store", other, "--embeddings", name)
        assert wrong.exit_code == 2, name
        assert f"--embeddings {name}" in wrong.stderr


def test_a_store_that_cannot_be_used_is_named(run: Run, filled: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for where, why in (
        (tmp_path / "nowhere", "there is no such directory"),
        (tmp_path / "file", "this is a file"),
        (tmp_path / "empty", "there is no store in this directory (no chroma.sqlite3)"),
    ):
        found = run("stats", "--store", where)
        assert found.exit_code == 3
        assert f"{where}: {why}" in found.stderr.replace("\n", " ")
    assert not (tmp_path / "nowhere").exists()
    assert list((tmp_path / "empty").iterdir()) == []
    other = run("stats", "--store", filled, "--prefix", "other")
    assert other.exit_code == 3
    assert "under the prefix 'other'" in other.stderr
    assert run("stats").exit_code == 2
    assert run("stats", "--store", "").exit_code == 2


EVERY_COMMAND = (
    ("stats",),
    ("stats", "--json"),
    ("show", "3f"),
    ("forget", "3f"),
    ("forget", "--older-than", "1d", "--yes"),
    ("dump", "{folder}/out.jsonl"),
    ("load", "{folder}/in.jsonl"),
    ("clear", "--yes"),
    ("reindex",),
)


def refusals(run: Run, folder: Path, where: object) -> Iterator[tuple[str, str]]:
    """Each command that takes a store, and the one line in which it says why this one cannot be used.

    It is empty where the command has used it.
    """
    (folder / "in.jsonl").write_text("")
    for command in EVERY_COMMAND:
        found = run(*(word.format(folder=folder) for word in command), "--store", where)
        said = found.stderr.splitlines()
        if found.exit_code:
            assert (found.exit_code, found.stdout) == (3, ""), (command, found.output)
            assert said[0].startswith("stepcache: "), said
            # A locked store has a second line: how the command line is given a server's.
            assert len(said) == (2 if "is open in another process" in said[0] else 1), said
        assert not (folder / "out.jsonl").exists()
        yield " ".join(command), said[0] if found.exit_code else ""


def test_every_command_refuses_a_place_without_a_store(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for where, why in (("nowhere", "no such directory"), ("file", "a file"), (".", "no store in this directory")):
        for command, said in refusals(run, tmp_path, tmp_path / where):
            loads = command.startswith("load")
            if loads and where != "file":
                assert not said, "it makes a new store"
                for made in (tmp_path / "nowhere", *tmp_path.glob("stepcache.lock"), *tmp_path.glob("*chroma*")):
                    shutil.rmtree(made, ignore_errors=True)
                    made.unlink(missing_ok=True)
            else:
                assert why in said or (loads and "is not a directory" in said), said


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda database: database.write_bytes(b"\xf5\x00\x1b" * 5000), "file is not a database"),
        (lambda database: os.truncate(database, 60_000), "malformed"),
        (lambda database: of_version(database, 9), "written in version 9 of the stored form"),
    ],
    ids=["foreign bytes", "cut off", "another version"],
)
def test_every_command_refuses_a_store_that_it_cannot_read(
    run: Run, filled: Path, tmp_path: Path, damage: Callable[[Path], object], why: str
) -> None:
    damage(filled / "chroma.sqlite3")
    said = dict(refusals(run, tmp_path, filled))
    assert all(said.values())
    # The first command of a process, as all are that a user gives.
    assert why in next(iter(said.values()))


def of_version(database: Path, version: int) -> None:
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("update collection_metadata set int_value = ? where key = 'stepcache'", (version,))


def test_every_command_refuses_a_store_that_is_open_elsewhere(run: Run, filled: Path, tmp_path: Path) -> None:
    holding = (
        "import sys; from stepcache_lc import ChromaStore; s = ChromaStore(sys.argv[1]); print(); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holding, str(filled)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "\n"
        for command_name, said in refusals(run, tmp_path, filled):
            assert f"is open in another process (pid {holder.pid})" in said, command_name
        holder.communicate("")
    assert data(run("stats", "--store", filled, "--json"))["entries"] == 3


def test_a_store_of_another_version_is_named(run: Run, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "SCHEMA_VERSION", 2)
    found = run("stats", "--store", filled)
    assert found.exit_code == 3
    assert "written in version 1 of the stored form, and this release reads 2" in found.stderr.replace("\n", " ")


def test_a_store_that_is_open_elsewhere_is_named(filled: Path) -> None:
    """In a real process of its own, beside the one that has the store open."""
    command = [sys.executable, "-m", "stepcache_lc", "stats", "--store", str(filled), "--json"]
    with StepCache(store=filled):
        locked = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert locked.returncode == 3
    assert "is open in another process (pid" in locked.stderr.replace("\n", " ")
    assert "--store http://HOST:PORT" in locked.stderr
    free = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert free.returncode == 0, free.stderr
    assert json.loads(free.stdout)["entries"] == 3


def test_a_server_that_does_not_answer_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def why(where: str) -> str:
        found = run("stats", "--store", where)
        assert found.exit_code == 3, found.output
        return found.stderr.replace("\n", " ")

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *arguments: object) -> None:
            pass

    assert "no server answers (ConnectError)" in why("http://127.0.0.1:9")
    with HTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            assert "is no Chroma server (404)" in why(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()
    monkeypatch.setattr(opening, "SERVER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "does not answer within 0.2 s" in why(f"http://127.0.0.1:{silent.getsockname()[1]}")
    for wrong in ("http://", "http://127.0.0.1:99999"):
        assert run("stats", "--store", wrong).exit_code == 2
