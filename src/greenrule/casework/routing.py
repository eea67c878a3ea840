"""How should the line run: different routes between places, forbidden land never crossed, every stretch with its clauses.

The areas of `siting.where` are drawn on a raster; least-cost paths under different weights for restricted land propose
routes; each proposal is cut by the areas themselves, and one that grazes forbidden land closes those cells and is
sought again.  What is told – lengths, stretches, clauses – comes from the shapes, never from the raster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from greenrule.casework.screening import Screener
from greenrule.casework.siting import Area, Siting, Verdict
from greenrule.core.errors import Fault, InputFault
from greenrule.spatial.frame import as_geojson
from greenrule.spatial.landgrid import LandGrid
from greenrule.spatial.patches import Metres, Patches, corridor, inside, length_m, line, shared, with_corners

LonLat = tuple[float, float]

#: Weight of one cell of free land; others are multiples, so that thirds and halves stay whole.
BASE = 4
#: How routes are sought: name → (weight of restricted, of undecided land, as multiples of free land).
TASTES = {"最短": (1.0, 1.0), "均衡": (3.0, 2.0), "少占限制区": (10.0, 4.0)}
#: What land is to a line: free, still to be decided, restricted, both, closed.
FREE, ASKED, HELD, BOTH, SHUT = 1, 2, 3, 4, 9
#: Land within this many cells of a route already found is dearer when another is sought, and by how much.
_CORRIDOR, _DEARER = 30, 2
#: Two routes are one when this share of the shorter lies in the other's corridor.
_SAME = 0.75
#: A straight stretch is given a corner at least every so many metres, so that it stays straight in degrees.
_STRAIGHT_M = 2000.0
#: A gap between two areas that a line may step over: what rounding leaves between neighbours.
_OFF_M = 1.0
#: How often a route that grazes forbidden land is sought again.
_AGAIN = 8


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

    approvals : rules that restrict or may still forbid a stretch, each once; whole : the verdict of the line as one project
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


@dataclass
class Barrier:
    """Closed land that the least forbidden way between two places would cross: where, under which rules (none: the user's
    own), for how far, and the parts of the way on it."""

    where: str
    rules: tuple[str, ...]
    length_m: float
    lines: list[Any] = field(default_factory=list)


@dataclass
class Routing:
    """The answer: routes, best first by length, or the barrier where there is none."""

    routes: list[Route] = field(default_factory=list)
    barrier: list[Barrier] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class Land:
    """The areas of a siting, ready to be drawn on and cut by."""

    def __init__(
        self, screener: Screener, siting: Siting, cell_m: float, avoid: Sequence[Any] = (), surface: Any = None
    ) -> None:
        self.siting, self.areas = siting, siting.areas
        program = screener.machine(siting.project.on, screener.events(siting.project)).program
        self._steps = {step.name: step for step in program.steps}
        voices = program.speaking["access"]
        self.forbidding = {voice.rule for voice in voices if voice.value == "prohibited"}
        self.patches = Patches([area.geometry for area in siting.areas])
        self.forbidden = {number for number, area in enumerate(siting.areas) if area.verdict.decision == "prohibited"}
        self.avoid = list(avoid)
        self.grid = LandGrid(self.patches.bounds, cell_m)
        #: rules that speak alike on all the land (see `_sorted`)
        self.common: set[str] = set()
        self.sorts = self._sorted()
        self.kind = {area.verdict: of for area, of in zip(self.areas, self.sorts, strict=True)}
        self.kinds = self._drawn()
        self.surface = None if surface is None else surface(self.grid)

    def _sorted(self) -> list[int]:
        """What each area is to a line, one of `FREE`, `ASKED`, `HELD`, `BOTH`, `SHUT`.

        A rule that restricts the whole of the land, or may still forbid most of it (a fact nobody gave), tells no place
        from another and makes none dearer.
        """
        land = [area for area in self.areas if area.verdict.decision != "prohibited"]
        whole = sum(area.area_m2 for area in land) or 1.0
        for name, most in (("deciding", 1.0 - 1e-9), ("open", 0.5)):
            shares: dict[str, float] = {}
            for area in land:
                for rule in getattr(area.verdict, name):
                    shares[rule] = shares.get(rule, 0.0) + area.area_m2 / whole
            self.common |= {rule for rule, share in shares.items() if share > most}
        kinds = []
        for area in self.areas:
            held = set(area.verdict.deciding) - self.common
            asked = set(area.verdict.open) & self.forbidding - self.common
            kinds.append(SHUT if area.verdict.decision == "prohibited" else BOTH if held and asked else HELD if held else ASKED if asked else FREE)  # fmt: skip
        return kinds

    def _drawn(self) -> np.ndarray:
        """Cells by the worst land in them: 0 none, then as `_sorted`."""
        drawn = np.zeros(self.grid.shape, dtype=np.uint8)
        for kind in (FREE, ASKED, HELD, BOTH, SHUT):
            shapes = [area.geometry for area, of in zip(self.areas, self.sorts, strict=True) if of == kind]
            # Forbidden land goes last, so that a cell which it merely touches is closed.
            shapes += self.avoid if kind == SHUT else []
            self.grid.burn(drawn, [(shape, kind) for shape in shapes], touched=kind != FREE)
        # A cell whose centre lies off the land is closed, whatever touches it.
        land = np.zeros(self.grid.shape, dtype=np.uint8)
        self.grid.burn(land, [(area.geometry, 1) for area in self.areas], touched=False)
        drawn[land == 0] = 0
        return drawn

    def unlocked(self) -> Land:
        """The same land with nothing forbidden; changes this object, so call it on a copy."""
        self.forbidden, self.avoid = set(), []
        return self

    def kind_of(self, verdict: Verdict) -> int:
        """What land of a verdict is to a line, as `_sorted` says."""
        return self.kind[verdict]

    def asked(self, verdict: Verdict) -> tuple[str, ...]:
        """Rules that restrict land of a verdict, or may still forbid it, beyond what holds everywhere."""
        open_rules = (rule for rule in verdict.open if rule in self.forbidding)
        return tuple(rule for rule in (*verdict.deciding, *open_rules) if rule not in self.common)

    def facts_of(self, rule: str) -> frozenset[str]:
        """Facts that a rule or one of its exceptions reads."""
        return self._facts(rule, set())

    def _facts(self, rule: str, seen: set[str]) -> frozenset[str]:
        seen.add(rule)
        steps = self._steps
        found = set(steps[rule].facts) if rule in steps else set()
        for other in steps[rule].needs if rule in steps else ():
            if other not in seen:
                found |= self._facts(other, seen)
        return frozenset(found)

    def weights(self, restricted: float, undecided: float) -> np.ndarray:
        """Whole weights for one taste."""
        table = np.zeros(256)
        table[[FREE, ASKED, HELD, BOTH]] = np.array([1.0, undecided, restricted, restricted * undecided]) * BASE
        if self.surface is None:
            return np.take(np.rint(table).astype(np.uint8), self.kinds)
        weights = np.take(table.astype(np.float32), self.kinds)
        weights *= self.surface
        np.rint(weights, out=weights)
        # A cell that is open stays open however cheap, and what is closed on either raster is closed.
        weights[(weights < 1) & (self.kinds > 0) & (self.kinds != SHUT) & (self.surface > 0)] = 1
        np.minimum(weights, 255, out=weights)
        return weights.astype(np.uint8)

    def cut(self, along: Any) -> list[tuple[float, float, Area]]:
        """The stretches of a line, in its order: from, to (metres along the line) and the area they lie in."""
        return [(start, end, self.areas[number]) for start, end, number in self.patches.cut(along)]

    def crossed(self, along: Any) -> list[Any]:
        """Parts of a line inside forbidden land or land to be avoided, or off the asked land."""
        metres, reached, found = Metres(along), 0.0, []
        end_of_line = float(metres.metres[-1])
        for start, end, _ in [*self.patches.cut(along), (end_of_line, end_of_line, -1)]:
            if start > reached + _OFF_M:
                found.append(metres.piece(reached, start))
            reached = max(reached, end)
        found += self.patches.crossed(along, self.forbidden)
        return found + [part for shape in self.avoid for part in inside(along, shape)]


def route(
    screener: Screener,
    land: Land,
    stops: Sequence[LonLat],
    *,
    most: int = 4,
    progress: Callable[[str], None] | None = None,
) -> Routing:
    """Different routes through stops, in their order; or the barrier that no route passes.

    Errors: N020 (InputFault) for a stop on forbidden land or off the asked land, with the clause.
    """
    tell = progress or (lambda text: None)
    cells = [_stop(screener, land, stop) for stop in stops]
    routing = Routing()
    found: list[Route] = []
    for taste, (restricted, undecided) in TASTES.items():
        tell(f"找线路：{taste}")
        along = _sought(land, land.weights(restricted, undecided), stops, cells)
        if along is None:
            routing.barrier = _barrier(land, stops, cells)
            return routing
        found.append(_told(screener, land, taste, along))
    if len(found) < most:
        tell("找线路：另一条走廊")
        weights = _dearer(land, land.weights(*TASTES["均衡"]), [item.line for item in found])
        along = _sought(land, weights, stops, cells)
        if along is not None:
            found.append(_told(screener, land, "另一条走廊", along))
    routing.routes = _different(found)[:most]
    return routing


def _stop(screener: Screener, land: Land, stop: LonLat) -> tuple[int, int]:
    """The cell of a stop; one whose own cell is closed by what merely touches it is set down in the nearest open one."""
    numbers = land.patches.holding(*stop)
    if not numbers:
        raise InputFault(
            Fault(
                "N020",
                f"起讫点 {stop[0]:g}, {stop[1]:g} 不在已加载的范围内",
                None,
                "核对经纬度次序和坐标系（WGS84 或 CGCS2000）",
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
                f"起讫点 {stop[0]:g}, {stop[1]:g} 四周都是禁止区，线路出不来",
                None,
                "移动起讫点，或用更小的 `--cell`",
            )
        )
    gap = ((free - np.array(cell)) ** 2).sum(axis=1)
    best = free[int(gap.argmin())]
    return int(best[0]), int(best[1])


def _sought(land: Land, weights: np.ndarray, stops: Sequence[LonLat], cells: Sequence[tuple[int, int]]) -> Any:
    """The line of the least cost under given weights that crosses nothing forbidden; None where there is no way."""
    from greenrule.spatial.leastcost import least_cost, padded
    from greenrule.spatial.sightline import pulled_tight

    weights = weights.copy()
    for _ in range(_AGAIN):
        rim = padded(weights)
        corners: list[np.ndarray] = []
        for one, other in pairwise(cells):
            answer = least_cost(rim, one, other)
            if answer is None:
                return None
            tight = pulled_tight(rim, answer[1])
            corners.append(tight if not corners else tight[1:])
        along = _line(land.grid, np.concatenate(corners), stops)
        grazed = land.crossed(along)
        if not grazed:
            return along
        # What the raster was too coarse to see is closed, and the way is sought anew.
        before = int((weights > 0).sum())
        land.grid.burn(weights, [(part, 0) for part in grazed], touched=True)
        for cell in cells:
            weights[cell] = max(weights[cell], 1)
        if int((weights > 0).sum()) == before:
            return None
    return None


def _line(grid: LandGrid, corners: np.ndarray, stops: Sequence[LonLat]) -> Any:
    """Corner cells as a line in degrees that begins and ends at the true stops."""
    inner = np.empty((0, 2))
    if len(corners) > 2:
        # The centres of the first and the last cell give way to the stops themselves.
        inner = grid.degrees(with_corners(grid.centres(corners), _STRAIGHT_M))[1:-1]
    return line(np.vstack([[stops[0]], inner, [stops[-1]]]))


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
    outcome = screener.machine(project.on, screener.events(project)).answer(inquiry.given, "access").outcomes["access"]
    return Route(
        taste, along, length_m(along), stretches,
        sum(item.end_m - item.start_m for item in stretches if land.kind_of(item.verdict) in (HELD, BOTH)),
        sum(item.end_m - item.start_m for item in stretches if land.kind_of(item.verdict) in (ASKED, BOTH)),
        tuple(told), tuple(inquiry.where.get("cities", ())), outcome.word, tuple(sorted(outcome.deciding)),
    )  # fmt: skip


def _dearer(land: Land, weights: np.ndarray, lines: Sequence[Any]) -> np.ndarray:
    """Weights with the corridors of given lines made dearer."""
    near = np.zeros(land.grid.shape, dtype=np.uint8)
    land.grid.burn(near, [(corridor(along, _CORRIDOR * land.grid.cell_m), 1) for along in lines], touched=True)
    raised = np.minimum(np.arange(256) * _DEARER, 255).astype(np.uint8)
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


def _barrier(land: Land, stops: Sequence[LonLat], cells: Sequence[tuple[int, int]]) -> list[Barrier]:
    """The forbidden land that the least forbidden way would cross, longest first."""
    weights = land.weights(1.0, 1.0)
    weights[land.kinds == SHUT] = 255  # dear, but open: what is crossed all the same is the barrier
    along = _sought(copy(land).unlocked(), weights, stops, cells)
    if along is None:
        return []
    crossed: dict[tuple[str, tuple[str, ...]], Barrier] = {}
    metres = Metres(along)
    for start, end, area in land.cut(along):
        if area.verdict.decision == "prohibited":
            key = (area.county, area.verdict.deciding)
            item = crossed.setdefault(key, Barrier(*key, 0.0))
            item.length_m += end - start
            item.lines.append(metres.piece(start, end))
    found = list(crossed.values())
    own = [part for shape in land.avoid for part in inside(along, shape)]
    if own:
        found.append(Barrier("要求避让的地方", (), sum(map(length_m, own)), own))
    return sorted(found, key=lambda item: -item.length_m)
