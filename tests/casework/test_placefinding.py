"""What people type into the one field for a place: coordinates in their many shapes, names, addresses."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.placefinding import find_named, is_coordinates, names_on_map, read_typed, understood
from greenrule.casework.screening import open_screener
from greenrule.core.errors import InputFault


@pytest.fixture(scope="module")
def ground(demo_workspace):
    return open_screener(demo_workspace.path).ground(date(2026, 11, 25))


@pytest.mark.parametrize("text", ["112.55, 37.87", "112.55，37.87", "112°33′00″E 37°52′12″N", "112°33′, 37°52.2′"])
def test_one_point_in_many_shapes(ground, text):
    assert is_coordinates(text)
    site = read_typed(ground, text, "cgcs2000")
    assert (site.geometry.x, site.geometry.y) == pytest.approx((112.55, 37.87), abs=1e-9)
    assert not site.in_doubt


def test_a_system_that_is_not_said_stays_in_doubt(ground):
    site = read_typed(ground, "112.55, 37.87")
    assert site.in_doubt
    assert "没有说明坐标系" in site.notes[0]


@pytest.mark.parametrize("text", ["37.87, 112.55", "37.87 112.55", "３７．８７，１１２．５５", "[37.87, 112.55]"])
def test_a_latitude_that_comes_first_is_turned_and_said(ground, text):
    assert is_coordinates(text)
    site = read_typed(ground, text, "cgcs2000")
    assert (site.geometry.x, site.geometry.y) == pytest.approx((112.55, 37.87), abs=1e-9)
    assert site.notes[0] == "纬度在前，已换为经度在前"


@pytest.mark.parametrize(
    "text",
    [
        "１１２．５５，３７．８７", "112 33 00 37 52 12", "112 33 00, 37 52 12.0", "[112.55, 37.87]", "POINT (112.55 37.87)", "point z(112.55 37.87 800)",
        '{"lat": 37.87, "lng": 112.55}', '{"type": "Point", "coordinates": [112.55, 37.87, 3]}', "Ｅ１１２．５５　Ｎ３７．８７",
        "https://www.openstreetmap.org/#map=15/37.87000/112.55000",
    ],
)  # fmt: skip
def test_what_programs_and_chinese_keyboards_write_is_read(ground, text):
    assert is_coordinates(text)
    site = read_typed(ground, text, "cgcs2000")
    assert (site.geometry.x, site.geometry.y) == pytest.approx((112.55, 37.87), abs=1e-9)
    assert not site.notes


@pytest.mark.parametrize("text", ["X=4193000, Y=38412345.6", "X：4193000 Y：38412345.6", "x坐标4193000，y坐标38412345.6", "北坐标4193000 东坐标38412345.6"])  # fmt: skip
def test_axes_of_a_grid_may_be_named(ground, text):
    assert is_coordinates(text)
    plain = read_typed(ground, "38412345.6, 4193000")
    assert read_typed(ground, text).geometry.equals(plain.geometry)


@pytest.mark.parametrize(
    "text", ["[]", "{}", "[1]", '{"lat": "x", "lng": 3}', "[true, 1]", '{"coordinates": [[1, 2]]}', "[" * 5000]
)
def test_json_that_is_no_point_is_no_coordinates(ground, text):
    assert not is_coordinates(text)


def test_metres_of_a_grid(ground):
    site = read_typed(ground, "38412345.6, 4193000")
    assert 112 < site.geometry.x < 115
    assert 37 < site.geometry.y < 39


@pytest.mark.parametrize(
    ("text", "code"), [("200, 37.87", "SITE008"), ("112.55 37.87 1", "ASK007"), ("1 2", "SITE008")]
)
def test_what_is_wrong_is_told(ground, text, code):
    with pytest.raises(InputFault) as caught:
        read_typed(ground, text, "cgcs2000")
    assert caught.value.faults[0].code == code


def test_a_name_is_found_widest_first(ground):
    found = find_named(ground, "小店")
    assert (found[0].kind, found[0].name, found[0].within) == ("county", "小店区", "太原市")
    assert {one.kind for one in found} >= {"county", "control_unit"}
    west, south, east, north = found[0].bounds
    assert west < found[0].point[0] < east
    assert south < found[0].point[1] < north


def test_a_code_is_found(ground):
    one = find_named(ground, "阳曲县一般管控单元")[0]
    assert find_named(ground, one.name)[0] == one
    assert any(item.kind == "control_unit" for item in find_named(ground, "ZH1401", 50))


def test_an_address_is_found_as_far_as_its_county(ground):
    assert [one.name for one in find_named(ground, "太原市小店区某路 3 号")] == ["小店区", "太原市"]
    assert find_named(ground, "某路 3 号") == []
    assert find_named(ground, "  ") == []


@given(st.text(max_size=30), st.integers(0, 5))
def test_anything_may_be_typed(ground, text, limit):
    assert len(find_named(ground, text, limit)) <= limit
    if is_coordinates(text):
        with contextlib.suppress(InputFault):  # and nothing else
            read_typed(ground, text)


def test_every_county_is_named_once_on_the_map(ground):
    found = [one.name for one in names_on_map(ground) if one.kind == "county"]
    assert len(found) == len(ground.index("county").frame)
    assert "小店区" in found


@pytest.mark.parametrize(
    ("text", "crs"),
    [
        ("东经112°33′00″，北纬37°52′12″", None), ("北纬37°52′12″ 东经112°33′", None), ("东经112度33分北纬37度52分12秒", None),
        ("N37°52′12″, E112°33′", None), ("经度：112.55 纬度：37.87", None), ("lat=37.87, lng=112.55", None), ("112.55°E, 37.87°N", None),
        ("CGCS2000 112.55, 37.87", "cgcs2000"), ("WGS-84：112.55，37.87", "wgs84"), ("GCJ-02 112.55, 37.87", "gcj02"),
        ("高德地图 112.55,37.87", "gcj02"), ("百度（BD-09）112.55, 37.87", "bd09"), ("geo:37.87,112.55", "wgs84"),
        ("https://uri.amap.com/marker?position=112.55,37.87&name=%E6%9F%90", "gcj02"),
        ("https://api.map.baidu.com/marker?location=37.87,112.55&output=html", "bd09"),
        ("https://apis.map.qq.com/uri/v1/marker?marker=coord:1&center=37.87%2C112.55", "gcj02"),
    ],
)  # fmt: skip
def test_every_usual_notation_is_one_point(ground, text, crs):
    assert is_coordinates(text)
    said = understood(text)[1]
    assert said == crs
    site = read_typed(ground, text)
    # Where a map service's own system is said, the point is moved by some hundred metres; else it is as written.
    assert (site.geometry.x, site.geometry.y) == pytest.approx(
        (112.55, 37.87), abs=0.02 if crs in ("gcj02", "bd09") else 1e-7
    )
    assert (crs is None) == site.in_doubt
    if crs in ("gcj02", "bd09"):
        assert abs(site.geometry.x - 112.55) > 1e-3


def test_what_was_chosen_goes_before_what_the_text_says(ground):
    chosen = read_typed(ground, "高德 112.55, 37.87", "cgcs2000")
    assert (chosen.geometry.x, chosen.geometry.y) == pytest.approx((112.55, 37.87), abs=1e-9)


def test_a_river_and_a_reserve_are_found_by_name_once(ground):
    found = find_named(ground, "汾河", 50)
    assert "river_line" in {one.kind for one in found}
    keys = [(one.kind, one.name, one.within) for one in found]
    assert len(keys) == len(set(keys))
    assert all(one.demo for one in found if one.kind == "river_line")


@given(st.text(max_size=60))
def test_words_of_a_reference_system_leave_any_text_readable(text):
    plain, crs = understood(text)
    assert crs in (None, "gcj02", "bd09", "wgs84", "cgcs2000")
    assert understood(plain)[0] == plain or plain != text
