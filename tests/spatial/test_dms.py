"""Degrees, minutes and seconds in every habit of writing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.core.errors import InputFault, Place
from greenrule.spatial.dms import format_dms, parse_angle, parse_position

NOTICES = Path(__file__).resolve().parents[3] / "shared" / "data" / "eia_notices_sample.json"
VALUE = 112 + 18 / 60 + 24 / 3600


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("112°18′24″", None),
        ("112° 18′ 24″", None),
        ("112º18'24\"", None),
        ("112°18’24”", None),
        ("112°18''24", "fault"),
        ("112°18′24''", None),
        ("112°18′24′′", None),
        ("112°18′24", None),
        ("112度18分24秒", None),
        ("东经112度18分24秒", "lon"),
        ("东经：112°18′24″", "lon"),
        ("E112°18′24″", "lon"),
        ("112°18′24″E", "lon"),
        ("112°18′24″ e", "lon"),
        ("１１２°１８′２４″", None),
        ("Ｅ１１２度１８分２４．０秒", "lon"),
        ("112:18:24", None),
        ("112 18 24", None),
        ("112°18.4′", None),
        ("112°18.4'", None),
        ("112.306666666666667°", None),
        ("112.306666666666667", None),
        (" 112°18′24.000″ ", None),
        ("112-18-24", None),
        ("东经112-18-24.00", "lon"),
        ("112˚18ˊ24〞", None),
        ("(112°18′24″)", None),
    ],
)
def test_habits(text, axis):
    if axis == "fault":
        with pytest.raises(InputFault):
            parse_angle(text)
        return
    angle = parse_angle(text)
    assert angle.value == pytest.approx(VALUE, abs=1e-12)
    assert angle.axis == axis


@pytest.mark.parametrize(
    ("text", "value"), [("-112.5", -112.5), ("西经112°30′", -112.5), ("30′S", None), (112.5, 112.5)]
)
def test_signs_and_numbers(text, value):
    if value is None:
        with pytest.raises(InputFault):
            parse_angle(text)
    else:
        assert parse_angle(text).value == value


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ("112°18x24″", "DMS001", "第 7 个字符 `x`"),
        ("１１２°１８★", "DMS001", "第 7 个字符 `★`"),
        ("112°60′00″", "DMS003", "分应小于 60"),
        ("112°18′60″", "DMS003", "秒应小于 60"),
        ("北纬112°", "DMS003", "±90"),
        ("181°", "DMS003", "±180"),
        ("112.5°18′", "DMS002", "第 7 个字符处：小数"),
        ("18′24″", "DMS002", "应是度数"),
        ("112°′24″", "DMS002", "前面没有数"),
        ("", "DMS002", "不是角度"),
        ("东经", "DMS002", "应是度数"),
        (None, "DMS002", "不是角度"),
        (True, "DMS002", "不是角度"),
        (float("nan"), "DMS003", "超出范围"),
    ],
)
def test_faults_say_where(text, code, says):
    with pytest.raises(InputFault) as raised:
        parse_angle(text, Place("site.yaml", 4, 10))
    (fault,) = raised.value.faults
    assert fault.code == code
    assert says in fault.message
    assert str(fault.place) == "site.yaml:4:10"


@pytest.mark.parametrize(
    "written",
    [
        "东经112°18′24″，北纬38°44′02″",
        "北纬38°44′02″ 东经112°18′24″",
        "E112°18′24″ N38°44′02″",
        "112°18′24″E38°44′02″N",
        "112°18′24″E, 38°44′02″N",
        "112°18′24″38°44′02″",
        "112°18′24″,38°44′02″",
        "112度18分24秒、38度44分02秒",
        ["112°18′24″", "38°44′02″"],
        ["N 38°44′02″", "E 112°18′24″"],
        [VALUE, "38°44.0333333333333333′"],
    ],
)
def test_positions(written):
    assert parse_position(written) == pytest.approx((VALUE, 38 + 44 / 60 + 2 / 3600), abs=1e-12)


def test_decimal_pair_in_one_text():
    assert parse_position("112.5, 37.8") == (112.5, 37.8)
    assert parse_position("112.5 37.8") == (112.5, 37.8)


def test_both_faults_of_a_pair_come_together():
    with pytest.raises(InputFault) as raised:
        parse_position(["112°61′", "38°x"])
    assert [fault.code for fault in raised.value.faults] == ["DMS003", "DMS001"]


@pytest.mark.parametrize("written", ["112°18′24″", ["东经112°", "东经38°"], ["112°"], 112.5, "112 37"])
def test_half_positions_are_refused(written):
    with pytest.raises(InputFault) as raised:
        parse_position(written)
    assert raised.value.faults[0].code == "DMS002"


@given(st.floats(-180, 180), st.integers(0, 6))
def test_what_is_written_is_read_back(value, decimals):
    text = format_dms(value, decimals)
    assert parse_angle(text).value == pytest.approx(value, abs=0.5001 / 3600 / 10**decimals + 1e-12)
    assert "60" not in text.split("°")[1].split(".")[0].replace("″", "").split("′")


def test_real_notice():
    if not NOTICES.exists():
        pytest.skip("shared test data are absent")
    box = next(item["bbox_dms"] for item in json.loads(NOTICES.read_text("utf-8")) if "bbox_dms" in item)
    west, south, east, north = (parse_angle(text).value for text in box)
    assert 112.30 < west < east < 112.36
    assert 38.73 < south < north < 38.78
