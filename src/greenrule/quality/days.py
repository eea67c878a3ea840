"""From hours to days: daily means and the largest mean of eight hours of ozone, with their validity (GB 3095 table 4, HJ 663).

An hour's value stands at the hour's end: 00:00 is 24 o'clock of the day before.  A day is the natural day, hours 1 to 24.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from greenrule.quality.editions import MISSING, POLLUTANTS, Edition, Editions
from greenrule.quality.folding import day_means, day_windows
from greenrule.quality.index import Index, evaluate

#: Columns of days are worked on by this many threads; the loops hold no lock.
THREADS = 2


@dataclass
class HourGrid:
    """Hours of stations side by side: pollutant → (stations, 24 days) int16, MISSING where there is nothing valid."""

    stations: Sequence[str]
    first: date
    hours: dict[str, npt.NDArray[np.int16]]

    @classmethod
    def empty(cls, stations: Sequence[str], first: date, days: int) -> HourGrid:
        """A grid in which nothing has been measured."""
        shape = (len(stations), 24 * days)
        return cls(stations, first, {name: np.full(shape, MISSING, np.int16) for name in POLLUTANTS})

    @property
    def days(self) -> int:
        """How many days it has."""
        return int(next(iter(self.hours.values())).shape[1]) // 24


@dataclass
class DayTable:
    """Days of series (stations or cities): what `day` of each pollutant is, exactly and rounded.

    exact : pollutant → (series, days) int64 numerators over `denominator` in whole numbers of the last digit; -1 invalid
    rounded : pollutant → (series, days) int16, the value that is reported; -1 invalid
    counts : pollutant → (series, days) int8, valid hours (ozone: valid means of eight hours)
    fractions : where no common denominator fits into 64 bits (means over hundreds of stations), the exact values themselves,
        pollutant → series → day; `exact` then only says whether there is a value
    """

    series: Sequence[str]
    first: date
    denominator: int
    exact: dict[str, npt.NDArray[np.int64]]
    rounded: dict[str, npt.NDArray[np.int16]]
    counts: dict[str, npt.NDArray[np.int8]]
    fractions: dict[str, list[list[Fraction | None]]] | None = None

    @property
    def days(self) -> int:
        """How many days it has."""
        return int(next(iter(self.exact.values())).shape[1])

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first + timedelta(days=self.days - 1)

    def index(
        self, editions: Editions, edition: Edition | None = None, not_monitored: tuple[str, ...] = ()
    ) -> DayIndex:
        """The daily index, each day under the edition of its date, or all under one."""
        shape = next(iter(self.rounded.values())).shape
        out = DayIndex.empty(shape)
        for one, low, high in spans(self.first, self.days, editions) if edition is None else [(edition, 0, self.days)]:
            values = {name: array[:, low:high].reshape(-1) for name, array in self.rounded.items()}
            out.put(evaluate(values, "day", one, not_monitored), low, high)
        return out


@dataclass
class DayIndex:
    """The daily index of a table: (series, days) arrays as those of `Index`; `edition` is the edition's id of each day."""

    iaqi: dict[str, npt.NDArray[np.int16]]
    aqi: npt.NDArray[np.int16]
    primary: npt.NDArray[np.uint8]
    level: npt.NDArray[np.int8]
    edition: list[str | None]

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> DayIndex:
        """No index anywhere."""
        none = {name: np.full(shape, -1, np.int16) for name in POLLUTANTS}
        return cls(
            none, np.full(shape, -1, np.int16), np.zeros(shape, np.uint8), np.zeros(shape, np.int8), [None] * shape[1]
        )

    def put(self, found: Index, low: int, high: int) -> None:
        """Fill in a stretch of days."""
        rows = self.aqi.shape[0]
        for name, array in found.iaqi.items():
            self.iaqi[name][:, low:high] = array.reshape(rows, -1)
        self.aqi[:, low:high] = found.aqi.reshape(rows, -1)
        self.primary[:, low:high] = found.primary.reshape(rows, -1)
        self.level[:, low:high] = found.level.reshape(rows, -1)
        self.edition[low:high] = [found.edition] * (high - low)


def spans(first: date, days: int, editions: Editions) -> Iterator[tuple[Edition, int, int]]:
    """The stretches of a row of days under one edition each: (edition, first place, place after the last)."""
    for edition in editions.items:
        low = max(0, (edition.first - first).days)
        high = days if edition.last is None else min(days, (edition.last - first).days + 1)
        if low < high:
            yield edition, low, high


def editions_of_days(first: date, days: int, editions: Editions) -> list[Edition]:
    """The edition of each day of a row; days before the first one's are given to it, for a past to learn from."""
    out = [editions.items[0]] * days
    for edition, low, high in spans(first, days, editions):
        out[low:high] = [edition] * (high - low)
    return out


def denominator(editions: Editions) -> int:
    """A number that every count of hours of a valid mean divides."""
    needs = [edition.validity for edition in editions.items]
    hours = range(min(need.day_hours for need in needs), 25)
    windows = range(min(need.window_hours for need in needs), 9)
    return math.lcm(*hours, *windows)


def day_table(
    grid: HourGrid, editions: Editions, low: int = 0, high: int | None = None, threads: int = THREADS
) -> DayTable:
    """The days of a grid, or those from place `low` to before `high`; each under the validity of its edition.

    Days before the first edition have no value.
    """
    high = grid.days if high is None else high
    shape = (len(grid.stations), high - low)
    common = denominator(editions)
    table = DayTable(
        grid.stations, grid.first + timedelta(days=low), common,
        {name: np.full(shape, -1, np.int64) for name in POLLUTANTS},
        {name: np.full(shape, -1, np.int16) for name in POLLUTANTS},
        {name: np.zeros(shape, np.int8) for name in POLLUTANTS},
    )  # fmt: skip
    # Ozone is the longest column: it goes first.
    work = [
        (name, edition, start, end)
        for edition, start, end in spans(table.first, high - low, editions)
        for name in sorted(POLLUTANTS, key=lambda name: name != "o3")
    ]

    def fold(item: tuple[str, Edition, int, int]) -> None:
        name, edition, start, end = item
        hours = grid.hours[name][:, 24 * (low + start) : 24 * (low + end)]
        fold_days(
            name, hours, edition, common, table.exact[name][:, start:end], table.rounded[name][:, start:end],
            table.counts[name][:, start:end],
        )  # fmt: skip

    if threads > 1 and shape[0] * shape[1] > 2000:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fold, work))
    else:
        for item in work:
            fold(item)
    return table


def fold_days(
    pollutant: str, hours: npt.NDArray[Any], edition: Edition, common: int, exact: Any, rounded: Any, counts: Any,
    parts: int | None = None,
) -> None:  # fmt: skip
    """The days of one pollutant's hours under one edition, into arrays that are there.

    parts : of the unit that the hours are whole numbers of; by default the last digit that the edition reports
    """
    need = edition.validity
    if pollutant == "o3":
        limit = edition.limit("o3", "mda8")
        day_windows(
            hours, need.window_hours, need.windows, need.first_window,
            2**40 if limit is None else int(limit * (parts or 10 ** edition.decimals["o3"])), common, exact, rounded, counts,
        )  # fmt: skip
    else:
        day_means(hours, need.day_hours, common, exact, rounded, counts)


def daily_values(
    series: Sequence[str], first: date, values: Mapping[str, npt.NDArray[Any]], editions: Editions
) -> DayTable:
    """A table of days that were given as days: pollutant → (series, days) whole numbers of the last digit, negative missing."""
    common = denominator(editions)
    exact, rounded, counts = {}, {}, {}
    for name in POLLUTANTS:
        array = values[name].astype(np.int64)
        exact[name] = np.where(array < 0, -1, array * common)
        rounded[name] = np.where(array < 0, -1, array).astype(np.int16)
        counts[name] = np.where(array < 0, 0, 24).astype(np.int8)
    return DayTable(series, first, common, exact, rounded, counts)
