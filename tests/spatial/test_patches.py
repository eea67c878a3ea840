"""Lines over patches: the stretches are the line, and what is shared or crossed is so by the shapes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.spatial.landgrid import LandGrid
from greenrule.spatial.patches import Metres, Patches, inside, length_m, line, shared, with_corners

FIELDS = [shapely.box(112 + 0.1 * x, 37 + 0.1 * y, 112.1 + 0.1 * x, 37.1 + 0.1 * y) for y in range(3) for x in range(4)]
corner = st.tuples(st.floats(112.001, 112.399), st.floats(37.001, 37.299))


@given(st.lists(corner, min_size=2, max_size=6, unique=True))
def test_the_stretches_are_the_line(points) -> None:
    along = line(points)
    if not shapely.is_simple(along) or shapely.length(along) < 1e-6:
        return
    cut = Patches(FIELDS).cut(along)
    assert sum(end - start for start, end, _ in cut) == pytest.approx(length_m(along), rel=1e-6)
    assert cut == sorted(cut)


def test_a_touch_is_no_crossing() -> None:
    along = line([(112.0, 37.1), (112.1, 37.1), (112.2, 37.2)])
    assert inside(along, FIELDS[0]) != []  # it runs along the edge, in neither
    assert inside(line([(112.1, 37.0), (112.1, 36.9)]), FIELDS[0]) == []
    assert [
        round(length_m(part)) for part in Patches(FIELDS).crossed(line([(112.05, 36.9), (112.05, 37.05)]), {0, 1})
    ] == [5549]


def test_a_piece_is_measured_in_metres() -> None:
    along = line([(112.0, 37.0), (112.4, 37.0), (112.4, 37.3)])
    part = Metres(along).piece(34_000.0, 41_000.0)  # round the corner
    assert length_m(part) == pytest.approx(7000.0, rel=1e-4)


def test_two_corridors() -> None:
    along = line([(112.0, 37.0), (112.4, 37.0)])
    assert shared(along, along) == 1.0
    assert shared(along, line([(112.0, 37.2), (112.4, 37.2)])) == 0.0


def test_corners_keep_the_line() -> None:
    points = with_corners(np.array([[0.0, 0.0], [5000.0, 0.0]]), 2000.0)
    assert np.diff(points[:, 0]).max() <= 2000.0
    assert points[[0, -1]].tolist() == [[0.0, 0.0], [5000.0, 0.0]]


def test_cells_and_degrees_go_back_and_forth() -> None:
    grid = LandGrid((110.2, 34.5, 114.6, 40.8), 100.0)
    rng = np.random.default_rng(1)
    for lon, lat in rng.uniform((110.2, 34.5), (114.6, 40.8), (50, 2)):
        cell = grid.cell(lon, lat)
        assert grid.inside(cell)
        back = grid.degrees(grid.centres(np.array([cell])))[0]
        assert abs(back[0] - lon) < 0.001
        assert abs(back[1] - lat) < 0.001
    # A metre is a metre: neighbouring cells are 100 m apart to a thousandth.
    side = length_m(line(grid.degrees(grid.centres(np.array([[100, 100], [100, 101]])))))
    assert side == pytest.approx(100.0, rel=1e-3)


def test_what_is_touched_is_burnt() -> None:
    grid = LandGrid((112.0, 37.0, 112.1, 37.1), 1000.0)
    whole, centres = np.zeros(grid.shape, dtype=np.uint8), np.zeros(grid.shape, dtype=np.uint8)
    shape = shapely.box(112.03, 37.03, 112.061, 37.061)
    grid.burn(whole, [(shape, 1)], touched=True)
    grid.burn(centres, [(shape, 1)], touched=False)
    assert (centres <= whole).all()
    assert whole.sum() > centres.sum() > 0
