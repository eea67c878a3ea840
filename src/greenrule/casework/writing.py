"""Write a file whole or not at all: to a temporary neighbour, to the disk, then renamed into place."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, Place


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path`; an existing file stays as it was until the new one is complete. D001: cannot be written.

    A link is followed; a device or a pipe (`/dev/stdout`) is written to and never replaced.
    """
    path = Path(path)
    temporary: Path | None = None
    try:
        target = path.resolve()
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("wb") as device:
                device.write(data)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own: the target's may already be as long as names can be.
        temporary = target.parent / f".greenrule-{secrets.token_hex(8)}.tmp"
        # Opened with the rights any new file gets (less the user's mask), not the private ones of temporary files.
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise EnvironmentFault(
            Fault("D001", f"写不进去：{error.strerror}", Place(str(path)), "检查目录权限和剩余空间")
        ) from None
