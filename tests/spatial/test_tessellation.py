"""Tiling: whatever the regions and seeds, the cells cover them exactly and each seed has its own."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from greenrule.spatial.sketch import Warp, inside
from greenrule.spatial.tessellation import tile


def regions(split: float) -> np.ndarray:
    """Two neighbours with a shared border."""
    return np.array([shapely.box(112.0, 37.0, split, 37.3), shapely.box(split, 37.0, 112.6, 37.3)], dtype=object)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 9), st.floats(112.2, 112.4).map(lambda x: round(x, 6)))
def test_cells_tile_their_regions_exactly(number, one, other, split):
    """A valid coverage; the cells of a region make up the region; every seed lies in its cell."""
    rng = np.random.default_rng(number)
    shapes = regions(split)
    seeds = [
        np.column_stack([rng.uniform(*box.bounds[::2], k), rng.uniform(*box.bounds[1::2], k)])
        for box, k in zip(shapes, (one, other), strict=True)
    ]
    warp = Warp(number)

    try:
        tiles = tile(shapes, seeds, warp)
    except ValueError:  # seeds closer together than the grid can tell
        reject()

    cells = np.concatenate(tiles)
    assert shapely.is_valid(cells).all()
    assert shapely.coverage_is_valid(cells)
    for region, parts, points in zip(shapes, tiles, seeds, strict=True):
        assert len(parts) == len(points)
        assert shapely.area(shapely.symmetric_difference(shapely.coverage_union_all(parts), region)) < 1e-10
        assert all(shapely.distance(cell, shapely.Point(seed)) < 1e-6 for cell, seed in zip(parts, points, strict=True))


def test_two_seeds_at_one_place_are_refused():
    """One of them would have no cell."""
    seeds = [np.array([[112.1, 37.1], [112.1, 37.1]]), np.array([[112.5, 37.1]])]

    with pytest.raises(ValueError, match="no cell"):
        tile(regions(112.3), seeds, Warp(1))


def test_edges_wander():
    """The warp is what makes them look grown: more vertices than a straight Voronoi edge has."""
    seeds = [np.array([[112.05, 37.1], [112.2, 37.2]]), np.array([[112.5, 37.1]])]

    cells = tile(regions(112.3), seeds, Warp(1))[0]

    border = shapely.intersection(cells[0], cells[1])
    assert shapely.get_num_coordinates(border) > 30
    assert inside(np.array([[112.05, 37.1]]), cells[0]).all()
