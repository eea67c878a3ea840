"""What the box of a site tells alone: where no border enters the box, the whole site is in what any place of it is in.

Most sites are small and keep away from borders.  Their vertices are then never taken out of the geometries, which costs
more than the answer.
"""

from __future__ import annotations

import math

import numpy as np

from greenrule.core.kernels import fetch_ahead, inner, kernel
from greenrule.spatial.index.asking import enter, from_corner, leaf
from greenrule.spatial.index.laying import lengthened
from greenrule.spatial.index.limits import MOST_PARTS
from greenrule.spatial.index.predicates import UNDERFLOW
from greenrule.spatial.index.sets import FULL, load

# Boxes glanced at before they are looked at.
_BLOCK = 128
# A box over more cells of the top grid than this is not looked at.
_MOST_CELLS = 64.0
# Nor is what belongs to more cells than this fetched ahead.
_FORESEEN = 16.0
# Rounding of the place of a box beside a line, in parts of its coordinates; ten roundings at most, of 2⁻⁵³ each.
_ROUNDING = 2.0**-48
# What is not told by the box, and a box of which every cell has borders (though none of these enters the box).
OPEN, _NOWHERE = -1, -2


@inner
def beside(west, south, east, north, ax, ay, bx, by):
    """Whether a box surely lies on one side of the line through two points."""
    dx, dy = bx - ax, by - ay
    middle = dx * ((south + north) * 0.5 - ay) - dy * ((west + east) * 0.5 - ax)
    reach = abs(dx) * (north - south) * 0.5 + abs(dy) * (east - west) * 0.5
    sizes = abs(ax) + abs(ay) + abs(west) + abs(south) + abs(east) + abs(north)
    return abs(middle) > reach + _ROUNDING * sizes * (abs(dx) + abs(dy)) + UNDERFLOW


@inner
def _entered(west, south, east, north, record, cells, points):
    """Whether an edge of one cell may have a point in common with a box; never False where one has."""
    at = record + 2
    for _ in range(cells[record + 1]):
        first, edges = cells[at], cells[at + 1]
        at += 4
        px, py = points[first, 0], points[first, 1]
        for v in range(first + 1, first + edges + 1):
            qx, qy = points[v, 0], points[v, 1]
            # One condition, not four: most edges fail one or another of them, which the processor cannot foresee.
            near = (max(px, qx) >= west) & (min(px, qx) <= east) & (max(py, qy) >= south) & (min(py, qy) <= north)
            if near and not beside(west, south, east, north, px, py, qx, qy):
                return True
            px, py = qx, qy
    return False


@inner
def _over(west, south, east, north, record, column, row, level, tables, cells, points, stack):
    """The set over a box within a cell with borders: the entry of a part of the cell without any, `_NOWHERE`, or
    `OPEN` where a border may enter the box."""
    if cells[record + 1] >= 0:
        return OPEN if _entered(west, south, east, north, record, cells, points) else _NOWHERE
    known = _NOWHERE
    waiting = 1
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = record, column, row, level
    while waiting > 0:
        waiting -= 1
        record, power = stack[waiting, 0], -cells[stack[waiting, 0] + 1]
        level = stack[waiting, 3] + power
        left, bottom = stack[waiting, 1] << power, stack[waiting, 2] << power
        last = (1 << power) - 1
        scale = math.ldexp(1.0, level)
        first_x, last_x = max(np.floor(west * scale) - left, 0.0), min(np.floor(east * scale) - left, float(last))
        first_y, last_y = max(np.floor(south * scale) - bottom, 0.0), min(np.floor(north * scale) - bottom, float(last))
        for y in range(int(first_y), int(last_y) + 1):
            for x in range(int(first_x), int(last_x) + 1):
                entry = tables[cells[record] + (y << power) + x]
                if entry >= 0:
                    known = entry
                elif cells[-entry] >= 0:
                    if _entered(west, south, east, north, -entry - 1, cells, points):
                        return OPEN
                else:
                    stack[waiting, 0], stack[waiting, 1] = -entry - 1, left + x
                    stack[waiting, 2], stack[waiting, 3] = bottom + y, level
                    waiting += 1
    return known


@inner
def _glance(boxes, begin, end, grid, scale, tables, entries):
    """The entry of the cells that each box keeps to, where these are at most 2 x 2 and no border enters them; else
    `OPEN`.

    Cells beside each other that no border enters hold the same set, since nothing lies between.  The four are fetched
    without asking first, so that the processor has many fetches under way.
    """
    nx, ny = grid[3], grid[4]
    for k in range(begin, end):
        left, right = np.floor(boxes[k, 0] * scale) - grid[1], np.floor(boxes[k, 2] * scale) - grid[1]
        bottom, top = np.floor(boxes[k, 1] * scale) - grid[2], np.floor(boxes[k, 3] * scale) - grid[2]
        # Also false for what is no number.
        small = (
            (left >= 0.0) & (bottom >= 0.0) & (right < nx) & (top < ny) & (right - left <= 1.0) & (top - bottom <= 1.0)
        )
        low = int(bottom) * nx if small else 0
        high = int(top) * nx if small else 0
        one, two = (int(left) if small else 0), (int(right) if small else 0)
        entry = min(min(tables[low + one], tables[low + two]), min(tables[high + one], tables[high + two]))
        entries[k - begin] = max(entry, OPEN) if small else OPEN


@inner
def foresee(boxes, begin, end, entries, grid, scale, tables, cells, points):
    """Fetch ahead what will be needed for the boxes from `begin` to `end` whose entry is `OPEN`: their cells' records,
    then what these name, then the records of split cells.

    boxes : (n, 4) west, south, east, north; entries : (end - begin,)
    """
    for deep in range(3):
        for k in range(begin, end):
            if entries[k - begin] != OPEN:
                continue
            west, south, east, north = boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3]
            left, right = np.floor(west * scale) - grid[1], np.floor(east * scale) - grid[1]
            bottom, top = np.floor(south * scale) - grid[2], np.floor(north * scale) - grid[2]
            within = left >= 0.0 and bottom >= 0.0 and right < grid[3] and top < grid[4]
            if not (within and (right - left + 1.0) * (top - bottom + 1.0) <= _FORESEEN):
                continue
            for row in range(int(bottom), int(top) + 1):
                for column in range(int(left), int(right) + 1):
                    entry = tables[row * grid[3] + column]
                    if entry >= 0:
                        continue
                    record = -entry - 1
                    if deep == 0:
                        fetch_ahead(cells, record)
                    elif cells[record + 1] >= 0:
                        if deep == 1:
                            fetch_ahead(points, cells[record + 2])
                            fetch_ahead(points, cells[record + 2] + 4)
                    elif deep == 1:
                        fetch_ahead(tables, cells[record])
                        fetch_ahead(tables, cells[record] + 16)
                    else:
                        power = -cells[record + 1]
                        fine, last = scale * (1 << power), float((1 << power) - 1)
                        x = max(np.floor(west * fine) - ((int(column) + grid[1]) << power), 0.0)
                        y = max(np.floor(south * fine) - ((int(row) + grid[2]) << power), 0.0)
                        inner_entry = tables[cells[record] + (int(min(y, last)) << power) + int(min(x, last))]
                        if inner_entry < 0:
                            fetch_ahead(cells, -inner_entry - 1)


@inner
def _looked_at(box, grid, scale, tables, cells, points, stack):
    """The set over a box, `_NOWHERE` where all of its cells have borders, `OPEN` where a border may enter it."""
    west, south, east, north = box[0], box[1], box[2], box[3]
    left, right = max(np.floor(west * scale) - grid[1], 0.0), min(np.floor(east * scale) - grid[1], grid[3] - 1.0)
    bottom, top = max(np.floor(south * scale) - grid[2], 0.0), min(np.floor(north * scale) - grid[2], grid[4] - 1.0)
    if not (west <= east and south <= north):
        return OPEN
    if left > right or bottom > top:
        return 0
    if (right - left + 1.0) * (top - bottom + 1.0) > _MOST_CELLS:
        return OPEN
    known = _NOWHERE
    for row in range(int(bottom), int(top) + 1):
        for column in range(int(left), int(right) + 1):
            entry = tables[row * grid[3] + column]
            if entry < 0:
                entry = _over(
                    west, south, east, north, -entry - 1, column + grid[1], row + grid[2], grid[0], tables, cells, points, stack
                )  # fmt: skip
                if entry == OPEN:
                    return OPEN
            known = max(known, entry)
    return known


@inner
def _at_corner(box, grid, scale, tables, cells, points, parts, set_starts, set_items, state, touched):
    """The set at the lower left of a box that no border enters, written into `state`; its size, or `FULL`."""
    entry, scale = leaf(box[0], box[1], grid, scale, tables, cells)
    if entry >= 0:
        return load(entry, parts, set_starts, set_items, state)
    return from_corner(
        box[0], box[1], scale, -entry - 1, points, cells, parts, set_starts, set_items, state, touched
    )[0]  # fmt: skip


@kernel
def ask_boxes(boxes, begin, end, grid, tables, cells, points, set_starts, set_items, part_row):
    """What the boxes from `begin` to `end` lie wholly inside, as `asking.ask_points` tells it; the flag is never set.

    boxes : (n, 4) west, south, east, north; what is no number is left open
    Returns the codes, the list, the number of pairs, and the items that their boxes leave open.
    """
    parts = len(part_row)
    codes = np.full(end - begin, -1, np.int32)
    left_open = np.empty(end - begin, np.int64)
    several = np.empty(1024, np.int32)
    state, touched = np.empty(MOST_PARTS, np.int32), np.empty(MOST_PARTS, np.int32)
    stack = np.empty((2048, 4), np.int64)
    entries = np.empty(_BLOCK, np.int32)
    scale = math.ldexp(1.0, grid[0])
    n, m, pairs = 0, 0, 0
    for block in range(begin, end, _BLOCK):
        _glance(boxes, block, min(block + _BLOCK, end), grid, scale, tables, entries)
        foresee(boxes, block, min(block + _BLOCK, end), entries, grid, scale, tables, cells, points)
        for k in range(block, min(block + _BLOCK, end)):
            entry = entries[k - block]
            if entry == OPEN:
                entry = _looked_at(boxes[k], grid, scale, tables, cells, points, stack)
            if 0 < entry <= parts:
                codes[k - begin] = part_row[entry - 1]
                pairs += 1
                continue
            if entry == 0:
                continue
            size = FULL
            if entry == _NOWHERE:
                size = _at_corner(
                    boxes[k], grid, scale, tables, cells, points, parts, set_starts, set_items, state, touched
                )
            elif entry > 0:
                size = load(entry, parts, set_starts, set_items, state)
            if size < 0:
                left_open[m] = k
                m += 1
                continue
            if size == 0:
                continue
            several = lengthened(several, n, n + 1 + 2 * size)
            count = 0
            for t in range(size):
                count = enter(several, n + 1, count, part_row[state[t]], 0)
            codes[k - begin] = -(n + 2)
            several[n] = count
            n += 1 + 2 * count
            pairs += count
    return codes, several[:n], pairs, left_open[:m]
