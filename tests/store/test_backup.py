"""Backup and restore: the same workspace comes back; what was cut off, altered or killed never does, and leaves nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from greenrule.cli.main import main
from greenrule.core.errors import EnvironmentFault, InputFault
from greenrule.store.backup import MANIFEST, restore_backup, write_backup
from greenrule.store.workspace import Workspace


def finding(number: int) -> dict:
    return {"decision": "allowed", "project": {"name": f"项目{number}"}}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A small workspace with records, an attachment, a key, and what does not belong into a backup."""
    place = tmp_path / "w"
    workspace = Workspace.create(place)
    for number in range(3):
        workspace.records.save_finding(finding(number), who="甲")
    (place / "evidence").mkdir()
    (place / "evidence" / "照片.jpg").write_bytes(os.urandom(200_000))
    (place / "server.key").write_text("the key\n")
    (place / "tiles").mkdir()
    (place / "tiles" / "made-again").write_bytes(b"x")
    (place / ".greenrule-1.tmp").write_bytes(b"half")
    return place


def digests(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.name.startswith(("records.sqlite", ".greenrule-", "made-again"))
    }


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".greenrule-")]


@pytest.mark.parametrize("name", ["b.tar", "b.tar.gz"])
@pytest.mark.parametrize("key", [False, True])
def test_what_was_kept_comes_back(kept: Path, tmp_path: Path, name: str, key: bool) -> None:
    done = write_backup(tmp_path / name, kept, key=key)
    assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    back = tmp_path / "back"
    again = restore_backup(tmp_path / name, back)
    wanted = digests(kept)
    if not key:
        del wanted["server.key"]
    assert digests(back) == wanted
    assert (done.head, done.key) == (again.head, key) == (again.head, again.key)
    assert Workspace.open(back).records.audit() == Workspace.open(kept).records.audit()
    assert Workspace.open(back).check() == []
    # It can be worked on.
    Workspace.open(back).records.save_finding(finding(9), who="乙")
    assert Workspace.open(back).check() == []


def test_a_backup_of_a_workspace_that_is_written_to_is_a_whole_chain(kept: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            Workspace.open(kept).records.save_finding(finding(number), who="丙")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for turn in range(4):
            done = write_backup(tmp_path / "b.tar", kept)
            assert restore_backup(tmp_path / "b.tar", tmp_path / f"back{turn}").head == done.head
    finally:
        stop.set()
        writer.join()


KILLED = """
import os, signal, sys
import greenrule.store.backup as backup
real, count = backup._add, [0]
def add(*rest):
    count[0] += 1
    if count[0] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*rest)
backup._add = add
from pathlib import Path
backup.write_backup(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_backup_that_was_killed_leaves_the_one_before(kept: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.tar"
    write_backup(out, kept)
    before = out.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, str(out), str(kept)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert out.read_bytes() == before
    restore_backup(out, tmp_path / "back")
    # What the killed one left is no backup, and does not pass for one.
    for name in left_over(tmp_path):
        with pytest.raises(InputFault, match="OPS021"):
            restore_backup(tmp_path / name, tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_a_restore_that_was_killed_leaves_no_workspace(kept: Path, tmp_path: Path) -> None:
    write_backup(tmp_path / "b.tar", kept)
    killed = (
        KILLED.replace("backup._add", "backup._check").replace("== 3", "== 1").replace("write_backup", "restore_backup")
    )
    done = subprocess.run([sys.executable, "-c", killed, str(tmp_path / "b.tar"), str(tmp_path / "back")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "back").exists()
    restore_backup(tmp_path / "b.tar", tmp_path / "back")


def test_a_file_that_was_cut_off_is_none(kept: Path, tmp_path: Path) -> None:
    write_backup(tmp_path / "b.tar", kept)
    whole = (tmp_path / "b.tar").read_bytes()
    for part in (0, 100, 5_000, len(whole) // 2, len(whole) - 11_000):
        (tmp_path / "cut.tar").write_bytes(whole[:part])
        with pytest.raises(InputFault, match=r"OPS02[12]"):
            restore_backup(tmp_path / "cut.tar", tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert left_over(tmp_path) == []


def rewritten(source: Path, target: Path, change) -> None:
    """A backup with its entries changed: name → (name, data), or None to leave it out."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for info in old:
            file = old.extractfile(info)
            assert file is not None
            for name, data in change(info.name, file.read()):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                new.addfile(entry, io.BytesIO(data))


@pytest.mark.parametrize(
    ("what", "change", "code"),
    [
        ("altered", lambda name, data: [(name, data[:-1] + b"!")] if "evidence" in name else [(name, data)], "OPS022"),
        ("left out", lambda name, data: [] if "evidence" in name else [(name, data)], "OPS022"),
        (
            "added",
            lambda name, data: [(name, data), ("more", b"x")] if "evidence" in name else [(name, data)],
            "OPS022",
        ),
        ("elsewhere", lambda name, data: [("../" + name, data)], "OPS023"),
        ("absolute", lambda name, data: [("/tmp/" + name, data)], "OPS023"),
        ("twice", lambda name, data: [(name, data), (name, data)], "OPS023"),
        ("no manifest", lambda name, data: [] if name == MANIFEST else [(name, data)], "OPS021"),
        ("manifest of another", lambda name, data: [(name, b"{}" if name == MANIFEST else data)], "OPS021"),
    ],
)
def test_what_was_altered_does_not_come_back(kept: Path, tmp_path: Path, what: str, change, code: str) -> None:
    write_backup(tmp_path / "b.tar", kept)
    rewritten(tmp_path / "b.tar", tmp_path / "c.tar", change)
    with pytest.raises(InputFault, match=code):
        restore_backup(tmp_path / "c.tar", tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert left_over(tmp_path) == []


def test_an_audit_that_was_altered_with_its_digest_does_not_come_back(kept: Path, tmp_path: Path) -> None:
    """Whoever can write the manifest can write the digests; the head of the chain was printed when the backup was made."""
    import sqlite3

    write_backup(tmp_path / "b.tar", kept)
    altered = tmp_path / "altered.sqlite"

    def change(name: str, data: bytes):
        if name == "records.sqlite":
            altered.write_bytes(data)
            with sqlite3.connect(altered) as connection:
                connection.execute("DROP TRIGGER audit_keeps_delete")
                connection.execute("DELETE FROM audit WHERE seq = 3")
            data = altered.read_bytes()
        if name == MANIFEST:
            body = json.loads(data)
            body["files"]["records.sqlite"]["sha256"] = hashlib.sha256(altered.read_bytes()).hexdigest()
            data = json.dumps(body).encode()
        return [(name, data)]

    rewritten(tmp_path / "b.tar", tmp_path / "c.tar", change)
    with pytest.raises(InputFault, match="OPS024"):
        restore_backup(tmp_path / "c.tar", tmp_path / "back")


def test_a_broken_audit_is_told_before_it_is_kept_for_good(kept: Path, tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(kept / "records.sqlite") as connection:
        connection.execute("DROP TRIGGER audit_keeps_update")
        connection.execute("UPDATE audit SET who = '乙' WHERE seq = 2")
    with pytest.raises(InputFault, match="W022"):
        write_backup(tmp_path / "b.tar", kept)
    assert not (tmp_path / "b.tar").exists()


def test_nothing_is_put_over_what_is_there(kept: Path, tmp_path: Path) -> None:
    write_backup(tmp_path / "b.tar", kept)
    before = digests(kept)
    with pytest.raises(InputFault, match="OPS025"):
        restore_backup(tmp_path / "b.tar", kept)
    assert digests(kept) == before
    (kept / "link").symlink_to("/etc/hostname")
    with pytest.raises(InputFault, match="OPS020"):
        write_backup(tmp_path / "c.tar", kept)


@pytest.mark.parametrize("action", ["backup", "restore"])
def test_a_full_disk(kept: Path, tmp_path: Path, action: str) -> None:
    """Files cannot grow beyond a limit, as on a disk that is full; what was there stays."""
    out, back = tmp_path / "b.tar", tmp_path / "back"
    write_backup(out, kept)
    before = out.read_bytes()
    words = ["backup", str(out), "-w", str(kept)] if action == "backup" else ["restore", str(out), "--into", str(back)]

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    done = subprocess.run(
        [sys.executable, "-m", "greenrule.cli.main", *words], preexec_fn=limited, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "W010" in done.stderr
    assert "Traceback" not in done.stderr
    assert out.read_bytes() == before
    assert not back.exists()
    assert left_over(tmp_path) == []


def test_at_the_command_line(kept: Path, tmp_path: Path) -> None:
    run = CliRunner()
    done = run.invoke(main, ["backup", str(tmp_path / "b.tar.gz"), "-w", str(kept), "--format", "json"])
    told = json.loads(done.stdout)
    assert (told["key"], told["database"]) == (False, False)
    done = run.invoke(main, ["restore", str(tmp_path / "b.tar.gz"), "--into", str(tmp_path / "back")])
    assert "都核对过" in done.stdout
    # The anchor that the backup printed is one.
    done = run.invoke(main, ["audit", "verify", "-w", str(tmp_path / "back"), "--anchor", told["head"]])
    assert done.exit_code == 0
    done = run.invoke(main, ["restore", str(tmp_path / "none.tar"), "--into", str(tmp_path / "x")])
    assert (done.exit_code, "OPS021" in done.stderr) == (2, True)


def test_a_disk_that_is_away(kept: Path, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="W010"):
        write_backup(tmp_path / "nowhere" / "b.tar", kept)
