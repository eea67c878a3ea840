"""The exact index of a layer: which features points, lines and areas meet, by the hundred thousand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.index.building import Chains, Unindexable, build_arrays, chains_of
from greenrule.spatial.index.sharing import shares_of, together

# A thread is not worth starting for fewer points, or fewer vertices of lines and areas.
_POINTS_PER_SHARE, _VERTICES_PER_SHARE = 50_000, 20_000

# The boxes of fewer sites are not asked first, nor are wider boxes (degrees): lines of many kilometres meet a border.
_WORTH_BOXES, _BOXES_PER_SHARE, _FEW, _WIDE = 500, 5_000, 2_000, 0.1
# shapely's type numbers: points, lines, rings and areas come before collections.
_LAST_SINGLE = 3


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
    """Points made ready once, to be asked of several layers.

    points : (n, 2) degrees
    """

    def __init__(self, points: np.ndarray) -> None:
        # Writeable, like every array that is asked, so that the kernels are compiled for one kind only.
        self.points = np.require(points, np.float64, ("C", "W")).reshape(-1, 2)
        self.shares = shares_of(len(self.points), len(self.points) // _POINTS_PER_SHARE)


@dataclass(frozen=True)
class TakenApart:
    """Vertices of some sites, and which are whose.

    areal : (chains,) whether a chain is a ring of an area; item_chains : (sites + 1,) first chain of each site
    shares : ranges of sites of about equal work
    """

    chains: Chains
    areal: np.ndarray
    item_chains: np.ndarray
    shares: list[tuple[int, int]]

    @classmethod
    def of(cls, geometry: np.ndarray, single: bool = False, shared: bool = True) -> TakenApart:
        """An array (n,) of geometries taken apart; `single` says that each is one point, line or area without holes,
        and all coordinates are numbers, `shared` that several threads may do the work that follows."""
        if single:
            counts = shapely.get_num_coordinates(geometry)
            starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
            kind = shapely.get_dimensions(geometry).astype(np.int8)
            item_chains = np.arange(len(geometry) + 1)
            points = np.ascontiguousarray(shapely.get_coordinates(geometry))
            chains = Chains(points, starts, item_chains[:-1].astype(np.int32), kind, np.ones(len(kind), dtype=bool))
        else:
            pieces, item = single_parts(geometry)
            chains = chains_of(pieces)
            item_chains = np.searchsorted(item[chains.owner], np.arange(len(geometry) + 1))
        shares = shares_of(len(geometry), len(chains.points) // _VERTICES_PER_SHARE if shared else 1)
        return cls(chains, chains.kind == 2, item_chains, shares)


class SiteBatch:
    """Geometries put in order once, to be asked of several layers.

    geometry : (n,) shapely geometries of any kind, degrees
    shares : ranges of sites of about equal work
    """

    def __init__(self, geometry: Sequence[Any] | np.ndarray) -> None:
        self.geometry = np.asarray(geometry, dtype=object)
        self.shares = shares_of(len(self.geometry), len(self.geometry) // _BOXES_PER_SHARE)
        self.few = len(self.geometry) < _WORTH_BOXES
        self._boxes: dict[tuple[int, int], np.ndarray] = {}
        #: (n,) area, length or count of each, kept by whoever worked them out for the first layer
        self.measures: np.ndarray | None = None
        self._apart: TakenApart | None = None

    @property
    def apart(self) -> TakenApart:
        """All of the sites taken apart."""
        if self._apart is None:
            self._apart = TakenApart.of(self.geometry)
        return self._apart

    def boxes(self, lo: int, hi: int) -> np.ndarray:
        """Boxes (hi - lo, 4) of one of the shares, see `_worthy_boxes`."""
        if (lo, hi) not in self._boxes:
            self._boxes[lo, hi] = _worthy_boxes(self.geometry[lo:hi])
        return self._boxes[lo, hi]


def _worthy_boxes(geometry: np.ndarray) -> np.ndarray:
    """Boxes (n, 4) of single geometries without holes that are not wide; NaN for all others, and where a coordinate is
    no number.

    A hole outside its shell would lie outside the box; parts of a collection may be far from each other.
    """
    boxes = np.empty((len(geometry), 4))
    # A few at a time: the second and the third question then find the geometry in the processor's cache.
    for at in range(0, len(geometry), _FEW):
        some = geometry[at : at + _FEW]
        found = shapely.bounds(some)
        with np.errstate(invalid="ignore"):
            kept = (found[:, 2] - found[:, 0] < _WIDE) & (found[:, 3] - found[:, 1] < _WIDE)
        if kept.any():
            # A box passes over coordinates that are no numbers, a length does not.
            kept &= np.isfinite(shapely.length(some)) & (shapely.get_num_interior_rings(some) == 0)
            kept &= shapely.get_type_id(some) <= _LAST_SINGLE
        boxes[at : at + len(some)] = found
        if not kept.all():
            boxes[at : at + len(some)][~kept] = np.nan
    return boxes


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
                batch.points, lo, hi, a["grid"], a["tables"], a["cells"], a["points"], a["set_starts"],
                a["set_items"], self.part_row, self.part_areal,
            ),
            batch.shares,
        )  # fmt: skip
        return _met(batch.shares, found, lambda items: self._by_shapely(shapely.points(batch.points[items])))

    def sites(self, asked: Sequence[Any] | np.ndarray | SiteBatch) -> Met:
        """The rows that geometries meet; asked : (n,) shapely geometries of any kind, degrees, or a batch that is asked
        of several layers.  Empty ones meet nothing."""
        batch = asked if isinstance(asked, SiteBatch) else SiteBatch(asked)
        if batch.few:
            return self._chains(batch.apart, batch.geometry)
        met = together(lambda lo, hi: self._boxed(batch, lo, hi), batch.shares)
        if len(met) == 1:
            return met[0]
        return Met(*(np.concatenate([getattr(some, name) for some in met]) for name in ("item", "row", "edge")))

    def _boxed(self, batch: SiteBatch, lo: int, hi: int) -> Met:
        """The rows that one share of a batch meets: by the boxes, and by the vertices of those that these leave open."""
        from greenrule.spatial.index.boxes import ask_boxes

        a, boxes = self.arrays, batch.boxes(lo, hi)
        found = ask_boxes(
            boxes, 0, hi - lo, a["grid"], a["tables"], a["cells"], a["points"], a["set_starts"], a["set_items"],
            self.part_row,
        )  # fmt: skip

        def by_vertices(rest: np.ndarray) -> Met:
            some = batch.geometry[lo:hi][rest]
            # Only single geometries have boxes.
            apart = TakenApart.of(some, not np.isnan(boxes[rest, 0]).any(), shared=len(batch.shares) == 1)
            return self._chains(apart, some)

        met = _met([(0, hi - lo)], [found], by_vertices)
        return Met(met.item + lo, met.row, met.edge) if lo else met

    def _chains(self, apart: TakenApart, geometry: np.ndarray) -> Met:
        """The rows that geometries meet, by their vertices."""
        from greenrule.spatial.index.meeting import ask_chains

        a = self.arrays
        found = together(
            lambda lo, hi: ask_chains(
                apart.chains.points, apart.chains.starts, apart.areal, apart.item_chains, lo, hi,
                a["grid"], a["tables"], a["cells"], a["points"], a["set_starts"], a["set_items"], self.part_row, self.part_areal,
                a["anchor_cell"], a["anchor_vertex"], a["anchor_part"], a["anchor_shell"],
            ),
            apart.shares,
        )  # fmt: skip
        return _met(apart.shares, found, lambda items: self._by_shapely(geometry[items]))

    def _by_shapely(self, geometry: np.ndarray) -> Met:
        return met_by_shapely(self._parts(), self.part_row, self.part_areal, geometry)


def _met(shares: list[tuple[int, int]], found: list[Any], ask_rest: Callable[[np.ndarray], Met]) -> Met:
    """The pairs from what kernels told of each share, and from what `ask_rest` says of the items they left open."""
    from greenrule.spatial.index.asking import list_pairs

    ends = np.cumsum([pairs for _, _, pairs, _ in found])
    items, rows, edges = (np.empty(ends[-1], dtype) for dtype in (np.int64, np.int32, np.bool_))
    told = {lo: (codes, lo, several, items, rows, edges, end - pairs)
            for (lo, _), (codes, several, pairs, _), end in zip(shares, found, ends.tolist(), strict=True)}  # fmt: skip
    together(lambda lo, _: list_pairs(*told[lo]), shares)
    rest = np.concatenate([some[3] for some in found])
    if len(rest):
        more = ask_rest(rest)
        items = np.concatenate([items, rest[more.item]])
        # No item is in both, and both are in order: the sort merges two runs.
        merged = np.argsort(items, kind="stable")
        items = items[merged]
        rows, edges = np.concatenate([rows, more.row])[merged], np.concatenate([edges, more.edge])[merged]
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
