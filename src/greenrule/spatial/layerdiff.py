"""What changed between two versions of a polygon layer: features that came, went or moved, and how much land changed class.

Features that are the same in both – shape and columns, to the bit – are set aside first; only the rest is overlaid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely

from greenrule.spatial.carving import land_of
from greenrule.spatial.frame import Frame
from greenrule.spatial.overlay import areas_m2

#: Pieces narrower than this are what rounding leaves along a border that did not move: metres.
_HAIR_M = 1e-3


@dataclass(frozen=True, slots=True)
class Piece:
    """Land that was of one class and is now of another (None: not in the layer); polygons in degrees, m² of true area."""

    before: str | None
    after: str | None
    old: str | None
    new: str | None
    geometry: Any
    area_m2: float


@dataclass
class LayerDiff:
    """The difference of two versions; features by their key (code, else name, else number)."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    #: features with the same key and other columns: key → column → (before, after)
    changed: dict[str, dict[str, tuple[Any, Any]]] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)

    def areas(self) -> dict[tuple[str | None, str | None], float]:
        """(class before, class after) → m², for land whose class changed, largest first."""
        out: dict[tuple[str | None, str | None], float] = {}
        for piece in self.pieces:
            if piece.before != piece.after:
                key = (piece.before, piece.after)
                out[key] = out.get(key, 0.0) + piece.area_m2
        return dict(sorted(out.items(), key=lambda item: -item[1]))

    def where(self, every: bool = False) -> np.ndarray:
        """The shapes of the land whose class changed, or of all land that belongs to another feature now."""
        shapes = [piece.geometry for piece in self.pieces if every or piece.before != piece.after]
        out = np.empty(len(shapes), dtype=object)
        out[:] = shapes
        return out

    def touches(self, geometry: Any) -> bool:
        """Whether a site lies on or touches land that changed hands or class."""
        shapes = self.where(every=True)
        return bool(len(shapes) and shapely.intersects(shapes, geometry).any())

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.moved)


def keys_of(frame: Frame) -> list[str]:
    """What features are called: their code, else their name, else their number; told apart where several share one."""
    column: Sequence[Any] = frame.columns.get("code") or frame.columns.get("name") or [None] * len(frame)
    seen: dict[str, int] = {}
    out = []
    for number, value in enumerate(column, 1):
        name = str(value) if value is not None else f"第{number}个"
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}（{seen[name]}）")
    return out


def layer_diff(before: Frame, after: Frame, by: str = "class") -> LayerDiff:
    """Compare two versions of a layer of polygons; `by` is the column whose value makes the class of land.

    >>> old = Frame(np.array([shapely.box(112, 37, 113, 38)]), {"code": ["A"], "class": ["general"]})
    >>> new = Frame(np.array([shapely.box(112, 37, 113, 38)]), {"code": ["A"], "class": ["priority"]})
    >>> {change: round(area / 1e6) for change, area in layer_diff(old, new).areas().items()}
    {('general', 'priority'): 9814}
    """
    out = LayerDiff()
    old, new = keys_of(before), keys_of(after)
    rows = {key: row for row, key in enumerate(new)}
    out.removed = [key for key in old if key not in rows]
    out.added = [key for key in new if key not in set(old)]
    same_old, same_new = set(), set()
    columns = list(dict.fromkeys([*before.columns, *after.columns]))
    for row, key in enumerate(old):
        other = rows.get(key)
        if other is None:
            continue
        said = {
            name: (_cell(before, name, row), _cell(after, name, other))
            for name in columns
            if _cell(before, name, row) != _cell(after, name, other)
        }
        still = _still(before.geometry[row], after.geometry[other])
        if said:
            out.changed[key] = said
        if not still:
            out.moved.append(key)
        elif _cell(before, by, row) == _cell(after, by, other):
            same_old.add(row)
            same_new.add(other)
    left = [row for row in range(len(before)) if row not in same_old]
    right = [row for row in range(len(after)) if row not in same_new]
    out.pieces = _pieces(before, after, left, right, old, new, by)
    return out


def _still(one: Any, other: Any) -> bool:
    """Whether two shapes are the same to the bit, however a file format turned their rings or wrapped their parts."""
    if shapely.equals_identical(one, other):
        return True
    plain = [shapely.normalize(shapely.geometrycollections(shapely.get_parts(shape))) for shape in (one, other)]
    return bool(shapely.equals_exact(plain[0], plain[1], 0.0))


def _cell(frame: Frame, name: str, row: int) -> Any:
    return frame.columns[name][row] if name in frame.columns else None


def _pieces(
    before: Frame, after: Frame, left: list[int], right: list[int], old: list[str], new: list[str], by: str
) -> list[Piece]:
    """The overlay of the features that are not the same in both."""
    pieces: list[Piece] = []
    if left and right:
        tree = shapely.STRtree(after.geometry[right])
        for row in left:
            for number in np.sort(tree.query(before.geometry[row], predicate="intersects")).tolist():
                other = right[number]
                common = land_of(shapely.intersection(before.geometry[row], after.geometry[other]), _HAIR_M)
                if common is not None and (old[row] != new[other] or _cell(before, by, row) != _cell(after, by, other)):
                    pieces.append(_piece(_cell(before, by, row), _cell(after, by, other), old[row], new[other], common))
    for one, rows, others, names in ((before, left, after.geometry, old), (after, right, before.geometry, new)):
        whole = shapely.STRtree(others)
        for row in rows:
            near = others[whole.query(one.geometry[row], predicate="intersects")]
            alone = land_of(
                shapely.difference(one.geometry[row], shapely.union_all(near)) if len(near) else one.geometry[row],
                _HAIR_M,
            )
            if alone is not None:
                said = _cell(one, by, row)
                gone = one is before
                pieces.append(
                    _piece(
                        said if gone else None,
                        None if gone else said,
                        names[row] if gone else None,
                        None if gone else names[row],
                        alone,
                    )
                )
    return sorted(pieces, key=lambda piece: -piece.area_m2)


def _piece(before: Any, after: Any, old: str | None, new: str | None, shape: Any) -> Piece:
    area = float(areas_m2(np.array([shape], dtype=object))[0])
    return Piece(None if before is None else str(before), None if after is None else str(after), old, new, shape, area)
