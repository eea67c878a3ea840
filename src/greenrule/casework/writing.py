"""Write a file whole or not at all: to a temporary neighbour, to the disk, then renamed into place."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, Place


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path`; an existing file stays as it was until the new one is complete. D001: cannot be written."""
    path = Path(path)
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
        raise EnvironmentFault(Fault("D001", f"写不进去：{error.strerror}", Place(str(path)), "检查目录权限和剩余空间")) from None
