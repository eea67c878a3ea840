"""Points asked of an index: down to the cell, and in a cell with borders from its corner to the point.

The way from the corner goes up the cell's left side and then right; every stretch that it crosses an odd number of
times is a border that was really crossed.  Both turns use the rule of `laying.side`, so that a way through a vertex
counts once.  A point on an edge is on the border of the parts beside it, and in them.
"""

from __future__ import annotations

import math

import numpy as np

from greenrule.core.kernels import kernel
from greenrule.spatial.index.laying import lengthened, side
from greenrule.spatial.index.limits import MOST_PARTS
from greenrule.spatial.index.predicates import ordinary, orient
from greenrule.spatial.index.sets import FULL, cross, load

# Points sifted at a time: their cells' entries stay in the first cache.
_BLOCK = 1024


@kernel
def leaf(x, y, grid, scale, tables, cells):
    """The entry and the level of the smallest cell with a point in it; (0, level) outside the grid.

    An entry that is not negative is a set; -(k + 1) is the record of a cell with borders, at `cells[k]`.
    """
    level = grid[0]
    column, row = np.floor(x * scale) - grid[1], np.floor(y * scale) - grid[2]
    # Also false for what is no number.
    if not (column >= 0.0 and row >= 0.0 and column < grid[3] and row < grid[4]):
        return np.int32(0), level
    entry = tables[int(row) * grid[3] + int(column)]
    while entry < 0:
        record = -entry - 1
        power = -cells[record + 1]
        if power <= 0:
            break
        level += power
        scale *= 1 << power
        mask = (1 << power) - 1
        inner_column, inner_row = int(np.floor(x * scale)) & mask, int(np.floor(y * scale)) & mask
        entry = tables[cells[record] + (inner_row << power) + inner_column]
    return entry, level


@kernel
def from_corner(x, y, level, record, points, cells, parts, set_starts, set_items, state, touched):
    """The parts over a point of a cell with borders: written into `state`, sorted; those on whose border it lies into
    `touched`.  Returns both counts; `FULL` where the point has coordinates beyond the predicates.

    Parts in `touched` may or may not be in `state`.
    """
    if not (ordinary(x) and ordinary(y)):
        return FULL, 0
    scale = math.ldexp(1.0, level)
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


@kernel
def _noted(touched, count, part):
    for k in range(count):
        if touched[k] == part:
            return count
    if count < len(touched):
        touched[count] = part
        count += 1
    return count


@kernel
def by_tile(asked, begin, end, bounds, across, tiles, order, ordered):
    """Write the items from `begin` to `end` into `order`, those of one tile together, so that neighbours are asked
    one after the other and find what they need in the processor's cache; their coordinates into `ordered`.

    bounds : west, south, east, north of what is asked; across : tiles along a side; tiles : room for a number per item
    """
    starts = np.zeros(across * across + 1, np.int64)
    x_scale = across / max(bounds[2] - bounds[0], 1e-300)
    y_scale = across / max(bounds[3] - bounds[1], 1e-300)
    for item in range(begin, end):
        column, row = (asked[item, 0] - bounds[0]) * x_scale, (asked[item, 1] - bounds[1]) * y_scale
        tile = 0
        if column >= 0.0 and row >= 0.0:  # what is no number goes to the first tile
            tile = min(int(row), across - 1) * across + min(int(column), across - 1)
        tiles[item] = tile
        starts[tile + 1] += 1
    for tile in range(across * across):
        starts[tile + 1] += starts[tile]
    for item in range(begin, end):
        place = begin + starts[tiles[item]]
        order[place] = item
        ordered[place, 0], ordered[place, 1] = asked[item, 0], asked[item, 1]
        starts[tiles[item]] += 1


@kernel
def _sift(ordered, begin, end, grid, scale, tables, places, entries):
    """Write the places of the points from `begin` to `end` over which there is anything, and the entries of their
    cells; returns how many.

    A loop without a branch, so that the processor fetches many cells at a time.
    """
    west, south = float(grid[1]), float(grid[2])
    width, height, nx = float(grid[3]), float(grid[4]), grid[3]
    n = 0
    for k in range(begin, end):
        column, row = np.floor(ordered[k, 0] * scale) - west, np.floor(ordered[k, 1] * scale) - south
        # Also false for what is no number.
        within = (column >= 0.0) & (row >= 0.0) & (column < width) & (row < height)
        at = int(row) * nx + int(column) if within else 0
        entry = tables[at] if within else np.int32(0)
        places[n], entries[n] = k, entry
        n += entry != 0
    return n


@kernel
def ask_points(ordered, begin, end, grid, tables, cells, points, set_starts, set_items, part_row, areal):
    """What is over each of the points from `begin` to `end`: the places in the order over which there is anything, and
    for each a row, or -(k + 2) for an entry of a list: how many rows, then each with 1 where the point is on its border.

    ordered : (n, 2) in the order in which they are asked; part_row : (parts,) row of each part; areal : (parts,)
    whether a part is an area, since lines and points have no inside to be on the border of
    Returns the places, the codes, the list, the number of pairs, and the places that this arithmetic cannot decide.
    """
    parts = len(part_row)
    places, codes = np.empty(end - begin + 1, np.int64), np.empty(end - begin + 1, np.int32)
    some_places, some_entries = np.empty(_BLOCK + 1, np.int64), np.empty(_BLOCK + 1, np.int32)
    several = np.empty(1024, np.int32)
    undecided = np.empty(16, np.int64)
    state, touched = np.empty(MOST_PARTS, np.int32), np.empty(MOST_PARTS, np.int32)
    scale = math.ldexp(1.0, grid[0])
    hits, n, m, pairs = 0, 0, 0, 0
    for block in range(begin, end, _BLOCK):
        found = _sift(ordered, block, min(block + _BLOCK, end), grid, scale, tables, some_places, some_entries)
        for f in range(found):
            k, entry = some_places[f], some_entries[f]
            if 0 < entry <= parts:
                places[hits], codes[hits] = k, part_row[entry - 1]
                hits += 1
                pairs += 1
                continue
            x, y = ordered[k, 0], ordered[k, 1]
            size, touching = 0, 0
            if entry < 0:
                entry, level = leaf(x, y, grid, scale, tables, cells)
                if entry < 0:
                    size, touching = from_corner(
                        x, y, level, -entry - 1, points, cells, parts, set_starts, set_items, state, touched
                    )
                    if size < 0:
                        undecided = lengthened(undecided, m, m + 1)
                        undecided[m] = k
                        m += 1
                        continue
            if entry > 0:
                size = load(entry, parts, set_starts, set_items, state)
            if touching == 0 and size <= 1:
                if size == 1:
                    places[hits], codes[hits] = k, part_row[state[0]]
                    hits += 1
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
            places[hits], codes[hits] = k, -(n + 2)
            hits += 1
            several[n] = count
            n += 1 + 2 * count
            pairs += count
    return places[:hits], codes[:hits], several[:n], pairs, undecided[:m]


@kernel
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
def list_pairs(places, codes, order, begin, end, several, pairs):
    """Items, rows and flags of the items order[begin:end], which are those from `begin` to `end`, in the order of the
    items and then of the rows."""
    by_item = np.full(end - begin, -1, np.int32)
    for h in range(len(places)):
        by_item[order[places[h]] - begin] = codes[h]
    items, rows, flags = np.empty(pairs, np.int64), np.empty(pairs, np.int32), np.zeros(pairs, np.bool_)
    n = 0
    for item in range(begin, end):
        code = by_item[item - begin]
        if code >= 0:
            items[n], rows[n] = item, code
            n += 1
        elif code < -1:
            at = -code - 2
            for k in range(several[at]):
                items[n], rows[n], flags[n] = item, several[at + 1 + 2 * k], several[at + 2 + 2 * k] != 0
                n += 1
    return items, rows, flags
