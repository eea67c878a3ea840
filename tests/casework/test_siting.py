"""Where could it be built: every point of the answer agrees with screening a project there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from greenrule.casework.candidates import BEST_FIRST, Ranking, parks, rank, squares
from greenrule.casework.project import Project, project_from, read_projects
from greenrule.casework.screening import Screener
from greenrule.casework.siting import land, where
from greenrule.casework.siting_table import frame, plain, text
from greenrule.core.errors import InputFault
from greenrule.spatial.overlay import measure
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_demo, shared_law

EXAMPLES = sorted(Path("examples").glob("*.yaml"))


@pytest.fixture(scope="session")
def screener(tmp_path_factory) -> Screener:
    return Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))


def asked(screener: Screener, project: Project, lon: float, lat: float):
    """What a project at a point is told: the outcome of the access decision."""
    there = screener.inquire(replace(project, location={"crs": "cgcs2000", "point": [float(lon), float(lat)]}))
    return screener.machine(project.on).answer(there.given, "access").outcomes["access"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_point_agrees_with_screening_there(screener: Screener, path: Path) -> None:
    project = read_projects(path, screener.law)[0]
    siting = where(screener, project)
    shapes = [area.geometry for area in siting.areas]
    tree = shapely.STRtree(shapes)
    rng = np.random.default_rng(20261121)
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    corners = shapely.get_coordinates(shapes)
    points = np.vstack(
        [rng.uniform((west, south), (east, north), (150, 2)), corners[rng.integers(0, len(corners), 60)]]
    )
    told = 0
    for lon, lat in points.tolist():
        areas = [
            siting.areas[number] for number in tree.query(shapely.Point(lon, lat), predicate="intersects").tolist()
        ]
        if not areas:
            continue
        told += 1
        outcome = asked(screener, project, lon, lat)
        # On a border any of the neighbours may be right; the layers say which.
        verdicts = {(area.verdict.decision, area.verdict.deciding, area.verdict.open) for area in areas}
        found = (outcome.word, tuple(sorted(outcome.deciding)), tuple(sorted(outcome.open)))
        assert outcome.word in {decision for decision, _, _ in verdicts}
        if len(areas) == 1:
            assert verdicts == {found}
    assert told > 100


def test_the_areas_are_the_province(screener: Screener) -> None:
    project = read_projects(Path("examples/xinfu-solar.yaml"), screener.law)[0]
    siting = where(screener, project)
    counties = screener.ground(project.on).index("county").frame.geometry
    assert sum(area.area_m2 for area in siting.areas) == pytest.approx(sum(map(measure, counties)), rel=1e-9)
    assert {area.county for area in siting.areas} == set(
        screener.ground(project.on).index("county").frame.columns["name"]
    )


def test_a_part_of_the_province_is_that_part_of_the_answer(screener: Screener) -> None:
    project = read_projects(Path("examples/xinfu-solar.yaml"), screener.law)[0]
    shape = land(screener.ground(project.on), "忻州市")
    whole = where(screener, project)
    part = where(screener, project, shape)
    assert sum(area.area_m2 for area in part.areas) == pytest.approx(measure(shape), rel=1e-6)
    there = {}
    for area in whole.areas:
        if area.city == "忻州市":
            there[area.verdict] = there.get(area.verdict, 0.0) + area.area_m2
    found = {}
    for area in part.areas:
        if area.city == "忻州市":
            found[area.verdict] = found.get(area.verdict, 0.0) + area.area_m2
    assert found == pytest.approx(there, rel=1e-6)


def test_a_layers_word_goes_before_the_writers(screener: Screener) -> None:
    """`sensitive.any: 否` says "no red line here"; where the layer has one, the layer is believed, as in screening."""
    facts = {"sensitive.any": False, "site.red_line": False}
    project = project_from(
        {"name": "甲", "on": "2026-11-21", "industry": "2521", "nature": "new", "facts": facts}, screener.law
    )
    siting = where(screener, project)
    assert "site.red_line" in siting.relevant
    assert any("m24-24-b" in area.verdict.deciding for area in siting.areas)


def test_only_places_that_matter_are_drawn(screener: Screener) -> None:
    """A solar plant is not asked for coal: the fewer lines, the fewer and the larger the areas."""
    siting = where(screener, read_projects(Path("examples/xinfu-solar.yaml"), screener.law)[0])
    assert "site.fuel_ban_zone" not in siting.relevant
    assert all(shapely.is_valid(area.geometry) for area in siting.areas)


def test_candidates_are_confirmed_and_ranked(screener: Screener) -> None:
    project = read_projects(Path("examples/xinfu-solar.yaml"), screener.law)[0]
    ground = screener.ground(project.on)
    siting = where(screener, project, land(ground, "忻州市"))
    for shapes in (parks(ground), list(squares(siting, 25))):
        ranking = rank(screener, siting, shapes, 6)
        spots = ranking.spots
        assert len(spots) + sum(ranking.counts.values()) + ranking.behind == len(shapes)
        assert spots
        assert all(spot.confirmed and spot.room_m > 0 and spot.verdict.decision in BEST_FIRST for spot in spots)
        assert spots == sorted(spots, key=lambda spot: (BEST_FIRST.index(spot.verdict.decision), -spot.room_m))
        for spot in spots[:2]:  # half the room away in any direction nothing changes
            for turn in np.linspace(0, 2 * np.pi, 8, endpoint=False):
                lon = spot.lon + spot.room_m / 2 * np.cos(turn) / 88_000
                lat = spot.lat + spot.room_m / 2 * np.sin(turn) / 111_000
                assert asked(screener, project, lon, lat).word == spot.verdict.decision


def test_the_table_counts_the_land_once(screener: Screener) -> None:
    project = read_projects(Path("examples/qingxu-coking.yaml"), screener.law)[0]
    siting = where(screener, project)
    answer = plain(siting, screener.law, Ranking(), True, screener.versions(project.on))
    assert sum(row["area_km2"] for row in answer["totals"]) == pytest.approx(answer["area_km2"], abs=0.01)
    assert sum(row["share"] for row in answer["totals"]) == pytest.approx(1, abs=1e-5)
    forbidden = next(row["area_km2"] for row in answer["totals"] if row["decision"] == "prohibited")
    assert all(row["area_km2"] <= forbidden + 0.001 and row["cites"] for row in answer["excluded"])
    assert "演示数据（非官方）" in text(answer)
    features = frame(siting, screener.law, True)
    assert all(
        clauses
        for clauses, word in zip(features.columns["clauses"], features.columns["decision"], strict=True)
        if word == "prohibited"
    )
    assert set(features.columns["notice"]) == {"演示数据（非官方）"}


def test_without_layers_there_is_nowhere_to_look() -> None:
    screener = Screener(shared_law())
    project = project_from({"name": "甲", "on": "2026-11-21", "industry": "2521", "nature": "new"}, screener.law)
    with pytest.raises(InputFault) as caught:
        where(screener, project)
    assert caught.value.faults[0].code == "N010"


def test_a_place_nobody_knows_suggests_others(screener: Screener) -> None:
    with pytest.raises(InputFault) as caught:
        land(screener.ground(date(2026, 11, 21)), "忻洲市")
    assert "忻州市" in caught.value.faults[0].help
