"""Least-cost paths over a raster of whole weights: exact to the label, since labels are whole numbers.

A cell weighs 1–255, 0 is closed.  A step costs the sum of the two cells' weights times half its length; lengths are in
units of 1/985 cell (a diagonal is 1393 of them, √2 to seven digits), so that nothing is ever rounded.  Between two closed
cells that touch at a corner nobody passes, nor past the corner of one: the true line must not graze what is closed.

Source: E. W. Dijkstra (1959); buckets after R. B. Dial, CACM 12 (1969); goal-directed with the octile distance
(P. E. Hart, N. J. Nilsson, B. Raphael, 1968), which never says more than is left.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from greenrule.core.kernels import kernel

#: Half the cost units of a straight and of a diagonal step between cells of weight one.
STRAIGHT, DIAGONAL = 985, 1393
#: Cost units per cell of weight one.
UNIT = 2 * STRAIGHT
#: The label of a cell that was not reached yet, in the narrow labels that hold all but very long and dear ways, and in wide ones.
_FAR, _FARTHEST = 0xFFFFFFFF, 1 << 62
_CHUNK = 256
#: What a search comes to: no way leads there, the goal is reached, or the labels are too narrow for the cost.
_NO_WAY, _FOUND, _TOO_NARROW = 0, 1, 2


def padded(weights: np.ndarray) -> np.ndarray:
    """Weights (rows, columns) with a closed rim, as the search wants them."""
    return np.pad(np.asarray(weights, dtype=np.uint8), 1)


def least_cost(rim: np.ndarray, start: tuple[int, int], goal: tuple[int, int]) -> tuple[int, np.ndarray] | None:
    """The least cost from start to goal and its cells (n, 2: row, column); None where no way leads there.

    rim : weights from `padded`; start, goal : (row, column) of the unpadded raster

    >>> weights = np.array([[1, 1, 1], [0, 0, 1], [1, 1, 1]])
    >>> cost, cells = least_cost(padded(weights), (0, 0), (2, 0))
    >>> cost // UNIT, cells.tolist()
    (6, [[0, 0], [0, 1], [0, 2], [1, 2], [2, 2], [2, 1], [2, 0]])
    """
    width = rim.shape[1]
    source, target = (
        row * width + column for row, column in ((start[0] + 1, start[1] + 1), (goal[0] + 1, goal[1] + 1))
    )
    flat = np.ascontiguousarray(rim).ravel()
    if flat[source] == 0 or flat[target] == 0:
        return None
    least = int(flat[flat > 0].min())
    for dtype, far in ((np.uint32, _FAR), (np.int64, _FARTHEST)):
        labels = np.full(flat.size, far, dtype=dtype)
        came = _search(flat, labels, far, width, source, target, least, int(flat.max()))
        if came == _NO_WAY:
            return None
        if came == _FOUND:
            break
    cells = _trace(flat, labels, far, width, source, target)[::-1]
    return int(labels[target]), np.column_stack([cells // width - 1, cells % width - 1])


@kernel
def _left(down: int, across: int, least: int) -> int:
    """The octile distance over so many rows and columns, at the least weight."""
    down, across = abs(down), abs(across)
    few, many = min(down, across), max(down, across)
    return 2 * least * (STRAIGHT * (many - few) + DIAGONAL * few)


@kernel
def _search(flat: Any, labels: Any, far: int, width: int, source: int, target: int, least: int, most: int) -> Any:
    """Labels of all cells up to the goal; cells of one bucket may be looked at twice, labels only ever fall."""
    step = 2 * STRAIGHT * least
    # A reduced step costs at most twice what a step costs: the bucket it falls into is never further than this.
    buckets = 2 * (2 * DIAGONAL * most) // step + 3
    head = np.full(buckets, -1, dtype=np.int64)
    fill = np.zeros(buckets, dtype=np.int64)
    room = 1024
    pool = np.empty((room, _CHUNK), dtype=np.int64)
    link = np.empty(room, dtype=np.int64)
    used, free = 0, -1
    waiting = 0
    around = (-1, 1, -width, width, -width - 1, -width + 1, width - 1, width + 1)
    downs, acrosses = (0, 0, -1, 1, -1, -1, 1, 1), (-1, 1, 0, 0, -1, 1, -1, 1)
    goal_row, goal_column = target // width, target % width
    base = _left(source // width - goal_row, source % width - goal_column, least)
    labels[source] = 0
    # The first entry.
    head[0], link[0], used = 0, -1, 1
    # Row and column of a cell are kept together, so that no position has to be divided again.
    pool[0, 0], fill[0], waiting = ((source // width) << 32) | (source % width), 1, 1
    now = 0  # number of the bucket, counted on
    while waiting > 0:
        slot, floor = now % buckets, now * step
        while head[slot] >= 0:
            chunk = head[slot]
            fill[slot] -= 1
            place_of = pool[chunk, fill[slot]]
            row, column = place_of >> 32, place_of & 0xFFFFFFFF
            cell = row * width + column
            waiting -= 1
            if fill[slot] == 0:
                head[slot] = link[chunk]
                link[chunk] = free
                free = chunk
                fill[slot] = _CHUNK if head[slot] >= 0 else 0
            label = np.int64(labels[cell])
            # The bucket may be that of an earlier, dearer label: then it was looked at since.
            key = label + _left(row - goal_row, column - goal_column, least) - base
            if key < floor or key >= floor + step:
                continue  # was reached more cheaply since
            own = np.int64(flat[cell])
            for turn in range(8):
                other = cell + around[turn]
                weight = np.int64(flat[other])
                if weight == 0:
                    continue
                if turn < 4:
                    reached = label + (own + weight) * STRAIGHT
                else:
                    side = around[2] if turn < 6 else around[3]
                    if flat[cell + side] == 0 or flat[other - side] == 0:
                        continue
                    reached = label + (own + weight) * DIAGONAL
                before = np.int64(labels[other])
                if reached >= before:
                    if before == far:
                        return _TOO_NARROW
                    continue
                labels[other] = reached
                down, across = row + downs[turn], column + acrosses[turn]
                place = slot + (reached + _left(down - goal_row, across - goal_column, least) - base) // step - now
                if place >= buckets:
                    place -= buckets
                if head[place] < 0 or fill[place] == _CHUNK:
                    if free >= 0:
                        fresh = free
                        free = link[free]
                    else:
                        if used == room:
                            more, joints = (
                                np.empty((2 * room, _CHUNK), dtype=np.int64),
                                np.empty(2 * room, dtype=np.int64),
                            )
                            more[:room], joints[:room] = pool, link
                            pool, link, room = more, joints, 2 * room
                        fresh = used
                        used += 1
                    link[fresh] = head[place]
                    head[place], fill[place] = fresh, 0
                pool[head[place], fill[place]] = (down << 32) | across
                fill[place] += 1
                waiting += 1
        if np.int64(labels[target]) != far and (np.int64(labels[target]) - base) // step <= now:
            return _FOUND
        now += 1
    return _FOUND if np.int64(labels[target]) != far else _NO_WAY


@kernel
def _trace(flat: Any, labels: Any, far: int, width: int, source: int, target: int) -> Any:
    """Cells from the goal back to the start: each label is its predecessor's plus the step, exactly."""
    around = (-1, 1, -width, width, -width - 1, -width + 1, width - 1, width + 1)
    path = np.empty(1024, dtype=np.int64)
    count, cell = 0, target
    while True:
        if count == path.size:
            longer = np.empty(2 * count, dtype=np.int64)
            longer[:count] = path
            path = longer
        path[count] = cell
        count += 1
        if cell == source:
            return path[:count]
        label, own = np.int64(labels[cell]), np.int64(flat[cell])
        for turn in range(8):
            other = cell + around[turn]
            weight = np.int64(flat[other])
            if weight == 0 or np.int64(labels[other]) == far:
                continue
            if turn >= 4:
                side = around[2] if turn < 6 else around[3]
                if flat[cell + side] == 0 or flat[other - side] == 0:
                    continue
            if np.int64(labels[other]) + (own + weight) * (STRAIGHT if turn < 4 else DIAGONAL) == label:
                cell = other
                break
