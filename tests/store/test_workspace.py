"""A workspace under hostile conditions: killed processes, full disks, folders that cannot be written, two at once."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.spatial.frame import Frame
from greenrule.store.workspace import Workspace

SAID = {
    "title": "甲",
    "source": "乙",
    "accuracy_m": None,
    "complete": True,
    "valid_from": date(2021, 1, 1),
    "recorded": date(2021, 1, 1),
}


def frame(number: int) -> Frame:
    west = 112.0 + number / 100
    return Frame(np.array([shapely.box(west, 37.0, west + 0.01, 37.01)], dtype=object), {"name": [f"甲{number}"]})


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """One layer is there already."""
    workspace = Workspace.create(tmp_path / "ws")
    workspace.import_frame("park", frame(0), **SAID)
    return workspace


def files(workspace: Workspace) -> dict[str, bytes]:
    """All files but SQLite's log and index, which come and go."""
    found = [path for path in workspace.path.rglob("*") if path.is_file() and not path.name.endswith(("-wal", "-shm"))]
    return {str(path.relative_to(workspace.path)): path.read_bytes() for path in found}


# A child imports a second layer into the workspace after some lines that put something in its way.
IMPORT = """
import os, sys, signal, sqlite3
sys.path.insert(0, {root!r})
from tests.store.test_workspace import SAID, Workspace, frame
def die(*rest, **more):
    os.kill(os.getpid(), signal.SIGKILL)
{before}
try:
    Workspace.open({path!r}).import_frame("park", frame(1), **SAID)
except Exception as fault:
    print(type(fault).__name__, *(item.code for item in getattr(fault, "faults", [])))
    print(fault)
    sys.exit(getattr(fault, "exit_code", 9))
"""

#: Moments of an import: while the file is written, after it was written, before and after its renaming, before the
#: row, and when the transaction is to be committed.
MOMENTS = {
    "in the file": """
import pyarrow.parquet as parquet
def half(table, path, **more):
    open(path, "wb").write(b"PAR1 half")
    die()
parquet.write_table = half""",
    "file written": "import greenrule.store.layers as layers\nlayers._flush = die",
    "before the rename": "os.replace = die",
    "after the rename": "rename = os.replace\nos.replace = lambda *paths: (rename(*paths), die())",
    "row written, not committed": """
connect = sqlite3.connect
class Connection(sqlite3.Connection):
    def execute(self, statement, *rest):
        if statement == "COMMIT":
            die()
        return super().execute(statement, *rest)
sqlite3.connect = lambda *rest, **more: connect(*rest, factory=Connection, **more)""",
}


def child(path: Path, before: str) -> subprocess.CompletedProcess[str]:
    script = IMPORT.format(root=str(Path(__file__).resolve().parents[2]), before=before, path=str(path))
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_import_leaves_the_workspace_as_it_was(workspace, moment):
    """The old layer answers, the new one is not there, and the next import goes through and cleans up."""
    (old,) = workspace.versions()

    done = child(workspace.path, MOMENTS[moment])

    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr
    again = Workspace.open(workspace.path)
    assert again.versions() == [old]
    assert again.check() == []
    assert list(again.read(old).columns["name"]) == ["甲0"]
    new = again.import_frame("park", frame(1), **SAID)
    assert [version.seq for version in again.versions()] == [old.seq, new.seq]
    left = {path.name for path in (again.path / "layers").rglob("*") if path.is_file()}
    assert left == {f"{old.sha256}.parquet", f"{new.sha256}.parquet"}


def test_an_undisturbed_child_imports(workspace):
    """The other tests of children would pass for a child that does nothing."""
    assert child(workspace.path, "").returncode == 0
    assert len(workspace.versions()) == 2


@pytest.mark.parametrize("room", [200, 1500])
def test_a_full_disk_is_told_and_nothing_is_half_imported(workspace, room):
    """Whether the layer file or the database meets the limit."""
    before = files(workspace)

    done = child(workspace.path, f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))")

    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("EnvironmentFault W010")
    assert "help: " in done.stdout
    assert len(Workspace.open(workspace.path).versions()) == 1
    assert files(workspace) == before
    assert child(workspace.path, "").returncode == 0


def test_a_full_disk_at_the_end_of_an_import_is_told(workspace, monkeypatch):
    """The file was renamed already; the row finds no room.  The next import removes the file."""
    import greenrule.store.database as database

    connect = database.sqlite3.connect

    class Full(database.sqlite3.Connection):
        def execute(self, statement, *rest):
            if statement == "COMMIT":
                raise database.sqlite3.OperationalError("database or disk is full")
            return super().execute(statement, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(database.sqlite3, "connect", lambda *rest, **more: connect(*rest, factory=Full, **more))
        with pytest.raises(EnvironmentFault):
            workspace.import_frame("park", frame(1), **SAID)

    assert len(workspace.versions()) == 1
    assert len(list((workspace.path / "layers" / "park").iterdir())) == 2
    workspace.import_frame("valley", frame(2), **SAID)
    assert len(list((workspace.path / "layers" / "park").iterdir())) == 1
    assert workspace.check() == []


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder whose parents anybody may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)


def test_a_workspace_that_cannot_be_written_answers_and_refuses_imports(workspace, shared_folder):
    """Permissions as another user finds them."""
    path = shared_folder / "ws"
    shutil.copytree(workspace.path, path)
    everything = [path, *path.rglob("*")]
    for item in everything:
        item.chmod(0o555 if item.is_dir() else 0o444)
    # For the superuser no folder is read-only, so the child becomes somebody else, once everything is imported.
    read = f"Workspace.open({str(path)!r}).read(Workspace.open({str(path)!r}).versions()[0])"
    warm = f'Workspace.open({str(workspace.path)!r}).import_frame("valley", frame(1), **SAID)'
    before = f"{warm}\n{read}\nos.geteuid() == 0 and os.seteuid(65534)\n{read}"
    try:
        done = child(path, before)
        again = Workspace.open(path).versions()
    finally:
        for item in everything:
            item.chmod(0o755)

    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith("EnvironmentFault W010")
    assert "只读" in done.stdout
    assert again == workspace.versions("park")


def test_an_unfinished_log_in_a_read_only_folder_is_not_ignored(workspace, monkeypatch):
    """Reading past a log that holds newer rows would give an old answer as if it were new."""
    import greenrule.store.database as database

    connect = database.sqlite3.connect

    def refuse(target, *rest, **more):
        if "immutable" not in target:
            raise database.sqlite3.OperationalError("unable to open database file")
        return connect(target, *rest, **more)

    monkeypatch.setattr(database.sqlite3, "connect", refuse)
    assert len(workspace.versions()) == 1
    (workspace.path / "records.sqlite-wal").write_bytes(b"x" * 64)
    with pytest.raises(EnvironmentFault):
        workspace.versions()


def test_imports_wait_for_each_other(workspace):
    """Four at the same time, all of them stored."""
    script = IMPORT.format(root=str(Path(__file__).resolve().parents[2]), before="", path=str(workspace.path))
    running = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.DEVNULL) for _ in range(3)]

    assert [process.wait() for process in running] == [0, 0, 0]
    assert [version.seq for version in workspace.versions()] == [1, 2, 3, 4]
    assert workspace.check() == []


def test_reading_goes_on_while_an_import_is_under_way(workspace):
    """Readers see the state before."""
    with workspace._database.writing("试") as connection:
        connection.execute(
            "INSERT INTO layer_version (kind, sha256, title, source, complete, valid_from, recorded, demo, features)"
            " VALUES ('park', 'x', 't', 's', 1, '2021-01-01', '2021-01-01', 0, 1)"
        )
        assert len(workspace.versions()) == 1
    assert len(workspace.versions()) == 2


@pytest.mark.parametrize("content", ["x", None])
def test_a_workspace_is_not_made_over_something(tmp_path, content):
    """A folder with files, or a file."""
    path = tmp_path / "ws"
    if content:
        path.mkdir()
        (path / "a.txt").write_text(content)
    else:
        path.write_text("")

    with pytest.raises(InputFault) as raised:
        Workspace.create(path)

    assert raised.value.faults[0].code == "W001"
    assert not (path / "workspace.json").exists()


def test_an_empty_folder_becomes_a_workspace(tmp_path):
    """With a marker that names format and version."""
    (tmp_path / "ws").mkdir()

    Workspace.create(tmp_path / "ws")

    assert json.loads((tmp_path / "ws" / "workspace.json").read_text()) == {
        "format": "greenrule-workspace",
        "version": 1,
    }
    assert Workspace.open(str(tmp_path / "ws")).layers() == {}


def test_a_database_of_another_version_is_told(workspace):
    """W003 names both versions."""
    import sqlite3

    connection = sqlite3.connect(workspace.path / "records.sqlite")
    connection.execute("PRAGMA user_version = 7")
    connection.close()

    for call in (workspace.versions, lambda: workspace.import_frame("park", frame(1), **SAID)):
        with pytest.raises(InputFault) as raised:
            call()
        assert raised.value.faults[0].code == "W003"
        assert "7" in raised.value.faults[0].message
