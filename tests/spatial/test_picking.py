"""Features by place: the index gives what a plain test of every feature gives."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import InputFault
from greenrule.spatial.frame import Frame, as_geojson
from greenrule.spatial.picking import PREDICATES, Picker

_GRID = np.array([shapely.box(x, y, x + 1, y + 1) for x in range(6) for y in range(6)], dtype=object)
_PICKER = Picker(Frame(_GRID, {}))
_CORNER = st.integers(-1, 7)


@given(_CORNER, _CORNER, st.integers(1, 5), st.integers(1, 5), st.sampled_from(PREDICATES))
def test_each_relation_is_that_of_geos(x: int, y: int, wide: int, high: int, predicate: str) -> None:
    shape = shapely.box(x, y, x + wide, y + high)
    wanted = np.flatnonzero(getattr(shapely, predicate)(_GRID, shape))
    assert _PICKER.meeting(as_geojson(shape), predicate).tolist() == wanted.tolist()
    assert (
        _PICKER.in_box(x, y, x + wide, y + high).tolist() == np.flatnonzero(shapely.intersects(_GRID, shape)).tolist()
    )


def test_a_box_around_the_back_of_the_earth() -> None:
    sides = Picker(
        Frame(np.array([shapely.Point(179, 0), shapely.Point(-179, 0), shapely.Point(0, 0)], dtype=object), {})
    )
    assert sides.in_box(170, -1, -170, 1).tolist() == [0, 1]


def test_other_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="relate"):
        _PICKER.meeting(as_geojson(shapely.Point(1, 1)), "relate")
    with pytest.raises(InputFault):
        _PICKER.meeting({"type": "Point", "coordinates": ["x", 1]}, "intersects")
