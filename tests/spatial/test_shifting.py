"""Shifting a site: it touches what its widened zone says, wherever it is put, and no nearer place has the room."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from greenrule.spatial.carving import Zone
from greenrule.spatial.overlay import measure
from greenrule.spatial.shifting import Body, Felt, borders_of, geodesic_m, kept_inside, nearest_with_room
from tests.spatial.test_carving import TILE, index_of, rectangles

SITES = {
    "square": shapely.box(0, 0, 0.02, 0.01),
    "ell": shapely.Polygon([(0, 0), (0.03, 0), (0.03, 0.01), (0.01, 0.01), (0.01, 0.04), (0, 0.04)]),
    "ring": shapely.difference(shapely.box(0, 0, 0.12, 0.12), shapely.box(0.02, 0.02, 0.1, 0.1)),
    "two": shapely.MultiPolygon([shapely.box(0, 0, 0.01, 0.01), shapely.box(0.08, 0.05, 0.1, 0.06)]),
    "line": shapely.LineString([(0, 0), (0.05, 0.02), (0.05, 0.06)]),
    "point": shapely.Point(0, 0),
    "points": shapely.MultiPoint([(0, 0), (0.07, 0.03)]),
}


def body_at(name: str, lon: float, lat: float) -> Body:
    return Body(shapely.affinity.translate(SITES[name], lon, lat))


@given(
    name=st.sampled_from(sorted(SITES)),
    shapes=st.lists(rectangles(), min_size=1, max_size=3),
    lon=st.floats(112.02, 112.38),
    lat=st.floats(37.02, 37.28),
)
@settings(max_examples=150)
def test_a_site_touches_what_its_zone_says(name: str, shapes: list[object], lon: float, lat: float) -> None:
    body = body_at(name, 112.2, 37.1)
    zone = Zone("z", index_of(*shapes), yes=range(len(shapes)))
    felt = Felt(zone, body, lat).shapes(TILE)[0] if not body.is_point else zone.shapes(TILE)[0]
    spot = shapely.Point(lon, lat)
    assume(felt is None or shapely.distance(shapely.boundary(felt), spot) > 1e-7)
    site = body.moved(lon, lat)
    common = shapely.intersection(site, shapely.union_all(np.array(shapes, dtype=object)))
    touches = (
        measure(common) > 0
        if not common.is_empty and shapely.get_dimensions(site)
        else shapely.intersects(site, common)
    )
    assert (felt is not None and shapely.intersects(felt, spot)) == bool(touches)


@given(name=st.sampled_from(sorted(SITES)), lon=st.floats(112.0, 112.4), lat=st.floats(37.0, 37.3))
@settings(max_examples=80)
def test_a_site_stays_on_the_land(name: str, lon: float, lat: float) -> None:
    land = shapely.difference(shapely.box(111.95, 36.98, 112.3, 37.2), shapely.box(112.1, 37.05, 112.15, 37.08))
    body = body_at(name, 112.2, 37.1)
    inside = kept_inside(TILE, land, body, lat)
    spot = shapely.Point(lon, lat)
    assume(inside is None or shapely.distance(shapely.boundary(inside), spot) > 1e-7)
    assert (inside is not None and shapely.intersects(inside, spot)) == shapely.covers(land, body.moved(lon, lat))


def test_a_site_across_two_areas_lies_across_their_border() -> None:
    index = index_of(shapely.box(112, 37, 112.2, 37.3), shapely.box(112.2, 37, 112.4, 37.3))
    body = body_at("square", 112.1, 37.1)
    felt = Felt(borders_of("cities", index), body, 37.15).shapes(TILE)[0]
    assert felt.intersects(shapely.Point(112.195, 37.15))
    assert not felt.intersects(shapely.Point(112.18, 37.15))


def test_a_moved_site_is_as_large_as_before() -> None:
    body = body_at("ell", 112.0, 37.0)
    for lat in (36.0, 37.3, 40.0):
        assert measure(body.moved(113.0, lat)) == pytest.approx(measure(body.geometry), rel=1e-4)
    # In degrees it would have grown by four in a hundred.
    assert body.moved(113.0, 40.0).bounds[2] - 113.0 > (body.geometry.bounds[2] - 112.0) / 2 * 1.03


def test_a_fine_outline_is_searched_more_simply_and_that_is_told() -> None:
    angle = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    radius = 0.02 * (1 + 0.2 * np.sin(9 * angle))
    star = shapely.Polygon(np.column_stack([112.2 + radius * np.cos(angle), 37.1 + radius * np.sin(angle)]))
    body = Body(star)
    assert sum(len(pieces) for _, pieces in body.parts) <= 48
    assert 0 < body.off_m < 200
    assert len(shapely.get_coordinates(body.moved(112.3, 37.2))) == 4001


@given(shapes=st.lists(rectangles(), min_size=1, max_size=3), room=st.sampled_from([1.0, 50.0, 400.0]))
@settings(max_examples=40)
def test_no_nearer_place_has_the_room(shapes: list[object], room: float) -> None:
    land = shapely.union_all(np.array(shapes, dtype=object))
    start = (111.9, 37.1)
    found = nearest_with_room(land, *start, room, 150_000.0)
    assert found is not None
    lon, lat, border = found
    distance, _ = geodesic_m(start, (lon, lat))
    assert border <= distance
    # It has the room, all around.
    for turn in np.linspace(0, 2 * np.pi, 16, endpoint=False):
        side = shapely.Point(lon + 0.99 * room * np.cos(turn) / 89_200, lat + 0.99 * room * np.sin(turn) / 111_100)
        assert shapely.intersects(land, side)
    # Nothing of the land is nearer than the border, and no place with room is nearer than the spot.
    rng = np.random.default_rng(5)
    degrees = np.array([1 / 88_700, 1 / 110_980])
    reach = np.sqrt(rng.uniform(0, 1, 400)) * (distance - 1.0)
    turns = rng.uniform(0, 2 * np.pi, 400)
    for lon, lat in start + np.column_stack([reach * np.cos(turns), reach * np.sin(turns)]) * degrees:
        away, _ = geodesic_m(start, (lon, lat))
        spot = shapely.Point(lon, lat)
        if away < border - 0.01:
            assert not shapely.intersects(land, spot)
        elif away < distance - 0.5 and shapely.intersects(land, spot):
            assert shapely.distance(shapely.boundary(land), spot) * 111_300 < room * 1.3


def test_land_that_is_too_narrow_or_too_far_is_none() -> None:
    strip = shapely.box(112.0, 37.0, 112.00001, 37.3)
    assert nearest_with_room(strip, 111.9, 37.1, 1.0, 60_000.0) is None
    assert nearest_with_room(TILE, 111.9, 37.1, 1.0, 5_000.0) is None
