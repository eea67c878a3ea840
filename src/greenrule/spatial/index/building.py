"""From the parts of a layer to the arrays of an index."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.index.limits import MOST_PARTS
from greenrule.spatial.index.sharing import together, workers

#: Cells of the top grid per edge; more cells answer faster and take more room.
_CELLS_PER_EDGE = 1.0
_MOST_CELLS, _FEWEST_CELLS = 1 << 22, 1 << 10
# Cells are never finer than this power of two of the largest coordinate, so that their numbers stay exact.
_FINEST = 48
# Fewer cells than this are split by one thread.
_WORTH_SHARING = 2_000
# More parts than this over one place are not indexed; the layer is then asked part by part.
_MOST_OVER_ONE_PLACE = MOST_PARTS
#: Room for sets of several parts: how many, and members in all.
_SETS, _MEMBERS = 1 << 20, 1 << 24
#: Numbers that the records of split cells may take: some for any layer, some for each vertex, and at most in all.
_FEW_NUMBERS, _NUMBERS_PER_VERTEX, _MOST_NUMBERS = 1 << 26, 32, 1 << 30


class Unindexable(Exception):
    """The layer has coordinates or a depth of overlaps that this index does not hold; ask part by part."""


@dataclass(frozen=True)
class Chains:
    """Vertices of some geometries, chain by chain: the rings of areas, lines, points.

    points : (n, 2); starts : (chains + 1,) first vertex of each; owner : (chains,) number of the geometry
    kind : (chains,) dimension; shell : (chains,) whether the chain is not a hole
    """

    points: np.ndarray
    starts: np.ndarray
    owner: np.ndarray
    kind: np.ndarray
    shell: np.ndarray


def chains_of(parts: np.ndarray) -> Chains:
    """The chains of single-part geometries; empty ones and ones with coordinates that are no numbers have none."""
    kind = shapely.get_dimensions(parts).astype(np.int8)
    areas = np.flatnonzero(kind == 2)
    others = np.flatnonzero((kind == 0) | (kind == 1))
    rings, ring_area = parts[areas], np.arange(len(areas))
    if shapely.get_num_interior_rings(rings).any():
        rings, ring_area = shapely.get_rings(rings, return_index=True)
    pieces = np.concatenate([rings, parts[others]])
    owner = np.concatenate([areas[ring_area], others]).astype(np.int32)
    shell = np.ones(len(pieces), dtype=bool)
    shell[1 : len(rings)] = ring_area[1:] != ring_area[:-1]
    if len(others) and len(areas):
        order = np.argsort(owner, kind="stable")
        pieces, owner, shell = pieces[order], owner[order], shell[order]
    counts = shapely.get_num_coordinates(pieces)
    if not counts.all():
        pieces, owner, shell, counts = (array[counts > 0] for array in (pieces, owner, shell, counts))
    points = np.ascontiguousarray(shapely.get_coordinates(pieces))
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    # The sum is a number only if all are; it is a number of another kind only where they are absurdly large.
    with np.errstate(over="ignore", invalid="ignore"):
        suspicious = not np.isfinite(points.sum())
    if suspicious and not np.isfinite(points).all():
        broken = np.zeros(len(parts), dtype=bool)
        bad = ~np.isfinite(points).all(axis=1)
        broken[np.repeat(owner, counts)[bad]] = True
        keep = ~broken[owner]
        points = points[np.repeat(keep, counts)]
        owner, shell, counts = owner[keep], shell[keep], counts[keep]
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Chains(points, starts, owner, kind[owner], shell)


def build_arrays(parts: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays of the index of an array of single-part geometries.

    Raises `Unindexable` where coordinates are beyond what the exact predicates hold or too many parts overlap.
    """
    from greenrule.spatial.index import arcs, filling, laying
    from greenrule.spatial.index.sets import FULL

    chains = chains_of(parts)
    # Adding zero turns -0.0 into 0.0: equal numbers have equal bits.
    points = chains.points
    points += 0.0
    if len(points) > np.iinfo(np.int32).max // 2:
        raise Unindexable("too many vertices")
    *bounds, sound = laying.extent(points)
    if not sound:
        raise Unindexable("coordinates out of range")
    ring_of = arcs.ring_numbers(chains.starts, len(points))
    twin = arcs.twins(points, points.view(np.uint64), chains.starts, ring_of, chains.kind == 2)
    vertices, first, beside, anchor = arcs.gather(points, chains.starts, ring_of, chains.kind, chains.owner, twin)
    level, west, south, nx, ny = _frame(bounds, len(vertices) - len(first) + 1)
    scale = float(np.ldexp(1.0, level))
    halves = _shares(first, workers())
    walked = together(
        lambda lo, hi: laying.walk_arcs(vertices, first, lo, hi, scale, float(west), float(south), nx, ny), halves
    )
    stretches, crossings = (
        np.concatenate(found) if len(found) > 1 else found[0] for found in zip(*walked, strict=True)
    )
    stretches, cell_starts = laying.sorted_by_cell(stretches, len(stretches), nx * ny)
    crossings, crossing_starts = laying.sorted_by_cell(crossings, len(crossings), nx * ny)
    sets, state = _Sets(), np.empty(_MOST_OVER_ONE_PLACE, np.int32)
    mixed = int(np.count_nonzero(np.diff(cell_starts)))
    top = np.empty(nx * ny, np.int32)
    cells = np.empty(2 * mixed + 4 * len(stretches), np.int32)
    pending = np.empty((mixed, 7), np.int64)
    cells_used, waiting = filling.lay_top(
        stretches, cell_starts, crossings, crossing_starts, beside, nx, ny, len(parts), *sets.arrays(), state, top, cells,
        pending, level, west, south,
    )  # fmt: skip
    if cells_used == FULL:
        raise Unindexable("too many overlaps")
    largest = max(abs(west), abs(south), abs(west + nx), abs(south + ny))
    finest = min(level + _FINEST - largest.bit_length(), level + 4 * filling.MOST_SPLITS)
    shares = _shares(np.arange(waiting + 1), workers() if waiting > _WORTH_SHARING else 1)
    # A sound layer takes some four numbers for each vertex; no number may be larger than 32 bits hold, all pieces joined.
    most = min(_FEW_NUMBERS + _NUMBERS_PER_VERTEX * len(vertices), _MOST_NUMBERS) // max(len(shares), 1)
    pieces = together(
        lambda lo, hi: _split(vertices, beside, stretches, pending[lo:hi], cells, finest, most, len(parts), sets),
        shares,
    )
    top_piece = _Piece(top, cells[:cells_used], sets)
    lone = anchor >= 0
    return {
        "grid": np.array([level, west, south, nx, ny], np.int64),
        "points": vertices,
        **_joined(len(parts), top_piece, pieces, [pending[lo:hi, 0] for lo, hi in shares]),
        **_anchors(vertices, anchor[lone], chains.owner[lone], chains.shell[lone], scale, west, south, nx, ny),
    }


class _Sets:
    """Room for sets of several parts."""

    def __init__(self) -> None:
        self.starts = np.zeros(_SETS // 2 + 1, np.int32)
        self.items = np.empty(_MEMBERS, np.int32)
        self.slots = np.full(_SETS, -1, np.int32)
        self.used = np.zeros(1, np.int64)

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        return self.starts, self.items, self.slots, self.used

    def copy(self) -> _Sets:
        """The same sets with the same numbers, to be added to apart."""
        other, used = _Sets(), int(self.used[0])
        other.starts[: used + 1] = self.starts[: used + 1]
        other.items[: self.starts[used]] = self.items[: self.starts[used]]
        other.slots[:] = self.slots
        other.used[0] = used
        return other


@dataclass
class _Piece:
    """Tables and records of cells, and the sets that they name."""

    tables: np.ndarray
    cells: np.ndarray
    sets: _Sets


def _split(
    vertices: np.ndarray, beside: np.ndarray, stretches: np.ndarray, pending: np.ndarray, home: np.ndarray, finest: int, most: int, parts: int, sets: _Sets
) -> _Piece:  # fmt: skip
    """Split some cells of the top grid, and what comes out, until no cell is to be split."""
    from greenrule.spatial.index import filling
    from greenrule.spatial.index.sets import FULL

    sets = sets.copy()
    state, start_state = np.empty(_MOST_OVER_ONE_PLACE, np.int32), np.empty(_MOST_OVER_ONE_PLACE, np.int32)
    tables, cells = np.empty(40 * len(pending) + 64, np.int32), np.empty(40 * len(pending) + 64, np.int32)
    tables_used, cells_used, again = 0, 0, False
    while len(pending):
        tables, tables_used, cells, cells_used, stretches, pending = filling.split(
            vertices, beside, stretches, pending, home, again, finest, most, parts, *sets.arrays(), state, start_state,
            tables, tables_used, cells, cells_used,
        )  # fmt: skip
        if cells_used == FULL:
            raise Unindexable("too many overlaps or borders")
        again = True
    return _Piece(tables[:tables_used], cells[:cells_used], sets)


def _joined(parts: int, top: _Piece, pieces: list[_Piece], records: list[np.ndarray]) -> dict[str, np.ndarray]:
    """One set of arrays from the top grid and what was split apart; `records` are the split cells' in the top grid."""
    from greenrule.spatial.index import filling

    common = int(top.sets.used[0])
    starts, items = [top.sets.starts[: common + 1]], [top.sets.items[: top.sets.starts[common]]]
    table_base, cell_base, set_base = len(top.tables), len(top.cells), 0
    for piece, record in zip(pieces, records, strict=True):
        filling.relocate(piece.tables, piece.cells, parts + common, table_base, cell_base, set_base)
        top.cells[record] += table_base
        used = int(piece.sets.used[0])
        shift = int(starts[-1][-1]) - int(piece.sets.starts[common])
        starts.append(piece.sets.starts[common + 1 : used + 1] + shift)
        items.append(piece.sets.items[piece.sets.starts[common] : piece.sets.starts[used]])
        table_base, cell_base, set_base = (
            table_base + len(piece.tables),
            cell_base + len(piece.cells),
            set_base + used - common,
        )
        if used == common:
            starts.pop()
    return {
        "tables": np.concatenate([top.tables, *(piece.tables for piece in pieces)]),
        "cells": np.concatenate([top.cells, *(piece.cells for piece in pieces)]),
        "set_starts": np.concatenate(starts).astype(np.int32),
        "set_items": np.concatenate(items),
    }


def _shares(weights: np.ndarray, count: int) -> list[tuple[int, int]]:
    """Ranges of about equal weight; `weights` are running sums, one more than there are items."""
    wanted = np.linspace(weights[0], weights[-1], count + 1)[1:-1]
    cuts = np.unique(np.concatenate([[0], np.searchsorted(weights, wanted), [len(weights) - 1]]))
    return list(itertools.pairwise(cuts.tolist())) or [(0, 0)]


def _frame(bounds: list[float], edges: int) -> tuple[int, int, int, int, int]:
    """Level, first column and row (counted from zero degrees) and size of the top grid."""
    if bounds[0] > bounds[2]:
        return 0, 0, 0, 1, 1
    low, high = np.array(bounds[:2]), np.array(bounds[2:])
    wanted = min(max(edges * _CELLS_PER_EDGE, _FEWEST_CELLS), _MOST_CELLS)
    extent = np.maximum(high - low, np.abs([low, high]).max() * 2.0**-30 + 1e-300)
    level = int(np.floor(np.log2(wanted / extent[0] / extent[1]) / 2.0 + 0.5)) if extent.max() < 1e150 else 0
    # A long thin layer must not get a grid of a single row with millions of columns.
    level = min(level, int(np.floor(np.log2(_MOST_CELLS / 4 / extent.max()))))
    # Cell numbers stay far below the point where doubles no longer count.
    level = min(level, 40 - int(np.frexp(max(float(np.abs([low, high]).max()), 1e-300))[1]))
    while True:
        scale = np.ldexp(1.0, level)
        west, south = (int(value) for value in np.floor(low * scale))
        east, north = (int(value) for value in np.floor(high * scale))
        nx, ny = east - west + 1, north - south + 1
        if nx * ny <= _MOST_CELLS:
            return level, west, south, nx, ny
        level -= 1


def _anchors(
    vertices: np.ndarray, at: np.ndarray, owner: np.ndarray, shell: np.ndarray, scale: float, west: int, south: int, nx: int, ny: int
) -> dict[str, np.ndarray]:  # fmt: skip
    """One vertex of every chain in the order of the top cells, so that chains inside a site can be found."""
    column, row = (np.floor(vertices[at] * scale) - [west, south]).astype(np.int64).T
    cell = (row * nx + column).astype(np.int32)
    order = np.argsort(cell, kind="stable")
    return {
        "anchor_cell": cell[order],
        "anchor_vertex": at[order].astype(np.int32),
        "anchor_part": owner[order],
        "anchor_shell": shell[order].astype(np.int8),
    }


def sizes(arrays: dict[str, Any]) -> int:
    """Bytes of all arrays."""
    return sum(array.nbytes for array in arrays.values())
