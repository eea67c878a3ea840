"""Shared borders: true lengths, nothing lost or counted twice, and stretches along which nothing begins or ends."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.spatial.borders import STEP_M, facing_pairs, joined_lines, out_of_step, shared_borders, stretches
from greenrule.spatial.carving import Zone
from greenrule.spatial.frame import Frame
from greenrule.spatial.overlay import LayerIndex, geodesics, lengths_m

#: Steps of a grid in ten-thousandths of a degree, so that corners coincide exactly.
steps = st.lists(st.integers(1, 300), min_size=2, max_size=5)


def grid(widths: list[int], heights: list[int]) -> np.ndarray:
    xs, ys = 112 + np.cumsum([0, *widths]) / 1e4, 37 + np.cumsum([0, *heights]) / 1e4
    return np.array(
        [shapely.box(xs[i], ys[j], xs[i + 1], ys[j + 1]) for i in range(len(widths)) for j in range(len(heights))]
    )


def outlines_m(polygons: np.ndarray) -> float:
    return float(lengths_m(shapely.boundary(polygons)).sum())


@settings(max_examples=40)
@given(steps, steps)
def test_outlines_are_the_outer_edge_and_twice_the_borders(widths, heights) -> None:
    polygons = grid(widths, heights)
    borders = shared_borders(polygons)
    assert not out_of_step(polygons).any()
    # A row of cells has one border fewer than cells; corners in common are none.
    assert len(borders) == (len(widths) - 1) * len(heights) + len(widths) * (len(heights) - 1)
    outer = outlines_m(np.array([shapely.coverage_union_all(polygons)]))
    assert outlines_m(polygons) == pytest.approx(outer + 2 * sum(border.length_m for border in borders), rel=1e-9)


def test_a_length_is_that_of_the_geodesic() -> None:
    found = shared_borders(np.array([shapely.box(112, 37, 113, 38), shapely.box(113, 37, 114, 38)]))
    assert found[0].length_m == pytest.approx(geodesics().line_length([113, 113], [37, 38]), abs=0.01)


def test_the_demonstration_loses_no_border(demo_workspace) -> None:
    units = demo_workspace.read(demo_workspace.layers()["control_unit"]).geometry
    borders = shared_borders(units)
    outer = outlines_m(np.array([shapely.coverage_union_all(units)]))
    assert outlines_m(units) == pytest.approx(outer + 2 * sum(border.length_m for border in borders), rel=1e-9)


def test_only_lines_between_labels_are_asked() -> None:
    polygons = grid([100, 100, 100], [100, 100])
    labels = np.array(["a", "a", "a", "a", "b", "b"])
    assert {(border.one, border.other) for border in shared_borders(polygons, labels)} == {(2, 4), (3, 5)}


def test_what_does_not_meet_is_told() -> None:
    left, right = shapely.box(112, 37, 112.1, 37.1), shapely.box(112.1 + 3e-5, 37, 112.2, 37.1)  # 2.7 m apart
    far = shapely.box(112.3, 37, 112.4, 37.1)
    polygons, labels = np.array([left, right, far]), np.array(["a", "b", "c"])
    assert shared_borders(polygons, labels) == []
    assert facing_pairs(polygons, labels, 5.0, []) == [(0, 1)]
    assert facing_pairs(polygons, labels, 1.0, []) == []
    assert facing_pairs(polygons, np.array(["a", "a", "c"]), 5.0, []) == []
    over = np.array([left, shapely.box(112.09, 37, 112.2, 37.1)])
    assert shared_borders(over) == []  # they have edges in common, with both on one side
    assert facing_pairs(over, np.array(["a", "b"]), 0.0, []) == [(0, 1)]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 99), st.integers(1, 60)), min_size=1, max_size=4))
def test_stretches_are_the_border_cut_where_zones_end(spans) -> None:
    """Zones over parts of a meridian: the stretches add up to it, and along each all zones say one thing."""
    polygons = np.array([shapely.box(112, 37, 112.1, 37.1), shapely.box(112.1, 37, 112.2, 37.1)])
    shapes = [shapely.box(112.05, 37 + low / 1e3, 112.15, min(37.2, 37 + (low + size) / 1e3)) for low, size in spans]
    zones = [Zone(str(number), LayerIndex(Frame(np.array([shape]))), yes=[0]) for number, shape in enumerate(shapes)]
    border = shared_borders(polygons)[0]
    found = stretches(border, polygons, zones)
    assert sum(one.length_m for one in found) == pytest.approx(border.length_m, rel=1e-9)
    assert shapely.equals(joined_lines([one.line for one in found]), shapely.multilinestrings([border.line]))
    for one in found:
        middle = shapely.line_interpolate_point(one.line, 0.5, normalized=True)
        for shape in shapes:
            assert (
                shapely.intersects(shape, middle)
                == shapely.intersects(shape, one.one)
                == shapely.intersects(shape, one.other)
            )
        assert shapely.contains_properly(polygons[0], one.one)
        assert shapely.contains_properly(polygons[1], one.other)
        apart = geodesics().line_length([one.one.x, one.other.x], [one.one.y, one.other.y])
        assert apart <= 2 * STEP_M + 1e-6


def test_a_third_polygon_nearer_than_a_step_leaves_the_sides_open() -> None:
    width = STEP_M / 4 / 89_000  # a strip thinner than the step
    strip = shapely.box(112.1, 37, 112.1 + width, 37.1)
    polygons = np.array([shapely.box(112, 37, 112.1, 37.1), strip, shapely.box(112.1 + width, 37, 112.2, 37.1)])
    border = next(one for one in shared_borders(polygons) if (one.one, one.other) == (0, 1))
    assert [(one.one, one.other) for one in stretches(border, polygons, [])] == [(None, None)]
