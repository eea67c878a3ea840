"""What is wrong with a shape, and exactly where: the segments that cross, by number and place.

GEOS says *that* a polygon is invalid and names one point.  A reader who has to mend a drawing needs every crossing,
with the two segments as counted in the list of corner points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

#: How many crossings are listed; a scribble has thousands and nobody reads past these.
MOST_LISTED = 10

_REASONS = {
    "Hole lies outside shell": "有洞落在外环之外",
    "Holes are nested": "洞与洞嵌套",
    "Interior is disconnected": "洞把内部切断",
    "Nested shells": "部件相互包含",
    "Duplicate Rings": "有重复的环",
    "Self-intersection": "自相交",
    "Ring Self-intersection": "环与自身相接",
    "Too few points in geometry component": "点太少",
    "Invalid Coordinate": "坐标无效",
    "Ring is not closed": "环未闭合",
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong with a shape.

    message : 中文, with the place; lon, lat : degrees, None where no single place can be given
    segments : the two segments of the ring, counted from 1 (segment k runs from corner k to corner k+1), for crossings
    """

    message: str
    lon: float | None = None
    lat: float | None = None
    segments: tuple[int, int] | None = None


def find_flaws(geometry: Any) -> tuple[Flaw, ...]:
    """Everything that makes a geometry in degrees unusable; empty when it is valid and has an extent.

    >>> bow_tie = shapely.Polygon([(112, 37), (113, 38), (113, 37), (112, 38)])
    >>> find_flaws(bow_tie)[0].segments
    (1, 3)
    >>> find_flaws(shapely.box(112, 37, 113, 38))
    ()
    """
    if shapely.is_empty(geometry):
        return (Flaw("图形是空的"),)
    if shapely.is_valid(geometry):
        flat = shapely.get_dimensions(geometry) == 2 and shapely.area(geometry) == 0.0
        return (Flaw("面的面积为零（各点在一条线上）"),) if flat else ()
    flaws: list[Flaw] = []
    polygons = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    for number, polygon in enumerate(polygons, 1):
        for ring_number, ring in enumerate(shapely.get_rings(polygon)):
            parts = [f"第 {number} 个面"] if len(polygons) > 1 else []
            parts += [f"第 {ring_number} 个洞"] if ring_number else []
            flaws.extend(_ring_flaws(shapely.get_coordinates(ring), "的".join(parts)))
    return tuple(flaws) or (_explained(geometry),)


def _ring_flaws(points: np.ndarray, name: str) -> list[Flaw]:
    """Crossings, touches and spikes of one closed ring (n, 2)."""
    # Doubled corner points make segments of no length, which everything touches.
    kept = np.r_[(np.diff(points, axis=0) != 0).any(axis=1), True]
    number = np.flatnonzero(kept)
    points = points[kept]
    count = len(points) - 1
    if count < 3:
        return [Flaw(f"{name or '外环'}不足三个不同的点", *points[0].tolist())]
    segments = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
    first, second = shapely.STRtree(segments).query(segments, predicate="intersects")
    pairs = np.column_stack([first, second])[first < second]
    neighbours = (pairs[:, 1] - pairs[:, 0] == 1) | ((pairs[:, 0] == 0) & (pairs[:, 1] == count - 1))
    meetings = shapely.intersection(segments[pairs[:, 0]], segments[pairs[:, 1]])
    # Neighbours always share their corner; they are a flaw only when one runs back over the other.
    wrong = ~neighbours | (shapely.get_dimensions(meetings) == 1)
    found: list[Flaw] = []
    listed = list(zip(pairs[wrong].tolist(), meetings[wrong], strict=True))
    for (one, other), meeting in listed[:MOST_LISTED]:
        lon, lat = shapely.get_coordinates(meeting)[0].tolist()
        one_number, other_number = int(number[one]) + 1, int(number[other]) + 1
        verb = "折返重叠" if shapely.get_dimensions(meeting) == 1 else "相交"
        text = f"{name}{'的' if name else ''}第 {one_number} 段与第 {other_number} 段{verb}于 {lon:.6f}, {lat:.6f}"
        found.append(Flaw(text, lon, lat, (one_number, other_number)))
    if len(listed) > MOST_LISTED:
        found.append(Flaw(f"{name}另有 {len(listed) - MOST_LISTED} 处相交未列出"))
    return found


def _explained(geometry: Any) -> Flaw:
    """The engine's own reason, in Chinese, for flaws that are not in a single ring."""
    reason = str(shapely.is_valid_reason(geometry))
    match = re.match(r"([^\[]+)\[(\S+) (\S+)\]", reason)
    if match is None:
        return Flaw(f"图形无效（{reason}）")
    lon, lat = float(match[2]), float(match[3])
    text = _REASONS.get(match[1].strip(), match[1].strip())
    return Flaw(f"{text}，在 {lon:.6f}, {lat:.6f}", lon, lat)


def mended(geometry: Any) -> tuple[Any, tuple[str, ...]]:
    """A valid version of a polygon, with a note that says what changed; unchanged where it was valid.

    Overlapping loops become parts; spikes and lines that collapse are dropped.
    """
    if not find_flaws(geometry):
        return geometry, ()
    # The structure method can leave parts that share an edge, which is not valid either; the union joins them.
    valid = shapely.union_all(shapely.get_parts(shapely.make_valid(geometry, method="structure", keep_collapsed=False)))
    before, after = (len(shapely.get_parts(shape)) for shape in (geometry, valid))
    change = f"，由 {before} 个部件变为 {after} 个" if before != after else ""
    return valid, (f"图形自相交，已自动修正{change}；请核对修正后的范围",)


def areal(geometry: Any) -> tuple[Any, bool]:
    """The polygons of a geometry (None where it has none), and whether points or lines were left.

    >>> areal(shapely.Point(112, 37)), areal(shapely.box(112, 37, 113, 38))[1]
    ((None, True), False)
    """
    parts = list(shapely.get_parts(geometry))
    while any(part.geom_type.startswith(("Multi", "Geometry")) for part in parts):
        parts = [inner for part in parts for inner in shapely.get_parts(part)]
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    if not polygons:
        return None, True
    return (polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)), len(polygons) < len(parts)
