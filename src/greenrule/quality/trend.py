"""The trend of monthly values: the median slope of all pairs, with an interval from blocks drawn again.

Months are compared without their season: the mean of each calendar month is taken out first.  Neighbouring months resemble one
another, so the interval comes from blocks of months, not from single ones.
Source: P. K. Sen, J. Am. Stat. Assoc. 63 (1968) 1379–1389; H. R. Künsch, Ann. Statist. 17 (1989) 1217–1241.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trend:
    """A slope a year with its interval, and the line through the months.

    significant : whether the interval leaves 0 out
    """

    slope: float
    low: float
    high: float
    line: Values
    deseasoned: Values

    @property
    def significant(self) -> bool:
        """Whether the interval leaves 0 out."""
        return self.low > 0 or self.high < 0


def sen_slope(values: Values) -> float:
    """The median slope a step over all pairs; NaN are left out.

    >>> sen_slope(np.array([1.0, 2.0, np.nan, 4.0]))
    1.0
    """
    at = np.flatnonzero(~np.isnan(values))
    first, second = np.triu_indices(len(at), 1)
    return float(np.median((values[at[second]] - values[at[first]]) / (at[second] - at[first])))


def deseason(values: Values) -> Values:
    """Monthly values with the mean of their calendar month taken out and the whole mean put back."""
    out = values.copy()
    for month in range(12):
        part = out[month::12]
        if not np.all(np.isnan(part)):
            part -= np.nanmean(part)
    out += np.nanmean(values)
    return out


def trend(values: Values, draws: int = 1000, block: int = 3, seed: int = 1, level: float = 0.95) -> Trend | None:
    """The trend of consecutive months (NaN: missing), a year; None with fewer than two years of values."""
    if np.count_nonzero(~np.isnan(values)) < 24:
        return None
    clean = deseason(values)
    slope = sen_slope(clean)
    steps = np.arange(len(clean))
    offset = float(np.nanmedian(clean - slope * steps))
    line = np.asarray(offset + slope * steps, np.float64)
    rest = (clean - line)[~np.isnan(clean)]
    generator = np.random.default_rng(seed)
    blocks = -(-len(clean) // block)
    starts = generator.integers(0, len(rest) - block + 1, (draws, blocks))
    drawn = rest[(starts[:, :, None] + np.arange(block)).reshape(draws, -1)[:, : len(clean)]]
    drawn = np.where(np.isnan(clean), np.nan, line + drawn)
    slopes = np.array([sen_slope(row) for row in drawn])
    low, high = np.quantile(slopes, [(1 - level) / 2, (1 + level) / 2])
    return Trend(12 * slope, 12 * float(low), 12 * float(high), line, clean)
