"""How good the forecasts are: a rolling origin over the past, beside persistence and climatology, each seeing only its past.

Source of the skill: A. H. Murphy, Skill scores based on the mean square error (1988), here on absolute errors; its uncertainty by a
block bootstrap, for the errors of one episode are one error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from greenrule.quality.forecast_days import POLLUTANTS
from greenrule.quality.forecast_features import LEADS, Ground, unscaled
from greenrule.quality.forecast_intervals import LEVELS, Calibrated, calibrate
from greenrule.quality.forecast_model import Climate, Forecaster, persistence

METHODS = ("model", "persistence", "climatology")
REFERENCES = METHODS[1:]
#: A forecast that is not ours.
OTHER = "other"
#: Days between two fits of the rolling origin.
REFIT_DAYS = 91
#: Days that a fit needs before it is tried, and with less history the least of all.
TRAIN_DAYS, LEAST_DAYS = 365, 120
#: Paired errors that a comparison needs.
FEW_PAIRS = 60
_BLOCK_DAYS, _DRAWS = 14, 400
#: Skill is claimed when the lower end of this two-sided interval lies above 0.
CONFIDENCE = 0.9


@dataclass(frozen=True)
class Rolled:
    """Forecasts of one pollutant as they would have been made, on the model's scale.

    first : index of the first origin · told : method → (origins, 10) · truth : (origins, 10), NaN where not known
    """

    at: int
    first: int
    told: Mapping[str, np.ndarray]
    truth: np.ndarray

    def errors(self, method: str, lead: int) -> np.ndarray:
        """Truth minus forecast, by origin."""
        return np.asarray(self.truth[:, lead - 1] - self.told[method][:, lead - 1])

    def concentrations(self, method: str) -> np.ndarray:
        """Forecasts in the pollutant's unit."""
        return unscaled(self.told[method], POLLUTANTS[self.at])


@dataclass
class LeadSkill:
    """How one lead did: `chosen` is what an outlook gives there, and `why` says it in words.

    pairs : days on which all methods and the truth are there · mae, rmse : by method, in the pollutant's unit
    skill : 1 - MAE(model) / MAE(best reference); low, high : its confidence interval · best : that reference
    """

    lead: int
    pairs: int
    mae: dict[str, float] = field(default_factory=dict)
    rmse: dict[str, float] = field(default_factory=dict)
    best: str = "climatology"
    skill: float | None = None
    low: float | None = None
    high: float | None = None
    chosen: str = "climatology"
    why: str = ""
    coverage: dict[float, float] = field(default_factory=dict)
    covered: int = 0


def roll(
    ground: Ground, at: int, days: int, *, refit: int = REFIT_DAYS, other: np.ndarray | None = None,
    done: Callable[[], None] | None = None,
) -> Rolled | None:  # fmt: skip
    """Forecasts of pollutant `at` from each of the last `days` origins; the model is fitted anew every `refit` days.

    other : (days, 10) forecasts of another model on the model's scale, which are measured in the place of ours
    None where there is too little to begin with.  What is foretold from day o was fitted on days up to a cut ≤ o.
    """
    level = ground.levels[:, at]
    valid = np.flatnonzero(~np.isnan(level))
    if not len(valid):
        return None
    start = int(valid[0])
    span = len(ground) - start
    if span < LEAST_DAYS + FEW_PAIRS // 2:
        return None
    first = max(start + min(TRAIN_DAYS, max(LEAST_DAYS, span // 2)), len(ground) - 1 - days)
    count = len(ground) - 1 - first
    shape = (count, len(LEADS))
    told = {name: np.full(shape, np.nan) for name in ("model" if other is None else OTHER, *REFERENCES)}
    truth = np.full(shape, np.nan)
    last = persistence(ground, at)
    for cut in range(first, first + count, refit):
        origins = np.arange(cut, min(cut + refit, first + count))
        fitted = Forecaster.fit(ground, at, cut) if other is None else None
        season = (fitted.climate if fitted is not None else season_of(ground, at, cut)).over(ground.calendar)
        for lead in map(int, LEADS):
            rows = origins - first
            if fitted is not None:
                told["model"][rows, lead - 1] = fitted.predict(ground, origins, lead)
            elif other is not None:
                told[OTHER][rows, lead - 1] = other[origins, lead - 1]
            told["persistence"][rows, lead - 1] = last[origins]
            told["climatology"][rows, lead - 1] = season[origins + lead]
            inside = origins + lead < len(ground)
            truth[rows[inside], lead - 1] = level[origins[inside] + lead]
        if done is not None:
            done()
    return Rolled(at, first, told, truth)


def judge(rolled: Rolled, lead: int, method: str = "model") -> LeadSkill:
    """The scores of one lead, and whether `method` beats the better reference beyond chance."""
    name = POLLUTANTS[rolled.at]
    truth = unscaled(rolled.truth[:, lead - 1], name)
    told = {key: unscaled(rolled.told[key][:, lead - 1], name) for key in (method, *REFERENCES)}
    miss = np.column_stack([np.abs(values - truth) for values in told.values()])
    both = ~np.isnan(miss).any(axis=1)
    out = LeadSkill(lead, int(both.sum()))
    if out.pairs < FEW_PAIRS:
        out.why = f"可比的日子只有 {out.pairs} 天，不足 {FEW_PAIRS} 天，无从检验"
        return out
    for at, key in enumerate(told):
        out.mae[key] = float(miss[both, at].mean())
        out.rmse[key] = float(np.sqrt((miss[both, at] ** 2).mean()))
    out.best = min(REFERENCES, key=lambda key: out.mae[key])
    if out.mae[out.best] == 0:
        out.chosen, out.why = out.best, "参照预报没有误差"
        return out
    out.skill = 1 - out.mae[method] / out.mae[out.best]
    out.low, out.high = _range(miss[:, 0], miss[:, 1 + REFERENCES.index(out.best)], both)
    beats = out.low > 0
    out.chosen = method if beats else out.best
    out.why = "" if beats else "与参照相比没有可靠的技巧"
    return out


def _range(mine: np.ndarray, other: np.ndarray, both: np.ndarray) -> tuple[float, float]:
    """Confidence interval of the skill: blocks of days are drawn with replacement, always the same draws."""
    mine, other = np.where(both, mine, 0.0), np.where(both, other, 0.0)
    edges = np.arange(0, len(mine), _BLOCK_DAYS)
    sums = np.column_stack([np.add.reduceat(mine, edges), np.add.reduceat(other, edges)])
    drawn = np.random.default_rng(20130301).integers(0, len(edges), size=(_DRAWS, len(edges)))
    totals = sums[drawn].sum(axis=1)
    skills = 1 - totals[:, 0] / np.maximum(totals[:, 1], 1e-12)
    tail = (1 - CONFIDENCE) / 2
    return float(np.quantile(skills, tail)), float(np.quantile(skills, 1 - tail))


def covered(rolled: Rolled, skill: LeadSkill) -> Calibrated:
    """The intervals of the chosen method at this lead; how often they held is written into `skill`."""
    found = calibrate(rolled.errors(skill.chosen, skill.lead), skill.lead)
    skill.covered = found.tried
    if found.tried:
        skill.coverage = {level: float(share) for level, share in zip(LEVELS, found.inside, strict=True)}
    return found


def season_of(ground: Ground, at: int, cut: int) -> Climate:
    """The climate that is known at day `cut`."""
    return Climate.fit(ground.until(cut), at, cut)
