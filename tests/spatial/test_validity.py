"""Flaws are found where they are."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.spatial.validity import MOST_LISTED, find_flaws, mended

BOW_TIE = shapely.Polygon([(112, 37), (113, 38), (113, 37), (112, 38)])


def test_crossing_is_named_by_segment_and_place():
    (flaw,) = find_flaws(BOW_TIE)
    assert flaw.segments == (1, 3)
    assert (flaw.lon, flaw.lat) == pytest.approx((112.5, 37.5))
    assert "第 1 段与第 3 段相交于 112.500000, 37.500000" in flaw.message


def test_doubled_points_do_not_shift_the_count():
    doubled = shapely.Polygon([(112, 37), (112, 37), (113, 38), (113, 37), (112, 38)])
    (flaw,) = find_flaws(doubled)
    assert flaw.segments == (2, 4)


def test_spike_hole_and_second_part_are_told():
    spike = shapely.Polygon([(0, 0), (2, 0), (2, 2), (2, 3), (2, 2), (0, 2)])
    assert any("折返重叠" in flaw.message for flaw in find_flaws(spike))
    outside = shapely.Polygon(shapely.box(0, 0, 1, 1).exterior, [shapely.box(3, 3, 4, 4).exterior])
    assert "洞落在外环之外" in find_flaws(outside)[0].message
    pair = shapely.MultiPolygon([shapely.box(100, 30, 101, 31), BOW_TIE])
    assert find_flaws(pair)[0].message.startswith("第 2 个面的第 1 段")


def test_empty_and_flat_shapes():
    assert "空" in find_flaws(shapely.Polygon())[0].message
    assert find_flaws(shapely.Polygon([(0, 0), (1, 1), (2, 2)]))


def test_a_scribble_is_listed_in_part():
    rng = np.random.default_rng(7)
    flaws = find_flaws(shapely.Polygon(rng.random((60, 2))))
    assert len(flaws) == MOST_LISTED + 1
    assert "未列出" in flaws[-1].message


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=9))
def test_flaws_exist_exactly_where_a_shape_is_unusable_and_mending_removes_them(points):
    shape = shapely.Polygon(points)
    usable = bool(shapely.is_valid(shape)) and shape.area > 0
    assert (find_flaws(shape) == ()) == usable
    valid, notes = mended(shape)
    assert bool(notes) != usable
    assert shapely.is_valid(valid)
    # What survives mending is inside the outline that was drawn.
    assert valid.is_empty or shapely.covers(shapely.buffer(shapely.convex_hull(shape), 1e-9), valid)
