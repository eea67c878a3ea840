"""Borders that polygons share: which neighbours, along which line, how long, and what lies on either side of it.

Lines are those of the layer to the last bit; lengths are true lengths on the ellipsoid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from greenrule.spatial.carving import Zone
from greenrule.spatial.overlay import lengths_m, radii

#: How far from a border the two sides of it are asked: metres. Not a legal distance.
STEP_M = 1.0
#: Stretches of a border shorter than this are what rounding left where two lines cross: metres.
_HAIR_M = 1e-3


@dataclass(frozen=True)
class Border:
    """A border that two polygons share: their numbers, the line (degrees, EPSG:4490) and its true length in metres."""

    one: int
    other: int
    line: Any
    length_m: float


def out_of_step(polygons: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """(n,) whether a polygon overlaps another or does not share its vertices with its neighbours; false in a coverage.

    >>> square = shapely.box(112, 37, 113, 38)
    >>> out_of_step(np.array([square, shapely.box(113, 37, 114, 38)])).tolist()
    [False, False]
    >>> out_of_step(np.array([square, shapely.box(112.9, 37, 114, 38)])).tolist()
    [True, True]
    """
    return np.asarray(~shapely.is_empty(shapely.coverage_invalid_edges(polygons)))


def shared_borders(polygons: npt.NDArray[Any], apart: npt.NDArray[Any] | None = None) -> list[Border]:
    """The borders that polygons share, by the numbers of the two, the smaller first; a corner in common is no border.

    polygons : (n,) valid, degrees; apart : (n,) labels – only pairs with different labels are asked
    Edges are shared where they coincide exactly; where the vertices differ, as far as shapely finds them collinear.

    >>> found = shared_borders(np.array([shapely.box(112, 37, 113, 38), shapely.box(113, 37.5, 114, 38.5)]))
    >>> [(border.one, border.other, round(border.length_m)) for border in found]
    [(0, 1, 55498)]
    """
    tree = shapely.STRtree(polygons)
    ones, others = tree.query(polygons, predicate="intersects")
    wanted = ones < others
    if apart is not None:
        wanted &= apart[ones] != apart[others]
    ones, others = ones[wanted], others[wanted]
    order = np.lexsort((others, ones))
    ones, others = ones[order], others[order]
    edges = shapely.boundary(polygons)
    common = shapely.intersection(edges[ones], edges[others])
    out = []
    for one, other, found in zip(ones.tolist(), others.tolist(), common, strict=True):
        parts = shapely.get_parts(found)
        parts = parts[shapely.get_dimensions(parts) == 1]
        if not len(parts):
            continue
        line = shapely.line_merge(shapely.multilinestrings(parts)) if len(parts) > 1 else parts[0]
        out.append(Border(one, other, line, float(lengths_m(np.array([line], dtype=object))[0])))
    return out


def facing_borders(
    polygons: npt.NDArray[Any], apart: npt.NDArray[Any], gap_m: float, shared: Sequence[Border]
) -> list[Border]:
    """Stretches of edges that run within `gap_m` metres of a polygon of another label without being shared with it.

    What two authorities drew separately seldom meets to the bit.  The line is that of the polygon with the smaller number;
    pieces shorter than four gaps are left out: they are edges that run away from the end of a shared border.
    """
    edges = shapely.boundary(polygons)
    middle = float(np.mean(shapely.total_bounds(polygons)[[1, 3]]))
    meridian, parallel = radii(np.radians(middle))
    wide = gap_m / float(np.radians(min(meridian, parallel)))
    known = {(border.one, border.other): border.line for border in shared}
    ones, others = shapely.STRtree(polygons).query(polygons, predicate="dwithin", distance=wide)
    out = []
    for one, other in zip(ones.tolist(), others.tolist(), strict=True):
        if one >= other or apart[one] == apart[other]:
            continue
        scale = np.array([parallel, meridian]) * np.radians(1.0)
        plane = [shapely.transform(shape, lambda xy, s=scale: xy * s) for shape in (edges[one], edges[other])]
        near = shapely.intersection(plane[0], shapely.buffer(plane[1], gap_m))
        if (one, other) in known:
            touching = shapely.transform(known[one, other], lambda xy, s=scale: xy * s)
            near = shapely.difference(near, shapely.buffer(touching, 1e-3))
        merged = shapely.line_merge(near) if near.geom_type == "MultiLineString" else near
        parts = shapely.get_parts(merged)
        parts = parts[(shapely.get_dimensions(parts) == 1) & (shapely.length(parts) > 4 * gap_m)]
        if len(parts):
            line = shapely.transform(shapely.multilinestrings(parts) if len(parts) > 1 else parts[0], lambda xy, s=scale: xy / s)
            out.append(Border(one, other, line, float(lengths_m(np.array([line], dtype=object))[0])))
    return out


@dataclass(frozen=True)
class Stretch:
    """A part of a border along which no zone begins or ends: the line, its length, a point a step to either side.

    left, right : (2,) degrees, seen in the direction of the line
    """

    line: Any
    length_m: float
    left: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]


def stretches(line: Any, zones: Sequence[Zone]) -> list[Stretch]:
    """A line cut where the edges of zones cross it.

    The two points of a stretch lie `STEP_M` metres to the left and the right of its middle edge.
    """
    pieces = [part for part in shapely.get_parts(line)]
    for zone in zones:
        for shape in zone.shapes(line):
            if shape is None:
                continue
            cut: list[Any] = []
            for piece in pieces:
                if not shapely.intersects(shape, piece) or shapely.contains_properly(shape, piece):
                    cut.append(piece)
                    continue
                for part in (shapely.intersection(piece, shape), shapely.difference(piece, shape)):
                    found = shapely.get_parts(shapely.line_merge(part) if part.geom_type == "MultiLineString" else part)
                    cut += list(found[shapely.get_dimensions(found) == 1])
            pieces = cut
    lengths = lengths_m(np.array(pieces, dtype=object))
    return [
        Stretch(piece, float(length), *_sides(piece))
        for piece, length in zip(pieces, lengths.tolist(), strict=True)
        if length > _HAIR_M or len(pieces) == 1
    ]


def _sides(line: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Points a step to the left and right of the middle of the line's longest edge."""
    points = shapely.get_coordinates(line)
    meridian, parallel = radii(np.radians(points[:-1, 1]))
    scale = np.column_stack([parallel, meridian]) * np.radians(1.0)
    steps = (points[1:] - points[:-1]) * scale
    length = np.hypot(steps[:, 0], steps[:, 1])
    at = int(length.argmax())
    normal = np.array([-steps[at, 1], steps[at, 0]]) / length[at]
    # A short edge lies between others that may turn: no farther than a quarter of it.
    offset = normal * min(STEP_M, length[at] / 4) / scale[at]
    middle = (points[at] + points[at + 1]) / 2
    return middle + offset, middle - offset
