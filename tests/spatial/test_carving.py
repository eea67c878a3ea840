"""Carving: cells tile the tile, every point gets the answer its layers give, and hairs are nobody's land."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.spatial.carving import REACH_TOLERANCE_M, Zone, carve, cut_out
from greenrule.spatial.frame import Frame
from greenrule.spatial.nearness import distance_to_lines_m
from greenrule.spatial.overlay import LayerIndex, measure

TILE = shapely.box(112.0, 37.0, 112.4, 37.3)


def index_of(*shapes: object) -> LayerIndex:
    return LayerIndex(Frame(np.array(shapes, dtype=object)))


def corner() -> st.SearchStrategy[float]:
    # A coarse grid, so that borders meet, cross at corners and coincide.
    return st.integers(-1, 9).map(lambda number: number * 0.05)


@st.composite
def rectangles(draw: st.DrawFn) -> object:
    west, south = draw(corner()), draw(corner())
    wide, tall = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    shape = shapely.box(112 + west, 37 + south, 112 + west + wide * 0.05, 37 + south + tall * 0.05)
    return shapely.affinity.rotate(shape, draw(st.sampled_from([0, 0, 17, 45])))


zones = st.lists(st.tuples(st.lists(rectangles(), min_size=1, max_size=3), st.integers(0, 1)), min_size=1, max_size=4)


def built(drawn: list[tuple[list[object], int]]) -> list[Zone]:
    return [
        Zone(
            f"z{number}",
            index_of(*shapes),
            yes=range(len(shapes) - silent),
            silent=range(len(shapes) - silent, len(shapes)),
        )
        for number, (shapes, silent) in enumerate(drawn)
    ]


@given(zones)
def test_the_cells_are_the_tile(drawn: list[tuple[list[object], int]]) -> None:
    cells = carve(TILE, built(drawn))
    assert sum(measure(cell.geometry) for cell in cells) == pytest.approx(measure(TILE), rel=1e-9)
    assert all(shapely.is_valid(cell.geometry) for cell in cells)
    assert len({cell.answers for cell in cells}) == len(cells)


@given(zones, st.lists(st.tuples(st.floats(112.0, 112.4), st.floats(37.0, 37.3)), min_size=5, max_size=20))
def test_a_point_has_the_answers_of_its_layers(
    drawn: list[tuple[list[object], int]], points: list[tuple[float, float]]
) -> None:
    asked = built(drawn)
    cells = carve(TILE, asked)
    for lon, lat in points:
        point = shapely.Point(lon, lat)
        borders = [shapely.boundary(shape) for shapes, _ in drawn for shape in shapes]
        if any(shapely.distance(border, point) < 1e-9 for border in borders):
            continue  # on an edge; told by the layers, not by the cells
        expected = []
        for zone in asked:
            hits = {hit.row for hit in zone.index.hits(point)}
            expected.append(True if hits & set(zone.yes) else None if hits & set(zone.silent) else False)
        holding = [cell.answers for cell in cells if shapely.intersects(cell.geometry, point)]
        assert holding == [tuple(expected)]


def test_what_lies_elsewhere_may_be_unknown() -> None:
    cells = carve(TILE, [Zone("z", index_of(shapely.box(112, 37, 112.2, 37.3)), yes=[0], elsewhere=None)])
    assert [cell.answers for cell in cells] == [(True,), (None,)]


def test_a_zone_without_a_layer_answers_everywhere() -> None:
    assert [cell.answers for cell in carve(TILE, [Zone("z", None, elsewhere=False)])] == [(False,)]


def test_hairs_belong_to_the_neighbour_whole() -> None:
    nearly = shapely.box(112.0, 37.0, 112.4 - 1e-11, 37.3)
    cells = carve(TILE, [Zone("z", index_of(nearly), yes=[0])])
    assert [cell.answers for cell in cells] == [(True,)]
    assert measure(cells[0].geometry) == measure(TILE)


def test_only_land_is_cut_out() -> None:
    assert cut_out(TILE, shapely.box(112.4, 37.0, 112.5, 37.3)) is None  # an edge in common
    assert cut_out(TILE, TILE) is TILE


@pytest.mark.parametrize("reach", [100.0, 1000.0, 3000.0])
def test_the_line_of_a_reach_is_where_the_distance_says(reach: float) -> None:
    line = shapely.LineString([(111.9, 37.02), (112.1, 37.11), (112.12, 37.2), (112.3, 37.16), (112.5, 37.31)])
    index = index_of(line)
    cells = {cell.answers: cell.geometry for cell in carve(TILE, [Zone("near", index, yes=[0], reach_m=reach)])}
    edge = shapely.intersection(shapely.boundary(cells[True,]), shapely.boundary(cells[False,]))
    lines = shapely.get_parts(shapely.line_merge(edge))
    points = shapely.line_interpolate_point(lines[None, :], np.linspace(0, 1, 9)[:, None], normalized=True)
    found = [distance_to_lines_m(index, point) for point in points.ravel()]
    assert len(found) >= 9
    assert max(abs(distance - reach) for distance in found) < REACH_TOLERANCE_M * max(reach / 1000, 0.2)
