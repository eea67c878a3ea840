"""A full disk, a read-only folder, a killed process: told as such, and nothing is left half written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from greenrule.store.workspace import Workspace
from tests.cli.workspace import run, write

PROJECT = "name: 甲\non: 2026-11-21\nindustry: '2521'\nnature: new\nlocation: {crs: cgcs2000, point: [112.55, 37.87]}\n"


@pytest.fixture
def project(tmp_path) -> Path:
    return write(tmp_path / "甲.yaml", PROJECT)


@pytest.fixture
def own(demo, tmp_path) -> Path:
    """A workspace of its own that may be written to; the layers are the shared ones."""
    folder = tmp_path / "ws"
    folder.mkdir()
    for name in ("workspace.json", "records.sqlite"):
        shutil.copy(demo / name, folder / name)
    (folder / "layers").symlink_to(demo / "layers")
    return folder


def process(code: str, *args: object, folder: Path, wrap: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, after some lines of code that put something in its way."""
    script = f"{code}\nfrom greenrule.cli.main import main\nmain({[str(arg) for arg in args]!r})"
    cache = folder.parent / "rulebook-cache"  # shared by the tests of a worker
    return subprocess.run(
        [*wrap, sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", cwd=folder, check=False,
        env={**os.environ, "GREENRULE_CACHE": str(cache), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


KILLED_BEFORE_RENAME = "import os, signal\nos.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)"
KILLED_IN_THE_TRANSACTION = "import os, signal, greenrule.store.records as records\nrecords.chained = lambda *rest: os.kill(os.getpid(), signal.SIGKILL)"
DISK_FULL = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))"


def test_a_process_killed_while_writing_leaves_the_old_file(project, tmp_path):
    """The new finding appears whole or not at all."""
    out = write(tmp_path / "out" / "结论.json", "old")

    done = process(KILLED_BEFORE_RENAME, "screen", project, "--format", "json", "--out", out, folder=tmp_path)

    assert done.returncode == -signal.SIGKILL
    assert out.read_text() == "old"


def test_a_process_killed_while_saving_leaves_a_sound_workspace(project, own, tmp_path):
    """Nothing was saved, nothing is damaged, and the next save goes through."""
    done = process(KILLED_IN_THE_TRANSACTION, "screen", project, "-w", own, "--save", folder=tmp_path)

    assert done.returncode == -signal.SIGKILL
    assert (Workspace.open(own).findings(), Workspace.open(own).records.check()) == ([], [])
    assert run("screen", project, "-w", own, "--save").exit_code == 0
    assert len(Workspace.open(own).findings()) == 1


def test_a_full_disk_is_told_and_leaves_the_old_file(project, tmp_path):
    """Exit code 3, no traceback, no remains."""
    out = write(tmp_path / "out" / "结论.json", "old")

    done = process(DISK_FULL, "screen", project, "--format", "json", "--out", out, folder=tmp_path)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"D001 {out} 写不进去：")
    assert "\nhelp: " in done.stderr
    assert [path.name for path in out.parent.iterdir()] == ["结论.json"]
    assert out.read_text() == "old"


def test_a_full_disk_while_saving_leaves_a_sound_workspace(project, own, tmp_path):
    """The record database is as it was."""
    done = process(DISK_FULL, "screen", project, "-w", own, "--save", folder=tmp_path)

    assert (done.returncode, done.stderr.split()[0]) == (3, "W010")
    assert "Traceback" not in done.stderr
    assert (Workspace.open(own).findings(), Workspace.open(own).records.check()) == ([], [])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_behind_standard_output_is_told(project, tmp_path):
    """`greenrule screen … > file` on a full disk must not look like success."""
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m greenrule.cli.main screen "{project}" > /dev/full'],
        capture_output=True, text=True, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"}, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr.split()[0]) == (3, "D002")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_an_output_folder_that_is_a_file_is_told(project, tmp_path, quick):
    """The path leads through a file."""
    write(tmp_path / "f", "x")

    result = run("screen", project, "--format", "json", "--out", tmp_path / "f" / "结论.json")

    assert (result.exit_code, result.stderr.split()[0]) == (3, "D001")


def test_an_output_that_is_a_folder_is_told(project, tmp_path, quick):
    """One finding needs a file."""
    result = run("screen", project, "--format", "json", "--out", tmp_path)

    assert (result.exit_code, result.stderr.split()[0]) == (3, "D001")


def test_a_read_only_workspace_answers_and_does_not_save(project, own, tmp_path):
    """Screening needs no write access; `--save` says that it does."""
    bind = (
        "unshare",
        "-m",
        "bash",
        "-c",
        f'mount --bind "{own}" "{own}" && mount -o remount,bind,ro "{own}" && exec "$@"',
        "bash",
    )
    if (
        shutil.which("unshare") is None
        or subprocess.run([*bind, "true"], capture_output=True, check=False).returncode != 0
    ):
        pytest.skip("no permission to mount a folder read-only")

    answered = process("", "screen", project, "-w", own, "--format", "json", folder=tmp_path, wrap=bind)
    refused = process("", "screen", project, "-w", own, "--format", "json", "--save", folder=tmp_path, wrap=bind)

    assert (answered.returncode, answered.stderr) == (0, "")
    assert json.loads(answered.stdout)["site"]["city"] == "太原市"
    assert (refused.returncode, refused.stderr.split()[0]) == (3, "W010")
    assert "只读" in refused.stderr


def test_a_folder_that_is_no_workspace_is_told(project, tmp_path, quick):
    """W002, and how to make one."""
    result = run("screen", project, "-w", tmp_path / "nirgends")

    assert (result.exit_code, result.stderr.split()[0]) == (2, "W002")
    assert "greenrule demo" in result.stderr


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": "x"}', '{"format": "greenrule-workspace", "version": 99}']
)
def test_a_damaged_marker_is_told(content, project, own, quick):
    """A cut or foreign workspace.json."""
    write(own / "workspace.json", content)

    result = run("screen", project, "-w", own)

    assert (result.exit_code, result.stderr[:2]) == (2, "W0")


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_damaged_database_is_told(content, project, own, quick):
    """A cut or foreign records.sqlite."""
    write(own / "records.sqlite", content)

    result = run("screen", project, "-w", own)

    assert (result.exit_code in (2, 3), result.stderr[:2]) == (True, "W0")


def test_a_missing_or_damaged_layer_file_is_told(project, own, demo, quick):
    """The workspace names the file that is gone or cut."""
    (own / "layers").unlink()
    shutil.copytree(demo / "layers", own / "layers")
    file = next((own / "layers" / "county").glob("*.parquet"))
    whole = file.read_bytes()

    for content in (None, whole[: len(whole) // 2], b""):
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
        result = run("screen", project, "-w", own)
        assert result.exit_code in (2, 3)
        assert str(file) in result.stderr
