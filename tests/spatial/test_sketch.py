"""Drawing of synthetic shapes: warps that fold nowhere, lines that lead into others, cuts and scatters."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.spatial import sketch

CENTRE = (112.5, 37.5)


def plane(*points: tuple[float, float]) -> np.ndarray:
    """Points of the drawing plane around a place, metres."""
    return np.array(points, dtype=float) + sketch.to_plane(np.array(CENTRE))


@given(st.integers(0, 1000), st.floats(-2e5, 2e5), st.floats(-3e5, 3e5))
def test_a_warp_can_be_undone(seed, east, north):
    """It folds nowhere, so every point has one origin."""
    warp, points = sketch.Warp(seed), plane((east, north))

    assert np.allclose(warp(warp.undo(points)), points, atol=0.01)


@given(st.integers(0, 1000))
def test_a_warped_area_stays_valid(seed):
    """Lines that did not cross do not cross afterwards."""
    area = shapely.Polygon(plane((0, 0), (30_000, 0), (30_000, 20_000), (0, 20_000)))

    assert sketch.Warp(seed).apply(area, 500).is_valid


@given(st.floats(110, 114.9), st.floats(34, 41))
def test_degrees_come_back_from_the_plane(lon, lat):
    """To the grid."""
    assert np.abs(sketch.to_degrees(sketch.to_plane(np.array([[lon, lat]]))) - [lon, lat]).max() <= 0.51e-6


@given(st.integers(0, 1000), st.floats(100, 9000))
def test_a_blob_is_valid_and_about_as_large_as_said(seed, radius):
    """Between half and almost twice the radius everywhere."""
    shape = sketch.blob(CENTRE, radius, np.random.default_rng(seed))
    distance = np.linalg.norm(shapely.get_coordinates(shape) - plane((0, 0)), axis=1)

    assert shape.is_valid
    assert distance.min() >= 0.44 * radius
    assert distance.max() <= 1.71 * radius


@pytest.mark.parametrize(("gap", "joined"), [(500.0, True), (2_000.0, False)])
def test_a_line_is_led_into_the_nearest_other_within_reach(gap, joined):
    """And left alone where none is."""
    path = shapely.LineString(plane((0, 10_000), (0, gap)))
    others = [
        shapely.LineString(plane((-9_000, 0), (9_000, 0))),
        shapely.LineString(plane((-9_000, -50), (9_000, -50))),
    ]

    led = sketch.led_into(path, others, 1_000)

    assert (led.distance(others[0]) == 0) == joined
    assert shapely.get_coordinates(led)[:2].tolist() == shapely.get_coordinates(path).tolist()


def test_a_line_that_meets_another_already_is_left_alone():
    """No vertex is doubled."""
    path = shapely.LineString(plane((0, 100), (0, 0)))

    assert sketch.led_into(path, [shapely.LineString(plane((-9, 0), (0, 0), (9, 0)))], 1_000) == path


def test_cut_takes_away_only_what_meets():
    """Shapes that meet no obstacle keep every vertex."""
    near, far = (shapely.box(*plane((east, 0))[0], *plane((east + 100, 100))[0]) for east in (0, 5_000))
    hole = shapely.box(*plane((50, 0))[0], *plane((200, 100))[0])

    cut = sketch.cut([near, far], [hole])

    assert cut[0].area == pytest.approx(5_000)
    assert cut[1] is far
    assert sketch.cut([near], [near])[0].is_empty


@given(st.integers(0, 100), st.integers(1, 50))
def test_scattered_points_lie_inside_and_are_as_many_as_asked(seed, count):
    """Also in a narrow area."""
    area = shapely.Polygon(plane((0, 0), (10_000, 100), (10_000, 200)))
    points = sketch.scatter(area, count, np.random.default_rng(seed))

    assert points.shape == (count, 2)
    assert sketch.inside(points, area).all()


def test_areas_keeps_only_what_is_large_enough():
    """Lines and crumbs go."""
    large, small = shapely.box(0, 0, 10, 10), shapely.box(20, 0, 21, 1)
    mixed = shapely.GeometryCollection([large, small, shapely.LineString([(0, 0), (9, 9)])])

    assert sketch.areas(mixed, 50) == large
    assert sketch.areas(mixed).geom_type == "MultiPolygon"
    assert sketch.areas(mixed, 1e6).is_empty
