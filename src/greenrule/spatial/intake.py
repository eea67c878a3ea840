"""The site of a project, from whatever the filing gives: GeoJSON, a file, a point, degrees–minutes–seconds, a box.

Where the reference system is stated there is one place.  Where it is not, several are possible, 100–700 m apart: they
are all kept, the first is the working assumption, and whoever asks the layers asks for each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from greenrule.core.errors import Fault, InputFault, Place, near
from greenrule.spatial import cornerlist
from greenrule.spatial.crs import CHINA, DEFAULT_REGION, HELP, Bounds, candidate_grids, convert, in_metres, parse_crs
from greenrule.spatial.dms import parse_angle, parse_position
from greenrule.spatial.geojson import finite_number, geojson_shapes
from greenrule.spatial.overlay import geodesics
from greenrule.spatial.validity import find_flaws, mended
from greenrule.spatial.vectorfile import read_as_written

#: Ways to give the place; exactly one is used.
WAYS = ("geometry", "file", "point", "dms", "bbox_dms")
_OTHER_KEYS = ("crs", "layer", "encoding", "county", "city", "town", "address", "name", "note")
#: What longitude/latitude without a stated datum may be, the likeliest first.
DATUM_CANDIDATES = ("cgcs2000", "gcj02", "bd09")
_KINDS = ("point", "line", "polygon")


@dataclass(frozen=True)
class Candidate:
    """One reading of the coordinates: the reference system and the geometry (EPSG:4490) it gives."""

    crs: str
    geometry: Any


@dataclass(frozen=True)
class Site:
    """A project's place.

    geometry : shapely, degrees, EPSG:4490, valid, two-dimensional
    kind : `point`, `line` or `polygon`
    crs : the reference system it was read in; stated : whether anybody said so
    candidates : every reading still possible, the working assumption first; one when the system is stated or settled
    notes : what was assumed or mended, in Chinese
    """

    geometry: Any
    kind: str
    crs: str
    stated: bool
    candidates: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()

    @property
    def in_doubt(self) -> bool:
        """Whether more than one reading is possible."""
        return len(self.candidates) > 1


def read_site(
    location: Mapping[str, Any],
    *,
    base_dir: Path,
    where: Place | None = None,
    repair: bool = False,
    region: Bounds = DEFAULT_REGION,
    most_points: int | None = None,
) -> Site:
    """Read the `location` block of a project file.

    base_dir : folder that `file` is relative to; repair : mend self-crossing polygons instead of refusing them;
    region : (west, south, east, north) in which Gauss–Krüger zones are looked for when none is stated;
    most_points : how many corners a file may have.

    Errors, InputFault with all faults: SITE001 none or several ways to give the place, SITE002 unknown key, SITE003
    not a coordinate, SITE004 too few points, SITE005 kind of geometry not usable, SITE006 empty, SITE007 longitude
    and latitude swapped, SITE008 outside China, SITE009 self-crossing or flat polygon, SITE010 box out of order,
    SITE011 numbers that no reference system explains, SITE012 a file with more corners than asked for; DMS…, CRS… and VEC… of the readers.

    >>> site = read_site({"point": [112.55, 37.87], "crs": "wgs84"}, base_dir=Path("."))
    >>> site.kind, site.stated, site.in_doubt
    ('point', True, False)
    """
    way = _chosen_way(location, where)
    crs = location.get("crs")
    stated = crs is not None and str(crs).strip() != ""
    spec = parse_crs(crs, where) if stated else None
    notes: list[str] = []
    if way == "file":
        written, own = _from_file(location, base_dir, where, notes, most_points)
        if spec is None and own:
            spec, stated = parse_crs(own, where), True
    else:
        written = _READERS[way](location[way], where, notes)
    kind = _KINDS[int(shapely.get_dimensions(written))]
    if spec is not None:
        moved, said = convert(written, spec, where)
        found = [(Candidate(spec.text, moved), said)]
    else:
        found = _candidates(written, where, region, notes)
    notes.extend(found[0][1])
    _check_place(written, found[0][0].geometry, spec is None or not spec.in_metres, where)
    readings = [candidate for candidate, _ in found]
    flaws = find_flaws(readings[0].geometry)
    if flaws:
        if not repair or kind != "polygon":
            raise InputFault(
                Fault("SITE009", flaw.message, where, "改正这些拐点；命令行可加 `--repair` 自动修正，再核对结果")
                for flaw in flaws
            )
        readings = [Candidate(reading.crs, mended(reading.geometry)[0]) for reading in readings]
        notes.extend(f"原图形：{flaw.message}" for flaw in flaws)
        notes.extend(mended(found[0][0].geometry)[1])
        if shapely.is_empty(readings[0].geometry):
            raise InputFault(Fault("SITE009", "图形修正后没有剩下任何面积", where, "重新绘制场地范围"))
    if len(readings) > 1:
        notes.append(_doubt_note(readings))
    for reading in readings:
        shapely.prepare(reading.geometry)
    return Site(readings[0].geometry, kind, readings[0].crs, stated, tuple(readings), tuple(notes))


def settle_datum(site: Site, county: Any | None) -> Site:
    """Drop the readings that lie wholly outside the county (or township) the filing names, when others do not.

    county : shapely geometry in EPSG:4490, or None.  A stated system is never overruled; a contradiction is noted.
    """
    if county is None:
        return site
    inside = [candidate for candidate in site.candidates if shapely.intersects(county, candidate.geometry)]
    if not inside:
        said = "所述坐标系" if site.stated else "各种可能的坐标系"
        return replace(site, notes=(*site.notes, f"按{said}，场地都不在所写的县（市、区）范围内，请核对坐标和地址"))
    if len(inside) == len(site.candidates):
        return site
    dropped = "、".join(candidate.crs for candidate in site.candidates if candidate not in inside)
    note = f"按 {dropped} 场地会落在所写的县（市、区）之外，已排除；采用 {inside[0].crs}"
    return replace(
        site, geometry=inside[0].geometry, crs=inside[0].crs, candidates=tuple(inside), notes=(*site.notes, note)
    )


def _chosen_way(location: Mapping[str, Any], where: Place | None) -> str:
    faults = []
    given = [key for key in WAYS if location.get(key) is not None]
    for key in location:
        if key not in WAYS and key not in _OTHER_KEYS:
            guess = near(str(key), (*WAYS, *_OTHER_KEYS), 1)
            hint = f"是否想写 `{guess[0]}`？" if guess else f"可用的键：{'、'.join((*WAYS, *_OTHER_KEYS))}"
            faults.append(Fault("SITE002", f"location 里有未知的键 `{key}`", where, hint))
    if len(given) != 1:
        said = "没有给出位置" if not given else f"同时给了 {'、'.join(given)}"
        faults.append(Fault("SITE001", f"location {said}", where, f"给出且只给出其中一种：{'、'.join(WAYS)}"))
    if faults:
        raise InputFault(faults)
    return given[0]


def _from_point(value: Any, where: Place | None, notes: list[str]) -> Any:
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) in (2, 3):
        pair = [finite_number(item) for item in value[:2]]
        if None not in pair:
            return shapely.Point(pair)
        if not any(isinstance(item, str) for item in value[:2]):
            raise InputFault(Fault("SITE003", f"point `{list(value)}` 里有不是有限数的值", where, "写成 [经度, 纬度]"))
        value = value[:2]
    if isinstance(value, str) or (isinstance(value, Sequence) and len(value) == 2):
        return shapely.Point(parse_position(value, where))
    raise InputFault(
        Fault("SITE003", f"point `{value}` 不是一对坐标", where, "写成 [经度, 纬度]，例如 [112.55, 37.87]")
    )


def _from_dms(value: Any, where: Place | None, notes: list[str]) -> Any:
    single = isinstance(value, str) or (
        isinstance(value, Sequence) and len(value) == 2 and all(_is_one_angle(item) for item in value)
    )
    if single:
        return shapely.Point(parse_position(value, where))
    if not isinstance(value, Sequence) or not value:
        raise InputFault(
            Fault("SITE003", f"dms `{value}` 不是位置", where, "写成 [112°18′24″, 38°44′02″]，或拐点的列表")
        )
    corners: list[tuple[float, float]] = []
    faults: list[Fault] = []
    for number, item in enumerate(value, 1):
        try:
            corners.append(parse_position(item, where))
        except InputFault as problem:
            faults += [Fault(f.code, f"第 {number} 个拐点：{f.message}", f.place, f.help) for f in problem.faults]
    if faults:
        raise InputFault(faults)
    if len(set(corners)) < 3:
        raise InputFault(
            Fault("SITE004", f"dms 只有 {len(set(corners))} 个不同的拐点，围不成面", where, "至少给三个拐点")
        )
    # A list of corner points is understood to return to its start.
    return shapely.Polygon(corners)


def _is_one_angle(item: Any) -> bool:
    if isinstance(item, (int, float)):
        return True
    if not isinstance(item, str):
        return False
    try:
        parse_angle(item)
    except InputFault as problem:
        # A mistyped angle is still one angle; a text that holds two is a position.
        return "个角度" not in problem.faults[0].message
    return True


def _from_box(value: Any, where: Place | None, notes: list[str]) -> Any:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 4:
        raise InputFault(Fault("SITE003", "bbox_dms 应是四个角度", where, "依次写 [西经界, 南纬界, 东经界, 北纬界]"))
    sides: list[float] = []
    faults: list[Fault] = []
    for item in value:
        try:
            sides.append(parse_angle(item, where).value)
        except InputFault as problem:
            faults.extend(problem.faults)
    if faults:
        raise InputFault(faults)
    west, south, east, north = sides
    if not (west < east and south < north):
        message = f"bbox_dms 的次序不对：西 {west:.6f} 应小于东 {east:.6f}，南 {south:.6f} 应小于北 {north:.6f}"
        raise InputFault(Fault("SITE010", message, where, "依次写 [西, 南, 东, 北]"))
    notes.append("范围是经纬度外包框，实际场地可能小于此范围")
    return shapely.box(west, south, east, north)


def _from_geojson(value: Any, where: Place | None, notes: list[str]) -> Any:
    """A GeoJSON geometry, Feature or FeatureCollection, as one geometry of one kind."""
    faults: list[Fault] = []
    shapes = geojson_shapes(value, "geometry", where, notes, faults)
    if faults:
        raise InputFault(faults)
    return _gathered(shapes, where, notes)


def _from_file(
    location: Mapping[str, Any], base_dir: Path, where: Place | None, notes: list[str], most_points: int | None
) -> tuple[Any, str | None]:
    """The file's features as one geometry, as written, and the reference system the file itself states."""
    path = base_dir / str(location["file"])
    layer, encoding = location.get("layer"), location.get("encoding")
    if path.suffix.lower() in cornerlist.SUFFIXES and path.is_file():
        listed = cornerlist.read_corner_file(path, encoding)
        notes.extend(listed.notes)
        return _gathered(list(listed.geometry), where, notes), listed.crs
    read = read_as_written(path, layer=layer, encoding=encoding)
    points = int(shapely.get_num_coordinates(read.geometry).sum())
    if most_points is not None and points > most_points:
        told = f"上限 {most_points:,} 个：精简（抽稀）后再提供，或导入为图层"
        raise InputFault(Fault("SITE012", f"图形有 {points:,} 个拐点", where, told))
    notes.extend(read.notes)
    if path.suffix.lower() == ".dxf":
        return _gathered(_widest(read.geometry, notes), where, notes), None
    if read.crs_from == "format" and location.get("crs") is None:
        notes.append("该格式按规定是 WGS-84，但网络地图导出的文件常是 GCJ-02 或 BD-09，故仍列为可能")
    return _gathered(list(read.geometry), where, notes), read.crs if read.crs_from == "file" else None


def _widest(shapes: np.ndarray, notes: list[str]) -> list[Any]:
    """Of what a drawing holds the areas, else the lines, else the points: texts and marks stand beside the outline."""
    kinds = shapely.get_dimensions(shapes)
    kept = shapes[kinds == kinds.max()]
    if len(kept) < len(shapes):
        notes.append(
            f"图中只取{('点', '线', '面')[int(kinds.max())]}，另有 {len(shapes) - len(kept)} 个线、点或注记没有采用"
        )
    return list(kept)


_READERS = {"geometry": _from_geojson, "point": _from_point, "dms": _from_dms, "bbox_dms": _from_box}


def _gathered(shapes: Sequence[Any], where: Place | None, notes: list[str]) -> Any:
    """Several shapes as one of a single kind."""
    shapes = [part for shape in shapes for part in shapely.get_parts(shapely.force_2d(shape)) if not part.is_empty]
    if not shapes:
        raise InputFault(Fault("SITE006", "位置是空的，没有任何图形", where, "给出点、线或面"))
    kinds = {int(shapely.get_dimensions(shape)) for shape in shapes}
    if len(kinds) > 1 or -1 in kinds:
        raise InputFault(Fault("SITE005", "位置里混有点、线、面", where, "一个项目只用一种图形；其余另列"))
    if len(shapes) == 1:
        return shapes[0]
    notes.append(f"位置由 {len(shapes)} 个图形组成，合并为一个场地")
    if kinds == {2}:
        # Overlapping parts must not be counted twice; crossing ones are left for the check to name.
        return shapely.union_all(shapes) if all(shapely.is_valid(shapes)) else shapely.MultiPolygon(shapes)
    return shapely.MultiPoint(shapes) if kinds == {0} else shapely.MultiLineString(shapes)


def _candidates(
    written: Any, where: Place | None, region: Bounds, notes: list[str]
) -> list[tuple[Candidate, tuple[str, ...]]]:
    """Every reading of coordinates whose reference system nobody stated, with its notes, the likeliest first."""
    points = shapely.get_coordinates(written)
    if not in_metres(points):
        return [(Candidate(name, convert(written, name, where)[0]), ()) for name in DATUM_CANDIDATES]
    grids = candidate_grids(points, region)
    if not grids:
        x, y = points[0]
        message = f"坐标 {x:.10g}, {y:.10g} 既不是经纬度，也不像我国的高斯平面坐标"
        raise InputFault(Fault("SITE011", message, where, f"用 crs 说明坐标系：{HELP}"))
    found = []
    for name in grids:
        moved, said = convert(written, name, where)
        found.append((Candidate(name, moved), said))
    box = shapely.box(*region)
    near_by = [pair for pair in found if shapely.intersects(box, pair[0].geometry)]
    found = near_by or found
    if len(found) == 1:
        notes.append(f"没有说明坐标系；按坐标数值判断为 {parse_crs(found[0][0].crs).label}")
    return found


def _check_place(written: Any, moved: Any, degrees: bool, where: Place | None) -> None:
    """Refuse what lies outside the country, and say when only the order of the numbers is wrong."""
    west, south, east, north = CHINA
    points = shapely.get_coordinates(moved)
    lon, lat = points[:, 0], points[:, 1]
    outside = ~((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
    if not outside.any():
        return
    if degrees and not in_metres(shapely.get_coordinates(written)):
        x, y = shapely.get_coordinates(written)[0].tolist()
        if ((lat >= west) & (lat <= east) & (lon >= south) & (lon <= north)).all():
            message = f"经纬度像是写反了：[{x:.10g}, {y:.10g}]"
            raise InputFault(Fault("SITE007", message, where, f"经度在前；是否想写 [{y:.10g}, {x:.10g}]？"))
    first = int(np.flatnonzero(outside)[0])
    count = f"（共 {int(outside.sum())} 个点）" if outside.sum() > 1 else ""
    message = f"第 {first + 1} 个点 {lon[first]:.6f}, {lat[first]:.6f} 在中国之外{count}"
    raise InputFault(Fault("SITE008", message, where, f"核对坐标与坐标系；{HELP}"))


def _doubt_note(readings: Sequence[Candidate]) -> str:
    """How far apart the readings are, in metres on the ellipsoid."""
    first = readings[0].geometry.centroid  # moves with the shape; a point "on the surface" may jump across a hole
    apart = []
    for reading in readings[1:]:
        other = reading.geometry.centroid
        distance = geodesics().inv(first.x, first.y, other.x, other.y)[2]
        apart.append(f"{reading.crs} 相差约 {distance:.0f} 米")
    return f"没有说明坐标系，暂按 {readings[0].crs}；也可能是 {'，'.join(apart)}"
