"""The site, from every way a filing gives it, with its doubts and its faults."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from greenrule.core.errors import InputFault, Place
from greenrule.spatial.datums import shift_datum
from greenrule.spatial.intake import DATUM_CANDIDATES, read_site, settle_datum

HERE = Path(".")
SQUARE = [[112.0, 37.0], [112.1, 37.0], [112.1, 37.1], [112.0, 37.1], [112.0, 37.0]]
NOTICES = Path(__file__).resolve().parents[3] / "shared" / "data" / "eia_notices_sample.json"


def polygon(ring) -> dict:
    return {"type": "Polygon", "coordinates": [ring]}


def faults_of(location, **more):
    with pytest.raises(InputFault) as raised:
        read_site(location, base_dir=HERE, where=Place("project.yaml", 5, 3), **more)
    for fault in raised.value.faults:
        assert fault.help
        assert fault.place is not None
    return raised.value.faults


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ({"geometry": polygon(SQUARE)}, "polygon"),
        ({"geometry": {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE)}}, "polygon"),
        ({"geometry": {"type": "LineString", "coordinates": SQUARE[:3]}}, "line"),
        ({"geometry": {"type": "MultiPolygon", "coordinates": [[SQUARE]]}}, "polygon"),
        ({"geometry": {"type": "Point", "coordinates": [112.0, 37.0, 900.0]}}, "point"),
        ({"point": [112.0, 37.0]}, "point"),
        ({"point": ["112.0", "37.0"]}, "point"),
        ({"point": "112.0, 37.0"}, "point"),
        ({"dms": ["112°00′00″", "37°00′00″"]}, "point"),
        ({"dms": "东经112°00′00″，北纬37°00′00″"}, "point"),
        ({"dms": [["112°", "37°"], ["112°6′", "37°"], ["112°6′", "37°6′"], ["112°", "37°6′"]]}, "polygon"),
        ({"dms": ["112°00′E 37°00′N", "112°06′E 37°00′N", "112°06′E 37°06′N"]}, "polygon"),
        ({"bbox_dms": ["112°00′00″", "37°00′00″", "112°06′00″", "37°06′00″"]}, "polygon"),
    ],
)
def test_every_way_leads_to_the_same_corner(location, kind):
    site = read_site({"crs": "cgcs2000", **location}, base_dir=HERE)
    assert site.kind == kind
    assert site.stated
    assert not site.in_doubt
    assert site.geometry.bounds[:2] == (112.0, 37.0)
    assert not shapely.has_z(site.geometry)


def test_file_is_relative_to_the_project_and_brings_its_system(tmp_path):
    feature = {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE)}
    (tmp_path / "site.geojson").write_text(json.dumps(feature), "utf-8")
    site = read_site({"file": "site.geojson"}, base_dir=tmp_path)
    # GeoJSON is WGS-84 on paper; exports of web maps are not.
    assert [candidate.crs for candidate in site.candidates] == list(DATUM_CANDIDATES)
    stated = read_site({"file": "site.geojson", "crs": "gcj02"}, base_dir=tmp_path)
    assert stated.geometry.equals_exact(site.candidates[1].geometry, 1e-12)
    with_crs = {**feature, "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}}
    (tmp_path / "said.geojson").write_text(json.dumps(with_crs), "utf-8")
    assert not read_site({"file": "said.geojson"}, base_dir=tmp_path).in_doubt


def test_unstated_datum_keeps_three_readings_and_says_how_far_apart():
    site = read_site({"point": [112.55, 37.87]}, base_dir=HERE)
    assert [candidate.crs for candidate in site.candidates] == list(DATUM_CANDIDATES)
    assert not site.stated
    assert site.geometry == site.candidates[0].geometry
    assert "gcj02 相差约 5" in site.notes[-1]
    again = shift_datum(site.candidates[2].geometry, "wgs84", "bd09")
    assert (again.x, again.y) == pytest.approx((112.55, 37.87), abs=1e-9)


def test_how_far_readings_are_apart_does_not_depend_on_the_shape():
    """A ring with a hole has no stable point on its surface; the distance told is that of the shift."""
    outer = [[112.55 + 0.01 * x, 37.87 + 0.008 * y] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    hole = [[112.55 + 0.009 * x, 37.87 + 0.007 * y] for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
    told = [
        re.findall(r"相差约 (\d+) 米", read_site({"geometry": geometry}, base_dir=Path(".")).notes[-1])
        for geometry in (
            {"type": "Polygon", "coordinates": [outer, hole]},
            {"type": "Point", "coordinates": [112.55, 37.87]},
        )
    ]
    assert [float(metres) for metres in told[0]] == pytest.approx([float(metres) for metres in told[1]], abs=5)


@given(st.floats(110.5, 114.3), st.floats(34.8, 40.5), st.booleans())
def test_unstated_grid_with_prefix_is_certain(lon, lat, northing_first):
    zone = round(lon / 3)
    x, y = pyproj.Transformer.from_crs(4490, 4488 + zone, always_xy=True).transform(lon, lat)
    site = read_site({"point": [y, x] if northing_first else [x, y]}, base_dir=HERE)
    assert site.crs == f"gk3:{zone}"
    assert not site.in_doubt
    assert not site.stated
    assert (site.geometry.x, site.geometry.y) == pytest.approx((lon, lat), abs=1e-8)


def test_unstated_grid_without_prefix_keeps_the_zones_of_the_region():
    site = read_site({"point": [530000.0, 4195000.0]}, base_dir=HERE)
    assert [candidate.crs for candidate in site.candidates] == ["gk3:37", "gk3:38"]
    narrow = read_site({"point": [530000.0, 4195000.0]}, base_dir=HERE, region=(113.0, 36.0, 114.5, 39.0))
    assert [candidate.crs for candidate in narrow.candidates] == ["gk3:38"]


def test_the_named_county_settles_the_datum_only_where_it_separates():
    site = read_site({"point": [112.55, 37.87]}, base_dir=HERE)
    here, gcj, bd = (candidate.geometry for candidate in site.candidates)
    both = shapely.union(gcj.buffer(1e-4), bd.buffer(1e-4))
    settled = settle_datum(site, both)
    assert [candidate.crs for candidate in settled.candidates] == ["gcj02", "bd09"]
    assert settled.geometry == gcj
    assert settled.crs == "gcj02"
    assert "cgcs2000" in settled.notes[-1]
    assert settle_datum(site, here.buffer(0.5)) is site
    assert settle_datum(site, None) is site
    nowhere = settle_datum(site, shapely.box(110, 35, 110.1, 35.1))
    assert nowhere.candidates == site.candidates
    assert "核对" in nowhere.notes[-1]


def test_stated_datum_is_never_overruled():
    site = read_site({"point": [112.55, 37.87], "crs": "wgs84"}, base_dir=HERE)
    settled = settle_datum(site, shapely.box(110, 35, 110.1, 35.1))
    assert settled.geometry == site.geometry
    assert "所述坐标系" in settled.notes[-1]


def test_swapped_order_is_told_with_the_right_one():
    (fault,) = faults_of({"point": [37.87, 112.55]})
    assert fault.code == "SITE007"
    assert "[112.55, 37.87]" in (fault.help or "")
    (fault,) = faults_of({"dms": ["38°44′02″", "112°18′24″"], "crs": "wgs84"})
    assert fault.code == "SITE007"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ({}, "SITE001"),
        ({"crs": "wgs84"}, "SITE001"),
        ({"point": [112, 37], "file": "a.shp"}, "SITE001"),
        ({"point": [112, 37], "csr": "wgs84"}, "SITE002"),
        ({"point": [112.0, float("nan")]}, "SITE003"),
        ({"point": [112.0, float("inf")]}, "SITE003"),
        ({"point": [112.0]}, "SITE003"),
        ({"point": [True, 37]}, "SITE003"),
        ({"point": {"lon": 112}}, "SITE003"),
        ({"point": ["112°61′", "37°"]}, "DMS003"),
        ({"geometry": "POINT(112 37)"}, "GEO001"),
        ({"geometry": {"type": "Polygn", "coordinates": []}}, "GEO001"),
        ({"geometry": polygon([])}, "GEO004"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, "GEO004"),
        ({"geometry": {"type": "FeatureCollection", "features": []}}, "SITE006"),
        ({"geometry": polygon([[112, 37], [113, 38], [112, 37]])}, "GEO003"),
        ({"geometry": polygon([[112, 37], [113, "x"], [112, 38]])}, "GEO002"),
        ({"geometry": {"type": "Polygon", "coordinates": SQUARE}}, "GEO002"),
        ({"geometry": {"type": "LineString", "coordinates": [[112, 37], [112, 37]]}}, "GEO003"),
        ({"point": [2.35, 48.85]}, "SITE008"),
        ({"point": [500000.0, 100.0]}, "SITE011"),
        ({"point": [112.5, 37.8], "crs": "gk3:37"}, "CRS003"),
        ({"point": [112.5, 37.8], "crs": "mars"}, "CRS001"),
        ({"dms": [["112°", "37°"], ["113°", "37°"]]}, "SITE004"),
        ({"dms": [["112°", "37°"], ["113°"], ["112°", "3x"]]}, "DMS002"),
        ({"bbox_dms": ["112°", "37°", "111°", "38°"]}, "SITE010"),
        ({"bbox_dms": ["112°", "37°"]}, "SITE003"),
        ({"file": "none.shp"}, "VEC001"),
    ],
)
def test_faults(location, code):
    assert faults_of(location)[0].code == code


def test_all_faults_come_at_once_with_their_paths():
    faults = faults_of({"geometry": polygon([[112, None], [113, 38], ["a", 38], [112, 37]])})
    assert ["coordinates[0][0]" in faults[0].message, "coordinates[0][2]" in faults[1].message] == [True, True]
    assert [fault.code for fault in faults_of({"point": [1, 2], "dms": [1, 2], "csr": 1})] == ["SITE002", "SITE001"]
    assert len(faults_of({"dms": [["112°", "37°"], ["113°"], ["112°", "3x"]]})) == 2


def test_open_ring_is_closed_and_said():
    site = read_site({"geometry": polygon(SQUARE[:-1]), "crs": "wgs84"}, base_dir=HERE)
    assert any("闭合" in note for note in site.notes)
    assert site.geometry.equals(shapely.Polygon(SQUARE))


BOW_TIE = [[112, 37], [112.1, 37.1], [112.1, 37], [112, 37.1], [112, 37]]


def test_self_crossing_is_refused_with_its_place_or_mended_on_request():
    (fault,) = faults_of({"geometry": polygon(BOW_TIE), "crs": "wgs84"})
    assert fault.code == "SITE009"
    assert "第 1 段与第 3 段相交于 112.050000, 37.050000" in fault.message
    site = read_site({"geometry": polygon(BOW_TIE)}, base_dir=HERE, repair=True)
    assert all(shapely.is_valid(candidate.geometry) for candidate in site.candidates)
    assert any("自动修正" in note for note in site.notes)
    assert shapely.area(site.geometry) == pytest.approx(0.005)


def test_mixed_and_many_geometries():
    both = {"type": "GeometryCollection", "geometries": [polygon(SQUARE), {"type": "Point", "coordinates": [112, 37]}]}
    assert faults_of({"geometry": both})[0].code == "SITE005"
    right = [[x + 0.05, y] for x, y in SQUARE]
    pair = {"type": "MultiPolygon", "coordinates": [[SQUARE], [right]]}
    site = read_site({"geometry": pair, "crs": "wgs84"}, base_dir=HERE)
    # Overlapping parts count once.
    assert site.geometry.area == pytest.approx(0.015)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0.01, 0.1), st.floats(0.0, 0.9)), min_size=3, max_size=12))
def test_star_shapes_survive_every_stated_datum(rays):
    """A polygon written in a datum and read back lies where it was drawn."""
    angles = np.cumsum([0.05 + turn for _, turn in rays])
    angles = angles / angles[-1] * 2 * np.pi
    corners = [(112.5 + r * np.cos(a), 37.8 + r * np.sin(a)) for (r, _), a in zip(rays, angles, strict=True)]
    shape = shapely.Polygon(corners)
    if not shape.is_valid or shape.area < 1e-9:
        return
    for datum in DATUM_CANDIDATES:
        written = shapely.geometry.mapping(shift_datum(shape, "cgcs2000", datum))
        site = read_site({"geometry": written, "crs": datum}, base_dir=HERE)
        assert shapely.hausdorff_distance(site.geometry, shape) < 1e-9


def test_real_notice():
    if not NOTICES.exists():
        pytest.skip("shared test data are absent")
    notice = next(item for item in json.loads(NOTICES.read_text("utf-8")) if "bbox_dms" in item)
    site = read_site({"bbox_dms": notice["bbox_dms"], "crs": "cgcs2000"}, base_dir=HERE)
    centre = read_site({"dms": notice["centre_dms"], "crs": "cgcs2000"}, base_dir=HERE)
    assert shapely.covers(site.geometry, centre.geometry)
    area = abs(pyproj.Geod(ellps="GRS80").geometry_area_perimeter(site.geometry)[0])
    # The mine fills part of its box.
    assert area > notice["area_km2"] * 1e6
