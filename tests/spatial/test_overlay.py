"""Shares and areas: conservation over a coverage, agreement with the ellipsoid, borders."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.spatial.frame import Frame
from greenrule.spatial.overlay import LayerIndex, areas_m2, lengths_m, measure

GEOD = pyproj.Geod(ellps="GRS80")


def index_of(*shapes) -> LayerIndex:
    return LayerIndex(Frame(np.array(shapes, dtype=object)))


def coverage(seed: int, west=112.0, south=37.0, size=1.0, cells: int = 7) -> np.ndarray:
    """A full coverage of a square by crooked quadrilaterals that share their edges."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(cells + 1.0), np.arange(cells + 1.0), indexing="ij"), axis=-1)
    grid[1:-1, 1:-1] += rng.uniform(-0.3, 0.3, (cells - 1, cells - 1, 2))
    grid = grid / cells * size + [west, south]
    return np.array(
        [
            shapely.Polygon([grid[i, j], grid[i + 1, j], grid[i + 1, j + 1], grid[i, j + 1]])
            for i in range(cells)
            for j in range(cells)
        ],
        dtype=object,
    )


COVER = LayerIndex(Frame(coverage(3)))


def star(lon: float, lat: float, size: float, seed: int, corners: int = 9):
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, corners)) + np.linspace(0, 1e-3, corners)
    radius = size * rng.uniform(0.3, 1.0, corners)
    shape = shapely.Polygon(np.column_stack([lon + radius * np.cos(angle), lat + radius * np.sin(angle)]))
    return (
        shape
        if shape.is_valid and shape.area > size**2 * 1e-3
        else shapely.box(lon - size, lat - size, lon + size, lat + size)
    )


@settings(max_examples=60)
@given(st.floats(112.3, 112.7), st.floats(37.3, 37.7), st.floats(0.0005, 0.28), st.integers(0, 10**6))
def test_shares_of_a_coverage_add_up_to_one_and_area_is_conserved(lon, lat, size, seed):
    site = star(lon, lat, size, seed)
    hits = COVER.hits(site)
    assert sum(hit.share for hit in hits) == pytest.approx(1.0, rel=1e-9)
    assert sum(hit.measure for hit in hits) == pytest.approx(measure(site), rel=1e-9)
    line = site.exterior
    along = COVER.hits(line)
    assert sum(hit.share for hit in along) == pytest.approx(1.0, rel=1e-9)
    assert sum(hit.measure for hit in along) == pytest.approx(measure(line), rel=1e-9)


@given(st.floats(74, 134), st.floats(4, 53), st.floats(0.001, 0.02))
def test_areas_and_lengths_agree_with_the_geodesic_ones_for_small_shapes(lon, lat, size):
    """Geodesic edges and edges straight in degrees differ by the third power of the size, so small shapes must
    agree."""
    shape = shapely.Polygon([(lon, lat), (lon + size, lat + size / 3), (lon + size / 2, lat + size)])
    fine = shapely.segmentize(shape, size / 50)
    area, length = GEOD.geometry_area_perimeter(fine)
    assert measure(shape) == pytest.approx(abs(area), rel=1e-7)
    assert measure(shape.exterior) == pytest.approx(length, rel=1e-7)


def test_a_known_cell_of_the_graticule():
    # A box bounded by parallels and meridians has an area in closed form; the geodesic engine gets it by densifying.
    box = shapely.box(112, 37, 113, 38)
    area = abs(GEOD.geometry_area_perimeter(shapely.segmentize(box, 1e-4))[0])
    assert measure(box) == pytest.approx(area, rel=1e-9)
    meridian = shapely.LineString([(112, 34.5), (112, 40.8)])
    assert measure(meridian) == pytest.approx(GEOD.inv(112, 34.5, 112, 40.8)[2], abs=0.01)


@given(st.integers(0, 10**6))
def test_splitting_edges_changes_neither_area_nor_length(seed):
    site = star(112.5, 37.5, 0.4, seed)
    finer = shapely.segmentize(site, 0.013)
    assert measure(finer) == pytest.approx(measure(site), rel=1e-11)
    assert measure(finer.exterior) == pytest.approx(measure(site.exterior), rel=1e-11)


def test_holes_and_parts():
    ring = shapely.box(112, 37, 113, 38).difference(shapely.box(112.2, 37.2, 112.4, 37.4))
    both = shapely.MultiPolygon([ring, shapely.box(112.2, 37.2, 112.4, 37.4)])
    assert measure(both) == pytest.approx(measure(shapely.box(112, 37, 113, 38)), rel=1e-12)
    assert areas_m2(np.array([ring, both], dtype=object))[1] == pytest.approx(measure(both))
    assert areas_m2(np.array([], dtype=object)).sum() == 0
    assert lengths_m(np.array([], dtype=object)).sum() == 0


LEFT, RIGHT = shapely.box(112, 37, 113, 38), shapely.box(113, 37, 114, 38)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((112.5, 37.5), [(0, False)]),
        ((113.0, 37.5), [(0, True), (1, True)]),
        ((112.0, 37.0), [(0, True)]),
        ((115.0, 37.5), []),
    ],
)
def test_points_count_on_the_border(point, expected):
    hits = index_of(LEFT, RIGHT).hits(shapely.Point(point))
    assert [(hit.row, hit.on_boundary) for hit in hits] == expected
    assert all(hit.share == 1.0 for hit in hits)


def test_several_points_share_by_count():
    points = shapely.MultiPoint([(112.5, 37.5), (112.6, 37.5), (113.5, 37.5), (120, 37)])
    assert [(hit.row, hit.share, hit.measure) for hit in index_of(LEFT, RIGHT).hits(points)] == [
        (0, 0.5, 2),
        (1, 0.25, 1),
    ]


@pytest.mark.parametrize(
    "site",
    [
        shapely.box(112.4, 36.9, 112.6, 37.0),  # shares a stretch of edge
        shapely.box(111.9, 36.9, 112.0, 37.0),  # shares a corner
        shapely.LineString([(112.2, 37.0), (112.8, 37.0)]),  # runs along the edge
        shapely.LineString([(112.5, 36.5), (112.5, 37.0)]),  # ends on the edge
    ],
)
def test_a_touch_is_reported_and_is_no_hit(site):
    (hit,) = index_of(LEFT).hits(site)
    assert hit.on_boundary
    assert (hit.share, hit.measure) == (0.0, 0.0)


def test_an_overlap_thinner_than_a_hair_is_a_touch():
    thin = shapely.box(112.4, 36.9, 112.6, 37.0 + 1e-10)
    (hit,) = index_of(LEFT).hits(thin)
    assert (hit.on_boundary, hit.share, hit.measure) == (True, 0.0, 0.0)
    real = shapely.box(112.4, 36.9, 112.6, 37.0 + 1e-6)
    assert not index_of(LEFT).hits(real)[0].on_boundary


def test_lines_along_an_edge_count_only_what_is_inside():
    line = shapely.LineString([(112.5, 37.0), (112.6, 37.0), (112.6, 37.1)])
    (hit,) = index_of(LEFT).hits(line)
    assert not hit.on_boundary
    assert hit.measure == pytest.approx(measure(shapely.LineString([(112.6, 37.0), (112.6, 37.1)])))


def test_features_of_lower_dimension_are_met_with_their_length():
    river = shapely.LineString([(111.0, 37.5), (115.0, 37.5)])
    well = shapely.Point(112.5, 37.5)
    hits = index_of(river, well).hits(LEFT)
    assert [(hit.row, hit.share, hit.on_boundary) for hit in hits] == [(0, 0.0, False), (1, 0.0, False)]
    assert hits[0].measure == pytest.approx(measure(shapely.LineString([(112, 37.5), (113, 37.5)])))
    (crossing,) = index_of(river).hits(shapely.LineString([(112, 37), (112, 38)]))
    assert not crossing.on_boundary


def test_parts_of_one_feature_are_added_and_rows_can_be_chosen():
    two = shapely.MultiPolygon([LEFT, shapely.box(113.5, 37, 114, 38)])
    index = index_of(two, RIGHT)
    site = shapely.box(112.5, 37.4, 114.0, 37.6)
    assert [(hit.row, round(hit.share, 9)) for hit in index.hits(site)] == [(0, 0.666666667), (1, 0.666666667)]
    assert [hit.row for hit in index.hits(site, rows=[1])] == [1]
    assert index.hits(site, rows=[]) == []
    assert len(index) == 2


def test_a_site_inside_a_feature_has_share_one_exactly():
    (hit,) = index_of(LEFT).hits(shapely.box(112.4, 37.4, 112.6, 37.6))
    assert hit.share == 1.0
    (whole,) = index_of(LEFT).hits(LEFT)
    assert whole.share == pytest.approx(1.0, rel=1e-12)


def test_an_invalid_feature_does_not_crash_the_question():
    bow_tie = shapely.Polygon([(112, 37), (113, 38), (113, 37), (112, 38)])
    hits = index_of(bow_tie).hits(shapely.box(112.0, 37.2, 113.0, 37.6))
    assert 0.0 < hits[0].share < 1.0
