"""Signed distances: against geodesics, against brute force, and against the overlay's word on inside."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.spatial.frame import Frame
from greenrule.spatial.nearness import distance_to_lines_m, signed_distance_m
from greenrule.spatial.overlay import LayerIndex

GEOD = pyproj.Geod(ellps="GRS80")
# Metres per degree at 37.5° north, good to a ten-thousandth: enough for the brute-force comparisons below.
SCALE = np.array([GEOD.inv(112.5, 37.5, 112.501, 37.5)[2], GEOD.inv(112.5, 37.5, 112.5, 37.501)[2]]) * 1000


def index_of(*shapes) -> LayerIndex:
    return LayerIndex(Frame(np.array(shapes, dtype=object)))


def metric(shape):
    """A shape drawn in metres around 112.5, 37.5, in degrees."""
    return shapely.transform(shape, lambda points: points / SCALE + [112.5, 37.5])


UNIT = metric(shapely.box(-1000, -1000, 1000, 1000))


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (0, 0, -1000),
        (900, 0, -100),
        (999.5, 0, -0.5),
        (1000.5, 0, 0.5),
        (1300, 0, 300),
        (1300, 1400, 500),
        (0, 2000, 1000),
    ],
)
def test_points_around_a_square(x, y, expected):
    assert signed_distance_m(index_of(UNIT), metric(shapely.Point(x, y))) == pytest.approx(expected, abs=0.1)


@given(st.floats(110.5, 114.5), st.floats(34.6, 40.6), st.floats(0, 360), st.floats(1, 20_000))
def test_distance_to_a_point_is_the_geodesic_one(lon, lat, azimuth, distance):
    other_lon, other_lat, _ = GEOD.fwd(lon, lat, azimuth, distance)
    index = index_of(shapely.Point(other_lon, other_lat))
    assert signed_distance_m(index, shapely.Point(lon, lat)) == pytest.approx(distance, abs=1e-6)


@given(st.floats(-3000, 3000), st.floats(-3000, 3000))
def test_sign_agrees_with_the_overlay_and_size_with_the_border(x, y):
    shape = metric(shapely.Polygon([(-900, -700), (1000, -1000), (800, 900), (0, 100), (-700, 800)]))
    index, point = index_of(shape), metric(shapely.Point(x, y))
    distance = signed_distance_m(index, point)
    assert (distance <= 0) == bool(index.hits(point))
    border = signed_distance_m(index_of(shape.exterior), point)
    assert abs(distance) == pytest.approx(border, abs=0.02)


def test_the_nearest_of_many_wins_even_where_boxes_overlap():
    rng = np.random.default_rng(5)
    shapes = [
        metric(shapely.Point(*p).buffer(r))
        for p, r in zip(rng.uniform(-2e4, 2e4, (200, 2)), rng.uniform(50, 900, 200), strict=True)
    ]
    long_one = metric(shapely.LineString([(-3e4, -3e4), (3e4, 3e4)]))
    index = index_of(*shapes, long_one)
    for point in shapely.points(rng.uniform(-2e4, 2e4, (25, 2))):
        site = metric(point)
        outside = [row for row in range(201) if not index.hits(site, [row])]
        one_by_one = min(signed_distance_m(index, site, [row]) for row in outside)
        assert signed_distance_m(index, site, outside) == pytest.approx(one_by_one, abs=1e-6)


def test_no_features_no_distance():
    assert signed_distance_m(index_of(), shapely.Point(112, 37)) is None
    assert signed_distance_m(index_of(UNIT), shapely.Point(112, 37), rows=[]) is None
    assert distance_to_lines_m(index_of(UNIT), shapely.Point(112, 37), rows=[]) is None
    assert signed_distance_m(index_of(shapely.Polygon()), shapely.Point(112, 37)) is None


def test_touching_is_zero():
    index = index_of(UNIT)
    _, south, east, north = UNIT.bounds
    assert signed_distance_m(index, shapely.Point(east, (south + north) / 2)) == 0.0
    assert signed_distance_m(index, shapely.box(east, south, east + 0.01, north)) == 0.0


def test_inner_borders_of_a_union_do_not_count():
    left, right = metric(shapely.box(-1000, -1000, 0, 1000)), metric(shapely.box(0, -1000, 1000, 1000))
    index = index_of(left, right)
    site = metric(shapely.Point(-10, 0))
    assert signed_distance_m(index, site) == pytest.approx(-990, abs=0.2)
    assert signed_distance_m(index, site, rows=[0]) == pytest.approx(-10, abs=0.01)
    works = metric(shapely.box(-60, -50, -10, 50))
    assert signed_distance_m(index, works) == pytest.approx(-990, abs=1.1)
    assert signed_distance_m(index, works, rows=[0]) == pytest.approx(-60, abs=0.15)


def test_a_union_grows_through_a_chain_of_neighbours():
    strips = [metric(shapely.box(x, -5000, x + 100, 5000)) for x in range(-1000, 1000, 100)]
    assert signed_distance_m(index_of(*strips), metric(shapely.Point(5, 0))) == pytest.approx(-995, abs=0.2)


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        (shapely.box(990, -50, 1500, 50), -10),  # pokes in by ten metres
        (shapely.box(-100, -100, 100, 100), -1000),  # covers the middle
        (shapely.box(400, -50, 500, 50), -600),  # off the middle
        (shapely.box(1100, -50, 1500, 50), 100),
        (shapely.LineString([(990, -5000), (990, 5000)]), -10),
        (shapely.LineString([(-5000, 300), (5000, 300)]), -700),
        (shapely.LineString([(1200, -5000), (1200, 5000)]), 200),
        (shapely.MultiPoint([(990, 0), (700, 0), (3000, 0)]), -300),
        (shapely.box(-5000, -5000, 5000, 5000), -1000),  # swallows the unit
    ],
)
def test_penetration_of_sites_with_an_extent(site, expected):
    depth = signed_distance_m(index_of(UNIT), metric(site))
    assert depth == pytest.approx(expected, abs=max(0.15, 1.3e-3 * abs(expected)))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6))
def test_penetration_agrees_with_brute_force(seed):
    rng = np.random.default_rng(seed)

    def blob(count, size, centre):
        angle = np.sort(rng.uniform(0, 2 * np.pi, count)) + np.linspace(0, 1e-3, count)
        radius = rng.uniform(0.3, 1, count) * size
        return shapely.make_valid(
            shapely.Polygon(centre + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None])
        )

    unit, site = blob(12, 100, [0, 0]), blob(7, 60, rng.uniform(-60, 60, 2))
    common = shapely.intersection(unit, site)
    if shapely.area(common) < 1:
        return
    west, south, east, north = shapely.bounds(common)
    grid = shapely.points(
        np.stack(np.meshgrid(np.linspace(west, east, 60), np.linspace(south, north, 60)), axis=-1).reshape(-1, 2)
    )
    grid = np.r_[
        grid[shapely.intersects(common, grid)], shapely.points(shapely.get_coordinates(shapely.segmentize(common, 0.5)))
    ]
    sampled = shapely.distance(grid, shapely.boundary(unit)).max()
    step = np.hypot(east - west, north - south) / 59
    depth = -signed_distance_m(index_of(metric(unit)), metric(site))
    assert sampled - 0.15 <= depth <= sampled + step + 0.15


def test_moving_the_border_inward_by_the_depth_frees_the_site():
    """The definition itself: eroded a little less it still meets, a little more it does not."""
    unit = shapely.Polygon([(-900, -700), (1000, -1000), (800, 900), (0, 100), (-700, 800)])
    site = shapely.Polygon([(300, -300), (700, -200), (1500, 400), (600, 500)])
    depth = -signed_distance_m(index_of(metric(unit)), metric(site))
    assert shapely.intersects(unit.buffer(-(depth - 0.4)), site)
    assert not shapely.intersects(unit.buffer(-(depth + 0.4)), site)


def test_rivers():
    river = metric(shapely.LineString([(-5000, 0), (5000, 0)]))
    water = metric(shapely.box(-5000, -100, 5000, 100))
    works = metric(shapely.box(0, 950, 200, 1200))
    assert distance_to_lines_m(index_of(river), works) == pytest.approx(950, abs=0.1)
    assert distance_to_lines_m(index_of(water), works) == pytest.approx(850, abs=0.1)
    assert distance_to_lines_m(index_of(water, river), metric(shapely.Point(0, 50))) == 0.0
    assert signed_distance_m(index_of(river), metric(shapely.box(-10, -10, 10, 10))) == 0.0


def test_hair_gaps_between_neighbours_are_no_border():
    left = metric(shapely.box(-1000, -1000, 0, 1000))
    right = metric(shapely.box(2e-5, -1000, 1000, 1000))
    assert signed_distance_m(index_of(left, right), metric(shapely.Point(-1, 0))) == pytest.approx(-999, abs=0.2)
