"""Sand-dust deduction: particles of the hours of a dust process do not count; a second series beside the one that was measured.

Source: 环办监测〔2016〕120号.  The process (hours and places) is what the national centre found; it is given, never guessed.  What is
published by the hour is not altered.  A day that keeps too few hours has no particle mean and is logged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from greenrule.quality.days import HourGrid
from greenrule.quality.editions import MISSING

#: What is deducted.
PARTICLES = ("pm10", "pm25")


@dataclass(frozen=True, slots=True)
class DustProcess:
    """A dust process: the hours from `first` to `last` (datetime64[h], ends of hours, both included) at `stations` (None: all)."""

    first: np.datetime64
    last: np.datetime64
    stations: frozenset[str] | None = None


def deducted(grid: HourGrid, processes: Sequence[DustProcess]) -> HourGrid:
    """The grid without the particles of the processes' hours; the one given stays as it is."""
    hours = dict(grid.hours)
    for name in PARTICLES:
        hours[name] = np.array(grid.hours[name])
    start = np.datetime64(grid.first, "h") + np.timedelta64(1, "h")
    for process in processes:
        low = max(0, int((process.first - start).astype(int)))
        high = min(24 * grid.days, int((process.last - start).astype(int)) + 1)
        if low >= high:
            continue
        for row, station in enumerate(grid.stations):
            if process.stations is None or station in process.stations:
                for name in PARTICLES:
                    hours[name][row, low:high] = MISSING
    return HourGrid(grid.stations, grid.first, hours)


def touches(process: DustProcess, grid: HourGrid) -> bool:
    """Whether a process has hours in a grid."""
    end = np.datetime64(grid.first + timedelta(days=grid.days), "h")
    return bool(process.first <= end and process.last > np.datetime64(grid.first, "h"))


def touches_day(process: DustProcess, day: date, stations: Collection[str]) -> bool:
    """Whether a process has an hour of a day (hours 1 to 24) at one of the stations."""
    start = np.datetime64(day, "h")
    return bool(
        process.first <= start + np.timedelta64(24, "h")
        and process.last > start
        and (process.stations is None or not process.stations.isdisjoint(stations))
    )
