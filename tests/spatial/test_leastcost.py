"""Least-cost paths: the same cost as a plain Dijkstra over whole numbers, a path that adds up, and nobody through corners."""

from __future__ import annotations

import heapq
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenrule.spatial.leastcost import DIAGONAL, STRAIGHT, UNIT, least_cost, padded
from greenrule.spatial.sightline import pulled_tight


def steps(weights: np.ndarray, row: int, column: int):
    """Neighbours of a cell and what the step costs, said once more in plain Python."""
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            there = (row + down, column + across)
            if (down, across) == (0, 0) or not (0 <= there[0] < weights.shape[0] and 0 <= there[1] < weights.shape[1]):
                continue
            if weights[there] == 0 or (
                down and across and (weights[row, there[1]] == 0 or weights[there[0], column] == 0)
            ):
                continue
            yield there, (int(weights[row, column]) + int(weights[there])) * (DIAGONAL if down and across else STRAIGHT)


def dijkstra(weights: np.ndarray, start: tuple[int, int], goal: tuple[int, int]) -> int | None:
    best, queue = {start: 0}, [(0, start)]
    while queue:
        cost, cell = heapq.heappop(queue)
        if cell == goal:
            return cost
        if cost > best[cell]:
            continue
        for there, step in steps(weights, *cell):
            if cost + step < best.get(there, 1 << 62):
                best[there] = cost + step
                heapq.heappush(queue, (cost + step, there))
    return None


@st.composite
def surfaces(draw: st.DrawFn) -> np.ndarray:
    rows, columns = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    choice = draw(st.sampled_from([[0, 1], [1, 2, 255], [0, 1, 4, 40], [7], [0, 3, 3, 3, 9]]))
    return np.array(
        draw(
            st.lists(
                st.lists(st.sampled_from(choice), min_size=columns, max_size=columns), min_size=rows, max_size=rows
            )
        )
    )


@given(surfaces(), st.data())
def test_the_cost_is_the_least(weights: np.ndarray, data: st.DataObject) -> None:
    rows, columns = weights.shape
    start = (data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1)))
    goal = (data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1)))
    expected = dijkstra(weights, start, goal) if weights[start] and weights[goal] else None
    found = least_cost(padded(weights), start, goal)
    if expected is None:
        assert found is None
        return
    cost, cells = found
    assert cost == expected
    # The path is one, it begins and ends where it should, and it costs what was said.
    path = [tuple(cell) for cell in cells.tolist()]
    assert path[0] == start
    assert path[-1] == goal
    assert sum(dict(steps(weights, *here))[there] for here, there in pairwise(path)) == cost


def test_there_and_back_cost_the_same() -> None:
    weights = np.random.default_rng(5).integers(0, 9, (60, 80))
    weights[0, 0] = weights[59, 79] = 1
    rim = padded(weights)
    assert least_cost(rim, (0, 0), (59, 79))[0] == least_cost(rim, (59, 79), (0, 0))[0]


def test_large_surfaces_do_not_drift() -> None:
    """Tens of thousands of additions: the sum is exact to the unit, as no float32 sum would be."""
    weights = np.full((3, 40_001), 37)
    cost, cells = least_cost(padded(weights), (1, 0), (1, 40_000))
    assert cost == 40_000 * 37 * UNIT
    assert len(cells) == 40_001


def test_a_cost_beyond_narrow_labels_is_a_cost() -> None:
    """Weights of 255 over more than 8,500 cells pass four thousand million units: long and dear, but a way all the same."""
    weights = np.full((1, 9_000), 255)
    cost, cells = least_cost(padded(weights), (0, 0), (0, 8_999))
    assert cost == 8_999 * 255 * UNIT > 2**32
    assert cells[:, 1].tolist() == list(range(9_000))
    weights[0, 8_900] = 0  # what is closed beyond that is still closed
    assert least_cost(padded(weights), (0, 0), (0, 8_999)) is None


@given(surfaces(), st.data())
def test_pulling_tight_costs_no_more_and_meets_nothing_closed(weights: np.ndarray, data: st.DataObject) -> None:
    open_cells = np.argwhere(weights > 0)
    if len(open_cells) < 2:
        return
    start = tuple(open_cells[data.draw(st.integers(0, len(open_cells) - 1))].tolist())
    goal = tuple(open_cells[data.draw(st.integers(0, len(open_cells) - 1))].tolist())
    rim = padded(weights)
    found = least_cost(rim, start, goal)
    if found is None:
        return
    corners = pulled_tight(rim, found[1])
    assert corners[0].tolist() == list(start)
    assert corners[-1].tolist() == list(goal)
    total = 0.0
    for one, other in pairwise(corners):
        fine = np.linspace(one, other, 4001)
        middles = (fine[1:] + fine[:-1]) / 2
        through = weights[np.floor(middles[:, 0] + 0.5).astype(int), np.floor(middles[:, 1] + 0.5).astype(int)]
        assert (through > 0).all()
        total += float(np.hypot(*(other - one))) * float(through.mean())
    assert total <= found[0] / UNIT * 1.002 + 0.05


@pytest.mark.parametrize("goal", [(0, 1), (1, 1)])
def test_closed_ends_have_no_way(goal: tuple[int, int]) -> None:
    weights = np.array([[1, 0], [0, 1]])
    assert least_cost(padded(weights), (0, 0), goal) is None  # nor through the corner
