"""What the outlook learns from, day by day: observations of a place, the weather that was foretold or analysed, the calendar.

All arrays run over consecutive days.  `until` cuts a series at a day, so that nothing behind it can be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np

from greenrule.quality.cities import needed_stations
from greenrule.quality.days import editions_of_days
from greenrule.quality.editions import Editions
from greenrule.quality.forecast_days import POLLUTANTS

#: The longest lead, in days.
MOST_LEAD = 10
#: A festival farther away than this does not move anybody.
_FESTIVAL_REACH = 21
_YEAR = 365


@dataclass(frozen=True)
class Series:
    """Observations of a place.

    values, late : (days, 6) in the order and units of `POLLUTANTS`, NaN where there is none; late: the day's last hours
    """

    place: str
    first: date
    values: np.ndarray
    late: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=len(self) - 1)

    def day(self, at: int) -> date:
        """The day of an index; it may lie behind the last."""
        return self.first + timedelta(days=at)

    def until(self, at: int) -> Series:
        """The series up to and with day `at`; what comes later is not in it."""
        return replace(self, values=self.values[: at + 1], late=self.late[: at + 1])


@dataclass(frozen=True)
class Weather:
    """Weather by day of a series.

    told : (days, 10, k) what had been foretold by the end of day o for day o + lead; told[o, lead - 1]
    analysed : (days + 10, k) what it turned out to be; NaN where not known
    names : k variables
    """

    names: tuple[str, ...]
    told: np.ndarray
    analysed: np.ndarray

    def until(self, at: int) -> Weather:
        """What was known at the end of day `at`."""
        return replace(self, told=self.told[: at + 1], analysed=self.analysed[: at + 1])

    @property
    def archived(self) -> bool:
        """Whether the last year holds enough forecasts of its time to learn from and to be measured with."""
        recent = self.told[-_YEAR:]
        return bool(len(recent) and np.mean(~np.isnan(recent).all(axis=(1, 2))) > 0.5)

    @classmethod
    def of_rows(
        cls,
        names: Sequence[str],
        days: int,
        valid: np.ndarray,
        issued: np.ndarray,
        values: np.ndarray,
        delay: float = 0.0,
    ) -> Weather:
        """Put rows of forecasts and analyses in their places.

        valid : (n,) day that a row is for, as an index · issued : (n,) when it was issued, in days from the first day's start;
        -inf for an analysis · values : (n, k) · delay : days after the end of a day at which a forecast of ours goes out

        A row is told at the end of day o when it had been issued by then; of several the latest counts.
        """
        told = np.full((days, MOST_LEAD, len(names)), np.nan)
        analysed = np.full((days + MOST_LEAD, len(names)), np.nan)
        known = np.isneginf(issued) & (valid >= 0) & (valid < len(analysed))
        analysed[valid[known]] = values[known]
        rows = np.flatnonzero(~np.isneginf(issued))
        rows = rows[np.argsort(issued[rows], kind="stable")]
        earliest = np.ceil(issued[rows] - delay - 1e-9).astype(np.int64) - 1
        for lead in range(1, MOST_LEAD + 1):
            origin = valid[rows] - lead
            good = (origin >= np.maximum(earliest, 0)) & (origin < days)
            told[origin[good], lead - 1] = values[rows[good]]
        return cls(tuple(names), told, analysed)


@dataclass(frozen=True)
class Calendar:
    """Days that people know beforehand: Spring Festivals, and heating seasons (first and last day, both included)."""

    festivals: Sequence[date] = field(default=())
    heating: Sequence[tuple[date, date]] = field(default=())

    def columns(self, first: date, days: int) -> np.ndarray:
        """(days, 5): sine and cosine of the season, weekday, days from the nearest festival, whether it is heated (NaN: not said)."""
        out = np.full((days, 5), np.nan)
        firsts = sorted(self.festivals)
        for at in range(days):
            day = first + timedelta(days=at)
            angle = 2 * np.pi * (day.timetuple().tm_yday - 1) / 365.25
            gaps = [(day - other).days for other in firsts]
            gap = min(gaps, key=abs) if gaps else None
            out[at, :3] = np.sin(angle), np.cos(angle), day.weekday()
            if gap is not None:
                out[at, 3] = np.clip(gap, -_FESTIVAL_REACH, _FESTIVAL_REACH)
            if self.heating:
                out[at, 4] = any(start <= day <= end for start, end in self.heating)
        return out


def city_series(name: str, stations: Sequence[Series], editions: Editions) -> Series:
    """The mean of a city's stations day by day.

    A day counts when the share of stations that its edition asks for have it; before the first edition, that of the first.
    """
    first = min(item.first for item in stations)
    days = (max(item.last for item in stations) - first).days + 1
    stack = np.full((2, len(stations), days, len(POLLUTANTS)), np.nan)
    for at, item in enumerate(stations):
        start = (item.first - first).days
        stack[0, at, start : start + len(item)] = item.values
        stack[1, at, start : start + len(item)] = item.late
    count = (~np.isnan(stack)).sum(axis=1)
    enough = (
        count
        >= np.array([needed_stations(len(stations), one) for one in editions_of_days(first, days, editions)])[:, None]
    )
    mean = np.where(np.isnan(stack), 0.0, stack).sum(axis=1) / np.maximum(count, 1)
    mean[~enough | (count == 0)] = np.nan
    return Series(name, first, mean[0], mean[1])
