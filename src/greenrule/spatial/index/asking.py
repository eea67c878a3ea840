"""Points asked of an index: down to the cell, and in a cell with borders from its corner to the point.

The way from the corner goes up the cell's left side and then right; every stretch that it crosses an odd number of
times is a border that was really crossed.  Both turns use the rule of `laying.side`, so that a way through a vertex
counts once.  A point on an edge is on the border of the parts beside it, and in them.
"""

from __future__ import annotations

import math

import numpy as np

from greenrule.core.kernels import fetch_ahead, inner, kernel
from greenrule.spatial.index.laying import lengthened, side
from greenrule.spatial.index.limits import MOST_PARTS
from greenrule.spatial.index.predicates import ordinary, orient
from greenrule.spatial.index.sets import FULL, cross, load

# Points asked at a time: what is fetched ahead for them stays in the first caches.
_BLOCK = 512


@inner
def leaf(x, y, grid, scale, tables, cells):
    """The entry and the scale (cells per degree) of the smallest cell with a point in it; entry 0 outside the grid.

    An entry that is not negative is a set; -(k + 1) is the record of a cell with borders, at `cells[k]`.
    """
    column, row = np.floor(x * scale) - grid[1], np.floor(y * scale) - grid[2]
    # Also false for what is no number.
    if not (column >= 0.0 and row >= 0.0 and column < grid[3] and row < grid[4]):
        return np.int32(0), scale
    entry = tables[int(row) * grid[3] + int(column)]
    while entry < 0:
        record = -entry - 1
        power = -cells[record + 1]
        if power <= 0:
            break
        scale *= 1 << power
        mask = (1 << power) - 1
        inner_column, inner_row = int(np.floor(x * scale)) & mask, int(np.floor(y * scale)) & mask
        entry = tables[cells[record] + (inner_row << power) + inner_column]
    return entry, scale


@inner
def from_corner(x, y, scale, record, points, cells, parts, set_starts, set_items, state, touched):
    """The parts over a point of a cell with borders: written into `state`, sorted; those on whose border it lies into
    `touched`.  Returns both counts; `FULL` where the point has coordinates beyond the predicates.

    Parts in `touched` may or may not be in `state`.
    """
    if not (ordinary(x) and ordinary(y)):
        return FULL, 0
    x0, y0 = np.floor(x * scale) / scale, np.floor(y * scale) / scale
    size = load(cells[record], parts, set_starts, set_items, state)
    touching = 0
    at = record + 2
    for _ in range(cells[record + 1]):
        first, edges, a, b = cells[at], cells[at + 1], cells[at + 2], cells[at + 3]
        at += 4
        odd, on = False, False
        px, py = points[first, 0], points[first, 1]
        if px == x and py == y:
            on = True
        for v in range(first + 1, first + edges + 1):
            qx, qy = points[v, 0], points[v, 1]
            if (py <= y) != (qy <= y):
                left, right = min(px, qx), max(px, qx)
                # An edge wholly right of the point, or left of the corner, is not between them.
                if left <= x and right >= x0:
                    if py <= y:
                        lx, ly, ux, uy = px, py, qx, qy
                    else:
                        lx, ly, ux, uy = qx, qy, px, py
                    here = -1 if right < x else orient(lx, ly, ux, uy, x, y)
                    if here == 0:
                        on = True
                    else:
                        corner = 1 if left > x0 else side(lx, ly, ux, uy, x0, y)
                        if (here < 0) != (corner < 0):
                            odd = not odd
            if qy == y and (qx == x or (py == y and min(px, qx) <= x and x <= max(px, qx))):
                on = True
            if (px <= x0) != (qx <= x0) and max(py, qy) >= y0 and min(py, qy) <= y:
                if px <= x0:
                    lx, ly, rx, ry = px, py, qx, qy
                else:
                    lx, ly, rx, ry = qx, qy, px, py
                if (side(lx, ly, rx, ry, x0, y0) < 0) != (side(lx, ly, rx, ry, x0, y) < 0):
                    odd = not odd
            px, py = qx, qy
        if on:
            touching = _noted(touched, touching, a)
            if b >= 0:
                touching = _noted(touched, touching, b)
        elif odd and a != b:
            size = cross(state, size, a, b)
            if size < 0:
                return FULL, 0
    return size, touching


@inner
def _noted(touched, count, part):
    for k in range(count):
        if touched[k] == part:
            return count
    if count < len(touched):
        touched[count] = part
        count += 1
    return count


@inner
def _sift(asked, begin, end, grid, scale, tables, cell_of, places, entries):
    """Write the points from `begin` to `end` over which there is anything, and the entries of their cells; returns how
    many.

    Two loops without a branch: the first is compiled to handle several points at a time, in the second the processor
    fetches many cells at a time.  Numbers without a sign, since places counted from the end would have to be looked for.
    """
    west, south = float(grid[1]), float(grid[2])
    width, height = float(grid[3]), float(grid[4])
    first, count = np.uint64(begin), np.uint64(end - begin)
    for k in range(count):
        column = np.floor(asked[first + k, 0] * scale) - west
        row = np.floor(asked[first + k, 1] * scale) - south
        # Also false for what is no number.
        within = (column >= 0.0) & (row >= 0.0) & (column < width) & (row < height)
        cell_of[k] = np.int32(row * width + column if within else -1.0)
    n, one, none = np.uint64(0), np.uint64(1), np.uint64(0)
    for k in range(count):
        entry = tables[np.uint64(max(cell_of[k], 0))]
        entry = entry if cell_of[k] >= 0 else np.int32(0)
        places[n], entries[n] = first + k, entry
        n += one if entry != 0 else none
    return np.int64(n)


@inner
def _descend(asked, places, entries, scales, waiting, n, tables, cells, points):
    """Follow the cells that were split down to the smallest, for `n` points together, so that what one needs is fetched
    while the others are looked at: `entries` and `scales` become those of the smallest cells.

    waiting : numbers of the points, changed
    """
    while n > 0:
        m = 0
        for w in range(n):
            j = waiting[w]
            record = -entries[j] - 1
            power = -cells[record + 1]
            if power <= 0:
                fetch_ahead(points, cells[record + 2])
                fetch_ahead(points, cells[record + 2] + 3)
                continue
            scales[j] *= 1 << power
            x, y, mask = asked[places[j], 0], asked[places[j], 1], (1 << power) - 1
            column, row = int(np.floor(x * scales[j])) & mask, int(np.floor(y * scales[j])) & mask
            entries[j] = cells[record] + (row << power) + column
            fetch_ahead(tables, entries[j])
            waiting[m] = j
            m += 1
        n = 0
        for w in range(m):
            j = waiting[w]
            entries[j] = tables[entries[j]]
            if entries[j] < 0:
                fetch_ahead(cells, -entries[j] - 1)
                waiting[n] = j
                n += 1


@kernel
def ask_points(asked, begin, end, grid, tables, cells, points, set_starts, set_items, part_row, areal):
    """What is over each of the points from `begin` to `end`: a code for each.  -1 says nothing, another number that is
    not negative a row, -(k + 2) an entry of a list: how many rows, then each with 1 where the point is on its border.

    asked : (n, 2); part_row : (parts,) row of each part; areal : (parts,) whether a part is an area, since lines and
    points have no inside to be on the border of
    Returns the codes, the list, the number of pairs, and the points that this arithmetic cannot decide.
    """
    parts = len(part_row)
    codes = np.full(end - begin, -1, np.int32)
    places, entries = np.empty(_BLOCK + 1, np.int64), np.empty(_BLOCK + 1, np.int32)
    scales, waiting, cell_of = np.empty(_BLOCK, np.float64), np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int32)
    several = np.empty(1024, np.int32)
    undecided = np.empty(16, np.int64)
    state, touched = np.empty(MOST_PARTS, np.int32), np.empty(MOST_PARTS, np.int32)
    scale = math.ldexp(1.0, grid[0])
    n, m, pairs = 0, 0, 0
    for block in range(begin, end, _BLOCK):
        found = _sift(asked, block, min(block + _BLOCK, end), grid, scale, tables, cell_of, places, entries)
        left, deep = 0, 0
        for f in range(found):
            k, entry = places[f], entries[f]
            if 0 < entry <= parts:
                codes[k - begin] = part_row[entry - 1]
                pairs += 1
                continue
            places[left], entries[left], scales[left] = k, entry, scale
            if entry < 0:
                fetch_ahead(cells, -entry - 1)
                waiting[deep] = left
                deep += 1
            left += 1
        _descend(asked, places, entries, scales, waiting, deep, tables, cells, points)
        for f in range(left):
            k, entry = places[f], entries[f]
            size, touching = 0, 0
            if entry < 0:
                size, touching = from_corner(
                    asked[k, 0], asked[k, 1], scales[f], -entry - 1, points, cells, parts, set_starts, set_items, state, touched
                )  # fmt: skip
                if size < 0:
                    undecided = lengthened(undecided, m, m + 1)
                    undecided[m] = k
                    m += 1
                    continue
            elif entry > 0:
                size = load(entry, parts, set_starts, set_items, state)
            if touching == 0 and size <= 1:
                if size == 1:
                    codes[k - begin] = part_row[state[0]]
                    pairs += 1
                continue
            several = lengthened(several, n, n + 1 + 2 * (size + touching))
            count = 0
            for t in range(size):
                part = state[t]
                on = False
                for u in range(touching):
                    on = on or touched[u] == part
                if not on:
                    count = enter(several, n + 1, count, part_row[part], 0)
            for t in range(touching):
                count = enter(several, n + 1, count, part_row[touched[t]], areal[touched[t]])
            codes[k - begin] = -(n + 2)
            several[n] = count
            n += 1 + 2 * count
            pairs += count
    return codes, several[:n], pairs, undecided[:m]


@inner
def enter(pairs, start, count, row, flag):
    """Put a row and its flag among `count` pairs, in order; a row entered twice keeps the flag only if both have it."""
    place = count
    while place > 0 and pairs[start + 2 * place - 2] > row:
        place -= 1
    if place > 0 and pairs[start + 2 * place - 2] == row:
        pairs[start + 2 * place - 1] = min(pairs[start + 2 * place - 1], flag)
        return count
    for k in range(count, place, -1):
        pairs[start + 2 * k], pairs[start + 2 * k + 1] = pairs[start + 2 * k - 2], pairs[start + 2 * k - 1]
    pairs[start + 2 * place], pairs[start + 2 * place + 1] = row, flag
    return count + 1


@kernel
def list_pairs(codes, begin, several, items, rows, flags, at):
    """Write the pairs that codes stand for, in the order of the items (the first is number `begin`) and then of the
    rows; `at` is where they begin in the three columns."""
    for k in range(len(codes)):
        code = codes[k]
        if code >= 0:
            items[at], rows[at], flags[at] = begin + k, code, False
            at += 1
        elif code < -1:
            entry = -code - 2
            for pair in range(several[entry]):
                items[at], rows[at] = begin + k, several[entry + 1 + 2 * pair]
                flags[at] = several[entry + 2 + 2 * pair] != 0
                at += 1
