"""A province to measure with: a valid coverage of control units and overlay layers, drawn by a seed.

演示数据（非官方）: nothing here is a boundary of anything.  The full size is 3,000 units with 2.9 million vertices, denser
in towns as real ones are, and 20 layers with 5,567 polygons of up to 74,215 vertices, some overlapping, some with
holes, some in several parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from greenrule.spatial.frame import Frame
from greenrule.spatial.sketch import Warp

DEMO = "基准用的演示数据（非官方）"
#: The rectangle that is drawn on, degrees, and metres per degree there.
WEST, SOUTH, EAST, NORTH = 110.2, 34.5, 114.6, 40.8
_SCALE = np.array([88_100.0, 111_195.0])
#: Vertices are put on this grid, degrees (about a centimetre).
_DIGITS = 7
#: Vertices of the largest polygon of the overlay layers.
LARGEST = 74_215


@dataclass(frozen=True)
class Province:
    """units : a coverage; layers : overlay layers, by name; seed : what it was drawn with."""

    units: Frame
    layers: dict[str, Frame]
    seed: int


@dataclass(frozen=True)
class Size:
    """How much is drawn."""

    units: int = 3_000
    vertices: int = 2_890_000
    polygons: int = 5_567
    layers: int = 20
    largest: int = LARGEST


FULL, QUICK = Size(), Size(150, 60_000, 280, 4, 6_000)


def draw(size: Size = FULL, seed: int = 20) -> Province:
    """The units and the overlay layers."""
    return Province(draw_units(size, seed), draw_layers(size, seed), seed)


def _frame(geometry: np.ndarray, title: str, seed: int) -> Frame:
    codes = [f"DEMO{number:05d}" for number in range(len(geometry))]
    return Frame(geometry, {"code": codes}, {"title": f"{title}，{DEMO}", "demo": True, "seed": seed})


def draw_units(size: Size, seed: int) -> Frame:
    """A coverage of `size.units` cells with about `size.vertices` vertices in all; neighbours share every vertex."""
    rng = np.random.default_rng(seed)
    cells = _cells(size.units, rng)
    rings = shapely.get_exterior_ring(cells)
    corner, owner = shapely.get_coordinates(rings, return_index=True)
    # Corners that neighbours share are the same to a millimetre; each gets one number.
    corner, node = np.unique(np.round(corner, 3), axis=0, return_inverse=True)
    node = node.ravel()
    inner = (owner[1:] == owner[:-1]) & (node[1:] != node[:-1])
    start, end, cell = node[:-1][inner], node[1:][inner], owner[:-1][inner]
    edge, number = np.unique(
        np.column_stack([np.minimum(start, end), np.maximum(start, end)]), axis=0, return_inverse=True
    )
    number = number.ravel()
    length = np.linalg.norm(corner[edge[:, 0]] - corner[edge[:, 1]], axis=1)
    wanted = np.sqrt(length)
    count = np.maximum(np.round(wanted * size.vertices / wanted[number].sum()), 1).astype(int)
    # Every border is drawn once, its points in the direction of the edge's numbers, and then used by both neighbours.
    first = np.concatenate([[0], np.cumsum(count)])
    step = (np.arange(first[-1]) - np.repeat(first[:-1], count)) / np.repeat(count, count)
    from_corner, to_corner = (np.repeat(corner[edge[:, side]], count, axis=0) for side in (0, 1))
    warp = Warp(seed + 1, (24_000, 11_000, 5_000, 2_300, 1_100, 520), 0.085)
    points = _degrees(warp(from_corner + (to_corner - from_corner) * step[:, None]))
    corners = _degrees(warp(corner))
    points[first[:-1]] = corners[edge[:, 0]]
    backward = start > end
    pieces = []
    for k in range(len(number)):
        border = points[first[number[k]] : first[number[k] + 1]]
        if backward[k]:
            border = np.vstack([corners[start[k]][None], border[:0:-1]])
        pieces.append(border)
    ring_points = np.vstack(pieces)
    ring_owner = np.repeat(cell, [len(piece) for piece in pieces])
    units = shapely.polygons(shapely.linearrings(ring_points, indices=ring_owner))
    if not shapely.coverage_is_valid(units) or not shapely.is_valid(units).all():
        raise ValueError("this seed draws units that are no valid coverage: take another")
    return _frame(units, "管控单元", seed)


def _cells(count: int, rng: np.random.Generator) -> np.ndarray:
    """Voronoi cells in metres of the `count` seeds nearest to the middle; the others frame them."""
    extent = (np.array([EAST, NORTH]) - [WEST, SOUTH]) * _SCALE
    towns = rng.uniform(0.12, 0.88, (max(count // 25, 2), 2)) * extent
    total = int(count * 1.35) + 40
    open_land = rng.uniform(0, 1, (total * 6 // 10, 2)) * extent
    spread = rng.exponential(7_000, (total - len(open_land), 1)) + 300
    in_town = towns[rng.integers(len(towns), size=total - len(open_land))] + spread * _directions(
        total - len(open_land), rng
    )
    seeds = np.round(np.vstack([open_land, in_town]), 1)
    seeds = seeds[((seeds > 0) & (seeds < extent)).all(axis=1)]
    # Seeds closer than 150 m would make slivers.
    keep = np.ones(len(seeds), dtype=bool)
    one, two = shapely.STRtree(shapely.points(seeds)).query(shapely.points(seeds), predicate="dwithin", distance=150.0)
    keep[np.maximum(one, two)[one != two]] = False
    seeds = seeds[keep]
    away = np.linalg.norm((seeds - extent / 2) / extent, axis=1) + 0.02 * np.sin(seeds[:, 1] / 20_000)
    seeds = seeds[np.argsort(away, kind="stable")]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(seeds), ordered=True))
    return np.asarray(cells[:count])


def _directions(count: int, rng: np.random.Generator) -> np.ndarray:
    angle = rng.uniform(0, 2 * np.pi, count)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _degrees(metres: np.ndarray) -> np.ndarray:
    return np.asarray(np.round(metres / _SCALE + [WEST, SOUTH], _DIGITS))


def draw_layers(size: Size, seed: int) -> dict[str, Frame]:
    """Overlay layers of blobs, few and large in some layers, many and small in others; the largest polygon has
    `size.largest` vertices."""
    rng = np.random.default_rng(seed + 7)
    share = rng.dirichlet(np.full(size.layers, 0.8))
    count = np.maximum(np.round(share * size.polygons), 2).astype(int)
    count[np.argmax(count)] += size.polygons - count.sum()
    out = {}
    for number in range(size.layers):
        typical = 25.0 if number % 3 == 2 else 120.0
        corners = np.clip(typical * rng.lognormal(0, 1.2, count[number]), 8, size.largest / 3).astype(int)
        detailed = number % 4 == 0
        if detailed:  # one very detailed polygon in every fourth layer
            corners[0] = size.largest // (1 + number // 4) - 1
        radius = 12.0 * corners**0.85 * rng.uniform(0.6, 1.6, len(corners)) + 60.0
        shapes = [_blob(int(n), float(r), rng) for n, r in zip(corners, radius, strict=True)]
        if detailed:
            shapes[0] = shapely.Polygon(shapely.get_parts(shapes[0])[0].exterior)
        name = f"overlay_{number + 1:02d}"
        out[name] = _frame(np.array(shapes, dtype=object), name, seed)
    return out


def _blob(corners: int, radius: float, rng: np.random.Generator) -> shapely.Geometry:
    """A star-shaped patch with a rough border; one in eight has a hole, one in ten a second part beside it."""
    extent = (np.array([EAST, NORTH]) - [WEST, SOUTH]) * _SCALE
    middle = rng.uniform(0.08, 0.92, 2) * extent
    shell = _ring(middle, radius, corners, rng)
    holes = [_ring(middle, radius * 0.2, max(corners // 6, 8), rng)[::-1]] if rng.random() < 0.125 else []
    shape = shapely.Polygon(shell, holes)
    if rng.random() < 0.1:
        beside = middle + radius * 3.5 * _directions(1, rng)[0]
        shape = shapely.MultiPolygon([shape, shapely.Polygon(_ring(beside, radius * 0.7, max(corners // 2, 8), rng))])
    return shape


def _ring(middle: np.ndarray, radius: float, corners: int, rng: np.random.Generator) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    size = np.ones(corners)
    waves, height = 2, 0.16
    while waves < corners / 3 and height > 1e-5:
        for order in rng.integers(waves, 2 * waves, 3):
            size += height * rng.normal() * np.sin(order * angle + rng.uniform(0, 2 * np.pi)) / 2
        waves, height = waves * 2, height * 0.55
    size = np.clip(size, 0.35, 2.0) * radius
    return _degrees(middle + size[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))


def points_anywhere(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 2) degrees, over the whole rectangle."""
    return np.asarray(rng.uniform((WEST, SOUTH), (EAST, NORTH), (count, 2)))


def points_by_borders(units: np.ndarray, count: int, metres: float, rng: np.random.Generator) -> np.ndarray:
    """(count, 2) degrees, each within `metres` of a random place on a border of the units."""
    rings = shapely.get_exterior_ring(units)
    corner, owner = shapely.get_coordinates(rings, return_index=True)
    edge = np.flatnonzero(owner[1:] == owner[:-1])[rng.integers(len(corner) - len(units), size=count)]
    on_border = corner[edge] + (corner[edge + 1] - corner[edge]) * rng.uniform(0, 1, (count, 1))
    return np.asarray(on_border + metres * rng.uniform(0, 1, (count, 1)) * _directions(count, rng) / _SCALE)


def points_on_borders(units: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 2) degrees, exactly on vertices of the units."""
    corner = shapely.get_coordinates(units)
    return np.asarray(corner[rng.integers(len(corner), size=count)])


def footprints(count: int, rng: np.random.Generator) -> np.ndarray:
    """Works sites: turned rectangles and L shapes of 40 to 800 m."""
    across, along = rng.uniform(40, 400, count), rng.uniform(60, 800, count)
    angle = rng.uniform(0, 2 * np.pi, count)
    plan = np.array([[0, 0], [1, 0], [1, 0.6], [0.5, 0.6], [0.5, 1], [0, 1], [0, 0.5], [0, 0]]) - 0.5
    local = plan[None] * np.stack([across, along], axis=1)[:, None, :]
    turn = np.stack([np.stack([np.cos(angle), -np.sin(angle)], 1), np.stack([np.sin(angle), np.cos(angle)], 1)], 1)
    middle = points_anywhere(count, rng)
    return np.asarray(shapely.polygons(middle[:, None, :] + np.einsum("nij,nkj->nki", turn, local) / _SCALE))


def long_lines(count: int, rng: np.random.Generator) -> np.ndarray:
    """Roads and pipelines: wandering lines of 20 to 300 km."""
    out = []
    for _ in range(count):
        corners = int(rng.integers(40, 400))
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.12, corners))
        step = rng.uniform(400, 900) * np.column_stack([np.cos(heading), np.sin(heading)]) / _SCALE
        out.append(shapely.LineString(points_anywhere(1, rng)[0] + np.cumsum(step, axis=0)))
    return np.array(out, dtype=object)
