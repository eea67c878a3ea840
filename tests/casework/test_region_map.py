"""Maps of `where` and `route`: they show what the answer says, stand alone, and are marked where they must be."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pytest
import shapely

from greenrule.casework.candidates import parks, rank
from greenrule.casework.linework import land_for, line_project, stops_of
from greenrule.casework.project import read_projects
from greenrule.casework.region_map import LOOKS, RegionMap, Track, region_svg
from greenrule.casework.region_mapping import route_map, where_map
from greenrule.casework.region_page import route_page, where_page, write_map
from greenrule.casework.routing import Routing, route
from greenrule.casework.routing_table import plain as plain_route
from greenrule.casework.screening import Screener
from greenrule.casework.siting import land as named
from greenrule.casework.siting import where
from greenrule.casework.siting_table import plain
from greenrule.core.errors import InputFault
from greenrule.store.workspace import Workspace
from tests.cli.workspace import run, shared_demo, shared_law

ON = date(2026, 11, 21)


@pytest.fixture(scope="session")
def screener(tmp_path_factory) -> Screener:
    return Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))


@pytest.fixture(scope="session")
def answered(screener: Screener):
    """The solar project in one city: the answer and its map."""
    project = read_projects(Path("examples/xinfu-solar.yaml"), screener.law)[0]
    ground = screener.ground(project.on)
    siting = where(screener, project, named(ground, "忻州市"))
    spots = rank(screener, siting, parks(ground), 4)
    return (
        siting,
        plain(siting, screener.law, spots, True, screener.versions(project.on)),
        where_map(siting, spots.spots, ground),
    )


@pytest.fixture(scope="session")
def routed(screener: Screener):
    """A power line between two counties: land, stops and the routes."""
    land = land_for(screener, line_project(screener, "输电", None, ON), 400.0)
    stops = stops_of(screener.ground(ON), ("太谷区", "平遥县"))
    return land, stops, route(screener, land, stops)


def texts(svg: str) -> list[str]:
    return [item.text or "" for item in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_the_map_shows_every_decision_of_the_answer(answered) -> None:
    siting, answer, picture = answered
    svg = region_svg(picture)
    for word in siting.totals():
        assert f'fill="url(#land-{word})"' in svg
        assert f'<pattern id="land-{word}"' in svg
    written = texts(svg)
    assert {row["label"] for row in answer["totals"]} <= set(written)
    assert {"1", "2", "3", "4", "北", "图例", "演示数据（非官方）", "忻州市"} <= set(written)
    assert any(re.fullmatch(r"[\d.]+ km", text) for text in written)
    assert picture.demo


def test_land_on_the_map_is_as_much_as_in_the_answer(answered) -> None:
    """The drawn polygons, thinned as they are, have the areas of the table to one in a hundred."""
    siting, _, picture = answered

    drawn: dict[str, float] = {}
    for rings, kind in picture.patches:
        # Even–odd, as the picture fills them.
        shape = shapely.symmetric_difference_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings])
        drawn[kind] = drawn.get(kind, 0.0) + shapely.area(shape)
    whole = sum(drawn.values())
    for word, total in siting.totals().items():
        share = total / sum(siting.totals().values())
        assert drawn[word] / whole == pytest.approx(share, abs=0.005)


def test_the_map_of_routes_numbers_each_and_marks_restricted_stretches(screener: Screener, routed) -> None:
    land, stops, routing = routed
    picture = route_map(routing, land, stops, ["太谷区", "平遥县"], screener.ground(ON))
    assert [bool(track.held) for track in picture.tracks] == [item.restricted_m > 0 for item in routing.routes]
    written = texts(region_svg(picture))
    for number, item in enumerate(routing.routes, 1):
        assert str(number) in written
        assert any(text.startswith(f"{number} {item.taste}") for text in written)
    assert "线路上的限制区段" in written
    assert {"太谷区", "平遥县"} <= set(written)


def test_where_no_way_leads_the_map_shows_the_barrier(screener: Screener, routed) -> None:
    land, _, _ = routed
    wall = named(screener.ground(ON), "祁县").buffer(0.4).difference(named(screener.ground(ON), "祁县").buffer(0.39))
    shut = land_for(screener, land.siting.project, 400.0, [wall])
    inside = stops_of(screener.ground(ON), ("祁县", "大同市"))
    routing = route(screener, shut, inside)
    assert not routing.routes
    assert all(item.lines for item in routing.barrier)
    picture = route_map(routing, shut, inside, ["起点", "终点"], screener.ground(ON))
    assert picture.barrier
    written = texts(region_svg(picture))
    assert "绕不开的禁止地段" in written
    assert "要求避让" in written
    page = route_page(plain_route(routing, shut, screener.law, True, screener.versions(ON)), picture).decode()
    assert "没有一条线路能不穿过禁止的地方" in page


def test_pages_stand_alone_and_hold_the_clauses(screener: Screener, answered, routed) -> None:
    _, answer, picture = answered
    land, stops, routing = routed
    where_text = where_page(answer, picture).decode()
    lines = plain_route(routing, land, screener.law, True, screener.versions(ON))
    route_text = route_page(lines, route_map(routing, land, stops, ["甲", "乙"], screener.ground(ON))).decode()
    for page in (where_text, route_text):
        assert not re.search(r"""(?:src|href)\s*=\s*["']?(?!#)|url\((?!#)|@import|<script""", page)
        assert page.count("<svg ") == 2
        assert "演示数据（非官方）" in page
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
    for row in answer["excluded"] + answer["conditions"]:
        assert row["title"] in where_text
        assert row["rule"] in where_text
    for item in lines["routes"]:
        assert item["taste"] in route_text
        assert all(rule["title"] in route_text for part in item["stretches"] for rule in part["rules"])


def test_nothing_to_draw_is_said_and_hostile_names_stay_text() -> None:
    empty = RegionMap("甲", (112.0, 37.0, 113.0, 38.0), {})
    assert "没有可显示的土地" in region_svg(empty)
    ring = [(112.1, 37.1), (112.9, 37.1), (112.9, 37.9), (112.1, 37.9), (112.1, 37.1)]
    odd = RegionMap(
        '"><script>', empty.extent, {"allowed": "可"}, [([ring], "allowed")], names=[((112.3, 37.6), "<b>&")],
        tracks=[Track("</svg>", [[(112.2, 37.2), (float("nan"), 37.3), (112.8, 37.8)]])], source="<i>",
    )  # fmt: skip
    svg = region_svg(odd)
    assert "<script>" not in svg
    assert "<b>&" in texts(svg)


def test_kinds_of_land_differ_without_colour() -> None:
    hatches = [look.hatch for name, look in LOOKS.items() if name != "avoided"]
    assert len(set(hatches)) == len(hatches)


def test_a_picture_is_svg_or_png(answered, tmp_path: Path) -> None:
    picture = answered[2]
    write_map(tmp_path / "甲.svg", picture)
    ET.parse(tmp_path / "甲.svg")
    write_map(tmp_path / "甲.png", picture)
    assert (tmp_path / "甲.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    with pytest.raises(InputFault) as caught:
        write_map(tmp_path / "甲.jpg", picture)
    assert caught.value.faults[0].code == "M001"


def test_endings_that_do_not_go_together_are_told_before_the_work(screener: Screener, tmp_path: Path) -> None:
    folder = screener.workspace.path
    asked = ("where", "examples/xinfu-solar.yaml", "-w", folder)
    for more, code in (
        (("--out", tmp_path / "甲.html"), "M002"),
        (("--format", "html", "--out", tmp_path / "甲.gpkg"), "M002"),
        (("--map", tmp_path / "甲.pdf"), "M001"),
    ):
        result = run(*asked, *more)
        assert (result.exit_code, result.stderr.split()[0]) == (2, code)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_write_page_and_map(screener: Screener, tmp_path: Path) -> None:
    folder = screener.workspace.path
    done = run(
        "where", "examples/xinfu-solar.yaml", "-w", folder, "--within", "忻州市", "--most", "2", "--format", "html",
        "--out", tmp_path / "甲.html", "--map", tmp_path / "甲.svg",
    )  # fmt: skip
    assert (done.exit_code, done.stdout) == (0, "")
    assert (tmp_path / "甲.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    ET.parse(tmp_path / "甲.svg")
    done = run(
        "route",
        "太谷区",
        "平遥县",
        "--kind",
        "输电",
        "--on",
        "2026-11-21",
        "-w",
        folder,
        "--cell",
        "400",
        "--format",
        "html",
    )
    assert done.exit_code == 0
    assert done.stdout.startswith("<!doctype html>")
    assert "太谷区" in done.stdout


def test_a_routing_without_anything_still_has_a_map(screener: Screener, routed) -> None:
    """Two islands: no way and no barrier to name; the map shows the stops on their land."""
    land, stops, _ = routed
    picture = route_map(Routing(), land, stops, ["甲", "乙"], screener.ground(ON))
    assert {"甲", "乙"} <= set(texts(region_svg(picture)))
