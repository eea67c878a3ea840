"""Filters (CQL) as rows: a closed set of expressions, evaluated one by one; nothing of the text becomes code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import numpy as np
from pygeofilter import ast, values
from pygeofilter.util import like_pattern_to_re

from greenrule.spatial.picking import PREDICATES, Picker

Value = Callable[[int, str], Any]
_DEEPEST = 40


class Refused(ValueError):
    """A filter that is understood by the parser and not by us."""


def rows_where(node: Any, picker: Picker, value: Value, fields: Mapping[str, Any]) -> np.ndarray:
    """The rows for which a filter holds; a missing value holds nowhere but in IS NULL.  Raises Refused for what is not known."""
    every = np.arange(len(picker.frame))
    return every[_held(node, picker, value, fields, 0)]


def _held(node: Any, picker: Picker, value: Value, fields: Mapping[str, Any], depth: int) -> np.ndarray:
    if depth > _DEEPEST:
        raise Refused("filter: nested too deeply")
    size = len(picker.frame)

    def inner(part: Any) -> np.ndarray:
        return _held(part, picker, value, fields, depth + 1)

    def column(part: Any) -> list[Any]:
        return _column(part, size, value, fields)

    if isinstance(node, ast.And):
        return inner(node.lhs) & inner(node.rhs)
    if isinstance(node, ast.Or):
        return inner(node.lhs) | inner(node.rhs)
    if isinstance(node, ast.Not):
        return ~inner(node.sub_node)
    if isinstance(node, ast.Comparison):
        return _each(_COMPARED[node.op], column(node.lhs), column(node.rhs))
    if isinstance(node, ast.Between):
        inside = _each(lambda x, low: x >= low, column(node.lhs), column(node.low))
        inside &= _each(lambda x, high: x <= high, column(node.lhs), column(node.high))
        return _turned(inside, node.not_, column(node.lhs))
    if isinstance(node, ast.In):
        options = {_plain(option) for option in node.sub_nodes}
        held = np.array([item in options for item in column(node.lhs)], dtype=bool)
        return _turned(held, node.not_, column(node.lhs))
    if isinstance(node, ast.Like):
        pattern = like_pattern_to_re(str(node.pattern), node.nocase, node.wildcard, node.singlechar, node.escapechar)
        held = np.array(
            [isinstance(item, str) and pattern.fullmatch(item) is not None for item in column(node.lhs)], dtype=bool
        )
        return _turned(held, node.not_, column(node.lhs))
    if isinstance(node, ast.IsNull):
        held = np.array([item is None for item in column(node.lhs)], dtype=bool)
        return ~held if node.not_ else held
    return _placed(node, picker)


def _placed(node: Any, picker: Picker) -> np.ndarray:
    held = np.zeros(len(picker.frame), dtype=bool)
    if isinstance(node, ast.BBox):
        held[picker.in_box(node.minx, node.miny, node.maxx, node.maxy)] = True
        return held
    if isinstance(node, ast.SpatialComparisonPredicate):
        name = node.op.value.lower()
        shape = node.rhs
        if (
            name in PREDICATES
            and isinstance(node.lhs, ast.Attribute)
            and isinstance(shape, (values.Geometry, values.Envelope))
        ):
            held[picker.meeting(shape.__geo_interface__, name)] = True
            return held
    raise Refused(f"filter: {type(node).__name__} is not supported")


def _column(node: Any, size: int, value: Value, fields: Mapping[str, Any]) -> list[Any]:
    if isinstance(node, ast.Attribute):
        if node.name not in fields:
            raise Refused(f"filter: no property {node.name[:60]}")
        return [value(row, node.name) for row in range(size)]
    return [_plain(node)] * size


def _plain(node: Any) -> Any:
    if isinstance(node, (bool, int, float, str)):
        return node
    if isinstance(node, date):
        return node.isoformat()[:10]
    raise Refused(f"filter: {type(node).__name__} is not supported")


def _each(compared: Callable[[Any, Any], bool], ones: list[Any], others: list[Any]) -> np.ndarray:
    def one(x: Any, y: Any) -> bool:
        try:
            return x is not None and y is not None and bool(compared(x, y))
        except TypeError:
            return False

    return np.array([one(x, y) for x, y in zip(ones, others, strict=True)], dtype=bool)


def _turned(held: np.ndarray, turned: bool, items: list[Any]) -> np.ndarray:
    return ~held & np.array([item is not None for item in items], dtype=bool) if turned else held


_COMPARED: dict[Any, Callable[[Any, Any], bool]] = {
    ast.ComparisonOp.EQ: lambda x, y: x == y, ast.ComparisonOp.NE: lambda x, y: x != y,
    ast.ComparisonOp.LT: lambda x, y: x < y, ast.ComparisonOp.LE: lambda x, y: x <= y,
    ast.ComparisonOp.GT: lambda x, y: x > y, ast.ComparisonOp.GE: lambda x, y: x >= y,
}  # fmt: skip
