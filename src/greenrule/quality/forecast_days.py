"""Hours of a station as the days that an outlook learns from: folded as the evaluation folds them, and the day's last hours."""

from __future__ import annotations

from datetime import date

import numpy as np

from greenrule.quality.days import denominator, fold_days, spans
from greenrule.quality.editions import Editions

#: The pollutants of an outlook, in the order of all arrays, with their unit and Chinese label.
POLLUTANTS = ("pm25", "pm10", "so2", "no2", "co", "o3_8h")
UNITS = {"pm25": "µg/m³", "pm10": "µg/m³", "so2": "µg/m³", "no2": "µg/m³", "co": "mg/m³", "o3_8h": "µg/m³"}
LABELS = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3_8h": "O3-8h"}
#: How many of a day's last hours tell what the night begins with.
LATE_HOURS = 6


#: Hours are folded as whole numbers of this part of their unit: tables carry no more decimals.
_PARTS = 10_000
#: More than this is no concentration; it keeps whole numbers within their bounds.
_MOST = 1e9


def by_days(hours: np.ndarray) -> np.ndarray:
    """Hourly values (days*24,) as (days, 24)."""
    return hours.reshape(-1, 24)


def folded(pollutant: str, hours: np.ndarray, first: date, editions: Editions) -> np.ndarray:
    """The days of one station's hours (days, 24) → (days,), as the evaluation folds them: same loops, same validity, by date.

    pollutant : one of `quality.editions.POLLUTANTS`; of "o3" the largest running eight-hour mean of the day
    Days before the first edition are folded under it, for a past to learn from.  NaN where a day is not valid.
    """
    days, common = len(hours), denominator(editions)
    known = ~np.isnan(hours)
    whole = np.where(known, np.rint(np.minimum(np.where(known, hours, 0.0), _MOST) * _PARTS), -1).astype(np.int64)
    exact, rounded = np.full((1, days), -1, np.int64), np.full((1, days), -1, np.int64)
    counts = np.zeros((1, days), np.int8)
    stretches = list(spans(first, days, editions))
    early = stretches[0][1] if stretches else days
    for edition, low, high in [(editions.items[0], 0, early), *stretches] if early else stretches:
        fold_days(
            pollutant, whole.reshape(1, -1)[:, 24 * low : 24 * high], edition, common,
            exact[:, low:high], rounded[:, low:high], counts[:, low:high], _PARTS,
        )  # fmt: skip
    return np.where(exact[0] < 0, np.nan, exact[0] / float(common * _PARTS))


def late_means(hours: np.ndarray) -> np.ndarray:
    """Mean of the last hours of each day (days, 24) → (days,); NaN where fewer than half of them are valid."""
    late = hours[:, -LATE_HOURS:]
    valid = ~np.isnan(late)
    count = valid.sum(axis=1)
    mean = np.where(valid, late, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where(count >= LATE_HOURS // 2, mean, np.nan)
