"""Hours of a station as days: means, the peak of running eight hours, and the last hours of the day, with completeness.

How many hours a day needs is handed in: those numbers are the standard's and live in a pack.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: The pollutants of an outlook, in the order of all arrays, with their unit and Chinese label.
POLLUTANTS = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")
UNITS = {"pm25": "µg/m³", "pm10": "µg/m³", "so2": "µg/m³", "no2": "µg/m³", "co": "mg/m³", "o3_8h": "µg/m³"}
LABELS = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3_8h": "O3-8h"}
#: How many of a day's last hours tell what the night begins with.
LATE_HOURS = 6


@dataclass(frozen=True, slots=True)
class Completeness:
    """Valid hours that a daily mean needs, valid hours that eight hours need, and valid windows that their peak needs."""

    day_hours: int
    eight_hours: int
    windows: int


def by_days(hours: np.ndarray) -> np.ndarray:
    """Hourly values (days*24,) as (days, 24)."""
    return hours.reshape(-1, 24)


def daily_means(hours: np.ndarray, least: int) -> np.ndarray:
    """Mean of each day, hours (days, 24) → (days,); NaN where fewer than `least` hours are valid."""
    valid = ~np.isnan(hours)
    count = valid.sum(axis=1)
    total = np.where(valid, hours, 0.0).sum(axis=1)
    out = np.full(len(hours), np.nan)
    enough = count >= max(least, 1)
    out[enough] = total[enough] / count[enough]
    return out


def eight_hour_peaks(hours: np.ndarray, need: Completeness) -> np.ndarray:
    """Largest running eight-hour mean of each day, windows that end at its hours 8 to 24; (days, 24) → (days,).

    A window begins and ends within the natural day.  NaN where fewer than `need.windows` windows are valid.
    """
    windows = np.lib.stride_tricks.sliding_window_view(hours, 8, axis=1)
    valid = ~np.isnan(windows)
    count = valid.sum(axis=2)
    means = np.where(valid, windows, 0.0).sum(axis=2) / np.maximum(count, 1)
    good = count >= need.eight_hours
    peak = np.where(good, means, -np.inf).max(axis=1)
    peak[good.sum(axis=1) < need.windows] = np.nan
    return np.asarray(peak)


def late_means(hours: np.ndarray) -> np.ndarray:
    """Mean of the last hours of each day; NaN where fewer than half of them are valid."""
    return daily_means(hours[:, -LATE_HOURS:], LATE_HOURS // 2)
