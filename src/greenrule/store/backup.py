"""Backup of a workspace into one file, while it is in use, and back: a snapshot that is checked by its digests and its chain.

The file is a tar; `manifest.json`, the last entry, names every file with its SHA-256 and the head of the audit.  A file without it was
cut off.  Records are copied by SQLite's own online backup, layers after them: they are never changed, only added, so every layer that
the records name is there.  The file appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from greenrule.core.errors import Fault, InputFault, Place
from greenrule.store.chain import Anchor, Report, verify
from greenrule.store.database import told
from greenrule.store.records import china_time
from greenrule.store.workspace import Workspace

FORMAT, VERSION = "greenrule-backup", 1
MANIFEST, RECORDS, KEY, DUMP = "manifest.json", "records.sqlite", "server.key", "postgresql.dump"
#: Folders of a workspace whose content is made again from the rest when it is asked for.
_MADE_AGAIN = {"tiles", "indexes", "cache"}
#: Folders whose files come and go by themselves: one that went away while it was to be copied is not missed.
_PASSING = {"uploads", "results"}
_PIECE = 1 << 20
Say = Callable[[str, int, int], None] | None


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written, or restored."""

    path: Path
    files: int
    bytes: int
    head: Anchor | None
    key: bool
    dump: bool


def write_backup(
    out: Path,
    workspace: Path,
    *,
    key: bool = False,
    dump: Path | None = None,
    dump_head: Anchor | None = None,
    say: Say = None,
) -> Backup:
    """Write a workspace into `out` (`.tar`, or `.tar.gz` where the name ends so); an older file there stays until this one is whole.

    key : with the server's key, without which second factors and sessions do not outlive a restore.
    dump : a dump of the database where the records are not in the workspace, made before; `dump_head` its audit's last line.
    Raises InputFault where there is no workspace or its audit is broken, EnvironmentFault W010 for the disk.
    """
    opened = Workspace.open(workspace)
    entries: dict[str, dict[str, Any]] = {}
    temporary = out.parent / f".greenrule-{secrets.token_hex(8)}.tmp"
    with told("写备份", out), tempfile.TemporaryDirectory(prefix="greenrule-backup-") as aside:
        snapshot = Path(aside) / RECORDS
        live = f"{(workspace / RECORDS).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(live, uri=True)) as source, closing(sqlite3.connect(snapshot)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        head = dump_head if dump is not None else _checked_head(snapshot)
        try:
            with temporary.open("xb") as file:
                mode = "w:gz" if out.name.endswith("gz") else "w"
                with tarfile.open(fileobj=file, mode=mode, format=tarfile.PAX_FORMAT) as tar:  # type: ignore[call-overload]
                    _add(tar, snapshot, RECORDS, entries)
                    if dump is not None:
                        _add(tar, dump, DUMP, entries)
                    files = list(_files(opened.path, key))
                    for number, path in enumerate(files, 1):
                        inside = path.relative_to(opened.path)
                        try:
                            _add(tar, path, inside.as_posix(), entries)
                        except FileNotFoundError:
                            if inside.parts[0] not in _PASSING:
                                raise
                        if say is not None:
                            say("备份", number, len(files))
                    body = {
                        "format": FORMAT, "version": VERSION, "made": china_time(), "files": entries,
                        "head": asdict(head) if head else None, "key": KEY in entries, "dump": dump is not None,
                    }  # fmt: skip
                    text = json.dumps(body, ensure_ascii=False, indent=1).encode()
                    info = tarfile.TarInfo(MANIFEST)
                    info.size = len(text)
                    tar.addfile(info, io.BytesIO(text))
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o600)  # records are not for everybody, keys for nobody else
            os.replace(temporary, out)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    return Backup(
        out, len(entries), sum(item["size"] for item in entries.values()), head, KEY in entries, dump is not None
    )


def _checked_head(snapshot: Path) -> Anchor | None:
    from greenrule.store.database import Database
    from greenrule.store.records import RecordStore

    found = verify(RecordStore(Database(snapshot)).audit_lines())
    if found.faults:
        raise InputFault(found.faults)
    return found.head


def _files(root: Path, key: bool) -> Iterator[Path]:
    """What belongs into a backup, the marker first; of a table of the lake its log before the files that it names."""
    left_out = (
        _MADE_AGAIN | {RECORDS, f"{RECORDS}-wal", f"{RECORDS}-shm", f"{RECORDS}-journal"} | (set() if key else {KEY})
    )

    def walk(folder: Path) -> Iterator[Path]:
        if (folder / "_delta_log").is_dir():
            yield from walk(folder / "_delta_log")
        for path in sorted(folder.iterdir()):
            if (
                path.name.startswith(".greenrule-")
                or path.name == "_delta_log"
                or (folder == root and path.name in left_out)
            ):
                continue
            if path.is_symlink():
                raise InputFault(
                    Fault(
                        "OPS020", "工作区里有符号链接，备份不跟随它", Place(str(path)), "换成真正的文件，或移出工作区"
                    )
                )
            if path.is_dir():
                yield from walk(path)
            elif path.is_file():
                yield path

    yield from walk(root)


class _Counted(io.RawIOBase):
    """Reads a file and its digest at once."""

    def __init__(self, file: Any) -> None:
        self._file, self.sha = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._file.read(size)
        self.sha.update(data)
        return data


def _add(tar: tarfile.TarFile, path: Path, name: str, entries: dict[str, dict[str, Any]]) -> None:
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        info.size = os.fstat(file.fileno()).st_size
        info.mode = 0o600
        reader = _Counted(file)
        tar.addfile(info, reader)
    entries[name] = {"size": info.size, "sha256": reader.sha.hexdigest()}


# -- back ----------------------------------------------------------------------------------------------------------
@contextmanager
def unpacked(path: Path, into: Path, say: Say = None) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Unpack a backup beside `into`, check every digest, the records and the chain, and hand out (folder, manifest).

    When the block ends well the folder becomes `into`; when it raises nothing stays.
    Raises InputFault OPS021 (no backup, or cut off), OPS022 (a digest differs), OPS023 (a name that leads elsewhere), OPS024 (the
    audit is not that of the manifest), OPS025 (`into` is there already).
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise InputFault(Fault("OPS025", "要恢复到的文件夹不是空的", Place(str(into)), "换一个新的文件夹名"))
    with told("恢复备份", into):
        into.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".greenrule-{into.name}-", suffix=".tmp", dir=into.parent))
        try:
            manifest = _unpack(path, folder, say)
            _check(folder, manifest, path)
            yield folder, manifest
            (folder / DUMP).unlink(missing_ok=True)
            folder.chmod(0o755)
            if into.exists():
                into.rmdir()
            os.replace(folder, into)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def restore_backup(path: Path, into: Path, say: Say = None) -> Backup:
    """Restore a workspace whose records are its own.  Raises InputFault OPS026 where the backup has a dump of a database besides."""
    with unpacked(path, into, say) as (_, manifest):
        if manifest["dump"]:
            raise InputFault(
                Fault("OPS026", "备份里有 PostgreSQL 的转储", Place(str(path)), "用 --database 指明一个空的数据库")
            )
    return described(path, manifest)


def described(path: Path, manifest: Mapping[str, Any]) -> Backup:
    """A backup by its manifest."""
    files = manifest["files"]
    return Backup(
        path,
        len(files),
        sum(item["size"] for item in files.values()),
        _head(manifest),
        manifest["key"],
        manifest["dump"],
    )


def _head(manifest: Mapping[str, Any]) -> Anchor | None:
    return Anchor(**manifest["head"]) if manifest["head"] else None


def _unpack(path: Path, folder: Path, say: Say) -> dict[str, Any]:
    place = Place(str(path))
    digests: dict[str, str] = {}
    manifest: Any = None
    faults: list[Fault] = []
    whole = path.stat().st_size if path.is_file() else 0
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r:*") as tar:
            for info in tar:
                name = PurePosixPath(info.name)
                if not info.isfile() or name.is_absolute() or ".." in name.parts or info.name in digests:
                    raise InputFault(
                        Fault(
                            "OPS023", f"备份里的 `{info.name}` 不是普通文件，或指向别处", place, "这不是本软件写的备份"
                        )
                    )
                source = tar.extractfile(info)
                assert source is not None
                if info.name == MANIFEST:
                    manifest = json.load(source)
                    continue
                target = folder.joinpath(*name.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                sha = hashlib.sha256()
                with os.fdopen(
                    os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if info.name == KEY else 0o644), "wb"
                ) as out:
                    while piece := source.read(_PIECE):
                        sha.update(piece)
                        out.write(piece)
                    out.flush()
                    os.fsync(out.fileno())
                digests[info.name] = sha.hexdigest()
                if say is not None:
                    say("恢复", file.tell(), whole)
    except FileNotFoundError:
        raise InputFault(Fault("OPS021", "没有这个文件", place, "核对路径")) from None
    except (tarfile.TarError, EOFError, ValueError, UnicodeDecodeError, _zlib_error()) as error:
        raise InputFault(Fault("OPS021", f"不是完整的备份：{error}", place, "换另一份备份")) from None
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != FORMAT
        or not isinstance(manifest.get("files"), dict)
    ):
        raise InputFault(Fault("OPS021", "不是完整的备份：没有清单，文件可能被截断", place, "换另一份备份"))
    if manifest.get("version") != VERSION:
        raise InputFault(
            Fault("OPS021", f"备份格式版本 {manifest.get('version')} 不认识", place, "用写它的程序版本恢复")
        )
    for name in sorted({*digests, *manifest["files"]}):
        wanted = manifest["files"].get(name, {}).get("sha256")
        if digests.get(name) != wanted:
            faults.append(Fault("OPS022", f"`{name}` 与清单不符", place, "备份被改动或损坏：换另一份"))
    if faults:
        raise InputFault(faults)
    return manifest


def _zlib_error() -> type[Exception]:
    import zlib

    return zlib.error


def _check(folder: Path, manifest: Mapping[str, Any], path: Path) -> None:
    """The restored workspace is sound, and its audit ends where the manifest says."""
    place = Place(str(path))
    with closing(sqlite3.connect(folder / RECORDS)) as connection:
        (said,) = connection.execute("PRAGMA integrity_check").fetchone()
        connection.execute("PRAGMA journal_mode = WAL")
    if said != "ok":
        raise InputFault(Fault("OPS022", f"{RECORDS} 损坏：{said}", place, "换另一份备份"))
    opened = Workspace.open(folder)
    faults = opened.check()
    if faults:
        raise InputFault(faults)
    if not manifest["dump"]:
        head_agrees(verify(opened.records.audit_lines()), manifest, path)


def head_agrees(found: Report, manifest: Mapping[str, Any], path: Path) -> None:
    """Raises InputFault OPS024 where an audit is broken or does not end where the manifest says."""
    if found.faults or found.head != _head(manifest):
        told = "审计记录的链断了" if found.faults else "审计记录的末行与清单不符"
        raise InputFault(Fault("OPS024", f"恢复出的{told}", Place(str(path)), "换另一份备份"))
