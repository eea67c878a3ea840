"""Patches of land and lines over them: which patch holds a point, how a line is cut, what it crosses, what two lines share.

Positions along a line are true metres from its start; all shapes are in degrees, EPSG:4490.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.overlay import lengths_m

#: A line that is inside a patch for less than this touches it: metres.
_TOUCH_M = 1e-3
_METRES_PER_DEGREE = 111_000.0


class Patches:
    """Polygons with an index, asked by number.

    >>> patches = Patches([shapely.box(112, 37, 113, 38), shapely.box(113, 37, 114, 38)])
    >>> patches.holding(112.5, 37.5), patches.holding(113, 37.5)
    ([0], [0, 1])
    >>> [(round(start), round(end), number) for start, end, number in patches.cut(line([(112.9, 37.5), (113.1, 37.5)]))]
    [(0, 8843, 0), (8843, 17685, 1)]
    """

    def __init__(self, shapes: Sequence[Any]) -> None:
        self.shapes = np.empty(len(shapes), dtype=object)
        self.shapes[:] = list(shapes)
        self.tree = shapely.STRtree(self.shapes)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of all patches."""
        west, south, east, north = shapely.total_bounds(self.shapes).tolist()
        return west, south, east, north

    def near(self, shape: Any) -> list[int]:
        """Numbers of the patches whose boxes meet a shape's, ascending."""
        return sorted(self.tree.query(shape).tolist())

    def holding(self, lon: float, lat: float) -> list[int]:
        """Numbers of the patches that hold a point, their borders included."""
        return sorted(self.tree.query(shapely.Point(lon, lat), predicate="intersects").tolist())

    def cut(self, along: Any) -> list[tuple[float, float, int]]:
        """The stretches of a line in its order: from, to (metres) and the patch in which they lie."""
        metres = Metres(along)
        pieces: list[tuple[float, float, int]] = []
        for number in self.tree.query(along, predicate="intersects").tolist():
            for part in shapely.get_parts(shapely.intersection(along, self.shapes[number])):
                if shapely.get_dimensions(part) == 1 and shapely.length(part) > 0.0:
                    start, end = sorted(metres.at(part))
                    pieces.append((start, end, number))
        return sorted(pieces)

    def crossed(self, along: Any, numbers: Iterable[int]) -> list[Any]:
        """Parts of a line inside some of the patches (a touch of an edge is none)."""
        wanted = set(numbers)
        found = sorted(wanted & set(self.tree.query(along, predicate="intersects").tolist()))
        return [part for number in found for part in inside(along, self.shapes[number])]


class Metres:
    """Positions along one line in true metres.

    A degree eastward is shorter than one northward, so places along the line are found edge by edge.
    """

    def __init__(self, along: Any) -> None:
        self.along = along
        points = shapely.get_coordinates(along)
        self.degrees = np.r_[0.0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
        edges = shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))
        self.metres = np.r_[0.0, np.cumsum(lengths_m(edges))]

    def at(self, part: Any) -> tuple[float, float]:
        """Where the first and the last point of a part of the line lie."""
        ends = shapely.points(shapely.get_coordinates(part)[[0, -1]])
        first, last = np.interp(shapely.line_locate_point(self.along, ends), self.degrees, self.metres).tolist()
        return first, last

    def places(self, along: np.ndarray) -> np.ndarray:
        """Longitude and latitude (n, 2) at positions along the line."""
        at = shapely.line_interpolate_point(self.along, np.interp(along, self.metres, self.degrees))
        return np.asarray(shapely.get_coordinates(at))

    def piece(self, start: float, end: float) -> Any:
        """The part of the line between two positions."""
        from shapely.ops import substring

        low, high = np.interp([start, end], self.metres, self.degrees).tolist()
        return substring(self.along, low, high)


def inside(along: Any, shape: Any) -> list[Any]:
    """Parts of a line inside a polygon, longer than a touch."""
    parts = shapely.get_parts(shapely.intersection(along, shape))
    return [part for part in parts if shapely.get_dimensions(part) == 1 and length_m(part) > _TOUCH_M]


def holds(shape: Any, lon: float, lat: float) -> bool:
    """Whether a polygon holds a point, its border included."""
    return bool(shapely.intersects(shape, shapely.Point(lon, lat)))


def point_at(lon: float, lat: float) -> Any:
    """A point."""
    return shapely.Point(lon, lat)


def box_of(west: float, south: float, east: float, north: float) -> Any:
    """A box along the graticule."""
    return shapely.box(west, south, east, north)


def line(points: Any) -> Any:
    """A line through positions (n, 2)."""
    return shapely.linestrings(np.asarray(points, dtype=float))


def with_corners(points: np.ndarray, every: float) -> np.ndarray:
    """Positions (m, 2) of a line that has a corner at least every so far, in the units of the positions."""
    return np.asarray(shapely.get_coordinates(shapely.segmentize(shapely.linestrings(points), every)))


def length_m(along: Any) -> float:
    """True length of a line in metres."""
    return float(lengths_m(np.array([along], dtype=object))[0])


def corridor(along: Any, half_m: float) -> Any:
    """The land within about so many metres of a line (for drawing and comparing, not for measuring)."""
    return shapely.buffer(along, half_m / _METRES_PER_DEGREE)


def shared(along: Any, other: Any, half_m: float = 1000.0) -> float:
    """Share of a line that runs in another's corridor, 0–1."""
    return float(shapely.length(shapely.intersection(along, corridor(other, half_m))) / shapely.length(along))
