"""Features of one frame by place: those that meet a box or a shape, and each as GeoJSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from greenrule.core.errors import InputFault
from greenrule.spatial.frame import Frame, as_geojson
from greenrule.spatial.geojson import geojson_shapes

#: What may be asked of two shapes; names as in CQL2 and GEOS.
PREDICATES = ("intersects", "disjoint", "contains", "within", "touches", "crosses", "overlaps", "equals")


class Picker:
    """A frame with an index over its geometries, built when first asked."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._tree: shapely.STRtree | None = None

    def in_box(self, west: float, south: float, east: float, north: float) -> np.ndarray:
        """Rows whose geometry meets a box, ascending; a box whose west lies east of its east goes around the back of the earth."""
        if west > east:
            both = [self.in_box(west, south, 180.0, north), self.in_box(-180.0, south, east, north)]
            return np.unique(np.concatenate(both))
        return self._meeting(shapely.box(west, south, east, north), "intersects")

    def meeting(self, shape: Mapping[str, Any], predicate: str) -> np.ndarray:
        """Rows whose geometry stands in a relation to a GeoJSON geometry: `geometry PREDICATE shape`.

        Errors: InputFault GEO… for a shape that is none; ValueError for another predicate.
        """
        if predicate not in PREDICATES:
            raise ValueError(predicate)
        faults: list[Any] = []
        shapes = geojson_shapes(shape, "geometry", None, [], faults)
        if faults:
            raise InputFault(faults)
        asked = shapely.union_all(shapes)
        if predicate == "disjoint":
            return np.setdiff1d(np.arange(len(self.frame)), self._meeting(asked, "intersects"))
        if predicate == "equals":
            near = self._meeting(asked, "intersects")
            return np.asarray(near[shapely.equals(self.frame.geometry[near], asked)])
        # The tree asks of the given shape; the relation is asked of the features.
        turned = {"contains": "within", "within": "contains"}.get(predicate, predicate)
        return self._meeting(asked, turned)

    def _meeting(self, shape: Any, predicate: str) -> np.ndarray:
        if self._tree is None:
            self._tree = shapely.STRtree(self.frame.geometry)
        return np.sort(self._tree.query(shape, predicate=predicate))

    def geojson(self, row: int) -> dict[str, Any]:
        """The geometry of a row."""
        return as_geojson(self.frame.geometry[row])
