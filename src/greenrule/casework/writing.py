"""Write what a reader asked for, wherever it shall go: a file, a link, a device or a pipe."""

from __future__ import annotations

from pathlib import Path

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place
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


def check_map_path(path: Path) -> None:
    """M001 for a picture that is neither .svg nor .png."""
    if path.suffix.lower() not in (".svg", ".png"):
        raise InputFault(
            Fault("M001", f"不会把地图画成 `{path.suffix or '没有扩展名'}`", Place(str(path)), "用 .svg 或 .png")
        )


def write_picture(path: Path, svg: str) -> None:
    """A map as .svg or .png (twice as many pixels).

    Errors: M001 for another ending; D001 where it cannot be written; D022 for a .png where no Chinese font is installed.
    """
    check_map_path(path)
    if path.suffix.lower() == ".svg":
        write_bytes(path, svg.encode())
        return
    from greenrule.casework.report_pdf import svg_png

    write_bytes(path, svg_png(svg))
