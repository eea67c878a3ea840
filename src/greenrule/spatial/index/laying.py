"""Arcs laid on a grid of cells: which stretches of them enter a cell, and which cross the lines between cells.

Grid lines are multiples of a power of two, so they are doubles, and the cell of a point follows without rounding.  A
cell holds its lower left corner and not its upper or right side.

A corner can lie on a border or on a vertex.  What holds there is therefore taken at the point moved up by ε and right by
δ, for infinitely small δ ≪ ε: `side` says where that point lies, and whoever walks from a corner uses the same rule.
"""

from __future__ import annotations

import numpy as np

from greenrule.core.kernels import kernel
from greenrule.spatial.index.predicates import ordinary, orient

#: Rounding of a place computed along an edge, in parts of the larger coordinate: eleven roundings at most.
ROUNDING = 1e-14


@kernel
def extent(points):
    """West, south, east, north of some points, and whether the predicates hold all of their coordinates."""
    west, south, east, north, sound = np.inf, np.inf, -np.inf, -np.inf, True
    for v in range(len(points)):
        x, y = points[v, 0], points[v, 1]
        west, east = min(west, x), max(east, x)
        south, north = min(south, y), max(north, y)
        sound = sound and ordinary(x) and ordinary(y)
    return west, south, east, north, sound


@kernel
def side(ax, ay, bx, by, cx, cy):
    """`orient` for the point c moved up by ε and right by δ ≪ ε: zero for edges without length only."""
    found = orient(ax, ay, bx, by, cx, cy)
    if found != 0:
        return found
    if bx != ax:
        return 1 if bx > ax else -1
    if by != ay:
        return -1 if by > ay else 1
    return 0


@kernel
def columns(ax, ay, bx, by, low, high, scale):
    """First and last cell column (counted from longitude 0) that an edge may enter between two latitudes; never too
    few."""
    left, right = min(ax, bx), max(ax, bx)
    if ay != by:
        slope = (bx - ax) / (by - ay)
        one = ax + (max(low, min(ay, by)) - ay) * slope
        two = ax + (min(high, max(ay, by)) - ay) * slope
        rounding = ROUNDING * max(abs(ax), abs(bx))
        left = max(left, min(one, two) - rounding)
        right = min(right, max(one, two) + rounding)
    return np.floor(left * scale), np.floor(right * scale)


@kernel
def crossing(ax, ay, bx, by, x, y, cell, count):
    """How many of `count` corners on the height y, starting at x and `cell` apart, lie left of the edge or on it."""
    if ay > by:
        ax, ay, bx, by = bx, by, ax, ay
    guess = np.floor((ax + (y - ay) * ((bx - ax) / (by - ay)) - x) / cell) + 1.0
    found = int(min(max(guess, 0.0), float(count)))
    while found > 0 and side(ax, ay, bx, by, x + (found - 1) * cell, y) < 0:
        found -= 1
    while found < count and side(ax, ay, bx, by, x + found * cell, y) >= 0:
        found += 1
    return found


@kernel
def grown(rows, needed):
    """The table itself, or a larger copy where it has no room for `needed` rows."""
    if needed <= len(rows):
        return rows
    larger = np.empty((max(needed, 2 * len(rows)), rows.shape[1]), rows.dtype)
    # Loops, not slices: numba compiles them in a tenth of the time.
    for k in range(len(rows)):
        for c in range(rows.shape[1]):
            larger[k, c] = rows[k, c]
    return larger


@kernel
def lengthened(numbers, used, needed):
    """The array itself, or a longer copy of its `used` numbers where it has no room for `needed`."""
    if needed <= len(numbers):
        return numbers
    longer = np.empty(2 * needed, numbers.dtype)
    for k in range(used):
        longer[k] = numbers[k]
    return longer


@kernel
def sorted_by_cell(rows, count, cells):
    """Rows in the order of their first number, a cell, and where each cell begins; the order within a cell stays."""
    starts = np.zeros(cells + 1, np.int32)
    for k in range(count):
        starts[rows[k, 0] + 1] += 1
    for c in range(cells):
        starts[c + 1] += starts[c]
    out = np.empty((count, rows.shape[1]), rows.dtype)
    for k in range(count):
        place = starts[rows[k, 0]]
        starts[rows[k, 0]] = place + 1
        for c in range(rows.shape[1]):
            out[place, c] = rows[k, c]
    for c in range(cells, 0, -1):
        starts[c] = starts[c - 1]
    starts[0] = 0
    return out, starts


@kernel
def walk_arcs(points, first, begin, end, scale, west, south, nx, ny):
    """What the arcs from `begin` to `end` do on the grid: stretches (cell, first vertex, edges, arc) and crossings of
    cell bottoms (cell from which on they count, arc)."""
    stretches = np.empty((max(2 * (first[end] - first[begin]), 1024), 4), np.int32)
    crossings = np.empty((1024 + (first[end] - first[begin]) // 2, 2), np.int32)
    n, m = 0, 0
    size = 1.0 / scale
    for arc in range(begin, end):
        for e in range(first[arc], first[arc + 1] - 1):
            ax, ay, bx, by = points[e, 0], points[e, 1], points[e + 1, 0], points[e + 1, 1]
            low, high = min(ay, by) * scale, max(ay, by) * scale
            bottom, top = np.floor(low), np.floor(high)
            left, right = np.floor(min(ax, bx) * scale), np.floor(max(ax, bx) * scale)
            if bottom == top and left == right and low != bottom:
                cell = int(bottom - south) * nx + int(left - west)
                if n > 0 and stretches[n - 1, 0] == cell and stretches[n - 1, 3] == arc:
                    stretches[n - 1, 2] += 1
                    continue
                stretches = grown(stretches, n + 1)
                stretches[n, 0], stretches[n, 1], stretches[n, 2], stretches[n, 3] = cell, e, 1, arc
                n += 1
                continue
            row = bottom
            while row <= top:
                if bottom != top:
                    left, right = columns(ax, ay, bx, by, row * size, (row + 1.0) * size, scale)
                stretches = grown(stretches, n + int(right - left) + 1)
                cell = int(row - south) * nx + int(left - west)
                for _ in range(int(right - left) + 1):
                    stretches[n, 0], stretches[n, 1], stretches[n, 2], stretches[n, 3] = cell, e, 1, arc
                    n += 1
                    cell += 1
                if low <= row and row < high:
                    column = crossing(ax, ay, bx, by, west * size, row * size, size, nx)
                    if column < nx:
                        crossings = grown(crossings, m + 1)
                        crossings[m, 0] = int(row - south) * nx + column
                        crossings[m, 1] = arc
                        m += 1
                row += 1.0
    return stretches[:n], crossings[:m]
