"""The predicates give the sign that rational arithmetic gives, whatever the doubles."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from greenrule.spatial.index.predicates import LARGEST, SMALLEST, UNDECIDED, orient, orient_rational, segments_meet

DEGREES = st.one_of(
    st.floats(-180, 180, allow_nan=False).filter(lambda value: value == 0 or abs(value) >= SMALLEST),
    st.integers(-5, 5).map(float),
    st.integers(1_110_000_000, 1_110_000_009).map(lambda value: value / 1e7),
)
POINT = st.tuples(DEGREES, DEGREES)


@given(POINT, POINT, POINT)
@example((0.1, 0.1), (0.3, 0.3), (0.2, 0.2))
@example((111.0000001, 37.0000001), (111.0000003, 37.0000003), (111.0000002, 37.0000002))
def test_orientation_is_that_of_rational_arithmetic(a, b, c):
    assert orient(*a, *b, *c) == orient_rational(*a, *b, *c)


@given(POINT, POINT, st.floats(0, 1), st.integers(-3, 3), st.integers(-3, 3))
def test_points_beside_a_line_by_a_few_last_digits(a, b, share, steps_x, steps_y):
    """The filter cannot decide these; the unrounded stage must."""
    x, y = a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
    for _ in range(abs(steps_x)):
        x = math.nextafter(x, math.copysign(math.inf, steps_x))
    for _ in range(abs(steps_y)):
        y = math.nextafter(y, math.copysign(math.inf, steps_y))
    if all(value == 0 or abs(value) >= SMALLEST for value in (x, y)):
        assert orient(*a, *b, x, y) == orient_rational(*a, *b, x, y)


@given(st.lists(st.floats(1e-60, 1e60), min_size=6, max_size=6))
def test_coordinates_of_very_different_sizes(values):
    assert orient(*values) == orient_rational(*values)


@pytest.mark.parametrize("strange", [SMALLEST / 2, LARGEST * 2, 5e-324, 1e300, math.inf, math.nan])
def test_what_the_arithmetic_cannot_hold_is_not_guessed(strange):
    """A collinear-looking case with such a coordinate is undecided, never 0, 1 or -1 by luck."""
    assert orient(0.0, 0.0, 1e-200, 1e-200, strange, strange) == UNDECIDED


SMALL = st.integers(0, 4).map(float)
SEGMENT = st.tuples(SMALL, SMALL, SMALL, SMALL)


@given(SEGMENT, SEGMENT)
def test_segments_meet_as_shapely_says(one, other):
    """On a small lattice touching, overlapping, collinear and pointlike segments abound."""
    import shapely

    def shape(x0, y0, x1, y1):
        return shapely.Point(x0, y0) if (x0, y0) == (x1, y1) else shapely.LineString([(x0, y0), (x1, y1)])

    expected = shape(*one).intersects(shape(*other))
    assert bool(segments_meet(*one, *other)) == expected
    assert bool(segments_meet(*other, *one)) == expected
