"""What an edition of the ambient air standards says, as plain tables: limits, breakpoints, validity, rounding.

The numbers come from a pack (`greenrule.packs.air`); here they only have a shape.  Concentrations are whole numbers of the
last digit that is reported: μg/m³, and tenths of mg/m³ for CO.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

#: The six basic pollutants in the order of the standard; arrays over pollutants have this order.
POLLUTANTS = ("so2", "no2", "co", "o3", "pm10", "pm25")
LABELS = {"so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3", "pm10": "PM10", "pm25": "PM2.5"}
#: A concentration that is not there, in arrays of int16 and int32.
MISSING = -32768
#: An index that is not there.
NO_INDEX = -1


@dataclass(frozen=True)
class Breakpoints:
    """One column of the table of sub-indices: `points` are (concentration, index), rising; `above` whether more is the last."""

    pollutant: str
    column: str
    points: tuple[tuple[int, int], ...]
    above: bool

    def index(self, concentration: int) -> int | None:
        """The sub-index of a concentration, rounded up; None where the edition gives none (HJ 633, 4.2).

        >>> pm = Breakpoints("pm25", "pm25_day", ((0, 0), (35, 50), (60, 100), (115, 150)), True)
        >>> pm.index(60), pm.index(61), pm.index(83), pm.index(500)
        (100, 101, 121, 150)
        """
        if concentration < 0:
            return None
        for (low, one), (high, other) in pairwise(self.points):
            if concentration <= high:
                return one - (-(other - one) * (concentration - low) // (high - low))
        return self.points[-1][1] if self.above else None

    @cached_property
    def lookup(self) -> npt.NDArray[np.int16]:
        """(top + 2,) the sub-index of every whole concentration; the last entry stands for all that is above the top."""
        top = self.points[-1][0]
        found = [self.index(value) for value in range(top + 2)]
        return np.array([NO_INDEX if item is None else item for item in found], np.int16)

    def indices(self, concentrations: npt.NDArray[Any]) -> npt.NDArray[np.int16]:
        """The sub-index of each concentration (any integer type; negative: missing), NO_INDEX where there is none."""
        top = len(self.lookup) - 1
        missing = concentrations < 0
        out = self.lookup[np.minimum(np.where(missing, 0, concentrations), top)]
        out[missing] = NO_INDEX
        return out


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the index: 1–6, 一级, 优, from and to (both included), its colour."""

    number: int
    ordinal: str
    name: str
    first: int
    last: int
    colour: str
    hex: str


@dataclass(frozen=True, slots=True)
class Validity:
    """How much must be there for an average to count (GB 3095 table 4, HJ 663): numbers of hours, windows and days; shares in %."""

    day_hours: int
    window_hours: int
    windows: int
    first_window: int
    year_days: int
    month_days: int
    february_days: int
    city_share: int
    few_sites: int
    few_sites_share: int

    def days_of_month(self, month: int) -> int:
        """The days that a month needs."""
        return self.february_days if month == 2 else self.month_days


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic of a period and the limit that it is held against: the mean of the days, or a percentile of them."""

    pollutant: str
    kind: str  # "mean" | "percentile"
    percent: int | None
    averaging: str  # of the limit: "year" | "day" | "mda8"
    weight: Fraction = Fraction(1)

    @property
    def id(self) -> str:
        """`pm25_mean`, `o3_p90`."""
        return f"{self.pollutant}_{'mean' if self.percent is None else f'p{self.percent}'}"


@dataclass(frozen=True)
class Edition:
    """One edition: all that holds together from `first` to `last`.

    decimals, statistic_decimals : digits after the point of values (hours, days) and of statistics (months, years)
    limits : (pollutant, averaging) → class 1, class 2, in μg/m³ (CO: mg/m³)
    hour, day : pollutant → breakpoints of the two reports
    partial_above : an index from incomplete pollutants is published above this only; None: always
    doubts : what of this edition is not sure, with the reason
    """

    id: str
    label: str
    first: date
    last: date | None
    decimals: Mapping[str, int]
    statistic_decimals: Mapping[str, int]
    limits: Mapping[tuple[str, str], tuple[Fraction, Fraction]]
    hour: Mapping[str, Breakpoints]
    day: Mapping[str, Breakpoints]
    levels: tuple[Level, ...]
    primary_above: int
    partial_above: int | None
    least: int
    validity: Validity
    statistics: tuple[Statistic, ...]
    composite: tuple[Statistic, ...]
    variant: tuple[Statistic, ...]
    exceedance_decimals: int
    rate_decimals: int
    composite_decimals: int
    doubts: tuple[str, ...] = ()
    sources: tuple[str, ...] = field(default=())

    def limit(self, pollutant: str, averaging: str, zone: int = 2) -> Fraction | None:
        """The limit of class 1 or 2, in μg/m³ (CO: mg/m³); None where there is none."""
        found = self.limits.get((pollutant, averaging))
        return None if found is None else found[zone - 1]

    def level(self, aqi: int) -> Level | None:
        """The level of an index."""
        return next((level for level in self.levels if level.first <= aqi <= level.last), None)

    @cached_property
    def level_lookup(self) -> npt.NDArray[np.int8]:
        """(top + 1,) number of the level of every index, 0 where there is none."""
        out = np.zeros(max(level.last for level in self.levels) + 1, np.int8)
        for level in self.levels:
            out[level.first : level.last + 1] = level.number
        return out


@dataclass(frozen=True)
class Editions:
    """All editions, oldest first."""

    items: tuple[Edition, ...]

    def on(self, day: date) -> Edition | None:
        """The edition of data of a day; None before the first."""
        return next(
            (item for item in self.items if item.first <= day and (item.last is None or day <= item.last)), None
        )

    def named(self, id: str) -> Edition | None:
        """The edition of a name."""
        return next((item for item in self.items if item.id == id), None)

    def governing(self, first: date, last: date) -> tuple[Edition, ...]:
        """The editions that touch a period (both days included): one, or several where none governs it alone."""
        return tuple(item for item in self.items if item.first <= last and (item.last is None or first <= item.last))

    @property
    def names(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(item.id for item in self.items)
