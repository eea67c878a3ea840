"""Many small layers asked about one site at once: by boxes, to tell which of them have anything there at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.nearness import box_around
from greenrule.spatial.overlay import LayerIndex

#: Parts of layers in one tree at most: larger layers are asked by themselves, so that none is in memory twice.
MOST_PARTS = 50_000


class Found:
    """Parts whose boxes meet something, by layer."""

    __slots__ = ("_by_layer", "_numbers")

    def __init__(self, together: Together, found: np.ndarray) -> None:
        self._numbers = together.number
        by_layer: dict[int, list[int]] = {}
        # A few dozen at most, mostly: plain lists are quicker than arrays.
        for part, layer in zip(found.tolist(), together.owner[found].tolist(), strict=True):
            by_layer.setdefault(layer, []).append(part - together.start[layer])
        self._by_layer = by_layer

    def of(self, kind: str) -> Sequence[int] | None:
        """Numbers of the parts of a layer; None for a layer that is asked by itself."""
        number = self._numbers.get(kind)
        return None if number is None else self._by_layer.get(number, ())


class Together:
    """The smaller of some layers in one tree.

    >>> from greenrule.spatial.frame import Frame
    >>> one, two = (LayerIndex(Frame(np.array([shapely.box(x, 37, x + 1, 38)]))) for x in (112, 114))
    >>> met = Together({"one": one, "two": two}).meeting(shapely.Point(112.5, 37.5))
    >>> met.of("one"), met.of("two"), met.of("three")
    ([0], (), None)
    """

    def __init__(self, layers: Mapping[str, LayerIndex], most: int = MOST_PARTS) -> None:
        self.number: dict[str, int] = {}
        parts: list[np.ndarray] = []
        for kind, index in sorted(layers.items(), key=lambda item: len(item[1].parts)):
            most -= len(index.parts)
            if most >= 0:
                self.number[kind] = len(parts)
                parts.append(index.parts)
        sizes = [len(some) for some in parts]
        self.start: list[int] = np.cumsum([0, *sizes]).tolist()
        self.owner = np.repeat(np.arange(len(parts)), sizes)
        self.tree = shapely.STRtree(np.concatenate(parts) if parts else [])

    def meeting(self, geometry: Any) -> Found:
        """Parts whose boxes meet the box of a geometry."""
        return Found(self, self.tree.query(geometry))

    def around(self, geometry: Any, metres: float) -> Found:
        """Parts whose boxes come within a distance of the geometry: never too few, sometimes too many."""
        return Found(self, self.tree.query(box_around(geometry, metres)))
