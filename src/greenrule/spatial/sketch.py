"""Drawing of synthetic shapes: blobs, ribbons along lines, rounded outlines, and a warp that makes straight things
look grown.

Only demonstration and test layers are drawn with this; nothing that decides about a project measures here.  Lengths
are metres in a plane stretched from longitude and latitude at one latitude, which is off by a few per cent at the
ends of a province — good enough to draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import shapely

#: Results are put on this grid, in degrees (about a decimetre), so that they are the same on every machine.
GRID = 1e-6

_METRES_PER_DEGREE = 111_195.0
_LATITUDE = 37.6
_SCALE = np.array([_METRES_PER_DEGREE * np.cos(np.radians(_LATITUDE)), _METRES_PER_DEGREE])


def to_plane(coordinates: np.ndarray) -> np.ndarray:
    """Longitude and latitude, (n, 2) degrees, in metres of the drawing plane."""
    metres: np.ndarray = np.asarray(coordinates, dtype=float) * _SCALE
    return metres


def to_degrees(coordinates: np.ndarray) -> np.ndarray:
    """Metres of the drawing plane back in longitude and latitude, on the grid."""
    degrees: np.ndarray = np.round(np.asarray(coordinates, dtype=float) / _SCALE, 6)
    return degrees


class Warp:
    """A smooth displacement of the plane that folds nowhere: a few octaves of waves in random directions.

    The steepest slope of the displacement stays below one, so straight lines become wandering ones that never cross,
    and the displacement can be undone by iteration.
    """

    def __init__(
        self, seed: int, wavelengths: Sequence[float] = (16_000, 7_000, 3_000, 1_400), slope: float = 0.17
    ) -> None:
        rng = np.random.default_rng(seed)
        waves = []
        for length in wavelengths:
            for _ in range(3):
                angle, phase, heading = rng.uniform(0, 2 * np.pi, 3)
                wave = 2 * np.pi / length * np.array([np.cos(angle), np.sin(angle)])
                waves.append((wave, phase, length * slope / (2 * np.pi) * np.array([np.cos(heading), np.sin(heading)])))
        self._wave = np.array([item[0] for item in waves])
        self._phase = np.array([item[1] for item in waves])
        self._amplitude = np.array([item[2] for item in waves])

    def shift(self, points: np.ndarray) -> np.ndarray:
        """The displacement at points (n, 2), metres."""
        moved: np.ndarray = np.sin(points @ self._wave.T + self._phase) @ self._amplitude
        return moved

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) in metres, displaced."""
        moved: np.ndarray = points + self.shift(points)
        return moved

    def undo(self, points: np.ndarray) -> np.ndarray:
        """The points that the warp carries to the given ones (damped fixed-point iteration)."""
        guess = points.copy()
        for _ in range(60):
            guess = guess + 0.7 * (points - self(guess))
        return guess

    def apply(self, shape: shapely.Geometry, step: float) -> shapely.Geometry:
        """A shape of the plane with vertices at least every `step` metres, displaced."""
        return shapely.transform(shapely.segmentize(shape, step), self)


def in_plane(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape in degrees, in metres of the drawing plane."""
    return shapely.transform(shape, to_plane)


def in_degrees(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape of the drawing plane in degrees, valid and on the grid."""
    placed = shapely.transform(shape, to_degrees)
    return shapely.set_precision(placed, GRID)


def blob(
    centre: Sequence[float], radius: float, rng: np.random.Generator, *, corners: int = 24, rough: float = 0.18
) -> shapely.Polygon:
    """A rounded patch about a point (longitude, latitude), mean radius in metres; drawn in the plane."""
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    size = np.ones(corners)
    for order in (2, 3, 4, 6):
        size += rough / order * 1.6 * rng.normal() * np.sin(order * angle + rng.uniform(0, 2 * np.pi))
    size = np.clip(size, 0.45, 1.7) * radius
    middle = to_plane(np.array(centre))
    return shapely.Polygon(np.column_stack([middle[0] + size * np.cos(angle), middle[1] + size * np.sin(angle)]))


def block(centre: Sequence[float], width: float, height: float, turn: float) -> shapely.Polygon:
    """A turned rectangle about a point (longitude, latitude), metres and radians; drawn in the plane."""
    middle = to_plane(np.array(centre))
    corner = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * np.array([width, height]) / 2
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return shapely.Polygon(corner @ spin.T + middle)


def line(points: Sequence[Sequence[float]], *, rounds: int = 3) -> shapely.LineString:
    """A rounded line through rough points (longitude, latitude); drawn in the plane (Chaikin's corner cutting)."""
    path = to_plane(np.array(points))
    for _ in range(rounds):
        path = np.vstack([path[:1], _cut_corners(path[:-1], path[1:]), path[-1:]])
    return shapely.LineString(path)


def outline(points: Sequence[Sequence[float]], *, rounds: int = 3) -> shapely.Polygon:
    """A rounded area within rough corner points (longitude, latitude); drawn in the plane."""
    path = to_plane(np.array(points))
    for _ in range(rounds):
        path = _cut_corners(path, np.roll(path, -1, axis=0))
    return shapely.Polygon(path)


def _cut_corners(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return np.stack([0.75 * start + 0.25 * end, 0.25 * start + 0.75 * end], axis=1).reshape(-1, 2)


def ribbon(path: shapely.Geometry, half_width: float) -> shapely.Geometry:
    """The strip within `half_width` metres of a line of the plane, with few vertices."""
    return shapely.buffer(shapely.simplify(path, half_width / 20), half_width, quad_segs=4)


def areas(shape: shapely.Geometry, smallest: float = 0.0) -> shapely.Geometry:
    """Only the areal parts of a shape that are larger than `smallest` square metres of the plane; may be empty."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > smallest]
    if not parts:
        return shapely.Polygon()
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def distances(points: np.ndarray, shape: shapely.Geometry) -> np.ndarray:
    """The distance of points (n, 2) of the plane to a shape of the plane, metres; zero inside an area."""
    shapely.prepare(shape)
    return np.asarray(shapely.distance(shapely.points(points), shape))


def inside(points: np.ndarray, area: shapely.Geometry) -> np.ndarray:
    """Which points (n, 2) lie in an area; both in the same coordinates."""
    shapely.prepare(area)
    return np.asarray(shapely.intersects_xy(area, points[:, 0], points[:, 1]))


def scatter(area: shapely.Geometry, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` random points (count, 2) inside an area, in its coordinates."""
    west, south, east, north = area.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        points = rng.uniform((west, south), (east, north), (max(64, 2 * count), 2))
        found = np.vstack([found, points[inside(points, area)]])
    return found[:count]


def combine(shapes: Iterable[shapely.Geometry]) -> shapely.Geometry:
    """The union of shapes."""
    return shapely.union_all(list(shapes))


def cut(shapes: Sequence[shapely.Geometry], obstacles: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    """Every shape without the obstacles that it meets; may leave empty shapes."""
    left = list(shapes)
    if not left or not len(obstacles):
        return left
    hindrance = np.array(list(obstacles), dtype=object)
    first, second = shapely.STRtree(hindrance).query(left, predicate="intersects")
    for index in np.unique(first):
        left[index] = shapely.difference(left[index], shapely.union_all(hindrance[second[first == index]]))
    return left


def stretch(path: shapely.LineString, start: Sequence[float], end: Sequence[float]) -> shapely.LineString:
    """The part of a line of the plane between the vertices nearest to two points (longitude, latitude)."""
    vertices = shapely.get_coordinates(path)
    ends = [int(np.linalg.norm(vertices - to_plane(np.array(point)), axis=1).argmin()) for point in (start, end)]
    return shapely.LineString(vertices[min(ends) : max(ends) + 1])


def led_into(path: shapely.LineString, others: Sequence[shapely.Geometry], reach: float) -> shapely.LineString:
    """A line of the plane, its last vertex joined to the nearest of other lines where one is within `reach` metres."""
    mouth = shapely.get_point(path, -1)
    nearest = others[int(np.argmin(shapely.distance(np.array(others, dtype=object), mouth)))]
    bridge = shapely.shortest_line(mouth, nearest)
    if not 0 < shapely.length(bridge) <= reach:
        return path
    return shapely.LineString(np.vstack([shapely.get_coordinates(path), shapely.get_coordinates(bridge)[1:]]))


def border_course(area: shapely.Polygon, start: Sequence[float], end: Sequence[float]) -> shapely.LineString:
    """The western one of the two ways along the outer ring of an area (degrees) between two points; in the plane."""
    ring = shapely.get_coordinates(shapely.get_exterior_ring(area))[:-1]
    first, last = (int(np.linalg.norm(ring - np.array(point), axis=1).argmin()) for point in (start, end))
    ring = np.roll(ring, -first, axis=0)
    turn = (last - first) % len(ring)
    ways = (ring[: turn + 1], np.vstack([ring[turn:], ring[:1]])[::-1])
    return shapely.LineString(to_plane(min(ways, key=lambda way: way[:, 0].min())))


def join(cells: Iterable[shapely.Geometry]) -> shapely.Geometry:
    """The union of cells of a coverage, keeping every vertex of their outer border."""
    return shapely.coverage_union_all(list(cells))


def pieces(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """The single areas, lines or points of a shape."""
    return list(shapely.get_parts(shape))
