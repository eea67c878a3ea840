"""Cells filled with what was laid on the grid: the set of parts where no border enters, a record where one does.

A cell that no border enters keeps the number of its set of parts.  Any other keeps the set at its corner and the
stretches of arcs that enter it; one that would have to keep many edges is split into 4 × 4 to 16 × 16 cells, as often as
it takes.  Borders that run beside each other closer than any cell (one outline drawn twenty times) are left together: each
split would only copy them into as many cells as they pass.
"""

from __future__ import annotations

import math

import numpy as np

from greenrule.core.kernels import kernel
from greenrule.spatial.index.laying import columns, crossing, grown, lengthened, side
from greenrule.spatial.index.sets import FULL, cross, load, number_of

#: A cell with more edges than this is split.
MOST_EDGES = 10
#: How often a cell may be split: many borders that meet in one point cannot be told apart by cells.
MOST_SPLITS = 4


@kernel
def _edges(stretches, begin, end):
    total = 0
    for k in range(begin, end):
        total += stretches[k, 2]
    return total


@kernel
def _write(cells, used, number, stretches, begin, end, beside):
    """One cell's record; returns how much of `cells` is used then.  The caller has made room."""
    start = used
    cells[start] = number
    used += 2
    n = 0
    for k in range(begin, end):
        if (
            k > begin
            and stretches[k, 3] == stretches[k - 1, 3]
            and stretches[k, 1] == cells[used - 4] + cells[used - 3]
        ):
            cells[used - 3] += stretches[k, 2]
            continue
        cells[used] = stretches[k, 1]
        cells[used + 1] = stretches[k, 2]
        cells[used + 2] = beside[stretches[k, 3], 0]
        cells[used + 3] = beside[stretches[k, 3], 1]
        used += 4
        n += 1
    cells[start + 1] = n
    return used


@kernel
def _await(pending, at, record, column, row, level, begin, end, number):
    pending[at, 0] = record
    pending[at, 1] = column
    pending[at, 2] = row
    pending[at, 3] = level
    pending[at, 4] = begin
    pending[at, 5] = end
    pending[at, 6] = number


@kernel
def lay_top(
    stretches, cell_starts, crossings, crossing_starts, beside, nx, ny, parts, set_starts, set_items, set_slots, set_used,
    state, table, cells, pending, level, west, south,
):  # fmt: skip
    """Fill the table of the top grid and the records of its cells.

    Returns how much of `cells` and of `pending` is used, or `FULL` for both.  A pending row is a cell that has to be
    split: its record, column and row counted from zero degrees, level, first stretch, the one behind the last, and set.
    """
    used, waiting = 0, 0
    for row in range(ny):
        size, number = 0, 0
        for column in range(nx):
            cell = row * nx + column
            if crossing_starts[cell + 1] > crossing_starts[cell]:
                for k in range(crossing_starts[cell], crossing_starts[cell + 1]):
                    arc = crossings[k, 1]
                    size = cross(state, size, beside[arc, 0], beside[arc, 1])
                    if size < 0:
                        return FULL, FULL
                number = number_of(state, size, parts, set_starts, set_items, set_slots, set_used)
                if number < 0:
                    return FULL, FULL
            begin, end = cell_starts[cell], cell_starts[cell + 1]
            if end == begin:
                table[cell] = number
                continue
            table[cell] = -(used + 1)
            if _edges(stretches, begin, end) <= MOST_EDGES:
                used = _write(cells, used, number, stretches, begin, end, beside)
            else:
                _await(pending, waiting, used, west + column, south + row, level, begin, end, number)
                waiting += 1
                used += 2
    return used, waiting


@kernel
def _fineness(edges):
    """Into how many cells a side is cut, as a power of two."""
    return 2 if edges <= 24 else 3 if edges <= 64 else 4


@kernel
def _bundled(starts, count, edges, across):
    """Whether splitting does not tell the edges apart: most of them run on together through cell after cell, and do not
    just meet in one place."""
    crowded = 0
    for cell in range(count):
        if 4 * (starts[cell + 1] - starts[cell]) > 3 * edges:
            crowded += 1
    return crowded > 4 or crowded >= across


@kernel
def _starts(rows, count, cells, starts):
    """Where each cell begins in the order of the rows' cells, written into `starts`."""
    for c in range(cells + 1):
        starts[c] = 0
    for k in range(count):
        starts[rows[k, 0] + 1] += 1
    for c in range(cells):
        starts[c + 1] += starts[c]


@kernel
def _ordered(rows, count, starts, next_place, out):
    """Rows in the order of their cells, written into `out`."""
    for k in range(count):
        cell = rows[k, 0]
        place = starts[cell] + next_place[cell]
        next_place[cell] += 1
        for c in range(rows.shape[1]):
            out[place, c] = rows[k, c]
    for k in range(count):
        next_place[rows[k, 0]] = 0


@kernel
def split(
    points, beside, stretches, pending, home, again, finest, most, parts, set_starts, set_items, set_slots, set_used,
    state, start_state, tables, tables_used, cells, cells_used,
):  # fmt: skip
    """Split the pending cells, whose records lie in `home` at first and, in a second round (`again`), in `cells`; none
    is made smaller than the level `finest` says.

    Returns the tables and records with their lengths, and the stretches and pending rows of the next round; a length
    of `FULL` means that the table of sets has no room, or that more than `most` numbers would have to be kept.
    """
    next_stretches = np.empty((1024, 4), np.int32)
    next_pending = np.empty((64, 7), np.int64)
    laid, laid_sorted = np.empty((4096, 4), np.int32), np.empty((4096, 4), np.int32)
    crossings, crossings_sorted = np.empty((1024, 2), np.int32), np.empty((1024, 2), np.int32)
    sides = np.empty((256, 2), np.int32)
    laid_starts, crossing_starts = np.empty(257, np.int32), np.empty(257, np.int32)
    next_place = np.zeros(256, np.int32)
    next_used, waiting = 0, 0
    for p in range(len(pending)):
        lo, hi = pending[p, 4], pending[p, 5]
        edges = _edges(stretches, lo, hi)
        power = _fineness(edges)
        level = pending[p, 3] + power
        across = 1 << power
        fine = math.ldexp(1.0, level)
        size = 1.0 / fine
        x_cell, y_cell = float(pending[p, 1] << power), float(pending[p, 2] << power)
        x, y = x_cell * size, y_cell * size
        n, m, r = 0, 0, 0
        for k in range(lo, hi):
            arc = stretches[k, 3]
            laid = grown(laid, n + stretches[k, 2] * across * across)
            crossings = grown(crossings, m + stretches[k, 2] * across)
            sides = grown(sides, r + stretches[k, 2])
            for e in range(stretches[k, 1], stretches[k, 1] + stretches[k, 2]):
                ax, ay, bx, by = points[e, 0], points[e, 1], points[e + 1, 0], points[e + 1, 1]
                low, high = min(ay, by) * fine - y_cell, max(ay, by) * fine - y_cell
                bottom, top = max(np.floor(low), 0.0), min(np.floor(high), across - 1.0)
                left, right = np.floor(min(ax, bx) * fine) - x_cell, np.floor(max(ax, bx) * fine) - x_cell
                many = left != right
                row = bottom
                while row <= top:
                    if many and bottom != top:
                        left, right = columns(ax, ay, bx, by, (y_cell + row) * size, (y_cell + row + 1.0) * size, fine)
                        left, right = left - x_cell, right - x_cell
                    column = max(left, 0.0)
                    while column <= right and column < across:
                        laid[n, 0] = int(row) * across + int(column)
                        laid[n, 1] = e
                        laid[n, 2] = 1
                        laid[n, 3] = arc
                        n += 1
                        column += 1.0
                    if low <= row and row < high:
                        at = crossing(ax, ay, bx, by, x, (y_cell + row) * size, size, across)
                        if 0 < at < across:
                            crossings[m, 0] = int(row) * across + at
                            crossings[m, 1] = arc
                            m += 1
                    row += 1.0
                # Up the left side, from the corner: from which row on is the state another?
                if min(ax, bx) <= x and x < max(ax, bx):
                    if ax > bx:
                        ax, ay, bx, by = bx, by, ax, ay
                    if side(ax, ay, bx, by, x, y) < 0:
                        at = 1
                        while at < across and side(ax, ay, bx, by, x, y + at * size) < 0:
                            at += 1
                        if at < across:
                            sides[r, 0] = at
                            sides[r, 1] = arc
                            r += 1
        if cells_used + 4 * n > most or tables_used + across * across > most or 4 * next_used > most:
            return tables, FULL, cells, FULL, next_stretches, next_pending
        _starts(laid, n, across * across, laid_starts)
        bundled = _bundled(laid_starts, across * across, edges, across)
        laid_sorted = grown(laid_sorted, n)
        _ordered(laid, n, laid_starts, next_place, laid_sorted)
        _starts(crossings, m, across * across, crossing_starts)
        crossings_sorted = grown(crossings_sorted, m)
        _ordered(crossings, m, crossing_starts, next_place, crossings_sorted)
        offset = tables_used
        tables_used += across * across
        tables = lengthened(tables, offset, tables_used)
        cells = lengthened(cells, cells_used, cells_used + 2 * across * across + 4 * n)
        if again:
            cells[pending[p, 0]] = offset
            cells[pending[p, 0] + 1] = -power
        else:
            home[pending[p, 0]] = offset
            home[pending[p, 0] + 1] = -power
        start_size = load(pending[p, 6], parts, set_starts, set_items, start_state)
        for row in range(across):
            for k in range(r):
                if sides[k, 0] == row:
                    arc = sides[k, 1]
                    start_size = cross(start_state, start_size, beside[arc, 0], beside[arc, 1])
                    if start_size < 0:
                        return tables, FULL, cells, FULL, next_stretches, next_pending
            count = start_size
            for k in range(count):
                state[k] = start_state[k]
            number = number_of(state, count, parts, set_starts, set_items, set_slots, set_used)
            if number < 0:
                return tables, FULL, cells, FULL, next_stretches, next_pending
            for column in range(across):
                cell = row * across + column
                if crossing_starts[cell + 1] > crossing_starts[cell]:
                    for k in range(crossing_starts[cell], crossing_starts[cell + 1]):
                        arc = crossings_sorted[k, 1]
                        count = cross(state, count, beside[arc, 0], beside[arc, 1])
                        if count < 0:
                            return tables, FULL, cells, FULL, next_stretches, next_pending
                    number = number_of(state, count, parts, set_starts, set_items, set_slots, set_used)
                    if number < 0:
                        return tables, FULL, cells, FULL, next_stretches, next_pending
                first, behind = laid_starts[cell], laid_starts[cell + 1]
                if first == behind:
                    tables[offset + cell] = number
                    continue
                tables[offset + cell] = -(cells_used + 1)
                # Where half the room is taken, cells stay as they are: slower to ask, but asked.
                whole = 2 * (cells_used + 4 * next_used) > most or (bundled and 4 * (behind - first) > 3 * edges)
                if level + 2 > finest or behind - first <= MOST_EDGES or whole:
                    cells_used = _write(cells, cells_used, number, laid_sorted, first, behind, beside)
                    continue
                next_stretches = grown(next_stretches, next_used + behind - first)
                next_pending = grown(next_pending, waiting + 1)
                _await(
                    next_pending, waiting, cells_used, (pending[p, 1] << power) + column, (pending[p, 2] << power) + row,
                    level, next_used, next_used + behind - first, number,
                )  # fmt: skip
                for k in range(first, behind):
                    for c in range(4):
                        next_stretches[next_used, c] = laid_sorted[k, c]
                    next_used += 1
                waiting += 1
                cells_used += 2
    return tables, tables_used, cells, cells_used, next_stretches[:next_used], next_pending[:waiting]


@kernel
def relocate(tables, cells, parts, table_base, cell_base, set_base):
    """Change what was laid apart so that it can stand behind what others laid: bases are added to all references."""
    for k in range(len(tables)):
        if tables[k] < 0:
            tables[k] -= cell_base
        elif tables[k] > parts:
            tables[k] += set_base
    k = 0
    while k < len(cells):
        if cells[k + 1] < 0:
            cells[k] += table_base
            k += 2
            continue
        if cells[k] > parts:
            cells[k] += set_base
        k += 2 + 4 * cells[k + 1]
