"""The smallest move: confirmed by screening there, and no shorter one does it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from greenrule.casework.moving import Move, Mover, NoMove, direction
from greenrule.casework.project import Project, project_from, read_projects
from greenrule.casework.screening import Screener
from greenrule.casework.siting import where
from greenrule.spatial.frame import as_geojson
from greenrule.spatial.overlay import measure
from greenrule.store.workspace import Workspace
from tests.cli.workspace import run, shared_demo, shared_law, write

OUTLINES = {
    "point": lambda x, y: shapely.Point(x, y),
    "line": lambda x, y: shapely.LineString([(x, y), (x + 0.01, y + 0.004), (x + 0.012, y + 0.01)]),
    "block": lambda x, y: shapely.box(x, y, x + 0.008, y + 0.005),
    "ell": lambda x, y: shapely.affinity.rotate(
        shapely.Polygon([(x, y), (x + 0.02, y), (x + 0.02, y + 0.004), (x + 0.005, y + 0.004), (x + 0.005, y + 0.015), (x, y + 0.015)]), 20
    ),
}  # fmt: skip


@pytest.fixture(scope="session")
def screener(tmp_path_factory) -> Screener:
    return Screener(shared_law(), Workspace.open(shared_demo(tmp_path_factory)))


@pytest.fixture(scope="session")
def solar(screener: Screener) -> Project:
    return read_projects(Path("examples/xinfu-solar.yaml"), screener.law)[0]


@pytest.fixture(scope="session")
def refused(screener: Screener, solar: Project) -> list[Any]:
    """Places at which the solar project is refused, all over the province."""
    areas = [area for area in where(screener, solar).areas if area.verdict.decision == "prohibited"]
    parts = shapely.get_parts([area.geometry for area in areas])
    large = parts[np.argsort(-shapely.area(parts))[:60]]
    spots = shapely.get_coordinates(shapely.point_on_surface(large))
    return [spot.tolist() for spot in spots[np.random.default_rng(4).permutation(len(spots))]]


def at(project: Project, shape: Any) -> Project:
    return replace(project, location={"crs": "cgcs2000", "geometry": as_geojson(shape)})


def told(screener: Screener, project: Project) -> str:
    given = screener.inquire(project).given
    return screener.machine(project.on).answer(given, "access").outcomes["access"].word


@pytest.mark.parametrize("kind", sorted(OUTLINES))
def test_no_shorter_shift_does_it(screener: Screener, solar: Project, refused: list[Any], kind: str) -> None:
    rng, moves = np.random.default_rng(11), 0
    for lon, lat in refused[:7]:
        project = at(solar, OUTLINES[kind](lon, lat))
        if told(screener, project) != "prohibited":
            continue
        mover = Mover(screener, project)
        move = mover.find("access", "allowed")
        if isinstance(move, NoMove):
            continue
        moves += 1
        assert move.at_least_m <= move.distance_m
        assert told(screener, at(solar, move.geometry)) == move.outcome == "allowed"
        assert measure(move.geometry) == pytest.approx(measure(project_shape(project)), rel=1e-3)
        assert shapely.get_coordinates(move.geometry).shape == shapely.get_coordinates(project_shape(project)).shape
        # It may be pushed about within its room.
        x, y = shift_degrees(lat, 0.9 * move.room_m)
        for turn in rng.uniform(0, 2 * np.pi, 3):
            pushed = shapely.affinity.translate(move.geometry, x * np.cos(turn), y * np.sin(turn))
            assert told(screener, at(solar, pushed)) == "allowed"
        # Random shorter shifts, most of them only a little shorter and in nearly the same direction, do nothing.
        least = move.at_least_m - move.tolerance_m - 0.1
        for share, turn in [
            *zip(rng.uniform(0, 1, 6), rng.uniform(0, 360, 6), strict=True),
            *zip(1 - rng.exponential(0.002, 8).clip(0, 1), move.bearing + rng.normal(0, 3, 8), strict=True),
        ]:
            there, there_lat = destination(mover.body.handle, turn, least * share)
            assert told(screener, at(solar, mover.body.moved(there, there_lat))) != "allowed"
    assert moves >= 4


def project_shape(project: Project) -> Any:
    return shapely.from_geojson(json.dumps(project.location["geometry"]))


def shift_degrees(lat: float, metres: float) -> tuple[float, float]:
    return metres / (111_300 * np.cos(np.radians(lat))), metres / 111_000


def destination(start: tuple[float, float], bearing: float, metres: float) -> tuple[float, float]:
    from greenrule.spatial.overlay import geodesics

    lon, lat, _ = geodesics().fwd(*start, bearing, metres)
    return lon, lat


def test_a_longer_room_goes_farther(screener: Screener, solar: Project, refused: list[Any]) -> None:
    project = at(solar, shapely.Point(refused[0]))
    moves = [Mover(screener, project, room_m=room).find("access", "allowed") for room in (1.0, 100.0)]
    assert all(isinstance(move, Move) for move in moves)
    assert moves[0].distance_m < moves[1].distance_m
    assert moves[0].at_least_m == pytest.approx(moves[1].at_least_m)


def test_a_place_out_of_reach_is_told_with_the_rules(screener: Screener, solar: Project, refused: list[Any]) -> None:
    far = next(
        spot for spot in refused if Mover(screener, at(solar, shapely.Point(spot))).find("access", "allowed").to_json().get("distance_m", 0) > 3000
    )  # fmt: skip
    found = Mover(screener, at(solar, shapely.Point(far)), reach_m=2000.0).find("access", "allowed")
    assert isinstance(found, NoMove)
    assert found.everywhere
    decided = screener.machine(solar.on).answer(screener.inquire(at(solar, shapely.Point(far))).given, "access")
    assert set(found.everywhere) & set(decided.outcomes["access"].deciding)


def test_each_part_of_the_land_may_have_its_own_rule(screener: Screener) -> None:
    """Coking on its own is refused in the basin, and outside it because a new plant of its kind adds capacity."""
    project = read_projects(Path("examples/qingxu-coking.yaml"), screener.law)[0]
    found = Mover(screener, project).find("access", "allowed")
    assert isinstance(found, NoMove)
    assert {"air-24-a", "air-01-a"} <= {rule for rule, _ in found.rules}
    assert found.everywhere == ()
    assert sum(share for _, share in found.rules) >= 1.0


def test_what_shall_stay_stays(screener: Screener, solar: Project, refused: list[Any]) -> None:
    """`--keep` of a place fact: the new place must have it too, though it does not matter for the decision."""
    mover = Mover(screener, at(solar, shapely.Point(refused[0])))
    free = mover.find("access", "allowed")
    assert isinstance(free, Move)
    name = next(name for name, _, before, _ in free.turned if before is False)
    kept = mover.find("access", "allowed", keep=[name])
    if isinstance(kept, Move):
        assert name not in {fact for fact, _, _, _ in kept.turned}
        assert kept.distance_m > free.distance_m


def test_without_a_site_there_is_nothing_to_move(screener: Screener, solar: Project) -> None:
    assert not Mover(screener, replace(solar, location=None)).possible
    assert not Mover(Screener(screener.law), solar).possible


def test_a_site_beside_the_province_line_stays_in_it(screener: Screener) -> None:
    """Beyond the loaded counties no layer speaks: no move leads there."""
    project = project_from(
        {"name": "甲", "on": "2026-11-21", "industry": "2521", "nature": "new", "facts": {"site.red_line": True}}, screener.law
    )  # fmt: skip
    counties = screener.ground(project.on).index("county").frame.geometry
    province = shapely.union_all(counties)
    west = shapely.get_coordinates(province)[shapely.get_coordinates(province)[:, 0].argmin()]
    mover = Mover(screener, at(project, shapely.box(west[0] + 0.01, west[1], west[0] + 0.02, west[1] + 0.01)))
    circle = mover._circle(4000.0, mover.body.handle[1])
    for spot in shapely.get_parts(circle.tile):
        inside = spot.representative_point()
        assert shapely.covers(province.buffer(1e-9), mover.body.moved(inside.x, inside.y))


def test_turn_says_where_to_move(screener: Screener, solar: Project, refused: list[Any], tmp_path: Path) -> None:
    """A user's way: the project file in, the move beside the change of facts, as text and as JSON."""
    lon, lat = refused[0]
    text = Path("examples/xinfu-solar.yaml").read_text(encoding="utf-8")
    start = text.index("location:")
    end = text.index("\nfacts:")
    place = f"location: {{crs: cgcs2000, point: [{lon}, {lat}]}}"
    stated = text[end:].replace("sensitive.any: 否", "sensitive.any: 是")
    path = write(tmp_path / "甲.yaml", text[:start] + place + stated)
    folder = screener.workspace.path
    told_text = run("turn", path, "--to", "allowed", "-w", folder)
    assert told_text.exit_code == 0
    assert "最短的移动：向" in told_text.stdout
    assert "在该处复审：可以准入" in told_text.stdout
    answer = json.loads(run("turn", path, "--to", "allowed", "-w", folder, "--format", "json").stdout)
    moves = [item["move"] for item in answer["turns"] if item["move"]]
    assert moves
    assert moves[0]["verified"]
    assert moves[0]["geometry"]["type"] == "Point"
    assert moves[0]["at_least_m"] <= moves[0]["distance_m"]
    none = run("turn", path, "--to", "allowed", "-w", folder, "--reach", "0.1")
    assert "0.1 公里之内没有这样的地方" in none.stdout
    assert "处处如此" in none.stdout
    without = run("turn", path, "--to", "allowed", "-w", folder, "--no-move")
    assert "最短的移动" not in without.stdout


def test_a_bearing_is_a_direction() -> None:
    assert [direction(angle) for angle in (0, 90, 180, 270, 359.9, 11.3)] == ["北", "东", "南", "西", "北", "东北偏北"]
