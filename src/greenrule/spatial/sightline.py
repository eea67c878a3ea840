"""Straight stretches over a raster: what a straight line costs, and a staircase path pulled tight without costing more."""

from __future__ import annotations

from typing import Any

import numpy as np

from greenrule.core.kernels import kernel


@kernel
def _line_cost(rim: Any, r0: int, c0: int, r1: int, c1: int) -> Any:
    """Weight times length (cells) of the straight line between two cell centres; negative where it meets a closed cell.

    rim : weights with a closed rim; rows and columns count from the rim.  A line through a corner needs all four cells.
    """
    dr, dc = r1 - r0, c1 - c0
    length = np.sqrt(dr * dr + dc * dc)
    if length == 0.0:
        return 0.0
    step_r, step_c = (1 if dr > 0 else -1), (1 if dc > 0 else -1)
    many_r, many_c = abs(dr), abs(dc)
    row, column, total, at = r0, c0, 0.0, 0.0
    # Crossings of row lines lie at (2i+1)/(2·many_r) of the way, of column lines at (2j+1)/(2·many_c): whole numbers.
    i, j = 0, 0
    while True:
        weight = rim[row, column]
        if weight == 0:
            return -1.0
        left, right = (2 * i + 1) * many_c, (2 * j + 1) * many_r
        if i >= many_r and j >= many_c:
            return total + (1.0 - at) * length * weight
        if j >= many_c or (i < many_r and left < right):
            there = (2 * i + 1) / (2.0 * many_r)
            total += (there - at) * length * weight
            row, i, at = row + step_r, i + 1, there
        elif i >= many_r or left > right:
            there = (2 * j + 1) / (2.0 * many_c)
            total += (there - at) * length * weight
            column, j, at = column + step_c, j + 1, there
        else:
            if rim[row + step_r, column] == 0 or rim[row, column + step_c] == 0:
                return -1.0
            there = (2 * i + 1) / (2.0 * many_r)
            total += (there - at) * length * weight
            row, column, i, j, at = row + step_r, column + step_c, i + 1, j + 1, there


@kernel
def _tight(rim: Any, cells: Any, costs: Any, most: int) -> Any:
    kept = np.empty(len(cells), dtype=np.int64)
    count, here = 1, 0
    kept[0] = 0
    while here < len(cells) - 1:
        # Double the stretch while it holds, then halve what was too much.
        reach, leap = 1, 2
        while leap <= most and here + leap < len(cells):
            if not _holds(rim, cells, costs, here, here + leap):
                break
            reach, leap = leap, leap * 2
        low, high = reach, min(leap, len(cells) - 1 - here)
        while low < high:
            middle = (low + high + 1) // 2
            if _holds(rim, cells, costs, here, here + middle):
                low = middle
            else:
                high = middle - 1
        here += low
        kept[count] = here
        count += 1
    return kept[:count]


@kernel
def _holds(rim: Any, cells: Any, costs: Any, one: int, other: int) -> Any:
    if other == one + 1:
        return True
    straight = _line_cost(rim, cells[one, 0] + 1, cells[one, 1] + 1, cells[other, 0] + 1, cells[other, 1] + 1)
    return 0.0 <= straight <= costs[other] - costs[one] + 1e-9 * (1.0 + costs[other])


@kernel
def _running(rim: Any, cells: Any) -> Any:
    costs = np.zeros(len(cells))
    for index in range(1, len(cells)):
        weights = np.int64(rim[cells[index, 0] + 1, cells[index, 1] + 1]) + np.int64(
            rim[cells[index - 1, 0] + 1, cells[index - 1, 1] + 1]
        )
        straight = cells[index, 0] == cells[index - 1, 0] or cells[index, 1] == cells[index - 1, 1]
        costs[index] = costs[index - 1] + weights * (0.5 if straight else np.sqrt(0.5))
    return costs


def pulled_tight(rim: np.ndarray, cells: np.ndarray, most: int = 4096) -> np.ndarray:
    """Corner cells (n, 2) of a path after its stairs were replaced by straight lines that cost no more.

    rim : weights from `leastcost.padded`; cells : (m, 2: row, column) neighbouring cells; most : cells per straight line

    >>> from greenrule.spatial.leastcost import padded
    >>> rim = padded(np.ones((3, 9)))
    >>> pulled_tight(rim, np.array([[0, 0], [0, 1], [0, 2], [1, 3], [1, 4], [2, 5], [2, 6]])).tolist()
    [[0, 0], [2, 6]]
    """
    cells = np.ascontiguousarray(cells, dtype=np.int64)
    return np.asarray(cells[_tight(rim, cells, _running(rim, cells), most)])
