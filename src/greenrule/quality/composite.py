"""The composite index of air quality and ranks by it: sums of ratios to limits, exact, rounded once; equal published values tie.

Source: rules for ranking cities (环办〔2014〕64号); the statistics, limits and weights are those of the edition.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from greenrule.quality.editions import Edition, Statistic
from greenrule.quality.periods import PeriodTable
from greenrule.quality.rounding import half_even, round_fraction


@dataclass(frozen=True)
class Composite:
    """The composite index of series over periods.

    value : (series, periods) int32 in units of the last published digit; -1 where a pollutant is missing
    main : (series, periods) uint8, a bit for each statistic (in the edition's order) with the largest ratio
    """

    edition: Edition
    statistics: tuple[Statistic, ...]
    value: npt.NDArray[np.int32]
    main: npt.NDArray[np.uint8]

    def main_pollutants(self, one: int, period: int) -> tuple[str, ...]:
        """The pollutants with the largest ratio."""
        mask = int(self.main[one, period])
        return tuple(item.pollutant for bit, item in enumerate(self.statistics) if mask >> bit & 1)

    def published(self, one: int, period: int) -> Fraction | None:
        """The index as it is published; None where there is none."""
        found = int(self.value[one, period])
        return None if found < 0 else Fraction(found, 10**self.edition.composite_decimals)


def composite(table: PeriodTable, variant: bool = False) -> Composite:
    """The composite index of a table of periods; `variant` takes the edition's other weights.

    Raises ValueError where the edition has no limit for a statistic, or no other weights.
    """
    edition = table.edition
    items = edition.variant if variant else edition.composite
    if not items:
        raise ValueError(f"edition {edition.id} has no such weights")
    factors = [_factor(item, edition) for item in items]
    common = math.lcm(*(factor.denominator for factor in factors))
    parts = [table.values[item.id].astype(np.int64) for item in items]
    there = np.logical_and.reduce([part >= 0 for part in parts])
    scaled = [np.where(there, part, 0) * int(factor * common) for part, factor in zip(parts, factors, strict=True)]
    total = np.sum(scaled, axis=0)
    value = np.where(there, half_even(total * 10**edition.composite_decimals, common), -1).astype(np.int32)
    # The main pollutant is the largest ratio to the limit, whatever its weight.
    weights = [item.weight for item in items]
    whole = math.lcm(*(weight.numerator for weight in weights))
    plain = [part * int(whole / weight) for part, weight in zip(scaled, weights, strict=True)]
    largest = np.maximum.reduce(plain)
    main = np.zeros(value.shape, np.uint8)
    for bit, part in enumerate(plain):
        main |= ((part == largest) & there).astype(np.uint8) << np.uint8(bit)
    return Composite(edition, items, value, main)


def composite_of(
    values: dict[str, Fraction], edition: Edition, variant: bool = False
) -> tuple[Fraction, tuple[str, ...]]:
    """The composite index of one set of statistics (pollutant → μg/m³, CO mg/m³), and its main pollutants.

    >>> from greenrule.packs.air import load_editions
    >>> given = {"so2": 12, "no2": 33, "pm10": 74, "pm25": 38, "co": Fraction("1.4"), "o3": 171}
    >>> float(composite_of(given, load_editions().named("2012"))[0])
    4.59
    """
    items = edition.variant if variant else edition.composite
    ratios = {item.pollutant: Fraction(values[item.pollutant]) / _limit(item, edition) for item in items}
    total = sum((item.weight * ratios[item.pollutant] for item in items), Fraction(0))
    most = max(ratios.values())
    return round_fraction(total, edition.composite_decimals), tuple(
        name for name, ratio in ratios.items() if ratio == most
    )


def _limit(item: Statistic, edition: Edition) -> Fraction:
    limit: Fraction | None = edition.limit(item.pollutant, item.averaging)
    if limit is None or limit <= 0:
        raise ValueError(f"edition {edition.id} has no limit for {item.id}")
    return limit


def _factor(item: Statistic, edition: Edition) -> Fraction:
    digits = Fraction(10 ** edition.statistic_decimals[item.pollutant])
    return item.weight / (_limit(item, edition) * digits)


def ranks(values: npt.NDArray[np.int32], descending: bool = False) -> npt.NDArray[np.int32]:
    """Places from 1 by published values; equal values share a place and the next places are skipped; 0 where there is none.

    >>> ranks(np.array([459, 400, 459, -1, 500])).tolist()
    [2, 1, 2, 0, 4]
    """
    out = np.zeros(len(values), np.int32)
    there = values >= 0
    ordered = np.sort(values[there])
    if descending:
        out[there] = len(ordered) - np.searchsorted(ordered, values[there], "right") + 1
    else:
        out[there] = np.searchsorted(ordered, values[there], "left") + 1
    return out
