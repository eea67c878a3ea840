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
    Edges are shared where they coincide exactly (where the vertices differ, as far as shapely finds them collinear) and have the
    two on either side.

    >>> found = shared_borders(np.array([shapely.box(112, 37, 113, 38), shapely.box(113, 37.5, 114, 38.5)]))
    >>> [(border.one, border.other, round(border.length_m)) for border in found]
    [(0, 1, 55496)]
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
    overlap = shapely.relate_pattern(polygons[ones], polygons[others], "T********")
    out = []
    for one, other, found, over in zip(ones.tolist(), others.tolist(), common, overlap.tolist(), strict=True):
        parts = shapely.get_parts(found)
        parts = parts[shapely.get_dimensions(parts) == 1]
        if over:  # where two overlap, an edge in common may have both on its one side: that is no border
            parts = parts[[_sides(part, polygons[one], polygons[other])[0] is not None for part in parts]]
        if not len(parts):
            continue
        line = shapely.line_merge(shapely.multilinestrings(parts)) if len(parts) > 1 else parts[0]
        out.append(Border(one, other, line, float(lengths_m(np.array([line], dtype=object))[0])))
    return out


def facing_pairs(
    polygons: npt.NDArray[Any], apart: npt.NDArray[Any], gap_m: float, shared: Sequence[Border]
) -> list[tuple[int, int]]:
    """Polygons with different labels that come within `gap_m` metres of one another, or overlap, and share no border.

    What two authorities drew separately seldom meets to the bit; only polygons that are `out_of_step` are looked at.
    """
    loose = np.flatnonzero(out_of_step(polygons) | _alone(polygons))
    known = {(border.one, border.other) for border in shared}
    edges = shapely.boundary(polygons[loose])
    middle = np.radians(float(np.mean(shapely.total_bounds(polygons)[[1, 3]])))
    degrees = gap_m / float(np.radians(1.0) * min(radii(middle)))
    ones, others = shapely.STRtree(edges).query(edges, predicate="dwithin", distance=degrees)
    pairs = sorted(
        {(int(loose[one]), int(loose[other])) for one, other in zip(ones.tolist(), others.tolist(), strict=True)}
    )
    return [
        (one, other) for one, other in pairs if one < other and apart[one] != apart[other] and (one, other) not in known
    ]


def _alone(polygons: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """(n,) polygons that touch no other: a gap all round is no fault of a coverage."""
    ones, others = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    touched = np.zeros(len(polygons), dtype=bool)
    touched[ones[ones != others]] = True
    return ~touched


@dataclass(frozen=True)
class Stretch:
    """A part of a border along which no zone begins or ends: the line, its length, and a point a step to either side.

    one, other : shapely points (degrees) inside the two polygons; None where the step leads into neither of them, because a
    third one is nearer than that
    """

    line: Any
    length_m: float
    one: Any
    other: Any


def stretches(border: Border, polygons: npt.NDArray[Any], zones: Sequence[Zone]) -> list[Stretch]:
    """A border cut where the edges of zones cross it.

    The two points of a stretch lie `STEP_M` metres to either side of its longest edge, or a quarter of that edge if it is
    shorter than four steps.
    """
    pieces = list(shapely.get_parts(border.line))
    for zone in zones:
        for shape in zone.shapes(border.line):
            if shape is not None:
                pieces = [part for piece in pieces for part in _cut(piece, shape)]
    lengths = lengths_m(np.array(pieces, dtype=object))
    out = []
    for piece, length in zip(pieces, lengths.tolist(), strict=True):
        if length > _HAIR_M or len(pieces) == 1:
            out.append(Stretch(piece, float(length), *_sides(piece, polygons[border.one], polygons[border.other])))
    return out


def _cut(line: Any, shape: Any) -> list[Any]:
    """A line in pieces inside and outside a shape."""
    if not shapely.intersects(shape, line) or shapely.contains_properly(shape, line):
        return [line]
    cut: list[Any] = []
    for part in (shapely.intersection(line, shape), shapely.difference(line, shape)):
        found = shapely.get_parts(shapely.line_merge(part) if part.geom_type == "MultiLineString" else part)
        cut += list(found[shapely.get_dimensions(found) == 1])
    return cut


def _sides(line: Any, one: Any, other: Any) -> tuple[Any, Any]:
    """Points a step to the side of the line's longest edge, the one inside the one polygon first."""
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
    left, right = shapely.points(middle + offset), shapely.points(middle - offset)
    if shapely.contains_properly(one, left) and shapely.contains_properly(other, right):
        return left, right
    if shapely.contains_properly(one, right) and shapely.contains_properly(other, left):
        return right, left
    return None, None


def joined_lines(lines: Sequence[Any]) -> Any:
    """Lines as one multi-line, runs that meet end to end in one piece."""
    parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(list(lines))))
    return shapely.multilinestrings(parts)
