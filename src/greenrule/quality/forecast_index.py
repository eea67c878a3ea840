"""The index of a day that is only foretold, and how likely it passes a threshold, from the intervals of its concentrations.

The index is that of an observed day: concentrations rounded as they are reported, sub-indices, the largest.  Of how pollutants
go together nothing is foretold, so a probability is a range: at least that of the likeliest pollutant, at most the sum of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from greenrule.quality.editions import MISSING, NO_INDEX, Edition
from greenrule.quality.index import evaluate
from greenrule.quality.rounding import scaled_integers

#: A quantile of every concentration → its probability; `point` is the forecast itself, taken for the median.
QUANTILES = {
    "low95": 0.025, "low80": 0.1, "low50": 0.25, "point": 0.5, "high50": 0.75, "high80": 0.9, "high95": 0.975,
}  # fmt: skip


@dataclass(frozen=True)
class Foretold:
    """A day: pollutant → quantile → concentration in µg/m³ (CO mg/m³; `o3` the peak of eight hours); what is not foretold is absent."""

    quantiles: Mapping[str, Mapping[str, float]]

    def index(self, edition: Edition, value: str = "point") -> tuple[int | None, int]:
        """The index and the mask of primary pollutants under one quantile of every concentration (the point where it has no other)."""
        whole = {}
        for name, mine in self.quantiles.items():
            amount = mine.get(value, mine.get("point"))
            if amount is not None:
                whole[name] = scaled_integers(np.array([amount]), edition.decimals[name])
        if not whole:
            return None, 0
        columns = {name: whole.get(name, np.array([MISSING])) for name in edition.day}
        found = evaluate(columns, "day", edition)
        aqi = int(found.aqi[0])
        return (None if aqi == NO_INDEX else aqi), int(found.primary[0])

    def chance(self, edition: Edition, index: int, reach: bool = False) -> tuple[float, float] | None:
        """Between what and what the probability lies that the index is above `index` (`reach`: at it or above).

        None where no pollutant has intervals.  Beyond the outermost quantile only that it is beyond is known.
        """
        parts = []
        for name, mine in self.quantiles.items():
            points = sorted((QUANTILES[key], amount) for key, amount in mine.items())
            if len(points) > 1:
                parts.append(_above(points, _least(edition, name, index, reach)))
            elif points:
                parts.append((0.0, 1.0))
        if not parts or all(part == (0.0, 1.0) for part in parts):
            return None
        return max(low for low, _ in parts), min(1.0, sum(high for _, high in parts))


def _least(edition: Edition, pollutant: str, index: int, reach: bool) -> float:
    """The least concentration that is reported as one whose sub-index passes; infinite where none does."""
    lookup = edition.day[pollutant].lookup
    passing = np.flatnonzero(lookup >= index if reach else lookup > index)
    if not len(passing):
        return float("inf")
    return float((int(passing[0]) - 0.5) / 10 ** edition.decimals[pollutant])


def _above(points: list[tuple[float, float]], least: float) -> tuple[float, float]:
    """Between what and what the probability of `least` and more lies, straight lines between quantiles."""
    levels = np.array([level for level, _ in points])
    amounts = np.maximum.accumulate(np.array([amount for _, amount in points]))
    at = int(np.searchsorted(amounts, least, side="left"))
    if least == float("inf"):
        return 0.0, 0.0
    if at == 0:
        return float(1 - levels[0]), 1.0
    if at == len(amounts):
        return 0.0, float(1 - levels[-1])
    share = (least - amounts[at - 1]) / (amounts[at] - amounts[at - 1])
    below = float(levels[at - 1] + share * (levels[at] - levels[at - 1]))
    return 1 - below, 1 - below
