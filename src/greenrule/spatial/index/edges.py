"""Segments and small chains asked of the cells with borders: which parts' edges they meet.

What is far in memory (a cell's record, then its edges) waits in a queue and is fetched while others are looked at.
"""

from __future__ import annotations

import math

import numpy as np

from greenrule.core.kernels import fetch_ahead, inner
from greenrule.spatial.index.boxes import beside
from greenrule.spatial.index.laying import columns
from greenrule.spatial.index.predicates import UNDECIDED, segments_meet


@inner
def note(part, turn, contact, mark, begun, found, count):
    """Remember that the item whose turn it is meets a part; `found` has room for every part.

    mark : (parts,) twice the turn in which a part was met last, and one more where their borders meet
    begun : (parts,) how many chains of the item begin in the part
    """
    if mark[part] < 2 * turn:
        mark[part] = 2 * turn
        begun[part] = 0
        found[count] = part
        count += 1
    if contact:
        mark[part] = 2 * turn + 1
    return count


@inner
def _unfold(ax, ay, bx, by, record, column, row, level, place, queue, n, tables, cells):
    """Append to a queue the cells with borders of a split cell that a segment may enter; the length of the queue, -1
    where it has no room."""
    power = -cells[record + 1]
    level += power
    west, south = column << power, row << power
    across = 1 << power
    scale = math.ldexp(1.0, level)
    size = 1.0 / scale
    y = max(np.floor(min(ay, by) * scale), float(south))
    last_y = min(np.floor(max(ay, by) * scale), float(south + across - 1))
    while y <= last_y:
        left, right = columns(ax, ay, bx, by, y * size, (y + 1.0) * size, scale)
        x, last_x = max(left, float(west)), min(right, float(west + across - 1))
        while x <= last_x:
            entry = tables[cells[record] + (int(y - south) << power) + int(x - west)]
            if entry < 0:
                if n == len(queue):
                    return -1
                fetch_ahead(cells, -entry - 1)
                queue[n, 0], queue[n, 1], queue[n, 2], queue[n, 3], queue[n, 4] = (
                    place,
                    -entry - 1,
                    int(x),
                    int(y),
                    level,
                )
                n += 1
            x += 1.0
        y += 1.0
    return n


@inner
def meet_queued(asked, queue, n, turn, tables, cells, points, mark, begun, found, count):
    """Note the parts met in the cells of a queue: the segment's last vertex, the record, column, row and level of each.
    The count is -1 where the arithmetic cannot decide, or more cells would wait than there is room for.

    What the later ones need is fetched while the earlier are looked at, first the records and then the edges.  The last
    is taken first, so that no more wait than one split cell holds at each depth.
    """
    for at in range(n):
        record = queue[at, 1]
        if cells[record + 1] >= 0:
            fetch_ahead(points, cells[record + 2])
            fetch_ahead(points, cells[record + 2] + 4)
    while n > 0 and count >= 0:
        n -= 1
        v, record = queue[n, 0], queue[n, 1]
        ax, ay, bx, by = asked[v - 1, 0], asked[v - 1, 1], asked[v, 0], asked[v, 1]
        if cells[record + 1] >= 0:
            count = _meet_edges(
                asked, v - 1, v, min(ax, bx), min(ay, by), max(ax, bx), max(ay, by), record, turn, cells, points, mark, begun,
                found, count,
            )  # fmt: skip
        else:
            n = _unfold(ax, ay, bx, by, record, queue[n, 2], queue[n, 3], queue[n, 4], v, queue, n, tables, cells)
            if n < 0:
                return -1
    return count


@inner
def meet_small(
    asked, first, last, west, south, east, north, turn, grid, scale, tables, queue, cells, points, mark, begun, found, count
):  # fmt: skip
    """Note the parts whose edges meet a chain of few vertices in a box over few cells; the count is -1 where the
    arithmetic cannot decide, -2 where the queue has no room and nothing is told.

    The edges in the cells of the box are asked, not the cells of each segment: most of a cell's edges pass by the box.
    """
    left, right = max(np.floor(west * scale) - grid[1], 0.0), min(np.floor(east * scale) - grid[1], grid[3] - 1.0)
    bottom, top = max(np.floor(south * scale) - grid[2], 0.0), min(np.floor(north * scale) - grid[2], grid[4] - 1.0)
    n = 0
    if left > right or bottom > top:
        return count
    for row in range(int(bottom), int(top) + 1):
        for column in range(int(left), int(right) + 1):
            entry = tables[row * grid[3] + column]
            if entry < 0:
                fetch_ahead(cells, -entry - 1)
                queue[n, 1], queue[n, 2], queue[n, 3] = -entry - 1, column + grid[1], row + grid[2]
                queue[n, 4] = grid[0]
                n += 1
    at = 0
    while at < n:
        record = queue[at, 1]
        if cells[record + 1] >= 0:
            fetch_ahead(points, cells[record + 2])
            fetch_ahead(points, cells[record + 2] + 4)
            at += 1
            continue
        power = -cells[record + 1]
        level = queue[at, 4] + power
        corner_x, corner_y = queue[at, 2] << power, queue[at, 3] << power
        most, fine = float((1 << power) - 1), math.ldexp(1.0, level)
        left, right = max(np.floor(west * fine) - corner_x, 0.0), min(np.floor(east * fine) - corner_x, most)
        bottom, top = max(np.floor(south * fine) - corner_y, 0.0), min(np.floor(north * fine) - corner_y, most)
        for y in range(int(bottom), int(top) + 1):
            for x in range(int(left), int(right) + 1):
                entry = tables[cells[record] + (y << power) + x]
                if entry < 0:
                    if n == len(queue):
                        return -2
                    fetch_ahead(cells, -entry - 1)
                    queue[n, 1], queue[n, 2], queue[n, 3], queue[n, 4] = -entry - 1, corner_x + x, corner_y + y, level
                    n += 1
        at += 1
    for at in range(n):
        record = queue[at, 1]
        if cells[record + 1] >= 0 and count >= 0:
            count = _meet_edges(
                asked, first, last, west, south, east, north, record, turn, cells, points, mark, begun, found, count
            )
    return count


@inner
def _meet_edges(
    asked, first, last, west, south, east, north, record, turn, cells, points, mark, begun, found, count
):  # fmt: skip
    """Note the parts whose edges in one cell meet a chain within a box."""
    at = record + 2
    for _ in range(cells[record + 1]):
        begin, edges, a, b = cells[at], cells[at + 1], cells[at + 2], cells[at + 3]
        at += 4
        if mark[a] == 2 * turn + 1 and (b < 0 or mark[b] == 2 * turn + 1):
            continue
        px, py = points[begin, 0], points[begin, 1]
        for v in range(begin + 1, begin + edges + 1):
            qx, qy = points[v, 0], points[v, 1]
            # One condition, not four: most edges fail one or another of them, which the processor cannot foresee.
            near = (max(px, qx) >= west) & (min(px, qx) <= east) & (max(py, qy) >= south) & (min(py, qy) <= north)
            if near and not beside(west, south, east, north, px, py, qx, qy):
                met = _met_by(asked, first, last, px, py, qx, qy)
                if met == UNDECIDED:
                    return -1
                if met:
                    count = note(a, turn, True, mark, begun, found, count)
                    if b >= 0:
                        count = note(b, turn, True, mark, begun, found, count)
                    break
            px, py = qx, qy
    return count


@inner
def _met_by(asked, first, last, px, py, qx, qy):
    """1 where a chain has a point in common with an edge, 0 where not."""
    left, right, low, high = min(px, qx), max(px, qx), min(py, qy), max(py, qy)
    ax, ay = asked[first, 0], asked[first, 1]
    for v in range(first + 1, last + 1):
        bx, by = asked[v, 0], asked[v, 1]
        if (max(ax, bx) >= left) & (min(ax, bx) <= right) & (max(ay, by) >= low) & (min(ay, by) <= high):
            met = segments_meet(ax, ay, bx, by, px, py, qx, qy)
            if met != 0:
                return met
        ax, ay = bx, by
    return 0
