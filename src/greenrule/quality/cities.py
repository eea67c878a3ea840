"""A city's day is the mean of its stations' days, where enough of them are valid (HJ 663); exact like theirs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from greenrule.quality.days import DayTable, spans
from greenrule.quality.editions import POLLUTANTS, Editions
from greenrule.quality.rounding import half_even

#: Above this an int64 might overflow when a year of a city is added up and weighted.
_ROOM = 2**62


def city_table(days: DayTable, members: Mapping[str, Sequence[int]], editions: Editions) -> DayTable:
    """The days of cities (counties, townships, parks): `members` name their stations by place in `days`.

    A day counts where the share of valid stations that the edition asks for is reached.
    Raises OverflowError where a place has so many stations that exact fractions leave 64 bits.
    """
    counts_seen: set[int] = {1}
    shape = (len(members), days.days)
    valid: dict[str, np.ndarray] = {name: np.zeros(shape, np.int64) for name in POLLUTANTS}
    total: dict[str, np.ndarray] = {name: np.zeros(shape, np.int64) for name in POLLUTANTS}
    need = np.zeros(shape, np.int64)
    for row, stations in enumerate(members.values()):
        for edition, low, high in spans(days.first, days.days, editions):
            rule = edition.validity
            share = rule.few_sites_share if len(stations) < rule.few_sites else rule.city_share
            need[row, low:high] = -(-share * len(stations) // 100)
        for name in POLLUTANTS:
            part = days.exact[name][list(stations)]
            there = part >= 0
            valid[name][row] = there.sum(axis=0)
            total[name][row] = np.where(there, part, 0).sum(axis=0)
    need = np.maximum(need, 1)
    for name in POLLUTANTS:
        counts_seen.update(np.unique(valid[name][valid[name] >= need]).tolist())
    common = math.lcm(*counts_seen)
    highest = max((int(array.max(initial=0)) for array in days.exact.values()), default=0)
    if highest * common * 1000 * max(days.days, 1) >= _ROOM:
        raise OverflowError(f"{max(len(s) for s in members.values())} stations")
    exact, rounded, counted = {}, {}, {}
    for name in POLLUTANTS:
        enough = valid[name] >= need
        by = np.where(enough, valid[name], 1)
        exact[name] = np.where(enough, total[name] * (common // by), -1)
        rounded[name] = np.where(enough, half_even(total[name], days.denominator * by), -1).astype(np.int16)
        counted[name] = np.minimum(valid[name], 127).astype(np.int8)
    return DayTable(tuple(members), days.first, days.denominator * common, exact, rounded, counted)
