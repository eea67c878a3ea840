"""The land on which a line may run: areas of a siting by what they are to it, drawn on a raster, and the least-cost line there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest
from typing import Any

import numpy as np

from greenrule.casework.screening import Screener
from greenrule.casework.siting import Area, Siting, Verdict
from greenrule.core.errors import Fault, InputFault
from greenrule.spatial.landgrid import LandGrid
from greenrule.spatial.patches import Metres, Patches, holds, inside, line, with_corners

LonLat = tuple[float, float]

#: Weight of one cell of free land; others are multiples, so that thirds and halves stay whole.
BASE = 4
#: The greatest weight of a cell: a byte holds it, and a province at 30 m fits into memory only so.
MOST_WEIGHT = 255
#: What land is to a line: free, still to be decided, restricted, both, closed.
FREE, ASKED, HELD, BOTH, SHUT = 1, 2, 3, 4, 9
#: A straight stretch is given a corner at least every so many metres, so that it stays straight in degrees.
_STRAIGHT_M = 2000.0
#: A gap between two areas that a line may step over: what rounding leaves between neighbours.
_OFF_M = 1.0
#: Cells on which a line is sought at most, and what a cell takes at the worst: five raster layers of a byte, labels of four
#: bytes that turn out too narrow and their wide ones of eight beside them.  Shanxi at 30 m, the finest terrain that is had
#: for a whole province, is 288 million cells; this is a tenth more, and 5 GB (terrain takes four bytes more).
MOST_CELLS, CELL_BYTES = 320_000_000, 17
#: How often a route that grazes forbidden land is sought again.
_AGAIN = 8


class Land:
    """The areas of a siting, ready to be drawn on and cut by.

    avoid : polygons that the asker keeps off; names : what the asker calls them
    Errors: N025 (InputFault) where cells of such a side are too many.
    """

    def __init__(
        self, screener: Screener, siting: Siting, cell_m: float, avoid: Sequence[Any] = (), surface: Any = None,
        names: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.siting, self.areas = siting, siting.areas
        program = screener.machine(siting.project.on, screener.events(siting.project)).program
        self._steps = {step.name: step for step in program.steps}
        voices = program.speaking["access"]
        self.forbidding = {voice.rule for voice in voices if voice.value == "prohibited"}
        self.patches = Patches([area.geometry for area in siting.areas])
        self.forbidden = {number for number, area in enumerate(siting.areas) if area.verdict.decision == "prohibited"}
        self.avoid, self.names = list(avoid), list(names)
        self.grid = LandGrid(self.patches.bounds, cell_m)
        refuse_too_many(self.grid)
        #: rules that speak alike on all the land (see `_sorted`)
        self.common: set[str] = set()
        self.sorts = self._sorted()
        self.kind = {area.verdict: of for area, of in zip(self.areas, self.sorts, strict=True)}
        self.kinds = self._drawn()
        self.surface = None if surface is None else surface(self.grid)
        #: cells that were dearer than a weight can say, in the taste where they were most
        self.capped = 0

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

    def avoided(self, stop: LonLat) -> list[str]:
        """What the land to be avoided that holds a position is called."""
        named = zip_longest(self.avoid, self.names[: len(self.avoid)], fillvalue="")
        return [name for shape, name in named if holds(shape, *stop)]

    def no_terrain(self) -> np.ndarray | None:
        """Cells on which the terrain has no value; None without terrain."""
        return None if self.surface is None else self.surface <= 0

    def unlocked(self) -> Land:
        """The same land with nothing forbidden; changes this object, so call it on a copy."""
        self.forbidden, self.avoid, self.names = set(), [], []
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
        self.capped = max(self.capped, int(np.count_nonzero(weights > MOST_WEIGHT)))
        np.minimum(weights, MOST_WEIGHT, out=weights)
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


def refuse_too_many(grid: LandGrid) -> None:
    """N025 (InputFault) where a raster has more cells than a line is sought on; nothing is laid out before."""
    rows, columns = grid.shape
    if grid.size <= MOST_CELLS:
        return
    side = math.ceil(grid.cell_m * math.sqrt(grid.size / MOST_CELLS))
    while replace(grid, cell_m=side).size > MOST_CELLS:
        side += 1
    reach = math.floor(math.sqrt(MOST_CELLS) * grid.cell_m / 1000)
    raise InputFault(
        Fault(
            "N025",
            f"{grid.cell_m:g} 米的格网要 {rows:,} × {columns:,} = {grid.size:,} 格，约 {grid.size * CELL_BYTES / 1e9:.0f} GB 内存；"
            f"最多 {MOST_CELLS:,} 格（约 {MOST_CELLS * CELL_BYTES / 1e9:.0f} GB）",
            None,
            f"用 `--cell {side}` 或更大的边长；或用 `--within` 把范围缩到东西、南北各约 {reach} 公里以内，例如起讫点所在的市、县",
        )
    )


def sought(land: Land, weights: np.ndarray, stops: Sequence[LonLat], cells: Sequence[tuple[int, int]]) -> Any:
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
