"""How should the line run: different routes between places, forbidden land never crossed, every stretch with its clauses.

The areas of `siting.where` are drawn on a raster; least-cost paths under different weights for restricted land propose
routes; each proposal is cut by the areas themselves, and one that grazes forbidden land closes those cells and is
sought again.  What is told – lengths, stretches, clauses – comes from the shapes, never from the raster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from greenrule.backends.trace import explain
from greenrule.casework.barrier import NO_TERRAIN, Barrier, barrier
from greenrule.casework.line_exceptions import line_exceptions
from greenrule.casework.lineland import ASKED, BASE, BOTH, FREE, HELD, MOST_WEIGHT, Land, LonLat, sought
from greenrule.casework.screening import Screener
from greenrule.casework.siting import Verdict
from greenrule.core.errors import Fault, InputFault
from greenrule.spatial.frame import as_geojson
from greenrule.spatial.patches import corridor, length_m, shared

#: How routes are sought: name → (weight of restricted, of undecided land, as multiples of free land).
TASTES = {"最短": (1.0, 1.0), "均衡": (3.0, 2.0), "少占限制区": (10.0, 4.0)}
#: Land within this many cells of a route already found is dearer when another is sought, and by how much.
_CORRIDOR, _DEARER = 30, 2
#: Two routes are one when this share of the shorter lies in the other's corridor.
_SAME = 0.75


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a route on land with one verdict: from and to in metres along the route."""

    start_m: float
    end_m: float
    county: str
    verdict: Verdict


@dataclass
class Route:
    """One route: its line (degrees, EPSG:4490), true length, and what the land along it says.

    approvals : rules that restrict or may still forbid a stretch, each once; whole : the verdict of the line as one project,
    whole_deciding : the rules that make it, whole_open : rules that may still change it → the facts they wait for
    """

    taste: str
    line: Any
    length_m: float
    stretches: list[Stretch]
    restricted_m: float
    undecided_m: float
    approvals: tuple[str, ...]
    cities: tuple[str, ...]
    whole: str = ""
    whole_deciding: tuple[str, ...] = ()
    whole_open: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class Routing:
    """The answer: routes, best first by length, or the barrier where there is none.

    round_m : rule that lets a line through only where it cannot be avoided, and that every route meets → length of the
    least-cost line that keeps off such land, None where none does
    """

    routes: list[Route] = field(default_factory=list)
    barrier: list[Barrier] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    round_m: dict[str, float | None] = field(default_factory=dict)


def route(
    screener: Screener,
    land: Land,
    stops: Sequence[LonLat],
    *,
    most: int = 4,
    progress: Callable[[str], None] | None = None,
) -> Routing:
    """Different routes through stops, in their order; or the barrier that no route passes.

    Errors: N020 (InputFault) for a stop on forbidden land, with the clause, on land to be avoided, or off the asked land.
    """
    tell = progress or (lambda text: None)
    cells = [_stop(screener, land, stop) for stop in stops]
    routing = Routing()
    found: list[Route] = []
    for taste, (restricted, undecided) in TASTES.items():
        tell(f"找线路：{taste}")
        along = sought(land, land.weights(restricted, undecided), stops, cells)
        if along is None:
            routing.barrier = barrier(land, stops, cells)
            if any(item.where == NO_TERRAIN for item in routing.barrier):
                routing.remarks.append("地形栅格没有值的地方不能走；若是数据缺失的条带或空洞，先在 GIS 软件里填补再问")
            return routing
        found.append(_told(screener, land, taste, along))
    if len(found) < most:
        tell("找线路：另一条走廊")
        weights = _dearer(land, land.weights(*TASTES["均衡"]), [item.line for item in found])
        along = sought(land, weights, stops, cells)
        if along is not None:
            found.append(_told(screener, land, "另一条走廊", along))
    routing.routes = _different(found)[:most]
    if land.capped:
        routing.remarks.append(
            f"地形与限制的倍数相乘，最多按平坦空地的 {MOST_WEIGHT / BASE:g} 倍计：有 {land.capped:,} 格更贵，彼此不再分贵贱"
        )
    for rule in line_exceptions(screener.law):
        if all(rule in item.approvals for item in routing.routes):
            tell(f"找线路：避开{screener.law.book.rules[rule].title}")
            along = sought(*_keeping_off(land, rule), stops, cells)
            routing.round_m[rule] = None if along is None else length_m(along)
    return routing


def _keeping_off(land: Land, rule: str) -> tuple[Land, np.ndarray]:
    """The land and its plain weights with everything closed on which a rule restricts or may still forbid."""
    numbers = {number for number, area in enumerate(land.areas) if rule in (*area.verdict.deciding, *area.verdict.open)}
    shut, weights = copy(land), land.weights(1.0, 1.0)
    shut.forbidden = land.forbidden | numbers
    land.grid.burn(weights, [(land.areas[number].geometry, 0) for number in sorted(numbers)], touched=True)
    return shut, weights


def _stop(screener: Screener, land: Land, stop: LonLat) -> tuple[int, int]:
    """The cell of a stop; one whose own cell is closed by what merely touches it is set down in the nearest open one."""
    numbers = land.patches.holding(*stop)
    if not numbers:
        raise InputFault(
            Fault(
                "N020",
                f"起讫点 {stop[0]:g}, {stop[1]:g} 不在所问的范围内",
                None,
                "核对经纬度次序和坐标系（WGS84 或 CGCS2000）；写了 `--within` 的，起讫点须在其中",
            )
        )
    if land.forbidden.issuperset(numbers):
        area = land.areas[numbers[0]]
        book = screener.law.book
        rules = "；".join(f"{book.rules[rule].title}（{rule}）" for rule in area.verdict.deciding)
        raise InputFault(
            Fault(
                "N020",
                f"起讫点 {stop[0]:g}, {stop[1]:g} 在禁止的地方（{area.county}）：{rules}",
                None,
                "把它移出禁止区，或核对项目的事实",
            )
        )
    if names := land.avoided(stop):
        told = "、".join(f"`--avoid {name}`" for name in names if name) or "要求避让的地方"
        county = land.areas[numbers[0]].county
        raise InputFault(
            Fault(
                "N020",
                f"起讫点 {stop[0]:g}, {stop[1]:g}（{county}）在要求避让的地方之内：{told}",
                None,
                "移动起讫点，或去掉这一处避让",
            )
        )
    cell = land.grid.cell(*stop)
    reach = 3
    rows, columns = np.mgrid[cell[0] - reach : cell[0] + reach + 1, cell[1] - reach : cell[1] + reach + 1]
    near = np.column_stack([rows.ravel(), columns.ravel()])
    near = near[[land.grid.inside((int(row), int(column))) for row, column in near]]
    free = near[np.isin(land.kinds[near[:, 0], near[:, 1]], (FREE, ASKED, HELD, BOTH))]
    if len(free) == 0:
        raise InputFault(
            Fault(
                "N020",
                f"起讫点 {stop[0]:g}, {stop[1]:g} 四周都是禁止{'或要求避让' if land.avoid else ''}的地方，线路出不来",
                None,
                "移动起讫点，或用更小的 `--cell`",
            )
        )
    gap = ((free - np.array(cell)) ** 2).sum(axis=1)
    best = free[int(gap.argmin())]
    return int(best[0]), int(best[1])


def _told(screener: Screener, land: Land, taste: str, along: Any) -> Route:
    """What the land along a line says."""
    stretches: list[Stretch] = []
    for start, end, area in land.cut(along):
        last = stretches[-1] if stretches else None
        if (
            last is not None
            and last.verdict == area.verdict
            and last.county == area.county
            and start <= last.end_m + 1.0
        ):
            stretches[-1] = replace(last, end_m=max(end, last.end_m))
        else:
            stretches.append(Stretch(start, end, area.county, area.verdict))
    told: dict[str, None] = {}
    for item in stretches:
        told.update(dict.fromkeys(land.asked(item.verdict)))
    project = replace(land.siting.project, location={"crs": "cgcs2000", "geometry": as_geojson(along)})
    inquiry = screener.inquire(project)
    machine = screener.machine(project.on, screener.events(project))
    values = machine.complete(inquiry.given)[0]
    answer = machine.program.run(values, "access")
    outcome, explanation = answer.outcomes["access"], explain(machine.program, values, answer)
    waiting = {
        rule: tuple(read.id for read in explanation.rule(rule).reads if read.sort == "fact" and read.value is None)
        for rule in sorted(outcome.open)
    }
    return Route(
        taste, along, length_m(along), stretches,
        sum(item.end_m - item.start_m for item in stretches if land.kind_of(item.verdict) in (HELD, BOTH)),
        sum(item.end_m - item.start_m for item in stretches if land.kind_of(item.verdict) in (ASKED, BOTH)),
        tuple(told), tuple(inquiry.where.get("cities", ())), outcome.word, tuple(sorted(outcome.deciding)),
        waiting,
    )  # fmt: skip


def _dearer(land: Land, weights: np.ndarray, lines: Sequence[Any]) -> np.ndarray:
    """Weights with the corridors of given lines made dearer."""
    near = np.zeros(land.grid.shape, dtype=np.uint8)
    land.grid.burn(near, [(corridor(along, _CORRIDOR * land.grid.cell_m), 1) for along in lines], touched=True)
    raised = np.minimum(np.arange(256) * _DEARER, MOST_WEIGHT).astype(np.uint8)
    return np.where(near > 0, np.take(raised, weights), weights)


def _different(routes: list[Route]) -> list[Route]:
    """Routes that differ and of which none is worse than another in everything: length, restricted land, approvals."""
    kept: list[Route] = []
    for item in sorted(routes, key=lambda item: (item.length_m, item.restricted_m)):
        if any(
            shared(item.line, other.line) > _SAME and item.restricted_m >= 0.8 * other.restricted_m for other in kept
        ):
            continue
        worse = any(
            other.length_m <= item.length_m and other.restricted_m <= item.restricted_m
            and len(other.approvals) <= len(item.approvals) and shared(item.line, other.line) > 0.5
            for other in kept
        )  # fmt: skip
        if not worse:
            kept.append(item)
    return kept
