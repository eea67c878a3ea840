"""Shapes for pictures: what lies around a site, clipped and thinned to what the eye can see, as plain numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.overlay import LayerIndex

LonLat = tuple[float, float]
Rings = tuple[tuple[LonLat, ...], ...]


def window_of(geometry: Any, least: float = 0.06, margin: float = 1.6) -> tuple[float, float, float, float]:
    """(west, south, east, north) in degrees around a geometry, at least `least` degrees wide."""
    west, south, east, north = shapely.bounds(geometry)
    half = max(east - west, north - south, least) * margin / 2
    lon, lat = (west + east) / 2, (south + north) / 2
    # Wider than the square both ways, so that a broad and an upright sheet both fill.
    return lon - half * 2.2, lat - half * 1.7, lon + half * 2.2, lat + half * 1.7


def pieces(
    index: LayerIndex, window: tuple[float, float, float, float], tolerance: float | None = None
) -> Iterable[tuple[int, Rings]]:
    """Features of a layer inside a window, clipped to it and thinned: (row, rings or lines)."""
    box = shapely.box(*window)
    thin = (window[2] - window[0]) / 900 if tolerance is None else tolerance
    for part in sorted(index.tree.query(box)):
        # Thin first, clip after: the clip edge must stay straight, and a 70,000-vertex polygon is not clipped whole.
        shape = shapely.clip_by_rect(shapely.simplify(index.parts[part], thin), *window)
        rings = rings_of(shape)
        if rings:
            yield int(index.part_row[part]), rings


def clipped_rings(
    shapes: Sequence[Any], window: tuple[float, float, float, float], tolerance: float
) -> Iterable[Rings]:
    """For each of some polygons its rings inside a window, thinned to a tolerance in degrees; what is smaller is nothing."""
    low, high = window[:2], window[2:]
    for shape in shapes:
        west, south, east, north = shapely.bounds(shape)
        if not (west <= high[0] and east >= low[0] and south <= high[1] and north >= low[1]):
            yield ()
            continue
        parts = shapely.get_parts(shape)
        box = shapely.bounds(parts)
        parts = parts[np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) > tolerance]
        yield (
            rings_of(
                shapely.multipolygons(
                    shapely.get_parts(shapely.clip_by_rect(shapely.simplify(parts, tolerance), *window))
                )
            )
            if len(parts)
            else ()
        )


def box_around(shapes: Sequence[Any], margin: float) -> tuple[float, float, float, float]:
    """West, south, east, north of shapes or positions, with a margin as a share of the longer side."""
    made = [shapely.Point(shape) if isinstance(shape, tuple) else shape for shape in shapes]
    west, south, east, north = shapely.total_bounds(made).tolist()
    return grown((west, south, max(east, west + 0.02), max(north, south + 0.02)), margin)


def grown(box: tuple[float, float, float, float], share: float) -> tuple[float, float, float, float]:
    """A box grown on every side by a share of its longer side."""
    west, south, east, north = box
    more = max(east - west, north - south) * share
    return west - more, south - more, east + more, north + more


def inner_points(index: LayerIndex, window: tuple[float, float, float, float]) -> dict[int, LonLat]:
    """Row → a position inside the largest piece of the feature that a window shows."""
    best: dict[int, tuple[float, Any]] = {}
    for part in index.tree.query(shapely.box(*window)).tolist():
        # Where names stand does not hang on the last corner.
        shape = shapely.clip_by_rect(shapely.simplify(index.parts[part], (window[2] - window[0]) / 300), *window)
        row, area = int(index.part_row[part]), float(shapely.area(shape))
        if area > best.get(row, (0.0, None))[0]:
            best[row] = (area, shape)
    spots = {row: shapely.point_on_surface(shape) for row, (_, shape) in sorted(best.items())}
    return {row: (float(spot.x), float(spot.y)) for row, spot in spots.items()}


def rings_of(geometry: Any) -> Rings:
    """Rings of polygons and lines of line strings as tuples of (lon, lat)."""
    out: list[tuple[LonLat, ...]] = []
    for part in shapely.get_parts(geometry):
        if part.geom_type == "Polygon":
            out.extend(tuple(map(tuple, ring.coords)) for ring in (part.exterior, *part.interiors))
        elif part.geom_type == "LineString":
            out.append(tuple(map(tuple, part.coords)))
    return tuple(ring for ring in out if len(ring) > 1)


def points_of(geometry: Any) -> tuple[LonLat, ...]:
    """Points of a point or multi-point."""
    return tuple((float(part.x), float(part.y)) for part in shapely.get_parts(geometry) if part.geom_type == "Point")
