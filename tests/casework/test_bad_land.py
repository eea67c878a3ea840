"""Land that is drawn badly: units with gaps and overlaps, knots, holes outside, many tiny parts, nothing; terrain with stripes.

Whatever slipped into a workspace, `where`, `route` and the smallest move say what screening says there, or say why not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from greenrule.casework.barrier import NO_TERRAIN
from greenrule.casework.linework import land_for, line_project
from greenrule.casework.moving import Move, Mover
from greenrule.casework.project import Project, read_projects
from greenrule.casework.routing import route
from greenrule.casework.routing_table import plain, text
from greenrule.casework.screening import Screener
from greenrule.casework.siting import where
from greenrule.spatial.carving import Zone, carve
from greenrule.spatial.frame import Frame, as_geojson
from greenrule.spatial.overlay import LayerIndex, measure
from greenrule.store.workspace import Workspace
from tests.cli.workspace import shared_law

ON = date(2026, 11, 21)
WEST, SOUTH = 112.0, 37.0
BOX = shapely.box
#: Two counties side by side.
COUNTIES = [BOX(WEST, SOUTH, WEST + 0.2, SOUTH + 0.2), BOX(WEST + 0.2, SOUTH, WEST + 0.4, SOUTH + 0.2)]


def workspace(folder: Path, units: list[Any], red: list[Any]) -> Workspace:
    made = Workspace.create(folder)
    columns = {"name": ["甲县", "乙县"], "code": ["140121", "140122"], "city": ["甲市", "甲市"]}
    made.import_frame(
        "county",
        Frame(np.array(COUNTIES), columns),
        title="县",
        source="试",
        accuracy_m=None,
        complete=True,
        valid_from=ON,
        recorded=ON,
    )
    classes = ["priority", "general", "key"]
    table = {
        "code": [f"ZH140121{'132'[number % 3]}{number:04d}" for number in range(len(units))],
        "name": [f"单元{number}" for number in range(len(units))],
        "class": [classes[number % 3] for number in range(len(units))],
        "subtype": ["" for _ in units], "county": ["甲县" for _ in units],
    }  # fmt: skip
    for kind, shapes, columns in (
        ("control_unit", units, table),
        ("ecological_red_line", red, {"name": ["红线"] * len(red)}),
    ):
        geometry = np.empty(len(shapes), dtype=object)
        geometry[:] = shapes
        made.import_frame(
            kind,
            Frame(geometry, columns),
            title=kind,
            source="试",
            accuracy_m=None,
            complete=True,
            valid_from=ON,
            recorded=ON,
        )
    return made


def solar(screener: Screener) -> Project:
    """The solar project of the examples: everything that no layer tells is stated."""
    return read_projects(Path("examples/xinfu-solar.yaml"), screener.law)[0]


def told(screener: Screener, project: Project, shape: Any) -> tuple[str, tuple[str, ...]]:
    there = replace(project, location={"crs": "cgcs2000", "geometry": as_geojson(shape)})
    outcome = screener.machine(ON).answer(screener.inquire(there).given, "access").outcomes["access"]
    return outcome.word, tuple(sorted(outcome.deciding))


@pytest.fixture(scope="module")
def screener(tmp_path_factory) -> Screener:
    """Units with an overlap, a gap of 2 km and a hair between them, a knot and a hole outside its shell as red lines, and nothing."""
    units = [
        BOX(WEST, SOUTH, WEST + 0.12, SOUTH + 0.2),
        BOX(WEST + 0.1, SOUTH, WEST + 0.2, SOUTH + 0.2),  # overlaps the first
        BOX(WEST + 0.22, SOUTH, WEST + 0.3, SOUTH + 0.2),  # after a gap
        BOX(WEST + 0.3 + 1e-12, SOUTH, WEST + 0.4, SOUTH + 0.2),  # after a hair
    ]
    knot = shapely.Polygon(
        [
            (WEST + 0.02, SOUTH + 0.05),
            (WEST + 0.08, SOUTH + 0.1),
            (WEST + 0.08, SOUTH + 0.05),
            (WEST + 0.02, SOUTH + 0.1),
        ]
    )
    outside = shapely.Polygon(
        BOX(WEST + 0.25, SOUTH + 0.05, WEST + 0.28, SOUTH + 0.08).exterior,
        [BOX(WEST + 0.33, SOUTH + 0.1, WEST + 0.35, SOUTH + 0.12).exterior],
    )
    red = [knot, outside, shapely.Polygon(), BOX(WEST + 0.06, SOUTH + 0.06, WEST + 0.15, SOUTH + 0.14)]
    return Screener(shared_law(), workspace(tmp_path_factory.mktemp("bad") / "w", units, red))


def test_the_map_says_what_screening_says_on_bad_land(screener: Screener) -> None:
    project = solar(screener)
    siting = where(screener, project)
    assert sum(area.area_m2 for area in siting.areas) == pytest.approx(sum(map(measure, COUNTIES)), rel=1e-9)
    tree, rng = shapely.STRtree([area.geometry for area in siting.areas]), np.random.default_rng(2)
    verdicts = set()
    for lon, lat in rng.uniform((WEST, SOUTH), (WEST + 0.4, SOUTH + 0.2), (150, 2)).tolist():
        spot = shapely.Point(lon, lat)
        [area] = [siting.areas[number] for number in tree.query(spot, predicate="intersects").tolist()]
        assert told(screener, project, spot) == (area.verdict.decision, area.verdict.deciding)
        verdicts.add(area.verdict.decision)
    assert len(verdicts) >= 2


def test_the_smallest_move_holds_on_bad_land(screener: Screener) -> None:
    project = solar(screener)
    start = BOX(WEST + 0.07, SOUTH + 0.07, WEST + 0.075, SOUTH + 0.074)
    word, _ = told(screener, project, start)
    there = replace(project, location={"crs": "cgcs2000", "geometry": as_geojson(start)})
    target = next(
        area.verdict.decision
        for area in where(screener, project).areas
        if area.verdict.decision not in (word, "undetermined")
    )
    move = Mover(screener, there).find("access", target)
    assert isinstance(move, Move)
    assert told(screener, project, move.geometry)[0] == target
    rng = np.random.default_rng(6)
    for share, turn in zip(rng.uniform(0, 0.999, 40), rng.uniform(0, 2 * np.pi, 40), strict=True):
        away = (move.at_least_m - move.tolerance_m) * share
        pushed = shapely.affinity.translate(start, away * np.cos(turn) / 89_500, away * np.sin(turn) / 111_200)
        assert told(screener, project, pushed)[0] != target


def test_very_many_tiny_parts_are_cut_right() -> None:
    """As long as they lie apart their number costs little more than their count."""
    rng = np.random.default_rng(0)
    places = rng.uniform((WEST, SOUTH), (WEST + 0.4, SOUTH + 0.2), (8_000, 2))
    tiny = BOX(places[:, 0], places[:, 1], places[:, 0] + 2e-5, places[:, 1] + 2e-5)
    tile = BOX(WEST, SOUTH, WEST + 0.4, SOUTH + 0.2)
    cells = carve(tile, [Zone("z", LayerIndex(Frame(tiny)), yes=range(len(tiny)))])
    assert sum(measure(cell.geometry) for cell in cells) == pytest.approx(measure(tile), rel=1e-9)
    [yes] = [cell.geometry for cell in cells if cell.answers == (True,)]
    union = shapely.intersection(shapely.union_all(tiny[:]), tile)
    assert measure(yes) == pytest.approx(measure(union), rel=1e-9)


# -- terrain -----------------------------------------------------------------------------------------------------------
def terrain(path: Path, cells: np.ndarray, nodata: float | None = -9999) -> Path:
    import rasterio
    from rasterio.transform import from_bounds

    rows, columns = cells.shape
    transform = from_bounds(WEST - 0.1, SOUTH - 0.1, WEST + 0.5, SOUTH + 0.3, columns, rows)
    with rasterio.open(
        path, "w", driver="GTiff", height=rows, width=columns, count=1, dtype="float32", crs="EPSG:4326",
        transform=transform, nodata=nodata,
    ) as out:  # fmt: skip
        out.write(cells.astype(np.float32), 1)
    return path


@pytest.fixture(scope="module")
def plain_land(tmp_path_factory) -> Screener:
    """Land on which nothing forbids a line."""
    whole = [BOX(WEST, SOUTH, WEST + 0.4, SOUTH + 0.2)]
    return Screener(
        shared_law(), workspace(tmp_path_factory.mktemp("plain") / "w", [*whole, *whole], [BOX(0, 0, 1, 1)])
    )


STOPS = [(WEST + 0.03, SOUTH + 0.1), (WEST + 0.37, SOUTH + 0.1)]


def test_a_stripe_without_data_is_gone_round(plain_land: Screener, tmp_path: Path) -> None:
    cells = np.ones((400, 600))
    cells[150:400, 300:303] = -9999  # from the south almost to the northern line
    project = line_project(plain_land, "输电", None, ON)
    land = land_for(plain_land, project, 100.0, surface=terrain(tmp_path / "a.tif", cells))
    found = route(plain_land, land, STOPS)
    assert found.routes
    stripe = BOX(WEST + 0.2, SOUTH - 0.1, WEST + 0.203, SOUTH + 0.15)
    for item in found.routes:
        assert shapely.intersection(item.line, shapely.buffer(stripe, -0.0009)).is_empty
        assert item.length_m > 31_000


@pytest.mark.parametrize(("stripes", "nodata"), [([300], -9999), ([200, 300, 400], -9999), ([300], None)])
def test_stripes_right_across_are_named_as_what_cuts_the_land(
    plain_land: Screener, tmp_path: Path, stripes: list[int], nodata: float | None
) -> None:
    cells = np.ones((400, 600))
    for column in stripes:
        cells[:, column : column + 3] = -9999 if nodata else np.nan
    project = line_project(plain_land, "输电", None, ON)
    land = land_for(plain_land, project, 100.0, surface=terrain(tmp_path / "a.tif", cells, nodata))
    found = route(plain_land, land, STOPS)
    assert found.routes == []
    assert [item.where for item in found.barrier] == [NO_TERRAIN]
    assert found.barrier[0].length_m == pytest.approx(len(stripes) * 266, abs=110 * len(stripes))
    assert len(found.barrier[0].lines) == len(stripes)
    words = text(plain(found, land, plain_land.law, False, plain_land.versions(ON)))
    assert NO_TERRAIN in words
    assert "填补" in words


def test_land_in_two_islands_has_no_way_and_no_barrier_to_name(tmp_path: Path) -> None:
    """The counties do not meet: what lies between belongs to no layer."""
    made = workspace(tmp_path / "w", [COUNTIES[0], COUNTIES[1]], [BOX(0, 0, 1, 1)])
    apart = np.array([COUNTIES[0], shapely.affinity.translate(COUNTIES[1], 0.3, 0)])
    columns = {"name": ["甲县", "乙县"], "code": ["140121", "140122"], "city": ["甲市", "甲市"]}
    made.import_frame(
        "county",
        Frame(apart, columns),
        title="县",
        source="试",
        accuracy_m=None,
        complete=True,
        valid_from=ON,
        recorded=ON,
    )
    screener = Screener(shared_law(), made)
    land = land_for(screener, line_project(screener, "输电", None, ON), 200.0)
    found = route(screener, land, [STOPS[0], (WEST + 0.6, SOUTH + 0.1)])
    assert (found.routes, found.barrier) == ([], [])
    assert "没有连通的陆地" in text(plain(found, land, screener.law, False, screener.versions(ON)))
