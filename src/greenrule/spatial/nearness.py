"""How near a site is to chosen features, or how deep it lies in them, in metres.

Distances are sought in a plane tangent at the site: degrees times the ellipsoid's metres per degree there.  Unlike an
azimuthal projection of the corner points this keeps every edge straight, as the layer stores it, so the sign never
contradicts the overlay.  The nearest pair found is then measured again as a geodesic.  What remains is the chance that
the plane prefers a place that is not quite the nearest: at most 0.1 m at 2 km, growing with the square (0.05 % at 20
km).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.overlay import LayerIndex, geodesics, measure, radii

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
# Edges per run of a border: few enough to measure at once, enough to skip most runs by their boxes.
_RUN = 48
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
        return float(geodesics().inv(x0, y0, x1, y1)[2])


class _Runs:
    """A border cut into runs of consecutive edges with their boxes, so that most of it is never looked at.

    Works for points too: each is a run of its own.
    """

    def __init__(self, geometry: Any) -> None:
        if shapely.get_dimensions(geometry) == 2:
            geometry = shapely.boundary(geometry)
        self.points, part = shapely.get_coordinates(shapely.get_parts(geometry), return_index=True)
        first = np.flatnonzero(np.r_[True, part[1:] != part[:-1]])
        last = np.r_[first[1:], len(part)] - 1
        starts = [np.arange(a, max(b, a + 1), _RUN) for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        self.starts = np.concatenate(starts)
        line_end = np.repeat(last, [len(chunk) for chunk in starts])
        # The last point of a run is the first of the next, so that no edge is lost.
        self.ends = np.minimum(self.starts + _RUN, line_end)
        ends = self.points[self.ends]
        self.low = np.minimum(np.minimum.reduceat(self.points, self.starts), ends)
        self.high = np.maximum(np.maximum.reduceat(self.points, self.starts), ends)

    def line(self, run: int, plane: _Plane) -> Any:
        """One run in the plane."""
        points = (self.points[self.starts[run] : self.ends[run] + 1] - plane.origin) * plane.scale
        return shapely.linestrings(points) if len(points) > 1 else shapely.points(points[0])


def _closest(one: _Runs, other: _Runs, plane: _Plane, beyond: float = np.inf) -> tuple[float, Any]:
    """Least distance in the plane between two borders, and the two-point line that shows it.

    Gives up with (inf, None) when they are farther apart than `beyond`.
    """
    gap = np.maximum(one.low[:, None] - other.high[None, :], other.low[None, :] - one.high[:, None])
    least = np.hypot(*(np.maximum(gap, 0.0) * plane.scale).T).T.ravel()
    best, found = beyond, None
    lines: dict[tuple[int, int], Any] = {}
    # Sorting the likeliest few is enough: they bring the bound down, and the rest is filtered by it.
    few = np.argpartition(least, min(8, len(least) - 1))[:8] if len(least) > 8 else np.arange(len(least))
    for batch in (few[np.argsort(least[few])], None):
        if batch is None:
            batch = np.flatnonzero(least < best)
            batch = batch[np.argsort(least[batch])]
        for pair in batch.tolist():
            if least[pair] >= best:
                break
            i, j = divmod(pair, len(other.starts))
            for side, runs, number in ((0, one, i), (1, other, j)):
                if (side, number) not in lines:
                    lines[side, number] = runs.line(number, plane)
            distance = float(shapely.distance(lines[0, i], lines[1, j]))
            if distance < best:
                best, found = distance, (i, j)
            least[pair] = np.inf
    if found is None:
        return np.inf, None
    return best, shapely.shortest_line(lines[0, found[0]], lines[1, found[1]])


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
    plane, site = _Plane(geometry), _Runs(geometry)
    west, south, east, north = shapely.bounds(geometry)
    box = index.part_bounds[numbers]
    gap_x = np.maximum(np.maximum(box[:, 0] - east, west - box[:, 2]), 0.0) * plane.scale[0]
    gap_y = np.maximum(np.maximum(box[:, 1] - north, south - box[:, 3]), 0.0) * plane.scale[1]
    least = np.hypot(gap_x, gap_y)
    best = np.inf
    for place in np.argsort(least, kind="stable").tolist():
        if least[place] * (1.0 - _MARGIN) > best:
            break
        _, line = _closest(site, _part_runs(index, int(numbers[place])), plane, best * (1.0 + _MARGIN))
        if line is not None:
            best = min(best, plane.geodesic(line))
    return best


def _part_runs(index: LayerIndex, part: int) -> _Runs:
    """The runs of one part of a layer; kept, since a screening comes back to the same ones."""
    runs = index.runs.get(part)
    if runs is None:
        runs = index.runs[part] = _Runs(index.parts[part])
    return runs


def _outline(index: LayerIndex, parts: np.ndarray) -> _Runs:
    """The border, in degrees, of the union of some areal parts; remembered."""
    if len(parts) == 1:
        return _part_runs(index, int(parts[0]))
    key = tuple(parts.tolist())
    if key not in index.outlines:
        if len(index.outlines) >= _REMEMBERED:
            index.outlines.pop(next(iter(index.outlines)))
        index.outlines[key] = _Runs(shapely.union_all(index.parts[parts], grid_size=_SNAP))
    runs: _Runs = index.outlines[key]
    return runs


def _depth(index: LayerIndex, geometry: Any, rows: Rows, parts: np.ndarray) -> float:
    """Greatest distance of any point of the site to the border of the union of the chosen features.

    The union is only formed as far as it matters: a neighbour is added when it could move the border that was found.
    """
    plane = _Plane(geometry)
    is_point = geometry.geom_type == "Point"
    mask = index.chosen(rows)
    while True:
        outline = _outline(index, parts)
        if is_point:
            reach, line = _closest(_Runs(geometry), outline, plane)
        else:
            deepest, reach = _deepest(plane.project(_inside(index, geometry, parts)), outline, plane)
            if deepest is None:
                return 0.0
            there = shapely.get_coordinates(deepest)[0] / plane.scale + plane.origin
            _, line = _closest(_Runs(shapely.Point(there)), outline, plane)
        # A point is settled when no other feature covers the border point nearest to it; a site with an extent only
        # when no other feature is within reach, since then all of its points are settled.
        foot = shapely.get_coordinates(line)[1] / plane.scale + plane.origin
        asked = shapely.Point(foot) if is_point else geometry
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


def _deepest(site: Any, outline: _Runs, plane: _Plane) -> tuple[Any, float]:
    """The point of the site (metres) farthest from the outline, and that distance; (None, 0) for nothing.

    Branch and bound: the site is cut into ever smaller pieces.  The distance to one segment is convex, so over a
    piece it is greatest at a corner of its hull; that bounds the distance to the whole outline from above, and its
    value at a corner from below.  Pieces that cannot beat the best by more than the tolerance are dropped.
    """
    pieces = shapely.get_parts(site)
    pieces = pieces[~shapely.is_empty(pieces)]
    if len(pieces) == 0:
        return None, 0.0
    west, south, east, north = shapely.total_bounds(pieces).tolist()
    centre, radius = np.array([(west + east) / 2, (south + north) / 2]), np.hypot(east - west, north - south) / 2
    # No point of the site is farther from the outline than the centre's distance plus the radius, so no border beyond
    # another radius is nearest to any of them.
    reach, _ = _closest(_Runs(shapely.Point(centre / plane.scale + plane.origin)), outline, plane)
    border = _segments(outline, plane, centre, reach + 2.0 * radius + TOLERANCE_M)
    if shapely.get_dimensions(site) == 0:
        distances = border.query_nearest(pieces, all_matches=False, return_distance=True)[1]
        return pieces[int(distances.argmax())], float(distances.max())
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


def _segments(outline: _Runs, plane: _Plane, centre: np.ndarray, radius: float) -> shapely.STRtree:
    """The outline's segments around a place, in the plane, as an index; only runs within `radius` metres of
    `centre`."""
    low, high = ((corner - plane.origin) * plane.scale for corner in (outline.low, outline.high))
    gap = np.maximum(np.maximum(low - centre, centre - high), 0.0)
    near = np.flatnonzero(np.hypot(gap[:, 0], gap[:, 1]) <= radius)
    start = np.concatenate([np.arange(outline.starts[run], outline.ends[run]) for run in near.tolist()])
    points = (outline.points - plane.origin) * plane.scale
    return shapely.STRtree(shapely.linestrings(np.stack([points[start], points[start + 1]], axis=1)))


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


def near_any(index: LayerIndex, geometry: Any, rows: Sequence[int] | np.ndarray | None, metres: float) -> bool:
    """Whether a chosen feature may come within a distance of the geometry: never a false no, sometimes a false yes.

    geometry : shapely, degrees, EPSG:4490; it compares bounding boxes only, to spare the exact measure far away.
    """
    found = index.tree.query(box_around(geometry, metres))
    mask = index.chosen(rows)
    return bool(len(found)) if mask is None else bool(mask[found].any())


def box_around(geometry: Any, metres: float) -> Any:
    """A box, in degrees, that holds at least everything within a distance of the geometry."""
    west, south, east, north = shapely.bounds(geometry)
    across, up = _degrees(geometry, metres)
    return shapely.box(west - across, south - up, east + across, north + up)


def unsure_rows(
    index: LayerIndex, geometry: Any, metres: float, shares: Mapping[int, float]
) -> list[tuple[int, float]]:
    """Features that the site would meet, or leave, if their border moved by less than a (short) distance.

    shares : part of the site in each feature that it meets (`LayerIndex.hits`)

    Row and signed distance in metres, in the order of rows; a feature alone far and wide is not asked.
    """
    found = index.tree.query(geometry, predicate="dwithin", distance=max(_degrees(geometry, metres)))
    rows = np.unique(index.part_row[found]).tolist()
    if len(rows) < 2:
        return []
    # What takes up more than a strip of that width along the whole border of the site is met in any case.
    areal = geometry.geom_type.endswith("Polygon")
    strip = metres * measure(shapely.boundary(geometry)) / measure(geometry) if areal else 1.0
    asked = (row for row in rows if shares.get(row, 0.0) <= strip)
    distances = ((row, signed_distance_m(index, geometry, (row,))) for row in asked)
    return [(row, float(away)) for row, away in distances if away is not None and abs(away) < metres]


def _degrees(geometry: Any, metres: float) -> tuple[float, float]:
    """Degrees of longitude and of latitude that are at least so many metres around a geometry."""
    _, south, _, north = shapely.bounds(geometry)
    # A degree of latitude is at least 110.5 km; of longitude that times the cosine of the higher parallel.
    up = metres / 110_500.0
    return up / max(np.cos(np.radians(min(max(abs(south), abs(north)) + up, 89.0))), 1e-3), up
