"""The outlook of a place for one to ten days: daily concentrations with intervals that were tried on the past.

Per pollutant and lead the model speaks where it has beaten persistence and climatology on a rolling origin; elsewhere the better
of the two is given under its own name.  Nothing behind the origin is read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from greenrule.quality.forecast_days import POLLUTANTS
from greenrule.quality.forecast_features import LEADS, Ground, ground_of, scaled, unscaled
from greenrule.quality.forecast_intervals import LEVELS
from greenrule.quality.forecast_model import Forecaster, persistence
from greenrule.quality.forecast_series import Calendar, Series, Weather
from greenrule.quality.forecast_skill import OTHER, LeadSkill, Rolled, covered, judge, roll, season_of

#: Origins of the past on which an outlook is tried.
TRIED_DAYS = 365


@dataclass(frozen=True)
class Told:
    """One pollutant on one day.

    value : in the pollutant's unit, None where nothing can be said · intervals : probability → (low, high)
    method : model, persistence, climatology, or other · why : why it is not the model's
    """

    pollutant: str
    day: date
    lead: int
    value: float | None
    method: str
    why: str = ""
    intervals: dict[float, tuple[float, float]] = field(default_factory=dict)


@dataclass
class Outlook:
    """What is foretold for a place at the end of `origin`, with the skill that it rests on (pollutant → lead → scores)."""

    place: str
    origin: date
    told: list[Told] = field(default_factory=list)
    skill: dict[str, dict[int, LeadSkill]] = field(default_factory=dict)
    weather: bool = False
    notes: list[str] = field(default_factory=list)


def outlook(
    series: Series, calendar: Calendar | None = None, weather: Weather | None = None, *, origin: int | None = None,
    days: int = 10, pollutants: Sequence[str] = POLLUTANTS, tried: int = TRIED_DAYS, other: np.ndarray | None = None,
    done: Callable[[], None] | None = None,
) -> Outlook:  # fmt: skip
    """Foretell `days` days after the end of day `origin` (an index; default the last).

    other : (days of the series, 10, 6) concentrations that another model foretold; they are given instead of ours

    weather : over the same days as `series`; it is learnt from only where forecasts of the past are in it
    done : called after each fit, about `fits(tried)` times per pollutant
    """
    end = len(series) - 1 if origin is None else origin
    seen = series.until(end)
    known = None if weather is None else weather.until(end)
    ground = ground_of(seen, calendar or Calendar(), learnable(known))
    out = Outlook(series.place, series.day(end), weather=ground.weather is not None)
    for name in pollutants:
        at = POLLUTANTS.index(name)
        told = None if other is None else scaled(other[: end + 1, :, at], name)
        _pollutant(out, ground, at, days, tried, told, done)
    return out


def learnable(weather: Weather | None) -> Weather | None:
    """Weather that a model can be both taught and measured with: forecasts of the past must be among it."""
    return weather if weather is not None and weather.archived else None


def _pollutant(
    out: Outlook,
    ground: Ground,
    at: int,
    days: int,
    tried: int,
    other: np.ndarray | None,
    done: Callable[[], None] | None,
) -> None:
    """The leads of one pollutant."""
    name = POLLUTANTS[at]
    end = len(ground) - 1
    method = OTHER if other is not None else "model"
    rolled = roll(ground, at, tried, other=other, done=done)
    now = np.array([end])
    last = float(persistence(ground, at)[end])
    season = season_of(ground, at, end).over(ground.calendar)
    fitted: Forecaster | None = None
    out.skill[name] = {}
    for lead in map(int, LEADS[:days]):
        skill = (
            judge(rolled, lead, method)
            if rolled is not None
            else LeadSkill(lead, 0, why="历史太短，没有可以检验的日子")
        )
        values = {"persistence": last, "climatology": float(season[end + lead])}
        if other is not None and not np.isnan(other[end, lead - 1]):
            # It was asked for by name; that it has no skill is said, not corrected.
            skill.chosen = OTHER
            values[OTHER] = float(other[end, lead - 1])
        elif other is not None and skill.chosen == OTHER:
            skill.chosen, skill.why = skill.best, "外来预报没有这一天"
        if skill.chosen == "model":
            fitted = fitted or Forecaster.fit(ground, at, end)
            values["model"] = float(fitted.predict(ground, now, lead)[0])
        elif np.isnan(values[skill.chosen]) and not np.isnan(values["climatology"]):
            # The last days are missing: nothing to persist.
            skill.chosen, skill.why = "climatology", "最近几天没有实测值，改用气候值"
        offsets = covered(rolled, skill).offsets if rolled is not None else np.full((len(LEVELS), 2), np.nan)
        out.skill[name][lead] = skill
        out.told.append(_told(name, out.origin, lead, values[skill.chosen], skill, offsets))
    if done is not None:
        done()


def _told(name: str, origin: date, lead: int, level: float, skill: LeadSkill, offsets: np.ndarray) -> Told:
    day = origin + timedelta(days=lead)
    if np.isnan(level):
        return Told(name, day, lead, None, "none", "没有可用的实测值")
    value = float(unscaled(np.array([level]), name)[0])
    bounds = unscaled(level + offsets, name)
    intervals = {} if np.isnan(offsets).any() else {
        chance: (float(min(low, value)), float(max(high, value))) for chance, (low, high) in zip(LEVELS, bounds, strict=True)
    }  # fmt: skip
    return Told(name, day, lead, value, skill.chosen, skill.why, intervals)


@dataclass
class Trial:
    """The rolling origin of one place and pollutant, lead by lead; `bound` with the weather as it came, a bound and no forecast."""

    place: str
    pollutant: str
    rolled: Rolled
    leads: list[LeadSkill]
    bound: list[LeadSkill] = field(default_factory=list)


def trial(
    series: Series, calendar: Calendar | None = None, weather: Weather | None = None, *, days: int = 10,
    pollutants: Sequence[str] = POLLUTANTS, tried: int = 2 * TRIED_DAYS, other: np.ndarray | None = None, done: Callable[[], None] | None = None,
) -> list[Trial]:  # fmt: skip
    """Measure the model, or forecasts of another (`other` as in `outlook`), on the past of a place.

    Pollutants without enough days are left out.
    """
    calendar = calendar or Calendar()
    ground = ground_of(series, calendar, learnable(weather))
    bound = None
    if other is None and weather is not None and not np.isnan(weather.analysed[: len(series)]).all():
        bound = ground_of(series, calendar, weather, perfect=True)
    out = []
    for name in pollutants:
        at = POLLUTANTS.index(name)
        told = None if other is None else scaled(other[:, :, at], name)
        rolled = roll(ground, at, tried, other=told, done=done)
        if rolled is None:
            continue
        found = Trial(
            series.place,
            name,
            rolled,
            [judge(rolled, int(lead), "model" if other is None else OTHER) for lead in LEADS[:days]],
        )
        for skill in found.leads:
            covered(rolled, skill)
        if bound is not None:
            best = roll(bound, at, tried, done=done)
            found.bound = [judge(best, int(lead)) for lead in LEADS[:days]] if best is not None else []
        out.append(found)
    return out
