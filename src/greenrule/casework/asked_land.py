"""The land that somebody names for a question: a place that the layers know, or the area of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from greenrule.casework.ground import Ground
from greenrule.casework.siting import land
from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.spatial import cornerlist, vectorfile

_KINDS = {"point": "点", "line": "线"}


def asked_area(ground: Ground | None, text: str | None) -> Any:
    """The land that a text names: a file with an area, or a named place; None where nobody names any.

    Errors: N015 no such file, N016 a file of points or lines; N010 and N011 of `land`, those of `read_site`.
    """
    if text is None or ground is None:
        return None
    if not is_file_name(text):
        return land(ground, text)
    from greenrule.spatial.intake import read_site

    path = Path(text)
    where = Place(text)
    if not path.exists():
        close = near(path.name, [item.name for item in path.parent.iterdir()]) if path.parent.is_dir() else []
        help = f"相近的有：{'、'.join(close)}" if close else "核对路径；相对路径从当前目录算起"
        told = f"没有文件 `{text}`" if path.parent.is_dir() else f"没有文件 `{text}`，也没有文件夹 `{path.parent}`"
        raise InputFault(Fault("N015", told, where, help))
    site = read_site({"file": path.name}, base_dir=path.parent, where=where)
    if site.kind != "polygon":
        told = f"`{path.name}` 里是{_KINDS[site.kind]}，不是面"
        raise InputFault(Fault("N016", told, where, "要一块地：给一个面文件，或县、市、园区的名称"))
    return site.geometry


def is_file_name(text: str) -> bool:
    """Whether a text is meant as a file: it has the ending of one, stands in a folder, or is there.

    >>> is_file_name("area.gpkg"), is_file_name("maps/area"), is_file_name("阳曲县"), is_file_name("角点.CSV")
    (True, True, False, True)
    """
    path = Path(text)
    known = (*vectorfile.SUFFIXES, *cornerlist.SUFFIXES)
    return path.suffix.lower() in known or "/" in text or "\\" in text or (path.suffix != "" and path.exists())
