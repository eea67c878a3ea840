"""Cut an area into cells by which of several zones they lie in: the exact arrangement, one tile at a time.

A zone is what one yes-or-no question about a place looks like on the map: where the answer is yes, where the layer
cannot tell, and what it says elsewhere.  Tiles (counties, say) keep the shapes small; a tile's own edges are never moved.

Edges are those of the layers.  Only where two edges cross is a new corner made, rounded to the nearest double (less than
a nanometre on the ground).  A corner or an edge belongs to every cell it borders; a question about a point on it is
answered by the layers, not by the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.overlay import LayerIndex, areas_m2, lengths_m, radii

#: Cells narrower than this are what digitising left between two layers, not land: metres.
HAIR_M = 1e-4
#: How far the drawn line "so far from a feature" may be off: metres at a reach of 1 km (tests hold it).
REACH_TOLERANCE_M = 0.25
#: Points per quarter circle of the line "so far from a feature".
_QUARTER = 64
#: Pieces of a line that are widened together span at most this many degrees, so that a metre is a metre along them.
_SPAN = 0.01


@dataclass
class Zone:
    """One question on the map.

    index : the layer, None where there is none; yes, silent : rows where the answer is yes, where the layer cannot tell
    elsewhere : the answer where neither holds (None: not known); reach_m : yes within this distance of the rows
    """

    name: str
    index: LayerIndex | None
    yes: Sequence[int] = ()
    silent: Sequence[int] = ()
    elsewhere: bool | None = False
    reach_m: float | None = None

    def __post_init__(self) -> None:
        self._mask: Any = None
        self._wide: tuple[np.ndarray, shapely.STRtree] | None = None

    def shapes(self, tile: Any) -> tuple[Any, Any]:
        """Where the answer is yes, and where it is not known, around a tile; None where nowhere."""
        if self.index is None:
            return None, None
        yes = self._widened(tile) if self.reach_m is not None else self._rows(tile, self.yes)
        return yes, self._rows(tile, self.silent)

    def lines(self, tile: Any) -> list[Any]:
        """The lines and points among the rows where the answer is yes, around a tile: a site with an extent can cross them."""
        if self.index is None or not len(self.yes):
            return []
        mask = self.index.chosen(self.yes)
        assert mask is not None
        parts = self.index.tree.query(tile, predicate="intersects")
        return list(self.index.parts[parts[mask[parts] & (self.index.part_dimension[parts] < 2)]])

    def _rows(self, tile: Any, rows: Sequence[int]) -> Any:
        assert self.index is not None
        if not len(rows):
            return None
        parts = self.index.tree.query(tile, predicate="intersects")
        mask = self.index.chosen(rows)
        assert mask is not None
        parts = parts[mask[parts] & (self.index.part_dimension[parts] == 2)]
        if len(parts) == 0:
            return None
        shapes = self.index.parts[parts]
        if len(parts) == 1:
            return shapes[0]
        covering = shapes[shapely.covers(shapes, tile)]
        return covering[0] if len(covering) else united(shapes)

    def _widened(self, tile: Any) -> Any:
        """All places within the reach of the rows, near a tile (to `REACH_TOLERANCE_M`)."""
        assert self.index is not None
        if self._wide is None:
            mask = self.index.chosen(self.yes)
            assert mask is not None
            pieces = [piece for part in self.index.parts[mask] for piece in _widen(part, float(self.reach_m or 0.0))]
            self._wide = np.array(pieces, dtype=object), shapely.STRtree(pieces)
        shapes, tree = self._wide
        near = tree.query(tile, predicate="intersects")
        return united(shapes[near]) if len(near) else None


def _widen(part: Any, reach: float) -> Iterator[Any]:
    """Polygons that together hold all places within `reach` metres of a line or polygon (degrees in and out)."""
    if shapely.get_dimensions(part) == 2:
        yield part
        part = shapely.boundary(part)
    for line in shapely.get_parts(part):
        points = shapely.get_coordinates(shapely.segmentize(line, _SPAN) if shapely.get_dimensions(line) else line)
        for piece in _stretches(points):
            middle = (piece.min(axis=0) + piece.max(axis=0)) / 2
            meridian, parallel = radii(np.radians(middle[1]))
            scale = np.radians([float(parallel), float(meridian)])
            plane = (piece - middle) * scale
            shape = shapely.linestrings(plane) if len(plane) > 1 else shapely.points(plane[0])
            wide = shapely.buffer(shape, reach, quad_segs=_QUARTER)
            yield shapely.transform(wide, lambda at, scale=scale, middle=middle: at / scale + middle)


def _stretches(points: np.ndarray) -> Iterator[np.ndarray]:
    """Consecutive points in runs that span at most `_SPAN` degrees (or one edge); the last of a run begins the next."""
    start = 0
    while start < len(points) - 1:
        far = np.abs(points[start + 2 :] - points[start]).max(axis=1) > _SPAN
        end = start + 2 + int(far.argmax()) if far.any() else len(points)
        yield points[start:end]
        start = end - 1
    if len(points) == 1:
        yield points


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a tile: the answers of all zones, in their order, and where they hold (polygons, degrees, EPSG:4490)."""

    answers: tuple[bool | None, ...]
    geometry: Any


def carve(tile: Any, zones: Sequence[Zone]) -> list[Cell]:
    """The cells of a tile; together they are the tile, less hairs below `HAIR_M`.

    tile : polygon or multipolygon, degrees, EPSG:4490, valid

    >>> from greenrule.spatial.frame import Frame
    >>> index = LayerIndex(Frame(np.array([shapely.box(112, 37, 112.5, 38)])))
    >>> cells = carve(shapely.box(112, 37, 113, 38), [Zone("red line", index, yes=[0])])
    >>> [(cell.answers, round(cell.geometry.area, 3)) for cell in cells]
    [((True,), 0.5), ((False,), 0.5)]
    """
    found: dict[tuple[bool | None, ...], list[Any]] = {(): [tile]}
    for zone in zones:
        yes, silent = zone.shapes(tile)
        next_found: dict[tuple[bool | None, ...], list[Any]] = {}
        for answers, shapes in found.items():
            for shape in shapes:
                for answer, piece in _split(shape, yes, silent, zone.elsewhere):
                    next_found.setdefault((*answers, answer), []).append(piece)
        found = next_found
    return [Cell(answers, joined(shapes)) for answers, shapes in found.items()]


def _split(shape: Any, yes: Any, silent: Any, elsewhere: bool | None) -> Iterator[tuple[bool | None, Any]]:
    inside, rest = _cut(shape, yes)
    if inside is not None:
        yield True, inside
    if rest is None:
        return
    unknown, rest = _cut(rest, silent)
    if unknown is not None:
        yield None, unknown
    if rest is not None:
        yield elsewhere, rest


def _cut(shape: Any, knife: Any) -> tuple[Any, Any]:
    """The parts of a shape inside and outside another; None for nothing."""
    if knife is None or not shapely.intersects(knife, shape):
        return None, shape
    if shapely.covers(knife, shape):
        return shape, None
    try:
        inside, outside = land_of(shapely.intersection(shape, knife)), land_of(shapely.difference(shape, knife))
    except shapely.errors.GEOSException:
        # Layers are checked on import; one that slipped through is mended here rather than failing the question.
        if shapely.is_valid(knife) and shapely.is_valid(shape):
            raise
        return _cut(shapely.make_valid(shape), shapely.make_valid(knife))
    # What is only a hair on one side belongs to the other whole, so that nothing is lost between them.
    if inside is None or outside is None:
        return (None, shape) if inside is None else (shape, None)
    return inside, outside


def cut_out(shape: Any, knife: Any) -> Any:
    """The land of a shape inside another; None for none."""
    return _cut(shape, knife)[0]


def land_of(shape: Any, hair_m: float = HAIR_M) -> Any:
    """The polygons of a shape that are wider than a hair; None when there are none."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    parts = parts[shapely.get_dimensions(parts) == 2]
    if len(parts) == 0:
        return None
    wide = areas_m2(parts) > hair_m * lengths_m(shapely.boundary(parts)) / 2
    parts = parts[wide]
    if len(parts) == 0:
        return None
    return parts[0] if len(parts) == 1 else shapely.multipolygons(parts)


def joined(shapes: Sequence[Any]) -> Any:
    """Shapes that may share edges as one valid shape, less what has no land."""
    return shapes[0] if len(shapes) == 1 else land_of(united(np.asarray(shapes, dtype=object)))


def united(shapes: np.ndarray) -> Any:
    """The union of polygons; many that lie apart cost little, invalid ones are mended."""
    try:
        return shapely.disjoint_subset_union_all(shapes)
    except shapely.errors.GEOSException:
        return shapely.disjoint_subset_union_all(shapely.make_valid(shapes))
