"""What keeps a layer out and what is only told: each with the features and the place."""

from __future__ import annotations

import json

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.spatial.frame import Frame
from greenrule.spatial.layercheck import MOST_SHOWN, check_frame
from greenrule.spatial.layerread import CodeRule, FieldKind, LayerKind
from greenrule.spatial.overlay import areas_m2
from tests.spatial.layerfiles import squares

RULE = CodeRule(r"^ZH(\d{6})([123])(\d{4})$", 2, 1, {"1": "priority", "2": "key", "3": "general"})
WORDS = {"高排放": "high_emission"}
FIELDS = {"code": FieldKind("code", "编码", True), "subtype": FieldKind("subtype", "细类", False, (), WORDS)}
UNITS = LayerKind("control_unit", "管控单元", "polygon", FIELDS, coverage=True, code=RULE)
PATCHES = LayerKind("red_line", "红线", "polygon", {"name": FieldKind("name", "名称")})


def frame(geometry: np.ndarray, **columns: list) -> Frame:
    codes = [f"ZH1401051{n:04d}" for n in range(1, len(geometry) + 1)]
    table = {"code": codes, "class": ["priority"] * len(geometry), "subtype": ["high_emission"] * len(geometry)}
    return Frame(geometry, {**table, **columns})


def checks(report) -> list[tuple[str, str]]:
    return [(item.severity, item.check) for item in report.findings]


def test_a_sound_layer_has_no_findings():
    """Neighbours that share their sides."""
    report = check_frame(UNITS, frame(squares(3)))

    assert (report.findings, report.errors, report.features) == ([], [], 3)
    assert report.text() == "3 个要素，0 处错误，0 处提示"


@given(st.floats(1e-5, 9e-3), st.integers(0, 1))
def test_an_overlap_is_found_with_its_pair_place_and_area(width, first):
    """Whatever its width, between the two that overlap and nobody else."""
    geometry = squares(3)
    west, south, east, north = geometry[first].bounds
    geometry[first] = shapely.box(west, south, east + width, north)

    report = check_frame(UNITS, frame(geometry))

    (found,) = [item for item in report.findings if item.check == "overlap"]
    common = shapely.intersection(geometry[first], geometry[first + 1])
    assert found.area_m2 == pytest.approx(float(areas_m2(np.array([common], dtype=object))[0]), abs=0.06)
    assert found.severity == ("error" if found.area_m2 > 100 else "warning")
    assert found.features == (f"ZH1401051{first + 1:04d}", f"ZH1401051{first + 2:04d}")
    assert common.covers(shapely.Point(found.at))


def test_a_unit_inside_another_is_an_overlap():
    """And two of the same shape too."""
    outer, inner = shapely.box(112, 37, 112.1, 37.1), shapely.box(112.04, 37.04, 112.05, 37.05)

    report = check_frame(UNITS, frame(np.array([outer, inner, inner], dtype=object)))

    pairs = [tuple(int(name[-1]) for name in item.features) for item in report.findings if item.check == "overlap"]
    assert sorted(pairs) == [(1, 2), (1, 3), (2, 3)]


@pytest.mark.parametrize(("size", "severity"), [(0.002, "error"), (0.00005, "warning")])
def test_a_gap_is_found_with_place_and_area(size, severity):
    """A hole between units; below the sliver threshold it is only told."""
    hole = shapely.box(112.01, 37.01, 112.01 + size, 37.01 + size)
    whole = shapely.box(112, 37, 112.03, 37.03)
    west, east = (
        shapely.intersection(whole, shapely.box(*side))
        for side in ((112, 37, 112.01 + size / 2, 38), (112.01 + size / 2, 37, 113, 38))
    )
    geometry = np.array([shapely.difference(west, hole), shapely.difference(east, hole)], dtype=object)

    report = check_frame(UNITS, frame(geometry))

    (found,) = report.findings
    assert (found.severity, found.check) == (severity, "gap")
    assert hole.covers(shapely.Point(found.at))
    assert found.area_m2 == pytest.approx(float(areas_m2(np.array([hole], dtype=object))[0]), rel=0.01)


def test_the_sliver_threshold_is_the_callers():
    """The same overlap, error or warning."""
    geometry = squares(2)
    geometry[0] = shapely.box(112, 37, 112.0101, 37.01)

    assert checks(check_frame(UNITS, frame(geometry))) == [("error", "overlap")]
    assert checks(check_frame(UNITS, frame(geometry), sliver_m2=1e6)) == [("warning", "overlap")]


def test_layers_that_are_no_coverage_may_overlap():
    """Red lines and reserves do."""
    geometry = np.array([shapely.box(112, 37, 112.1, 37.1), shapely.box(112.05, 37, 112.2, 37.1)], dtype=object)

    assert check_frame(PATCHES, Frame(geometry, {"name": ["甲", "乙"]})).findings == []


def test_an_invalid_polygon_is_told_with_its_place():
    """A bow tie, at its knot; overlaps are then not looked for, and that is said."""
    geometry = squares(3)
    geometry[1] = shapely.Polygon([(112.01, 37), (112.02, 37.01), (112.02, 37), (112.01, 37.01)])

    report = check_frame(UNITS, frame(geometry))

    assert checks(report) == [("error", "validity"), ("warning", "overlap")]
    assert report.errors[0].features == ("ZH14010510002",)
    assert report.errors[0].at == pytest.approx((112.015, 37.005))
    assert "（112.01500, 37.00500）" in report.text()


@pytest.mark.parametrize(
    "code", ["ZH1401051001", "ZH14010540001", "HY14010510001", "zh14010510001", "ZH14010510001 x", "1"]
)
def test_a_code_of_another_form_is_told(code):
    """Too short, class 4, sea, small letters, something behind it."""
    report = check_frame(UNITS, frame(squares(2), code=["ZH14010510009", code]))

    assert checks(report) == [("error", "code")]
    assert f"`{code}`" in report.findings[0].message


def test_a_class_that_contradicts_the_code_is_told():
    """It is a fault of the data, not a class."""
    report = check_frame(UNITS, frame(squares(2), **{"class": ["priority", "general"]}))

    assert checks(report) == [("error", "class")]
    assert report.findings[0].features == ("ZH14010510002",)


def test_a_code_used_twice_is_told_once_with_its_number():
    """Three times the same."""
    report = check_frame(UNITS, frame(squares(3), code=["ZH14010510001"] * 3))

    assert checks(report) == [("error", "duplicate")]
    assert "3 次" in report.findings[0].message


@pytest.mark.parametrize(("lon", "lat"), [(37.0, 112.0 - 50), (0.0, 0.0), (112.0, -37.0)])
def test_features_outside_china_are_told(lon, lat):
    """Latitude first, nothing at all, the southern half."""
    geometry = squares(3)
    geometry[2] = shapely.box(lon, lat, lon + 0.01, lat + 0.01)

    (found,) = check_frame(UNITS, frame(geometry)).findings

    assert (found.severity, found.check, found.features) == ("error", "extent", ("ZH14010510003",))


def test_values_and_columns_that_the_rules_cannot_use_are_warned_of():
    """An unknown word; a column that is not there."""
    strange = check_frame(UNITS, frame(squares(2), subtype=["high_emission;新类", None]))
    missing = check_frame(UNITS, Frame(squares(1), {"code": ["ZH14010510001"], "class": ["priority"]}))

    assert checks(strange) == checks(missing) == [("warning", "words")]
    assert "新类" in strange.findings[0].message
    assert "细类" in missing.findings[0].message


def test_features_without_code_or_name_are_counted():
    """第2个."""
    geometry = np.array([shapely.box(112, 37, 112.1, 37.1), shapely.box(0, 0, 1, 1)], dtype=object)

    assert check_frame(PATCHES, Frame(geometry, {})).findings[0].features == ("第2个",)


def test_people_see_the_largest_and_a_count_programs_see_all():
    """Thirty overlaps of growing width."""
    geometry = squares(31)
    for number in range(30):
        west, south, east, north = geometry[number].bounds
        geometry[number] = shapely.box(west, south, east + 1e-4 * (number + 1), north)

    report = check_frame(UNITS, frame(geometry))

    assert len(report.errors) == 30
    lines = report.text().splitlines()
    assert len(lines) == 1 + MOST_SHOWN + 1
    assert "ZH14010510030 与 ZH14010510031" in lines[1]
    assert "另有 10 处" in lines[-1]
    plain = json.loads(json.dumps(report.to_json()))
    assert (plain["errors"], len(plain["findings"])) == (30, 30)
