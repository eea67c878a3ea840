"""Files that people hand in as evidence: bytes under their digest in the workspace, of few kinds, of limited size.

What is kept is never read or opened here; it is given back as it came, to be saved and not shown.
"""

from __future__ import annotations

from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
from greenrule.store.digests import keep_bytes, kept_bytes

#: Where they lie in a workspace.
FOLDER = "evidence"
MOST_BYTES = 20 * 1024 * 1024
#: Suffix → (what the file begins with, media type).
KINDS: dict[str, tuple[tuple[bytes, ...], str]] = {
    ".pdf": ((b"%PDF-",), "application/pdf"),
    ".docx": ((b"PK\x03\x04",), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ".xlsx": ((b"PK\x03\x04",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ".zip": ((b"PK\x03\x04",), "application/zip"),
    ".jpg": ((b"\xff\xd8\xff",), "image/jpeg"),
    ".jpeg": ((b"\xff\xd8\xff",), "image/jpeg"),
    ".png": ((b"\x89PNG\r\n\x1a\n",), "image/png"),
    ".tif": ((b"II*\x00", b"MM\x00*"), "image/tiff"),
    ".csv": ((), "text/csv"),
    ".txt": ((), "text/plain"),
}


def keep_file(workspace: Path, name: str, data: bytes) -> tuple[str, str]:
    """Keep the bytes of a file; returns their SHA-256 and the media type.

    Raises InputFault with all faults: TSK021 too large or empty, TSK022 a kind that is not taken, TSK023 bytes of another kind than
    the name says; EnvironmentFault TSK024 where the disk refuses.
    """
    place = Place(name)
    faults = []
    if not 0 < len(data) <= MOST_BYTES:
        told = "文件是空的" if not data else f"文件有 {len(data) / 1e6:.1f} MB，最多 {MOST_BYTES / 1e6:.0f} MB"
        faults.append(Fault("TSK021", told, place, "压缩图片，或拆成几个文件"))
    suffix = Path(name).suffix.lower()
    if suffix not in KINDS:
        faults.append(Fault("TSK022", f"不收 `{suffix or '没有后缀'}` 的文件", place, f"可用：{'、'.join(KINDS)}"))
    elif data and not _looks_like(suffix, data):
        faults.append(Fault("TSK023", f"内容不是 {suffix} 文件", place, "用原来的软件另存一次再上传"))
    if faults:
        raise InputFault(faults)
    try:
        digest = keep_bytes(workspace / FOLDER, data)
    except OSError as error:
        raise EnvironmentFault(
            Fault("TSK024", f"佐证文件写不下：{error.strerror}", None, "检查磁盘空间与权限")
        ) from None
    return digest, KINDS[suffix][1]


def read_file(workspace: Path, sha256: str) -> bytes:
    """The bytes of a kept file.  Raises EnvironmentFault TSK025 where they are gone or are no longer the same."""
    data = kept_bytes(workspace / FOLDER, sha256)
    if data is None:
        raise EnvironmentFault(Fault("TSK025", "佐证文件丢失或被改动", None, "从备份恢复工作区的 evidence 文件夹"))
    return data


def _looks_like(suffix: str, data: bytes) -> bool:
    heads = KINDS[suffix][0]
    if heads:
        return data.startswith(heads)
    return b"\0" not in data[:4096]  # plain text in whatever encoding people have
