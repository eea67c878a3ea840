"""The locating map: names stand once and apart, shapes fill the sheet, odd data draw what can be drawn."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.report_map import MapData, OverlayShape, UnitShape, map_svg


def box(west: float, south: float, east: float, north: float) -> list[tuple[float, float]]:
    """A closed ring."""
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


SITE = [(112.33, 37.58)]
AROUND = UnitShape([box(112.2, 37.48, 112.46, 37.68)], "general", "ZH14012130001", "某一般管控单元", True)


def texts(svg: str) -> list[str]:
    """Every text on the picture."""
    return [item.text or "" for item in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_a_name_stands_once_however_many_pieces_it_has():
    """The rings of a water source share one name."""
    pieces = [
        OverlayShape([box(112.3 + i / 100, 37.55, 112.34 + i / 100, 37.6)], "water_source", "某水源地")
        for i in range(3)
    ]

    assert texts(map_svg(MapData(site_points=SITE, units=[AROUND], overlays=pieces))).count("某水源地") == 1


def test_labels_stand_apart():
    """Many names in one place: those that are written do not lie on each other."""
    overlays = [OverlayShape([box(112.28, 37.53, 112.38, 37.63)], "park", f"第{i}号园区") for i in range(12)]
    svg = map_svg(MapData(site_points=SITE, units=[AROUND], overlays=overlays))
    spots = [
        (float(x), float(y))
        for x, y, text in re.findall(r'<text x="([\d.-]+)" y="([\d.-]+)"[^>]*>([^<]*)<', svg)
        if "号园区" in text
    ]

    assert len(spots) >= 2
    assert all(abs(a[1] - b[1]) >= 15 for i, a in enumerate(spots) for b in spots[:i])


@pytest.mark.parametrize(("width", "height"), [(880, 520), (360, 600)])
def test_the_shapes_fill_the_sheet(width, height):
    """A unit that was cut to a box around the site reaches every edge of the frame, broad or upright."""
    svg = map_svg(MapData(site_points=SITE, units=[AROUND]), width, height)
    clip = re.search(r'<clipPath[^>]*><rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg)
    assert clip is not None
    left, top, wide, tall = map(float, clip.groups())
    path = re.search(r'<path d="(M[^"]*)" fill="url\(#map-general\)"', svg)
    assert path is not None
    numbers = [tuple(map(float, pair.split())) for pair in re.findall(r"[\d.-]+ [\d.-]+", path[1])]

    assert min(x for x, _ in numbers) <= left
    assert max(x for x, _ in numbers) >= left + wide
    assert min(y for _, y in numbers) <= top
    assert max(y for _, y in numbers) >= top + tall


def test_nothing_to_draw_is_said():
    """An empty map is no blank picture."""
    assert "没有可显示的位置数据" in map_svg(MapData())


def test_hostile_names_stay_text():
    """A name of a layer is written, never read as markup."""
    svg = map_svg(MapData(site_points=SITE, units=[AROUND._replace(name="<b>&")], source='"><script>'))

    assert "<script>" not in svg
    assert "<b>&" in texts(svg)


@given(
    lon=st.floats(110.2, 114.6), lat=st.floats(34.6, 40.7), size=st.floats(1e-6, 2.0), width=st.sampled_from([360, 880])
)
def test_any_site_of_the_province_is_drawn(lon, lat, size, width):
    """From a square metre to a prefecture: well-formed, the site named, no coordinate that is not a number."""
    svg = map_svg(MapData(site_rings=[box(lon, lat, lon + size, lat + size)], units=[AROUND]), width, 560)

    assert "场址" in texts(svg)
    assert "nan" not in svg
    assert "inf" not in svg
