"""GeoJSON as people write it by hand: every wrong number, bracket and type named by its path, all of them at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from greenrule.core.errors import Fault, Place, near

_LEAST_POINTS = {"LineString": 2, "Polygon": 3}
_DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def finite_number(value: Any) -> float | None:
    """A finite coordinate value, or None; booleans are not numbers here."""
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def geojson_shapes(value: Any, path: str, where: Place | None, notes: list[str], faults: list[Fault]) -> list[Any]:
    """The simple shapes (no collections, no multi-parts) of a GeoJSON object, in its own coordinates, not yet checked for validity.

    path : how the object is called in a fault; notes and faults : added to, never raised.
    """
    if not isinstance(value, Mapping):
        faults.append(Fault("GEO001", f"{path} 不是 GeoJSON 对象", where, "应有 type 和 coordinates"))
        return []
    kind = value.get("type")
    lists = {"FeatureCollection": "features", "GeometryCollection": "geometries"}
    if kind in lists:
        items = value.get(lists[str(kind)]) or []
        inner = [
            geojson_shapes(item, f"{path}.{lists[str(kind)]}[{index}]", where, notes, faults)
            for index, item in enumerate(items)
        ]
        return [shape for shapes in inner for shape in shapes]
    if kind == "Feature":
        return geojson_shapes(value.get("geometry"), f"{path}.geometry", where, notes, faults)
    if kind not in _DEPTHS:
        guess = near(str(kind), _DEPTHS, 1)
        hint = f"是否想写 `{guess[0]}`？" if guess else f"可用：{'、'.join(_DEPTHS)}"
        faults.append(Fault("GEO001", f"{path}.type `{kind}` 不是可用的图形类型", where, hint))
        return []
    before = len(faults)
    coordinates = _checked_list(value.get("coordinates"), _DEPTHS[kind], f"{path}.coordinates", where, faults)
    if len(faults) > before:
        return []
    simple = kind.removeprefix("Multi")
    built = [
        _built(simple, part, f"{path}.coordinates", where, notes, faults)
        for part in (coordinates if kind.startswith("Multi") else [coordinates])
    ]
    return [shape for shape in built if shape is not None]


def _checked_list(value: Any, depth: int, path: str, where: Place | None, faults: list[Fault]) -> Any:
    """Nested coordinate lists as floats, every wrong number named by its path."""
    if not isinstance(value, (Sequence, np.ndarray)) or isinstance(value, str):
        faults.append(Fault("GEO002", f"{path} 应是列表", where, "核对括号的层数"))
        return []
    if depth == 1 and len(value) > 64 and (sound := _all_numbers(value)) is not None:
        return sound
    if depth > 0:
        return [_checked_list(item, depth - 1, f"{path}[{index}]", where, faults) for index, item in enumerate(value)]
    pair = [finite_number(item) for item in value[:2]]
    if len(pair) < 2 or None in pair:
        shown = list(value)[:3] if len(value) else "[]"
        faults.append(Fault("GEO002", f"{path} `{shown}` 不是一对有限的数", where, "写成 [经度, 纬度]"))
    return pair


def _all_numbers(value: Sequence[Any] | np.ndarray) -> list[list[float]] | None:
    """A long ring whose corners are all pairs (or triples) of finite numbers, at once; None where one is not."""
    try:
        table = np.asarray(value)
    except ValueError:
        return None
    if table.ndim != 2 or table.shape[1] < 2 or table.dtype.kind not in "fiu" or not np.isfinite(table[:, :2]).all():
        return None
    pairs: list[list[float]] = table[:, :2].astype(float).tolist()
    return pairs


def _built(kind: str, part: Any, path: str, where: Place | None, notes: list[str], faults: list[Fault]) -> Any:
    if kind == "Point":
        return shapely.Point(part)
    rings = [part] if kind == "LineString" else part
    if not rings or not any(rings):
        faults.append(Fault("GEO004", f"{path} 是空的", where, "给出坐标"))
        return None
    for ring in rings:
        distinct = len({tuple(corner) for corner in ring})
        if distinct < _LEAST_POINTS[kind]:
            name = "线" if kind == "LineString" else "面的环"
            message = f"{path} 的{name}只有 {distinct} 个不同的点，至少要 {_LEAST_POINTS[kind]} 个"
            faults.append(Fault("GEO003", message, where, "补全拐点"))
            return None
    if kind == "LineString":
        return shapely.LineString(part)
    if any(ring[0] != ring[-1] for ring in rings):
        notes.append("面的环首尾没有闭合，已闭合")
    return shapely.Polygon(rings[0], rings[1:])
