"""Exact tiling: regions that share borders are cut into cells that share theirs, without gap or overlap.

All lines — the borders of the regions and the warped Voronoi edges inside them — are noded together on one grid and
turned into faces. Faces of one planar graph cannot overlap or leave a gap, so the result is a valid coverage by
construction; neighbours carry the same vertices, also where a cell's edge ends on the border of another region.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from greenrule.spatial.sketch import GRID, Warp, to_degrees, to_plane


def tile(regions: np.ndarray, seeds: Sequence[np.ndarray], warp: Warp, *, step: float = 450.0) -> list[np.ndarray]:
    """Cut every region into one cell per seed.

    regions : (n,) polygons in degrees, a valid coverage
    seeds : per region an array (k, 2) of longitude and latitude inside it; each seed lies in its own cell
    warp : how the straight Voronoi edges are made to wander; step : longest edge before warping, metres
    returns : per region an array (k,) of polygons (seldom multipolygons) in degrees

    Raises ValueError where a seed ends up without a cell (seeds closer together than the grid can tell).
    """
    straight = [warp.undo(to_plane(points)) for points in seeds]
    lines = [shapely.boundary(region) for region in regions]
    for region, points in zip(regions, straight, strict=True):
        lines.extend(_edges(region, points, warp, step))
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all(lines, grid_size=GRID)]))
    faces = shapely.transform(faces, lambda xy: np.round(xy, 6))
    return _gather(faces, regions, straight, warp)


def _edges(region: shapely.Geometry, points: np.ndarray, warp: Warp, step: float) -> list[shapely.Geometry]:
    """The warped Voronoi edges of one region, clipped to it."""
    if len(points) < 2:
        return []
    reach = shapely.buffer(shapely.transform(shapely.envelope(region), to_plane), 20_000)
    edges = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=reach, only_edges=True)
    edges = shapely.transform(warp.apply(edges, step), to_degrees)
    return [shapely.intersection(edges, region)]


def _gather(faces: np.ndarray, regions: np.ndarray, seeds: list[np.ndarray], warp: Warp) -> list[np.ndarray]:
    """Give every face to its region and seed; crumbs go to the neighbour with which they share the longest edge."""
    inner = shapely.point_on_surface(faces)
    owner = np.full(len(faces), -1)
    inside, region_of = shapely.STRtree(regions).query(inner, predicate="intersects")
    owner[inside] = region_of
    middles = warp.undo(to_plane(shapely.get_coordinates(inner)))
    tiles = []
    for number, points in enumerate(seeds):
        members = np.flatnonzero(owner == number)
        distance = np.linalg.norm(middles[members][:, None, :] - points[None], axis=2)
        nearest = distance.argmin(axis=1)
        cells = faces[members]
        # The face in which the seed itself lies is the heart of the cell; other faces of the cell are crumbs cut off
        # by the border.
        hearts = shapely.points(to_degrees(warp(points)))
        heart_of = np.full(len(members), -1)
        for seed, heart in enumerate(hearts):
            hit = np.flatnonzero(shapely.intersects(cells, heart))
            hit = hit[heart_of[hit] < 0]
            if not len(hit):
                raise ValueError(f"seed {seed} of region {number} has no cell")
            heart_of[hit[0]] = seed
        tiles.append(_merge(cells, heart_of, nearest))
    return tiles


def _merge(cells: np.ndarray, heart_of: np.ndarray, nearest: np.ndarray) -> np.ndarray:
    label = heart_of.copy()
    area = shapely.area(cells)
    heart_area = {seed: area[index] for index, seed in enumerate(heart_of) if seed >= 0}
    loose = [index for index in np.argsort(-area, kind="stable") if label[index] < 0]
    while loose:
        waiting = []
        for index in loose:
            fixed = np.flatnonzero(label >= 0)
            shared = shapely.length(shapely.intersection(cells[index], cells[fixed]))
            if area[index] > 0.3 * heart_area[nearest[index]]:
                label[index] = nearest[index]  # a true second part of its cell, not a crumb
            elif shared.max() > 0:
                label[index] = label[fixed[int(shared.argmax())]]
            else:
                waiting.append(index)
        if len(waiting) == len(loose):
            for index in waiting:  # an exclave without neighbours in its region
                label[index] = nearest[index]
            break
        loose = waiting
    count = int(heart_of.max()) + 1
    return np.array([shapely.coverage_union_all(cells[label == seed]) for seed in range(count)], dtype=object)
