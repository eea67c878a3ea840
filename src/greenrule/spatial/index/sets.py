"""Sets of parts as numbers: 0 is empty, 1 … parts are sets of one, larger numbers are entries of a table.

Cells share few different sets, so a cell keeps a number.  A state under way is a small sorted array.
"""

from __future__ import annotations

import numpy as np

from greenrule.core.kernels import inner

#: Answer where a table has no room left.
FULL = -1


@inner
def toggle(state, size, part):
    """Take a part out of a sorted state or put it in; returns the new size, `FULL` where there is no room."""
    place = size
    while place > 0 and state[place - 1] >= part:
        place -= 1
    if place < size and state[place] == part:
        for k in range(place, size - 1):
            state[k] = state[k + 1]
        return size - 1
    if size == len(state):
        return FULL
    for k in range(size, place, -1):
        state[k] = state[k - 1]
    state[place] = part
    return size + 1


@inner
def cross(state, size, a, b):
    """The state on the other side of an edge between the parts a and b (-1: none)."""
    if a == b:
        return size
    size = toggle(state, size, a)
    if b >= 0 and size >= 0:
        size = toggle(state, size, b)
    return size


@inner
def number_of(state, size, parts, starts, items, slots, used):
    """The number of a set, entered into the table where it is new; `FULL` where there is no room.

    starts, items : the table, set `parts + 1 + k` being items[starts[k]:starts[k + 1]]
    slots : hash table of k, -1 where free; used : (1,) how many sets the table holds
    """
    if size == 0:
        return 0
    if size == 1:
        return state[0] + 1
    mask = np.uint64(len(slots) - 1)
    key = np.uint64(size)
    for k in range(size):
        key = (key ^ np.uint64(state[k])) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    slot = key & mask
    while slots[slot] >= 0:
        k = slots[slot]
        if starts[k + 1] - starts[k] == size:
            same = True
            for item in range(size):
                if items[starts[k] + item] != state[item]:
                    same = False
                    break
            if same:
                return parts + 1 + k
        slot = (slot + np.uint64(1)) & mask
    k = used[0]
    if 2 * (k + 1) >= len(slots) or k + 2 > len(starts) or starts[k] + size > len(items):
        return FULL
    for item in range(size):
        items[starts[k] + item] = state[item]
    starts[k + 1] = starts[k] + size
    slots[slot] = k
    used[0] = k + 1
    return parts + 1 + k


@inner
def load(number, parts, starts, items, state):
    """Write the members of a set into a state; returns its size."""
    if number == 0:
        return 0
    if number <= parts:
        state[0] = number - 1
        return 1
    k = number - parts - 1
    size = starts[k + 1] - starts[k]
    for item in range(size):
        state[item] = items[starts[k] + item]
    return size
