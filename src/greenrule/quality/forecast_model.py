"""The forecaster of one pollutant: climatology, an anomaly that fades, and trees that correct what the two leave.

Everything is fitted on days up to a cut and says nothing about days it has not seen.  The simple part carries the forecast where
data are few; the trees are shallow, for a few years of days are few independent episodes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from greenrule.quality.forecast_features import LEADS, Ground, rows_of, trailing_means

#: How often a sine goes round in a year.
_HARMONICS = 2
#: A season is learnt from at least so many days between the first and the last.
SEASON_DAYS = 330
#: Without a season the level of so many days stands for the climate.
_RECENT = 60
#: How far back the last value may lie to stand for today's.
_STALE = 3
_RIDGE = 20.0
_TREES = {
    "max_iter": 80, "learning_rate": 0.05, "max_leaf_nodes": 6, "min_samples_leaf": 150, "l2_regularization": 20.0,
    "max_features": 0.5, "early_stopping": False, "random_state": 0,
}  # fmt: skip
#: Rows under which trees learn nothing that the simple part does not know.
_FEW_ROWS = 600


def harmonics(calendar: np.ndarray) -> np.ndarray:
    """Columns of a yearly course, from the calendar's sine and cosine."""
    angle = np.arctan2(calendar[:, 0], calendar[:, 1])
    waves = [wave(turn * angle) for turn in range(1, _HARMONICS + 1) for wave in (np.sin, np.cos)]
    return np.column_stack([np.ones(len(angle)), *waves])


@dataclass(frozen=True)
class Climate:
    """What the season makes expect of a pollutant: a yearly course, or one level where no year has been seen."""

    course: np.ndarray
    seasonal: bool

    @classmethod
    def fit(cls, ground: Ground, at: int, cut: int) -> Climate:
        """Learn from days up to `cut` (an index)."""
        level = ground.levels[: cut + 1, at]
        valid = np.flatnonzero(~np.isnan(level))
        if not len(valid):
            return cls(np.array([np.nan]), False)
        if valid[-1] - valid[0] + 1 < SEASON_DAYS or len(valid) < SEASON_DAYS // 3:
            return cls(level[valid][-_RECENT:].mean(keepdims=True), False)
        course, *_ = np.linalg.lstsq(harmonics(ground.calendar[valid]), level[valid], rcond=None)
        return cls(course, True)

    def over(self, calendar: np.ndarray) -> np.ndarray:
        """Its level on each day of a calendar."""
        if self.seasonal:
            return np.asarray(harmonics(calendar) @ self.course)
        return np.full(len(calendar), self.course[0])


def persistence(ground: Ground, at: int) -> np.ndarray:
    """The last valid value of each day, not older than three days; (days,)."""
    level = ground.levels[:, at]
    out = level.copy()
    for back in range(1, _STALE):
        older = np.full_like(level, np.nan)
        older[back:] = level[:-back]
        out = np.where(np.isnan(out), older, out)
    return out


@dataclass
class Forecaster:
    """One pollutant, fitted on days up to `cut`."""

    at: int
    cut: int
    climate: Climate
    fade: dict[int, np.ndarray] = field(default_factory=dict)
    trees: Any = None
    #: columns that say something; trees cannot be grown over a column that is all missing
    told: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))

    @classmethod
    def fit(cls, ground: Ground, at: int, cut: int) -> Forecaster:
        """Learn from targets up to day `cut` (an index); later days of `ground` are not read."""
        known = ground.until(cut)
        out = cls(at, cut, Climate.fit(known, at, cut))
        season = out.climate.over(known.calendar)
        level = known.levels[:, at]
        signs = out._signs(known)
        rows, targets = [], []
        for lead in map(int, LEADS):
            origins = np.arange(0, cut - lead + 1)
            origins = origins[~np.isnan(level[origins + lead])]
            gap = level[origins + lead] - season[origins + lead]
            here = signs[origins]
            out.fade[lead] = np.linalg.solve(here.T @ here + _RIDGE * np.eye(here.shape[1]), here.T @ gap)
            expected = out.expected(known, origins, lead, signs)
            rows.append(rows_of(known, origins, lead, expected))
            targets.append(level[origins + lead] - expected)
        table, target = np.vstack(rows), np.concatenate(targets)
        out.told = ~np.isnan(table).all(axis=0)
        if len(table) >= _FEW_ROWS:
            from sklearn.ensemble import HistGradientBoostingRegressor
            from threadpoolctl import threadpool_limits

            # One thread: the table is small, and the answer must not depend on how busy the machine is.
            with threadpool_limits(1):
                out.trees = HistGradientBoostingRegressor(**_TREES).fit(table[:, out.told], target)
        return out

    def _signs(self, ground: Ground) -> np.ndarray:
        """Anomalies of the day, its last hours, the week and the month; 0 where not known, which is what the season expects."""
        days = len(ground)
        season = self.climate.over(ground.calendar)[:days]
        gap = (ground.levels[:, self.at] - season)[:, None]
        late = (ground.late[:, self.at] - season)[:, None]
        found = np.hstack([gap, late, trailing_means(gap, 7), trailing_means(gap, 30)])
        return np.asarray(np.nan_to_num(found))

    def expected(self, ground: Ground, origins: np.ndarray, lead: int, signs: np.ndarray) -> np.ndarray:
        """The season and the anomaly that is left after `lead` days."""
        season = self.climate.over(ground.calendar[origins + lead])
        return np.asarray(season + signs[origins] @ self.fade[lead])

    def predict(self, ground: Ground, origins: np.ndarray, lead: int) -> np.ndarray:
        """Foretell the day `lead` after each origin, on the model's scale; (origins,)."""
        out = self.expected(ground, origins, lead, self._signs(ground))
        if self.trees is not None and len(origins):
            from threadpoolctl import threadpool_limits

            with threadpool_limits(1):
                out = out + self.trees.predict(rows_of(ground, origins, lead, out)[:, self.told])
        return out
