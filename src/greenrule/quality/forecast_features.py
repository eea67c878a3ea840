"""What is known at the end of a day, as columns; and what is known of the day that is foretold.

Levels are compared on a scale on which their errors are alike: logarithms, for ozone square roots.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from greenrule.quality.forecast_days import POLLUTANTS
from greenrule.quality.forecast_series import MOST_LEAD, Calendar, Series, Weather

#: Days whose means are columns.
_SPANS = (3, 7, 30)
LEADS = np.arange(1, MOST_LEAD + 1)


def scaled(values: np.ndarray, pollutant: str) -> np.ndarray:
    """Concentrations on the scale of the model."""
    return np.asarray(np.sqrt(values) if pollutant == "o3_8h" else np.log1p(values))


def unscaled(values: np.ndarray, pollutant: str) -> np.ndarray:
    """Back to concentrations, never negative."""
    return np.asarray(np.maximum(values, 0.0) ** 2 if pollutant == "o3_8h" else np.maximum(np.expm1(values), 0.0))


def trailing_means(values: np.ndarray, span: int) -> np.ndarray:
    """Mean of the last `span` days with each day, over those that are valid; (days, k) → (days, k), NaN where none is."""
    valid = ~np.isnan(values)
    pad = np.zeros((1, values.shape[1]))
    total = np.vstack([pad, np.where(valid, values, 0.0).cumsum(axis=0)])
    count = np.vstack([pad, valid.cumsum(axis=0)])
    start = np.maximum(np.arange(len(values)) + 1 - span, 0)
    end = np.arange(len(values)) + 1
    number = count[end] - count[start]
    return np.where(number > 0, (total[end] - total[start]) / np.maximum(number, 1), np.nan)


def shifted(values: np.ndarray, days: int) -> np.ndarray:
    """The values of some days before."""
    out = np.full_like(values, np.nan)
    out[days:] = values[:-days] if days else values
    return out


@dataclass(frozen=True)
class Ground:
    """Columns of a series.

    levels, late : (days, 6) on the model's scale · before : (days, k) what is known at the end of each day
    calendar : (days + 10, 5) · weather : None, or what was foretold and analysed
    """

    levels: np.ndarray
    late: np.ndarray
    before: np.ndarray
    calendar: np.ndarray
    weather: Weather | None
    #: the analysis stands in for the forecast: an upper bound, never a forecast
    perfect: bool = False

    def __len__(self) -> int:
        return len(self.levels)

    def until(self, at: int) -> Ground:
        """The columns as they were at the end of day `at`; the calendar is known beforehand."""
        end = at + 1
        return replace(
            self, levels=self.levels[:end], late=self.late[:end], before=self.before[:end],
            calendar=self.calendar[: end + MOST_LEAD], weather=None if self.weather is None else self.weather.until(at),
        )  # fmt: skip

    def weather_of(self, origins: np.ndarray, lead: int) -> np.ndarray | None:
        """Weather of the day `lead` after each origin; from a perfect analysis only where that is asked for."""
        if self.weather is None:
            return None
        if not self.perfect:
            return np.asarray(self.weather.told[origins, lead - 1])
        at = origins + lead
        inside = at < len(self.weather.analysed)
        out = np.full((len(origins), len(self.weather.names)), np.nan)
        out[inside] = self.weather.analysed[at[inside]]
        return out


def ground_of(series: Series, calendar: Calendar, weather: Weather | None, perfect: bool = False) -> Ground:
    """The columns of a whole series; every one looks back only."""
    levels = np.column_stack([scaled(series.values[:, at], name) for at, name in enumerate(POLLUTANTS)])
    late = np.column_stack([scaled(series.late[:, at], name) for at, name in enumerate(POLLUTANTS)])
    parts = [levels, shifted(levels, 1), shifted(levels, 2), late, *(trailing_means(levels, span) for span in _SPANS)]
    if weather is not None and not np.isnan(weather.analysed[: len(series)]).all():
        parts.append(weather.analysed[: len(series)])
    return Ground(
        levels, late, np.hstack(parts), calendar.columns(series.first, len(series) + MOST_LEAD), weather, perfect
    )


def rows_of(ground: Ground, origins: np.ndarray, lead: int, expected: np.ndarray) -> np.ndarray:
    """Columns for the day `lead` after each origin, with what the simple model expects there; (origins, k)."""
    parts = [
        ground.before[origins], ground.calendar[origins + lead], np.full((len(origins), 1), float(lead)), expected[:, None]
    ]  # fmt: skip
    found = ground.weather_of(origins, lead)
    if found is not None:
        parts.append(found)
    return np.hstack(parts)
