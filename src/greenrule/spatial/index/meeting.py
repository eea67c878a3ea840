"""Lines and areas asked of an index: where they begin, which borders they meet, and what lies wholly inside them.

A site meets a part where one of its chains begins in the part, where a segment of it meets an edge of the part, or
where the part lies inside the site without meeting its border.  The first is a point asked; the second looks at the
cells that the segment may enter; the third asks one vertex of every chain of the layer within the site's box.
"""

from __future__ import annotations

import math

import numpy as np

from greenrule.core.kernels import fetch_ahead, inner, kernel
from greenrule.spatial.index.asking import enter, from_corner, leaf
from greenrule.spatial.index.boxes import OPEN, foresee
from greenrule.spatial.index.edges import meet_queued, meet_small, note
from greenrule.spatial.index.laying import ROUNDING, lengthened
from greenrule.spatial.index.limits import MOST_PARTS
from greenrule.spatial.index.predicates import ordinary, orient
from greenrule.spatial.index.sets import load

# Items glanced at before they are looked at.
_BLOCK = 128
# Cells that wait to be looked at together: twice the fetches that a processor has under way, and more.
_QUEUE = 256
# With what they may be split into: 16 x 16 at each of four depths.
_ROOM = 2048
# A chain of more edges, or over more cells of the top grid, is followed edge by edge.
_FEW, _MOST_CELLS = 64, 16.0


@inner
def _inside(x, y, asked, starts, areal, first_chain, last_chain):
    """Whether a point that is on no border of an item lies in it: by parity over all of its rings."""
    odd = False
    for chain in range(first_chain, last_chain):
        if not areal[chain]:
            continue
        px, py = asked[starts[chain], 0], asked[starts[chain], 1]
        for v in range(starts[chain] + 1, starts[chain + 1]):
            qx, qy = asked[v, 0], asked[v, 1]
            if (py <= y) != (qy <= y):
                if min(px, qx) > x:
                    odd = not odd
                elif max(px, qx) >= x:
                    found = orient(px, py, qx, qy, x, y) if py <= y else orient(qx, qy, px, py, x, y)
                    if found > 0:
                        odd = not odd
            px, py = qx, qy
    return odd


@inner
def _sort(values, count):
    """Shell's sort, ascending (Ciura's gaps, then thirds)."""
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(gap, count):
            value, at = values[k], k
            while at >= gap and values[at - gap] > value:
                values[at] = values[at - gap]
                at -= gap
            values[at] = value
        gap //= 3


@inner
def _first_not_below(values, wanted):
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@inner
def _swallow(
    asked, starts, areal, first_chain, last_chain, turn, grid, scale, tables, points,
    anchor_cell, anchor_vertex, anchor_part, anchor_shell, mark, begun, found, count,
):  # fmt: skip
    """Note the parts inside an area that do not meet its border, and those whose holes lie in it."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for chain in range(first_chain, last_chain):
        if areal[chain]:
            for v in range(starts[chain], starts[chain + 1]):
                west, east = min(west, asked[v, 0]), max(east, asked[v, 0])
                south, north = min(south, asked[v, 1]), max(north, asked[v, 1])
    if not west <= east:
        return count
    left, right = max(np.floor(west * scale) - grid[1], 0.0), min(np.floor(east * scale) - grid[1], grid[3] - 1.0)
    bottom, top = max(np.floor(south * scale) - grid[2], 0.0), min(np.floor(north * scale) - grid[2], grid[4] - 1.0)
    if not (left <= right and bottom <= top):
        return count
    if left == right and bottom == top and tables[int(bottom) * grid[3] + int(left)] >= 0:
        return count
    for row in range(int(bottom), int(top) + 1):
        at = _first_not_below(anchor_cell, row * grid[3] + int(left))
        last = row * grid[3] + int(right)
        while at < len(anchor_cell) and anchor_cell[at] <= last:
            part, shell = anchor_part[at], anchor_shell[at]
            x, y = points[anchor_vertex[at], 0], points[anchor_vertex[at], 1]
            at += 1
            if x < west or x > east or y < south or y > north:
                continue
            # A shell matters where the part is not met yet, a hole where the site seems to lie wholly in the part.
            if mark[part] != 2 * turn if not shell else mark[part] >= 2 * turn:
                continue
            if _inside(x, y, asked, starts, areal, first_chain, last_chain):
                count = note(part, turn, True, mark, begun, found, count)
    return count


@kernel
def ask_chains(
    asked, starts, areal, item_chains, begin, end, grid, tables, cells, points, set_starts, set_items, part_row, part_areal,
    anchor_cell, anchor_vertex, anchor_part, anchor_shell,
):  # fmt: skip
    """What the items from `begin` to `end` meet, as `asking.ask_points` tells it; the flag says that an item is not wholly
    inside a row.

    asked : (n, 2) vertices, chain by chain; starts : (chains + 1,); areal : (chains,) whether a chain is a ring of an
    area; item_chains : (items + 1,) first chain of each item
    Returns the codes, the list, the number of pairs, and the items that this arithmetic cannot decide.
    """
    parts = len(part_row)
    codes = np.full(end - begin, -1, np.int32)
    several = np.empty(1024, np.int32)
    undecided = np.empty(16, np.int64)
    state, touched = np.empty(MOST_PARTS, np.int32), np.empty(MOST_PARTS, np.int32)
    mark, begun, found = np.full(parts, -1, np.int64), np.zeros(parts, np.int32), np.empty(parts, np.int32)
    queue, queued = np.empty((_ROOM, 5), np.int64), 0
    scale = math.ldexp(1.0, grid[0])
    size = 1.0 / scale
    west, south = float(grid[1]), float(grid[2])
    east, north = float(grid[1] + grid[3] - 1), float(grid[2] + grid[4] - 1)
    nx = grid[3]
    n, m, pairs = 0, 0, 0
    entries, boxes = np.empty(_BLOCK, np.int32), np.empty((_BLOCK, 4))
    for item in range(begin, end):
        if (item - begin) % _BLOCK == 0:
            stop = min(item + _BLOCK, end)
            _glance(asked, starts, item_chains, item, stop, grid, scale, tables, entries, boxes)
            foresee(boxes, 0, stop - item, entries, grid, scale, tables, cells, points)
        entry = entries[(item - begin) % _BLOCK]
        if 0 <= entry <= parts:
            if entry > 0:
                part = entry - 1
                inside = part_areal[part] != 0
                if inside:
                    codes[item - begin] = part_row[part]
                    pairs += 1
                    continue
            else:
                continue
        count, area, extended = 0, False, False
        for v in range(starts[item_chains[item]], starts[item_chains[item + 1]]):
            if not (ordinary(asked[v, 0]) and ordinary(asked[v, 1])):
                count = -1
                break
        for chain in range(item_chains[item], item_chains[item + 1]):
            if count < 0:
                break
            area = area or areal[chain]
            first, last = starts[chain], starts[chain + 1] - 1
            extended = extended or last > first
            ax, ay = asked[first, 0], asked[first, 1]
            entry, fine = leaf(ax, ay, grid, scale, tables, cells)
            held, touching = 0, 0
            if entry > 0:
                held = load(entry, parts, set_starts, set_items, state)
            elif entry < 0:
                held, touching = from_corner(
                    ax, ay, fine, -entry - 1, points, cells, parts, set_starts, set_items, state, touched
                )
                if held < 0:
                    count = -1
                    break
            for t in range(touching):
                count = note(touched[t], item, True, mark, begun, found, count)
            for t in range(held):
                count = note(state[t], item, False, mark, begun, found, count)
                begun[state[t]] += 1
            if count >= 0 and last - first <= _FEW:
                told = _by_box(
                    asked, first, last, item, grid, scale, tables, queue, cells, points, mark, begun, found, count
                )
                if told != -2:
                    count = told
                    continue
            column, row = np.floor(ax * scale), np.floor(ay * scale)
            for v in range(first + 1, last + 1):
                bx, by = asked[v, 0], asked[v, 1]
                next_column, next_row = np.floor(bx * scale), np.floor(by * scale)
                left, right = min(column, next_column), max(column, next_column)
                y, last_y = max(min(row, next_row), south), min(max(row, next_row), north)
                slanted = left != right and row != next_row
                slope, rounding = 0.0, 0.0
                if slanted:
                    slope = (bx - ax) / (by - ay)
                    rounding = ROUNDING * max(abs(ax), abs(bx))
                least, most, low, high = min(ax, bx), max(ax, bx), min(ay, by), max(ay, by)
                while y <= last_y:
                    if slanted:  # as `laying.columns` does
                        one = ax + (max(y * size, low) - ay) * slope
                        two = ax + (min((y + 1.0) * size, high) - ay) * slope
                        left = np.floor(max(least, min(one, two) - rounding) * scale)
                        right = np.floor(min(most, max(one, two) + rounding) * scale)
                    x, last_x = max(left, west), min(right, east)
                    if x <= last_x:
                        at = int(y - south) * nx + int(x - west)
                        for _ in range(int(last_x - x) + 1):
                            entry = tables[at]
                            at += 1
                            if entry < 0:
                                if queued == _QUEUE:
                                    count = meet_queued(
                                        asked,
                                        queue,
                                        queued,
                                        item,
                                        tables,
                                        cells,
                                        points,
                                        mark,
                                        begun,
                                        found,
                                        count,
                                    )
                                    queued = 0
                                fetch_ahead(cells, -entry - 1)
                                queue[queued, 0], queue[queued, 1], queue[queued, 2] = v, -entry - 1, int(x)
                                queue[queued, 3], queue[queued, 4] = int(y), grid[0]
                                queued += 1
                            x += 1.0
                    y += 1.0
                ax, ay, column, row = bx, by, next_column, next_row
            count = meet_queued(asked, queue, queued, item, tables, cells, points, mark, begun, found, count)
            queued = 0
            if count < 0:
                break
        if count >= 0 and area:
            count = _swallow(
                asked, starts, areal, item_chains[item], item_chains[item + 1], item, grid, scale, tables, points,
                anchor_cell, anchor_vertex, anchor_part, anchor_shell, mark, begun, found, count,
            )  # fmt: skip
        if count <= 0:
            if count < 0:
                undecided = lengthened(undecided, m, m + 1)
                undecided[m] = item
                m += 1
            continue
        several = lengthened(several, n, n + 1 + 2 * count)
        _sort(found, count)
        chains = item_chains[item + 1] - item_chains[item]
        rows = 0
        for t in range(count):
            part = found[t]
            if part_areal[part]:
                inside = mark[part] == 2 * item and begun[part] == chains
            else:  # a point on a line is not on the border of anything
                inside = not extended
            rows = enter(several, n + 1, rows, part_row[part], 0 if inside else 1)
        pairs += rows
        if rows == 1 and several[n + 2] == 0:
            codes[item - begin] = several[n + 1]
        else:
            several[n] = rows
            codes[item - begin] = -(n + 2)
            n += 1 + 2 * rows
    return codes, several[:n], pairs, undecided[:m]


@inner
def _glance(asked, starts, item_chains, begin, end, grid, scale, tables, entries, boxes):
    """The entry of the cells that each item keeps to, where these are at most 2 x 2 and no border enters them; else
    `OPEN`.  The boxes of items of one small chain are written, west NaN for others.

    Cells beside each other that no border enters hold the same set, since nothing lies between.  The four are fetched
    without asking first, so that the processor has many fetches under way.
    """
    nx, ny = grid[3], grid[4]
    for item in range(begin, end):
        chain = item_chains[item]
        entries[item - begin], boxes[item - begin, 0] = OPEN, np.nan
        if item_chains[item + 1] != chain + 1 or starts[chain + 1] - starts[chain] > _FEW:
            continue
        west, south = asked[starts[chain], 0], asked[starts[chain], 1]
        east, north = west, south
        for v in range(starts[chain] + 1, starts[chain + 1]):
            x, y = asked[v, 0], asked[v, 1]
            west, east = min(west, x), max(east, x)
            south, north = min(south, y), max(north, y)
        box = boxes[item - begin]
        box[0], box[1], box[2], box[3] = west, south, east, north
        left, right = np.floor(west * scale) - grid[1], np.floor(east * scale) - grid[1]
        bottom, top = np.floor(south * scale) - grid[2], np.floor(north * scale) - grid[2]
        if not (
            left >= 0.0 and bottom >= 0.0 and right < nx and top < ny and right - left <= 1.0 and top - bottom <= 1.0
        ):
            continue
        low, high = int(bottom) * nx, int(top) * nx
        one, two = tables[low + int(left)], tables[low + int(right)]
        three, four = tables[high + int(left)], tables[high + int(right)]
        entries[item - begin] = max(min(min(one, two), min(three, four)), OPEN)


@inner
def _by_box(asked, first, last, turn, grid, scale, tables, queue, cells, points, mark, begun, found, count):
    """Note the parts whose edges meet a chain of few vertices, if its box is over few cells, else -2."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    for v in range(first, last + 1):
        west, east = min(west, asked[v, 0]), max(east, asked[v, 0])
        south, north = min(south, asked[v, 1]), max(north, asked[v, 1])
    wide, high = np.floor(east * scale) - np.floor(west * scale), np.floor(north * scale) - np.floor(south * scale)
    # Also false for what is no number.
    if not (wide + 1.0) * (high + 1.0) <= _MOST_CELLS:
        return -2
    return meet_small(
        asked, first, last, west, south, east, north, turn, grid, scale, tables, queue, cells, points, mark, begun, found, count
    )  # fmt: skip
