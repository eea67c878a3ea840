"""How should the line run: nothing forbidden is crossed, the parts add up, and where no way leads the barrier is named."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from greenrule.casework.line_exceptions import line_exceptions
from greenrule.casework.lineland import MOST_CELLS, Land
from greenrule.casework.linework import land_for, line_project, stops_of
from greenrule.casework.routing import route
from greenrule.casework.routing_table import frame, joined, plain, text
from greenrule.casework.screening import Screener
from greenrule.casework.siting import land as named
from greenrule.core.errors import InputFault
from greenrule.spatial.landgrid import LandGrid
from greenrule.spatial.patches import inside, length_m, shared
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_demo, shared_law

ON = date(2026, 11, 21)


@pytest.fixture(scope="session")
def screener(tmp_path_factory) -> Screener:
    return Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))


@pytest.fixture(scope="session")
def land(screener) -> Land:
    """A power line may not touch the cores of ecosystems; 400 m cells keep the tests quick."""
    return land_for(screener, line_project(screener, "输电", None, ON), 400.0)


def test_routes_cross_nothing_forbidden_and_add_up(screener: Screener, land: Land) -> None:
    rng = np.random.default_rng(11)
    counties = screener.ground(ON).index("county").frame
    names = [str(name) for name in counties.columns["name"]]
    told = 0
    for one, other in rng.choice(names, (6, 2), replace=False).tolist():
        stops = stops_of(screener.ground(ON), (one, other))
        if any(land.forbidden.issuperset(land.patches.holding(*stop)) for stop in stops):
            continue  # refused, as the next test says
        found = route(screener, land, stops)
        for item in found.routes:
            told += 1
            for number in land.forbidden:
                assert not inside(item.line, land.areas[number].geometry)
            assert sum(part.end_m - part.start_m for part in item.stretches) == pytest.approx(item.length_m, rel=1e-4)
            assert item.length_m == pytest.approx(length_m(item.line))
            # Each stretch is what screening says at its middle.
            for part in item.stretches[:: max(len(item.stretches) // 4, 1)]:
                assert part.verdict.decision != "prohibited"
            assert {rule for part in joined(item, land) for rule in land.asked(part.verdict)} == set(item.approvals)
            assert (item.line.coords[0], item.line.coords[-1]) == (stops[0], stops[-1])
        for before, after in pairwise(found.routes):
            assert before.length_m <= after.length_m
            assert min(shared(before.line, after.line), shared(after.line, before.line)) < 1.0
    assert told >= 6


def test_avoiding_makes_it_go_round(screener: Screener, land: Land) -> None:
    stops = stops_of(screener.ground(ON), ("太谷区", "平遥县"))
    straight = route(screener, land, stops, most=1).routes[0]
    block = named(screener.ground(ON), "祁县")
    assert inside(straight.line, block)
    project = line_project(screener, "输电", None, ON)
    around = route(screener, land_for(screener, project, 400.0, [block]), stops, most=1).routes[0]
    assert not inside(around.line, block)
    assert around.length_m > straight.length_m


def test_less_restricted_land_costs_length(screener: Screener, land: Land) -> None:
    stops = [(111.0, 35.03), (113.1, 36.2)]
    routes = {item.taste: item for item in route(screener, land, stops).routes}
    assert routes["少占限制区"].restricted_m < routes["最短"].restricted_m
    assert routes["少占限制区"].length_m > routes["最短"].length_m


MIDDLE = {"太原市", "晋中市", "吕梁市"}  # from the Yellow River to Hebei


def test_where_no_way_leads_the_barrier_is_named(screener: Screener, land: Land) -> None:
    """The middle of the province as forbidden land: the refusal says where and under which rule it would be crossed."""
    areas = [
        replace(area, verdict=replace(area.verdict, decision="prohibited", deciding=("zn-07-a",)))
        if area.city in MIDDLE
        else area
        for area in land.areas
    ]
    shut = Land(screener, replace(land.siting, areas=areas), 400.0)
    found = route(screener, shut, stops_of(screener.ground(ON), ("大同市", "运城市")))
    assert found.routes == []
    assert {item.rules for item in found.barrier} >= {("zn-07-a",)}
    assert sum(item.length_m for item in found.barrier) > 50_000
    told = text(plain(found, shut, screener.law, True, screener.versions(ON)))
    assert "没有一条线路" in told
    assert "无法避让" in told  # on what terms the red line would let a line through all the same
    assert "最少的走法也经过它" in told
    assert "第（七）条" in told


def test_a_barrier_of_ones_own_is_named_too(screener: Screener, land: Land) -> None:
    ground = screener.ground(ON)
    shut = Land(screener, land.siting, 400.0, [named(ground, city) for city in sorted(MIDDLE)])
    found = route(screener, shut, stops_of(ground, ("大同市", "运城市")))
    assert found.routes == []
    assert "要求避让的地方" in {item.where for item in found.barrier}
    assert "要求避让的地方" in text(plain(found, shut, screener.law, True, screener.versions(ON)))


def test_a_stop_on_forbidden_land_is_refused_with_its_clause(screener: Screener, land: Land) -> None:
    area = land.areas[min(land.forbidden)]
    inner = area.geometry.representative_point()
    with pytest.raises(InputFault) as caught:
        route(screener, land, [(inner.x, inner.y), (112.55, 37.87)])
    assert caught.value.faults[0].code == "N020"
    assert any(rule in caught.value.faults[0].message for rule in area.verdict.deciding)


def test_a_stop_on_land_to_be_avoided_is_refused_by_its_name(screener: Screener, land: Land) -> None:
    ground = screener.ground(ON)
    stops = stops_of(ground, ("太谷区", "平遥县"))
    closed = [named(ground, name) for name in ("祁县", "平遥县")]
    for names, told in ((("祁县", "平遥县"), "`--avoid 平遥县`"), ((), "要求避让的地方")):
        with pytest.raises(InputFault) as caught:
            route(screener, Land(screener, land.siting, 400.0, closed, names=names), stops)
        assert caught.value.faults[0].code == "N020"
        assert told in caught.value.faults[0].message
        assert "祁县" not in caught.value.faults[0].message


def test_too_many_cells_are_refused_before_anything_is_laid_out(screener: Screener, land: Land, monkeypatch) -> None:
    project = line_project(screener, "输电", None, ON)
    monkeypatch.setattr("greenrule.casework.linework.where", lambda *_: pytest.fail("divided the counties"))
    with pytest.raises(InputFault) as caught:
        land_for(screener, project, 10.0)
    fault = caught.value.faults[0]
    assert fault.code == "N025"
    cells = LandGrid(land.patches.bounds, 10.0).size
    assert f"{cells:,} 格" in fault.message
    side = int(re.search(r"--cell (\d+)", fault.help)[1])
    assert LandGrid(land.patches.bounds, side).size <= MOST_CELLS < LandGrid(land.patches.bounds, side - 1).size
    reach = float(re.search(r"各约 (\d+) 公里", fault.help)[1])
    assert (reach * 1000 / 10.0) ** 2 <= MOST_CELLS


def test_a_fine_grid_over_a_part_of_the_province(screener: Screener) -> None:
    """What is too much for the whole is told again for a part that is still too large, and done for one that is not."""
    ground, project = screener.ground(ON), line_project(screener, "输电", None, ON)
    county = named(ground, "祁县")
    land = land_for(screener, project, 50.0, within=county)
    assert {area.county for area in land.areas} == {"祁县"}
    with pytest.raises(InputFault) as caught:
        Land(screener, land.siting, 1.0)
    assert caught.value.faults[0].code == "N025"
    with pytest.raises(InputFault) as caught:
        route(screener, land, stops_of(ground, ("祁县", "平遥县")))
    assert "--within" in caught.value.faults[0].help


def test_a_stop_off_the_map_is_refused(screener: Screener, land: Land) -> None:
    with pytest.raises(InputFault) as caught:
        route(screener, land, [(116.4, 39.9), (112.55, 37.87)])
    assert caught.value.faults[0].code == "N020"


def test_terrain_is_gone_round(screener: Screener, land: Land, tmp_path) -> None:
    import rasterio
    from rasterio.transform import from_bounds

    stops = stops_of(screener.ground(ON), ("太谷区", "平遥县"))
    before = route(screener, land, stops, most=1).routes[0]
    cells = np.ones((70, 50), dtype=np.float32)
    path = tmp_path / "terrain.tif"
    middle = before.line.interpolate(0.5, normalized=True)
    transform = from_bounds(110.0, 34.4, 114.8, 41.0, 50, 70)
    row, column = rasterio.transform.rowcol(transform, middle.x, middle.y)
    cells[row, column] = np.nan  # a stripe without data is closed
    cells[row - 1, :] = -9999
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=70,
        width=50,
        count=1,
        dtype="float32",
        crs="EPSG:4326",
        transform=transform,
        nodata=-9999,
    ) as out:
        out.write(cells, 1)
    project = line_project(screener, "输电", None, ON)
    after = route(screener, land_for(screener, project, 400.0, surface=path), stops, most=1)
    for item in after.routes:
        assert item.length_m > before.length_m


def test_terrain_dearer_than_a_weight_can_say_is_told(screener: Screener, land: Land) -> None:
    stops = stops_of(screener.ground(ON), ("太谷区", "平遥县"))
    for multiple, told in ((1.5, False), (80.0, True)):
        steep = Land(
            screener, land.siting, 400.0, surface=lambda grid, by=multiple: np.full(grid.shape, by, np.float32)
        )
        remarks = " ".join(route(screener, steep, stops, most=1).remarks)
        assert ("63.75 倍" in remarks) == told


def test_what_leaves_the_whole_line_open_is_named_with_its_clause_and_fact(screener: Screener, land: Land) -> None:
    """A verdict that waits beside no single matter is no answer: every rule it waits for stands somewhere in the answer."""
    answer = plain(
        route(screener, land, stops_of(screener.ground(ON), ("太谷区", "平遥县"))), land, screener.law, True,
        screener.versions(ON),
    )  # fmt: skip
    assert any(not item["approvals"] and item["whole"]["decision"] == "undetermined" for item in answer["routes"])
    everywhere = {item["rule"]: item for item in answer["everywhere"]}
    assert len(everywhere) == len(answer["everywhere"])
    for item in answer["routes"]:
        assert item["whole"]["open"]
        told = {entry["rule"] for entry in item["approvals"]} | set(everywhere)
        assert told >= {*item["whole"]["open"], *item["whole"]["deciding"]}
    catalogue = everywhere["air-03-a-new"]
    assert catalogue["state"] == "unknown"
    assert catalogue["missing"] == ["industry_catalogue.class"]
    assert catalogue["cites"]
    page = text(answer)
    for item in everywhere.values():
        assert page.count(f"（{item['rule']}）（待定）") == 1
        assert all(question in page for question in item["asks"])


def _with_red_line(land: Land, screener: Screener, where: str) -> Land:
    """The land with one county wholly inside a red line that may still be permitted."""
    areas = [
        replace(area, verdict=replace(area.verdict, decision="undetermined", open=(*area.verdict.open, "zn-07-a")))
        if area.county == where and area.verdict.decision != "prohibited"
        else replace(area, verdict=replace(area.verdict, open=tuple(r for r in area.verdict.open if r != "zn-07-a")))
        for area in land.areas
    ]
    return Land(screener, replace(land.siting, areas=areas), 400.0)


def test_an_exception_for_lines_is_shown_with_its_terms_and_whether_the_land_can_be_avoided(
    screener: Screener, land: Land
) -> None:
    ground, law = screener.ground(ON), screener.law
    through = stops_of(ground, ("太谷区", "平遥县"))
    red = _with_red_line(land, screener, "祁县")
    for stops, words in ((through, ("说不上无法避让",)), (stops_of(ground, ("祁县", "平遥县")), ("没有不经过的线路",))):
        found = route(screener, red, stops, most=1)
        answer = plain(found, red, law, True, screener.versions(ON))
        (row,) = answer["exceptions"]
        assert row["rule"] == "zn-07-a"
        assert [item["fact"] for item in row["terms"]] == ["red_line.limited_activity", "red_line.national_project"]
        assert all(item["cites"] and item["authority"] and not item["sure"] for item in row["terms"])
        assert "无法避让" in row["terms"][0]["says"]
        assert all(word in row["avoidable"] for word in words)
        assert row["avoidable"] in text(answer)
    # What is said to keep off does.
    length = route(screener, red, through, most=1).round_m["zn-07-a"]
    assert length > route(screener, land, through, most=1).routes[0].length_m
    clear = plain(
        route(screener, _with_red_line(land, screener, "大同"), through), land, law, True, screener.versions(ON)
    )
    assert clear["exceptions"] == []


def test_an_exception_of_a_pack_that_names_nothing_is_refused(tmp_path) -> None:
    from types import SimpleNamespace

    (tmp_path / "line_exceptions.yaml").write_text(
        "exceptions: {zn-99: [{fact: red_line.nothing, says: 某种条件}]}", encoding="utf-8"
    )
    law = SimpleNamespace(folders=[tmp_path], book=shared_law().book)
    with pytest.raises(InputFault) as caught:
        line_exceptions(law)
    told = [fault.message for fault in caught.value.faults]
    assert {fault.code for fault in caught.value.faults} == {"N026"}
    assert len(told) == 4  # no such rule, no such fact, no authority, no clause


def test_the_features_are_the_stretches(screener: Screener, land: Land) -> None:
    found = route(screener, land, stops_of(screener.ground(ON), ("太谷区", "平遥县")), most=2)
    features = frame(found, land, screener.law, True)
    assert sum(map(length_m, features.geometry)) == pytest.approx(sum(item.length_m for item in found.routes), rel=1e-3)
    assert set(features.columns["notice"]) == {"演示数据（非官方）"}


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (("37.87,112.55",), "N022"),
        (("112.55",), "N022"),
        (("112.5,37.8,3",), "N022"),
        (("太谷",), None),
        (("无此县",), "N011"),
        (("太谷区", "太谷区"), "N024"),
        (("太谷区", "平遥县", "平遥县"), "N024"),
        (("太谷区", "平遥县", "太谷区"), None),
        (("112.55,37.87", "112.550001,37.87"), "N024"),
    ],
)
def test_stops_as_people_write_them(screener: Screener, texts, code) -> None:
    if code is None:
        assert len(stops_of(screener.ground(ON), texts)) == len(texts)
        return
    with pytest.raises(InputFault) as caught:
        stops_of(screener.ground(ON), texts)
    assert caught.value.faults[0].code == code


def test_a_kind_that_is_not_declared(screener: Screener) -> None:
    with pytest.raises(InputFault) as caught:
        line_project(screener, "输电线", None, ON)
    assert caught.value.faults[0].code == "N021"
    assert "输电" in caught.value.faults[0].help
