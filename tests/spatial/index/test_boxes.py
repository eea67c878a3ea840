"""A box that tells what its site is in tells what shapely says of the site; where it cannot, it tells nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.spatial.index import exact
from greenrule.spatial.index.boxes import beside
from greenrule.spatial.index.exact import ExactIndex, SiteBatch
from tests.spatial.index.test_exact import expected, triples
from tests.spatial.test_overlay import coverage

PLACE = st.one_of(
    st.integers(0, 4).map(float),
    st.integers(1_110_000_000, 1_110_000_009).map(lambda value: value / 1e7),
    st.floats(-180, 180, allow_nan=False),
)


@pytest.fixture(autouse=True)
def always_boxes(monkeypatch):
    monkeypatch.setattr(exact, "_WORTH_BOXES", 0)


@given(*[PLACE] * 8, st.integers(0, 3), st.integers(-2, 2))
def test_a_box_that_is_said_to_lie_beside_a_line_does_not_meet_it(x0, y0, x1, y1, ax, ay, bx, by, corner, steps):
    """Also for lines through a corner of the box, or past it by a few last digits."""
    west, east, south, north = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    box = shapely.box(west, south, east, north) if west < east and south < north else None
    for at in ((ax, ay), ((west, east)[corner % 2], (south, north)[corner // 2])):
        px, py = at
        for _ in range(abs(steps)):
            px = math.nextafter(px, math.copysign(math.inf, steps))
        if beside(west, south, east, north, px, py, bx, by) and box is not None and (px, py) != (bx, by):
            assert not shapely.LineString([(px, py), (bx, by)]).intersects(box)


def test_a_box_well_beside_a_line_is_seen_to_be():
    assert beside(0.0, 0.0, 1.0, 1.0, 0.0, 3.0, 3.0, 0.0)
    assert not beside(0.0, 0.0, 1.0, 1.0, 0.0, 2.0, 2.0, 0.0)  # touches its corner
    assert not beside(5e-324, 5e-324, 1e-323, 1e-323, 0.0, 0.0, 5e-324, 1e-323)  # products underflow


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.sampled_from([3, 9, 14]), st.floats(1e-7, 0.09))
def test_sites_with_boxes_are_answered_as_shapely_does(seed, cells, size):
    """Rectangles, triangles, lines and points of one size anywhere, on vertices and on edges of a coverage and around it."""
    layer = shapely.segmentize(coverage(seed, cells=cells), 0.02)
    rng = np.random.default_rng(seed)
    vertex = shapely.get_coordinates(layer)
    some = rng.integers(len(vertex) - 1, size=20)
    place = np.vstack(
        [rng.uniform((111.9, 36.9), (113.1, 38.1), (30, 2)), vertex[some], (vertex[some] + vertex[some + 1]) / 2]
    )
    sites = [shapely.box(x, y, x + size, y + size / 3) for x, y in place]
    sites += [shapely.Polygon([(x, y), (x + size, y), (x, y + size)]) for x, y in place]
    sites += [shapely.LineString([(x, y), (x - size, y + size / 2)]) for x, y in place]
    sites += [shapely.Point(x, y) for x, y in place]
    sites = np.array(sites, dtype=object)
    index = ExactIndex.build(layer)
    assert triples(index.sites(sites)) == expected(layer, sites)


def test_most_small_sites_are_told_by_their_boxes(monkeypatch):
    layer = shapely.segmentize(coverage(3, cells=6), 0.001)
    rng = np.random.default_rng(3)
    place = rng.uniform((112, 37), (113, 38), (3_000, 2))
    sites = shapely.box(*place.T, *(place + 0.003).T)
    index = ExactIndex.build(layer)
    taken: list[int] = []
    take = exact.TakenApart.of
    monkeypatch.setattr(
        exact.TakenApart, "of", lambda some, *more, **named: taken.append(len(some)) or take(some, *more, **named)
    )
    met = index.sites(SiteBatch(sites))
    assert triples(met) == expected(layer, sites)
    assert len(np.unique(met.item[met.edge])) <= taken[0] < 1.5 * len(np.unique(met.item[met.edge]))


def test_areas_over_each_other_and_one_feature_in_several_parts():
    layer = np.array(
        [
            shapely.box(0, 0, 3, 3),
            shapely.box(1, 1, 4, 4),
            shapely.MultiPolygon([shapely.box(2, 2, 5, 5), shapely.box(-2, 0, -1, 1)]),
        ]
    )
    place = np.random.default_rng(5).uniform(-3, 6, (600, 2))
    sites = shapely.box(*place.T, *(place + 0.05).T)
    assert triples(ExactIndex.build(layer).sites(sites)) == expected(layer, sites)


def test_what_a_box_does_not_show():
    """A hole outside its shell, coordinates that are no numbers, parts apart, nothing, and heights."""
    layer = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.Point(0.5, 0.5)])
    shell = [(0.1, 0.1), (0.15, 0.1), (0.15, 0.15)]
    hole = [(1.5, 0.5), (1.6, 0.5), (1.6, 0.6)]
    with np.errstate(invalid="ignore"):
        broken = shapely.LineString([(0.3, 0.3), (np.nan, 0.3)])
    sites = np.array(
        [
            shapely.Polygon(shell, [hole]), broken, shapely.MultiPoint([(0.2, 0.2), (0.21, 0.2)]), shapely.Polygon(), None,
            shapely.Point(0.7, 0.7, np.nan), shapely.LineString([(0.8, 0.8, 1), (0.81, 0.8, np.nan)]),
            shapely.GeometryCollection([shapely.Point(0.2, 0.2), shapely.Point(0.25, 0.2)]), shapely.Point(0.5, 0.5),
            shapely.LineString([(0.48, 0.48), (0.52, 0.52)]), shapely.LinearRing(shell), shapely.Point(np.inf, 0.5),
        ],
        dtype=object,
    )  # fmt: skip
    index = ExactIndex.build(layer)
    by_vertices = index._chains(SiteBatch(sites).apart, sites)
    assert np.flatnonzero(~np.isnan(SiteBatch(sites).boxes(0, len(sites))[:, 0])).tolist() == [5, 6, 8, 9, 10]
    assert triples(index.sites(sites)) == triples(by_vertices)
    assert {0, 1} == {row for item, row, _ in triples(by_vertices) if item == 0}
