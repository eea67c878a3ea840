"""What people type into the one field for a place: coordinates in their many shapes, names, addresses."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.placefinding import find_named, is_coordinates, names_on_map, read_typed
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


def test_metres_of_a_grid(ground):
    site = read_typed(ground, "38412345.6, 4193000")
    assert 112 < site.geometry.x < 115
    assert 37 < site.geometry.y < 39


@pytest.mark.parametrize(
    ("text", "code"), [("37.87, 112.55", "SITE007"), ("112.55 37.87 1", "ASK007"), ("1 2", "SITE008")]
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
    assert [one.name for one in find_named(ground, "太原市小店区某路 3 号")] == ["太原市", "小店区"]
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
