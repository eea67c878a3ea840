"""A city's day is the mean of its stations' days, where enough of them are valid (HJ 663); exact like theirs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.quality.days import DayTable, spans
from greenrule.quality.editions import POLLUTANTS, Edition, Editions
from greenrule.quality.rounding import half_even

#: Above this an int64 might overflow when the days of a city are added up and scaled.
_ROOM = 2**62


def city_table(
    days: DayTable,
    members: Mapping[str, Sequence[int]],
    editions: Editions,
    present: Mapping[str, npt.NDArray[np.bool_]] | None = None,
) -> DayTable:
    """The days of cities (counties, townships, parks): `members` name their stations by place in `days`.

    A day counts where the share of valid stations that the edition asks for is reached.
    present : name → (stations, days) bool, where stations came, went or moved: only those that stood there on a day count
    """
    shape = (len(members), days.days)
    valid = {name: np.zeros(shape, np.int64) for name in POLLUTANTS}
    total = {name: np.zeros(shape, np.int64) for name in POLLUTANTS}
    need = np.ones(shape, np.int64)
    for row, (place, stations) in enumerate(members.items()):
        stood = present[place] if present is not None else np.ones((len(stations), days.days), np.bool_)
        count = stood.sum(axis=0)
        for edition, low, high in spans(days.first, days.days, editions):
            need[row, low:high] = needed_stations(count[low:high], edition)
        for name in POLLUTANTS:
            part = days.exact[name][list(stations)]
            there = (part >= 0) & stood
            valid[name][row] = there.sum(axis=0)
            total[name][row] = np.where(there, part, 0).sum(axis=0)
    seen = {1}
    for name in POLLUTANTS:
        seen.update(np.unique(valid[name][valid[name] >= need]).tolist())
    common = math.lcm(*seen)
    highest = max((int(array.max(initial=0)) for array in days.exact.values()), default=0)
    fits = highest * common * 1000 * max(days.days, 1) < _ROOM
    exact, rounded, counted = {}, {}, {}
    fractions: dict[str, list[list[Fraction | None]]] = {}
    for name in POLLUTANTS:
        enough = valid[name] >= need
        by = np.where(enough, valid[name], 1)
        exact[name] = np.where(enough, total[name] * (common // by) if fits else 0, -1)
        rounded[name] = np.where(enough, half_even(total[name], days.denominator * by), -1).astype(np.int16)
        counted[name] = np.minimum(valid[name], 127).astype(np.int8)
        if not fits:
            fractions[name] = _fractions(total[name], by, enough, days.denominator)
    scale = common if fits else 1
    return DayTable(
        tuple(members), days.first, days.denominator * scale, exact, rounded, counted, None if fits else fractions
    )  # fmt: skip


def needed_stations(sites: Any, edition: Edition) -> Any:
    """How many valid stations a place of so many needs (a number, or an array of them); at least one."""
    rule = edition.validity
    share = np.where(np.asarray(sites) < rule.few_sites, rule.few_sites_share, rule.city_share)
    return np.maximum(-(-share * sites // 100), 1)


def _fractions(total: Any, by: Any, enough: Any, denominator: int) -> list[list[Fraction | None]]:
    return [
        [Fraction(int(n), denominator * int(k)) if there else None for n, k, there in zip(*row, strict=True)]
        for row in zip(total, by, enough, strict=True)
    ]
