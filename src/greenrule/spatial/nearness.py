"""How near a site is to chosen features, or how deep it lies in them, in metres.

Distances are sought in a plane tangent at the site: degrees times the ellipsoid's metres per degree there.  Unlike an
azimuthal projection of the corner points this keeps every edge straight, as the layer stores it, so the sign never
contradicts the overlay.  The nearest pair found is then measured again as a geodesic, which removes the plane's error
from the result: within 10 km it is right to a decimetre, and farther out to a few thousandths.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from greenrule.spatial.overlay import LayerIndex, radii

if TYPE_CHECKING:
    import pyproj

Rows = Sequence[int] | np.ndarray | None

#: Depths of sites with an extent are found to this many metres, or to a thousandth of the depth where that is more.
TOLERANCE_M = 0.1
_RELATIVE = 1e-3
# Gaps and overlaps between neighbours smaller than this (0.1 mm, in degrees) are no border.
_SNAP = 1e-9
# Unions are remembered per layer; a screening asks for the same few again and again.
_REMEMBERED = 256
# The plane stretches by this much at most over the distances that are compared; a wider margin only costs time.
_MARGIN = 0.01
# Pieces of a site examined at once at most; a limit for pathological shapes, beyond which the least promising are let
# go.
_MOST_PIECES = 4096


class _Plane:
    """Degrees to metres and back around one site."""

    def __init__(self, geometry: Any) -> None:
        west, south, east, north = shapely.bounds(geometry).tolist()
        self.origin = np.array([(west + east) / 2, (south + north) / 2])
        meridian, parallel = radii(np.radians(self.origin[1]))
        self.scale = np.radians([float(parallel), float(meridian)])

    def project(self, geometry: Any) -> Any:
        return shapely.transform(geometry, lambda points: (points - self.origin) * self.scale)

    def geodesic(self, line: Any) -> float:
        """Length in metres of a two-point line of the plane, as a geodesic."""
        (x0, y0), (x1, y1) = shapely.get_coordinates(line) / self.scale + self.origin
        return float(_geod().inv(x0, y0, x1, y1)[2])


@lru_cache(maxsize=1)
def _geod() -> pyproj.Geod:
    import pyproj

    return pyproj.Geod(ellps="GRS80")


def signed_distance_m(index: LayerIndex, geometry: Any, rows: Rows = None) -> float | None:
    """Signed distance of a site to the chosen features of a layer; None when there are none.

    geometry : shapely, degrees, EPSG:4490, valid; rows : the features, all when None

    Positive: metres from the site to the nearest feature.  Negative: how far the border of the features' union would
    have to move inward until the site no longer meets it – for a point its distance to that border, for lines and
    polygons the greatest such distance of any of their points (tolerance 0.1 m or 0.1 %).  Zero: they only touch, or
    the feature has no inside (a line, a point).

    >>> from greenrule.spatial.frame import Frame
    >>> index = LayerIndex(Frame(np.array([shapely.box(112, 37, 113, 38)])))
    >>> round(signed_distance_m(index, shapely.Point(112.5, 36.99)))
    1110
    >>> round(signed_distance_m(index, shapely.Point(112.5, 37.01)))
    -1110
    """
    meeting = index.meeting(geometry, rows)
    if len(meeting) == 0:
        return _outside(index, geometry, rows)
    areal = meeting[index.part_dimension[meeting] == 2]
    if len(areal) == 0:
        return 0.0
    depth = _depth(index, geometry, rows, areal)
    return -depth if depth > 0.0 else 0.0


def distance_to_lines_m(index: LayerIndex, geometry: Any, rows: Rows = None) -> float | None:
    """Distance in metres of a site to the chosen lines, 0 where they meet; None when there are no features.

    For "within 1 km of the bank line": give the bank lines, or the water surface as polygons, in which the distance
    is 0.
    """
    if len(index.meeting(geometry, rows)):
        return 0.0
    return _outside(index, geometry, rows)


def _outside(index: LayerIndex, geometry: Any, rows: Rows) -> float | None:
    """Distance to the nearest chosen part, none of which meets the site."""
    mask = index.chosen(rows)
    numbers = np.arange(len(index.parts)) if mask is None else np.flatnonzero(mask)
    # Bounds of empty parts are not numbers; there is no distance to nothing.
    numbers = numbers[np.isfinite(index.part_bounds[numbers, 0])]
    if len(numbers) == 0:
        return None
    plane = _Plane(geometry)
    site = plane.project(geometry)
    west, south, east, north = shapely.bounds(geometry)
    box = index.part_bounds[numbers]
    gap = np.maximum(
        0.0,
        np.stack([np.maximum(box[:, 0] - east, west - box[:, 2]), np.maximum(box[:, 1] - north, south - box[:, 3])]),
    )
    least = np.hypot(gap[0] * plane.scale[0], gap[1] * plane.scale[1])
    best = np.inf
    for place in np.argsort(least, kind="stable").tolist():
        if least[place] * (1.0 - _MARGIN) > best:
            break
        part = plane.project(index.parts[numbers[place]])
        if shapely.distance(site, part) * (1.0 - _MARGIN) < best:
            best = min(best, plane.geodesic(shapely.shortest_line(site, part)))
    return best


def _outline(index: LayerIndex, parts: np.ndarray) -> Any:
    """The border, in degrees, of the union of some areal parts; remembered."""
    key = tuple(parts.tolist())
    if key not in index.outlines:
        if len(index.outlines) >= _REMEMBERED:
            index.outlines.pop(next(iter(index.outlines)))
        shapes = index.parts[parts]
        union = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes, grid_size=_SNAP)
        index.outlines[key] = shapely.boundary(union)
    return index.outlines[key]


def _depth(index: LayerIndex, geometry: Any, rows: Rows, parts: np.ndarray) -> float:
    """Greatest distance of any point of the site to the border of the union of the chosen features.

    The union is only formed as far as it matters: a neighbour is added when it could move the border that was found.
    """
    plane = _Plane(geometry)
    site = plane.project(geometry)
    is_point = bool(shapely.get_dimensions(geometry) == 0)
    mask = index.chosen(rows)
    while True:
        outline = plane.project(_outline(index, parts))
        inside = site if is_point else plane.project(_inside(index, geometry, parts))
        deepest, reach = _deepest(inside, outline)
        if deepest is None:
            return 0.0
        line = shapely.shortest_line(deepest, outline)
        # A point is settled when no other feature covers the border point nearest to it; a site with an extent only
        # when no other feature is within reach, since then all of its points are settled.
        foot = shapely.get_coordinates(line)[1] / plane.scale + plane.origin
        asked = shapely.Point(foot) if is_point and len(shapely.get_parts(site)) == 1 else geometry
        margin = _SNAP if asked is not geometry else (reach * (1 + _MARGIN) + TOLERANCE_M) / float(plane.scale.min())
        near = index.tree.query(asked, predicate="dwithin", distance=margin)
        near = near[index.part_dimension[near] == 2]
        if mask is not None:
            near = near[mask[near]]
        near = np.setdiff1d(near, parts)
        # What does not touch the group leaves the group's border where it is.
        joins = shapely.dwithin(index.parts[near][:, None], index.parts[parts][None, :], _SNAP).any(axis=1)
        grown = np.union1d(parts, near[joins])
        if len(grown) == len(parts):
            return plane.geodesic(line)
        parts = grown


def _inside(index: LayerIndex, geometry: Any, parts: np.ndarray) -> Any:
    """The part of the site inside any of the areal parts."""
    for part in parts.tolist():
        if shapely.covers(index.parts[part], geometry):
            return geometry
    return shapely.union_all(shapely.intersection(index.parts[parts], geometry))


def _deepest(site: Any, outline: Any) -> tuple[Any, float]:
    """The point of the site farthest from the outline (both in metres), and that distance; (None, 0) for nothing.

    Branch and bound: the site is cut into ever smaller pieces.  The distance to one segment is convex, so over a
    piece it is greatest at a corner of its hull; that bounds the distance to the whole outline from above, and its
    value at a corner from below.  Pieces that cannot beat the best by more than the tolerance are dropped.
    """
    pieces = shapely.get_parts(site)
    pieces = pieces[~shapely.is_empty(pieces)]
    if len(pieces) == 0:
        return None, 0.0
    if shapely.get_dimensions(site) == 0:
        distances = shapely.distance(pieces, outline)
        return pieces[int(distances.argmax())], float(distances.max())
    border = _segments(outline)
    best, where = -1.0, None
    while len(pieces):
        hulls = shapely.convex_hull(pieces)
        corners, owner = shapely.get_coordinates(hulls, return_index=True)
        nearest = border.query_nearest(shapely.centroid(hulls), all_matches=False)[1]
        # A piece sees its centre's nearest segment; no point of it is farther from the outline than from that segment.
        to_segment = shapely.distance(shapely.points(corners), border.geometries[nearest][owner])
        start = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
        upper = np.maximum.reduceat(to_segment, start)
        farthest = np.array(
            [s + int(to_segment[s:e].argmax()) for s, e in zip(start, [*start[1:], len(owner)], strict=True)]
        )
        promising = upper > best
        tried = shapely.points(corners[farthest[promising]])
        if len(tried):
            lower = border.query_nearest(tried, all_matches=False, return_distance=True)[1]
            if lower.max() > best:
                best, where = float(lower.max()), tried[int(lower.argmax())]
        keep = np.flatnonzero(upper > best + max(TOLERANCE_M, best * _RELATIVE))
        pieces = _quartered(pieces[keep[np.argsort(-upper[keep])][:_MOST_PIECES]])
    return where, best


def _segments(outline: Any) -> shapely.STRtree:
    """The outline's segments as an index."""
    points, line = shapely.get_coordinates(shapely.get_parts(outline), return_index=True)
    joined = line[1:] == line[:-1]
    return shapely.STRtree(shapely.linestrings(np.stack([points[:-1][joined], points[1:][joined]], axis=1)))


def _quartered(pieces: np.ndarray) -> np.ndarray:
    """Each piece cut in four along the middle of its box."""
    found = []
    for piece, (west, south, east, north) in zip(pieces, shapely.bounds(pieces).tolist(), strict=True):
        x, y = (west + east) / 2, (south + north) / 2
        if max(east - west, north - south) < TOLERANCE_M / 2:
            continue
        # Lines and slender pieces need one cut only: a box of no width is refused by the cutter.
        columns = [(west, x), (x, east)] if east - west > TOLERANCE_M / 4 else [(west - 1.0, east + 1.0)]
        bands = [(south, y), (y, north)] if north - south > TOLERANCE_M / 4 else [(south - 1.0, north + 1.0)]
        for left, right in columns:
            for low, high in bands:
                found.append(shapely.clip_by_rect(piece, left, low, right, high))
    parts = shapely.get_parts(np.array(found, dtype=object)) if found else np.empty(0, dtype=object)
    return np.asarray(parts[~shapely.is_empty(parts)], dtype=object)
