"""The exact index of a layer: which features points, lines and areas meet, by the hundred thousand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.index.building import Unindexable, build_arrays, chains_of
from greenrule.spatial.index.sharing import shares_of, together

# A thread is not worth starting for fewer points, or fewer vertices of lines and areas.
_POINTS_PER_SHARE, _VERTICES_PER_SHARE = 50_000, 20_000


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


class ExactIndex:
    """Answers exactly as shapely's `intersects` would, for arrays of sites.

    arrays : what `build_arrays` gave, perhaps mapped from a file
    part_row : (parts,) the row of each part, ascending; part_areal : (parts,) whether it is an area
    parts : gives the geometries of the parts, for the rare coordinates that the arithmetic here does not hold
    """

    def __init__(
        self, arrays: dict[str, np.ndarray], part_row: np.ndarray, part_areal: np.ndarray, parts: Callable[[], np.ndarray]
    ) -> None:  # fmt: skip
        self.arrays = arrays
        self.part_row = np.ascontiguousarray(part_row, np.int32)
        self.part_areal = np.ascontiguousarray(part_areal, np.int8)
        self._parts = parts

    @classmethod
    def build(cls, geometry: np.ndarray) -> ExactIndex | None:
        """The index of an array (n,) of geometries in degrees; None where it cannot be built exactly.

        >>> index = ExactIndex.build(np.array([shapely.box(112, 37, 113, 38), shapely.box(113, 37, 114, 38)]))
        >>> met = index.points(np.array([[112.5, 37.5], [113.0, 37.5]]))
        >>> met.item.tolist(), met.row.tolist(), met.edge.tolist()
        ([0, 1, 1], [0, 0, 1], [False, True, True])
        """
        parts, part_row = shapely.get_parts(np.asarray(geometry, dtype=object), return_index=True)
        try:
            arrays = build_arrays(parts)
        except Unindexable:
            return None
        return cls(arrays, part_row, shapely.get_dimensions(parts) == 2, lambda: parts)

    def points(self, asked: np.ndarray) -> Met:
        """The rows over points; asked : (n, 2) degrees.  A point that is no number is in nothing."""
        from greenrule.spatial.index.asking import ask_points

        asked = np.ascontiguousarray(asked, np.float64).reshape(-1, 2)
        a = self.arrays
        found = together(
            lambda lo, hi: ask_points(
                asked, lo, hi, a["grid"], a["tables"], a["cells"], a["points"], a["set_starts"], a["set_items"],
                self.part_row, self.part_areal,
            ),
            shares_of(len(asked), len(asked) // _POINTS_PER_SHARE),
        )  # fmt: skip
        return self._met(found, lambda items: shapely.points(asked[items]))

    def sites(self, asked: np.ndarray) -> Met:
        """The rows that geometries meet; asked : (n,) shapely geometries of any kind, degrees.  Empty ones meet
        nothing."""
        from greenrule.spatial.index.meeting import ask_chains

        asked = np.asarray(asked, dtype=object)
        pieces, piece_item = single_parts(asked)
        chains = chains_of(pieces)
        item_chains = np.searchsorted(piece_item[chains.owner], np.arange(len(asked) + 1))
        a = self.arrays
        found = together(
            lambda lo, hi: ask_chains(
                chains.points, chains.starts, chains.kind == 2, item_chains, lo, hi, a["grid"], a["tables"], a["cells"],
                a["points"], a["set_starts"], a["set_items"], self.part_row, self.part_areal,
                a["anchor_cell"], a["anchor_vertex"], a["anchor_part"], a["anchor_shell"],
            ),
            shares_of(len(asked), len(chains.points) // _VERTICES_PER_SHARE),
        )  # fmt: skip
        return self._met(found, lambda items: asked[items])

    def _met(self, found: list[Any], geometry: Callable[[np.ndarray], Any]) -> Met:
        items, rows, edges, undecided = (
            np.concatenate(some) if len(some) > 1 else some[0] for some in zip(*found, strict=True)
        )
        if len(undecided):
            more = self._by_hand(undecided, geometry(undecided))
            items, rows, edges = (np.concatenate(both) for both in zip((items, rows, edges), more, strict=True))
            order = np.lexsort((rows, items))
            items, rows, edges = items[order], rows[order], edges[order]
        return Met(items, rows, edges)

    def _by_hand(self, items: np.ndarray, geometry: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same by shapely, part by part."""
        parts = self._parts()
        which, part = shapely.STRtree(parts).query(geometry, predicate="intersects")
        inside = shapely.contains_properly(parts[part], geometry[which]) | ~self.part_areal[part].astype(bool)
        inside &= ~((shapely.get_dimensions(geometry)[which] > 0) & ~self.part_areal[part].astype(bool))
        pairs, number = np.unique(np.column_stack([items[which], self.part_row[part]]), axis=0, return_inverse=True)
        edge = np.bincount(number.ravel(), weights=inside, minlength=len(pairs)) == 0
        return pairs[:, 0], pairs[:, 1].astype(np.int32), edge


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
