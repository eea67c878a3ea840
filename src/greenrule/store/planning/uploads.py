"""Files that wait for a job: kept under their digest until the job is over, of limited size, opened only by the job's own process."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

MOST_BYTES = 200 * 1024 * 1024


def receive(workspace: Path, name: str, chunks: Iterable[bytes], kinds: tuple[str, ...]) -> str:
    """Keep an upload; returns what names it.

    Raises InputFault PLD010 a kind that is not taken, PLD011 empty or too large; EnvironmentFault PLD012 where the disk refuses.
    """
    place = Place(name)
    suffix = Path(name).suffix.lower()
    if suffix not in kinds:
        raise InputFault(Fault("PLD010", f"不收 `{suffix or '没有后缀'}` 的文件", place, f"可用：{'、'.join(kinds)}"))
    folder = workspace / "uploads"
    temporary = folder / f".greenrule-{secrets.token_hex(8)}.tmp"
    total, size = hashlib.sha256(), 0
    try:
        folder.mkdir(exist_ok=True)
        with temporary.open("xb") as out:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    break
                total.update(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if not 0 < size <= MOST_BYTES:
            told = "文件是空的" if size == 0 else f"文件超过 {MOST_BYTES // 1024 // 1024} MB"
            raise InputFault(Fault("PLD011", told, place, "检查文件，或拆成几个"))
        name = total.hexdigest() + suffix
        os.replace(temporary, folder / name)
    except OSError as error:
        raise EnvironmentFault(
            Fault("PLD012", f"上传的文件写不下：{error.strerror}", None, "检查磁盘空间与权限")
        ) from None
    finally:
        temporary.unlink(missing_ok=True)
    return name


def upload_path(workspace: Path, name: str) -> Path:
    """Where an upload lies.  Raises InputFault PLD013 where it is gone or was never one."""
    path = workspace / "uploads" / name
    stem = Path(name).stem
    if Path(name).name != name or len(stem) != 64 or not path.is_file():
        raise InputFault(Fault("PLD013", "上传的文件已不在", Place(name), "重新上传"))
    return path


def forget(workspace: Path, names: Iterable[str]) -> None:
    """Take uploads away whose job is over; one that is gone already is no fault."""
    for name in names:
        if Path(name).name == name:
            (workspace / "uploads" / name).unlink(missing_ok=True)


def keep_result(workspace: Path, data: bytes) -> str:
    """Keep the file that a job made; returns its digest."""
    from greenrule.core.files import replace_file

    digest = hashlib.sha256(data).hexdigest()
    folder = workspace / "results"
    try:
        folder.mkdir(exist_ok=True)
        replace_file(folder / digest, data, 0o640)
    except OSError as error:
        raise EnvironmentFault(Fault("PLD014", f"结果写不下：{error.strerror}", None, "检查磁盘空间与权限")) from None
    return digest


def result_path(workspace: Path, digest: str) -> Path:
    """Where the file of a job lies.  Raises InputFault PLD015 where it is gone."""
    path = workspace / "results" / digest
    if len(digest) != 64 or not path.is_file():
        raise InputFault(Fault("PLD015", "作业的结果文件已不在", None, "重新提交作业"))
    return path
