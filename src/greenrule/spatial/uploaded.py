"""Read an uploaded file in a process of its own, within limits: `python -I -m greenrule.spatial.uploaded`.

The order is JSON on standard input, the answer JSON on standard output: a place, or faults.  Whatever a file does to the libraries
that read it – memory, time, a crash – happens to this process, and the server tells of it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from greenrule.core.errors import EnvironmentFault, Fault, InputFault, Place

#: What may be uploaded, by suffix; a geodatabase comes as .zip.
SUFFIXES = (".zip", ".kml", ".kmz", ".geojson", ".json", ".gpkg", ".dxf", ".txt", ".csv", ".dat")
#: The drivers of GDAL that may look at a file.  It goes by what is in a file, not by its name, and some drivers fetch what it names.
DRIVERS = ("ESRI Shapefile", "GPKG", "KML", "LIBKML", "GeoJSON", "OpenFileGDB", "DXF")

#: How the process ends where a file needs more memory than it may have.
OUT_OF_MEMORY = 77


@dataclass(frozen=True)
class Limits:
    """What one upload may use; numbers of the installation, not of any law."""

    file_bytes: int = 20 << 20
    unpacked_bytes: int = 200 << 20
    members: int = 2_000
    points: int = 200_000
    memory_bytes: int = 2 << 30
    seconds: float = 20.0


@dataclass(frozen=True)
class Order:
    """What to read: a file under a name of ours, what it was called, and what the asker says of it."""

    path: str
    called: str
    crs: str | None = None
    layer: str | None = None
    encoding: str | None = None
    shape: str = "polygon"
    repair: bool = False
    limits: Limits = Limits()

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Order:
        """From JSON."""
        raw = json.loads(text)
        return cls(**{**raw, "limits": Limits(**raw["limits"])})


def read_upload(order: Order) -> dict[str, Any]:
    """The place in a file: geometry (GeoJSON, EPSG:4490), kind, how it was read, size, notes.

    Errors, InputFault: UPL001 an archive over the limits, UPL002 a list over the limit; those of the readers.
    """
    from greenrule.spatial import cornerlist
    from greenrule.spatial.intake import read_site

    path, where = Path(order.path), Place(order.called)
    suffix = path.suffix.lower()
    if suffix in (".zip", ".kmz"):
        _check_archive(path, order.limits, where)
    if suffix in cornerlist.SUFFIXES:
        rows = path.read_bytes().count(b"\n")
        if rows > order.limits.points:
            told = f"上限 {order.limits.points:,} 行：精简（抽稀）后再上传"
            raise InputFault(Fault("UPL002", f"坐标有 {rows:,} 行", where, told))
    else:
        _refuse_other_drivers()
    location: dict[str, Any] = {"crs": order.crs} if order.crs else {}
    notes: list[str] = []
    if suffix in cornerlist.SUFFIXES and order.shape != "polygon":
        listed = cornerlist.read_corner_file(path, order.encoding, order.shape)
        notes = listed.notes
        location = {**({"crs": listed.crs} if listed.crs else {}), **location, "geometry": _collection(listed.geometry)}
    else:
        location |= {"file": path.name}
        location |= {key: value for key, value in (("layer", order.layer), ("encoding", order.encoding)) if value}
    site = read_site(location, base_dir=path.parent, where=where, repair=order.repair, most_points=order.limits.points)
    return _told(site, notes)


def _collection(shapes: Iterable[Any]) -> dict[str, Any]:
    from greenrule.spatial.frame import as_geojson

    return {"type": "GeometryCollection", "geometries": [as_geojson(shape) for shape in shapes]}


def _check_archive(path: Path, limits: Limits, where: Place) -> None:
    """Refuse an archive by what it says of itself; no more than that is unpacked, whatever is inside."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return  # the reader tells it better
    size = sum(info.file_size for info in members)
    if len(members) > limits.members or size > limits.unpacked_bytes:
        said = f"压缩包里有 {len(members):,} 个文件、解开后 {size / (1 << 20):,.0f} MB"
        told = f"上限 {limits.members:,} 个、{limits.unpacked_bytes >> 20:,} MB：只打包场地范围的图层"
        raise InputFault(Fault("UPL001", said, where, told))


def _told(site: Any, notes: Sequence[str]) -> dict[str, Any]:
    import shapely

    from greenrule.spatial.crs import parse_crs
    from greenrule.spatial.frame import as_geojson
    from greenrule.spatial.overlay import lengths_m, measure

    points = int(shapely.get_num_coordinates(site.geometry))
    size = {"area_m2": measure(site.geometry)} if site.kind == "polygon" else {}
    if site.kind == "line":
        import numpy as np

        size = {"length_m": float(lengths_m(np.array([site.geometry], dtype=object))[0])}
    return {
        "geometry": as_geojson(site.geometry), "kind": site.kind, "crs": site.crs, "crs_label": parse_crs(site.crs).label,
        "stated": site.stated,
        "candidates": [
            {"crs": item.crs, "label": parse_crs(item.crs).label, "geometry": as_geojson(item.geometry)} for item in site.candidates
        ],
        "parts": int(shapely.get_num_geometries(site.geometry)), "points": points, "bounds": list(site.geometry.bounds), **size,
        "notes": list(dict.fromkeys([*notes, *site.notes])),
    }  # fmt: skip


def _limit(limits: Limits) -> None:
    """Bind this process; where the system knows no limits (Windows) only the time is watched, from outside."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        (resource.RLIMIT_AS, limits.memory_bytes), (resource.RLIMIT_FSIZE, limits.unpacked_bytes), (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CPU, int(limits.seconds) + 1), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        hard = resource.getrlimit(kind)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bound, bound))


def main() -> int:
    """Carry out one order."""
    order = Order.from_text(sys.stdin.buffer.read().decode())
    _limit(order.limits)
    for name in (
        "geopandas",
        "pandas",
        "pyarrow",
    ):  # pyogrio loads them where they are installed: a second, for nothing here
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    try:
        answer: dict[str, Any] = {"found": read_upload(order)}
    except InputFault as error:
        answer = {
            "faults": [_plain(fault, order) for fault in error.faults],
            "ours": isinstance(error, EnvironmentFault),
        }
    except MemoryError:
        return OUT_OF_MEMORY
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode())
    return 0


def other_drivers() -> str:
    """What the environment of the reading process says under GDAL_SKIP, so that only `DRIVERS` are there."""
    import pyogrio

    # The list is asked of GDAL itself: the drivers of a new version are left out as well.
    return ",".join(name for name in pyogrio.list_drivers() if name not in DRIVERS)


def _refuse_other_drivers() -> None:
    import pyogrio

    if set(pyogrio.list_drivers()) - set(DRIVERS):
        raise EnvironmentFault(Fault("UPL009", "读取上传文件的进程没有关掉多余的格式驱动", None, "由服务器启动该进程"))


def _plain(fault: Fault, order: Order) -> dict[str, Any]:
    """A fault without paths of this machine."""
    texts = {"message": fault.message, "help": fault.help or ""}
    for name, said in (
        (order.path, order.called),
        (os.path.dirname(order.path), ""),
        (os.path.basename(order.path), order.called),
    ):
        texts = {key: text.replace(name, said) for key, text in texts.items()}
    return {"code": fault.code, "line": fault.place.line if fault.place else None, **texts}


if __name__ == "__main__":
    sys.exit(main())
