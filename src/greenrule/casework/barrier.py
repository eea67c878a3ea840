"""Where no route leads: the closed land that the least forbidden way between two places would cross."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np

from greenrule.casework.lineland import SHUT, Land, LonLat, sought
from greenrule.spatial.patches import Metres, inside, length_m

#: What a barrier of cells without terrain is called.
NO_TERRAIN = "地形栅格没有值的地方"


@dataclass
class Barrier:
    """Closed land that the least forbidden way between two places would cross: where, under which rules (none: the user's
    own), for how far, and the parts of the way on it."""

    where: str
    rules: tuple[str, ...]
    length_m: float
    lines: list[Any] = field(default_factory=list)


def barrier(land: Land, stops: Sequence[LonLat], cells: Sequence[tuple[int, int]]) -> list[Barrier]:
    """The forbidden land that the least forbidden way would cross, longest first."""
    # Dear, but open: what is crossed all the same is the barrier.
    bare = copy(land).unlocked()
    bare.surface = None
    weights = bare.weights(1.0, 1.0)
    weights[land.kinds == SHUT] = 255
    closed = land.no_terrain()
    if closed is not None:
        weights[closed & (weights > 0)] = 255
    along = sought(bare, weights, stops, cells)
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
    for shape, name in zip_longest(land.avoid, land.names[: len(land.avoid)], fillvalue=""):
        if own := inside(along, shape):
            told = f"要求避让的地方（{name}）" if name else "要求避让的地方"
            found.append(Barrier(told, (), sum(map(length_m, own)), own))
    if closed is not None and (blind := _on_cells(land, metres, closed)):
        found.append(Barrier(NO_TERRAIN, (), sum(map(length_m, blind)), blind))
    return sorted(found, key=lambda item: -item.length_m)


def _on_cells(land: Land, metres: Metres, marked: np.ndarray) -> list[Any]:
    """The parts of a line on marked cells, to half a cell."""
    whole = float(metres.metres[-1])
    steps = np.linspace(0.0, whole, max(int(whole / land.grid.cell_m * 2), 2))
    on = np.array([marked[cell] if land.grid.inside(cell) else False for cell in land.grid.cells(metres.places(steps))])
    starts = np.flatnonzero(on & ~np.r_[False, on[:-1]])
    ends = np.flatnonzero(on & ~np.r_[on[1:], False])
    half = float(steps[1]) / 2
    return [
        metres.piece(max(steps[one] - half, 0.0), min(steps[other] + half, whole))
        for one, other in zip(starts.tolist(), ends.tolist(), strict=True)
    ]
