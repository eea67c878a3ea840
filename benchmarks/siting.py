"""Where and how: the admissible region of the province, and least-cost routes beside scikit-image's."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.measure import Check, Figure, Section, figures_of, turns
from greenrule.casework.lineland import Land
from greenrule.casework.linework import land_for, line_project
from greenrule.casework.moving import Move, Mover, NoMove
from greenrule.casework.project import Project, read_projects
from greenrule.casework.routing import TASTES, route
from greenrule.casework.screening import Screener
from greenrule.casework.siting import where
from greenrule.spatial.frame import as_geojson

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.yaml"))
#: Stops across the province, lon/lat; places on the map, not legal data.
TRIPS = [
    ((112.55, 37.87), (113.30, 40.09)),
    ((111.0, 35.03), (113.1, 36.2)),
    ((111.13, 37.52), (113.58, 37.87)),
    ((112.42, 39.33), (112.85, 35.5)),
]


def by_scikit(costs: np.ndarray, start: tuple[int, int], goal: tuple[int, int]) -> tuple[float, int]:
    """The usual call: a surface of costs, eight neighbours, true diagonals."""
    from skimage.graph import route_through_array

    path, cost = route_through_array(costs, start, goal, fully_connected=True, geometric=True)
    return float(cost), len(path)


def run(screener: Screener, quick: bool) -> Section:
    """The region for each example; routes at 100 m over the demonstration province; one route at 30 m."""
    section = Section("在哪里建、线路怎么走（演示图层）")
    projects = [read_projects(path, screener.law)[0] for path in EXAMPLES]
    for project in projects:
        where(screener, project)
    taken = turns({"greenrule where": lambda project: where(screener, project)}, projects * (1 if quick else 3))
    section.figures += figures_of("全省可建区域，全部规则（热）", taken, target=5.0, bound="median")
    _moves(section, screener, projects[-2], quick)
    land = land_for(screener, line_project(screener, "输电", None, None), 100.0)
    _routes(section, screener, land, TRIPS[:1] if quick else TRIPS)
    if not quick:
        _fine(section)
    return section


def _moves(section: Section, screener: Screener, project: Project, quick: bool) -> None:
    """The smallest move of a project from places at which it is refused: as a point and as an outline of twelve corners."""
    import shapely

    refused = [area.geometry for area in where(screener, project).areas if area.verdict.decision == "prohibited"]
    parts = shapely.get_parts(refused)
    spots = shapely.get_coordinates(
        shapely.point_on_surface(parts[np.argsort(-shapely.area(parts))[: 6 if quick else 30]])
    )
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    # A star: twelve corners, not convex, about a kilometre across.
    star = np.column_stack([np.cos(turn), np.sin(turn)]) * np.where(np.arange(12) % 2, 0.006, 0.003)[:, None]
    shapes = {
        "点": [shapely.Point(spot) for spot in spots],
        "面（12 个角）": [shapely.Polygon(star + spot) for spot in spots],
    }
    for name, sites in shapes.items():
        asked = [replace(project, location={"crs": "cgcs2000", "geometry": as_geojson(site)}) for site in sites]
        found: list[Move | NoMove] = []
        taken = turns(
            {"greenrule": lambda one, found=found: found.append(Mover(screener, one).find("access", "allowed"))}, asked
        )
        section.figures += figures_of(f"最短的移动，被拒的{name}，含复审（热）", taken, target=3.0)
        section.checks.append(_shorter(screener, project, name, asked, found))


def _shorter(
    screener: Screener, project: Project, name: str, asked: list[Project], found: list[Move | NoMove]
) -> Check:
    """Ten shifts for each move, a metre and more shorter than it, most of them nearly where it goes."""
    from greenrule.spatial.overlay import geodesics

    rng, tried, better = np.random.default_rng(3), 0, 0
    for one, move in zip(asked, found, strict=True):
        if not isinstance(move, Move):
            continue
        body = Mover(screener, one).body
        for share, turn in zip(1 - rng.exponential(0.01, 10).clip(0, 1), rng.normal(0, 5, 10), strict=True):
            least = move.at_least_m - move.tolerance_m - 0.1
            lon, lat, _ = geodesics().fwd(*body.handle, move.bearing + turn, least * share)
            there = replace(project, location={"crs": "cgcs2000", "geometry": as_geojson(body.moved(lon, lat))})
            outcome = screener.machine(there.on).answer(screener.inquire(there).given, "access").outcomes["access"]
            tried, better = tried + 1, better + (outcome.word == "allowed")
    return Check(f"{name}：更短的移动里也成的", tried, better)


def _routes(section: Section, screener: Screener, land: Land, trips: list) -> None:
    from greenrule.spatial.leastcost import UNIT, least_cost, padded

    weights = land.weights(*TASTES["均衡"])
    rim = padded(weights)
    costs = np.where(weights == 0, -1.0, weights).astype(float)
    ends = [(land.grid.cell(*one), land.grid.cell(*other)) for one, other in trips]
    found: dict[str, list] = {"ours": [], "peer": []}
    contenders = {
        "greenrule, search": lambda pair: found["ours"].append(least_cost(rim, *pair)),
        "greenrule, weights and search": lambda pair: least_cost(padded(land.weights(*TASTES["均衡"])), *pair),
    }
    try:
        import skimage.graph  # noqa: F401

        contenders["scikit-image route_through_array"] = lambda pair: found["peer"].append(by_scikit(costs, *pair))
    except ImportError:
        section.notes.append("没有安装 scikit-image，线路没有对照。")
    least_cost(rim, *ends[0])
    found["ours"].clear()
    taken = turns(contenders, ends)
    rows, columns = land.grid.shape
    section.figures += figures_of(
        f"全省 100 米格网（{rows * columns / 1e6:.0f} 百万格），一条线路", taken, target=1.5, bound="median"
    )
    if found["peer"]:
        # Ours also keeps off the corners of closed cells, so it may be dearer, never cheaper beyond the √2 of seven digits.
        cheaper = sum(
            ours[0] / UNIT < peer[0] * (1 - 1e-6) for ours, peer in zip(found["ours"], found["peer"], strict=True)
        )
        section.checks.append(Check("线路代价不低于 scikit-image（后者可穿过禁区的角）", len(ends), cheaper))
    start = time.perf_counter()
    answers = [route(screener, land, list(trip)) for trip in trips]
    section.figures.append(
        Figure(
            "几条不同的线路，含按原形核对和逐段条款",
            "greenrule route",
            (time.perf_counter() - start) / len(trips),
            runs=len(trips),
        )
    )
    crossed = sum(bool(land.crossed(item.line)) for answer in answers for item in answer.routes)
    section.checks.append(Check("线路穿过禁止区", sum(len(answer.routes) for answer in answers), crossed))


def _fine(section: Section) -> None:
    """A surface as large as the province at 30 m."""
    from greenrule.spatial.leastcost import least_cost, padded

    rng = np.random.default_rng(7)
    rows, columns = 21_800, 13_200
    coarse = rng.normal(size=(rows // 100, columns // 100))
    # Sorted before it is spread, so that the peak is that of the search and not of making the surface.
    levels = np.digitize(coarse, (0.6, 1.2, 1.8))
    weights = np.take(np.array([4, 8, 20, 0], dtype=np.uint8), levels).repeat(100, axis=0).repeat(100, axis=1)
    weights[0, 0] = weights[-1, -1] = 4
    rim = padded(weights)
    del weights
    start = time.perf_counter()
    answer = least_cost(rim, (0, 0), (rows - 1, columns - 1))
    seconds = time.perf_counter() - start
    section.figures.append(
        Figure(
            f"30 米格网（{rows * columns / 1e6:.0f} 百万格，人造地表），对角一条线路",
            "greenrule",
            seconds,
            target=20.0,
            bound="median",
        )
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    section.figures.append(
        Figure("30 米格网的内存峰值（本进程）", "greenrule", peak, unit="MB", target=5000.0, bound="median")
    )
    section.checks.append(Check("30 米格网有通路", 1, int(answer is None)))
