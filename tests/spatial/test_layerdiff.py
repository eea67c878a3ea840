"""What changed between two versions: no land is lost between them, and nothing is reported that stayed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from greenrule.spatial.frame import Frame
from greenrule.spatial.layerdiff import layer_diff
from greenrule.spatial.overlay import areas_m2

CLASSES = ["priority", "key", "general"]


def fields(cuts: list[int], classes: list[str]) -> Frame:
    """A square cut into strips at tenths of a degree, coded by their number."""
    edges = [0, *sorted(set(cuts)), 10]
    shapes = [shapely.box(112 + a / 10, 37, 112 + b / 10, 37.5) for a, b in pairwise(edges)]
    names = [f"U{number}" for number in range(len(shapes))]
    return Frame(
        np.array(shapes, dtype=object),
        {"code": names, "class": [classes[n % len(classes)] for n in range(len(shapes))]},
    )


layers = st.builds(
    fields, st.lists(st.integers(1, 9), max_size=6), st.lists(st.sampled_from(CLASSES), min_size=1, max_size=5)
)


@given(layers)
def test_a_version_does_not_differ_from_itself(layer: Frame) -> None:
    diff = layer_diff(layer, layer)
    assert not diff
    assert diff.pieces == []


@given(layers, layers)
def test_land_balances(before: Frame, after: Frame) -> None:
    """What leaves a class and what enters it explain the class's areas in both versions."""
    diff = layer_diff(before, after)
    for name in CLASSES:
        then = sum(
            area for area, of in zip(areas_m2(before.geometry), before.columns["class"], strict=True) if of == name
        )
        now = sum(area for area, of in zip(areas_m2(after.geometry), after.columns["class"], strict=True) if of == name)
        gone = sum(area for (old, _), area in diff.areas().items() if old == name)
        come = sum(area for (_, new), area in diff.areas().items() if new == name)
        assert now == pytest.approx(then - gone + come, rel=1e-9, abs=1.0)


@given(layers, layers)
def test_there_and_back_is_the_same_land(before: Frame, after: Frame) -> None:
    one, other = layer_diff(before, after).areas(), layer_diff(after, before).areas()
    assert {(new, old): area for (old, new), area in one.items()} == pytest.approx(other, rel=1e-9)


def test_columns_and_places_are_told_apart() -> None:
    old = Frame(
        np.array([shapely.box(112, 37, 113, 38), shapely.box(114, 37, 115, 38)], dtype=object),
        {"code": ["A", "B"], "class": ["key", "key"], "remark": ["一", None]},
    )
    new = Frame(
        np.array(
            [shapely.box(112, 37, 113, 38), shapely.box(114, 37, 115.5, 38), shapely.box(116, 37, 117, 38)],
            dtype=object,
        ),
        {"code": ["A", "B", "C"], "class": ["key"] * 3, "remark": ["二", None, None]},
    )
    diff = layer_diff(old, new)
    assert (diff.added, diff.removed, diff.moved) == (["C"], [], ["B"])
    assert diff.changed == {"A": {"remark": ("一", "二")}}
    assert {(piece.before, piece.after) for piece in diff.pieces} == {(None, "key")}
    assert diff.touches(shapely.Point(115.2, 37.5))
    assert not diff.touches(shapely.Point(112.5, 37.5))
