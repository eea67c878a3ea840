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
def _meet_cell(ax, ay, bx, by, record, turn, cells, points, mark, begun, found, count):
    """Note the parts whose edges in one cell meet the segment; the count is -1 where the arithmetic cannot decide."""
    left, right, low, high = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
    at = record + 2
    for _ in range(cells[record + 1]):
        first, edges, a, b = cells[at], cells[at + 1], cells[at + 2], cells[at + 3]
        at += 4
        if mark[a] == 2 * turn + 1 and (b < 0 or mark[b] == 2 * turn + 1):
            continue
        px, py = points[first, 0], points[first, 1]
        for v in range(first + 1, first + edges + 1):
            qx, qy = points[v, 0], points[v, 1]
            if max(px, qx) >= left and min(px, qx) <= right and max(py, qy) >= low and min(py, qy) <= high:
                met = segments_meet(ax, ay, bx, by, px, py, qx, qy)
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
def _meet(
    ax, ay, bx, by, record, column, row, level, turn, tables, cells, points, stack, mark, begun, found, count
):  # fmt: skip
    """The same for a cell that may have been split."""
    if cells[record + 1] >= 0:
        return _meet_cell(ax, ay, bx, by, record, turn, cells, points, mark, begun, found, count)
    waiting = 1
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = record, column, row, level
    while waiting > 0:
        waiting -= 1
        record, power = stack[waiting, 0], -cells[stack[waiting, 0] + 1]
        level = stack[waiting, 3] + power
        west, south = stack[waiting, 1] << power, stack[waiting, 2] << power
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
                    inner = -entry - 1
                    if cells[inner + 1] >= 0:
                        count = _meet_cell(ax, ay, bx, by, inner, turn, cells, points, mark, begun, found, count)
                        if count < 0:
                            return count
                    else:
                        stack[waiting, 0], stack[waiting, 1] = inner, int(x)
                        stack[waiting, 2], stack[waiting, 3] = int(y), level
                        waiting += 1
                x += 1.0
            y += 1.0
    return count


@inner
def _split(
    ax, ay, bx, by, record, column, row, level, turn, place, queue, n, tables, cells, points, stack, mark, begun, found, count
):  # fmt: skip
    """Append to the queue the cells with borders of a split cell that a segment may enter; those for which there is no
    room are met at once.  Returns the length of the queue and the count."""
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
            if entry < 0 and count >= 0:
                inner = -entry - 1
                if n < len(queue):
                    fetch_ahead(cells, inner)
                    queue[n, 0], queue[n, 1], queue[n, 2], queue[n, 3], queue[n, 4] = (
                        place,
                        inner,
                        int(x),
                        int(y),
                        level,
                    )
                    n += 1
                else:
                    count = _meet(
                        ax, ay, bx, by, inner, int(x), int(y), level, turn, tables, cells, points, stack, mark, begun, found,
                        count,
                    )  # fmt: skip
            x += 1.0
        y += 1.0
    return n, count


@inner
def meet_queued(asked, queue, n, turn, tables, cells, points, stack, mark, begun, found, count):
    """Note the parts met in the cells of a queue: the segment's last vertex, the record, column, row and level of each.

    What the later ones need is fetched while the earlier are looked at, first the records and then the edges.
    """
    at = 0
    while at < n:
        record = queue[at, 1]
        if cells[record + 1] >= 0:
            fetch_ahead(points, cells[record + 2])
            fetch_ahead(points, cells[record + 2] + 4)
        at += 1
    at = 0
    while at < n and count >= 0:
        v, record = queue[at, 0], queue[at, 1]
        ax, ay, bx, by = asked[v - 1, 0], asked[v - 1, 1], asked[v, 0], asked[v, 1]
        if cells[record + 1] >= 0:
            count = _meet_cell(ax, ay, bx, by, record, turn, cells, points, mark, begun, found, count)
        else:
            n, count = _split(
                ax, ay, bx, by, record, queue[at, 2], queue[at, 3], queue[at, 4], turn, v, queue, n, tables, cells, points,
                stack, mark, begun, found, count,
            )  # fmt: skip
        at += 1
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
