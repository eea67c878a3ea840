"""Coordinate reference systems as the project file names them, and the way to CGCS2000 longitude/latitude (EPSG:4490).

`cgcs2000 | wgs84 | gcj02 | bd09 | EPSG:n | gk3:37 | gk3:111 | gk6:19`, and the WKT that files carry.  CGCS2000 and
WGS-84 realise the same frame to better than 0.1 m, far below any map used here, so they count as equal and nothing is
computed between them.

Gauss–Krüger numbers come in several habits: easting with the zone number in front (37 530 000) or without (530 000),
and in survey order, where X is the northing.  Northings of China (1.5–6.2 million), plain eastings (0.1–0.9 million)
and prefixed eastings (13–46 million) do not overlap, so the order and the zone are read off the numbers.  3° zones of
China have numbers 24–45 and 6° zones 13–23: a prefix also tells the width.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.spatial.crsnames import ALIASES, grid_named, key_of
from greenrule.spatial.datums import shift_datum
from greenrule.spatial.frame import FRAME_CRS

if TYPE_CHECKING:
    import pyproj

Bounds = tuple[float, float, float, float]

#: Extent (west, south, east, north) in which zones are looked for when the caller names none: a province's rough
#: outline, for guessing only.
DEFAULT_REGION: Bounds = (110.2, 34.5, 114.6, 40.8)
#: Rough outline of the country: what lies outside it was mistyped.
CHINA: Bounds = (73.0, 3.0, 136.0, 54.0)

HELP = (
    "写 cgcs2000、wgs84、gcj02、bd09、EPSG:编号，或高斯投影 gk3:37（3°带带号）、gk3:111（中央经线）、gk6:19（6°带带号）"
)

_LABELS = {
    "cgcs2000": "国家大地坐标系2000",
    "wgs84": "WGS-84（与 CGCS2000 相差不足 0.1 米，按相同处理）",
    "gcj02": "GCJ-02（高德、腾讯地图坐标）",
    "bd09": "BD-09（百度地图坐标）",
}
_EQUAL_DATUMS = (
    *("china 2000", "china_2000", "cgcs2000", "cgcs_2000", "china geodetic coordinate system 2000"),
    *("world geodetic system 1984", "wgs_1984", "wgs 84", "wgs84", "itrf"),
)


@dataclass(frozen=True, slots=True)
class CrsSpec:
    """A reference system that was understood.

    text : as the project file would write it; label : 中文
    kind : `lonlat` (CGCS2000 or equal), `shifted` (GCJ-02, BD-09), `grid` (Gauss–Krüger on CGCS2000) or `other`
    width, meridian : zone width and central meridian in degrees, for grids
    definition : what PROJ reads, for `other`
    """

    text: str
    label: str
    kind: str
    width: int | None = None
    meridian: float | None = None
    definition: str | None = None
    in_metres: bool = False

    @property
    def zone(self) -> int | None:
        """Zone number of a Gauss–Krüger grid whose meridian is a standard one."""
        if self.meridian is None or self.width is None:
            return None
        number = self.meridian / 3 if self.width == 3 else (self.meridian + 3) / 6
        return int(number) if number == int(number) else None


def parse_crs(text: object, where: Place | None = None) -> CrsSpec:
    """Understand a reference system.

    Errors: InputFault CRS001 (not understood), CRS002 (no such zone or meridian in China).

    >>> parse_crs("gk3:37").meridian, parse_crs("gk3:111").zone, parse_crs("gk6:19").meridian
    (111.0, 37, 111.0)
    >>> parse_crs("EPSG:4546").meridian, parse_crs("CGCS2000").kind
    (111.0, 'lonlat')
    """
    written = str(text).strip()
    key = key_of(written)
    name = ALIASES.get(key, "")
    if name in _LABELS:
        return CrsSpec(name, _LABELS[name], "shifted" if name in ("gcj02", "bd09") else "lonlat")
    if name:
        return _from_definition(name, where)
    if match := re.fullmatch(r"gk([36]):?(\d+(?:\.\d+)?)", key):
        return _grid(int(match[1]), float(match[2]), where)
    if named := grid_named(key):
        return _grid(*named, where)
    if match := re.fullmatch(r"(?:epsg:?)?(\d{4,6})", key):
        return _from_definition(f"EPSG:{match[1]}", where)
    if re.match(r"[A-Za-z]+\s*\[", written) or written.startswith("+proj"):
        return _from_definition(written, where)
    guess = near(key, ALIASES)
    hint = f"是否想写 `{ALIASES[guess[0]]}`？" if guess else ""
    raise InputFault(Fault("CRS001", f"不认识的坐标系 `{written[:60]}`", where, hint + HELP))


def _grid(width: int, number: float, where: Place | None) -> CrsSpec:
    """A Gauss–Krüger grid by zone number (up to 60) or central meridian in degrees."""
    if number <= 60:
        meridian = number * 3 if width == 3 else number * 6 - 3
    else:
        meridian = number
    if (number != int(number) and number <= 60) or not CHINA[0] <= meridian <= CHINA[2]:
        fault = Fault(
            "CRS002", f"{width}°带没有 `{number:g}` 这个带号或中央经线", where, "我国 3°带带号 24–45，6°带带号 13–23"
        )
        raise InputFault(fault)
    spec = CrsSpec("", "", "grid", width, float(meridian), in_metres=True)
    name = spec.zone if spec.zone is not None else f"{meridian:g}"
    return CrsSpec(f"gk{width}:{name}", _grid_label(width, meridian), "grid", width, float(meridian), in_metres=True)


def _grid_label(width: int, meridian: float) -> str:
    return f"CGCS2000 高斯-克吕格 {width}°带，中央经线 {meridian:g}°"


@lru_cache(maxsize=64)
def _understood(definition: str) -> CrsSpec | None:
    """What PROJ makes of an EPSG code or a WKT; None when it makes nothing of it."""
    import pyproj

    try:
        crs = pyproj.CRS.from_user_input(definition)
    except pyproj.exceptions.CRSError:
        return None
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    code = crs.to_epsg()
    text = f"EPSG:{code}" if code else (definition if len(definition) < 40 else crs.name)
    label = f"{crs.name}（{text}）" if text != crs.name else crs.name
    if not (crs.is_geographic or crs.is_projected):
        return None
    equal = _same_frame(crs)
    if crs.is_geographic and equal:
        return CrsSpec(text, label, "lonlat", definition=definition)
    operation = crs.coordinate_operation
    if equal and operation is not None and "transverse mercator" in operation.method_name.lower():
        values = {parameter.name.lower(): float(parameter.value) for parameter in operation.params}
        scale = next((value for name, value in values.items() if "scale factor" in name), 1.0)
        meridian = next((value for name, value in values.items() if "longitude of" in name), None)
        easting = values.get("false easting", 0.0)
        plain = scale == 1.0 and not values.get("false northing") and not values.get("latitude of natural origin")
        if (
            plain
            and meridian is not None
            and easting % 1e6 == 500_000
            and crs.axis_info[0].unit_conversion_factor == 1.0
        ):
            prefix = int(easting // 1e6)
            # Without a prefix the width cannot be told and does not matter: it only names zones.
            width = 6 if (13 <= prefix <= 23 or "6-degree" in crs.name) and meridian % 6 == 3 else 3
            return CrsSpec(text, label, "grid", width, float(meridian), definition, in_metres=True)
    return CrsSpec(text, label, "other", definition=definition, in_metres=crs.is_projected)


def _from_definition(definition: str, where: Place | None) -> CrsSpec:
    spec = _understood(definition)
    if spec is None:
        raise InputFault(Fault("CRS001", f"不认识的坐标系 `{definition[:60]}`", where, HELP))
    return spec


def _same_frame(crs: pyproj.CRS) -> bool:
    """Whether the datum is CGCS2000, WGS-84 or another realisation of the same frame."""
    datum = crs.geodetic_crs.datum if crs.geodetic_crs is not None else None
    names = [str(getattr(datum, "name", "")), crs.geodetic_crs.name if crs.geodetic_crs is not None else ""]
    return any(word in name.lower() for name in names for word in _EQUAL_DATUMS)


@dataclass(frozen=True, slots=True)
class GridNumbers:
    """How a set of metre numbers is written: survey order (northing first)? which zone prefix?"""

    northing_first: bool
    zone: int | None

    @property
    def width(self) -> int | None:
        """3 or 6, told by the prefix."""
        return None if self.zone is None else 6 if self.zone <= 23 else 3


def in_metres(points: np.ndarray) -> bool:
    """Whether coordinates (n, 2) can only be metres: some value exceeds what degrees allow."""
    finite = points[np.isfinite(points).all(axis=1)]
    return bool(len(finite)) and bool((np.abs(finite) > 360.0).any())


def read_grid_numbers(points: np.ndarray) -> GridNumbers | None:
    """Order and zone prefix of Gauss–Krüger coordinates (n, 2) in metres; None when they do not look like China's.

    >>> read_grid_numbers(np.array([[4195000.0, 37530000.0]]))
    GridNumbers(northing_first=True, zone=37)
    """
    for northing_first in (False, True):
        east, north = (points[:, 1], points[:, 0]) if northing_first else (points[:, 0], points[:, 1])
        if not ((north > 3e5) & (north < 6.2e6)).all():
            continue
        if ((east >= 13e6) & (east < 46e6)).all() and len(set((east // 1e6).astype(int).tolist())) == 1:
            return GridNumbers(northing_first, int(east[0] // 1e6))
        # A plain easting is smaller than any northing of the same place, which settles the order.
        if ((east > 1e5) & (east < 9e5)).all() and (east < north).all():
            return GridNumbers(northing_first, None)
    return None


def candidate_grids(points: np.ndarray, region: Bounds = DEFAULT_REGION) -> tuple[str, ...]:
    """Gauss–Krüger grids that metre coordinates (n, 2) may be in: the prefixed one, else every 3° zone that meets
    `region`.

    >>> candidate_grids(np.array([[530000.0, 4195000.0]]))
    ('gk3:37', 'gk3:38')
    """
    numbers = read_grid_numbers(points)
    if numbers is None:
        return ()
    if numbers.zone is not None:
        return (f"gk{numbers.width}:{numbers.zone}",)
    first, last = int(np.floor(region[0] / 3 + 0.5)), int(np.ceil(region[2] / 3 - 0.5))
    return tuple(f"gk3:{zone}" for zone in range(first, last + 1))


@lru_cache(maxsize=64)
def _unprojector(definition: str, same_frame: bool) -> pyproj.Transformer:
    import pyproj

    crs = pyproj.CRS.from_user_input(definition)
    # In the same frame only the projection is undone; a datum operation would pretend to an accuracy that is not there.
    target = crs.geodetic_crs if same_frame and crs.geodetic_crs is not None else pyproj.CRS(FRAME_CRS)
    return pyproj.Transformer.from_crs(crs, target, always_xy=True)


def grid_transformer(meridian: float) -> pyproj.Transformer:
    """Cached transformer from Gauss–Krüger metres (no prefix) on CGCS2000 to degrees."""
    return _unprojector(
        f"+proj=tmerc +lat_0=0 +lon_0={meridian:.10g} +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +type=crs", True
    )


def convert(geometry: Any, crs: CrsSpec | str, where: Place | None = None) -> tuple[Any, tuple[str, ...]]:
    """A geometry or an object array of geometries in `crs` as EPSG:4490, with notes in Chinese on what was assumed.

    Errors: InputFault CRS003 (degrees where metres were promised, or the reverse), CRS004 (zone prefix contradicts
    the stated zone), CRS005 (coordinates that are not finite numbers or cannot be unprojected).
    """
    spec = crs if isinstance(crs, CrsSpec) else parse_crs(crs, where)
    points = shapely.get_coordinates(geometry)
    if not np.isfinite(points).all():
        raise InputFault(Fault("CRS005", "坐标中有不是有限数的值（NaN 或无穷大）", where, "检查并改正这些坐标"))
    if len(points) == 0:
        return geometry, ()
    if in_metres(points) != spec.in_metres:
        found, promised = ("米制平面坐标", "经纬度") if in_metres(points) else ("经纬度", "米制平面坐标")
        message = (
            f"坐标数值像是{found}（例如 {points[0][0]:.10g}, {points[0][1]:.10g}），但坐标系 {spec.text} 是{promised}"
        )
        raise InputFault(Fault("CRS003", message, where, f"核对 crs；{HELP}"))
    if spec.kind == "lonlat":
        return geometry, ()
    if spec.kind == "shifted":
        return shift_datum(geometry, spec.text, "cgcs2000"), ()
    notes: list[str] = []
    if spec.kind == "grid":
        move = _grid_move(points, spec, where, notes)
    else:
        import pyproj

        assert spec.definition is not None
        same = _same_frame(pyproj.CRS.from_user_input(spec.definition))
        transform = _unprojector(spec.definition, same).transform
        if not same:
            notes.append(f"坐标系 {spec.label} 与 CGCS2000 之间没有公开的精确转换参数，换算误差可达数十米至百余米")

        def move(xy: np.ndarray) -> np.ndarray:
            return np.column_stack(transform(xy[:, 0], xy[:, 1]))

    moved = shapely.transform(geometry, move)
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise InputFault(Fault("CRS005", f"有坐标不能从 {spec.text} 换算为经纬度", where, "核对 crs 与坐标数值"))
    return moved, tuple(notes)


def _grid_move(
    points: np.ndarray, spec: CrsSpec, where: Place | None, notes: list[str]
) -> Callable[[np.ndarray], np.ndarray]:
    numbers = read_grid_numbers(points)
    swap = numbers is not None and numbers.northing_first
    if numbers is not None and numbers.zone is not None:
        width = numbers.width or 3
        prefix_meridian = numbers.zone * 3 if width == 3 else numbers.zone * 6 - 3
        if prefix_meridian != spec.meridian:
            message = (
                f"坐标带号 {numbers.zone}（中央经线 {prefix_meridian}°）"
                f"与坐标系 {spec.text}（中央经线 {spec.meridian:g}°）不一致"
            )
            raise InputFault(Fault("CRS004", message, where, f"若带号为准，crs 写 gk{width}:{numbers.zone}"))
    if swap:
        notes.append("坐标按测量习惯北坐标（X）在前，已换为东坐标在前")
    assert spec.meridian is not None
    transform = grid_transformer(spec.meridian).transform

    def move(xy: np.ndarray) -> np.ndarray:
        east, north = (xy[:, 1], xy[:, 0]) if swap else (xy[:, 0], xy[:, 1])
        # The zone prefix, where there is one, sits in front of six digits.
        return np.column_stack(transform(np.where(east >= 1e6, east % 1e6, east), north))

    return move


def to_lonlat(geometry: Any, crs: CrsSpec | str, where: Place | None = None) -> Any:
    """A geometry or an object array of geometries in `crs` as EPSG:4490 (see `convert`, which also returns the notes).

    >>> p = to_lonlat(shapely.Point(37500000, 4195000), "gk3:37")
    >>> round(p.x, 6), round(p.y, 2)
    (111.0, 37.89)
    """
    return convert(geometry, crs, where)[0]
