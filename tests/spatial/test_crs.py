"""Reference systems: every spelling of the contract, and grids read off their numbers."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import InputFault
from greenrule.spatial.crs import candidate_grids, convert, in_metres, parse_crs, read_grid_numbers, to_lonlat

PLACE = (112.5, 37.8)


def grid(code: int, lon: float, lat: float) -> tuple[float, float]:
    return pyproj.Transformer.from_crs(4490, code, always_xy=True).transform(lon, lat)


@pytest.mark.parametrize(
    ("text", "kind", "meridian"),
    [
        ("cgcs2000", "lonlat", None),
        ("CGCS 2000", "lonlat", None),
        ("国家2000", "lonlat", None),
        ("WGS-84", "lonlat", None),
        ("EPSG:4490", "lonlat", None),
        ("epsg:4326", "lonlat", None),
        ("gcj02", "shifted", None),
        ("GCJ-02", "shifted", None),
        ("百度", "shifted", None),
        ("gk3:37", "grid", 111),
        ("gk3:111", "grid", 111),
        ("GK3：38", "grid", 114),
        ("gk6:19", "grid", 111),
        ("gk6:20", "grid", 117),
        ("EPSG:4546", "grid", 111),
        ("EPSG:4525", "grid", 111),
        ("EPSG:4547", "grid", 114),
        ("EPSG:4497", "grid", 111),
        ("EPSG:3857", "other", None),
        ("EPSG:32649", "other", None),
        ("国家2000坐标系", "lonlat", None),
        ("2000国家大地坐标系", "lonlat", None),
        ("国家大地坐标系", "lonlat", None),
        ("GCS_WGS_1984", "lonlat", None),
        ("火星坐标系", "shifted", None),
        ("西安80坐标系", "other", None),
        ("Beijing 1954", "other", None),
        ("CGCS2000_3_Degree_GK_Zone_37", "grid", 111),
        ("CGCS2000_3_Degree_GK_CM_111E", "grid", 111),
        ("CGCS2000 / 3-degree Gauss-Kruger CM 114E", "grid", 114),
        ("CGCS2000 / Gauss-Kruger zone 19", "grid", 111),
        ("CGCS2000_GK_CM_117E", "grid", 117),
        ("高斯3度带37", "grid", 111),
        ("3度带38带", "grid", 114),
        ("CGCS2000 3°带，中央经线 111°", "grid", 111),
        ("国家2000坐标系 高斯-克吕格 六度分带 第19带", "grid", 111),
    ],
)
def test_spellings(text, kind, meridian):
    spec = parse_crs(text)
    assert (spec.kind, spec.meridian) == (kind, meridian)
    assert spec.label
    assert parse_crs(spec.text).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "wgs85",
        "gk4:37",
        "3度带",
        "西安80 3度带37带",
        "CGCS2000_3_Degree_GK",
        "EPSG:99999",
        "",
        "gk3",
        "PROJCS[nonsense]",
    ],
)
def test_unknown_names_are_faults_with_help(text):
    with pytest.raises(InputFault) as raised:
        parse_crs(text)
    assert raised.value.faults[0].code == "CRS001"
    assert "gk3:37" in (raised.value.faults[0].help or "")


@pytest.mark.parametrize("text", ["gk3:60", "gk3:5", "gk6:50", "gk3:37.5", "gk3:140"])
def test_zones_outside_the_country_are_faults(text):
    with pytest.raises(InputFault) as raised:
        parse_crs(text)
    assert raised.value.faults[0].code == "CRS002"


def test_a_near_name_is_suggested():
    with pytest.raises(InputFault) as raised:
        parse_crs("cgcs200")
    assert "`cgcs2000`" in (raised.value.faults[0].help or "")


@given(
    st.floats(110.0, 114.9),
    st.floats(34.0, 41.0),
    st.sampled_from([("gk3:37", 4546), ("gk3:38", 4547), ("gk6:19", 4497), ("EPSG:4525", 4525), ("EPSG:4546", 4525)]),
    st.booleans(),
)
def test_grids_agree_with_the_register_in_any_writing(lon, lat, pair, northing_first):
    """With or without prefix, easting or northing first: the same place, to a millimetre."""
    name, code = pair
    x, y = grid(code, lon, lat)
    if not 1e5 < x % 1e6 < 9e5:
        return
    xy = (y, x) if northing_first else (x, y)
    moved, notes = convert(shapely.Point(xy), name)
    assert (moved.x, moved.y) == pytest.approx((lon, lat), abs=1e-8)
    assert bool(notes) == northing_first


def test_wrong_prefix_is_a_fault_that_names_the_right_grid():
    with pytest.raises(InputFault) as raised:
        to_lonlat(shapely.Point(38530000, 4195000), "gk3:37")
    assert raised.value.faults[0].code == "CRS004"
    assert "gk3:38" in (raised.value.faults[0].help or "")


@pytest.mark.parametrize(("point", "crs"), [((112.5, 37.8), "gk3:37"), ((530000, 4195000), "wgs84")])
def test_degrees_and_metres_are_not_confused(point, crs):
    with pytest.raises(InputFault) as raised:
        to_lonlat(shapely.Point(point), crs)
    assert raised.value.faults[0].code == "CRS003"


def test_cgcs2000_and_wgs84_are_one():
    point = shapely.Point(PLACE)
    assert to_lonlat(point, "wgs84").equals(to_lonlat(point, "cgcs2000"))
    web = shapely.Point(grid(3857, *PLACE))
    moved = to_lonlat(web, "EPSG:3857")
    assert (moved.x, moved.y) == pytest.approx(PLACE, abs=1e-9)


def test_wkt_of_a_prj_file_is_understood():
    for style in ("WKT1_ESRI", "WKT2_2019", "WKT1_GDAL"):
        spec = parse_crs(pyproj.CRS(4525).to_wkt(style))
        assert (spec.kind, spec.meridian) == ("grid", 111.0)


def test_old_datums_carry_a_note():
    x, y = grid(2383, *PLACE)
    moved, notes = convert(shapely.Point(x, y), "EPSG:2383")
    assert "精确转换参数" in notes[0]
    assert moved.distance(shapely.Point(PLACE)) < 0.01


def test_no_number_is_a_fault_not_a_place():
    with pytest.raises(InputFault) as raised:
        to_lonlat(shapely.Point(float("inf"), 37.0), "cgcs2000")
    assert raised.value.faults[0].code == "CRS005"


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ((37530000.0, 4195000.0), (False, 37, 3)),
        ((4195000.0, 37530000.0), (True, 37, 3)),
        ((19530000.0, 4195000.0), (False, 19, 6)),
        ((530000.0, 4195000.0), (False, None, None)),
        ((4195000.0, 530000.0), (True, None, None)),
    ],
)
def test_numbers_tell_order_and_zone(numbers, expected):
    read = read_grid_numbers(np.array([numbers]))
    assert read is not None
    assert (read.northing_first, read.zone, read.width) == expected


def test_numbers_that_are_no_grid():
    assert read_grid_numbers(np.array([[1.25e7, 4.5e6]])) is None  # Web Mercator of the province
    assert candidate_grids(np.array([[1.25e7, 4.5e6]])) == ()
    assert not in_metres(np.array([[112.5, 37.8], [np.nan, 1.0]]))


@pytest.mark.parametrize(
    ("region", "grids"),
    [
        ((110.2, 34.5, 114.6, 40.8), ("gk3:37", "gk3:38")),
        ((113.0, 36.0, 114.0, 37.0), ("gk3:38",)),
        ((105.0, 31.0, 111.0, 39.0), ("gk3:35", "gk3:36", "gk3:37")),
    ],
)
def test_candidates_are_the_zones_of_the_region(region, grids):
    assert candidate_grids(np.array([[530000.0, 4195000.0]]), region) == grids
    assert candidate_grids(np.array([[38530000.0, 4195000.0]]), region) == ("gk3:38",)
