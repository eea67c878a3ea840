"""The exact index of a layer: which features points, lines and areas meet, by the hundred thousand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.index.building import Unindexable, build_arrays, chains_of
from greenrule.spatial.index.sharing import shares_of, together

# A thread is not worth starting for fewer points, or fewer vertices of lines and areas.
_POINTS_PER_SHARE, _VERTICES_PER_SHARE = 50_000, 20_000

# Fewer sites than this are asked as they come; others tile by tile, so many along a side.
_WORTH_ORDERING, _TILES = 2_000, 32


@dataclass(frozen=True)
class Met:
    """Pairs of an asked item and a row that it meets, ordered by item and then by row.

    item, row : (n,) whole numbers
    edge : (n,) for points, exactly on the row's border (which counts as inside); for lines and areas, not wholly
    within the row's interior: the border passes through the item or touches it, or the row lies in the item
    """

    item: np.ndarray
    row: np.ndarray
    edge: np.ndarray

    def __len__(self) -> int:
        return len(self.item)


def _settled(array: np.ndarray) -> np.ndarray:
    """The array, not to be written any more: what is built and what is mapped are then the same to the kernels."""
    array = array.view()
    array.flags.writeable = False
    return array


class PointBatch:
    """Points put in order once, to be asked of several layers.

    points : (n, 2) degrees
    """

    def __init__(self, points: np.ndarray) -> None:
        # Writeable, like every array that is asked, so that the kernels are compiled for one kind only.
        self.points = np.require(points, np.float64, ("C", "W")).reshape(-1, 2)
        self.shares = shares_of(len(self.points), len(self.points) // _POINTS_PER_SHARE)
        self.order, self.ordered = _in_tiles(self.points, self.shares)


class SiteBatch:
    """Geometries taken apart and put in order once, to be asked of several layers.

    geometry : (n,) shapely geometries of any kind, degrees
    """

    def __init__(self, geometry: Sequence[Any] | np.ndarray) -> None:
        self.geometry = np.asarray(geometry, dtype=object)
        pieces, item = single_parts(self.geometry)
        self.chains = chains_of(pieces)
        self.areal = self.chains.kind == 2
        self.item_chains = np.searchsorted(item[self.chains.owner], np.arange(len(self.geometry) + 1))
        self.shares = shares_of(len(self.geometry), len(self.chains.points) // _VERTICES_PER_SHARE)
        # As they come: their own vertices would be farther apart in another order.
        self.order = np.arange(len(self.geometry))


def _in_tiles(points: np.ndarray, shares: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the points, each share's in an order in which neighbours follow each other, and the points in that
    order."""
    from greenrule.spatial.index.asking import by_tile
    from greenrule.spatial.index.laying import extent

    order, tiles = np.arange(len(points)), np.empty(len(points), np.int32)
    if len(points) < _WORTH_ORDERING:
        return order, points
    bounds = np.array(extent(points)[:4])
    if not np.isfinite(bounds).all():
        return order, points
    ordered = np.empty_like(points)
    together(lambda lo, hi: by_tile(points, lo, hi, bounds, _TILES, tiles, order, ordered), shares)
    return order, ordered


class ExactIndex:
    """Answers exactly as shapely's `intersects` would, for arrays of sites.

    arrays : what `build_arrays` gave, perhaps mapped from a file
    part_row : (parts,) the row of each part, ascending; part_areal : (parts,) whether it is an area
    parts : gives the geometries of the parts, for the rare coordinates that the arithmetic here does not hold
    """

    def __init__(
        self, arrays: dict[str, np.ndarray], part_row: np.ndarray, part_areal: np.ndarray, parts: Callable[[], np.ndarray]
    ) -> None:  # fmt: skip
        self.arrays = {name: _settled(array) for name, array in arrays.items()}
        self.part_row = _settled(np.ascontiguousarray(part_row, np.int32))
        self.part_areal = _settled(np.ascontiguousarray(part_areal, np.int8))
        self._parts = parts

    @classmethod
    def build(cls, geometry: np.ndarray) -> ExactIndex | None:
        """The index of an array (n,) of geometries in degrees; None where it cannot be built exactly.

        >>> index = ExactIndex.build(np.array([shapely.box(112, 37, 113, 38), shapely.box(113, 37, 114, 38)]))
        >>> met = index.points(np.array([[112.5, 37.5], [113.0, 37.5]]))
        >>> met.item.tolist(), met.row.tolist(), met.edge.tolist()
        ([0, 1, 1], [0, 0, 1], [False, True, True])
        """
        parts, part_row = single_parts(np.asarray(geometry, dtype=object))
        try:
            arrays = build_arrays(parts)
        except Unindexable:
            return None
        return cls(arrays, part_row, shapely.get_dimensions(parts) == 2, lambda: parts)

    def points(self, asked: np.ndarray | PointBatch) -> Met:
        """The rows over points; asked : (n, 2) degrees, or a batch that is asked of several layers.  A point that is no
        number is in nothing."""
        from greenrule.spatial.index.asking import ask_points

        batch = asked if isinstance(asked, PointBatch) else PointBatch(asked)
        a = self.arrays
        found = together(
            lambda lo, hi: ask_points(
                batch.ordered, lo, hi, a["grid"], a["tables"], a["cells"], a["points"], a["set_starts"],
                a["set_items"], self.part_row, self.part_areal,
            ),
            batch.shares,
        )  # fmt: skip
        return self._met(batch, found, lambda items: shapely.points(batch.points[items]))

    def sites(self, asked: Sequence[Any] | np.ndarray | SiteBatch) -> Met:
        """The rows that geometries meet; asked : (n,) shapely geometries of any kind, degrees, or a batch that is asked
        of several layers.  Empty ones meet nothing."""
        from greenrule.spatial.index.meeting import ask_chains

        batch = asked if isinstance(asked, SiteBatch) else SiteBatch(asked)
        a = self.arrays
        found = together(
            lambda lo, hi: ask_chains(
                batch.chains.points, batch.chains.starts, batch.areal, batch.item_chains, batch.order, lo, hi,
                a["grid"], a["tables"], a["cells"], a["points"], a["set_starts"], a["set_items"], self.part_row, self.part_areal,
                a["anchor_cell"], a["anchor_vertex"], a["anchor_part"], a["anchor_shell"],
            ),
            batch.shares,
        )  # fmt: skip
        return self._met(batch, found, lambda items: batch.geometry[items])

    def _met(self, batch: PointBatch | SiteBatch, found: list[Any], geometry: Callable[[np.ndarray], Any]) -> Met:
        from greenrule.spatial.index.asking import list_pairs

        listed = [
            list_pairs(places, codes, batch.order, lo, hi, several, pairs)
            for (lo, hi), (places, codes, several, pairs, _) in zip(batch.shares, found, strict=True)
        ]  # fmt: skip
        items, rows, edges = (np.concatenate(some) if len(some) > 1 else some[0] for some in zip(*listed, strict=True))
        undecided = batch.order[np.concatenate([some[4] for some in found])]
        if len(undecided):
            more = met_by_shapely(self._parts(), self.part_row, self.part_areal, geometry(undecided))
            items = np.concatenate([items, undecided[more.item]])
            rows, edges = np.concatenate([rows, more.row]), np.concatenate([edges, more.edge])
            order = np.lexsort((rows, items))
            items, rows, edges = items[order], rows[order], edges[order]
        return Met(items, rows, edges)


def met_by_shapely(parts: np.ndarray, part_row: np.ndarray, part_areal: np.ndarray, geometry: np.ndarray) -> Met:
    """The same answer part by part, for layers and coordinates that the index does not hold."""
    item, part = shapely.STRtree(parts).query(geometry, predicate="intersects")
    areal = part_areal[part].astype(bool)
    inside = areal & shapely.contains_properly(parts[part], geometry[item])
    # A point on a line is not on the border of anything.
    inside |= ~areal & (shapely.get_dimensions(geometry)[item] == 0)
    pairs, number = np.unique(np.column_stack([item, part_row[part]]), axis=0, return_inverse=True)
    edge = np.bincount(number.ravel(), weights=inside, minlength=len(pairs)) == 0
    return Met(pairs[:, 0], pairs[:, 1].astype(np.int32), edge)


def single_parts(geometry: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Single-part geometries and the number of the one each belongs to; collections are opened to the bottom."""
    types = shapely.get_type_id(geometry)
    if (types <= 3).all() and (types >= 0).all():
        return geometry, np.arange(len(geometry))
    parts, item = shapely.get_parts(geometry, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        item = item[inner]
    return parts, item
