"""Write what a reader asked for, wherever it shall go: a file, a link, a device or a pipe."""

from __future__ import annotations

from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, Place
from greenrule.core.files import replace_file


def write_bytes(path: Path, data: bytes) -> None:
    """Put `data` at `path`; an existing file stays as it was until the new one is complete. D001: cannot be written.

    A link is followed; a device or a pipe (`/dev/stdout`) is written to and never replaced.
    """
    path = Path(path)
    try:
        target = path.resolve()
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("wb") as device:
                device.write(data)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, data)
    except OSError as error:
        raise EnvironmentFault(
            Fault("D001", f"写不进去：{error.strerror}", Place(str(path)), "检查目录权限和剩余空间")
        ) from None
