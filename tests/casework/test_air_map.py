"""The map of an evaluation: classes that part at the limit and say so, every figure printed, what has none hatched, marks where due."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.casework.air_evaluate import evaluate_workspace
from greenrule.casework.air_map import air_map, classes_of
from greenrule.casework.place_map import ColouredPlace, PlaceMap, Shade, place_svg
from greenrule.core.errors import InputFault
from greenrule.packs.air import load_editions
from greenrule.quality.editions import POLLUTANTS
from greenrule.quality.periods import Period
from greenrule.spatial.frame import Frame
from greenrule.store.observations_merging import HourBatch
from greenrule.store.stations import Station
from greenrule.store.workspace import Workspace
from tests.cli.workspace import run

EDITIONS = load_editions()
MARCH = Period.month(2026, 3)
#: City → its PM2.5 of March 2026 (limit of the year: 30); 戊地 is 戊地市 on the layer, 庚市 has no station.
FIGURES = {"甲市": 20, "乙市": 26, "丙市": 30, "丁市": 31, "戊地": 31, "己市": 60, "外市": 44}
CITIES = ["甲市", "乙市", "丙市", "丁市", "戊地市", "己市", "庚市"]


def layer(workspace: Workspace, kind: str, names: list[str], demo: bool = True, columns: int = 4) -> None:
    """Squares of half a degree, `columns` in a row, named in order."""
    boxes = [
        shapely.box(
            111 + 0.5 * (n % columns),
            37 - 0.5 * (n // columns),
            111.5 + 0.5 * (n % columns),
            37.5 - 0.5 * (n // columns),
        )
        for n in range(len(names))
    ]
    frame = Frame(np.array(boxes, dtype=object), {"name": names})
    workspace.import_frame(
        kind,
        frame,
        title=kind,
        source="测试图层",
        accuracy_m=10.0,
        complete=True,
        valid_from=date(2020, 1, 1),
        demo=demo,
    )


def hours(workspace: Workspace, first: str, days: int, figures: dict[str, int]) -> None:
    """A station for each place, the same value in every hour; the county of a station is 县 and the first character of its city."""
    count = 24 * days
    time = np.datetime64(first, "h") + np.arange(1, count + 1).astype("timedelta64[h]")
    values = {name: np.full(count * len(figures), 9, np.int16) for name in POLLUTANTS}
    values["pm25"] = np.repeat(np.array(list(figures.values()), np.int16), count)
    marks = {name: np.zeros(count * len(figures), np.uint8) for name in POLLUTANTS}
    station = np.repeat(np.arange(len(figures), dtype=np.int32), count)
    batch = HourBatch([f"S{n}" for n in range(len(figures))], station, np.tile(time, len(figures)), values, marks)
    workspace.observations.import_hours(batch)
    workspace.stations.write([Station(f"S{n}", city=name, county=f"{name[0]}县") for n, name in enumerate(figures)])


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = Workspace.create(tmp_path_factory.mktemp("map") / "ws")
    hours(made, "2026-03-01", 31, FIGURES)
    layer(made, "city", CITIES)
    layer(made, "county", ["甲县", "乙县", "丙县", "丁县", "戊县", "己县", "丁县"])
    return made


@given(st.lists(st.integers(1, 60).map(Fraction), min_size=1, max_size=40), st.integers(1, 60))
def test_classes_hold_every_figure_once_and_part_at_the_limit(values, limit):
    """In order, apart, none empty, none across the limit; equal figures in one; no more than the map has colours for."""
    for bound in (None, Fraction(limit)):
        classes = classes_of(values, bound)
        assert [sum(item.low <= value <= item.high for item in classes) for value in values] == [1] * len(values)
        assert [item.count for item in classes] == [sum(item.low <= v <= item.high for v in values) for item in classes]
        ends = [end for item in classes for end in (item.low, item.high)]
        assert ends == sorted(ends)
        assert {item.low for item in classes} | {item.high for item in classes} <= set(values)
        if bound is None:
            assert len(classes) <= 5
            assert {item.beyond for item in classes} == {None}
        else:
            assert max(sum(item.beyond is side for item in classes) for side in (True, False)) <= 3
            assert all((item.low > bound) == (item.high > bound) == item.beyond for item in classes)


def test_enough_different_figures_fill_all_classes():
    values = [Fraction(n) for n in range(1, 61)]
    assert [item.count for item in classes_of(values, None)] == [12] * 5
    assert [item.count for item in classes_of(values, Fraction(30))] == [10] * 6


def test_the_map_says_what_the_evaluation_says(workspace):
    """Figures are those of `evaluate`; places without one are hatched, places that the layer lacks are told."""
    found = air_map(workspace, EDITIONS, MARCH, "city", "pm25_mean")
    rows = evaluate_workspace(workspace, EDITIONS, [MARCH], "city").rows
    wanted = {row.series: float(row.values["pm25_mean"]) for row in rows}
    told = {place["name"]: place["value"] for place in found.places}
    assert told == {name: wanted.get(name, wanted.get(name[:-1])) for name in CITIES}
    assert told["戊地市"] == 31
    assert (told["庚市"], found.off) == (None, ["外市"])
    assert (found.edition, found.limit) == ("2026", 30)
    assert [(int(item.low), int(item.high), item.beyond) for item in found.classes] == [
        (20, 20, False), (26, 26, False), (30, 30, False), (31, 31, True), (60, 60, True),
    ]  # fmt: skip


def test_the_picture_prints_every_figure_in_the_colour_of_its_class(workspace):
    found = air_map(workspace, EDITIONS, MARCH, "city", "pm25_mean")
    svg = place_svg(found.picture)
    assert svg == place_svg(air_map(workspace, EDITIONS, MARCH, "city", "pm25_mean").picture)
    texts = [item.text or "" for item in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {*CITIES, "20", "26", "30", "60", "没有数据", "演示数据（非官方）"} <= set(texts)
    assert texts.count("31") == 2
    assert "2026-03 各市 PM2.5（μg/m³），2026 版" in texts
    assert {"二级限值（年均）30", "31（2 处）", "60（1 处）", "限值内外各按三分位分级"} <= set(texts)
    assert texts.index("30（1 处）") < texts.index("二级限值（年均）30") < texts.index("31（2 处）")
    assert any("测试图层" in text for text in texts)
    shades = [item for item in found.picture.scale if isinstance(item, Shade)]
    assert len({shade.fill for shade in shades}) == len(shades) == 5
    # Each place is filled with the colour of its class, and so is the sign of the legend.
    for at, shade in enumerate(found.picture.scale):
        if isinstance(shade, Shade):
            places = sum(place.shade == at for place in found.picture.places)
            assert svg.count(f'fill="{shade.fill}"') == places + 1
    assert svg.count('fill="url(#places-bare)"') == 2  # 庚市 and the legend


def test_counties_names_that_two_bear_and_layers_without_the_demo_mark(workspace, tmp_path):
    """A name that two counties bear is coloured on neither; what is no demonstration is not marked as one."""
    found = air_map(workspace, EDITIONS, MARCH, "county", "composite")
    assert found.shared == ["丁县"]
    assert [place["value"] is None for place in found.places if place["name"] == "丁县"] == [True, True]
    assert found.limit is None
    assert {item.beyond for item in found.classes} == {None}
    svg = place_svg(found.picture)
    assert {"市界", "按五分位分级"} <= set(re.findall(r">([^<>]+)</text>", svg))
    plain = Workspace.create(tmp_path / "ws")
    hours(plain, "2026-03-01", 31, {"甲市": 20})
    layer(plain, "city", ["甲市"], demo=False)
    assert "演示数据" not in place_svg(air_map(plain, EDITIONS, MARCH, "city", "good_rate").picture)


def test_too_few_days_are_starred_and_figures_without_room_are_counted(tmp_path):
    made = Workspace.create(tmp_path / "ws")
    names = [f"{chr(0x4E00 + n)}市" for n in range(400)]
    hours(made, "2026-03-01", 5, dict.fromkeys(names, 40))
    layer(made, "city", names, columns=2)
    found = air_map(made, EDITIONS, MARCH, "city", "pm25_mean")
    assert {place["complete"] for place in found.places} == {False}
    svg = place_svg(found.picture)
    texts = re.findall(r">([^<>]+)</text>", svg)
    missed = next(int(text.split()[0]) for text in texts if text.endswith("处的数写不下，没有印"))
    assert texts.count("40*") == 400 - missed
    assert 0 < missed < 400
    assert "* 有效日数不足" in texts


def test_no_figure_stands_on_another_place():
    """Two flat places above a tall one: the second figure would find room only on the tall one, and is left out."""

    def strip(low: float, high: float) -> list[list[tuple[float, float]]]:
        return [[(111.0, low), (112.0, low), (112.0, high), (111.0, high)]]

    places = [
        ColouredPlace(strip(37.2, 37.206), "甲", "1", 0, (111.5, 37.203)), ColouredPlace(strip(37.189, 37.195), "乙", "2", 0, (111.5, 37.192)),
        ColouredPlace(strip(36.9, 37.189), "丙", "3", 0, (111.5, 37.0)),
    ]  # fmt: skip
    svg = place_svg(PlaceMap("图", (110.9, 36.8, 112.1, 37.6), [Shade("#abcdef", "一级")], places))
    written = re.findall(r'<text x="[\d.]+" y="([\d.]+)" font-size="12"[^>]*stroke[^>]*>(\d)</text>', svg)
    paths = re.findall(r'd="(M[^"]+z)" fill="#abcdef"', svg)
    reach = [[float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)] for path in paths]
    assert [figure for _, figure in written] == ["1", "3"]
    for baseline, figure in written:
        own = reach[int(figure) - 1]
        assert min(own) <= float(baseline) - 4.5 <= max(own)
    assert "1 处的数写不下，没有印" in svg


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AT010", ["--month", "2026-03", "--value", "pm1_mean"]),
        ("AT011", ["--year", "2026"]),
        ("AT011", ["--month", "2026-03", "--edition", "both"]),
        ("AT014", []),
        ("AT014", ["--month", "2026-03", "--year", "2026"]),
        ("A060", ["--month", "2026-3月"]),
        ("A030", ["--month", "2026-03", "--edition", "1999"]),
        ("A055", ["--month", "2019-03"]),
    ],
)
def test_what_cannot_be_drawn_is_told(workspace, tmp_path, code, words):
    result = run("air", "chart", "map", "-w", workspace.path, "--out", tmp_path / "图.svg", *words)
    assert (result.exit_code, code in result.stderr, "help:" in result.stderr) == (2, True, True), result.stderr
    assert not (tmp_path / "图.svg").exists()


def test_layers_that_are_not_there_or_name_other_places(tmp_path):
    made = Workspace.create(tmp_path / "ws")
    hours(made, "2026-03-01", 31, {"甲市": 20})
    with pytest.raises(InputFault, match="AT013"):
        air_map(made, EDITIONS, MARCH, "city", "composite")
    layer(made, "city", ["子市", "丑市"])
    with pytest.raises(InputFault, match="AT012"):
        air_map(made, EDITIONS, MARCH, "city", "composite")


def test_the_command_writes_the_picture_and_tells_the_figures(workspace, tmp_path):
    for name, head in (("图.svg", b"<svg"), ("图.png", b"\x89PNG")):
        out = tmp_path / name
        words = ("--year", 2026, "--edition", 2026, "--value", "pm25_mean", "--out", out, "--format", "json")
        result = run("air", "chart", "map", "-w", workspace.path, *words)
        assert result.exit_code == 0
        assert out.read_bytes().startswith(head)
        told = json.loads(result.stdout)
        assert (told["period"], told["edition"], told["demo"], told["limit"]) == ("2026", "2026", True, 30)
        assert told["not_on_layer"] == ["外市"]
        assert "外市" in result.stderr
    out = tmp_path / "图.bmp"
    result = run("air", "chart", "map", "-w", workspace.path, "--month", "2026-03", "--out", out)
    assert (result.exit_code, "M001" in result.stderr) == (2, True)
