"""Shapes for pictures: what lies around a site, clipped and thinned to what the eye can see, as plain numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

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
