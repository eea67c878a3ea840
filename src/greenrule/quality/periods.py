"""Months, years and any stretch of days: statistics with their validity, attainment, multiples of exceedance, rates (HJ 663)."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from greenrule.quality.days import THREADS, DayIndex, DayTable
from greenrule.quality.editions import POLLUTANTS, Edition
from greenrule.quality.folding import count_days, period_statistics
from greenrule.quality.rounding import round_fraction


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days, both included; `kind` is month, year or span."""

    id: str
    kind: str
    first: date
    last: date

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """A calendar month.

        >>> Period.month(2024, 2).last
        datetime.date(2024, 2, 29)
        """
        return cls(
            f"{year}-{month:02}", "month", date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        )

    @classmethod
    def year(cls, year: int) -> Period:
        """A calendar year."""
        return cls(f"{year}", "year", date(year, 1, 1), date(year, 12, 31))

    @classmethod
    def span(cls, first: date, last: date) -> Period:
        """Any stretch: a year to date, a quarter, a winter."""
        return cls(f"{first}..{last}", "span", first, last)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def months(self) -> list[Period]:
        """The calendar months that it touches, cut to it."""
        out, at = [], self.first
        while at <= self.last:
            whole = Period.month(at.year, at.month)
            out.append(Period(whole.id, whole.kind, max(whole.first, self.first), min(whole.last, self.last)))
            at = whole.last + timedelta(days=1)
        return out


def months_of(first: date, last: date) -> list[Period]:
    """The whole calendar months that touch a stretch of days."""
    return [Period.month(part.first.year, part.first.month) for part in Period.span(first, last).months()]


def years_of(first: date, last: date) -> list[Period]:
    """The calendar years that touch a stretch of days."""
    return [Period.year(year) for year in range(first.year, last.year + 1)]


@dataclass(frozen=True)
class PeriodTable:
    """Statistics of series over periods under one edition.

    values : statistic id (`pm25_mean`, `o3_p90`) → (series, periods) int32 in units of the statistic's last digit; -1 none
    days : pollutant → (series, periods) int16, valid days
    valid : pollutant → (series, periods) bool, whether as many days are there as the edition asks for
    """

    series: Sequence[str]
    periods: tuple[Period, ...]
    edition: Edition
    values: dict[str, npt.NDArray[np.int32]]
    days: dict[str, npt.NDArray[np.int16]]
    valid: dict[str, npt.NDArray[np.bool_]]

    def value(self, statistic: str, one: int, period: int) -> Fraction | None:
        """One statistic in μg/m³ (CO: mg/m³); None where there is none."""
        found = int(self.values[statistic][one, period])
        return (
            None if found < 0 else Fraction(found, 10 ** self.edition.statistic_decimals[statistic.partition("_")[0]])
        )

    def complete(self, one: int, period: int) -> bool:
        """Whether all six pollutants are valid."""
        return all(bool(array[one, period]) for array in self.valid.values())

    def attains(self, one: int, period: int, zone: int = 2, headline: bool = False) -> bool | None:
        """Whether every statistic of the year is within its limit; None where one is missing.

        headline : only the mean of each pollutant that has one, and the percentiles of CO and O3, as bulletins do
        """
        found: list[bool | None] = []
        headlined = {item.id for item in self.edition.composite}
        for item in self.edition.statistics:
            if headline and item.id not in headlined:
                continue
            value, limit = self.value(item.id, one, period), self.edition.limit(item.pollutant, item.averaging, zone)
            found.append(None if value is None or limit is None else value <= limit)
        return False if False in found else None if None in found else True


def exceedance(value: Fraction, limit: Fraction, edition: Edition) -> Fraction:
    """The multiple by which a value exceeds its limit, (C - S) / S, rounded; 0 where it does not.

    Source: HJ 663.
    """
    return round_fraction(max((value - limit) / limit, Fraction(0)), edition.exceedance_decimals)


def rate(part: int, whole: int, edition: Edition) -> Fraction | None:
    """part / whole in percent, rounded; None where there is nothing."""
    return round_fraction(Fraction(100 * part, whole), edition.rate_decimals) if whole else None


def statistics(days: DayTable, periods: Sequence[Period], edition: Edition, threads: int = THREADS) -> PeriodTable:
    """The statistics of periods under one edition; days of a period outside the table are missing days.

    Every statistic is rounded once, from the exact daily values.
    """
    low = np.array([max(0, (period.first - days.first).days) for period in periods], np.int64)
    high = np.array([min(days.days, (period.last - days.first).days + 1) for period in periods], np.int64)
    high = np.maximum(high, low)
    shape = (len(days.series), len(periods))
    percents = {item.pollutant: item.percent for item in edition.statistics if item.percent is not None}
    means, percentiles, counts = {}, {}, {}
    valid: dict[str, npt.NDArray[np.bool_]] = {}
    for name in POLLUTANTS:
        means[name], percentiles[name] = np.full(shape, -1, np.int32), np.full(shape, -1, np.int32)
        counts[name] = np.zeros(shape, np.int16)

    def fold(name: str) -> None:
        if days.fractions is not None:
            _slowly(
                days.fractions[name],
                low,
                high,
                percents.get(name, 50),
                edition,
                name,
                means[name],
                percentiles[name],
                counts[name],
            )
            valid[name] = _valid(days.rounded[name], counts[name], periods, days.first, edition)
            return
        scale = 10 ** (edition.statistic_decimals[name] - edition.decimals[name])
        period_statistics(
            days.exact[name], low, high, percents.get(name, 50), days.denominator, scale, means[name], percentiles[name], counts[name]
        )  # fmt: skip
        valid[name] = _valid(days.rounded[name], counts[name], periods, days.first, edition)

    if threads > 1 and shape[0] * days.days > 2000:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fold, POLLUTANTS))
    else:
        for name in POLLUTANTS:
            fold(name)
    values = {}
    for item in (*edition.statistics, *edition.composite):
        values[item.id] = means[item.pollutant] if item.percent is None else percentiles[item.pollutant]
    return PeriodTable(days.series, tuple(periods), edition, values, counts, valid)


def _slowly(
    rows: Sequence[Sequence[Fraction | None]],
    low: npt.NDArray[np.int64],
    high: npt.NDArray[np.int64],
    percent: int,
    edition: Edition,
    name: str,
    means: npt.NDArray[np.int32],
    percentiles: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int16],
) -> None:
    """What `period_statistics` does, on fractions."""
    scale = Fraction(10 ** edition.statistic_decimals[name], 10 ** edition.decimals[name])
    for one, row in enumerate(rows):
        for place, (start, end) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
            values = sorted(value for value in row[start:end] if value is not None)
            counts[one, place] = len(values)
            if not values:
                continue
            below, part = divmod((len(values) - 1) * percent, 100)
            between = values[below] if part == 0 else (values[below] * (100 - part) + values[below + 1] * part) / 100
            means[one, place] = round_fraction(sum(values, Fraction(0)) / len(values) * scale, 0)
            percentiles[one, place] = round_fraction(between * scale, 0)


def _valid(
    rounded: npt.NDArray[np.int16],
    counts: npt.NDArray[np.int16],
    periods: Sequence[Period],
    first: date,
    edition: Edition,
) -> npt.NDArray[np.bool_]:
    """Enough days: a month its own number, a year its number and every month its own, a span as each of its whole months."""
    need = edition.validity
    months = list(
        {
            part.id: Period.month(part.first.year, part.first.month) for period in periods for part in period.months()
        }.values()
    )
    cut = {(part.first, part.last) for period in periods for part in period.months()} - {
        (part.first, part.last) for part in months
    }
    stretches = [*((part.first, part.last) for part in months), *sorted(cut)]
    low = np.array([min(max(0, (start - first).days), rounded.shape[1]) for start, _ in stretches], np.int64)
    high = np.array([min(max(0, (end - first).days + 1), rounded.shape[1]) for _, end in stretches], np.int64)
    there = np.zeros((rounded.shape[0], len(stretches)), np.int16)
    count_days(rounded, low, np.maximum(low, high), there)
    column = {stretch: at for at, stretch in enumerate(stretches)}
    out = np.zeros(counts.shape, np.bool_)
    for place, period in enumerate(periods):
        enough = counts[:, place] >= (need.year_days if period.kind == "year" else 0)
        for part in period.months():
            whole = Period.month(part.first.year, part.first.month)
            # Of a month that is cut, no more days may be missing than of a whole one.
            least = need.days_of_month(whole.first.month) - (whole.days - part.days)
            enough &= there[:, column[part.first, part.last]] >= max(least, 1)
        out[:, place] = enough
    return out


@dataclass(frozen=True)
class DayCounts:
    """Days of a series in a period: with an index, good (AQI ≤ 100), heavily polluted (AQI > 200), by level and by primary pollutant."""

    valid: int
    good: int
    heavy: int
    levels: tuple[int, ...]
    primary: dict[str, int]


def day_counts(index: DayIndex, one: int, period: Period, first: date) -> DayCounts:
    """Count the days of a period by their level; `first` is the day of the index's first column."""
    low = max(0, (period.first - first).days)
    high = max(low, (period.last - first).days + 1)
    level, primary = index.level[one, low:high], index.primary[one, low:high]
    by_level = tuple(int((level == number).sum()) for number in range(1, 7))
    led = {name: int((primary >> bit & 1).sum()) for bit, name in enumerate(POLLUTANTS)}
    return DayCounts(
        sum(by_level), sum(by_level[:2]), sum(by_level[4:]), by_level, {name: n for name, n in led.items() if n}
    )
