"""A layer in a shifted datum is noticed by the counties that it names, and the right datum is named."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from greenrule.spatial.datums import shift_datum
from greenrule.spatial.frame import Frame
from greenrule.spatial.layercheck import CheckReport
from greenrule.spatial.layerdatum import check_datum

SIDE = 0.3
COUNTIES = Frame(
    np.array([shapely.box(112 + SIDE * x, 37 + SIDE * y, 112 + SIDE * (x + 1), 37 + SIDE * (y + 1)) for x in range(3) for y in range(2)]),
    {"name": [f"县{x}{y}" for x in range(3) for y in range(2)]},
)  # fmt: skip
#: Nine units to a county, sharing its lines.
UNITS = Frame(
    np.array([
        shapely.box(w + SIDE / 3 * x, s + SIDE / 3 * y, w + SIDE / 3 * (x + 1), s + SIDE / 3 * (y + 1))
        for w, s, _, _ in shapely.bounds(COUNTIES.geometry).tolist() for x in range(3) for y in range(3)
    ]),
    {"county": [name for name in COUNTIES.columns["name"] for _ in range(9)]},
)  # fmt: skip


def found(frame: Frame, counties: Frame = COUNTIES) -> list[tuple[str, str]]:
    report = CheckReport("control_unit", len(frame))
    check_datum(frame, counties, report)
    return [(item.severity, item.message) for item in report.findings]


def test_units_on_their_counties_are_not_questioned() -> None:
    assert found(UNITS) == []


@pytest.mark.parametrize(("drawn", "read"), [("gcj02", "cgcs2000"), ("bd09", "cgcs2000")])
def test_a_shifted_layer_is_refused_and_told_how_to_read_it(drawn: str, read: str) -> None:
    [(severity, message)] = found(Frame(shift_datum(UNITS.geometry, read, drawn), UNITS.columns))
    assert severity == "error"
    assert f"--crs {drawn}" in message


@pytest.mark.parametrize("wrongly", ["gcj02", "bd09"])
def test_a_layer_that_was_corrected_without_need_is_told(wrongly: str) -> None:
    [(severity, message)] = found(Frame(shift_datum(UNITS.geometry, wrongly, "cgcs2000"), UNITS.columns))
    assert severity == "error"
    assert f"不加 `--crs {wrongly}`" in message


def test_wrong_county_names_are_no_datum() -> None:
    names = UNITS.columns["county"]
    [(severity, message)] = found(Frame(UNITS.geometry, {"county": [*names[9:], *names[:9]]}))
    assert severity == "warning"
    assert "核对县名" in message


def test_where_nothing_can_be_told_nothing_is_said() -> None:
    assert found(Frame(UNITS.geometry)) == []
    assert found(Frame(UNITS.geometry, {"county": ["无此县"] * len(UNITS)})) == []
    assert found(UNITS, Frame(COUNTIES.geometry)) == []
    lines = Frame(shapely.boundary(UNITS.geometry), UNITS.columns)
    assert found(lines) == []
    broken = shapely.Polygon([(112.0, 37.0), (112.3, 37.3), (112.3, 37.0), (112.0, 37.3)])
    assert found(Frame(np.array([broken]), {"county": ["县00"]})) == []
